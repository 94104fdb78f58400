/*
 * crash: gives the terminal back when a fault of the program's own ends it.
 *
 * The fault is not caught: whoever had the signal before has it after, be it the default action
 * with its core or a sanitizer with its report.
 */
#ifndef DOMTOP_UI_CRASH_H
#define DOMTOP_UI_CRASH_H

#include <termios.h>

/* After curses has taken the terminal. left: the modes it had before; NULL: not known. */
void crash_open(const struct termios *left);
void crash_close(void);

#endif
