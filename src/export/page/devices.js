/* devices: the vcpus, vifs and vbds of a domain, as they are now. */

import {records} from './api.js';
import {el, setText, named} from './dom.js';
import {bytesPerSecond, count, percent, percentSign, latency} from './format.js';

/* Where a disk lies; with others its figures there are of them all. */
const lies = r => r.back_dev && r.back_users > 1 ? `${r.back_dev}, shared by ${r.back_users}` : r.back_dev;

/* A column: title, value of a row, and whether it is a figure; text of others goes in a bdi. */
const TABLES = [
    ['vcpus', 'Vcpus', [['vcpu', r => r.id], ['CPU %', r => percent(r.cpu_ns_rate), 1], ['online', r => r.online === null ? '-' : r.online ? 'yes' : 'no'], ['on pcpu', r => r.pcpu ?? '-', 1]]],
    ['vifs', 'Networks', [['vif', r => r.id], ['device', r => r.dev], ['bridge', r => r.master ?? r.bridge], ['received', r => bytesPerSecond(r.rx_bytes_rate), 1], ['sent', r => bytesPerSecond(r.tx_bytes_rate), 1],
        ['packets in', r => `${count(r.rx_packets_rate)}/s`, 1], ['out', r => `${count(r.tx_packets_rate)}/s`, 1], ['dropped', r => count((r.rx_drops ?? 0) + (r.tx_drops ?? 0)), 1], ['mac', r => r.mac]]],
    ['vbds', 'Disks', [['vbd', r => r.dev ?? r.id], ['backend', r => r.backend], ['read', r => bytesPerSecond(r.rd_bytes_rate), 1], ['written', r => bytesPerSecond(r.wr_bytes_rate), 1],
        ['reads', r => `${count(r.rd_reqs_rate)}/s`, 1], ['writes', r => `${count(r.wr_reqs_rate)}/s`, 1], ['on', lies], ['read time', r => latency(r.rd_lat), 1], ['write time', r => latency(r.wr_lat), 1],
        ['queue', r => r.back_queue ?? '-', 1], ['busy', r => percentSign(r.back_busy_rate), 1], ['full', r => `${count(r.oo_reqs_rate)}/s`, 1], ['behind it', r => r.path]]],
];

export function deviceTables() {
    const made = TABLES.map(([key, title, columns]) => {
        const body = el('tbody'), note = el('small');
        const node = el('section.panel', {hidden: true}, el('h2', null, title, note), el('div.scroll', null, el('table.plain', null,
            el('thead', null, el('tr', null, ...columns.map(([name, , figure]) => el(`th${figure ? '.number' : ''}`, {scope: 'col'}, name)))), body)));
        return {key, columns, body, node, note};
    });
    const vcpus = made[0].node, vifs = made[1].node, vbds = made[2].node;
    return {
        node: el('div', null, el('div.pair', null, vcpus, vifs), vbds),
        hide() {
            made.forEach(t => t.node.hidden = true);
        },
        show(sample) {
            for (const t of made) {
                const rows = records(sample[t.key]);
                t.node.hidden = !rows?.length;
                if (!rows)
                    continue;
                setText(t.note, rows.length > 1 ? String(rows.length) : '');
                while (t.body.children.length > rows.length)
                    t.body.lastChild.remove();
                while (t.body.children.length < rows.length)
                    t.body.append(el('tr', null, ...t.columns.map(([, , figure]) => el(`td${figure ? '.number' : '.wide'}`, null, named('')))));
                rows.forEach((row, i) => t.columns.forEach(([, value], k) => {
                    const cell = t.body.children[i].children[k], text = String(value(row) ?? '-');
                    if (cell.firstChild.textContent !== text) {
                        setText(cell.firstChild, text);
                        cell.title = text.length > 24 ? text : '';
                    }
                }));
            }
        },
    };
}
