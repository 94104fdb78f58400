/*
 * reader_parts: what reader.c and reader_graph.c share. Private to them.
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
    struct roster roster;
    struct spine spine;
    struct reader_totals *totals; /* reader_graph.c's */
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
void reader_totals_free(struct reader_totals *t);

#endif
