/*
 * chart: one graph over time, drawn by dygraphs: means as lines, peaks as faint lines over them, gaps
 * as gaps, events as marks. Its labels, legend and cursor are ours: dygraphs writes some labels as
 * HTML, so it only ever sees series called s0, s1 and numbers.
 */

import {el, setText} from './dom.js';
import {colour} from './theme.js';
import {clock, day, datetime} from './format.js';

/* Of its plugins those that write numbers or nothing. */
const {Axes, Grid} = Dygraph.Plugins;
Dygraph.PLUGINS = [Axes, Grid];

/* Time along the bottom: as much of it as tells ticks apart. */
function timeLabel(date, granularity) {
    const t = date.getTime() / 1000;
    if (granularity >= Dygraph.DAILY || (date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0))
        return granularity >= Dygraph.MONTHLY ? day(t).slice(0, 7) : day(t).slice(5);
    return granularity < Dygraph.MINUTELY ? clock(t) : clock(t).slice(0, 5);
}

/* Round figures from 0 to most, about so many: 1, 2, 5 times a power of ten, or of 1024 before that. */
export function ticks(most, many, base) {
    const least = most / Math.max(1, many);
    let unit = 1;
    if (base === 1024)
        while (unit * 1024 <= least)
            unit *= 1024;
    let step = unit * 10 ** Math.floor(Math.log10(least / unit));
    step = [1, 2, 5, 10].map(n => n * step).find(n => n >= least);
    if (base === 1024 && step >= 1000 * unit)
        step = 1024 * unit;
    return Array.from({length: Math.floor(most / step) + 1}, (_, i) => i * step);
}

export class Chart {
    /*
     * lines: [{id, label, token or paint, dashed, fill, peaks}], format: number to text, group: charts.js's,
     * which has one cursor and one range for all of them. base: 1024 for bytes, whose round figures differ.
     */
    constructor({title, note, lines, format, group, base = 10, save}) {
        Object.assign(this, {lines, format, group, base});
        this.values = lines.map(() => el('b', null, '-'));
        this.legend = el('p.keys', null, ...lines.map((line, i) =>
            el('span', null, this.swatch(line), el('span.label', null, line.label), this.values[i])));
        this.area = el('div.plot', {tabindex: '0', role: 'img', 'aria-label': `${title}, graph`, onkeydown: e => this.key(e)});
        this.line = el('i.cursor', {hidden: true});
        this.tip = el('span.tip', {hidden: true});
        this.empty = el('p.nodata', {hidden: true}, 'nothing was recorded in this time');
        this.node = el('section.chart.panel', {'aria-label': title},
            el('h2', null, title, note ? el('small', null, note) : null, el('span.grow'), ...(save ?? [])),
            this.legend, el('div.plotbox', null, this.area, this.line, this.tip, this.empty));
    }

    swatch(line) {
        const node = el(`i.swatch${line.dashed ? '.dashed' : ''}`);
        this.swatches = [...(this.swatches ?? []), [node, line]];
        node.style.backgroundColor = line.paint ?? `var(${line.token})`;
        return node;
    }

    paint(line) {
        return line.paint ?? colour(line.token);
    }

    /* Columns of dygraphs: the time, and for each line its mean and, where it has them, its peaks. */
    columns() {
        return this.lines.flatMap((line, i) => line.peaks ? [{line, i, peak: true}, {line, i}] : [{line, i}]);
    }

    /* Where there is nothing, or all is 0, no numbers are worth a line. */
    scale(to, pixels) {
        if (!this.empty.hidden)
            return [];
        return this.most > 0 ? ticks(to, pixels / 30, this.base) : [0];
    }

    options() {
        const series = {}, colours = [], columns = this.columns();
        columns.forEach((c, k) => {
            const name = `s${k}`;
            series[name] = c.peak ? {strokeWidth: 1, fillGraph: false} :
                {strokeWidth: c.line.dashed ? 1.25 : 1.6, fillGraph: Boolean(c.line.fill), strokePattern: c.line.dashed ? [5, 4] : null};
            colours.push(c.peak ? `color-mix(in srgb, ${this.paint(c.line)} 45%, ${colour('--panel')})` : this.paint(c.line));
        });
        return {
            labels: ['t', ...columns.map((c, k) => `s${k}`)], series, colors: colours.map(plain),
            fillAlpha: 0.12, legend: 'never', connectSeparatedPoints: false, drawPoints: false,
            gridLineColor: colour('--line'), axisLineColor: colour('--line'), gridLineWidth: 1,
            highlightCircleSize: 3, animatedZooms: false, rightGap: 4, includeZero: true,
            axes: {
                x: {axisLabelFormatter: timeLabel, pixelsPerLabel: 72, drawGrid: false},
                y: {ticker: (from, to, pixels) => this.scale(to, pixels).map(v => ({v, label: this.format(v, true)})), axisLabelWidth: 54},
            },
            axisLabelFontSize: 11, valueRange: null,
            highlightCallback: (e, x, points, row) => this.group.point(row),
            unhighlightCallback: () => this.group.point(-1),
            zoomCallback: (from, to) => this.group.zoomed(from / 1000, to / 1000, this),
            underlayCallback: (context, area, g) => this.marks(context, area, g),
        };
    }

    /* data: {times (seconds), of: {id: {mean, peak}}}; every chart of a group has the same times. */
    show(data, from, to) {
        this.data = data;
        const columns = this.columns();
        const rows = data.times.map((t, k) => [new Date(t * 1000), ...columns.map(c => {
            const s = data.of[c.line.id];
            return (c.peak ? s?.peak?.[k] : s?.mean?.[k]) ?? null;
        })]);
        this.most = rows.reduce((m, r) => Math.max(m, ...r.slice(1).map(v => v ?? 0)), 0);
        this.empty.hidden = rows.some(r => r.slice(1).some(v => v !== null));
        const range = {dateWindow: [from * 1000, to * 1000], valueRange: [0, Math.max(this.most * 1.08, 1e-6)]};
        if (!rows.length)
            rows.push([new Date(from * 1000), ...columns.map(() => null)]);
        if (this.g) {
            this.g.updateOptions({file: rows, ...range});
        } else {
            this.g = new Dygraph(this.area, rows, {...this.options(), ...range});
            this.panning();
        }
        this.readout(-1);
    }

    /* A pan ends where the button is let go; dygraphs tells of zooms only. */
    panning() {
        const before = () => {
            this.window = this.g.xAxisRange().join();
        };
        const after = () => {
            const range = this.g?.xAxisRange();
            if (range && range.join() !== this.window)
                this.group.zoomed(range[0] / 1000, range[1] / 1000, this);
        };
        this.area.addEventListener('pointerdown', before, true);
        this.area.addEventListener('touchstart', before, {capture: true, passive: true});
        this.pointerUp = () => setTimeout(after);
        this.area.addEventListener('pointerup', this.pointerUp);
        this.area.addEventListener('touchend', this.pointerUp);
    }

    /* What happened, as lines from top to bottom. */
    marks(context, area, g) {
        context.save();
        for (const event of this.group.events) {
            const x = Math.round(g.toDomXCoord(event.time * 1000)) + 0.5;
            if (x < area.x || x > area.x + area.w)
                continue;
            context.strokeStyle = context.fillStyle = colour({bad: '--bad', notable: '--warn'}[event.weight] ?? '--dim');
            context.globalAlpha = 0.75;
            context.setLineDash([2, 3]);
            context.beginPath();
            context.moveTo(x, area.y);
            context.lineTo(x, area.y + area.h);
            context.stroke();
            context.globalAlpha = 1;
            context.beginPath();
            context.moveTo(x - 4, area.y);
            context.lineTo(x + 4, area.y);
            context.lineTo(x, area.y + 6);
            context.fill();
        }
        context.restore();
    }

    /* The values at a row, or the last there are. */
    readout(row) {
        if (!this.data)
            return;
        this.lines.forEach((line, i) => {
            const s = this.data.of[line.id];
            let at = row;
            if (at < 0)
                for (at = this.data.times.length - 1; at > 0 && (s?.mean?.[at] ?? null) === null;)
                    at--;
            const mean = s?.mean?.[at] ?? null, peak = line.peaks ? s?.peak?.[at] ?? null : null;
            const words = this.format(mean);
            setText(this.values[i], peak !== null && this.format(peak) !== words ? `${words}, peak ${this.format(peak)}` : words);
        });
    }

    /* The one cursor of the group, at a row of the data; -1: none. */
    cursor(row) {
        const there = row >= 0 && this.g && this.data && row < this.data.times.length;
        this.line.hidden = this.tip.hidden = !there;
        this.readout(there ? row : -1);
        if (!there) {
            this.g?.clearSelection();
            return;
        }
        const t = this.data.times[row], area = this.g.getArea(), x = this.g.toDomXCoord(t * 1000);
        this.line.hidden = this.tip.hidden = x < area.x - 1 || x > area.x + area.w + 1;
        this.line.style.transform = `translateX(${Math.round(x)}px)`;
        this.line.style.height = `${area.h}px`;
        const near = this.group.eventNear(t, (this.data.times[1] ?? t) - this.data.times[0]);
        setText(this.tip, near ? `${clock(t)} \u00b7 ${near.kind}${near.detail ? ` ${near.detail}` : ''}` : datetime(t));
        const left = Math.min(Math.max(x - this.tip.offsetWidth / 2, area.x), area.x + area.w - this.tip.offsetWidth);
        this.tip.style.transform = `translateX(${Math.round(left)}px)`;
        if (this.g.getSelection() !== row)
            this.g.setSelection(row);
    }

    key(event) {
        const group = this.group;
        const does = {
            ArrowLeft: () => event.shiftKey ? group.pan(-0.25) : group.point(group.row < 0 ? this.data.times.length - 1 : Math.max(0, group.row - 1)),
            ArrowRight: () => event.shiftKey ? group.pan(0.25) : group.point(Math.min(this.data.times.length - 1, group.row + 1)),
            '+': () => group.scale(0.5), '-': () => group.scale(2), Escape: () => group.point(-1),
        }[event.key];
        if (!does || event.ctrlKey || event.metaKey || event.altKey || !this.data)
            return;
        does();
        event.preventDefault();
        event.stopPropagation();
    }

    themed() {
        const {colors, gridLineColor, axisLineColor} = this.options();
        this.g?.updateOptions({colors, gridLineColor, axisLineColor});
    }

    destroy() {
        this.g?.destroy();
        this.g = null;
    }
}

/* dygraphs reads colours by drawing them; color-mix is not for every canvas: mixed here. */
function plain(text) {
    const probe = plain.probe ??= document.createElement('canvas').getContext('2d');
    const mix = /^color-mix\(in srgb, (.+) 45%, (.+)\)$/.exec(text);
    if (!mix)
        return text;
    const rgb = c => {
        probe.fillStyle = c;
        return [1, 3, 5].map(i => parseInt(probe.fillStyle.slice(i, i + 2), 16));
    };
    const a = rgb(mix[1]), b = rgb(mix[2]);
    return `rgb(${a.map((v, i) => Math.round(v * 0.45 + b[i] * 0.55)).join(',')})`;
}
