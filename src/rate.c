/* rate: see rate.h. */
#include "rate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base.h"

/*
 * The most a single counter can plausibly move in a second. Nothing on one host comes near; a
 * difference beyond it is a counter that jumped (a wrap read as growth, a device that changed under
 * the same identity), not load. For time it is a few hundred thousand cpus.
 */
#define RATE_MAX 1e15

static size_t cell(const struct metric *m, size_t row)
{
    return row * metric_groups[m->entity].count + metric_slot(m);
}

static double rate_between(uint64_t before, uint64_t now, double seconds)
{
    if (before == UNKNOWN || now == UNKNOWN || now < before || !(seconds > 0))
        return NAN;
    double rate = (double)(now - before) / seconds;
    return rate < RATE_MAX ? rate : NAN;
}

/* One row's counters: per nanosecond units become shares of a cpu. */
static void row_rates(struct rates *r, enum entity e, size_t row, const void *before,
                      const void *now, double seconds)
{
    const struct metric_group *g = &metric_groups[e];
    double *out = r->cells[e] + row * g->count;

    assert(r->cells[e]); /* reserved for all rows */

    for (size_t i = 0; i < g->count; i++) {
        const struct metric *m = &g->rows[i];
        if (m->kind != METRIC_COUNTER || !before) {
            out[i] = NAN;
            continue;
        }
        double rate = rate_between(metric_u64(m, before), metric_u64(m, now), seconds);
        out[i] = m->unit == UNIT_NS ? rate / (double)NS_PER_S : rate;
    }
}

/* Of a row that has a clock of its own, which is its host's; otherwise the time of its part. */
static double row_seconds(uint64_t before_ns, uint64_t now_ns, double part)
{
    if (before_ns == UNKNOWN || now_ns == UNKNOWN)
        return part;
    return now_ns > before_ns ? (double)(now_ns - before_ns) / (double)NS_PER_S : 0;
}

static double seconds_between(const struct snapshot *prev, const struct snapshot *cur,
                              enum entity e)
{
    if (cur->read_ns[e] <= prev->read_ns[e])
        return 0;
    return (double)(cur->read_ns[e] - prev->read_ns[e]) / (double)NS_PER_S;
}

/* The identity of a device within its domain; every device record starts with domid and id. */
static uint64_t device_id(const struct snapshot *s, enum entity e, size_t row)
{
    switch (e) {
    case ENTITY_VCPU: return s->vcpus[row].id;
    case ENTITY_VIF: return s->vifs[row].id;
    default: return s->vbds[row].id;
    }
}

/*
 * A guest that connects its disk or interface anew has the backend count from 0, under the same
 * number. One counter that fell tells, and then none that has passed its old value since is worth
 * more.
 */
static bool began_anew(enum entity e, const void *before, const void *now)
{
    const struct metric_group *g = &metric_groups[e];

    for (size_t i = 0; i < g->count; i++) {
        if (!(g->rows[i].flags & METRIC_SUMS) || g->rows[i].kind != METRIC_COUNTER)
            continue;
        uint64_t was = metric_u64(&g->rows[i], before), is = metric_u64(&g->rows[i], now);
        if (was != UNKNOWN && is != UNKNOWN && is < was)
            return true;
    }
    return false;
}

static void device_rates(struct rates *r, enum entity e, const struct snapshot *prev,
                         const struct domain *before, const struct snapshot *cur,
                         const struct domain *now)
{
    size_t first, count, prev_first = 0, prev_count = 0;
    double seconds = seconds_between(prev, cur, e);

    domain_devices(now, e, &first, &count);
    if (before) {
        domain_devices(before, e, &prev_first, &prev_count);
        seconds = row_seconds(before->read_ns, now->read_ns, seconds);
    }

    size_t p = prev_first, prev_end = prev_first + prev_count;
    for (size_t i = first; i < first + count; i++) {
        uint64_t id = device_id(cur, e, i);
        while (p < prev_end && device_id(prev, e, p) < id)
            p++;
        bool same = p < prev_end && device_id(prev, e, p) == id;
        /* A vbd whose backend changed is another device under the same number. */
        if (same && e == ENTITY_VBD && prev->vbds[p].backend != cur->vbds[i].backend)
            same = false;
        if (same && began_anew(e, snapshot_row(prev, e, p), snapshot_row(cur, e, i)))
            same = false;
        row_rates(r, e, i, same ? snapshot_row(prev, e, p) : NULL, snapshot_row(cur, e, i),
                  seconds);
    }
}

void rates_compute(struct rates *r, const struct snapshot *prev, const struct snapshot *cur)
{
    static const struct snapshot nothing; /* has no rows, so that none is found in it */

    if (!prev || prev->seq == 0)
        prev = &nothing;
    r->interval_s = prev->seq && cur->mono_ns > prev->mono_ns
                        ? (double)(cur->mono_ns - prev->mono_ns) / (double)NS_PER_S
                        : 0;
    for (int e = 0; e < ENTITY_COUNT; e++)
        array_reserve(&r->cells[e], &r->cap[e],
                      snapshot_rows(cur, (enum entity)e) * metric_groups[e].count, sizeof(double));

    row_rates(r, ENTITY_HOST, 0, prev->seq ? &prev->host : NULL, &cur->host,
              seconds_between(prev, cur, ENTITY_HOST));

    size_t p = 0;
    for (size_t i = 0; i < cur->pcpu_count; i++) {
        while (p < prev->pcpu_count && prev->pcpus[p].id < cur->pcpus[i].id)
            p++;
        bool same = p < prev->pcpu_count && prev->pcpus[p].id == cur->pcpus[i].id &&
                    prev->pcpus[p].online == cur->pcpus[i].online;
        double seconds = seconds_between(prev, cur, ENTITY_PCPU);
        if (same)
            seconds = row_seconds(prev->pcpus[p].read_ns, cur->pcpus[i].read_ns, seconds);
        row_rates(r, ENTITY_PCPU, i, same ? &prev->pcpus[p] : NULL, &cur->pcpus[i], seconds);
    }

    p = 0;
    for (size_t i = 0; i < cur->domain_count; i++) {
        const struct domain *now = &cur->domains[i], *before = NULL;
        while (p < prev->domain_count && prev->domains[p].domid < now->domid)
            p++;
        if (p < prev->domain_count && domain_same(&prev->domains[p], now))
            before = &prev->domains[p];
        double seconds = seconds_between(prev, cur, ENTITY_DOMAIN);
        if (before)
            seconds = row_seconds(before->read_ns, now->read_ns, seconds);
        row_rates(r, ENTITY_DOMAIN, i, before, now, seconds);
        device_rates(r, ENTITY_VCPU, prev, before, cur, now);
        device_rates(r, ENTITY_VIF, prev, before, cur, now);
        device_rates(r, ENTITY_VBD, prev, before, cur, now);
    }
}

double rate_get(const struct rates *r, const struct metric *m, size_t row)
{
    return r->cells[m->entity] ? r->cells[m->entity][cell(m, row)] : NAN;
}

double rate_shown(const struct rates *r, const struct metric *m, size_t row)
{
    double rate = rate_get(r, m, row);

    if (!(m->flags & METRIC_IDLE) || isnan(rate))
        return rate;
    return MAX(0.0, MIN(1.0, 1.0 - rate));
}

static double sum_range(const struct rates *r, const struct metric *m, size_t first, size_t count)
{
    double sum = 0;
    size_t known = 0;

    for (size_t i = first; i < first + count; i++) {
        double rate = rate_get(r, m, i);
        if (isnan(rate))
            continue;
        known++;
        sum += rate;
    }
    return known ? sum : NAN;
}

double rate_sum(const struct rates *r, const struct snapshot *s, const struct metric *m,
                size_t domain_row)
{
    size_t first, count;

    domain_devices(&s->domains[domain_row], m->entity, &first, &count);
    if (count)
        return sum_range(r, m, first, count);
    return s->have & PART(m->entity) ? 0 : NAN;
}

double rate_total(const struct rates *r, const struct snapshot *s, const struct metric *m)
{
    size_t rows = snapshot_rows(s, m->entity);

    if (rows)
        return sum_range(r, m, 0, rows);
    return s->have & PART(m->entity) ? 0 : NAN;
}

double rate_host_busy(const struct rates *r, const struct snapshot *s)
{
    const struct metric *m = metric_find(ENTITY_PCPU, "idle_ns");
    double sum = 0;
    size_t known = 0;

    for (size_t i = 0; i < s->pcpu_count; i++) {
        double busy = rate_shown(r, m, i);
        if (s->pcpus[i].online == 0 || isnan(busy))
            continue;
        known++;
        sum += busy;
    }
    return known ? sum / (double)known : NAN;
}

void rates_release(struct rates *r)
{
    for (int e = 0; e < ENTITY_COUNT; e++)
        free(r->cells[e]);
    *r = (struct rates){0};
}
