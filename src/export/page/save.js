/* save: links to a graph as a picture, of the time that is looked at when they are followed. */

import {el} from './dom.js';

/* what: "domain/UUID/cpu". None where the server draws no pictures (see main.js). */
export const pictures = {there: false};

export function saveLinks(what, range) {
    if (!pictures.there)
        return [];
    return ['svg', 'png'].map(kind => {
        const link = el('a.button', {href: `/graph/${what}.${kind}`, download: `${what.replaceAll('/', '-')}.${kind}`, title: `Save as ${kind.toUpperCase()}`}, kind.toUpperCase());
        const aim = () => {
            const {from, to} = range.now();
            link.href = `/graph/${what}.${kind}?from=${Math.floor(from)}&to=${Math.ceil(to)}`;
        };
        for (const event of ['pointerdown', 'focus', 'click'])
            link.addEventListener(event, aim);
        return link;
    });
}
