/*
 * reader: a store to look back into, as a past (../past.h).
 *
 * It only reads, also while a recorder writes, also on another machine: no lock, nothing opened for
 * writing, no symbolic link followed. librrd runs in a process of its own (fetch.h). What is
 * damaged is left out and said in the reports of the moments shown.
 */
#ifndef DOMTOP_READER_H
#define DOMTOP_READER_H

#include "../past.h"

#define READER_MESSAGE 256

/* NULL with a sentence where the folder is no store, is of a later domtop or cannot be read. The
 * caller closes it. */
struct past *store_past_open(const char *dir, char message[READER_MESSAGE]);

/* The same for a folder that is open already, and is taken over (closed when it fails too); name is
 * for people. */
struct past *store_past_open_at(int dir, const char *name, char message[READER_MESSAGE]);

/* Files that were left out so far, or are missing: how many, and a sentence on each. */
struct text;
size_t store_past_damage(const struct past *past, struct text *out);

/* A domain, and how much it had of metrics, summed up over the time they are known. */
struct reader_rank {
    struct uuid uuid;
    double sum;
};
#define READER_RANK_METRICS 2

/* The domains that had any, those with most first: at most `most` of them, into out. How many. */
size_t store_past_rank(struct past *past, uint64_t from_ns, uint64_t to_ns,
                       const struct metric *const *metrics, size_t count, struct reader_rank *out,
                       size_t most);

#endif
