/* view_compare: several domains in the same graphs: ?domains=UUID,UUID,... */

import {el, setText, named} from './dom.js';
import {live, onSample} from './live.js';
import {param, setParams} from './state.js';
import {bytes, bytesPerSecond, bytesLong, percentAxis, percentSign} from './format.js';
import {Chart} from './chart.js';
import {ChartGroup, pointsFor} from './charts.js';
import {Range} from './range.js';
import {series} from './series.js';
import {historyNote} from './history_note.js';
import {Finder} from './finder.js';

/* Told apart by lightness too, for who sees few colours; the order is the order they were chosen in. */
const TOKENS = ['--cpu', '--wr', '--mem', '--tx', '--rd', '--rx', '--bad', '--dim'];
const MOST = TOKENS.length;
const METRICS = [ /* id, title, format, base of its scale */
    ['cpu', 'CPU', (v, axis) => axis ? percentAxis(v) : percentSign(v)],
    ['mem', 'Memory', (v, axis) => axis ? bytes(v) : bytesLong(v), 1024],
    ['rx', 'Received', (v, axis) => axis ? bytes(v) : bytesPerSecond(v), 1024],
    ['tx', 'Sent', (v, axis) => axis ? bytes(v) : bytesPerSecond(v), 1024],
    ['rd', 'Read', (v, axis) => axis ? bytes(v) : bytesPerSecond(v), 1024],
    ['wr', 'Written', (v, axis) => axis ? bytes(v) : bytesPerSecond(v), 1024],
];

const find = uuid => [...live.domains.values()].find(d => d.uuid === uuid);
const nameOf = uuid => find(uuid)?.name ?? uuid;

export class CompareView {
    title = 'Compare';

    constructor() {
        this.range = new Range();
        this.group = new ChartGroup(this.range);
        this.finder = new Finder(d => this.choose([...this.chosen, d.uuid]), d => !this.chosen.includes(d.uuid));
        this.chips = el('div.chosen');
        this.note = historyNote();
        this.hint = el('p.notice', {hidden: true});
        this.node = el('div', null, el('div.tools', null, this.finder.node,
            el('button', {type: 'button', onclick: () => this.busiest()}, 'The busiest four'), el('span.grow')),
        this.chips, this.range.node, this.note.node, this.hint, this.group.node);
    }

    mount() {
        this.chosen = (param('domains') ?? '').split(',').filter(u => /^[0-9a-f-]{36}$/i.test(u)).slice(0, MOST);
        this.group.mount();
        this.range.mount(() => this.load());
        this.stop = onSample(() => this.named !== this.names() && this.rebuild());
        this.note.show();
        this.rebuild();
    }
    unmount() {
        this.stop();
        this.abort?.abort();
        clearTimeout(this.timer);
        this.group.unmount();
    }
    key(event) {
        if (event.key !== '/')
            return false;
        this.finder.input.focus();
        return true;
    }

    names() {
        return this.chosen.map(nameOf).join('\n');
    }
    busiest() {
        const all = [...live.domains.values()].filter(d => d.domid !== 0).sort((a, b) => (b.cpu ?? 0) - (a.cpu ?? 0));
        this.choose([...new Set(all.map(d => d.uuid))].slice(0, 4));
    }
    choose(list) {
        this.chosen = [...new Set(list)].slice(0, MOST);
        setParams({domains: this.chosen.join(',')}, true);
        this.rebuild();
    }

    rebuild() {
        this.named = this.names();
        this.group.clear();
        this.chips.replaceChildren(...this.chosen.map((uuid, i) => {
            const swatch = el('i.swatch');
            swatch.style.backgroundColor = `var(${TOKENS[i]})`;
            return el('span.chip', null, swatch, el('a', {href: `/domain/${uuid}`, 'data-nav': true}, named(nameOf(uuid))),
                el('button', {type: 'button', 'aria-label': `Leave out ${nameOf(uuid)}`, onclick: () => this.choose(this.chosen.filter(u => u !== uuid))}, '\u00d7'));
        }));
        this.hint.hidden = this.chosen.length > 0;
        setText(this.hint, `Choose up to ${MOST} domains to see them in the same graphs.`);
        for (const [id, title, format, base] of METRICS)
            if (this.chosen.length)
                this.group.add(new Chart({title, format, base, group: this.group, lines: this.chosen.map((uuid, i) => ({id: `${id}${i}`, label: nameOf(uuid), token: TOKENS[i]}))}));
        if (this.chosen.length)
            this.load();
    }

    async load() {
        clearTimeout(this.timer);
        this.abort?.abort();
        if (!this.chosen.length)
            return;
        const abort = this.abort = new AbortController(), span = this.range.now();
        const points = pointsFor(this.group.node.clientWidth / 2), of = {};
        /* One that nobody knows leaves its lines out, and says so. */
        const all = await Promise.allSettled(this.chosen.map(uuid => series({of: 'domain', uuid}, null, span, points, abort.signal)));
        if (abort.signal.aborted)
            return;
        all.forEach((result, i) => {
            for (const [id] of METRICS)
                of[`${id}${i}`] = result.value?.of[id];
        });
        const failed = all.findIndex(r => r.status === 'rejected'), times = all.find(r => r.value)?.value.times ?? [];
        this.hint.hidden = failed < 0;
        if (failed >= 0)
            setText(this.hint, `${nameOf(this.chosen[failed])}: ${all[failed].reason.message}`);
        const row = this.group.row;
        for (const chart of this.group.charts)
            chart.show({times, of}, span.from, span.to);
        this.group.row = -1;
        this.group.point(row);
        if (this.range.follows) {
            this.range.show();
            this.timer = setTimeout(() => this.load(), Math.min(60, Math.max(live.sample?.delay ?? 2, (span.to - span.from) / points)) * 1000);
        }
    }
}
