/*
 * exported: what a format made of a snapshot, value by value, against the metric table. Each format
 * brings a reader of its own, that says how a value of a kind must look.
 */
#ifndef DOMTOP_TESTS_EXPORTED_H
#define DOMTOP_TESTS_EXPORTED_H

#include <stdio.h>

#include "metric.h"
#include "rate.h"

/* Checks of the value that a row has under a name. Expected NULL, UNKNOWN or NaN: nobody knows. */
struct exported {
    void (*text)(const void *row, const char *name, const char *expected); /* from outside */
    void (*word)(const void *row, const char *name, const char *expected); /* of our own */
    void (*u64)(const void *row, const char *name, uint64_t expected);
    void (*f64)(const void *row, const char *name, double expected);
    void (*flag)(const void *row, const char *name, uint64_t expected);
};

static inline int exported_raw(const struct exported *x, const void *row, const struct metric *m,
                               const struct snapshot *s, const void *record)
{
    char letters[DOMAIN_STATES + 1], uuid[UUID_TEXT];

    if (m->type == TYPE_STR) {
        x->text(row, m->id, snapshot_str(s, metric_str(m, record)));
        return 1;
    }
    if (m->type == TYPE_UUID) {
        uuid_format(metric_uuid(m, record), uuid);
        x->word(row, m->id, uuid);
        return 1;
    }
    if (m->type == TYPE_F64) {
        x->f64(row, m->id, metric_f64(m, record));
        return 1;
    }
    uint64_t n = metric_u64(m, record);
    switch (m->unit) {
    case UNIT_STATE:
        domain_state_letters(n, letters);
        x->word(row, m->id, n == UNKNOWN ? NULL : letters);
        x->word(row, "state_word", n == UNKNOWN ? NULL : domain_state_word(n));
        return 2;
    case UNIT_BOOL: x->flag(row, m->id, n); return 1;
    case UNIT_DOMTYPE: x->word(row, m->id, domain_type_name(n)); return 1;
    case UNIT_BACKEND: x->word(row, m->id, vbd_backend_name(n)); return 1;
    default: x->u64(row, m->id, n); return 1;
    }
}

/* All metrics of a row of the snapshot; returns how many names they take. */
static inline int exported_row(const struct exported *x, const void *row, enum entity e,
                               const struct snapshot *s, const struct rates *r, size_t at)
{
    int names = 0;

    for (size_t i = 0; i < metric_groups[e].count; i++) {
        const struct metric *m = &metric_groups[e].rows[i];
        if (m->flags & METRIC_INNER)
            continue;
        char name[40];
        names += exported_raw(x, row, m, s, snapshot_row(s, e, at));
        if (m->kind != METRIC_COUNTER)
            continue;
        snprintf(name, sizeof(name), "%s_rate", m->id);
        x->f64(row, name, rate_get(r, m, at));
        names++;
        if (m->flags & METRIC_IDLE) {
            x->f64(row, "busy_rate", rate_shown(r, m, at));
            names++;
        }
    }
    return names;
}

/* What a domain's devices come to together. */
static inline int exported_sums(const struct exported *x, const void *row, const struct snapshot *s,
                                const struct rates *r, size_t at)
{
    int names = 0;

    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            char name[40];
            if (!(m->flags & METRIC_SUMS))
                continue;
            x->u64(row, m->id, metric_sum(m, s, at));
            snprintf(name, sizeof(name), "%s_rate", m->id);
            x->f64(row, name, rate_sum(r, s, m, at));
            names += 2;
        }
    return names;
}

#endif
