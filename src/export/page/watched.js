/* watched: what no history keeps, from the samples this page has seen: memory's target and maximum, and
   the latency of the disks. */

import {records} from './api.js';

const MOST = 3600;

/* The mean over the disks that know; a request of one counts as one of any other. */
function mean(rows, field) {
    const known = rows.map(r => r[field]).filter(v => v !== null);
    return known.length ? known.reduce((a, b) => a + b) / known.length : null;
}

export class Watched {
    constructor() {
        this.seen = [];
    }

    add(sample, domain) {
        const vbds = records(sample.vbds) ?? [];
        this.seen.push({
            time: sample.time, target: domain.mem_target, max: domain.mem_max,
            rdlat: mean(vbds, 'rd_lat'), wrlat: mean(vbds, 'wr_lat'),
        });
        if (this.seen.length > MOST)
            this.seen.shift();
    }

    /* At each time the sample it falls to, if one was seen within a step of it. Sizes hold until they
       change: what is known of one sample is drawn to the left edge as well. */
    series(times, step) {
        const out = {target: [], max: [], rdlat: [], wrlat: []};
        let i = 0;
        for (const t of times) {
            while (i + 1 < this.seen.length && this.seen[i + 1].time <= t + step / 2)
                i++;
            const s = this.seen[i], near = s && Math.abs(s.time - t) <= step / 2 + 3 ? s : null;
            const size = near ?? (s && t < s.time ? s : null);
            out.target.push(size?.target ?? null);
            out.max.push(size?.max ?? null);
            out.rdlat.push(near?.rdlat ?? null);
            out.wrlat.push(near?.wrlat ?? null);
        }
        return Object.fromEntries(Object.entries(out).map(([id, v]) => [id, {mean: v}]));
    }
}
