/* reader_graph: graphs of a store: see past.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader_parts.h"

#define PARTS_MOST  100000
#define TOTAL_PARTS 60 /* in which it is looked where totals begin */

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
        reader_put(out, i, MAX(0, MIN(most, s->mean[i] * scale)),
                   MAX(0, MIN(most, s->high[i] * scale)), s->weight[i], s->high_from_ns[i],
                   s->high_ns[i]);
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

/* Whether a store made before has its pcpus' idle time, and whether it has, or may have, that pcpu.
 */
static bool has_pcpu(struct reader *r, const uint64_t *pcpu, bool *idle)
{
    struct fetched rows = {0};
    uint64_t step_s = r->settings.step_s, first_s, last_s, id;
    bool found = !pcpu;

    *idle = false;
    if (spine_refresh(&r->spine) == 0 && spine_span(&r->spine, &first_s, &last_s))
        fetch_rows(r->fetch, r->roster.pcpus.path, FETCH_MEAN, last_s - MIN(last_s, step_s), last_s,
                   step_s, &rows);
    for (size_t i = 0; i < rows.sources; i++) {
        *idle |= !strncmp(rows.names[i], idle_prefix, sizeof(idle_prefix) - 1);
        found |= pcpu && layout_source_find(ENTITY_PCPU, rows.names[i], &id) && id == *pcpu;
    }
    found |= !rows.sources;
    fetched_release(&rows);
    return found;
}

/* The busy share of the host, or of a pcpu; where it is not known, of the idle time that was
 * recorded before it was. 0, or -ENOENT: there is no such pcpu. */
static int busy_graph(struct reader *r, const uint64_t *pcpu, const struct series_span *span,
                      const struct past_parts *out)
{
    const struct series_source before = {.derive = busy_of, .arg = pcpu};
    char name[LAYOUT_SOURCE] = LAYOUT_HOST_LOAD;
    const char *path = pcpu ? r->roster.pcpus.path : r->roster.host.path;
    const struct series_source source = {.name = name};
    bool idle;

    if (!has_pcpu(r, pcpu, &idle))
        return -ENOENT;
    if (pcpu)
        snprintf(name, sizeof(name), "busy_ns_%u", (unsigned)MIN(*pcpu, LAYOUT_SET_MAX));
    if (idle)
        host_source(r, r->roster.pcpus.path, &before, r->settings.step_s, 1, 1, span, out);
    host_source(r, path, &source, reader_step_of(r, span), pcpu ? 1e-9 : 1, 1, span, out);
    return 0;
}

bool reader_has_totals(struct reader *r, uint64_t from_ns, uint64_t to_ns)
{
    const struct series_span span = {
        .from_ns = from_ns, .to_ns = to_ns, .n = TOTAL_PARTS, .means = true};
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
        reader_sum_of_all(r, series, span, out);
        return;
    }
    layout_total_name(name, reader_made_of(series));
    host_source(r, r->roster.host.path, &source, reader_step_of(r, span), 1, INFINITY, span, out);
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
        reader_put(out, i, NAN, NAN, 0, 0, 0);
}

int reader_parts(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, const struct past_parts *parts, size_t count)
{
    struct reader *r = (struct reader *)self;
    struct series_span span = {.from_ns = from_ns, .to_ns = to_ns, .n = n, .means = true};

    for (size_t i = 0; i < count; i++) {
        span.closely |= parts[i].known != NULL;
        span.means &= !parts[i].peak && !parts[i].from_ns && !parts[i].to_ns;
    }
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
        return reader_domain(r, &subject->uuid, &span, parts, count);
    int err = 0;
    for (size_t i = 0; i < count; i++)
        if (subject->of == PAST_HOST)
            host_graph(r, &span, &parts[i]);
        else if (parts[i].series == HISTORY_CPU)
            err = busy_graph(r, &subject->id, &span, &parts[i]);
    return err;
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
