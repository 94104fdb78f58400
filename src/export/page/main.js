/* main: which view the address asks for, the keys all views share, the start. */

import {start, pause} from './live.js';
import {route, onRoute, watchLinks, go} from './state.js';
import {themeButton} from './theme.js';
import {statusBar} from './status.js';
import {DomainsView} from './view_domains.js';
import {DomainView} from './view_domain.js';
import {EventsView} from './view_events.js';
import {CompareView} from './view_compare.js';

const VIEWS = {domains: DomainsView, domain: DomainView, events: EventsView, compare: CompareView};
const main = document.getElementById('view');
let view = null;

function show() {
    const to = route();
    view?.unmount();
    view = new VIEWS[to.view](to);
    main.replaceChildren(view.node);
    document.title = `${view.title} \u00b7 domtop`;
    for (const link of document.querySelectorAll('.bar nav a'))
        if (link.dataset.view === to.view || (to.view === 'domain' && link.dataset.view === 'domains'))
            link.setAttribute('aria-current', 'page');
        else
            link.removeAttribute('aria-current');
    view.mount();
}

function key(event) {
    const typing = event.target.closest?.('input, select, textarea');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
        return;
    if (view.key?.(event)) {
        event.preventDefault();
    } else if (event.key === ' ' && !event.target.closest('button, a')) {
        event.preventDefault();
        pause();
    } else if (event.key === 'Escape' && route().view !== 'domains') {
        go('/');
    }
}

themeButton(document.getElementById('theme'));
statusBar();
watchLinks();
onRoute(show);
document.addEventListener('keydown', key);
show();
start();
