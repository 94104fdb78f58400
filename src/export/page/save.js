/* save: links to a graph as a picture, of the time that is looked at when they are followed. */

import {el} from './dom.js';
import {theme} from './theme.js';

/* what: "domain/UUID/cpu". For who has a store only: see page.css. */
export function saveLinks(what, range) {
    return ['svg', 'png'].map(kind => {
        const link = el('a.button.save', {href: `/graph/${what}.${kind}`, download: `${what.replaceAll('/', '-')}.${kind}`, title: `Save as ${kind.toUpperCase()}`}, kind.toUpperCase());
        const aim = () => {
            const {from, to} = range.now();
            link.href = `/graph/${what}.${kind}?from=${Math.floor(from)}&to=${Math.ceil(to)}&theme=${theme()}`;
        };
        for (const event of ['pointerdown', 'focus', 'click'])
            link.addEventListener(event, aim);
        return link;
    });
}
