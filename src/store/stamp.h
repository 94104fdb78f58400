/*
 * stamp: under which time a sample is recorded. Pure.
 *
 * RRD files take times that rise, and one sample far in the future would block all that follow. So
 * wall time is believed as long as it goes with the monotonic clock, and otherwise:
 *
 * - Stepped back (or a second sample within a step): samples are passed over until time passes the
 *   last one recorded, unless that is further off than STAMP_AHEAD_S.
 * - Stepped forward by more than STAMP_TRUST_NS, as after a suspend, or when the clock is set:
 *   samples are held back, until STAMP_PROOF of them agree with the new time, which then holds; or
 *   until the old time is back, and they get the times that the old one gives them.
 */
#ifndef DOMTOP_STAMP_H
#define DOMTOP_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define STAMP_TRUST_NS UINT64_C(60000000000) /* and no less than two steps */
#define STAMP_PROOF    6

/* What was recorded so long after now was never so: a machine that starts with a clock years ahead,
 * which is then put right, is not to wait for those years. Its files are set aside. */
#define STAMP_AHEAD_S (UINT64_C(30) * 86400)

enum stamp_verdict {
    STAMP_RECORD, /* this sample, and those held before it */
    STAMP_HOLD,   /* keep it: a later one decides */
    STAMP_PASS,   /* do not record it */
};

struct stamp {
    /* Private. */
    uint64_t step_s, last_s;
    int64_t offset_ns; /* wall minus monotonic, as believed */
    int64_t held_ns;   /* and of the samples held */
    unsigned held;
    bool started;
};

/* last_s: the time of the last sample recorded before; 0: none. */
void stamp_init(struct stamp *s, uint64_t step_s, uint64_t last_s);

/* What to do with a sample taken at these times. */
enum stamp_verdict stamp_judge(struct stamp *s, uint64_t wall_ns, uint64_t mono_ns);

/*
 * The time to record it under, in seconds, whole steps: for each sample of a STAMP_RECORD, those
 * held first. 0: not at all, it is not later than the one before.
 */
uint64_t stamp_take(struct stamp *s, uint64_t mono_ns);

/* How far the clock was moved by what the last verdict judged, in nanoseconds: 0 while it goes on.
 */
int64_t stamp_moved(const struct stamp *s, uint64_t wall_ns, uint64_t mono_ns);

#endif
