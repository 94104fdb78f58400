/* series: see series.h. */
#include "series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows whose time is looked at more closely, of one reading at most. */
#define EDGES_MOST 64
/* Files that are read together. */
#define FILES_AT_ONCE ((size_t)64)

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

/* One file's reading: what of it, into what, and how far it is. */
struct reading {
    const struct archives *archives;
    const struct series_span *span;
    uint64_t from_s, to_s, finest_s;
    struct series_file *file;
    struct fetched mean, peak;
    /* What is older than an archive's first row is in coarser ones, what came after its last whole
     * row in finer ones, and so is what rows that were passed over stand for. */
    enum { OLDER, NEWER, EDGES } phase;
    size_t next, finer;         /* archives: the one to read, the one that newer ones go before */
    uint64_t before_s, after_s; /* what is left to read is before, or after */
    struct edge {
        uint64_t from_s, to_s;
        size_t archive;
    } edges[EDGES_MOST];
    size_t edge_count, edge;
    bool closely; /* such rows are passed over */
    /* Of the archive that is being read: what is left of the time, and what it had. */
    size_t at;
    uint64_t begin_s, end_s, first_s, last_s;
    bool busy, peaks; /* there is something to ask for: of the rows just read the peaks */
};

static double value_of(const struct reading *r, const struct fetched *rows, size_t row,
                       size_t which, int column)
{
    const struct series_source *source = &r->file->sources[which];

    if (source->derive)
        return source->derive(rows, row, source->arg);
    return column < 0 ? NAN : rows->values[row * rows->sources + (size_t)column];
}

static int column_of(const struct reading *r, const struct fetched *rows, size_t which)
{
    return r->file->sources[which].derive ? 0 : fetched_source(rows, r->file->sources[which].name);
}

/* A row of which less than all may be known, as a domain's first, or that is not all of the span's:
 * its value says nothing of for how long. */
static bool is_edge(const struct reading *r, size_t row)
{
    const struct fetched *rows = &r->mean;
    uint64_t end_s = rows->first_s + row * rows->step_s;
    bool across = end_s - MIN(end_s, rows->step_s) < r->span->from_ns / NS_PER_S ||
                  end_s > (r->span->to_ns + NS_PER_S - 1) / NS_PER_S;

    for (size_t i = 0; i < r->file->count; i++) {
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
        if (isnan(value) || from >= to)
            continue;
        if (passed_over(r, from, to)) {
            /* All of it may lie in the part of the row that is the span's. */
            r->file->out[which].beyond += value * (double)rows->step_s;
            continue;
        }
        if (mean)
            add(&r->file->out[which], r->span, (double)from, (double)to, value, true);
        if (high)
            add(&r->file->out[which], r->span, (double)from, (double)to, value, false);
    }
}

/* ---- from archive to archive ---- */

static bool begin(struct reading *r, size_t at, uint64_t begin_s, uint64_t end_s)
{
    r->at = at;
    r->begin_s = begin_s;
    r->end_s = end_s;
    r->first_s = r->last_s = 0;
    return true;
}

/* The next archive to read. False: that was all. */
static bool go_on(struct reading *r)
{
    bool good = !r->file->err || r->file->err == -ENODATA;

    if (r->phase == OLDER) {
        if (good && r->next < r->archives->count && r->from_s < r->before_s)
            return begin(r, r->next++, r->from_s, r->before_s);
        r->phase = NEWER;
        r->next = r->finer;
    }
    if (r->phase == NEWER) {
        if (good && r->next > 0 && r->after_s < r->to_s)
            return begin(r, --r->next, r->after_s, r->to_s);
        if (r->span->roughly)
            return false;
        r->phase = EDGES;
        r->closely = false;
        r->next = 0;
    }
    for (; r->edge < r->edge_count; r->edge++, r->next = 0) {
        const struct edge *e = &r->edges[r->edge];
        if (!r->next)
            r->before_s = e->to_s;
        /* As finely as it is left. */
        if (r->next <= e->archive && e->from_s < r->before_s)
            return begin(r, r->next++, e->from_s, r->before_s);
    }
    return false;
}

/* That is all of an archive. */
static void finish(struct reading *r, int err)
{
    if (r->phase != EDGES)
        r->file->err = err;
    if (!err && r->phase == OLDER && r->before_s == r->to_s) {
        r->after_s = r->last_s;
        r->finer = r->at;
    }
    if (!err && r->phase == NEWER)
        r->after_s = MAX(r->after_s, r->last_s);
    else if (!err)
        r->before_s = MIN(r->before_s, r->first_s);
    r->busy = go_on(r);
}

/* ---- rows ---- */

static struct fetch_item ask(struct reading *r, const char *only[FETCH_ONLY])
{
    uint64_t step_s = r->archives->a[r->at].step_s;
    /* The row before tells whether the first is whole; the row that holds the end ends later. */
    uint64_t from_s = r->begin_s - MIN(r->begin_s, r->closely ? step_s : 0);
    struct fetch_item item = {
        r->file->path, FETCH_MEAN, from_s, r->end_s + step_s, step_s, &r->mean, 0, only, 0};

    if (r->peaks) {
        step_s = r->mean.step_s;
        item.cf = FETCH_PEAK;
        item.from_s = r->begin_s;
        item.to_s = r->end_s + step_s;
        item.step_s = step_s;
        item.out = &r->peak;
    }
    for (size_t i = 0; i < r->file->count; i++) {
        if (r->file->sources[i].derive || i == FETCH_ONLY) {
            item.only_count = 0;
            break;
        }
        only[item.only_count++] = r->file->sources[i].name;
    }
    return item;
}

static void take_rows(struct reading *r)
{
    bool finest = r->mean.step_s <= r->finest_s;

    if (r->closely && r->at && !finest)
        find_edges(r, r->at, r->begin_s, r->end_s);
    for (size_t i = 0; i < r->file->count; i++) {
        bool both = finest || r->file->sources[i].derive;
        add_rows(r, &r->mean, r->begin_s, r->end_s, i, true, both && !r->span->means);
        if (!both && !r->span->means)
            add_rows(r, &r->peak, r->begin_s, r->end_s, i, false, true);
    }
}

static void take(struct reading *r, int err)
{
    const struct fetched *rows = &r->mean;

    if (!err && !r->peaks && !r->span->means && rows->step_s > r->finest_s) {
        r->peaks = true;
        return;
    }
    r->peaks = false;
    uint64_t until_s = rows->first_s + rows->count * rows->step_s - rows->step_s;
    if (!err && rows->count && until_s > r->begin_s) {
        take_rows(r);
        if (!r->last_s)
            r->first_s = rows->first_s - MIN(rows->first_s, rows->step_s);
        r->last_s = r->begin_s = until_s;
        if (rows->more && r->begin_s < r->end_s)
            return;
    }
    finish(r, r->last_s ? 0 : err ? err : -ENODATA);
}

static void reading_init(struct reading *r, const struct archives *a,
                         const struct series_span *span, uint64_t step_s, struct series_file *file)
{
    *r = (struct reading){.archives = a,
                          .span = span,
                          .from_s = span->from_ns / NS_PER_S,
                          .to_s = (span->to_ns + NS_PER_S - 1) / NS_PER_S,
                          .finest_s = a->a[0].step_s,
                          .file = file,
                          .closely = span->closely};
    r->before_s = r->to_s;
    r->after_s = r->from_s;
    while (r->next + 1 < a->count && a->a[r->next].step_s < step_s)
        r->next++;
    r->finer = r->next;
    file->err = 0;
    r->busy = go_on(r);
}

/* Of each file what it is at, together, until none has more to read. */
static void read_some(struct fetch *f, struct reading *readings, size_t count)
{
    const char *only[FILES_AT_ONCE][FETCH_ONLY];
    struct fetch_item items[FILES_AT_ONCE];
    struct reading *asked[FILES_AT_ONCE];
    size_t n;

    do {
        n = 0;
        for (size_t i = 0; i < count; i++)
            if (readings[i].busy) {
                items[n] = ask(&readings[i], only[n]);
                asked[n++] = &readings[i];
            }
        fetch_all(f, items, n);
        for (size_t i = 0; i < n; i++)
            take(asked[i], items[i].err);
    } while (n);
}

void series_read_all(struct fetch *f, const struct archives *a, const struct series_span *span,
                     uint64_t step_s, struct series_file *files, size_t count)
{
    struct reading *readings = xcalloc(MIN(count, FILES_AT_ONCE) + 1, sizeof(*readings));

    for (size_t done = 0; done < count; done += FILES_AT_ONCE) {
        size_t n = MIN(count - done, FILES_AT_ONCE);
        for (size_t i = 0; i < n; i++)
            reading_init(&readings[i], a, span, step_s, &files[done + i]);
        read_some(f, readings, n);
        for (size_t i = 0; i < n; i++) {
            fetched_release(&readings[i].mean);
            fetched_release(&readings[i].peak);
            if (readings[i].file->err == -ENODATA)
                readings[i].file->err = 0;
        }
    }
    free(readings);
}

int series_read(struct fetch *f, const struct archives *a, const char *path,
                const struct series_span *span, uint64_t step_s,
                const struct series_source *sources, struct series *out, size_t count)
{
    struct series_file file = {path, sources, out, count, 0};

    series_read_all(f, a, span, step_s, &file, 1);
    return file.err;
}
