/*
 * stamp: under which time a sample is recorded. Pure.
 *
 * RRD files take times that rise, one sample far in the future would block all that follow, and
 * each jump forward costs every archive as much of its oldest rows. So wall time is believed as
 * long as it goes with the monotonic clock (one that counts suspends: then they are no jumps), and
 * otherwise samples are held until later ones decide:
 *
 * - Stepped forward by more than STAMP_TRUST_NS, or at the start later than the last sample by more
 *   than an hour: until so many agree with the new time as take a tenth of the jump, STAMP_PROOF at
 *   least and those of STAMP_LONG_S at most; STAMP_PROOF where the kernel is sure of its clock. If
 *   the old time is back before, they get the times that the old one gives them.
 * - Behind the last sample recorded: which of the two times was wrong, that one's or this? Within
 *   the run of samples that the last one ends, it is a clock put back a little: until it comes
 *   forward again, and they get their times; or until time has passed the last, and they get none.
 *   Before that run began, its samples and those now are counted: once there are more of those now,
 *   or STAMP_PROOF of a clock that the kernel is sure of, time is taken back (as of a machine whose
 *   clock was hours ahead when it started). A clock that is put right before gives them their times
 *   too (one of long ago). Where more than that run would go, only a day of samples wins, against
 *   any number.
 */
#ifndef DOMTOP_STAMP_H
#define DOMTOP_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "runs.h"

#define STAMP_TRUST_NS UINT64_C(60000000000) /* and no less than two steps */
#define STAMP_PROOF    6
#define STAMP_LONG_S   3000 /* less than the hour of samples that can be held */

/* So many seconds of samples win against any number. */
#define STAMP_DAY_S UINT64_C(86400)

enum stamp_verdict {
    STAMP_RECORD, /* this sample, and those held before it */
    STAMP_HOLD,   /* keep it: a later one decides */
    STAMP_WAIT,   /* keep it too: but where the clock stays as it is it will get no time */
};

struct stamp {
    /* Private. */
    uint64_t step_s;
    struct runs past;
    int64_t offset_ns; /* wall minus monotonic, as believed */
    int64_t held_ns;   /* and of the samples held last */
    uint64_t held;     /* so many in a row agree with that */
    bool started;      /* there is one believed */
    bool behind;       /* what is held is behind the last recorded */
};

/* Samples missing for longer than this are the end of a run. */
uint64_t stamp_gap_s(uint64_t step_s);

/* past: what was recorded before (runs_read() with stamp_gap_s()). */
void stamp_init(struct stamp *s, uint64_t step_s, const struct runs *past);

/* Go on as one that had believed this, wall minus monotonic, before it was asked anything. */
void stamp_resume(struct stamp *s, int64_t offset_ns);

/* Whether there is one believed, and which. */
bool stamp_believes(const struct stamp *s, int64_t *offset_ns);

/* What to do with a sample taken at these times. sure: the kernel says that its clock is
 * synchronised. */
enum stamp_verdict stamp_judge(struct stamp *s, uint64_t wall_ns, uint64_t mono_ns, bool sure);

/*
 * The time to record it under, in seconds, whole steps: for each sample of a STAMP_RECORD, those
 * held first. 0: not at all, it is not later than the one before. Once time is taken back the first
 * is before what was recorded. At the end, of those still held, it is that of the time believed
 * before, where stamp_settles(); else 0.
 */
uint64_t stamp_take(struct stamp *s, uint64_t mono_ns);

/* Whether those still held can have a time without a further sample: one is believed, and they are
 * not behind. */
bool stamp_settles(const struct stamp *s);

/* How far the clock was moved by what the last verdict judged, in nanoseconds: 0 while it goes on.
 */
int64_t stamp_moved(const struct stamp *s, uint64_t wall_ns, uint64_t mono_ns);

#endif
