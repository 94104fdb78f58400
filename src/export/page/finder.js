/* finder: a field that finds domains by a part of their name, with the keyboard or a pointer. */

import {el, named} from './dom.js';
import {live} from './live.js';

const MOST = 50; /* in the list */

export class Finder {
    /* chosen(domain) when one is; fits(domain): whether to offer it. */
    constructor(chosen, fits) {
        this.chosen = chosen;
        this.fits = fits;
        this.at = 0;
        this.found = [];
        this.input = el('input', {type: 'search', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'found', 'aria-label': 'Add a domain', placeholder: 'Add a domain by name', autocomplete: 'off', spellcheck: 'false',
            oninput: () => this.search(), onfocus: () => this.search(), onblur: () => this.close(), onkeydown: e => this.key(e)});
        this.list = el('ul', {id: 'found', role: 'listbox', hidden: true});
        this.node = el('div.finder', null, this.input, this.list);
    }

    search() {
        const text = this.input.value.toLowerCase();
        this.found = [...live.domains.values()].filter(d => this.fits(d) && ((d.name ?? '').toLowerCase().includes(text) || d.uuid.startsWith(text)))
            .sort((a, b) => (a.name ?? '').localeCompare(b.name ?? '', undefined, {numeric: true})).slice(0, MOST);
        this.at = 0;
        this.show();
    }
    show() {
        /* Before the field loses focus, or the list would be gone before the click. */
        this.list.replaceChildren(...this.found.map((d, i) => el('li', {id: `found-${i}`, role: 'option', 'aria-selected': String(i === this.at),
            onpointerdown: e => {
                e.preventDefault();
                this.take(i);
            }}, el(`i.dot.${d.state ?? 'unknown'}`), named(d.name ?? `(domid ${d.domid})`), el('small', null, d.state ?? ''))));
        this.list.hidden = !this.found.length;
        this.input.setAttribute('aria-expanded', String(!this.list.hidden));
        if (this.found.length)
            this.input.setAttribute('aria-activedescendant', `found-${this.at}`);
        this.list.children[this.at]?.scrollIntoView({block: 'nearest'});
    }
    close() {
        this.list.hidden = true;
        this.input.setAttribute('aria-expanded', 'false');
    }
    take(i) {
        const d = this.found[i];
        if (!d)
            return;
        this.input.value = '';
        this.close();
        this.chosen(d);
    }
    key(event) {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            const n = Math.max(1, this.found.length);
            this.at = (this.at + (event.key === 'ArrowDown' ? 1 : n - 1)) % n;
            this.show();
        } else if (event.key === 'Enter') {
            this.take(this.at);
        } else if (event.key === 'Escape') {
            this.close();
        } else {
            return;
        }
        event.preventDefault();
    }
}
