/* memory: see memory.h. Values are in the history, whole samples in a timeline, events in a ring.
 */
#include "memory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "../timeline.h"

#define EVENTS_MOST   5000
#define TIMELINE_MOST (8u << 20) /* bytes */
#define GAP           4          /* intervals without a sample: nobody knows what was then */

struct memory {
    struct past past; /* first: what is asked is a past */
    const struct history *history;
    struct timeline *timeline;
    struct events events;
    uint64_t *times; /* of the last samples, a ring, wall clock */
    size_t length, count, next;
    struct snapshot last; /* the newest sample: who has which domid */
    float *values;        /* scratch */
};

/* ---- times ---- */

static uint64_t time_of(const struct memory *m, size_t i)
{
    return m->times[(m->next + m->length - m->count + i) % m->length];
}

/* How long sample i stands for: since the one before it, but not across a gap. */
static uint64_t interval(const struct memory *m, size_t i)
{
    uint64_t t = time_of(m, i), usual = NS_PER_S;

    if (m->count > 1) {
        uint64_t span = time_of(m, m->count - 1) - time_of(m, 0);
        usual = MAX(span / (m->count - 1), (uint64_t)1);
    }
    if (!i || time_of(m, i - 1) >= t)
        return usual;
    return MIN(t - time_of(m, i - 1), GAP * usual);
}

static int span(struct past *self, uint64_t *first_ns, uint64_t *last_ns)
{
    struct memory *m = (struct memory *)self;

    if (!m->count)
        return -ENODATA;
    *first_ns = time_of(m, 0);
    *last_ns = time_of(m, m->count - 1);
    return 0;
}

/* ---- moments ---- */

/* The number of the timeline's last sample at or before wall_ns, or its first. */
static uint64_t number_at(const struct memory *m, uint64_t wall_ns)
{
    uint64_t low = timeline_first(m->timeline), high = timeline_last(m->timeline);

    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (timeline_wall_ns(m->timeline, middle) <= wall_ns)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static int moment(struct past *self, uint64_t wall_ns, uint64_t resolution_ns,
                  struct snapshot *prev, struct snapshot *cur, struct past_moment *found)
{
    struct memory *m = (struct memory *)self;
    uint64_t number = number_at(m, wall_ns), usual;
    (void)resolution_ns; /* there is one */

    if (!number || !timeline_get(m->timeline, number, cur))
        return -ENODATA;
    if (!timeline_get(m->timeline, number - 1, prev))
        snapshot_reset(prev);
    usual = interval(m, m->count - 1);
    *found = (struct past_moment){.wall_ns = cur->wall_ns, .resolution_ns = usual};
    if (wall_ns < cur->wall_ns) {
        found->gap = true;
        found->gap_to_ns = cur->wall_ns;
    } else if (wall_ns - cur->wall_ns > GAP * usual) {
        found->gap = true;
        found->gap_from_ns = cur->wall_ns;
        found->gap_to_ns = timeline_wall_ns(m->timeline, number + 1);
    }
    return 0;
}

static int step(struct past *self, uint64_t wall_ns, long by, uint64_t resolution_ns,
                uint64_t *found_ns)
{
    struct memory *m = (struct memory *)self;
    uint64_t number = number_at(m, wall_ns), first = timeline_first(m->timeline);
    uint64_t last = timeline_last(m->timeline);
    (void)resolution_ns;

    if (!number)
        return -ENODATA;
    if (by < 0)
        number = number - first < (uint64_t)-by ? first : number - (uint64_t)-by;
    else
        number = last - number < (uint64_t)by ? last : number + (uint64_t)by;
    *found_ns = timeline_wall_ns(m->timeline, number);
    return 0;
}

/* ---- graphs ---- */

/* The domid under which the uuid was last seen; false for one that was never. */
static bool find_domid(const struct memory *m, const struct uuid *uuid, uint64_t *domid)
{
    bool found = false;

    for (size_t i = 0; i < m->last.domain_count; i++)
        if (!memcmp(&m->last.domains[i].uuid, uuid, sizeof(*uuid))) {
            *domid = m->last.domains[i].domid;
            found = true;
        }
    for (size_t age = 0; age < events_count(&m->events) && !found; age++) {
        const struct event *e = events_get(&m->events, age);
        if (e->domid != UNKNOWN && !memcmp(&e->uuid, uuid, sizeof(*uuid))) {
            *domid = e->domid;
            found = true;
        }
    }
    return found;
}

static int fetch(struct memory *m, const struct past_subject *s)
{
    struct domain d = {.uuid = s->uuid};

    switch (s->of) {
    case PAST_HOST: history_host(m->history, s->series, m->values, m->count); return 0;
    case PAST_PCPU: return history_pcpu(m->history, s->id, m->values, m->count) ? 0 : -ENOENT;
    case PAST_DOMAIN: break;
    }
    if (!find_domid(m, &s->uuid, &d.domid))
        return -ENOENT;
    history_domain(m->history, &d, s->series, m->values, m->count);
    return 0;
}

/* Spread a sample, which stands for the time from `start` to `end`, over the parts it covers. */
static void spread(double start, double end, float value, size_t n, float *mean, float *peak,
                   float *weight)
{
    size_t first = (size_t)MAX(start, 0.0), last = (size_t)MIN(ceil(end), (double)n);

    for (size_t k = first; k < last; k++) {
        float overlap = (float)(MIN(end, (double)k + 1) - MAX(start, (double)k));
        if (overlap <= 0)
            continue;
        mean[k] = weight[k] > 0 ? mean[k] + value * overlap : value * overlap;
        weight[k] += overlap;
        if (!(peak[k] >= value))
            peak[k] = value;
    }
}

static int graph(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, float *mean, float *peak)
{
    struct memory *m = (struct memory *)self;
    double part = ((double)to_ns - (double)from_ns) / (double)n;
    int error = fetch(m, subject);

    if (error)
        return error;
    float *weight = xcalloc(2 * n, sizeof(*weight)), *peaks = weight + n;
    for (size_t k = 0; k < n; k++)
        mean[k] = peaks[k] = NAN;
    for (size_t i = 0; i < m->count; i++) {
        if (isnan(m->values[i]))
            continue;
        double end = ((double)time_of(m, i) - (double)from_ns) / part;
        double start = end - (double)interval(m, i) / part;
        if (end > 0 && start < (double)n)
            spread(start, end, m->values[i], n, mean, peaks, weight);
    }
    for (size_t k = 0; k < n; k++)
        if (weight[k] > 0)
            mean[k] /= weight[k];
    if (peak)
        memcpy(peak, peaks, n * sizeof(*peak));
    free(weight);
    return 0;
}

/* ---- events ---- */

static int happened(struct past *self, uint64_t from_ns, uint64_t to_ns, struct event *out,
                    size_t cap, size_t *count)
{
    struct memory *m = (struct memory *)self;
    size_t total = 0, n = 0;

    for (size_t age = 0; age < events_count(&m->events) && total < cap; age++) {
        const struct event *e = events_get(&m->events, age);
        total += e->wall_ns >= from_ns && e->wall_ns <= to_ns;
    }
    for (size_t age = 0; n < total; age++) {
        const struct event *e = events_get(&m->events, age);
        if (e->wall_ns >= from_ns && e->wall_ns <= to_ns)
            out[total - ++n] = *e;
    }
    *count = total;
    return 0;
}

/* ---- life ---- */

/* It is the memory's: nothing to close. */
static void keep(struct past *self)
{
    (void)self;
}

struct memory *memory_new(const struct history *h, size_t length)
{
    struct memory *m = xcalloc(1, sizeof(*m));

    m->past = (struct past){.name = "memory",
                            .span = span,
                            .moment = moment,
                            .step = step,
                            .graph = graph,
                            .events = happened,
                            .close = keep};
    m->history = h;
    m->length = length;
    m->times = xcalloc(length, sizeof(*m->times));
    m->values = xcalloc(length, sizeof(*m->values));
    m->timeline = timeline_new(length, TIMELINE_MOST);
    events_init(&m->events, EVENTS_MOST);
    return m;
}

void memory_free(struct memory *m)
{
    if (!m)
        return;
    events_release(&m->events);
    timeline_free(m->timeline);
    snapshot_release(&m->last);
    free(m->values);
    free(m->times);
    free(m);
}

void memory_add(struct memory *m, const struct snapshot *prev, const struct snapshot *cur)
{
    m->past.simulated = cur->simulated;
    timeline_add(m->timeline, prev, cur);
    events_compare(&m->events, prev, cur);
    m->times[m->next] = cur->wall_ns;
    m->next = (m->next + 1) % m->length;
    m->count = MIN(m->count + 1, m->length);
    snapshot_copy(&m->last, cur);
}

struct past *memory_past(struct memory *m)
{
    return &m->past;
}
