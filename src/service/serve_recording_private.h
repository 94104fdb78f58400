/* serve_recording_private: what the files of the sampler's side of recording share. */
#ifndef DOMTOP_SERVICE_SERVE_RECORDING_PRIVATE_H
#define DOMTOP_SERVICE_SERVE_RECORDING_PRIVATE_H

#include "../events.h"
#include "../store/stamp.h"
#include "serve_held.h"
#include "serve_link.h"
#include "serve_recording.h"

struct recording_side {
    struct recording_config config;
    struct serve_link link;
    struct stamp stamp;
    struct serve_held found; /* what the sampler before left, until the first sample */
    uint64_t slot;           /* the step of the newest sample, or of the start, since 1970 */
    uint64_t last_s;         /* of the last sample recorded before the start */
    bool begun;              /* a sample was judged */
    bool own;                /* samples have the times of this machine's wall clock */
    bool ticks;              /* and of its monotonic one */
    uint64_t suspended_ns;   /* in all, since this machine's start */
    int64_t moved_ns;        /* how far the clock was off when it was last told */
    struct events events;
    bool told_begin;   /* the recorder was told who is there */
    bool timed;        /* the last verdict was clear: */
    int64_t offset_ns; /* wall minus monotonic, as believed then; before, of the first sample */
};

/* ---- serve_recording.c ---- */

void recording_tell(struct recording_side *s, enum event_kind kind, const char *detail);
/* Tell that the clock was moved, and what is done about it: once for each move. */
void recording_clock_changed(struct recording_side *s, enum stamp_verdict verdict, int64_t moved);

/* ---- serve_times.c ---- */

/* What to do with a sample of these times, lasting as item->mono_ns. */
enum stamp_verdict times_judge(struct recording_side *s, uint64_t wall_ns, uint64_t lasting_ns,
                               bool sure);

/* The times of what was held until now, and of what was just taken; of samples too, or only of the
 * rest, which does not wait for them then. How many samples have none. */
size_t times_decide(struct recording_side *s, bool samples);

/* By what clocks copies of what is held now are to be read. */
void times_mark(struct recording_side *s);

/* Before the first sample, of this time: hold again what the sampler before held. */
void times_take_up(struct recording_side *s, uint64_t wall_ns);

/* At the end: what is held gets the time that is believed; where there is none it waits on the disk
 * for the next start, which takes until until_ns (monotonic) at most. */
void times_end(struct recording_side *s, uint64_t until_ns);

#endif
