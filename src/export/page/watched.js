/* watched: what no history keeps, from the samples this page has seen: memory's target and maximum, and
   the latency of the disks, what dom0 spends. */

import {records} from './api.js';

const MOST = 3600;

/* The mean over the disks that know; a request of one counts as one of any other. */
function mean(rows, field) {
    const known = rows.map(r => r[field]).filter(v => v !== null);
    return known.length ? known.reduce((a, b) => a + b) / known.length : null;
}

/* One that is unknown leaves the sum unknown, not too low. */
const sum = (a, b) => a === null || b === null ? null : a + b;

const KEPT = ['target', 'max', 'rdlat', 'wrlat', 'netback', 'blkback', 'model'];

/* The API's series and ours: what a store keeps takes the place of what was watched. */
export const KEPT_BY_STORE = {mem_target: 'target', mem_max: 'max', rd_lat: 'rdlat', wr_lat: 'wrlat', net_ns: 'netback', blk_ns: 'blkback', dm_ns: 'model'};

export class Watched {
    constructor() {
        this.seen = [];
    }

    add(sample, domain) {
        const vbds = records(sample.vbds) ?? [];
        this.seen.push({
            time: sample.time, target: domain.mem_target, max: domain.mem_max,
            rdlat: mean(vbds, 'rd_lat'), wrlat: mean(vbds, 'wr_lat'),
            netback: domain.net_ns_rate, blkback: sum(domain.blk_ns_rate, domain.tap_ns_rate), model: domain.dm_ns_rate,
        });
        if (this.seen.length > MOST)
            this.seen.shift();
    }

    /* At each time the sample it falls to, if one was seen within a step of it. */
    series(times, step) {
        const out = Object.fromEntries(KEPT.map(id => [id, []]));
        let i = 0;
        for (const t of times) {
            while (i + 1 < this.seen.length && this.seen[i + 1].time <= t + step / 2)
                i++;
            const s = this.seen[i], near = s && Math.abs(s.time - t) <= step / 2 + 3 ? s : null;
            KEPT.forEach(id => out[id].push(near?.[id] ?? null));
        }
        return Object.fromEntries(Object.entries(out).map(([id, v]) => [id, {mean: v}]));
    }
}
