/*
 * feed: samples a source in a thread of its own, so that a slow sample never holds up the keys.
 *
 * The thread owns the source while the feed lives. Snapshots are handed over whole: the consumer
 * swaps its own for the newest, no copy and no lock held while anyone reads or fills one.
 */
#ifndef DOMTOP_FEED_H
#define DOMTOP_FEED_H

#include "source.h"

struct feed;

/*
 * Start sampling every delay_s seconds on an absolute beat (a late sample does not shift the next).
 * The second sample follows the first after at most half a second, so that rates show early. A
 * source with a past gives that first. iterations: stop after so many samples; 0: never.
 * NULL with errno set when no thread or pipe can be had.
 */
struct feed *feed_start(struct source *source, double delay_s, unsigned iterations);

/* Poll this for reading: readable while a snapshot that feed_take() has not taken is there. */
int feed_fd(const struct feed *f);

/*
 * Swap *s (the consumer's, all zero at first) for the oldest snapshot not yet taken. True when
 * there was one. The consumer misses none unless it falls behind by more than the past and a few.
 * *status (may be NULL) is what the source returned for it: 0 or -errno.
 */
bool feed_take(struct feed *f, struct snapshot *s, int *status);

/* Whether all the iterations asked for have been sampled and taken. */
bool feed_done(struct feed *f);

/* When the sample under way began (CLOCK_MONOTONIC), 0 when none is: to tell a slow source. */
uint64_t feed_sampling_since(struct feed *f);

void feed_set_delay(struct feed *f, double delay_s); /* from now on */

/* From now on, but for the first and second sample, take them when the wall clock shows a whole
 * multiple of the delay, however it is set. */
void feed_align(struct feed *f);
double feed_delay(struct feed *f);
/* Take a sample at once; between those that are aligned, unless one of them is due as soon. */
void feed_now(struct feed *f);

/* End the thread and free; the source is not closed. Waits at most for the sample under way. */
void feed_stop(struct feed *f);

#endif
