/* view_domain: one domain: who it is, its graphs over any time, its vcpus, vifs and vbds now, and what
   happened to it. Of one that is gone there are its graphs and events. */

import {get, records} from './api.js';
import {el, setText, setClass, named} from './dom.js';
import {live, onSample} from './live.js';
import {bytes, bytesPerSecond, bytesLong, percentAxis, percentSign, latency, datetime} from './format.js';
import {Chart} from './chart.js';
import {ChartGroup, pointsFor} from './charts.js';
import {Range} from './range.js';
import {series, events} from './series.js';
import {eventRow} from './view_events.js';
import {historyNote} from './history_note.js';
import {saveLinks} from './save.js';
import {deviceTables} from './devices.js';
import {Watched, KEPT_BY_STORE} from './watched.js';

const share = (v, axis) => axis ? percentAxis(v) : percentSign(v);
const ALL = ['cpu', 'mem', 'rx', 'tx', 'rd', 'wr', ...Object.keys(KEPT_BY_STORE)];
const axisBytes = (n, axis) => axis ? bytes(n) : bytesPerSecond(n);

/* A sum that lacks a part is too low, and says so. */
function dom0Cost(d) {
    const parts = [d.net_ns_rate, d.blk_ns_rate, d.dm_ns_rate, d.tap_ns_rate], known = parts.filter(Number.isFinite);
    const sum = known.reduce((a, b) => a + b, 0);
    if (known.length < parts.length)
        return sum > 0 ? `at least ${percentSign(sum)}` : '-';
    return percentSign(sum);
}

export class DomainView {
    constructor({uuid}) {
        this.uuid = uuid;
        this.title = uuid;
        this.range = new Range();
        this.group = new ChartGroup(this.range);
        this.watched = new Watched();
        this.heading = el('h1', null, '\u2026');
        this.dot = el('i.dot');
        this.word = el('span');
        this.facts = el('p.facts');
        this.note = historyNote();
        this.wrong = el('p.notice', {hidden: true});
        this.devices = deviceTables();
        this.happened = el('tbody');
        this.node = el('div', null,
            el('div.head', null, this.heading, el('span.state', null, this.dot, this.word), el('span.grow'),
                el('a.button', {href: `/compare?domains=${uuid}`, 'data-nav': true}, 'Compare with\u2026'), this.facts),
            this.range.node, this.note.node, this.wrong, this.group.node, this.devices.node,
            el('section.panel', null, el('h2', null, 'What happened in this time'),
                el('div.scroll', null, el('table.plain.events', null, this.happened))));
    }

    makeCharts() {
        const save = what => saveLinks(`domain/${this.uuid}/${what}`, this.range);
        const chart = options => this.group.add(new Chart({group: this.group, ...options}));
        chart({title: 'CPU', note: '100 per vcpu', format: share, save: save('cpu'),
            lines: [{id: 'cpu', label: 'used', token: '--cpu', fill: true, peaks: true}]});
        chart({title: 'Memory', format: (v, axis) => axis ? bytes(v) : bytesLong(v), base: 1024, save: save('memory'),
            lines: [{id: 'mem', label: 'now', token: '--mem', fill: true}, {id: 'target', label: 'target', token: '--wr', dashed: true}, {id: 'max', label: 'most', token: '--dim', dashed: true}]});
        chart({title: 'Network', format: axisBytes, base: 1024, save: save('network'),
            lines: [{id: 'rx', label: 'received', token: '--rx', fill: true, peaks: true}, {id: 'tx', label: 'sent', token: '--tx', fill: true, peaks: true}]});
        chart({title: 'Disks', format: axisBytes, base: 1024, save: save('disk'),
            lines: [{id: 'rd', label: 'read', token: '--rd', fill: true, peaks: true}, {id: 'wr', label: 'written', token: '--wr', fill: true, peaks: true}]});
        chart({title: 'Disk latency', note: 'mean time of a request', format: v => latency(v), save: save('latency'),
            lines: [{id: 'rdlat', label: 'read', token: '--rd', peaks: true}, {id: 'wrlat', label: 'write', token: '--wr', peaks: true}]});
        chart({title: 'What dom0 spends on it', format: share,
            lines: [{id: 'netback', label: 'network', token: '--rx'}, {id: 'blkback', label: 'disks', token: '--wr'}, {id: 'model', label: 'device model', token: '--tx'}]});
    }

    mount() {
        this.group.mount();
        this.makeCharts();
        this.range.mount(() => this.load());
        this.stop = onSample(() => this.sampled());
        this.note.show();
        this.load();
        this.sampled();
    }
    unmount() {
        this.stop();
        this.abort?.abort();
        clearTimeout(this.timer);
        this.group.unmount();
    }

    /* ---- now ---- */

    async sampled() {
        if (this.asking)
            return;
        this.asking = true;
        try {
            const sample = await get('now', {uuid: this.uuid, tables: 'domains,vcpus,vifs,vbds'}, {seen: this.seen ??= {}});
            if (sample)
                this.now(sample);
        } catch (error) {
            if (error.status === 404)
                this.gone();
        }
        this.asking = false;
    }

    now(sample) {
        const d = records(sample.domains)[0];
        this.identity(d.name ?? `(domid ${d.domid})`, d.state_word);
        const facts = [['type', d.type], ['domid', d.domid], ['vcpus', d.vcpus_online !== null && d.vcpus_online !== d.vcpus ? `${d.vcpus_online} of ${d.vcpus}` : d.vcpus],
            ['memory', bytesLong(d.mem_bytes)], ['target', bytesLong(d.mem_target)], ['most', bytesLong(d.mem_max)],
            ['wait (est.)', percentSign(d.wait_est)], ['weight', d.weight], ['cap', d.cap === 0 ? 'none' : d.cap], ['pool', d.cpupool],
            ['dom0 spends on it', dom0Cost(d)]];
        this.showFacts(facts.filter(([, v]) => v !== null && v !== undefined && v !== '-'));
        this.devices.show(sample);
        this.watched.add(sample, d);
        if (this.range.follows && this.data)
            this.draw();
    }

    identity(name, state) {
        if (this.title !== name) {
            this.title = name;
            this.heading.replaceChildren(named(name));
            document.title = `${name} \u00b7 domtop`;
        }
        setClass(this.dot, `dot ${state ?? ''}`);
        setText(this.word, state ?? '');
    }

    showFacts(facts) {
        if (this.facts.children.length !== facts.length + 1)
            this.facts.replaceChildren(...facts.map(() => el('span', null, el('span'), el('b'))), el('span.uuid', null, this.uuid));
        facts.forEach(([name, value], i) => {
            setText(this.facts.children[i].firstChild, `${name} `);
            setText(this.facts.children[i].lastChild, String(value));
        });
    }

    gone() {
        const last = this.list?.events.findLast(e => e.name);
        this.identity(last ? last.name : this.uuid, 'not there now');
        this.showFacts(last ? [['last heard of', datetime(last.time)]] : []);
        this.devices.hide();
    }

    /* ---- over time ---- */

    async load() {
        clearTimeout(this.timer);
        this.abort?.abort();
        const abort = this.abort = new AbortController(), span = this.range.now();
        const points = pointsFor(this.group.node.clientWidth / 2);
        try {
            const [data, list] = await Promise.all([
                series({of: 'domain', uuid: this.uuid}, ALL, span, points, abort.signal),
                events(span, {uuid: this.uuid, limit: 500, signal: abort.signal})]);
            Object.assign(this, {data, list, span});
            this.wrong.hidden = true;
        } catch (error) {
            if (abort.signal.aborted)
                return;
            this.wrong.hidden = false;
            setText(this.wrong, error.message);
            this.data ??= {times: [], of: {}};
            this.list ??= {events: []};
            this.span = span;
        }
        this.draw();
        this.showEvents();
        if (this.range.follows) {
            this.range.show();
            const wait = Math.max(live.sample?.delay ?? 2, (span.to - span.from) / points);
            this.timer = setTimeout(() => this.load(), Math.min(wait, 60) * 1000);
        }
    }

    draw() {
        const {times} = this.data, step = this.data.step ?? 1;
        this.group.events = this.list.events;
        const of = {...this.data.of}, watched = this.watched.series(times, step);
        for (const [id, ours] of Object.entries(KEPT_BY_STORE))
            of[ours] = of[id] ?? watched[ours];
        const row = this.group.row;
        for (const chart of this.group.charts)
            chart.show({times, of}, this.span.from, this.span.to);
        this.group.row = -1;
        this.group.point(row);
    }

    showEvents() {
        const list = [...this.list.events].reverse().slice(0, 100), key = list.map(e => e.time + e.kind).join();
        if (key === this.eventKey)
            return;
        this.eventKey = key;
        this.happened.replaceChildren(...(list.length ? list.map(e => eventRow(e, false)) : [el('tr', null, el('td.empty', null, 'Nothing.'))]));
    }
}
