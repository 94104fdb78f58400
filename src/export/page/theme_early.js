/* theme_early: the theme somebody chose, else the system's, before anything is drawn, so that nothing
   flashes. */
'use strict';
{
    let chosen = null;
    try {
        chosen = localStorage.getItem('domtop-theme');
    } catch {
        /* No storage: the system's theme. */
    }
    const system = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
    document.documentElement.dataset.theme = chosen === 'light' || chosen === 'dark' ? chosen : system;
}
