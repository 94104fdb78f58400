/*
 * history: the last samples of a few values per domain and of the host, for graphs.
 *
 * A ring of `length` samples for each domain ever seen in that span, found by identity (uuid and
 * domid), so that a graph follows its domain however rows move. A sample in which the domain was
 * not there, or the value unknown, is NaN. A domain is forgotten once its whole ring is NaN.
 */
#ifndef DOMTOP_HISTORY_H
#define DOMTOP_HISTORY_H

#include "rate.h"

/* The values kept per domain, and of the whole host. Of pcpus their load is kept too. */
enum history_series {
    HISTORY_CPU, /* share of one cpu; of the host: mean busy share of its pcpus */
    HISTORY_MEM, /* bytes; of the host: bytes in use */
    HISTORY_RX,  /* bytes per second */
    HISTORY_TX,
    HISTORY_RD,
    HISTORY_WR,
    HISTORY_SERIES
};

struct history;

struct history *history_new(size_t length);
void history_free(struct history *h);

/* Append a sample. Allocates only when more domains are there than ever before. */
void history_add(struct history *h, const struct snapshot *s, const struct rates *r);

/* Samples added so far, at most length. */
size_t history_len(const struct history *h);

/* The newest n samples, oldest first, into out; what is older than the history is NaN.
 * A domain that the history does not know gives NaN throughout. */
void history_domain(const struct history *h, const struct domain *d, enum history_series series,
                    float *out, size_t n);
void history_host(const struct history *h, enum history_series series, float *out, size_t n);

/* The busy share of a pcpu, by its number. False, and all unknown, for one that there never was. */
bool history_pcpu(const struct history *h, uint64_t id, float *out, size_t n);

/* Bytes of memory it holds. */
size_t history_memory(const struct history *h);

#endif
