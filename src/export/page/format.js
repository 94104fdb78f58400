/* format: numbers, times and shares as short text, as the terminal's screens have them. Unknown
   (null, undefined, NaN) is "-". */

const known = n => n !== null && n !== undefined && Number.isFinite(n);

/* At most four digits' worth: "0", "9.8", "12.3", "987". */
function short(n) {
    return n >= 100 || Number.isInteger(n) ? String(Math.round(n)) : n.toFixed(1);
}

function scaled(n, base, suffixes) {
    if (!known(n))
        return '-';
    if (n < 0)
        return `-${scaled(-n, base, suffixes)}`;
    let i = 0;
    while (i < suffixes.length - 1 && n >= base * (i ? 0.9995 : 0.99951)) {
        n /= base;
        i++;
    }
    return (i ? short(n) : n >= 10 ? String(Math.round(n)) : short(Math.round(n * 10) / 10)) + suffixes[i];
}

export const bytes = n => scaled(n, 1024, ['', 'K', 'M', 'G', 'T', 'P', 'E']);
export const count = n => scaled(n, 1000, ['', 'k', 'M', 'G', 'T', 'P', 'E']);
/* "12.3 MiB", "512 B"; with "/s" for a rate. */
export function bytesLong(n, per = '') {
    const text = bytes(n);
    if (text === '-')
        return text;
    const suffix = /[A-Z]$/.exec(text);
    return suffix ? `${text.slice(0, -1)} ${suffix[0]}iB${per}` : `${text} B${per}`;
}
export const bytesPerSecond = n => bytesLong(n, '/s');

/* A share as per cent, 100 per 1.0. */
export function percent(share) {
    if (!known(share))
        return '-';
    const p = share * 100;
    return p >= 1000 ? String(Math.round(p)) : p.toFixed(1);
}
/* A round figure of a scale, however small: "60", "0.02". */
export const percentAxis = share => String(Number((share * 100).toPrecision(3)));
export const percentSign = share => known(share) ? `${percent(share)} %` : '-';

/* Nanoseconds as a time a request takes. */
export function latency(ns) {
    if (!known(ns))
        return '-';
    if (ns === 0)
        return '0';
    const us = ns / 1000;
    if (us < 1000)
        return `${Math.max(1, Math.round(us))} \u00b5s`;
    const ms = us / 1000;
    return ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/* Seconds in words: "12 s", "4 min", "3 h 12 min", "12 d 3 h". */
export function duration(s) {
    if (!known(s))
        return '-';
    if (s < 120)
        return `${Math.round(s)} s`;
    const minutes = Math.round(s / 60);
    if (minutes < 60)
        return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48)
        return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
    const days = Math.floor(hours / 24);
    return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

const two = n => String(n).padStart(2, '0');

/* Seconds since 1970 in the browser's zone. */
export function clock(t) {
    const d = new Date(t * 1000);
    return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}
export function day(t) {
    const d = new Date(t * 1000);
    return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
export const datetime = t => known(t) ? `${day(t)} ${clock(t)}` : '-';

/* "+02:00" */
export function zone(t) {
    const minutes = -new Date(t * 1000).getTimezoneOffset();
    if (!minutes)
        return 'UTC';
    const m = Math.abs(minutes);
    return `UTC${minutes < 0 ? '\u2212' : '+'}${two(Math.floor(m / 60))}:${two(m % 60)}`;
}

/* For input type=datetime-local and back. */
export function toInput(t) {
    return `${day(t)}T${clock(t)}`;
}
export function fromInput(text) {
    const t = new Date(text).getTime() / 1000;
    return Number.isFinite(t) ? t : null;
}
