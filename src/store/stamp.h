/*
 * stamp: under which time a sample is recorded. Pure.
 *
 * RRD files take times that rise, and one sample far in the future would block all that follow. So
 * wall time is believed as long as it goes with the monotonic clock, and otherwise:
 *
 * - Stepped forward by more than STAMP_TRUST_NS, as after a suspend, or when the clock is set, or
 * at the start by more than a day, for it would cost the finer archives what they have: samples are
 *   held back, until STAMP_PROOF of them agree with the new time, which then holds; or until the
 *   old time is back, and they get the times that the old one gives them.
 * - Behind the last sample recorded: which of the two times was wrong, that one's or this? Within
 *   the run of samples that the last one ends, it is a clock put back a little: samples are passed
 *   over until time has passed the last. Before that run began, its samples and those now are
 *   counted: once there are more of those now, time is taken back (a machine that started with a
 *   clock hours ahead, which was then put right). Until then samples are held, and get their times
 *   of a clock that is put right again before (a machine that started with a clock of long ago). A
 *   day of samples wins against any number.
 */
#ifndef DOMTOP_STAMP_H
#define DOMTOP_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "runs.h"

#define STAMP_TRUST_NS UINT64_C(60000000000) /* and no less than two steps */
#define STAMP_PROOF    6

/* So many seconds of samples win against any number. */
#define STAMP_DAY_S UINT64_C(86400)

enum stamp_verdict {
    STAMP_RECORD, /* this sample, and those held before it */
    STAMP_HOLD,   /* keep it: a later one decides */
    STAMP_PASS,   /* do not record it */
};

struct stamp {
    /* Private. */
    uint64_t step_s;
    struct runs past;
    int64_t offset_ns; /* wall minus monotonic, as believed */
    int64_t held_ns;   /* and of the samples held */
    unsigned held;
    int64_t behind_ns; /* and of those that are behind the last recorded */
    uint64_t behind;
    bool started;
};

/* Samples missing for longer than this are the end of a run. */
uint64_t stamp_gap_s(uint64_t step_s);

/* past: what was recorded before (runs_read() with stamp_gap_s()). */
void stamp_init(struct stamp *s, uint64_t step_s, const struct runs *past);

/* What to do with a sample taken at these times. */
enum stamp_verdict stamp_judge(struct stamp *s, uint64_t wall_ns, uint64_t mono_ns);

/*
 * The time to record it under, in seconds, whole steps: for each sample of a STAMP_RECORD, those
 * held first. 0: not at all, it is not later than the one before. Once time is taken back the first
 * is before what was recorded.
 */
uint64_t stamp_take(struct stamp *s, uint64_t mono_ns);

/* How far the clock was moved by what the last verdict judged, in nanoseconds: 0 while it goes on.
 */
int64_t stamp_moved(const struct stamp *s, uint64_t wall_ns, uint64_t mono_ns);

#endif
