/*
 * visit: where in the past one looks, and how far around: the moment, the window that graphs are
 * of, playing on. Draws nothing; what it shows comes from a reader's thread.
 */
#ifndef DOMTOP_UI_VISIT_H
#define DOMTOP_UI_VISIT_H

#include "../when.h"
#include "look_reader.h"

#define LOOK_LENGTH 48

struct visit {
    struct past *past;
    struct look_reader *reader;
    struct look_found found; /* what is shown */
    struct events events;    /* found's, for views; it owns nothing */

    uint64_t from_ns, to_ns; /* the window */
    bool playing, follow;    /* follow: the end, as it grows */
    double speed;
    uint64_t play_wall_ns, play_mono_ns; /* playing is there since then */
};

struct look_start {
    uint64_t at_ns;          /* 0: the end */
    uint64_t from_ns, to_ns; /* a window; both 0: one that suits */
    bool play;
    double speed; /* of playing; 0: 1 */
};

/* NULL with errno when there can be no thread. past stays the caller's, who leaves it alone until
 * visit_close(). */
struct visit *visit_open(struct past *past, const struct look_start *start);
void visit_close(struct visit *l);

/* What has come; whether another moment is shown. */
bool visit_take(struct visit *l);

void visit_at(struct visit *l, uint64_t wall_ns);
void visit_step(struct visit *l, long by);
void visit_event(struct visit *l, int direction, bool bad);
void visit_ends(struct visit *l, bool end); /* to the first sample, or the last */

/* Jump as a person says it: "+10m", "03:12"; a bare duration goes `direction`. False with a
 * sentence in message. */
bool visit_jump(struct visit *l, const char *text, int direction, char message[WHEN_MESSAGE]);

/* A longer or shorter window; what it is now, as text: "1h". */
void visit_range(struct visit *l, int by);
const char *visit_range_text(const struct visit *l, char out[LOOK_LENGTH]);

/* Play on, or stop; faster or slower. False at the end of what was recorded. */
bool visit_play(struct visit *l, bool play);
void visit_speed(struct visit *l, int by);

/* When playing: milliseconds until visit_tick() is to be called; -1: never. */
int visit_wait_ms(const struct visit *l);
void visit_tick(struct visit *l);

/* Whether the moment shown is the last there is. */
bool visit_at_end(const struct visit *l);

/* Going somewhere takes long enough to be said. */
bool visit_reading(const struct visit *l);

/* Whether the sample shown is the one that showed an event: negative where the event came before
 * it, positive where it is yet to come. */
int visit_when(const struct visit *l, const struct event *ev);

/* The place of a time in the window, 0 to 1; outside where it is not in it. */
double visit_share(const struct visit *l, uint64_t wall_ns);

/* A length of time in few letters: "10s", "5m", "1d2h". */
void look_length(char out[LOOK_LENGTH], uint64_t ns);

#endif
