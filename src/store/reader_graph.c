/* reader_graph: graphs of a store: see past.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader_parts.h"

#define PARTS_MOST  100000
#define TOTAL_PARTS 60 /* in which it is looked where totals begin */

/* What each of history's series is made of. */
static const struct {
    enum entity entity;
    const char *source;
    double scale;
} made_of[HISTORY_SERIES] = {
    [HISTORY_CPU] = {ENTITY_DOMAIN, "cpu_ns", 1e-9},
    [HISTORY_MEM] = {ENTITY_DOMAIN, "mem_bytes", 1},
    [HISTORY_RX] = {ENTITY_VIF, "rx_bytes", 1},
    [HISTORY_TX] = {ENTITY_VIF, "tx_bytes", 1},
    [HISTORY_RD] = {ENTITY_VBD, "rd_bytes", 1},
    [HISTORY_WR] = {ENTITY_VBD, "wr_bytes", 1},
};

/*
 * A sum over devices. When each of them peaked nobody knows once rows stand for more than a sample:
 * the peak of the sum is taken to be where one of them peaks while the others have their mean.
 */
struct sum {
    double *mean, *above; /* above: how far the greatest peak is above its own mean */
};

static void sum_init(struct sum *s, size_t n)
{
    s->mean = xcalloc(n + 1, sizeof(double));
    s->above = xcalloc(n + 1, sizeof(double));
    for (size_t i = 0; i < n; i++)
        s->mean[i] = NAN;
}

static void sum_release(struct sum *s)
{
    free(s->mean);
    free(s->above);
}

static void sum_add(struct sum *s, const struct series *one, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(one->mean[i]))
            continue;
        s->mean[i] = isnan(s->mean[i]) ? one->mean[i] : s->mean[i] + one->mean[i];
        if (one->high[i] - one->mean[i] > s->above[i])
            s->above[i] = one->high[i] - one->mean[i];
    }
}

static void sum_give(const struct sum *s, double scale, size_t n, float *mean, float *peak)
{
    for (size_t i = 0; i < n; i++) {
        mean[i] = (float)(s->mean[i] * scale);
        if (peak)
            peak[i] = (float)((s->mean[i] + s->above[i]) * scale);
    }
}

/* ---- domains ---- */

/* Both directions of all devices of one kind. */
static void add_devices(struct reader *r, struct roster_domain *d, enum entity entity,
                        const struct series_span *span, uint64_t step_s, struct sum sums[2])
{
    bool vif = entity == ENTITY_VIF;
    const struct series_source names[2] = {{.name = made_of[vif ? HISTORY_RX : HISTORY_RD].source},
                                           {.name = made_of[vif ? HISTORY_TX : HISTORY_WR].source}};

    for (size_t i = 0; i < d->device_count; i++) {
        struct series out[2];
        if (d->devices[i].entity != entity)
            continue;
        for (size_t k = 0; k < 2; k++)
            series_init(&out[k], span->n);
        int err = series_read(r->fetch, &r->settings.archives, d->devices[i].path, span, step_s,
                              names, out, 2);
        for (size_t k = 0; k < 2; k++) {
            if (!err)
                sum_add(&sums[k], &out[k], span->n);
            series_release(&out[k]);
        }
    }
}

static void domain_graph(struct reader *r, struct roster_domain *d, enum history_series series,
                         const struct series_span *span, float *mean, float *peak)
{
    uint64_t step_s = series_step(&r->settings.archives, span);
    struct sum sums[2];

    sum_init(&sums[0], span->n);
    sum_init(&sums[1], span->n);
    if (made_of[series].entity == ENTITY_DOMAIN) {
        const struct series_source name = {.name = made_of[series].source};
        struct series out;
        series_init(&out, span->n);
        if (series_read(r->fetch, &r->settings.archives, d->self.path, span, step_s, &name, &out,
                        1) == 0)
            sum_add(&sums[0], &out, span->n);
        series_release(&out);
        sum_give(&sums[0], made_of[series].scale, span->n, mean, peak);
    } else {
        add_devices(r, d, made_of[series].entity, span, step_s, sums);
        sum_give(&sums[series == HISTORY_TX || series == HISTORY_WR], made_of[series].scale,
                 span->n, mean, peak);
    }
    sum_release(&sums[0]);
    sum_release(&sums[1]);
}

/* ---- pcpus and the host ---- */

/* Over the sources "idle_ns_N" of a row, which stores made before have: the mean busy share, or
 * that of pcpu *arg. */
static const char idle_prefix[] = "idle_ns_";

static double busy_of(const struct fetched *rows, size_t row, const void *arg)
{
    const uint64_t *only = arg;
    double sum = 0;
    size_t known = 0;

    for (size_t i = 0; i < rows->sources; i++) {
        double idle = rows->values[row * rows->sources + i];
        const char *name = rows->names[i];
        if (isnan(idle) || strncmp(name, idle_prefix, sizeof(idle_prefix) - 1) != 0 ||
            (only && strtoull(name + sizeof(idle_prefix) - 1, NULL, 10) != *only))
            continue;
        sum += MAX(0, MIN(1, 1 - idle * 1e-9));
        known++;
    }
    return known ? sum / (double)known : NAN;
}

static double used_of(const struct fetched *rows, size_t row, const void *arg)
{
    int all = fetched_source(rows, "mem_bytes"), free = fetched_source(rows, "mem_free");
    (void)arg;

    if (all < 0 || free < 0)
        return NAN;
    return rows->values[row * rows->sources + (size_t)all] -
           rows->values[row * rows->sources + (size_t)free];
}

/* What a row of several sources gives has no peak of its own: the finest rows there are show it. */
static void derived_graph(struct reader *r, const char *path, const struct series_source *source,
                          const struct series_span *span, float *mean, float *peak)
{
    struct series out;

    series_init(&out, span->n);
    series_read(r->fetch, &r->settings.archives, path, span, r->settings.step_s, source, &out, 1);
    for (size_t i = 0; i < span->n; i++) {
        mean[i] = (float)out.mean[i];
        if (peak)
            peak[i] = (float)out.high[i];
    }
    series_release(&out);
}

/* Whether a store made before has its pcpus' idle time. */
static bool has_idle(struct reader *r)
{
    struct fetched rows = {0};
    uint64_t step_s = r->settings.step_s, first_s, last_s;
    bool found = false;

    if (spine_refresh(&r->spine) == 0 && spine_span(&r->spine, &first_s, &last_s))
        fetch_rows(r->fetch, r->roster.pcpus.path, FETCH_MEAN, last_s - MIN(last_s, step_s), last_s,
                   step_s, &rows);
    for (size_t i = 0; i < rows.sources && !found; i++)
        found = !strncmp(rows.names[i], idle_prefix, sizeof(idle_prefix) - 1);
    fetched_release(&rows);
    return found;
}

/* The busy share of the host, or of a pcpu; where it is not known, of the idle time that was
 * recorded before it was. */
static void busy_graph(struct reader *r, const uint64_t *pcpu, const struct series_span *span,
                       float *mean, float *peak)
{
    const struct series_source before = {.derive = busy_of, .arg = pcpu};
    char name[LAYOUT_SOURCE] = LAYOUT_HOST_LOAD;
    const char *path = pcpu ? r->roster.pcpus.path : r->roster.host.path;
    const double scale = pcpu ? 1e-9 : 1;
    struct series_source source = {.name = name};
    struct series out;

    if (pcpu)
        snprintf(name, sizeof(name), "busy_ns_%u", (unsigned)MIN(*pcpu, LAYOUT_SET_MAX));
    series_init(&out, span->n);
    series_read(r->fetch, &r->settings.archives, path, span,
                series_step(&r->settings.archives, span), &source, &out, 1);
    if (has_idle(r))
        derived_graph(r, r->roster.pcpus.path, &before, span, mean, peak);
    for (size_t i = 0; i < span->n; i++) {
        if (isnan(out.mean[i]))
            continue;
        mean[i] = (float)MAX(0, MIN(1, out.mean[i] * scale));
        if (peak)
            peak[i] = (float)MAX(0, MIN(1, out.high[i] * scale));
    }
    series_release(&out);
}

/* The sums over all devices of the host, of stores that have no totals, kept: one pass over all
 * files gives all four. */
struct reader_totals {
    struct series_span span;
    uint64_t last_s; /* of the store when they were made */
    struct sum sums[HISTORY_SERIES];
};

void reader_totals_free(struct reader_totals *t)
{
    if (!t)
        return;
    for (int i = 0; i < HISTORY_SERIES; i++)
        sum_release(&t->sums[i]);
    free(t);
}

static struct reader_totals *totals(struct reader *r, const struct series_span *span)
{
    uint64_t first_s, last_s = 0, step_s = series_step(&r->settings.archives, span);
    struct reader_totals *t = r->totals;

    roster_refresh(&r->roster);
    if (spine_refresh(&r->spine) == 0)
        spine_span(&r->spine, &first_s, &last_s);
    if (t && !memcmp(&t->span, span, sizeof(*span)) &&
        (t->last_s == last_s || span->to_ns <= t->last_s * NS_PER_S))
        return t;
    reader_totals_free(t);
    r->totals = t = xcalloc(1, sizeof(*t));
    t->span = *span;
    t->last_s = last_s;
    for (int i = 0; i < HISTORY_SERIES; i++)
        sum_init(&t->sums[i], span->n);
    for (size_t i = 0; i < r->roster.count; i++) {
        add_devices(r, r->roster.domains[i], ENTITY_VIF, span, step_s, &t->sums[HISTORY_RX]);
        add_devices(r, r->roster.domains[i], ENTITY_VBD, span, step_s, &t->sums[HISTORY_RD]);
    }
    return t;
}

bool reader_has_totals(struct reader *r, uint64_t from_ns, uint64_t to_ns)
{
    const struct series_span span = {.from_ns = from_ns, .to_ns = to_ns, .n = TOTAL_PARTS};
    const struct series_source names[] = {{.name = "all_rx_bytes"}, {.name = LAYOUT_HOST_LOAD}};
    struct series out[ARRAY_LEN(names)];
    size_t begin[ARRAY_LEN(names)];

    for (size_t k = 0; k < ARRAY_LEN(names); k++)
        series_init(&out[k], span.n);
    int err = series_read(r->fetch, &r->settings.archives, r->roster.host.path, &span,
                          series_step(&r->settings.archives, &span), names, out, ARRAY_LEN(names));
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        for (begin[k] = 0; begin[k] < span.n && isnan(out[k].mean[begin[k]]);)
            begin[k]++;
        series_release(&out[k]);
    }
    /* Both are of what two samples tell. */
    return !err && begin[0] < span.n && begin[0] <= begin[1] + 1;
}

/* What the host's file has of it; false where that is not all. */
static bool recorded_total(struct reader *r, enum history_series series,
                           const struct series_span *span, float *mean, float *peak)
{
    char name[LAYOUT_SOURCE];
    const struct series_source source = {.name = name};
    struct series out;

    if (!reader_has_totals(r, span->from_ns, span->to_ns))
        return false;
    layout_total_name(name, metric_find(made_of[series].entity, made_of[series].source));
    series_init(&out, span->n);
    series_read(r->fetch, &r->settings.archives, r->roster.host.path, span,
                series_step(&r->settings.archives, span), &source, &out, 1);
    for (size_t i = 0; i < span->n; i++) {
        mean[i] = (float)out.mean[i];
        if (peak)
            peak[i] = (float)out.high[i];
    }
    series_release(&out);
    return true;
}

static void host_graph(struct reader *r, enum history_series series, const struct series_span *span,
                       float *mean, float *peak)
{
    static const struct series_source used = {.derive = used_of};

    switch (series) {
    case HISTORY_CPU: busy_graph(r, NULL, span, mean, peak); break;
    case HISTORY_MEM: derived_graph(r, r->roster.host.path, &used, span, mean, peak); break;
    default:
        if (!recorded_total(r, series, span, mean, peak))
            sum_give(&totals(r, span)->sums[series], 1, span->n, mean, peak);
    }
}

int reader_graph(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, float *mean, float *peak)
{
    struct reader *r = (struct reader *)self;
    struct series_span span = {.from_ns = from_ns, .to_ns = to_ns, .n = n};

    if (from_ns >= to_ns || !n || n > PARTS_MOST || subject->series >= HISTORY_SERIES)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        mean[i] = NAN;
        if (peak)
            peak[i] = NAN;
    }
    struct roster_domain *d = NULL;
    int err = 0;
    switch (subject->of) {
    case PAST_HOST: host_graph(r, subject->series, &span, mean, peak); break;
    case PAST_PCPU:
        if (subject->series == HISTORY_CPU)
            busy_graph(r, &subject->id, &span, mean, peak);
        break;
    case PAST_DOMAIN:
        err = roster_see(&r->roster, &subject->uuid, &d);
        if (d)
            domain_graph(r, d, subject->series, &span, mean, peak);
        break;
    }
    return err;
}

/* ---- any metric ---- */

/* The greatest of several series. */
static void greatest_add(struct sum *s, const struct series *one, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(one->mean[i]))
            continue;
        double peak = isnan(s->mean[i]) ? one->high[i]
                                        : MAX(one->high[i], s->mean[i] + s->above[i]);
        s->mean[i] = isnan(s->mean[i]) ? one->mean[i] : MAX(one->mean[i], s->mean[i]);
        s->above[i] = MAX(0, peak - s->mean[i]);
    }
}

static void add_file(struct reader *r, const char *path, const struct metric *m,
                     const struct series_span *span, struct sum *sum)
{
    const struct series_source source = {.name = m->id};
    struct series one;

    series_init(&one, span->n);
    if (series_read(r->fetch, &r->settings.archives, path, span,
                    series_step(&r->settings.archives, span), &source, &one, 1) == 0) {
        if (m->flags & METRIC_SUMS)
            sum_add(sum, &one, span->n);
        else
            greatest_add(sum, &one, span->n);
    }
    series_release(&one);
}

int reader_metric(struct past *self, const struct uuid *domain, const struct metric *m,
                  uint64_t from_ns, uint64_t to_ns, size_t n, float *mean, float *peak)
{
    struct reader *r = (struct reader *)self;
    struct series_span span = {.from_ns = from_ns, .to_ns = to_ns, .n = n};
    bool shares = m->kind == METRIC_COUNTER && m->unit == UNIT_NS;
    struct sum sum;

    if (from_ns >= to_ns || !n || n > PARTS_MOST)
        return -EINVAL;
    if (m->kind == METRIC_INFO || m->flags & METRIC_LIVE || m->unit == UNIT_STATE ||
        (m->entity != ENTITY_DOMAIN && m->entity != ENTITY_VIF && m->entity != ENTITY_VBD))
        return -ENODATA;
    struct roster_domain *d;
    int err = roster_see(&r->roster, domain, &d);
    sum_init(&sum, n);
    if (d && m->entity == ENTITY_DOMAIN)
        add_file(r, d->self.path, m, &span, &sum);
    for (size_t i = 0; d && i < d->device_count; i++)
        if (d->devices[i].entity == m->entity)
            add_file(r, d->devices[i].path, m, &span, &sum);
    sum_give(&sum, shares ? 1e-9 : 1, n, mean, peak);
    sum_release(&sum);
    return err;
}
