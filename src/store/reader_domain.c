/* reader_domain: what domains and their devices had, for reader_graph.c. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reader_parts.h"

/* So many of the finest rows are read where it matters of how much of the time a value is: of
 * coarser ones each counts whole between its neighbours. */
#define FINEST_ROWS 1440
/* Held at a time, for files that are read together. */
#define PARTS_AT_ONCE ((size_t)100000)
#define RANK_PARTS    48
#define RANK_AT_ONCE  ((size_t)64) /* domains */
#define ROUNDING      1e-5         /* more than sums are off by it */

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

uint64_t reader_step_of(const struct reader *r, const struct series_span *span)
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
    double beyond;             /* see series.h */
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
    s->beyond += one->beyond;
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

void reader_put(const struct past_parts *out, size_t i, double mean, double peak, double known,
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
        reader_put(out, i, mean * scale, known ? peak * scale : NAN, s->known[i], s->from_ns[i],
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

/* A file, and all that is wanted of it: in one reading. */
struct whose {
    struct series_file file;
    struct series_source sources[PAST_PARTS];
    struct series out[PAST_PARTS];
    struct sum *sums[PAST_PARTS];
};

struct files {
    struct whose *of;
    size_t count, cap;
};

static void list_file(struct files *files, const struct window *file, struct want *wants,
                      size_t count)
{
    struct whose w = {.file.path = file->path};

    for (size_t i = 0; i < count && w.file.count < PAST_PARTS; i++) {
        if (wants[i].entity != file->entity)
            continue;
        w.sources[w.file.count] = (struct series_source){.name = wants[i].source};
        w.sums[w.file.count++] = &wants[i].sum;
    }
    if (!w.file.count)
        return;
    array_reserve(&files->of, &files->cap, files->count + 1, sizeof(*files->of));
    files->of[files->count++] = w;
}

static void list_domain(struct files *files, const struct roster_domain *d, struct want *wants,
                        size_t count)
{
    list_file(files, &d->self, wants, count);
    for (size_t i = 0; i < d->device_count; i++)
        list_file(files, &d->devices[i], wants, count);
}

static void read_files(struct reader *r, struct whose *of, size_t count,
                       const struct series_span *span, uint64_t step_s)
{
    struct series_file *files = xcalloc(count + 1, sizeof(*files));

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < of[i].file.count; k++)
            series_init(&of[i].out[k], span->n);
        files[i] = of[i].file;
        files[i].sources = of[i].sources;
        files[i].out = of[i].out;
    }
    series_read_all(r->fetch, &r->settings.archives, span, step_s, files, count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < of[i].file.count; k++) {
            if (!files[i].err)
                sum_add(of[i].sums[k], &of[i].out[k], span->n);
            series_release(&of[i].out[k]);
        }
    free(files);
}

/* All of the list, in its order, and be done with it. */
static void add_files(struct reader *r, struct files *files, const struct series_span *span,
                      uint64_t step_s)
{
    size_t at_once = MAX(1, PARTS_AT_ONCE / span->n);

    for (size_t done = 0; done < files->count; done += at_once)
        read_files(r, files->of + done, MIN(at_once, files->count - done), span, step_s);
    free(files->of);
    *files = (struct files){0};
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
    return metric_is_recorded(m) && m->unit != UNIT_STATE &&
           (m->entity == ENTITY_DOMAIN || m->entity == ENTITY_VIF || m->entity == ENTITY_VBD);
}

int reader_domain(struct reader *r, const struct uuid *uuid, const struct series_span *span,
                  const struct past_parts *parts, size_t count)
{
    struct want wants[PAST_PARTS];
    struct roster_domain *d = NULL;
    struct files files = {0};

    for (size_t i = 0; i < count; i++)
        if (!want_of(&parts[i], &wants[i]))
            return -ENODATA;
    int err = roster_see(&r->roster, uuid, &d);
    for (size_t i = 0; i < count; i++)
        sum_init(&wants[i].sum, span->n, wants[i].sum.greatest);
    if (d)
        list_domain(&files, d, wants, count);
    add_files(r, &files, span, reader_step_of(r, span));
    for (size_t i = 0; i < count; i++) {
        sum_give(&wants[i].sum, wants[i].scale, span->n, &parts[i]);
        sum_release(&wants[i].sum);
    }
    return err;
}

/* ---- the ranking of all ---- */

struct ranked {
    struct roster_domain *domain;
    double sum, most;
};

/* What is wanted of each domain that is looked at together with others. */
struct candidate {
    struct want wants[READER_RANK_METRICS];
};

static double add_all(double sum, const struct want *w)
{
    float mean[RANK_PARTS];
    double known[RANK_PARTS];

    sum_give(&w->sum, w->scale, RANK_PARTS, &(struct past_parts){.mean = mean, .known = known});
    for (size_t i = 0; i < RANK_PARTS; i++)
        if (known[i] > 0)
            sum += (double)mean[i] * known[i];
    return sum;
}

/* Of each at least, and at most where the span is read roughly. */
static void rank_some(struct reader *r, struct ranked *ranked, size_t n,
                      const struct series_span *span, const struct want *wants, size_t count)
{
    struct candidate *candidates = xcalloc(n, sizeof(*candidates));
    struct files files = {0};
    bool devices = false;

    for (size_t k = 0; k < count; k++)
        devices |= wants[k].entity != ENTITY_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        struct candidate *c = &candidates[i];
        for (size_t k = 0; k < count; k++) {
            c->wants[k] = wants[k];
            sum_init(&c->wants[k].sum, span->n, wants[k].sum.greatest);
        }
        if (devices)
            roster_refresh_domain(&r->roster, ranked[i].domain);
        list_domain(&files, ranked[i].domain, c->wants, count);
    }
    add_files(r, &files, span, reader_step_of(r, span));
    for (size_t i = 0; i < n; i++) {
        ranked[i].sum = ranked[i].most = 0;
        for (size_t k = 0; k < count; k++) {
            struct want *w = &candidates[i].wants[k];
            ranked[i].sum = add_all(ranked[i].sum, w);
            ranked[i].most += w->sum.beyond * w->scale;
            sum_release(&w->sum);
        }
        ranked[i].most += ranked[i].sum;
    }
    free(candidates);
}

static void rank(struct reader *r, struct ranked *ranked, size_t n, const struct series_span *span,
                 const struct want *wants, size_t count)
{
    for (size_t done = 0; done < n; done += RANK_AT_ONCE)
        rank_some(r, ranked + done, MIN(RANK_AT_ONCE, n - done), span, wants, count);
}

static int by_sum(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->sum < y->sum) - (x->sum > y->sum);
}

/* Those that may be among the first `most`, in their order, of what is known roughly. */
static size_t may_be_first(struct ranked *ranked, size_t n, size_t most)
{
    struct ranked *sorted = xcalloc(n + 1, sizeof(*sorted));
    size_t left = 0;

    memcpy(sorted, ranked, n * sizeof(*ranked));
    qsort(sorted, n, sizeof(*sorted), by_sum);
    double least = sorted[most - 1].sum * (1 - ROUNDING);
    for (size_t i = 0; i < n; i++)
        if (ranked[i].most * (1 + ROUNDING) >= least)
            ranked[left++] = ranked[i];
    free(sorted);
    return left;
}

size_t store_past_rank(struct past *past, uint64_t from_ns, uint64_t to_ns,
                       const struct metric *const *metrics, size_t count, struct reader_rank *out,
                       size_t most)
{
    struct reader *r = (struct reader *)past;
    struct series_span span = {
        .from_ns = from_ns, .to_ns = to_ns, .n = RANK_PARTS, .closely = true, .means = true};
    struct want wants[READER_RANK_METRICS];
    size_t left, found = 0;
    bool sums = true;

    roster_list(&r->roster);
    for (size_t i = 0; i < count; i++) {
        if (i == READER_RANK_METRICS ||
            !want_of(&(struct past_parts){.metric = metrics[i]}, &wants[i]))
            return 0;
        sums &= !wants[i].sum.greatest;
    }
    left = r->roster.count;
    struct ranked *ranked = xcalloc(left + 1, sizeof(*ranked));
    for (size_t i = 0; i < left; i++)
        ranked[i].domain = r->roster.domains[i];
    /* Most of many are far from the first, whatever the ends of their rows hold. */
    if (sums && most && left / 2 > most) {
        span.roughly = true;
        rank(r, ranked, left, &span, wants, count);
        span.roughly = false;
        left = may_be_first(ranked, left, most);
    }
    rank(r, ranked, left, &span, wants, count);
    if (left)
        qsort(ranked, left, sizeof(*ranked), by_sum);
    for (size_t i = 0; i < left && found < most && ranked[i].sum > 0; i++)
        out[found++] = (struct reader_rank){ranked[i].domain->uuid, ranked[i].sum};
    free(ranked);
    return found;
}

/* ---- the sum of all ---- */

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
           a->closely == b->closely && a->means == b->means;
}

static struct reader_totals *totals(struct reader *r, const struct series_span *span)
{
    uint64_t first_s, last_s = 0;
    struct reader_totals *t = r->totals;
    struct files files = {0};

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
        list_domain(&files, r->roster.domains[i], t->wants, ARRAY_LEN(t->wants));
    add_files(r, &files, span, series_step(&r->settings.archives, span));
    return t;
}

void reader_sum_of_all(struct reader *r, enum history_series series, const struct series_span *span,
                       const struct past_parts *out)
{
    struct reader_totals *t = totals(r, span);

    for (size_t i = 0; i < ARRAY_LEN(totals_of); i++)
        if (totals_of[i] == series)
            sum_give(&t->wants[i].sum, 1, span->n, out);
}

const struct metric *reader_made_of(enum history_series series)
{
    return metric_find(made_of[series].entity, made_of[series].source);
}
