/*
 * ui: the dashboard on a terminal. The only folder that includes curses.
 */
#ifndef DOMTOP_UI_H
#define DOMTOP_UI_H

#include "../feed.h"
#include "visit.h"

/* Between samples when nobody says otherwise. */
#define UI_DELAY_S 2.0

struct ui_config {
    double delay_s;      /* 0: the user's setting, else UI_DELAY_S */
    unsigned iterations; /* leave after so many samples; 0: stay */
    bool dom0_first;     /* pin dom0 on top */
    bool full_name;      /* do not truncate names more than the screen makes needful */
};

/* What ui_run() returns when this terminal cannot show a screen. */
#define UI_NO_SCREEN (-1)

/*
 * Run until the user leaves. Reads the keyboard from standard input and draws on standard output,
 * which the caller has checked to be terminals. 0, or an exit status, or UI_NO_SCREEN, with a
 * sentence already said after the screen was given back.
 */
int ui_run(struct source *source, const struct ui_config *config);

/* The same, looking back at a past from where start says. replay: it is a recording being played.
 */
int ui_look(struct past *past, const struct look_start *start, bool replay,
            const struct ui_config *config);

#endif
