/* history: see history.h. */
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

/* One domain's ring. Slots are reused after a domain is forgotten. */
struct track {
    struct uuid uuid;
    uint64_t domid;
    uint64_t last; /* number of the sample that last had it; 0: the slot is free */
    uint32_t next; /* next track in the same bucket, or among the free, index + 1 */
};

struct history {
    size_t length;
    uint64_t added;
    float *host; /* [series][length] */
    struct track *tracks;
    float *rings; /* [track][series][length] */
    size_t track_count, track_cap, ring_cap;
    float *pcpus; /* [id][length]: the busy share, of the pcpus below pcpu_count */
    size_t pcpu_count, pcpu_cap;
    uint32_t free;     /* first free track, index + 1 */
    uint32_t *buckets; /* track index + 1 */
    size_t bucket_count;
};

struct history *history_new(size_t length)
{
    struct history *h = xcalloc(1, sizeof(*h));

    h->length = length;
    h->host = xreallocarray(NULL, HISTORY_SERIES * length, sizeof(float));
    h->bucket_count = 64;
    h->buckets = xcalloc(h->bucket_count, sizeof(*h->buckets));
    return h;
}

void history_free(struct history *h)
{
    if (!h)
        return;
    free(h->buckets);
    free(h->pcpus);
    free(h->rings);
    free(h->tracks);
    free(h->host);
    free(h);
}

/* FNV-1a: identities are not secret and a collision only costs a step. */
static size_t bucket_of(const struct history *h, const struct uuid *uuid, uint64_t domid)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ domid;

    for (size_t i = 0; i < sizeof(uuid->bytes); i++)
        hash = (hash ^ uuid->bytes[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ hash >> 32) & (h->bucket_count - 1);
}

static struct track *track_find(const struct history *h, const struct domain *d)
{
    uint32_t i = h->buckets[bucket_of(h, &d->uuid, d->domid)];

    for (; i; i = h->tracks[i - 1].next) {
        struct track *t = &h->tracks[i - 1];
        if (t->domid == d->domid && !memcmp(&t->uuid, &d->uuid, sizeof(t->uuid)))
            return t;
    }
    return NULL;
}

static void rehash(struct history *h)
{
    memset(h->buckets, 0, h->bucket_count * sizeof(*h->buckets));
    for (size_t i = 0; i < h->track_count; i++) {
        struct track *t = &h->tracks[i];
        if (!t->last)
            continue;
        uint32_t *bucket = &h->buckets[bucket_of(h, &t->uuid, t->domid)];
        t->next = *bucket;
        *bucket = (uint32_t)i + 1;
    }
}

static float *ring(const struct history *h, const struct track *t, enum history_series series)
{
    return h->rings + ((size_t)(t - h->tracks) * HISTORY_SERIES + series) * h->length;
}

/* Free the tracks of domains that were last seen before all that the ring holds. */
static void forget(struct history *h)
{
    h->free = 0;
    for (size_t i = h->track_count; i-- > 0;) {
        struct track *t = &h->tracks[i];
        if (t->last + h->length > h->added && t->last)
            continue;
        t->last = 0;
        t->next = h->free;
        h->free = (uint32_t)i + 1;
    }
    rehash(h);
}

/* A slot for a new track: a free one, else one more. */
static struct track *track_slot(struct history *h)
{
    if (!h->free && h->track_count == h->track_cap)
        forget(h);
    if (h->free) {
        struct track *t = &h->tracks[h->free - 1];
        h->free = t->next;
        return t;
    }
    array_reserve(&h->tracks, &h->track_cap, h->track_count + 1, sizeof(*h->tracks));
    array_reserve(&h->rings, &h->ring_cap, h->track_cap * HISTORY_SERIES * h->length,
                  sizeof(float));
    struct track *t = &h->tracks[h->track_count++];
    t->last = 0;
    if (h->track_cap > h->bucket_count) {
        h->bucket_count = h->track_cap;
        h->buckets = xreallocarray(h->buckets, h->bucket_count, sizeof(*h->buckets));
        rehash(h);
    }
    return t;
}

static struct track *track_add(struct history *h, const struct domain *d)
{
    struct track *t = track_slot(h);

    t->uuid = d->uuid;
    t->domid = d->domid;
    t->last = h->added;
    uint32_t *bucket = &h->buckets[bucket_of(h, &t->uuid, t->domid)];
    t->next = *bucket;
    *bucket = (uint32_t)(t - h->tracks) + 1;
    for (int series = 0; series < HISTORY_SERIES; series++) {
        float *values = ring(h, t, (enum history_series)series);
        for (size_t i = 0; i < h->length; i++)
            values[i] = NAN;
    }
    return t;
}

/* Samples since its last one, in which the domain was not there, hold nothing. */
static void track_gap(struct history *h, struct track *t)
{
    uint64_t missed = h->added - t->last;

    for (uint64_t back = 1; back < MIN(missed, h->length); back++)
        for (int series = 0; series < HISTORY_SERIES; series++)
            ring(h, t, (enum history_series)series)[(h->added - 1 - back) % h->length] = NAN;
}

static float as_float(uint64_t value)
{
    return value == UNKNOWN ? NAN : (float)value;
}

/* Pcpus beyond this have no past: nobody has them. */
#define PCPUS_MOST 4096

/* Under their numbers, which are few and dense; one that is new has no past. */
static void pcpus_add(struct history *h, const struct snapshot *s, const struct rates *r, size_t at)
{
    const struct metric *idle = metric_find(ENTITY_PCPU, "idle_ns");
    size_t need = h->pcpu_count;

    for (size_t i = 0; i < s->pcpu_count; i++)
        if (s->pcpus[i].id < PCPUS_MOST)
            need = MAX(need, (size_t)s->pcpus[i].id + 1);
    array_reserve(&h->pcpus, &h->pcpu_cap, need * h->length, sizeof(float));
    for (size_t i = h->pcpu_count * h->length; i < need * h->length; i++)
        h->pcpus[i] = NAN;
    h->pcpu_count = need;
    for (size_t id = 0; id < need; id++)
        h->pcpus[id * h->length + at] = NAN;
    for (size_t i = 0; i < s->pcpu_count; i++)
        if (s->pcpus[i].id < PCPUS_MOST && s->pcpus[i].online != 0)
            h->pcpus[s->pcpus[i].id * h->length + at] = (float)rate_shown(r, idle, i);
}

void history_add(struct history *h, const struct snapshot *s, const struct rates *r)
{
    const struct metric *cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    const struct metric *io[HISTORY_SERIES] = {
        [HISTORY_RX] = metric_find(ENTITY_VIF, "rx_bytes"),
        [HISTORY_TX] = metric_find(ENTITY_VIF, "tx_bytes"),
        [HISTORY_RD] = metric_find(ENTITY_VBD, "rd_bytes"),
        [HISTORY_WR] = metric_find(ENTITY_VBD, "wr_bytes"),
    };
    size_t at = h->added % h->length;

    h->added++;
    for (size_t row = 0; row < s->domain_count; row++) {
        const struct domain *d = &s->domains[row];
        struct track *t = track_find(h, d);
        if (!t)
            t = track_add(h, d);
        track_gap(h, t);
        t->last = h->added;
        ring(h, t, HISTORY_CPU)[at] = (float)rate_get(r, cpu, row);
        ring(h, t, HISTORY_MEM)[at] = as_float(d->mem_bytes);
        for (int series = HISTORY_RX; series < HISTORY_SERIES; series++)
            ring(h, t, (enum history_series)series)[at] = (float)rate_sum(r, s, io[series], row);
    }

    pcpus_add(h, s, r, at);
    h->host[HISTORY_CPU * h->length + at] = (float)rate_host_busy(r, s);
    h->host[HISTORY_MEM * h->length + at] = s->host.mem_bytes == UNKNOWN ||
                                                    s->host.mem_free_bytes == UNKNOWN
                                                ? NAN
                                                : (float)(s->host.mem_bytes -
                                                          s->host.mem_free_bytes);
    for (int series = HISTORY_RX; series < HISTORY_SERIES; series++)
        h->host[(size_t)series * h->length + at] = (float)rate_total(r, s, io[series]);
}

size_t history_len(const struct history *h)
{
    return h->added < h->length ? (size_t)h->added : h->length;
}

/* The newest n of a ring whose last write was sample `last`; what came after it, or before the
 * first sample, is NaN. */
static void copy_newest(const struct history *h, const float *values, uint64_t last, float *out,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t age = n - 1 - i; /* 0 is the newest sample */
        bool there = age < h->length && age < h->added && h->added - age <= last;
        out[i] = there ? values[(h->added - 1 - age) % h->length] : NAN;
    }
}

void history_domain(const struct history *h, const struct domain *d, enum history_series series,
                    float *out, size_t n)
{
    const struct track *t = track_find(h, d);

    if (t) {
        copy_newest(h, ring(h, t, series), t->last, out, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = NAN;
}

void history_host(const struct history *h, enum history_series series, float *out, size_t n)
{
    copy_newest(h, h->host + (size_t)series * h->length, h->added, out, n);
}

bool history_pcpu(const struct history *h, uint64_t id, float *out, size_t n)
{
    if (id < h->pcpu_count) {
        copy_newest(h, h->pcpus + id * h->length, h->added, out, n);
        return true;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = NAN;
    return false;
}

size_t history_memory(const struct history *h)
{
    return sizeof(*h) + HISTORY_SERIES * h->length * sizeof(float) +
           h->track_cap * sizeof(*h->tracks) + (h->ring_cap + h->pcpu_cap) * sizeof(float) +
           h->bucket_count * sizeof(*h->buckets);
}
