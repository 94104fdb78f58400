/* theme: light, dark or as the system has it; the choice is kept in this browser. */

const KEY = 'domtop-theme';
const listeners = [];

export function theme() {
    return document.documentElement.dataset.theme;
}

function isChosen() {
    try {
        return localStorage.getItem(KEY) !== null;
    } catch {
        return false;
    }
}

/* The colour behind a token of theme.css ("--cpu"), for canvases. Read once per theme. */
let colours = new Map();
export function colour(token) {
    if (!colours.has(token))
        colours.set(token, getComputedStyle(document.documentElement).getPropertyValue(token).trim());
    return colours.get(token);
}

export function onTheme(listener) {
    listeners.push(listener);
}

function changed() {
    colours = new Map();
    for (const listener of listeners)
        listener(theme());
}

export function themeButton(button) {
    const show = () => {
        const next = theme() === 'light' ? 'dark' : 'light';
        button.textContent = next === 'dark' ? '\u263e' : '\u2600';
        button.title = `Change to ${next}`;
        button.setAttribute('aria-label', `Change to the ${next} theme`);
    };
    button.addEventListener('click', () => {
        const next = theme() === 'light' ? 'dark' : 'light';
        document.documentElement.dataset.theme = next;
        try {
            localStorage.setItem(KEY, next);
        } catch {
            /* Then it lasts as long as the page. */
        }
        changed();
    });
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', system => {
        if (isChosen())
            return;
        document.documentElement.dataset.theme = system.matches ? 'light' : 'dark';
        changed();
    });
    onTheme(show);
    show();
}
