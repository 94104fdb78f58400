/* series: see series.h. */
#include "series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows whose time is looked at more closely, of one reading at most. */
#define EDGES_MOST 64

void series_init(struct series *s, size_t n)
{
    s->mean = xcalloc(n + 1, sizeof(double));
    s->high = xcalloc(n + 1, sizeof(double));
    s->weight = xcalloc(n + 1, sizeof(double));
    s->high_from_ns = xcalloc(n + 1, sizeof(uint64_t));
    s->high_ns = xcalloc(n + 1, sizeof(uint64_t));
    for (size_t i = 0; i < n; i++)
        s->mean[i] = s->high[i] = NAN;
}

void series_release(struct series *s)
{
    free(s->mean);
    free(s->high);
    free(s->weight);
    free(s->high_from_ns);
    free(s->high_ns);
    *s = (struct series){0};
}

uint64_t series_step(const struct archives *a, const struct series_span *span)
{
    uint64_t part_s = span->n ? (span->to_ns - span->from_ns) / span->n / NS_PER_S : 0;
    uint64_t step_s = a->a[0].step_s;

    for (size_t i = 0; i < a->count; i++)
        if (a->a[i].step_s <= part_s)
            step_s = a->a[i].step_s;
    return step_s;
}

/* A row's value into the parts that its time touches, by how much of it lies in each. */
static void add(struct series *s, const struct series_span *span, double from, double to,
                double value, bool mean)
{
    double start = (double)span->from_ns / 1e9, end = (double)span->to_ns / 1e9;
    double width = (end - start) / (double)span->n;

    if (isnan(value) || to <= start || from >= end)
        return;
    double first = floor((MAX(from, start) - start) / width);
    for (size_t i = (size_t)first; i < span->n; i++) {
        double lo = start + (double)i * width, hi = lo + width;
        double overlap = MIN(hi, to) - MAX(lo, from);
        if (lo >= to)
            break;
        if (overlap <= width * 1e-6)
            continue;
        if (mean) {
            double weight = s->weight[i] + overlap;
            s->mean[i] = s->weight[i] > 0 ? s->mean[i] + (value - s->mean[i]) * overlap / weight
                                          : value;
            s->weight[i] = weight;
        } else if (!(s->high[i] >= value)) {
            s->high[i] = value;
            s->high_from_ns[i] = (uint64_t)from * NS_PER_S;
            s->high_ns[i] = (uint64_t)to * NS_PER_S;
        }
    }
}

/* One reading: of which file, into what. */
struct reading {
    struct fetch *fetch;
    const char *path;
    const struct series_span *span;
    uint64_t finest_s;
    const struct series_source *sources;
    struct series *out;
    size_t count;
    struct fetched mean, peak;
    /* Rows that were passed over, for finer ones to tell of their time. */
    struct edge {
        uint64_t from_s, to_s;
        size_t archive;
    } edges[EDGES_MOST];
    size_t edge_count;
    bool closely; /* such rows are passed over */
};

static double value_of(const struct reading *r, const struct fetched *rows, size_t row,
                       size_t which, int column)
{
    const struct series_source *source = &r->sources[which];

    if (source->derive)
        return source->derive(rows, row, source->arg);
    return column < 0 ? NAN : rows->values[row * rows->sources + (size_t)column];
}

static int column_of(const struct reading *r, const struct fetched *rows, size_t which)
{
    return r->sources[which].derive ? 0 : fetched_source(rows, r->sources[which].name);
}

/* A row of which less than all may be known, as a domain's first, or that is not all of the span's:
 * its value says nothing of for how long. */
static bool is_edge(const struct reading *r, size_t row)
{
    const struct fetched *rows = &r->mean;
    uint64_t end_s = rows->first_s + row * rows->step_s;
    bool across = end_s - MIN(end_s, rows->step_s) < r->span->from_ns / NS_PER_S ||
                  end_s > (r->span->to_ns + NS_PER_S - 1) / NS_PER_S;

    for (size_t i = 0; i < r->count; i++) {
        int column = column_of(r, rows, i);
        if (isnan(value_of(r, rows, row, i, column)))
            continue;
        if (across || (row > 0 && isnan(value_of(r, rows, row - 1, i, column))) ||
            (row + 1 < rows->count && isnan(value_of(r, rows, row + 1, i, column))))
            return true;
    }
    return false;
}

static void find_edges(struct reading *r, size_t archive, uint64_t from_s, uint64_t to_s)
{
    for (size_t i = 0; i < r->mean.count && r->edge_count < EDGES_MOST; i++) {
        uint64_t end_s = r->mean.first_s + i * r->mean.step_s;
        uint64_t begin_s = MAX(end_s - MIN(end_s, r->mean.step_s), from_s);
        if (begin_s < MIN(end_s, to_s) && is_edge(r, i))
            r->edges[r->edge_count++] = (struct edge){begin_s, MIN(end_s, to_s), archive};
    }
}

static bool passed_over(const struct reading *r, uint64_t from_s, uint64_t to_s)
{
    for (size_t i = 0; r->closely && i < r->edge_count; i++)
        if (r->edges[i].from_s <= from_s && r->edges[i].to_s >= to_s)
            return true;
    return false;
}

/* Of rows' times what lies between; the rest another archive says. */
static void add_rows(const struct reading *r, const struct fetched *rows, uint64_t from_s,
                     uint64_t to_s, size_t which, bool mean, bool high)
{
    int column = column_of(r, rows, which);

    for (size_t i = 0; column >= 0 && i < rows->count; i++) {
        uint64_t end_s = rows->first_s + i * rows->step_s;
        uint64_t from = MAX(end_s - MIN(end_s, rows->step_s), from_s), to = MIN(end_s, to_s);
        double value = value_of(r, rows, i, which, column);
        if (isnan(value) || from >= to || passed_over(r, from, to))
            continue;
        if (mean)
            add(&r->out[which], r->span, (double)from, (double)to, value, true);
        if (high)
            add(&r->out[which], r->span, (double)from, (double)to, value, false);
    }
}

/* The rows of one archive from begin_s up to end_s; from when to when there were any. */
static int read_archive(struct reading *r, const struct archives *a, size_t at, uint64_t begin_s,
                        uint64_t end_s, uint64_t *first_s, uint64_t *last_s)
{
    uint64_t step_s = a->a[at].step_s;
    int err = 0;

    *first_s = *last_s = 0;
    while (begin_s < end_s) {
        /* The row before tells whether the first is whole; the row that holds the end ends later.
         */
        uint64_t from_s = begin_s - MIN(begin_s, r->closely ? step_s : 0);
        err = fetch_rows(r->fetch, r->path, FETCH_MEAN, from_s, end_s + step_s, step_s, &r->mean);
        if (!err && r->mean.step_s > r->finest_s)
            err = fetch_rows(r->fetch, r->path, FETCH_PEAK, begin_s, end_s + r->mean.step_s,
                             r->mean.step_s, &r->peak);
        uint64_t until_s = r->mean.first_s + r->mean.count * r->mean.step_s - r->mean.step_s;
        if (err || !r->mean.count || until_s <= begin_s)
            break;
        if (r->closely && at && r->mean.step_s > r->finest_s)
            find_edges(r, at, begin_s, end_s);
        for (size_t i = 0; i < r->count; i++) {
            bool both = r->mean.step_s <= r->finest_s || r->sources[i].derive;
            add_rows(r, &r->mean, begin_s, end_s, i, true, both);
            if (!both)
                add_rows(r, &r->peak, begin_s, end_s, i, false, true);
        }
        if (!*last_s)
            *first_s = r->mean.first_s - MIN(r->mean.first_s, r->mean.step_s);
        *last_s = begin_s = until_s;
        if (r->mean.count < fetched_most(r->mean.sources))
            break;
    }
    return *last_s ? 0 : err ? err : -ENODATA;
}

/* What rows that were passed over stand for, as finely as it is left. */
static void read_edges(struct reading *r, const struct archives *a)
{
    uint64_t first_s, last_s;

    r->closely = false;
    for (size_t i = 0; i < r->edge_count; i++) {
        uint64_t before_s = r->edges[i].to_s;
        for (size_t at = 0; at <= r->edges[i].archive && r->edges[i].from_s < before_s; at++)
            if (!read_archive(r, a, at, r->edges[i].from_s, before_s, &first_s, &last_s))
                before_s = MIN(before_s, first_s);
    }
}

int series_read(struct fetch *f, const struct archives *a, const char *path,
                const struct series_span *span, uint64_t step_s,
                const struct series_source *sources, struct series *out, size_t count)
{
    struct reading r = {.fetch = f,
                        .path = path,
                        .span = span,
                        .finest_s = a->a[0].step_s,
                        .sources = sources,
                        .out = out,
                        .count = count,
                        .closely = span->closely};
    uint64_t from_s = span->from_ns / NS_PER_S, to_s = (span->to_ns + NS_PER_S - 1) / NS_PER_S;
    uint64_t first_s, last_s, before_s = to_s, after_s = from_s;
    size_t at = 0, finer;
    int err = 0;

    while (at + 1 < a->count && a->a[at].step_s < step_s)
        at++;
    finer = at;
    /* What is older than its first row is in coarser ones, */
    for (; at < a->count && from_s < before_s && (!err || err == -ENODATA); at++) {
        err = read_archive(&r, a, at, from_s, before_s, &first_s, &last_s);
        if (err)
            continue;
        if (before_s == to_s) {
            after_s = last_s;
            finer = at;
        }
        before_s = MIN(before_s, first_s);
    }
    /* and what came after its last whole row in finer ones. */
    while (finer-- > 0 && after_s < to_s && (!err || err == -ENODATA)) {
        err = read_archive(&r, a, finer, after_s, to_s, &first_s, &last_s);
        if (!err)
            after_s = MAX(after_s, last_s);
    }
    read_edges(&r, a);
    fetched_release(&r.mean);
    fetched_release(&r.peak);
    return err == -ENODATA ? 0 : err;
}
