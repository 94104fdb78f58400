/*
 * memory: a past (past.h) of what this process has seen itself: some minutes, in little memory, for
 * who looks back where nothing is recorded. It ends with the process.
 *
 * One thread at a time; web.c locks.
 */
#ifndef DOMTOP_EXPORT_MEMORY_H
#define DOMTOP_EXPORT_MEMORY_H

#include "../past.h"

struct memory;

/* Of at most `length` samples. h is the caller's, outlives this, and holds as many. */
struct memory *memory_new(const struct history *h, size_t length);
void memory_free(struct memory *m);

/* A sample that h has just been given, and the one before it. */
void memory_add(struct memory *m, const struct snapshot *prev, const struct snapshot *cur);

/* To ask: valid as long as the memory, not to be closed. */
struct past *memory_past(struct memory *m);

#endif
