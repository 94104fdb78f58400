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

/* What an archive before this one has said, up to from_s, is not said again. */
static void add_rows(const struct fetched *rows, const struct series_span *span, uint64_t from_s,
                     const struct series_source *source, struct series *out, bool mean, bool high)
{
    int column = source->derive ? 0 : fetched_source(rows, source->name);

    for (size_t i = 0; column >= 0 && i < rows->count; i++) {
        uint64_t end_s = rows->first_s + i * rows->step_s;
        double from = (double)MAX(end_s - rows->step_s, from_s);
        double value = source->derive ? source->derive(rows, i, source->arg)
                                      : rows->values[i * rows->sources + (size_t)column];
        if (mean)
            add(out, span, from, (double)end_s, value, true);
        if (high)
            add(out, span, from, (double)end_s, value, false);
    }
}

int series_read(struct fetch *f, const struct archives *a, const char *path,
                const struct series_span *span, uint64_t step_s,
                const struct series_source *sources, struct series *out, size_t count)
{
    uint64_t from_s = span->from_ns / NS_PER_S, to_s = (span->to_ns + NS_PER_S - 1) / NS_PER_S;
    struct fetched mean = {0}, peak = {0};
    size_t archive = a->count;
    int err = 0;

    while (from_s < to_s) {
        /* The row that holds the end ends later. */
        err = fetch_rows(f, path, FETCH_MEAN, from_s, to_s + step_s, step_s, &mean);
        if (!err && mean.step_s > a->a[0].step_s)
            err = fetch_rows(f, path, FETCH_PEAK, from_s, to_s + mean.step_s, mean.step_s, &peak);
        if (err)
            break;
        bool finest = mean.step_s <= a->a[0].step_s;
        for (size_t i = 0; i < count; i++) {
            bool both = finest || sources[i].derive;
            add_rows(&mean, span, from_s, &sources[i], &out[i], true, both);
            if (!both)
                add_rows(&peak, span, from_s, &sources[i], &out[i], false, true);
        }
        if (mean.count)
            from_s = MAX(from_s, mean.first_s + (mean.count - 1) * mean.step_s);
        /* The next finer one, for what came after its last whole row. */
        archive = MIN(archive, a->count);
        while (archive > 0 && a->a[archive - 1].step_s >= mean.step_s)
            archive--;
        if (finest || archive == 0)
            break;
        step_s = a->a[archive - 1].step_s;
    }
    fetched_release(&mean);
    fetched_release(&peak);
    return err == -ENODATA ? 0 : err;
}
