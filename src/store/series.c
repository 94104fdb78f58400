/* series: see series.h. */
#include "series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void series_init(struct series *s, size_t n)
{
    s->mean = xcalloc(n + 1, sizeof(double));
    s->high = xcalloc(n + 1, sizeof(double));
    s->weight = xcalloc(n + 1, sizeof(double));
    s->high_ns = xcalloc(n + 1, sizeof(uint64_t));
    for (size_t i = 0; i < n; i++)
        s->mean[i] = s->high[i] = NAN;
}

void series_release(struct series *s)
{
    free(s->mean);
    free(s->high);
    free(s->weight);
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
};

/* Of rows' times what lies between; the rest another archive says. */
static void add_rows(const struct reading *r, const struct fetched *rows, uint64_t from_s,
                     uint64_t to_s, size_t which, bool mean, bool high)
{
    const struct series_source *source = &r->sources[which];
    int column = source->derive ? 0 : fetched_source(rows, source->name);

    for (size_t i = 0; column >= 0 && i < rows->count; i++) {
        uint64_t end_s = rows->first_s + i * rows->step_s;
        double from = (double)MAX(end_s - MIN(end_s, rows->step_s), from_s);
        double to = (double)MIN(end_s, to_s);
        double value = source->derive ? source->derive(rows, i, source->arg)
                                      : rows->values[i * rows->sources + (size_t)column];
        if (mean)
            add(&r->out[which], r->span, from, to, value, true);
        if (high)
            add(&r->out[which], r->span, from, to, value, false);
    }
}

/* The rows of one archive from begin_s up to end_s; from when to when there were any. */
static int read_archive(struct reading *r, uint64_t step_s, uint64_t begin_s, uint64_t end_s,
                        uint64_t *first_s, uint64_t *last_s)
{
    int err = 0;

    *first_s = *last_s = 0;
    while (begin_s < end_s) {
        /* The row that holds the end ends later. */
        err = fetch_rows(r->fetch, r->path, FETCH_MEAN, begin_s, end_s + step_s, step_s, &r->mean);
        if (!err && r->mean.step_s > r->finest_s)
            err = fetch_rows(r->fetch, r->path, FETCH_PEAK, begin_s, end_s + r->mean.step_s,
                             r->mean.step_s, &r->peak);
        if (err || !r->mean.count)
            break;
        for (size_t i = 0; i < r->count; i++) {
            bool both = r->mean.step_s <= r->finest_s || r->sources[i].derive;
            add_rows(r, &r->mean, begin_s, end_s, i, true, both);
            if (!both)
                add_rows(r, &r->peak, begin_s, end_s, i, false, true);
        }
        if (!*last_s)
            *first_s = r->mean.first_s - MIN(r->mean.first_s, r->mean.step_s);
        *last_s = begin_s = r->mean.first_s + (r->mean.count - 1) * r->mean.step_s;
        if (r->mean.count < fetched_most(r->mean.sources))
            break;
    }
    return *last_s ? 0 : err ? err : -ENODATA;
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
                        .count = count};
    uint64_t from_s = span->from_ns / NS_PER_S, to_s = (span->to_ns + NS_PER_S - 1) / NS_PER_S;
    uint64_t first_s, last_s, before_s = to_s, after_s = from_s;
    size_t at = 0, finer;
    int err = 0;

    while (at + 1 < a->count && a->a[at].step_s < step_s)
        at++;
    finer = at;
    /* What is older than its first row is in coarser ones, */
    for (; at < a->count && from_s < before_s && (!err || err == -ENODATA); at++) {
        err = read_archive(&r, a->a[at].step_s, from_s, before_s, &first_s, &last_s);
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
        err = read_archive(&r, a->a[finer].step_s, after_s, to_s, &first_s, &last_s);
        if (!err)
            after_s = MAX(after_s, last_s);
    }
    fetched_release(&r.mean);
    fetched_release(&r.peak);
    return err == -ENODATA ? 0 : err;
}
