/* charts: several graphs of one time: one cursor, one range, the same events. */

import {el} from './dom.js';
import {onTheme} from './theme.js';

const groups = new Set();
onTheme(() => groups.forEach(group => group.charts.forEach(chart => chart.themed())));

export class ChartGroup {
    /* range: range.js's, told of zooms; events: what to mark. */
    constructor(range) {
        this.range = range;
        this.charts = [];
        this.events = [];
        this.row = -1;
        this.node = el('div.charts');
    }

    mount() {
        groups.add(this);
        /* dygraphs measures itself at resize of the window only. */
        this.resize = new ResizeObserver(() => this.charts.forEach(chart => chart.g?.resize()));
        this.resize.observe(this.node);
    }

    unmount() {
        groups.delete(this);
        this.resize?.disconnect();
        this.clear();
    }

    clear() {
        for (const chart of this.charts)
            chart.destroy();
        this.charts = [];
        this.node.replaceChildren();
    }

    add(chart) {
        this.charts.push(chart);
        this.node.append(chart.node);
    }

    point(row) {
        if (row === this.row)
            return;
        this.row = row;
        for (const chart of this.charts)
            chart.cursor(row);
    }

    /* The event a cursor at t is on, each row standing for step seconds. */
    eventNear(t, step) {
        return this.events.find(e => Math.abs(e.time - t) <= step / 2 + 1);
    }

    zoomed(from, to, by) {
        if (!(to - from >= 1))
            return;
        for (const chart of this.charts)
            if (chart !== by)
                chart.g?.updateOptions({dateWindow: [from * 1000, to * 1000]});
        this.range.set(from, to);
    }
    pan(part) {
        const {from, to} = this.range.now(), by = (to - from) * part;
        this.zoomed(from + by, to + by);
    }
    scale(by) {
        const {from, to} = this.range.now(), middle = this.row >= 0 ? this.charts[0].data.times[this.row] : (from + to) / 2;
        const half = (to - from) * by / 2;
        this.zoomed(middle - half, middle + half);
    }
}

/* Points for a width: one for two pixels is as much as can be told apart. */
export const pointsFor = width => Math.max(60, Math.min(600, Math.round(width / 2)));
