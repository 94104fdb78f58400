/* status: the bar at the top: whose page this is, whether it is simulated, and whether what is seen is
   of now, in words. */

import {live, onSample, onStatus, pause} from './live.js';
import {setClass, setText, announce} from './dom.js';
import {duration} from './format.js';

const byId = id => document.getElementById(id);

/* A word for the colour and a sentence. */
function verdict() {
    const now = performance.now(), sample = live.sample;
    if (live.paused)
        return ['paused', 'paused'];
    if (live.problem?.status)
        return ['bad', live.problem.message];
    if (live.problem)
        return ['bad', live.answered ? `no answer for ${duration((now - live.answered) / 1000)}` : 'no answer'];
    if (!sample)
        return ['calm', 'connecting'];
    const old = (now - live.renewed) / 1000;
    if (old > Math.max(5 * (sample.delay ?? 1), 10))
        return ['warn', `no new sample for ${duration(old)}`];
    return ['good', sample.delay ? `live, every ${sample.delay} s` : 'live'];
}

let said = '';
function show() {
    const [kind, words] = verdict(), status = byId('status');
    setClass(status, `status ${kind}`);
    setText(status.lastElementChild, words);
    status.setAttribute('aria-pressed', String(live.paused));
    document.body.classList.toggle('stale', kind === 'bad' || kind === 'warn');
    /* Not each second anew. */
    if (kind !== said) {
        said = kind;
        announce(words);
    }
}

function sampled() {
    const sample = live.sample, host = sample.host;
    const version = host.xen_version ? `Xen ${host.xen_version}` : '';
    setText(byId('where'), [host.name, version].filter(Boolean).join(' \u00b7 '));
    byId('simulated').hidden = !sample.simulated;
    show();
}

export function statusBar() {
    byId('status').addEventListener('click', () => pause());
    onSample(sampled);
    onStatus(show);
}
