/* history_note: says how far back one can look, and how to get more. */

import {el, setText} from './dom.js';
import {get} from './api.js';
import {duration} from './format.js';

export function historyNote() {
    const words = el('span'), node = el('p.notice', {hidden: true}, words,
        'No history is recorded. Start ', el('code', null, 'domtop serve --store DIR'), ' to keep it.');
    return {
        node,
        async show() {
            try {
                const past = await get('past');
                node.hidden = Boolean(past.store);
                setText(words, past.first ? `This is what was seen in the last ${duration(past.last - past.first)}. ` : '');
            } catch {
                node.hidden = true;
            }
        },
    };
}
