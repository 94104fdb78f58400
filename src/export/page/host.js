/* host: the strip over the table: the whole machine at a glance. */

import {el, setText, fitCanvas} from './dom.js';
import {bytes, bytesLong, bytesPerSecond, percent, duration} from './format.js';
import {spark, heat} from './spark.js';
import {colour} from './theme.js';

const STATES = ['running', 'ready', 'blocked', 'paused', 'shutdown', 'dying', 'crashed'];

function card(name, title, ...children) {
    return el(`section.card.${name}`, {'aria-label': title}, el('h2', null, title), ...children);
}

function flow(title, name, a, b) {
    const big = [a, b].map(([label, token]) => {
        const value = el('b.flow', null, '-');
        return {value, node: el('span', null, el(`i.swatch.${token}`), el('small', null, label), value)};
    });
    const canvas = el('canvas', {'aria-hidden': 'true'});
    return {
        node: card(name, title, el('p.flows', null, big[0].node, big[1].node), el('div.spark', null, canvas)),
        canvas, values: big.map(x => x.value),
    };
}

function memoryBar() {
    const parts = ['dom0', 'guests', 'free'].map(name => el(`i.${name}`));
    const node = el('div.stack', {role: 'img'}, ...parts);
    return {node, parts};
}

/* How many rows so many cells make in w by h: a little wider than high, the last row as full as can be. */
function linesFor(n, w, h) {
    let best = 1, least = Infinity;
    for (let lines = 1; lines <= Math.min(n, h / 4); lines++) {
        const columns = Math.ceil(n / lines), empty = (lines * columns - n) / n;
        const cost = Math.abs(Math.log((w / columns) / (h / lines) / 1.5)) + 2 * empty;
        if (cost < least) {
            least = cost;
            best = lines;
        }
    }
    return best;
}

export class HostStrip {
    constructor() {
        this.busy = el('b.big', null, '-');
        this.cpus = el('small');
        this.busySpark = el('canvas', {'aria-hidden': 'true'});
        this.heat = el('canvas', {role: 'img'});
        this.heatNote = el('small', null, '');
        this.used = el('b.big', null, '-');
        this.memory = el('small');
        this.bar = memoryBar();
        this.legend = el('p.legend');
        this.net = flow('Guests\u2019 network', 'net', ['received', 'rx'], ['sent', 'tx']);
        this.disk = flow('Guests\u2019 disks', 'disk', ['read', 'rd'], ['written', 'wr']);
        this.states = el('p.states');
        this.domains = el('b.big', null, '-');
        this.uptime = el('small');
        this.node = el('div.strip', null,
            card('cpu', 'CPU', el('p', null, this.busy, this.cpus), el('div.spark', null, this.busySpark)),
            card('pcpus', 'Physical cpus', el('div.heat', null, this.heat), el('p', null, this.heatNote)),
            card('memory', 'Memory', el('p', null, this.used, this.memory), this.bar.node, this.legend),
            this.net.node, this.disk.node,
            card('doms', 'Domains', el('p', null, this.domains, this.uptime), this.states));
    }

    show(live) {
        const {sample, host} = live, h = sample.host, t = sample.totals;
        setText(this.busy, t.busy === null ? '-' : `${percent(t.busy)} %`);
        setText(this.cpus, `of ${h.cpus ?? '-'} cpus`);
        this.cpus.title = h.cpu_hz ? `at ${(h.cpu_hz / 1e9).toFixed(2)} GHz` : '';
        this.sparkOf(this.busySpark, [{ring: host.busy, token: '--cpu'}], 1);
        this.showHeat(sample.pcpus);
        this.showMemory(sample, live.domains);
        const put = (f, a, b, ra, rb, ta, tb) => {
            setText(f.values[0], bytesPerSecond(a));
            setText(f.values[1], bytesPerSecond(b));
            this.sparkOf(f.canvas, [{ring: ra, token: ta}, {ring: rb, token: tb}]);
        };
        put(this.net, t.rx, t.tx, host.rx, host.tx, '--rx', '--tx');
        put(this.disk, t.rd, t.wr, host.rd, host.wr, '--rd', '--wr');
        this.showStates(t);
        setText(this.domains, String(t.domains));
        setText(this.uptime, h.uptime_ns === null ? '' : `up ${duration(h.uptime_ns / 1e9)}`);
    }

    sparkOf(canvas, lines, most) {
        const box = canvas.parentElement;
        spark(canvas, box.clientWidth, box.clientHeight, lines, most);
    }

    /* A cell per pcpu, in as many rows as the room asks for. */
    showHeat(table) {
        const box = this.heat.parentElement, w = box.clientWidth, h = box.clientHeight;
        const context = fitCanvas(this.heat, w, h), rows = table?.rows ?? [];
        const busy = table ? table.fields.indexOf('busy_rate') : -1;
        if (!rows.length) {
            setText(this.heatNote, 'not known');
            return;
        }
        const lines = linesFor(rows.length, w, h);
        const columns = Math.ceil(rows.length / lines), cw = w / columns, ch = h / lines;
        const gap = Math.min(2, cw / 5, ch / 5);
        let most = -1, mostId = 0;
        rows.forEach((row, i) => {
            const share = row[busy];
            context.fillStyle = share === null ? colour('--track') : heat(share);
            context.beginPath();
            context.roundRect((i % columns) * cw, Math.floor(i / columns) * ch, cw - gap, ch - gap, Math.min(3, cw / 6));
            context.fill();
            if (share !== null && share > most) {
                most = share;
                mostId = row[0];
            }
        });
        const words = most < 0 ? '' : `busiest is ${mostId} at ${Math.round(most * 100)} %`;
        setText(this.heatNote, words);
        this.heat.setAttribute('aria-label', words);
    }

    showMemory(sample, domains) {
        const h = sample.host, total = h.mem_bytes, free = h.mem_free;
        if (total === null || free === null)
            return;
        let dom0 = 0;
        for (const d of domains.values())
            if (d.domid === 0)
                dom0 = d.mem ?? 0;
        const guests = Math.max(0, total - free - dom0), share = n => `${(100 * n / total).toFixed(2)}%`;
        setText(this.used, `${percent((total - free) / total)} %`);
        setText(this.memory, `of ${bytesLong(total)}`);
        [dom0, guests, free].forEach((n, i) => {
            this.bar.parts[i].style.width = share(n);
        });
        const words = `dom0 ${bytes(dom0)}, guests ${bytes(guests)}, free ${bytes(free)}`;
        this.bar.node.setAttribute('aria-label', words);
        if (!this.legend.firstChild)
            this.legend.append(...['dom0', 'guests', 'free'].map(name => el('span', null, el(`i.swatch.${name}`), el('span'))));
        [dom0, guests, free].forEach((n, i) =>
            setText(this.legend.children[i].lastElementChild, `${['dom0', 'guests', 'free'][i]} ${bytes(n)}`));
    }

    showStates(t) {
        const there = STATES.filter(s => t.states[s]);
        const key = there.join();
        if (this.stateKey !== key) {
            this.stateKey = key;
            this.states.replaceChildren(...there.map(s =>
                el('span', null, el(`i.dot.${s}`), el('b'), ` ${s}`)));
        }
        there.forEach((s, i) => setText(this.states.children[i].querySelector('b'), String(t.states[s])));
    }
}
