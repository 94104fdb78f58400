/* filter: which domains to show, as typed: `web`, `cpu>50`, `state=blocked mem<2G`, `(rx>1M | tx>1M)
   !db`. The same as the terminal's: a word is part of a name, a state, a domid or the begin of a uuid;
   terms beside each other must all fit, | is either. Unknown fits no comparison but !=. */

/* What a column compares with; cpu and wait are in per cent. */
const COLUMNS = {
    cpu: d => d.cpu === null ? null : d.cpu * 100,
    wait: d => d.wait === null ? null : d.wait * 100,
    mem: d => d.mem, max: d => d.max, vcpus: d => d.vcpus, domid: d => d.domid,
    rx: d => d.rx, tx: d => d.tx, rd: d => d.rd, wr: d => d.wr, oo: d => d.oo,
    state: d => d.state, type: d => d.type, name: d => d.name, uuid: d => d.uuid,
};
const SUFFIX = {k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4, '%': 1};
const TOKEN = /\s*(?:([()|&!])|([a-z_]+)\s*(>=|<=|!=|[<>=~])\s*("[^"]*"|[^\s()|&]+)|"([^"]*)"|([^\s()|&!<>=~"]+))/iy;

function number(text) {
    const match = /^(\d+(?:\.\d+)?)([kmgt%])?(?:i?b)?$/i.exec(text);
    return match ? Number(match[1]) * (match[2] ? SUFFIX[match[2].toLowerCase()] : 1) : null;
}

function comparison(name, op, raw) {
    const value = COLUMNS[name.toLowerCase()];
    if (!value)
        throw new Error(`there is no column "${name}"`);
    const text = raw.replace(/^"|"$/g, '').toLowerCase(), n = number(text);
    const isText = ['state', 'type', 'name', 'uuid'].includes(name.toLowerCase());
    if (!isText && n === null)
        throw new Error(`"${raw}" is not a number`);
    if (isText && !['=', '!=', '~'].includes(op))
        throw new Error(`${name} takes =, != or ~`);
    const compare = {
        '>': (a, b) => a > b, '>=': (a, b) => a >= b, '<': (a, b) => a < b, '<=': (a, b) => a <= b,
        '=': (a, b) => a === b, '!=': (a, b) => a !== b, '~': (a, b) => String(a).includes(String(b)),
    }[op];
    return d => {
        const v = value(d);
        if (v === null || v === undefined)
            return op === '!=';
        return isText ? compare(String(v).toLowerCase(), text) : compare(v, n);
    };
}

function word(text) {
    const t = text.toLowerCase();
    return d => (d.name ?? '').toLowerCase().includes(t) || d.state?.includes(t) || String(d.domid) === t ||
        d.uuid.startsWith(t);
}

/* A function that says whether a domain is shown; throws an Error with a sentence. */
export function compile(source) {
    const tokens = [];
    TOKEN.lastIndex = 0;
    while (source.slice(TOKEN.lastIndex).trim()) {
        const at = TOKEN.lastIndex, m = TOKEN.exec(source);
        if (!m)
            throw new Error(`"${source.slice(at).trim()}" is not understood`);
        if (m[1])
            tokens.push(m[1]);
        else
            tokens.push(m[2] ? comparison(m[2], m[3], m[4]) : word(m[5] ?? m[6]));
    }
    let i = 0;
    const term = () => {
        const token = tokens[i++];
        if (token === '!') {
            const inner = term();
            return d => !inner(d);
        }
        if (token === '(') {
            const inner = either();
            if (tokens[i++] !== ')')
                throw new Error('a ) is missing');
            return inner;
        }
        if (typeof token !== 'function')
            throw new Error(token ? `"${token}" stands alone` : 'something is missing at the end');
        return token;
    };
    const all = () => {
        const terms = [term()];
        while (i < tokens.length && tokens[i] !== '|' && tokens[i] !== ')') {
            if (tokens[i] === '&')
                i++;
            terms.push(term());
        }
        return d => terms.every(t => t(d));
    };
    const either = () => {
        const sides = [all()];
        while (tokens[i] === '|') {
            i++;
            sides.push(all());
        }
        return d => sides.some(s => s(d));
    };
    if (!tokens.length)
        return () => true;
    const whole = either();
    if (i < tokens.length)
        throw new Error('a ( is missing');
    return whole;
}
