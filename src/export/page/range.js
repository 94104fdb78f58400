/* range: which span of time is looked at: so long until now, or from here to there. It is in the
   address, so that a link shows the same. */

import {el, setText} from './dom.js';
import {param, setParams} from './state.js';
import {datetime, duration, toInput, fromInput, zone} from './format.js';

const SPANS = {'5m': 300, '15m': 900, '1h': 3600, '6h': 21600, '1d': 86400, '7d': 7 * 86400, '31d': 31 * 86400, '1y': 366 * 86400};

export class Range {
    /* usual: the span where the address names none. */
    constructor(usual = '15m') {
        this.usual = usual;
        this.buttons = Object.keys(SPANS).map(name =>
            el('button', {type: 'button', title: `The last ${duration(SPANS[name])}`, onclick: () => this.last(name)}, name));
        this.from = el('input', {type: 'datetime-local', step: '1', 'aria-label': 'From', onchange: () => this.typed()});
        this.to = el('input', {type: 'datetime-local', step: '1', 'aria-label': 'To', onchange: () => this.typed()});
        this.words = el('span.count');
        this.node = el('div.range', null,
            el('div.group', {role: 'group', 'aria-label': 'Until now'}, ...this.buttons),
            el('div.group', {role: 'group', 'aria-label': 'Move'},
                el('button', {type: 'button', title: 'Earlier', 'aria-label': 'Earlier', onclick: () => this.move(-0.5)}, '\u2039'),
                el('button', {type: 'button', title: 'Closer', 'aria-label': 'Closer', onclick: () => this.grow(0.5)}, '+'),
                el('button', {type: 'button', title: 'Wider', 'aria-label': 'Wider', onclick: () => this.grow(2)}, '\u2212'),
                el('button', {type: 'button', title: 'Later', 'aria-label': 'Later', onclick: () => this.move(0.5)}, '\u203a')),
            el('div.group.dates', null, this.from, el('span', null, 'to'), this.to), this.words);
    }

    mount(changed) {
        this.changed = changed;
        this.read();
    }

    read() {
        const from = Number(param('from')), to = Number(param('to'));
        this.fixed = from > 0 && to > from ? {from, to} : null;
        this.name = SPANS[param('range')] ? param('range') : this.usual;
        this.show();
    }

    /* Whether the end is now, so that the graphs go on. */
    get follows() {
        return !this.fixed;
    }
    now() {
        if (this.fixed)
            return this.fixed;
        const to = Date.now() / 1000 + (this.skew ?? 0);
        return {from: to - SPANS[this.name], to};
    }

    show() {
        const {from, to} = this.now();
        for (const [i, name] of Object.keys(SPANS).entries())
            this.buttons[i].setAttribute('aria-pressed', String(!this.fixed && name === this.name));
        for (const [input, t] of [[this.from, from], [this.to, to]])
            if (document.activeElement !== input)
                input.value = toInput(t);
        setText(this.words, `${duration(to - from)}, ${zone(to)}`);
        this.node.title = `${datetime(from)} to ${datetime(to)}`;
    }

    last(name) {
        this.fixed = null;
        this.name = name;
        setParams({range: name === this.usual ? null : name, from: null, to: null}, true);
        this.show();
        this.changed();
    }
    set(from, to) {
        this.fixed = {from: Math.floor(from * 1000) / 1000, to: Math.ceil(to * 1000) / 1000};
        setParams({from: this.fixed.from.toFixed(3).replace(/\.?0+$/, ''), to: this.fixed.to.toFixed(3).replace(/\.?0+$/, ''), range: null}, true);
        this.show();
        this.changed();
    }
    move(part) {
        const {from, to} = this.now(), by = (to - from) * part;
        this.set(from + by, to + by);
    }
    grow(by) {
        const {from, to} = this.now(), middle = (from + to) / 2, half = (to - from) * by / 2;
        this.set(middle - half, middle + half);
    }
    typed() {
        const from = fromInput(this.from.value), to = fromInput(this.to.value);
        if (from && to && to > from)
            this.set(from, to);
    }
}
