/* reader_graph: graphs of a store: see past.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader_parts.h"

#define PARTS_MOST  100000
#define TOTAL_PARTS 60 /* in which it is looked where totals begin */
/* So many of the finest rows are read where it matters of how much of the time a value is: of
 * coarser ones each counts whole between its neighbours. */
#define FINEST_ROWS 1440

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

static uint64_t step_of(const struct reader *r, const struct series_span *span)
{
    const uint64_t finest_s = r->settings.step_s;

    if (span->closely && span->to_ns - span->from_ns <= FINEST_ROWS * finest_s * NS_PER_S)
        return finest_s;
    return series_step(&r->settings.archives, span);
}

/*
 * A sum over devices, or the greatest of them. When each of them peaked nobody knows once rows
 * stand for more than a sample: the peak of the sum is taken to be where one of them peaks while
 * the others have their mean.
 */
struct sum {
    bool greatest;
    double *all, *known;       /* all there was of it; seconds of which it is known */
    double *high, *own;        /* of whose peak counts: that, and what it has of all */
    uint64_t *from_ns, *to_ns; /* when that was */
};

static void sum_init(struct sum *s, size_t n, bool greatest)
{
    *s = (struct sum){.greatest = greatest,
                      .all = xcalloc(n + 1, sizeof(double)),
                      .known = xcalloc(n + 1, sizeof(double)),
                      .high = xcalloc(n + 1, sizeof(double)),
                      .own = xcalloc(n + 1, sizeof(double)),
                      .from_ns = xcalloc(n + 1, sizeof(uint64_t)),
                      .to_ns = xcalloc(n + 1, sizeof(uint64_t))};
}

static void sum_release(struct sum *s)
{
    free(s->all);
    free(s->known);
    free(s->high);
    free(s->own);
    free(s->from_ns);
    free(s->to_ns);
}

static void sum_add(struct sum *s, const struct series *one, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double own = one->mean[i] * one->weight[i], known = MAX(s->known[i], one->weight[i]);
        if (isnan(one->mean[i]) || one->weight[i] <= 0)
            continue;
        bool higher = s->greatest ? one->high[i] > s->high[i]
                                  : one->high[i] - own / known > s->high[i] - s->own[i] / known;
        if (s->known[i] <= 0 || higher) {
            s->high[i] = one->high[i];
            s->own[i] = own;
            s->from_ns[i] = one->high_from_ns[i];
            s->to_ns[i] = one->high_ns[i];
        }
        if (!s->greatest)
            s->all[i] += own;
        else if (s->known[i] <= 0 || one->mean[i] > s->all[i] / s->known[i])
            s->all[i] = one->mean[i] * known;
        else
            s->all[i] *= known / s->known[i];
        s->known[i] = known;
    }
}

/* Where it is asked for. */
static void put(const struct past_parts *out, size_t i, double mean, double peak, double known,
                uint64_t from_ns, uint64_t to_ns)
{
    out->mean[i] = (float)mean;
    if (out->peak)
        out->peak[i] = (float)peak;
    if (out->known)
        out->known[i] = known;
    if (out->from_ns)
        out->from_ns[i] = from_ns;
    if (out->to_ns)
        out->to_ns[i] = to_ns;
}

static void sum_give(const struct sum *s, double scale, size_t n, const struct past_parts *out)
{
    for (size_t i = 0; i < n; i++) {
        bool known = s->known[i] > 0;
        double mean = known ? s->all[i] / s->known[i] : NAN;
        double peak = s->greatest ? s->high[i] : mean - s->own[i] / s->known[i] + s->high[i];
        put(out, i, mean * scale, known ? peak * scale : NAN, s->known[i], s->from_ns[i],
            s->to_ns[i]);
    }
}

/* ---- domains ---- */

/* What is to be read of a domain's files. */
struct want {
    enum entity entity;
    const char *source;
    double scale;
    struct sum sum;
};

/* All that is wanted of one file, in one reading. */
static void add_file(struct reader *r, const char *path, enum entity entity,
                     const struct series_span *span, uint64_t step_s, struct want *wants,
                     size_t count)
{
    struct series_source sources[PAST_PARTS];
    struct series out[PAST_PARTS];
    struct sum *sums[PAST_PARTS];
    size_t n = 0;

    for (size_t i = 0; i < count && n < PAST_PARTS; i++) {
        if (wants[i].entity != entity)
            continue;
        sources[n] = (struct series_source){.name = wants[i].source};
        sums[n] = &wants[i].sum;
        series_init(&out[n++], span->n);
    }
    int err = n ? series_read(r->fetch, &r->settings.archives, path, span, step_s, sources, out, n)
                : 0;
    for (size_t i = 0; i < n; i++) {
        if (!err)
            sum_add(sums[i], &out[i], span->n);
        series_release(&out[i]);
    }
}

static void add_domain(struct reader *r, const struct roster_domain *d,
                       const struct series_span *span, uint64_t step_s, struct want *wants,
                       size_t count)
{
    add_file(r, d->self.path, ENTITY_DOMAIN, span, step_s, wants, count);
    for (size_t i = 0; i < d->device_count; i++)
        add_file(r, d->devices[i].path, d->devices[i].entity, span, step_s, wants, count);
}

/* False for what is not kept. */
static bool want_of(const struct past_parts *part, struct want *w)
{
    const struct metric *m = part->metric;

    if (!m) {
        *w = (struct want){made_of[part->series].entity,
                           made_of[part->series].source,
                           made_of[part->series].scale,
                           {0}};
        return true;
    }
    *w = (struct want){m->entity,
                       m->id,
                       m->kind == METRIC_COUNTER && m->unit == UNIT_NS ? 1e-9 : 1,
                       {.greatest = m->entity != ENTITY_DOMAIN && !(m->flags & METRIC_SUMS)}};
    return m->kind != METRIC_INFO && !(m->flags & METRIC_LIVE) && m->unit != UNIT_STATE &&
           (m->entity == ENTITY_DOMAIN || m->entity == ENTITY_VIF || m->entity == ENTITY_VBD);
}

static int domain_parts(struct reader *r, const struct uuid *uuid, const struct series_span *span,
                        const struct past_parts *parts, size_t count)
{
    struct want wants[PAST_PARTS];
    struct roster_domain *d = NULL;

    for (size_t i = 0; i < count; i++)
        if (!want_of(&parts[i], &wants[i]))
            return -ENODATA;
    int err = roster_see(&r->roster, uuid, &d);
    for (size_t i = 0; i < count; i++)
        sum_init(&wants[i].sum, span->n, wants[i].sum.greatest);
    if (d)
        add_domain(r, d, span, step_of(r, span), wants, count);
    for (size_t i = 0; i < count; i++) {
        sum_give(&wants[i].sum, wants[i].scale, span->n, &parts[i]);
        sum_release(&wants[i].sum);
    }
    return err;
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

/* One series, without those of its parts that are known already. */
static void give(const struct series *s, double scale, double most, const struct series_span *span,
                 const struct past_parts *out)
{
    for (size_t i = 0; i < span->n; i++) {
        if (isnan(s->mean[i]))
            continue;
        put(out, i, MAX(0, MIN(most, s->mean[i] * scale)), MAX(0, MIN(most, s->high[i] * scale)),
            s->weight[i], s->high_from_ns[i], s->high_ns[i]);
    }
}

static void host_source(struct reader *r, const char *path, const struct series_source *source,
                        uint64_t step_s, double scale, double most, const struct series_span *span,
                        const struct past_parts *out)
{
    struct series one;

    series_init(&one, span->n);
    series_read(r->fetch, &r->settings.archives, path, span, step_s, source, &one, 1);
    give(&one, scale, most, span, out);
    series_release(&one);
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
                       const struct past_parts *out)
{
    const struct series_source before = {.derive = busy_of, .arg = pcpu};
    char name[LAYOUT_SOURCE] = LAYOUT_HOST_LOAD;
    const char *path = pcpu ? r->roster.pcpus.path : r->roster.host.path;
    const struct series_source source = {.name = name};

    if (pcpu)
        snprintf(name, sizeof(name), "busy_ns_%u", (unsigned)MIN(*pcpu, LAYOUT_SET_MAX));
    if (has_idle(r))
        host_source(r, r->roster.pcpus.path, &before, r->settings.step_s, 1, 1, span, out);
    host_source(r, path, &source, step_of(r, span), pcpu ? 1e-9 : 1, 1, span, out);
}

/* The sums over all devices of the host, of stores that have no totals, kept: one pass over all
 * files gives all four. */
struct reader_totals {
    struct series_span span;
    uint64_t last_s; /* of the store when they were made */
    struct want wants[4];
};

static const enum history_series totals_of[] = {HISTORY_RX, HISTORY_TX, HISTORY_RD, HISTORY_WR};

void reader_totals_free(struct reader_totals *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < ARRAY_LEN(t->wants); i++)
        sum_release(&t->wants[i].sum);
    free(t);
}

static bool same_span(const struct series_span *a, const struct series_span *b)
{
    return a->from_ns == b->from_ns && a->to_ns == b->to_ns && a->n == b->n &&
           a->closely == b->closely;
}

static struct reader_totals *totals(struct reader *r, const struct series_span *span)
{
    uint64_t first_s, last_s = 0;
    struct reader_totals *t = r->totals;

    roster_refresh(&r->roster);
    if (spine_refresh(&r->spine) == 0)
        spine_span(&r->spine, &first_s, &last_s);
    if (t && same_span(&t->span, span) &&
        (t->last_s == last_s || span->to_ns <= t->last_s * NS_PER_S))
        return t;
    reader_totals_free(t);
    r->totals = t = xcalloc(1, sizeof(*t));
    t->span = *span;
    t->last_s = last_s;
    for (size_t i = 0; i < ARRAY_LEN(t->wants); i++) {
        want_of(&(struct past_parts){.series = totals_of[i]}, &t->wants[i]);
        sum_init(&t->wants[i].sum, span->n, false);
    }
    for (size_t i = 0; i < r->roster.count; i++)
        add_domain(r, r->roster.domains[i], span, series_step(&r->settings.archives, span),
                   t->wants, ARRAY_LEN(t->wants));
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

/* What the host's file has of it; else the sum over all files. */
static void total_graph(struct reader *r, enum history_series series,
                        const struct series_span *span, const struct past_parts *out)
{
    char name[LAYOUT_SOURCE];
    const struct series_source source = {.name = name};

    if (!reader_has_totals(r, span->from_ns, span->to_ns)) {
        struct reader_totals *t = totals(r, span);
        for (size_t i = 0; i < ARRAY_LEN(totals_of); i++)
            if (totals_of[i] == series)
                sum_give(&t->wants[i].sum, 1, span->n, out);
        return;
    }
    layout_total_name(name, metric_find(made_of[series].entity, made_of[series].source));
    host_source(r, r->roster.host.path, &source, step_of(r, span), 1, INFINITY, span, out);
}

static void host_graph(struct reader *r, const struct series_span *span,
                       const struct past_parts *out)
{
    static const struct series_source used = {.derive = used_of};

    switch (out->series) {
    case HISTORY_CPU: busy_graph(r, NULL, span, out); break;
    /* What a row of several sources gives has no peak of its own: the finest rows there are show
     * it. */
    case HISTORY_MEM:
        host_source(r, r->roster.host.path, &used, r->settings.step_s, 1, INFINITY, span, out);
        break;
    default: total_graph(r, out->series, span, out);
    }
}

/* ---- what past.h asks ---- */

static void clear(const struct past_parts *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put(out, i, NAN, NAN, 0, 0, 0);
}

int reader_parts(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, const struct past_parts *parts, size_t count)
{
    struct reader *r = (struct reader *)self;
    struct series_span span = {.from_ns = from_ns, .to_ns = to_ns, .n = n};

    for (size_t i = 0; i < count; i++)
        span.closely |= parts[i].known != NULL;
    if (from_ns >= to_ns || !n || n > PARTS_MOST || count > PAST_PARTS)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].metric && parts[i].series >= HISTORY_SERIES)
            return -EINVAL;
        if (parts[i].metric && subject->of != PAST_DOMAIN)
            return -ENODATA;
        clear(&parts[i], n);
    }
    if (subject->of == PAST_DOMAIN)
        return domain_parts(r, &subject->uuid, &span, parts, count);
    for (size_t i = 0; i < count; i++)
        if (subject->of == PAST_HOST)
            host_graph(r, &span, &parts[i]);
        else if (parts[i].series == HISTORY_CPU)
            busy_graph(r, &subject->id, &span, &parts[i]);
    return 0;
}

int reader_graph(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, float *mean, float *peak)
{
    const struct past_parts one = {.series = subject->series, .mean = mean, .peak = peak};

    return reader_parts(self, subject, from_ns, to_ns, n, &one, 1);
}

int reader_metric(struct past *self, const struct uuid *domain, const struct metric *m,
                  uint64_t from_ns, uint64_t to_ns, size_t n, float *mean, float *peak)
{
    const struct past_subject subject = {.of = PAST_DOMAIN, .uuid = *domain};
    const struct past_parts one = {.metric = m, .mean = mean, .peak = peak};

    return reader_parts(self, &subject, from_ns, to_ns, n, &one, 1);
}
