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

/* Events that are first made room for; by so much it grows. */
#define EVENTS_FIRST 8192
#define EVENTS_GROW  8

struct gather {
    struct account *a;
    struct past *past;
    struct snapshot prev, cur;
    uint64_t finest_ns; /* no value of the span stands for less */
    float *mean, *peak; /* FINE_PARTS */
    double *known;
    uint64_t *to_ns;
    size_t *slots, slot_count; /* domains by uuid: place + 1; 0 is empty */
};

/* ---- values ---- */

/* What is read for one of report's series. */
static struct past_parts parts_of(enum report_series s)
{
    static const enum history_series plain[] = {
        [REPORT_CPU] = HISTORY_CPU, [REPORT_MEM] = HISTORY_MEM, [REPORT_RX] = HISTORY_RX,
        [REPORT_TX] = HISTORY_TX,   [REPORT_RD] = HISTORY_RD,   [REPORT_WR] = HISTORY_WR};

    switch (s) {
    case REPORT_RD_LAT: return (struct past_parts){.metric = metric_find(ENTITY_VBD, "rd_lat")};
    case REPORT_WR_LAT: return (struct past_parts){.metric = metric_find(ENTITY_VBD, "wr_lat")};
    case REPORT_WAIT: return (struct past_parts){.metric = metric_find(ENTITY_DOMAIN, "wait_est")};
    default: return (struct past_parts){.series = plain[s]};
    }
}

/* One series of a subject in n parts, into the gather's own; its known seconds too. */
static int read_fine(struct gather *g, const struct past_subject *subject, struct past_parts what,
                     uint64_t from_ns, uint64_t to_ns, size_t n)
{
    what.mean = g->mean;
    what.peak = g->peak;
    what.known = g->known;
    what.to_ns = g->to_ns;
    return g->past->parts(g->past, subject, from_ns, to_ns, n, &what, 1);
}

/* When within a time the peak was, as finely as it is known. */
static uint64_t find_peak(struct gather *g, const struct past_subject *subject,
                          enum report_series series, uint64_t from_ns, uint64_t to_ns)
{
    size_t n = MIN((to_ns - from_ns) / g->finest_ns, FINE_PARTS), best = 0;

    if (n <= 1 || read_fine(g, subject, parts_of(series), from_ns, to_ns, n))
        return to_ns;
    for (size_t i = 1; i < n; i++)
        if (g->peak[i] > g->peak[best] || isnan(g->peak[best]))
            best = i;
    return g->to_ns[best] ? g->to_ns[best] : to_ns;
}

/* Mean, share and peak of what was read. */
static void sum_up(struct gather *g, const struct past_subject *subject, enum report_series series,
                   const struct past_parts *read, struct report_value *v)
{
    double sum = 0, known = 0;
    size_t best = REPORT_PARTS;

    for (size_t i = 0; i < REPORT_PARTS; i++) {
        if (isnan(v->parts[i]))
            continue;
        sum += (double)v->parts[i] * read->known[i];
        known += read->known[i];
        if (best == REPORT_PARTS || v->peaks[i] > v->peaks[best])
            best = i;
    }
    if (best == REPORT_PARTS)
        return;
    v->mean = sum / known;
    v->share = MIN(1, known * 1e9 / (double)(g->a->to_ns - g->a->from_ns));
    v->peak = (double)v->peaks[best];
    if (v->peak > 0)
        v->at_ns = find_peak(g, subject, series, read->from_ns[best], read->to_ns[best]);
}

/* The first `count` of report's series of a subject. */
static void take_values(struct gather *g, enum past_of of, const struct uuid *uuid,
                        struct report_value *values, size_t count)
{
    const struct past_subject subject = {.of = of, .uuid = *uuid};
    struct past_parts parts[REPORT_SERIES];
    double known[REPORT_SERIES][REPORT_PARTS];
    uint64_t from_ns[REPORT_SERIES][REPORT_PARTS], to_ns[REPORT_SERIES][REPORT_PARTS];

    for (size_t s = 0; s < count; s++) {
        values[s] = (struct report_value){.mean = NAN,
                                          .peak = NAN,
                                          .parts = xcalloc(REPORT_PARTS, sizeof(float)),
                                          .peaks = xcalloc(REPORT_PARTS, sizeof(float))};
        parts[s] = parts_of((enum report_series)s);
        parts[s].mean = values[s].parts;
        parts[s].peak = values[s].peaks;
        parts[s].known = known[s];
        parts[s].from_ns = from_ns[s];
        parts[s].to_ns = to_ns[s];
    }
    int err = g->past->parts(g->past, &subject, g->a->from_ns, g->a->to_ns, REPORT_PARTS, parts,
                             count);
    for (size_t s = 0; s < count; s++) {
        if (!err) {
            sum_up(g, &subject, (enum report_series)s, &parts[s], &values[s]);
            continue;
        }
        free(values[s].parts);
        free(values[s].peaks);
        values[s].parts = values[s].peaks = NULL;
    }
}

/* ---- who was there ---- */

static size_t *slot_of(struct gather *g, const struct uuid *uuid)
{
    size_t at = 5381;

    for (size_t i = 0; i < sizeof(uuid->bytes); i++)
        at = at * 33 ^ uuid->bytes[i];
    for (;; at++) {
        size_t *slot = &g->slots[at % g->slot_count];
        if (!*slot || !memcmp(&g->a->domains[*slot - 1].uuid, uuid, sizeof(*uuid)))
            return slot;
    }
}

static struct report_domain *domain_of(struct gather *g, const struct uuid *uuid)
{
    struct account *a = g->a;

    if (2 * (a->domain_count + 1) > g->slot_count) {
        free(g->slots);
        g->slot_count = 2 * g->slot_count + 64;
        g->slots = xcalloc(g->slot_count, sizeof(*g->slots));
        for (size_t i = 0; i < a->domain_count; i++)
            *slot_of(g, &a->domains[i].uuid) = i + 1;
    }
    size_t *slot = slot_of(g, uuid);
    if (!*slot) {
        array_reserve(&a->domains, &a->domain_cap, a->domain_count + 1, sizeof(*a->domains));
        a->domains[a->domain_count++] = (struct report_domain){.uuid = *uuid};
        *slot = a->domain_count;
    }
    return &a->domains[*slot - 1];
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
        struct report_domain *d = domain_of(g, &s->domains[i].uuid);
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
    a->resolution_ns = g->finest_ns = MAX(found.resolution_ns, NS_PER_S);
    if (!err)
        err = g->past->moment(g->past, a->to_ns, 0, &g->prev, &g->cur, &found);
    if (!err && found.wall_ns >= a->from_ns)
        see_moment(g);
    g->finest_ns = MIN(g->finest_ns, MAX(found.resolution_ns, NS_PER_S));
    return err ? err : seen;
}

/* Those that lived for less than any row shows are known by what happened to them. */
static void see_events(struct gather *g)
{
    static const struct uuid none;
    const struct account *a = g->a;

    for (size_t i = 0; i < a->event_count; i++) {
        const struct event *e = &a->events[i];
        if (!memcmp(&e->uuid, &none, sizeof(none)) || e->domid == UNKNOWN ||
            e->kind == EVENT_REMOVED)
            continue;
        struct report_domain *d = domain_of(g, &e->uuid);
        if (!d->name && e->name[0])
            d->name = xstrdup(e->name);
    }
}

/* ---- events and gaps ---- */

/* All of them: room is made until some is left. */
static void take_events(struct gather *g)
{
    struct account *a = g->a;
    size_t cap = EVENTS_FIRST;
    /* Rows have whole seconds: what the last sample showed came a little after. */
    uint64_t to_ns = a->to_ns + NS_PER_S - 1;

    for (;;) {
        a->events = xcalloc(cap, sizeof(*a->events));
        g->past->events(g->past, a->from_ns, to_ns, a->events, cap, &a->event_count);
        if (a->event_count < cap)
            return;
        if (cap == REPORT_EVENTS)
            break;
        free(a->events);
        cap = MIN(cap * EVENTS_GROW, REPORT_EVENTS);
    }
    a->events_cut = true;
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

static size_t fine_parts(const struct account *a)
{
    size_t n = (a->to_ns - a->from_ns) / a->resolution_ns;

    return MAX(1, MIN(n, FINE_PARTS));
}

/* How many seconds of each part were recorded: what any of the files says that are always written.
 */
static void find_recorded(struct gather *g, size_t n, double *recorded)
{
    static const struct {
        enum past_of of;
        enum history_series series;
    } from[] = {{PAST_HOST, HISTORY_MEM}, {PAST_DOMAIN, HISTORY_MEM}, {PAST_PCPU, HISTORY_CPU}};

    for (size_t k = 0; k < ARRAY_LEN(from); k++) {
        const struct past_subject subject = {.of = from[k].of}; /* dom0, and the first pcpu */
        if (read_fine(g, &subject, (struct past_parts){.series = from[k].series}, g->a->from_ns,
                      g->a->to_ns, n))
            continue;
        for (size_t i = 0; i < n; i++)
            recorded[i] = MAX(recorded[i], g->known[i]);
    }
}

/* Where nothing is known. */
static void take_gaps(struct gather *g)
{
    struct account *a = g->a;
    size_t n = fine_parts(a), start = SIZE_MAX;
    double width = (double)(a->to_ns - a->from_ns) / (double)n, known = 0;
    double *recorded = xcalloc(n + 1, sizeof(*recorded));

    find_recorded(g, n, recorded);
    for (size_t i = 0; i <= n; i++) {
        bool gap = i < n && recorded[i] <= 0;
        known += recorded[i];
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
    a->recorded_ns = MIN((uint64_t)(known * 1e9), a->to_ns - a->from_ns);
    free(recorded);
}

/* ---- limits ---- */

static void add_limit(struct gather *g, const char *what, const struct past_subject *subject,
                      double scale, double limit)
{
    struct account *a = g->a;
    size_t n = fine_parts(a);
    double known = 0, above = 0;

    if (read_fine(g, subject, (struct past_parts){.series = subject->series}, a->from_ns, a->to_ns,
                  n))
        return;
    for (size_t i = 0; i < n; i++) {
        known += g->known[i];
        if ((double)g->mean[i] * scale >= limit)
            above += g->known[i];
    }
    a->saturation[a->saturation_count++] = (struct report_saturation){
        what, limit, known > 0 ? above / known : NAN, (uint64_t)(above * 1e9)};
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

    take_values(g, PAST_HOST, &dom0, g->a->host_values, REPORT_WR + 1);
    take_values(g, PAST_DOMAIN, &dom0, &g->a->dom0_cpu, REPORT_CPU + 1);
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
    g.known = xcalloc(FINE_PARTS, sizeof(double));
    g.to_ns = xcalloc(FINE_PARTS, sizeof(uint64_t));
    take_events(&g);
    int err = see_all(&g);
    if (!err) {
        see_events(&g);
        take_gaps(&g);
        take_host(&g);
        take_limits(&g);
        for (size_t i = 0; i < a->domain_count; i++)
            take_values(&g, PAST_DOMAIN, &a->domains[i].uuid, a->domains[i].values, REPORT_SERIES);
    }
    snapshot_release(&g.prev);
    snapshot_release(&g.cur);
    free(g.mean);
    free(g.peak);
    free(g.known);
    free(g.to_ns);
    free(g.slots);
    return err;
}
