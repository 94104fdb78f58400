/* state: what the address says. A link reproduces what is seen: the view is the path, all else
   (sort, filter, range, domains) is in the query. */

const listeners = [];

export function route() {
    const path = location.pathname;
    if (path === '/events' || path === '/compare')
        return {view: path.slice(1)};
    const domain = /^\/domain\/([0-9a-f-]{36})$/i.exec(path);
    return domain ? {view: 'domain', uuid: domain[1].toLowerCase()} : {view: 'domains'};
}

export function param(name) {
    return new URLSearchParams(location.search).get(name);
}

/* Change some of the query; null takes one away. push: as a step that Back undoes. */
export function setParams(changes, push = false) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === undefined || value === '')
            query.delete(name);
        else
            query.set(name, value);
    }
    const text = query.toString().replaceAll('%2C', ',');
    const url = location.pathname + (text ? `?${text}` : '');
    if (url === location.pathname + location.search)
        return;
    history[push ? 'pushState' : 'replaceState'](null, '', url);
}

export function go(url) {
    history.pushState(null, '', url);
    scrollTo(0, 0);
    changed();
}

export function onRoute(listener) {
    listeners.push(listener);
}

function changed() {
    for (const listener of listeners)
        listener();
}

/* Links of our own change the view without loading the page anew. */
export function watchLinks() {
    addEventListener('popstate', changed);
    document.addEventListener('click', event => {
        const link = event.target.closest?.('a[data-nav]');
        if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey)
            return;
        event.preventDefault();
        go(link.getAttribute('href'));
    });
}
