/*
 * runs: since when a store has a sample at each step, from the rows of an RRD file: what a clock
 * that is not where it was is judged by (stamp.h).
 */
#ifndef DOMTOP_RUNS_H
#define DOMTOP_RUNS_H

#include <stdint.h>

/* Seconds since 1970. 0: there is none. */
struct runs {
    uint64_t last_s;   /* the last sample */
    uint64_t since_s;  /* the first of those without a gap until then, or the second */
    uint64_t before_s; /* the last before that gap; of old ones the beginning of the row it is in */
};

/* Another sample, later than the last. */
void runs_add(struct runs *r, uint64_t time_s, uint64_t gap_s);

/*
 * Of dir/path; what is missing for no longer than gap_s is no gap. 0, with runs all zero where
 * nothing was recorded; -EBADMSG for what is no whole RRD file, or another -errno.
 */
int runs_read(struct runs *r, int dir, const char *path, uint64_t gap_s);

#endif
