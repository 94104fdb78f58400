/* live: the newest sample, asked for again and again, and the last while of it for sparklines. Views
   listen; none of them asks for itself. */

import {get} from './api.js';
import {FIELD_LIST, reader} from './fields.js';
import {Ring} from './ring.js';

const MEMORY = 60; /* samples in a sparkline */

export const live = {
    sample: null,       /* the newest, as the API gave it */
    domains: new Map(), /* by key: what the tables show */
    host: null,         /* rings of the host's series */
    paused: false,
    problem: null,      /* an ApiError while there is no answer */
    answered: 0,        /* when there last was an answer, and a new sample (performance.now()) */
    renewed: 0,
};

const listeners = new Set();
const statusListeners = new Set();
let timer = 0, seen = {}, generation = 0;

export function onSample(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}
export function onStatus(listener) {
    statusListeners.add(listener);
}

function rings() {
    return {busy: new Ring(MEMORY), rx: new Ring(MEMORY), tx: new Ring(MEMORY), rd: new Ring(MEMORY), wr: new Ring(MEMORY)};
}

/* What came before the page was opened. */
function fill(sample) {
    const recent = sample.recent;
    if (!recent)
        return;
    live.host.busy.fill(recent.host.cpu);
    for (const name of ['rx', 'tx', 'rd', 'wr'])
        live.host[name].fill(recent.host[name]);
}

function take(sample) {
    const table = sample.domains, read = table && reader(table);
    const first = !live.host;

    generation++;
    if (first) {
        live.host = rings();
        fill(sample);
    } else {
        live.host.busy.add(sample.totals.busy);
        for (const name of ['rx', 'tx', 'rd', 'wr'])
            live.host[name].add(sample.totals[name]);
    }
    table?.rows.forEach((row, i) => {
        const now = read(row, {});
        let d = live.domains.get(now.key);
        if (!d) {
            d = {cpus: new Ring(MEMORY)};
            live.domains.set(now.key, d);
            if (first && sample.recent)
                d.cpus.fill(sample.recent.domains.cpu[i].slice(0, -1));
        }
        Object.assign(d, now);
        d.cpus.add(d.cpu);
        d.generation = generation;
    });
    for (const [key, d] of live.domains)
        if (d.generation !== generation)
            live.domains.delete(key);
    live.sample = sample;
}

async function ask() {
    clearTimeout(timer);
    let wait = 1;
    try {
        const sample = await get('now', {
            tables: 'host,pcpus,domains',
            fields: FIELD_LIST,
            recent: live.host ? null : MEMORY,
        }, {seen});
        live.problem = null;
        live.answered = performance.now();
        if (sample && !live.paused) {
            live.renewed = live.answered;
            take(sample);
            measured(() => listeners.forEach(listener => listener(live)));
            wait = Math.max(1, sample.delay ?? 1);
        } else {
            wait = Math.max(0.5, Math.min(1, (live.sample?.delay ?? 1) / 4));
        }
    } catch (error) {
        live.problem = error;
        wait = 2;
    }
    statusListeners.forEach(listener => listener());
    schedule(wait);
}

/* How long the page takes to show a sample; the tests look at it. */
function measured(show) {
    performance.mark('show');
    show();
    performance.measure('show', 'show');
    if (performance.getEntriesByName('show', 'measure').length > 100)
        performance.clearMeasures('show');
    performance.clearMarks('show');
}

function schedule(seconds) {
    clearTimeout(timer);
    /* Nobody looks: nobody asks. */
    if (!document.hidden)
        timer = setTimeout(ask, seconds * 1000);
}

export function pause(on = !live.paused) {
    live.paused = on;
    if (!on)
        seen = {};
    statusListeners.forEach(listener => listener());
    if (!on)
        ask();
}

export function start() {
    document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(timer) : ask());
    setInterval(() => statusListeners.forEach(listener => listener()), 1000);
    ask();
}
