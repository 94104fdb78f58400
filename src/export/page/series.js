/* series: graphs and events of a span from the API, in the form the charts draw. */

import {get} from './api.js';

/* of: {of: 'host'} or {of: 'domain', uuid}. A point stands for a part of the span: it is drawn in its
   middle. */
export async function series(of, metrics, {from, to}, points, signal) {
    const s = await get('series', {...of, metrics: metrics?.join(','), from: from.toFixed(3), to: to.toFixed(3), points}, {signal});
    return {times: Array.from({length: s.points}, (_, i) => s.from + (i + 0.5) * s.step), of: s.series, step: s.step};
}

export async function events({from, to}, options = {}) {
    const answer = await get('events', {from: from.toFixed(3), to: to.toFixed(3), uuid: options.uuid, limit: options.limit}, {signal: options.signal});
    return answer;
}
