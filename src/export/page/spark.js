/* spark: small graphs on a canvas. */

import {fitCanvas} from './dom.js';
import {colour} from './theme.js';

/* Each unbroken piece of a ring as a path; area: closed along the bottom. */
function trace(context, ring, w, h, most, area) {
    const step = w / (ring.length - 1), y = value => h - 1 - Math.min(value / most, 1) * (h - 2);
    let from = -1;
    context.beginPath();
    for (let i = 0; i <= ring.length; i++) {
        const value = i < ring.length ? ring.at(i) : NaN;
        if (Number.isNaN(value)) {
            if (from >= 0 && area) {
                context.lineTo((i - 1) * step, h);
                context.lineTo(from * step, h);
                context.closePath();
            }
            from = -1;
        } else if (from < 0) {
            from = i;
            context.moveTo(i * step, y(value));
        } else {
            context.lineTo(i * step, y(value));
        }
    }
}

/* One or two rings over each other: [{ring, token}]. most: what the top stands for; 0: their peak. */
export function spark(canvas, w, h, lines, most = 0) {
    const context = fitCanvas(canvas, w, h);
    const top = most || Math.max(...lines.map(l => l.ring.max()), 1e-9) * 1.1;
    for (const {ring, token} of lines) {
        context.fillStyle = context.strokeStyle = colour(token);
        context.globalAlpha = 0.16;
        trace(context, ring, w, h, top, true);
        context.fill();
        context.globalAlpha = 1;
        context.lineWidth = 1.25;
        context.lineJoin = 'round';
        trace(context, ring, w, h, top, false);
        context.stroke();
    }
}

/* How busy, as a colour: 0 to 1 over five stops. */
function mix(a, b, t) {
    const part = (hex, i) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
    const out = [0, 1, 2].map(i => Math.round(part(a, i) + (part(b, i) - part(a, i)) * t));
    return `rgb(${out.join(' ')})`;
}
export function heat(share) {
    const stops = [0, 1, 2, 3, 4].map(i => colour(`--heat-${i}`)), at = [0, 0.15, 0.5, 0.8, 1];
    const s = Math.max(0, Math.min(1, share));
    let i = 0;
    while (i < 3 && s > at[i + 1])
        i++;
    return mix(stops[i], stops[i + 1], (s - at[i]) / (at[i + 1] - at[i]));
}
