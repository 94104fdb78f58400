/* account: see account.h. */
#include "account.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Parts in which the share of time above a limit is counted: a week of minutes. */
#define FINE_PARTS 10080
/* Moments at which to see who was there, and what was recorded. */
#define LOOKS 64

struct gather {
    struct account *a;
    struct past *past;
    struct snapshot prev, cur;
    float *mean, *peak; /* FINE_PARTS */
};

/* ---- values ---- */

/* Where a graph comes from: a series of the past's, or a metric. */
struct origin {
    struct past_subject subject;
    const struct metric *metric;
};

static int read_graph(struct gather *g, const struct origin *o, uint64_t from_ns, uint64_t to_ns,
                      size_t n, float *mean, float *peak)
{
    struct past *p = g->past;

    if (!o->metric)
        return p->graph(p, &o->subject, from_ns, to_ns, n, mean, peak);
    return p->metric ? p->metric(p, &o->subject.uuid, o->metric, from_ns, to_ns, n, mean, peak)
                     : -ENODATA;
}

/* When within a part its peak was, as finely as it is known. */
static uint64_t find_peak(struct gather *g, const struct origin *o, size_t part)
{
    const struct account *a = g->a;
    double width = (double)(a->to_ns - a->from_ns) / REPORT_PARTS;
    uint64_t from_ns = a->from_ns + (uint64_t)((double)part * width);
    uint64_t to_ns = a->from_ns + (uint64_t)((double)(part + 1) * width);
    size_t n = (to_ns - from_ns) / MAX(a->resolution_ns, NS_PER_S), best = 0;

    n = MAX(1, MIN(n, FINE_PARTS));
    if (read_graph(g, o, from_ns, to_ns, n, g->mean, g->peak))
        return 0;
    for (size_t i = 1; i < n; i++)
        if (g->peak[i] > g->peak[best] || isnan(g->peak[best]))
            best = i;
    return from_ns + (uint64_t)((double)(to_ns - from_ns) / (double)n * (double)(best + 1));
}

static void take_value(struct gather *g, const struct origin *o, struct report_value *v)
{
    double sum = 0;
    size_t known = 0, best = REPORT_PARTS;

    v->mean = v->peak = NAN;
    v->parts = xcalloc(REPORT_PARTS, sizeof(float));
    v->peaks = xcalloc(REPORT_PARTS, sizeof(float));
    if (read_graph(g, o, g->a->from_ns, g->a->to_ns, REPORT_PARTS, v->parts, v->peaks)) {
        free(v->parts);
        free(v->peaks);
        v->parts = v->peaks = NULL;
        return;
    }
    for (size_t i = 0; i < REPORT_PARTS; i++) {
        if (isnan(v->parts[i]))
            continue;
        sum += (double)v->parts[i];
        known++;
        if (best == REPORT_PARTS || v->peaks[i] > v->peaks[best])
            best = i;
    }
    if (!known)
        return;
    v->mean = sum / (double)known;
    v->share = (double)known / REPORT_PARTS;
    v->peak = (double)v->peaks[best];
    v->at_ns = v->peak > 0 ? best + 1 : 0; /* the part, until it is found exactly */
}

/* Peaks' times are looked for only where they are shown. */
static void place_peak(struct gather *g, const struct origin *o, struct report_value *v)
{
    if (v->at_ns && v->at_ns <= REPORT_PARTS)
        v->at_ns = find_peak(g, o, (size_t)v->at_ns - 1);
}

static struct origin origin_of(enum past_of of, const struct uuid *uuid, enum report_series s)
{
    static const enum history_series plain[] = {
        [REPORT_CPU] = HISTORY_CPU, [REPORT_MEM] = HISTORY_MEM, [REPORT_RX] = HISTORY_RX,
        [REPORT_TX] = HISTORY_TX,   [REPORT_RD] = HISTORY_RD,   [REPORT_WR] = HISTORY_WR};
    struct origin o = {.subject = {.of = of, .uuid = *uuid}};

    switch (s) {
    case REPORT_RD_LAT: o.metric = metric_find(ENTITY_VBD, "rd_lat"); break;
    case REPORT_WR_LAT: o.metric = metric_find(ENTITY_VBD, "wr_lat"); break;
    case REPORT_WAIT: o.metric = metric_find(ENTITY_DOMAIN, "wait_est"); break;
    default: o.subject.series = plain[s]; break;
    }
    return o;
}

/* ---- who was there ---- */

static struct report_domain *domain_of(struct account *a, const struct uuid *uuid)
{
    for (size_t i = 0; i < a->domain_count; i++)
        if (!memcmp(&a->domains[i].uuid, uuid, sizeof(*uuid)))
            return &a->domains[i];
    array_reserve(&a->domains, &a->domain_cap, a->domain_count + 1, sizeof(*a->domains));
    struct report_domain *d = &a->domains[a->domain_count++];
    *d = (struct report_domain){.uuid = *uuid};
    return d;
}

static char *copy_str(const struct snapshot *s, strref ref)
{
    return ref ? xstrdup(snapshot_str(s, ref)) : NULL;
}

static void set_str(char **to, const struct snapshot *s, strref ref)
{
    if (!ref)
        return;
    free(*to);
    *to = copy_str(s, ref);
}

/* What the toolstack calls either half of a migration while it lasts. */
static bool passing(const char *name)
{
    return name && (strstr(name, "--incoming") || strstr(name, "--migratedaway"));
}

static void see_moment(struct gather *g)
{
    struct account *a = g->a;
    const struct snapshot *s = &g->cur;

    for (size_t i = 0; i < a->domain_count; i++)
        a->domains[i].there = false;
    for (size_t i = 0; i < s->domain_count; i++) {
        struct report_domain *d = domain_of(a, &s->domains[i].uuid);
        if (!d->name || !passing(snapshot_str(s, s->domains[i].name)))
            set_str(&d->name, s, s->domains[i].name);
        d->there = true;
    }
    set_str(&a->host, s, s->host.name);
    set_str(&a->xen, s, s->host.xen_version);
    if (s->host.mem_bytes != UNKNOWN)
        a->mem_bytes = s->host.mem_bytes;
    if (s->pcpu_count)
        a->pcpus = s->pcpu_count;
    a->simulated |= s->simulated;
}

/* Look at the span in rows that together cover it, so that also who lived between two looks is
 * seen; then at its end as finely as can be. */
static int see_all(struct gather *g)
{
    struct account *a = g->a;
    uint64_t row_ns = (a->to_ns - a->from_ns) / LOOKS, last_ns = 0;
    struct past_moment found;
    int err = 0, seen = -ENODATA;

    for (size_t i = 0; i <= LOOKS && !err; i++) {
        uint64_t at_ns = a->from_ns + (a->to_ns - a->from_ns) / LOOKS * i;
        err = g->past->moment(g->past, at_ns, row_ns, &g->prev, &g->cur, &found);
        if (err || found.wall_ns == last_ns)
            continue;
        last_ns = found.wall_ns;
        if (found.wall_ns + found.resolution_ns <= a->from_ns ||
            found.wall_ns > a->to_ns + found.resolution_ns)
            continue;
        seen = 0;
        see_moment(g);
    }
    if (!err)
        err = g->past->moment(g->past, a->from_ns, 0, &g->prev, &g->cur, &found);
    a->resolution_ns = found.resolution_ns;
    if (!err)
        err = g->past->moment(g->past, a->to_ns, 0, &g->prev, &g->cur, &found);
    if (!err && found.wall_ns >= a->from_ns)
        see_moment(g);
    return err ? err : seen;
}

/* Those that lived for less than any row shows are known by what happened to them. */
static void see_events(struct account *a)
{
    static const struct uuid none;

    for (size_t i = 0; i < a->event_count; i++) {
        const struct event *e = &a->events[i];
        if (!memcmp(&e->uuid, &none, sizeof(none)) || e->domid == UNKNOWN ||
            e->kind == EVENT_REMOVED)
            continue;
        struct report_domain *d = domain_of(a, &e->uuid);
        if (!d->name && e->name[0])
            d->name = xstrdup(e->name);
    }
}

/* ---- events and gaps ---- */

static void take_events(struct gather *g)
{
    struct account *a = g->a;

    a->events = xcalloc(REPORT_EVENTS, sizeof(*a->events));
    g->past->events(g->past, a->from_ns, a->to_ns, a->events, REPORT_EVENTS, &a->event_count);
}

static void add_gap(struct account *a, uint64_t from_ns, uint64_t to_ns)
{
    const char *why = NULL;

    for (size_t i = 0; i < a->event_count; i++)
        if (a->events[i].kind == EVENT_GAP && a->events[i].wall_ns + 60 * NS_PER_S >= to_ns &&
            a->events[i].wall_ns <= to_ns + 120 * NS_PER_S && a->events[i].detail[0])
            why = a->events[i].detail;
    array_reserve(&a->gaps, &a->gap_cap, a->gap_count + 1, sizeof(*a->gaps));
    a->gaps[a->gap_count++] = (struct report_gap){from_ns, to_ns, why ? xstrdup(why) : NULL};
}

/* From the host's own graph: where nothing is known. */
static void take_gaps(struct gather *g)
{
    struct account *a = g->a;
    const struct past_subject host = {.of = PAST_HOST, .series = HISTORY_MEM};
    size_t n = (a->to_ns - a->from_ns) / MAX(a->resolution_ns, NS_PER_S), start = SIZE_MAX,
           known = 0;
    double width;

    n = MAX(1, MIN(n, FINE_PARTS));
    width = (double)(a->to_ns - a->from_ns) / (double)n;
    if (g->past->graph(g->past, &host, a->from_ns, a->to_ns, n, g->mean, NULL))
        return;
    for (size_t i = 0; i <= n; i++) {
        bool gap = i < n && isnan(g->mean[i]);
        known += i < n && !gap;
        if (gap && start == SIZE_MAX)
            start = i;
        /* One missing sample says nothing. */
        if (!gap && start != SIZE_MAX) {
            if (i - start > 2)
                add_gap(a, a->from_ns + (uint64_t)((double)start * width),
                        a->from_ns + (uint64_t)((double)i * width));
            start = SIZE_MAX;
        }
    }
    a->recorded_ns = (uint64_t)((double)known * width);
}

/* ---- limits ---- */

static void add_limit(struct gather *g, const char *what, const struct past_subject *subject,
                      double scale, double limit)
{
    struct account *a = g->a;
    size_t n = (a->to_ns - a->from_ns) / MAX(a->resolution_ns, NS_PER_S), known = 0, above = 0;

    n = MAX(1, MIN(n, FINE_PARTS));
    if (g->past->graph(g->past, subject, a->from_ns, a->to_ns, n, g->mean, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        known += !isnan(g->mean[i]);
        above += (double)g->mean[i] * scale >= limit;
    }
    struct report_saturation *s = &a->saturation[a->saturation_count++];
    *s = (struct report_saturation){what, limit, known ? (double)above / (double)known : NAN, 0};
    s->time_ns = (uint64_t)((double)above * (double)(a->to_ns - a->from_ns) / (double)n);
}

static void take_limits(struct gather *g)
{
    static const struct uuid dom0;
    const struct past_subject cpu = {.of = PAST_HOST, .series = HISTORY_CPU},
                              mem = {.of = PAST_HOST, .series = HISTORY_MEM},
                              zero = {.of = PAST_DOMAIN, .uuid = dom0, .series = HISTORY_CPU};
    uint64_t vcpus = UNKNOWN;

    for (size_t i = 0; i < g->cur.domain_count; i++)
        if (!memcmp(&g->cur.domains[i].uuid, &dom0, sizeof(dom0)))
            vcpus = g->cur.domains[i].vcpus_online;
    add_limit(g, "CPU of the host", &cpu, 1, 0.9);
    if (g->a->mem_bytes != UNKNOWN && g->a->mem_bytes)
        add_limit(g, "memory of the host", &mem, 1 / (double)g->a->mem_bytes, 0.95);
    if (vcpus != UNKNOWN && vcpus)
        add_limit(g, "CPU of dom0's vcpus", &zero, 1 / (double)vcpus, 0.9);
}

/* ---- all of it ---- */

static void take_host(struct gather *g)
{
    static const struct uuid dom0;

    for (int s = 0; s <= REPORT_WR; s++) {
        struct origin o = origin_of(PAST_HOST, &dom0, (enum report_series)s);
        take_value(g, &o, &g->a->host_values[s]);
        place_peak(g, &o, &g->a->host_values[s]);
    }
    struct origin o = origin_of(PAST_DOMAIN, &dom0, REPORT_CPU);
    take_value(g, &o, &g->a->dom0_cpu);
    place_peak(g, &o, &g->a->dom0_cpu);
}

static void take_domains(struct gather *g)
{
    struct account *a = g->a;
    size_t *order = xcalloc(a->top + 1, sizeof(*order));

    for (size_t i = 0; i < a->domain_count; i++)
        for (int s = 0; s < REPORT_SERIES; s++) {
            struct origin o = origin_of(PAST_DOMAIN, &a->domains[i].uuid, (enum report_series)s);
            take_value(g, &o, &a->domains[i].values[s]);
        }
    for (int t = 0; t < REPORT_TABLES; t++) {
        const struct report_table_info *info = report_table((enum report_table)t);
        size_t count = report_rank(a, (enum report_table)t, order, a->top);
        for (size_t i = 0; i < count; i++) {
            struct report_domain *d = &a->domains[order[i]];
            struct origin oa = origin_of(PAST_DOMAIN, &d->uuid, info->a),
                          ob = origin_of(PAST_DOMAIN, &d->uuid, info->b);
            place_peak(g, &oa, &d->values[info->a]);
            place_peak(g, &ob, &d->values[info->b]);
        }
    }
    /* The others' peaks are known to their part: its end. */
    for (size_t i = 0; i < a->domain_count; i++)
        for (int s = 0; s < REPORT_SERIES; s++) {
            uint64_t *at = &a->domains[i].values[s].at_ns;
            if (*at && *at <= REPORT_PARTS)
                *at = a->from_ns + (a->to_ns - a->from_ns) / REPORT_PARTS * *at;
        }
    free(order);
}

int account_gather(struct account *a, struct past *past, uint64_t from_ns, uint64_t to_ns)
{
    struct gather g = {.a = a, .past = past};

    a->store = xstrdup(past->name);
    a->simulated = past->simulated;
    a->from_ns = from_ns;
    a->to_ns = to_ns;
    a->made_ns = clock_wall_ns();
    g.mean = xcalloc(FINE_PARTS, sizeof(float));
    g.peak = xcalloc(FINE_PARTS, sizeof(float));
    take_events(&g);
    int err = see_all(&g);
    if (!err) {
        see_events(a);
        take_gaps(&g);
        take_host(&g);
        take_limits(&g);
        take_domains(&g);
    }
    snapshot_release(&g.prev);
    snapshot_release(&g.cur);
    free(g.mean);
    free(g.peak);
    return err;
}
