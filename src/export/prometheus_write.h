/*
 * prometheus_write: what the writers of metrics share: the sample and the options at hand, heads of
 * families, labels. Private to prometheus*.c.
 */
#ifndef DOMTOP_PROMETHEUS_WRITE_H
#define DOMTOP_PROMETHEUS_WRITE_H

#include "prometheus.h"
#include "prometheus_rows.h"

struct labels {
    struct text pool; /* one after the other: {uuid="...",domain="...",vif="0" without the } */
    size_t *ends;     /* where a row's end; equal to the one before: the row is not told of */
    size_t count, ends_cap;
};

struct renderer {
    struct text *out;
    enum prometheus_format format;
    const struct snapshot *s;
    const struct prometheus_options *o;
    bool *told; /* of each domain row */
    struct labels labels[ENTITY_COUNT];
};

/* NAME="VALUE", escaped; begins with '{' where it is the first of the row, else with ','. */
void write_label(struct text *out, bool first, const char *name, const char *value);

/* HELP, TYPE and UNIT (NULL: none). Text 0.0.4 names what its lines are called and knows no info.
 */
void write_head(struct renderer *w, const char *name, const char *suffix, enum family_type type,
                const char *unit, const char *help);

/* Exact: a double has not enough digits for the nanoseconds of a month. */
void write_seconds(struct text *out, uint64_t ns);

/* prometheus_self.c: families that are in no row of the metric table. */
void write_self(struct renderer *w);
void write_reports(struct renderer *w);
void write_host_domains(struct renderer *w);

#endif
