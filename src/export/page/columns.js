/* columns: what the table of domains can show, a row each. Cells make their elements once and are then
   only told what changed. Which columns fit is by `keep`, the most important first. */

import {el, setText, setClass, named} from './dom.js';
import {bytes, count, percent} from './format.js';
import {spark} from './spark.js';

/* Nobody's name: as the terminal shows it. */
export const nameOf = d => d.name ?? `(domid ${d.domid})`;

const QUIET = new Set(['0', '0.0', '-']);

const text = value => ({
    make: () => {
        const node = el('span');
        return {
            node, show: d => {
                const words = value(d);
                setText(node, words);
                /* What is nothing steps back, so that what is something is seen. */
                setClass(node, QUIET.has(words) ? 'quiet' : '');
            },
        };
    },
});

function meter(token, value, share) {
    return {
        make: () => {
            const label = el('span.value'), fill = el(`i.${token}`);
            const node = el('span.meter', null, label, el('span.track', null, fill));
            let last = null;
            return {
                node, show: d => {
                    setText(label, value(d));
                    const s = Math.max(0, Math.min(1, share(d) || 0)).toFixed(3);
                    if (s !== last) {
                        last = s;
                        fill.style.transform = `scaleX(${s})`;
                    }
                },
            };
        },
    };
}

const rate = key => text(d => bytes(d[key]));

/* id, title, what it sorts by, pixels, keep (1 is never left out), help; cell */
export const COLUMNS = [
    {id: 'name', title: 'Name', by: nameOf, px: 0, keep: 1, help: 'Name by the toolstack',
        make: () => {
            const link = el('a', {'data-nav': true, tabindex: '-1'}), node = el('span.name', null, link);
            let last = null;
            return {
                node, show: d => {
                    const name = nameOf(d);
                    if (last === d.uuid + name)
                        return;
                    last = d.uuid + name;
                    link.href = `/domain/${d.uuid}`;
                    link.replaceChildren(named(name));
                    node.title = name;
                },
            };
        }},
    {id: 'domid', title: 'Domid', by: d => d.domid, px: 62, keep: 9, number: true, help: "Xen's number of the domain",
        ...text(d => String(d.domid))},
    {id: 'state', title: 'State', by: d => d.state, px: 96, keep: 2, help: 'What it is doing now',
        make: () => {
            const dot = el('i'), word = el('span'), node = el('span.state', null, dot, word);
            return {
                node, show: d => {
                    setClass(dot, `dot ${d.state ?? ''}`);
                    setText(word, d.state ?? '-');
                },
            };
        }},
    {id: 'type', title: 'Type', by: d => d.type, px: 56, keep: 11, help: 'PV, PVH or HVM', ...text(d => d.type ?? '-')},
    {id: 'cpu', title: 'CPU %', by: d => d.cpu, px: 108, keep: 3, number: true, help: 'Cpu used, 100 per vcpu',
        ...meter('cpu', d => percent(d.cpu), d => d.cpu / (d.vcpus || 1))},
    {id: 'trend', title: 'Last samples', by: d => d.cpu, px: 112, keep: 7, help: 'Cpu over the last samples, full height is all its vcpus',
        make: () => {
            const canvas = el('canvas', {'aria-hidden': 'true'});
            return {node: canvas, show: d => spark(canvas, 96, 20, [{ring: d.cpus, token: '--cpu'}], Math.max(d.vcpus || 1, 1e-3))};
        }},
    {id: 'vcpus', title: 'Vcpus', by: d => d.vcpus, px: 62, keep: 8, number: true, help: 'Virtual cpus it has', ...text(d => String(d.vcpus ?? '-'))},
    {id: 'wait', title: 'Wait %', by: d => d.wait, px: 70, keep: 10, number: true, help: 'Time its vcpus were ready but not run (estimate)',
        ...text(d => percent(d.wait))},
    {id: 'mem', title: 'Memory', by: d => d.mem, px: 108, keep: 4, number: true, help: 'Memory it has now, of the most it may have',
        ...meter('mem', d => bytes(d.mem), d => d.max ? d.mem / d.max : 0)},
    {id: 'rx', title: 'Rx /s', by: d => d.rx, px: 70, keep: 5, number: true, help: 'Bytes the guest receives in a second', ...rate('rx')},
    {id: 'tx', title: 'Tx /s', by: d => d.tx, px: 70, keep: 5, number: true, help: 'Bytes the guest sends in a second', ...rate('tx')},
    {id: 'rd', title: 'Read /s', by: d => d.rd, px: 76, keep: 6, number: true, help: 'Bytes the guest reads from its disks in a second', ...rate('rd')},
    {id: 'wr', title: 'Write /s', by: d => d.wr, px: 76, keep: 6, number: true, help: 'Bytes the guest writes to its disks in a second', ...rate('wr')},
    {id: 'oo', title: 'Full /s', by: d => d.oo, px: 70, keep: 12, number: true, help: 'Times in a second a backend had no request left for it',
        ...text(d => count(d.oo))},
];

/* The most important that fit into so many pixels, in the table's order. */
export function fitting(width) {
    const narrow = width < 560;
    let room = width - (narrow ? 112 : 200) - 24;
    const taken = new Set(['name']);
    for (const c of [...COLUMNS].sort((a, b) => a.keep - b.keep)) {
        const px = narrow ? Math.min(c.px, c.id === 'state' ? 84 : 68) : c.px;
        if (taken.has(c.id))
            continue;
        if (px > room)
            break;
        taken.add(c.id);
        room -= px;
    }
    return COLUMNS.filter(c => taken.has(c.id));
}

export const template = (columns, width) => columns.map(c => c.id === 'name' ? 'minmax(0, 1fr)' :
    `${width < 560 ? Math.min(c.px, c.id === 'state' ? 84 : 68) : c.px}px`).join(' ');

/* Unknown comes last, whichever way; equals by name. */
export function comparator(column, descending) {
    const sign = descending ? -1 : 1;
    return (a, b) => {
        const x = column.by(a) ?? null, y = column.by(b) ?? null;
        if (x === null || y === null) {
            if (x !== y)
                return x === null ? 1 : -1;
        } else if (x !== y) {
            return typeof x === 'string' ? sign * x.localeCompare(y, undefined, {numeric: true}) : sign * (x - y);
        }
        return nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : a.domid - b.domid;
    };
}
