/*
 * stuck: a terminal that takes nothing more must not keep anybody from leaving.
 *
 * What draws waits for the terminal, and while it waits it hears no signal. Between stuck_guard()
 * and stuck_end() signals to leave are heard; a second later stopped output is started again, and
 * one more second later what is written goes nowhere.
 */
#ifndef DOMTOP_UI_STUCK_H
#define DOMTOP_UI_STUCK_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

/* left: the terminal as it is to be left; NULL where it is none. The signals to leave, and SIGALRM,
 * are added to `blocked`, which the caller blocks and reads. */
void stuck_open(const struct termios *left, sigset_t *blocked);
void stuck_close(void);

/* What is written from now on may be given up: when a signal says so, or, leaving, at once. */
void stuck_guard(bool leaving);

/* A signal that came meanwhile is sent again, for who reads them, unless it was for leaving. */
void stuck_end(void);

#endif
