/*
 * reader_parts: what reader.c, reader_graph.c and reader_domain.c share, and graph.c. Private to
 * them.
 */
#ifndef DOMTOP_READER_PARTS_H
#define DOMTOP_READER_PARTS_H

#include "reader.h"
#include "roster.h"
#include "series.h"
#include "settings.h"
#include "spine.h"

struct reader {
    struct past past;
    char *name;
    int dir;
    struct store_settings settings;
    struct fetch *fetch;
    struct roster roster, peaks; /* the same store's: of means, and once asked for of peaks */
    struct spine spine;
    struct reader_totals *totals; /* reader_domain.c's */
};

int reader_graph(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, float *mean, float *peak);
int reader_parts(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, const struct past_parts *parts, size_t count);
int reader_metric(struct past *self, const struct uuid *domain, const struct metric *m,
                  uint64_t from_ns, uint64_t to_ns, size_t n, float *mean, float *peak);
/* Whether the host's file has the totals of devices (layout.h) over a span: stores made before have
 * none, or not of all of it. */
bool reader_has_totals(struct reader *r, uint64_t from_ns, uint64_t to_ns);

/* ---- reader_domain.c ---- */

/* Parts of a domain: see past.h. */
int reader_domain(struct reader *r, const struct uuid *uuid, const struct series_span *span,
                  const struct past_parts *parts, size_t count);

/* What one of history's series of all domains is together, where the host's file has no total. */
void reader_sum_of_all(struct reader *r, enum history_series series, const struct series_span *span,
                       const struct past_parts *out);
void reader_totals_free(struct reader_totals *t);
const struct metric *reader_made_of(enum history_series series);

/* How fine the rows are that a span is read from. */
uint64_t reader_step_of(const struct reader *r, const struct series_span *span);
/* One part of what is given, where it is asked for. */
void reader_put(const struct past_parts *out, size_t i, double mean, double peak, double known,
                uint64_t from_ns, uint64_t to_ns);

#endif
