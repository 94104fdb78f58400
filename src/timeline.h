/*
 * timeline: the samples of the last while, in little memory, to step back to.
 *
 * A sample is kept as what changed since the one before it, metric by metric, with a whole one now
 * and then; so 200 domains cost some ten kilobytes a sample. The oldest go when there are too many
 * or they take too much. In memory only: what leaves the process is wire.h's.
 */
#ifndef DOMTOP_TIMELINE_H
#define DOMTOP_TIMELINE_H

#include "snapshot.h"

struct timeline;

/* Keep at most max_samples, in at most max_bytes. */
struct timeline *timeline_new(size_t max_samples, size_t max_bytes);
void timeline_free(struct timeline *t);

/* Add a sealed sample. prev is the one added before it; empty or NULL at first. */
void timeline_add(struct timeline *t, const struct snapshot *prev, const struct snapshot *cur);

/* Samples are numbered from 1 in the order added. The oldest and newest kept; 0 while empty. */
uint64_t timeline_first(const struct timeline *t);
uint64_t timeline_last(const struct timeline *t);

/* When it was taken; 0 for one that is not kept. */
uint64_t timeline_wall_ns(const struct timeline *t, uint64_t number);

/* Sample `number` as it was, into s, sealed. False when it is not kept; s is then as it was. Asking
 * for them in order is cheapest. */
bool timeline_get(struct timeline *t, uint64_t number, struct snapshot *s);

/* Bytes of memory it holds. */
size_t timeline_memory(const struct timeline *t);

#endif
