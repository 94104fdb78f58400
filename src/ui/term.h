/*
 * term: the terminal: taking it, giving it back whatever happens, keys, sizes and signals.
 *
 * Signals arrive through a descriptor, so that nothing runs in a handler; term_open() blocks them
 * for the calling thread and all threads started after it.
 */
#ifndef DOMTOP_UI_TERM_H
#define DOMTOP_UI_TERM_H

#include <stdbool.h>

#include "glyph.h"
#include "keys.h"

/* Take the terminal. False, with a sentence said on standard error, when it can show no screen. */
bool term_open(void);

/* Give it back. Does nothing when it is not ours (any more). */
void term_close(void);

/* The glyphs it is shown in; change them to the next that it can show; or to these, where it can.
 */
enum glyph_set term_glyphs(void);
void term_next_glyphs(void);
void term_set_glyphs(enum glyph_set set);

void term_ring(void);

/* Poll these for reading: keys; signals. */
int term_key_fd(void);
int term_signal_fd(void);

/* The next key pressed, as in keys.h, without waiting; -1 when there is none. */
int term_key(void);

/* What was done with the mouse, after the key KEYS_MOUSE. */
struct mouse term_mouse(void);

enum term_event {
    TERM_NOTHING,
    TERM_RESIZED, /* or back in the foreground: all is to be drawn anew */
    TERM_LEAVE,   /* asked to end, or the terminal is gone */
};

/* Act on the signals that arrived: stops the program on Ctrl-Z and comes back when continued. */
enum term_event term_signals(void);

/* Whether the terminal hung up: nothing can be read from it any more. */
bool term_gone(void);

/* A drawing begins with an empty screen and ends with what changed being sent. */
void term_frame_begin(void);
void term_frame_end(void);

void term_size(int *rows, int *cols);
void term_redraw(void); /* send all of the next frame */

#endif
