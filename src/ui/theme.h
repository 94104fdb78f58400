/*
 * theme: what things mean, as colours and attributes. Nothing else names a colour.
 *
 * A role says what a text is, a ground what it lies on. Terminals with 256, 16 or 8 colours and
 * those with none are served; what a colour tells, a word or a glyph tells too.
 */
#ifndef DOMTOP_UI_THEME_H
#define DOMTOP_UI_THEME_H

#include <stdbool.h>

enum role {
    ROLE_TEXT,
    ROLE_DIM,    /* labels, units, zero, unknown */
    ROLE_STRONG, /* what the eye should find first */
    ROLE_ACCENT, /* titles of parts, the column sorted by */
    ROLE_BORDER,
    ROLE_TRACK, /* the empty part of a bar */
    ROLE_LOW,   /* load, in four steps */
    ROLE_MID,
    ROLE_HIGH,
    ROLE_FULL,
    ROLE_PAST, /* graphs of rows: there, but not loud */
    ROLE_MEMORY,
    ROLE_RX,
    ROLE_TX,
    ROLE_RD,
    ROLE_WR,
    ROLE_RUNNING,
    ROLE_WAITING, /* blocked, ready */
    ROLE_PAUSED,
    ROLE_GONE,     /* shut down, dying */
    ROLE_WRONG,    /* crashed; failures */
    ROLE_KEY,      /* names of keys */
    ROLE_TAB,      /* the view that is shown */
    ROLE_WARNING,  /* a value past a threshold */
    ROLE_CRITICAL, /* the same, upside down */
    ROLE_BADGE,    /* SIMULATED, PAUSED: cannot be overlooked */
    ROLE_COUNT
};

enum ground { GROUND_SCREEN, GROUND_STRIP, GROUND_MARK, GROUND_COUNT };

enum theme {
    THEME_DARK,
    THEME_LIGHT,
    THEME_SAFE, /* told apart also by those who do not see red and green as different */
    THEME_MONO,
    THEME_COUNT
};

/* Set up for the terminal at hand, after curses began. colours: false where none are wanted; every
 * theme is then without. */
void theme_init(bool colours);

/* Take another theme; all is to be drawn anew. */
void theme_set(enum theme theme);
enum theme theme_current(void);
const char *theme_name(enum theme theme); /* "dark" */

/* Curses attributes (chtype) for a role on a ground. */
unsigned theme_attr(enum role role, enum ground ground);

/* The role of a load, as share of what there is. */
enum role theme_load(double share);

/* The role of a domain's state, by its word. */
enum role theme_state(const char *word);

#endif
