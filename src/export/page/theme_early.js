/* theme_early: the theme somebody chose, before anything is drawn, so that nothing flashes. */
'use strict';
try {
    const chosen = localStorage.getItem('domtop-theme');
    if (chosen === 'light' || chosen === 'dark')
        document.documentElement.dataset.theme = chosen;
} catch {
    /* No storage: the system's theme. */
}
