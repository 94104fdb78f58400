/* past_bar: the table of a moment of the past: which moment, the way to the samples beside it, the way
   back to now. */

import {get} from './api.js';
import {el, setText} from './dom.js';
import {param, setParams} from './state.js';
import {datetime, duration, zone} from './format.js';
import {FIELD_LIST, reader} from './fields.js';
import {Ring} from './ring.js';

export class PastBar {
    constructor() {
        this.source = null;
        this.when = el('b');
        this.words = el('span');
        this.node = el('div.pastbar', {hidden: true, role: 'status'},
            el('button', {type: 'button', title: 'A minute back', onclick: () => this.step(-60)}, '\u2212 1 min'),
            el('button', {type: 'button', title: 'A sample back', onclick: () => this.step(-1)}, '\u2039'),
            el('span.when', null, 'Looking back at ', this.when, this.words),
            el('button', {type: 'button', title: 'A sample on', onclick: () => this.step(1)}, '\u203a'),
            el('button', {type: 'button', title: 'A minute on', onclick: () => this.step(60)}, '+ 1 min'),
            el('a.button', {href: '/', 'data-nav': true}, 'Back to now'));
    }

    mount(changed) {
        this.changed = changed;
        const at = Number(param('at'));
        this.at = at > 0 && at < 1e11 ? at : null;
        if (this.at)
            this.load();
    }
    unmount() {
        this.abort?.abort();
        this.source = null;
    }

    step(by) {
        const resolution = this.source?.sample.moment.resolution || 1;
        const base = this.source?.sample.moment.time ?? this.at;
        /* To the middle of the next sample's time, so that a step is a step however samples lie. */
        this.at = Math.abs(by) === 1 ? base + by * resolution + (by > 0 ? resolution * 0.2 : -resolution * 0.2) : base + by;
        setParams({at: this.at.toFixed(3)});
        this.load();
    }

    async load() {
        this.abort?.abort();
        this.abort = new AbortController();
        this.node.hidden = false;
        setText(this.when, datetime(this.at));
        try {
            const sample = await get('moment', {at: this.at, tables: 'host,pcpus,domains', fields: FIELD_LIST}, {signal: this.abort.signal});
            this.take(sample);
        } catch (error) {
            if (error.name !== 'AbortError')
                setText(this.words, ` \u2014 ${error.message}`);
            return;
        }
        this.changed();
    }

    take(sample) {
        const ring = () => new Ring(60), domains = new Map(), read = sample.domains && reader(sample.domains);
        for (const row of sample.domains?.rows ?? []) {
            const d = read(row, {cpus: ring()});
            domains.set(d.key, d);
        }
        this.source = {sample, domains, host: {busy: ring(), rx: ring(), tx: ring(), rd: ring(), wr: ring()}};
        const m = sample.moment, words = [` ${zone(m.time)}`];
        if (m.resolution)
            words.push(`each value stands for ${duration(m.resolution)}`);
        if (m.gap)
            words.push(m.gap_to ? `nothing was recorded from ${datetime(m.gap_from)} to ${datetime(m.gap_to)}` : 'nothing was recorded then');
        setText(this.when, datetime(m.time));
        setText(this.words, words.join(' \u00b7 '));
    }
}

/* The address of a moment. Times are told to the millisecond, cut: a little later is the sample itself. */
export const momentLink = t => `/?at=${(t + 0.001).toFixed(3)}`;
