/* view_events: what happened, newest first, each with the way to its moment. */

import {el, setText, named} from './dom.js';
import {param, setParams} from './state.js';
import {datetime} from './format.js';
import {Range} from './range.js';
import {events} from './series.js';
import {momentLink} from './past_bar.js';
import {historyNote} from './history_note.js';

const MOST = 1000;

export function eventRow(event, who = true) {
    return el('tr', null,
        el('td', null, el('a', {href: momentLink(event.time), 'data-nav': true, title: 'Look at this moment'}, datetime(event.time))),
        el(`td.weight-${event.weight}`, null, event.kind),
        who ? el('td.who', {title: event.name}, event.uuid ? el('a', {href: `/domain/${event.uuid}`, 'data-nav': true}, named(event.name || event.uuid)) : named(event.name)) : null,
        el('td.detail', null, named(event.detail)));
}

export class EventsView {
    title = 'Events';

    constructor() {
        this.range = new Range('1d');
        this.input = el('input', {type: 'search', placeholder: 'Filter: a name, crashed, paused', 'aria-label': 'Filter the events', spellcheck: 'false', autocomplete: 'off', maxlength: '200',
            oninput: () => {
                setParams({filter: this.input.value});
                this.show();
            }});
        this.weight = el('select', {'aria-label': 'How serious', onchange: () => {
            setParams({weight: this.weight.value});
            this.show();
        }}, el('option', {value: ''}, 'All'), el('option', {value: 'notable'}, 'Notable and bad'), el('option', {value: 'bad'}, 'Bad'));
        this.count = el('span.count');
        this.body = el('tbody');
        this.wrong = el('p.notice', {hidden: true});
        this.note = historyNote();
        this.node = el('div', null, this.range.node,
            el('div.tools', null, el('label.search', null, this.input, el('kbd', null, '/')), this.weight, el('span.grow'), this.count),
            this.note.node, this.wrong,
            el('div.panel', null, el('div.scroll', null, el('table.plain.events', null,
                el('thead', null, el('tr', null, ...['Time', 'What', 'Whose', ''].map(t => el('th', {scope: 'col'}, t)))), this.body))));
    }

    mount() {
        this.input.value = param('filter') ?? '';
        this.weight.value = param('weight') ?? '';
        this.range.mount(() => this.load());
        this.timer = setInterval(() => this.range.follows && !document.hidden && this.load(), 5000);
        this.note.show();
        this.load();
    }
    unmount() {
        clearInterval(this.timer);
        this.abort?.abort();
    }
    key(event) {
        if (event.key !== '/')
            return false;
        this.input.focus();
        return true;
    }

    async load() {
        this.abort?.abort();
        this.abort = new AbortController();
        try {
            this.list = await events(this.range.now(), {limit: MOST, signal: this.abort.signal});
            this.wrong.hidden = true;
        } catch (error) {
            if (error.name === 'AbortError')
                return;
            this.wrong.hidden = false;
            setText(this.wrong, error.message);
            return;
        }
        this.show();
    }

    show() {
        if (!this.list)
            return;
        const text = this.input.value.trim().toLowerCase(), weight = this.weight.value;
        const weights = {'': ['usual', 'notable', 'bad'], notable: ['notable', 'bad'], bad: ['bad']}[weight] ?? [];
        const fits = this.list.events.filter(e => weights.includes(e.weight) &&
            (!text || [e.name, e.kind, e.detail, e.uuid].some(t => t?.toLowerCase().includes(text)))).reverse();
        const key = fits.map(e => e.time + e.kind + e.name).join();
        setText(this.count, `${fits.length}${this.list.more ? ' of the newest' : ''} events`);
        /* Rows somebody may be reading or have focused stay as they are. */
        if (key === this.key_)
            return;
        this.key_ = key;
        this.body.replaceChildren(...(fits.length ? fits.map(e => eventRow(e)) :
            [el('tr', null, el('td.empty', {colspan: '4'}, this.list.events.length ? 'No event fits the filter.' : 'Nothing happened in this time.'))]));
    }
}
