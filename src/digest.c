/* digest: see digest.h. */
#include "digest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#define SLOTS_FIRST 4096
#define SLOTS_LEAST 256

/* Of one subject: for each series the means of all slots, then their peaks. */
struct track {
    enum past_of of;
    struct uuid uuid;
    uint64_t id;
    int series;
    float *values; /* [series][mean, peak][stride] */
};

struct slot {
    uint64_t from_ns, to_ns;
};

struct digest {
    size_t max_bytes, bytes;
    struct slot *slots;
    size_t count, stride; /* slots there are, and room for */
    uint64_t width_ns;    /* samples share a slot up to this */
    struct slot part;     /* what of the last slot is of the newest sample */
    struct track *tracks;
    size_t track_count, track_cap;
    struct history *newest; /* the values of one sample */
    size_t *rows;           /* the track of each domain row, last time */
    size_t row_count, row_cap;
};

struct digest *digest_new(size_t max_bytes)
{
    struct digest *d = xcalloc(1, sizeof(*d));

    d->max_bytes = max_bytes;
    d->stride = SLOTS_FIRST;
    d->slots = xreallocarray(NULL, d->stride, sizeof(*d->slots));
    d->newest = history_new(1);
    return d;
}

void digest_free(struct digest *d)
{
    for (size_t i = 0; i < d->track_count; i++)
        free(d->tracks[i].values);
    free(d->tracks);
    free(d->slots);
    free(d->rows);
    history_free(d->newest);
    free(d);
}

size_t digest_memory(const struct digest *d)
{
    return d->bytes + d->stride * sizeof(*d->slots) + d->track_cap * sizeof(*d->tracks);
}

static size_t track_bytes(int series, size_t stride)
{
    return (size_t)series * 2 * stride * sizeof(float);
}

static float *line_of(const struct track *t, size_t stride, int series, bool peak)
{
    return t->values + ((size_t)series * 2 + peak) * stride;
}

/* ---- making room ---- */

static float mean_of(float a, uint64_t a_ns, float b, uint64_t b_ns)
{
    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    return (float)(((double)a * (double)a_ns + (double)b * (double)b_ns) / (double)(a_ns + b_ns));
}

/* Which slots become one: to[i] is where slot i goes. Neighbours do while they are no longer than
 * width_ns together. */
static size_t plan(const struct digest *d, size_t *to, uint64_t width_ns, bool over_gaps)
{
    size_t made = 0;
    uint64_t from_ns = 0;

    for (size_t i = 0; i < d->count; i++) {
        const struct slot *s = &d->slots[i];
        bool joins = i && s->to_ns - from_ns <= width_ns &&
                     (over_gaps || s[-1].to_ns == s->from_ns);
        if (!joins) {
            from_ns = s->from_ns;
            made++;
        }
        to[i] = made - 1;
    }
    return made;
}

static void merge_line(float *to, const float *from, const struct digest *d, const size_t *where,
                       bool peak)
{
    uint64_t so_far = 0;

    for (size_t i = 0; i < d->count; i++) {
        uint64_t length = d->slots[i].to_ns - d->slots[i].from_ns;
        if (!i || where[i] != where[i - 1]) {
            to[where[i]] = from[i];
            so_far = 0;
        } else if (peak) {
            to[where[i]] = fmaxf(to[where[i]], from[i]);
        } else {
            to[where[i]] = mean_of(to[where[i]], so_far, from[i], length);
        }
        so_far += length;
    }
}

/* Longer slots, so that no more than three quarters of `stride` are left; every track gets room for
 * that many. */
static void shrink(struct digest *d, size_t stride)
{
    size_t *where = xreallocarray(NULL, MAX(d->count, 1), sizeof(*where)), count = d->count;

    for (int tries = 0; count > stride * 3 / 4; tries++) {
        uint64_t span = d->slots[d->count - 1].to_ns - d->slots[0].from_ns;
        d->width_ns = MAX(2 * d->width_ns, 2 * span / d->count);
        count = plan(d, where, d->width_ns, tries > 0);
    }
    if (count == d->count)
        count = plan(d, where, 0, false); /* each stays what it is */
    for (size_t t = 0; t < d->track_count; t++) {
        struct track *track = &d->tracks[t];
        float *values = xmalloc(track_bytes(track->series, stride));
        for (int line = 0; line < track->series * 2; line++)
            merge_line(values + (size_t)line * stride, track->values + (size_t)line * d->stride, d,
                       where, line % 2);
        free(track->values);
        track->values = values;
        d->bytes -= track_bytes(track->series, d->stride) - track_bytes(track->series, stride);
    }
    for (size_t i = 0; i < d->count; i++) {
        bool first = !i || where[i] != where[i - 1];
        uint64_t from = first ? d->slots[i].from_ns : d->slots[where[i]].from_ns;
        d->slots[where[i]] = (struct slot){from, d->slots[i].to_ns};
    }
    d->count = count;
    d->stride = stride;
    free(where);
}

static struct track *add_track(struct digest *d, enum past_of of, const struct uuid *uuid,
                               uint64_t id)
{
    int series = of == PAST_PCPU ? 1 : HISTORY_SERIES;

    while (d->bytes + track_bytes(series, d->stride) > d->max_bytes && d->stride > SLOTS_LEAST)
        shrink(d, d->stride / 2);
    if (d->bytes + track_bytes(series, d->stride) > d->max_bytes)
        return NULL; /* so many came and went that the rest have no graph */
    array_reserve(&d->tracks, &d->track_cap, d->track_count + 1, sizeof(*d->tracks));
    struct track *t = &d->tracks[d->track_count++];
    *t = (struct track){.of = of, .uuid = *uuid, .id = id, .series = series};
    t->values = xmalloc(track_bytes(series, d->stride));
    d->bytes += track_bytes(series, d->stride);
    for (size_t i = 0; i < (size_t)series * 2 * d->stride; i++)
        t->values[i] = NAN;
    return t;
}

/* ---- adding ---- */

static bool is_of(const struct track *t, enum past_of of, const struct uuid *uuid, uint64_t id)
{
    return t->of == of && t->id == id && !memcmp(&t->uuid, uuid, sizeof(*uuid));
}

static struct track *find(const struct digest *d, enum past_of of, const struct uuid *uuid,
                          uint64_t id)
{
    for (size_t i = 0; i < d->track_count; i++)
        if (is_of(&d->tracks[i], of, uuid, id))
            return &d->tracks[i];
    return NULL;
}

static struct track *need(struct digest *d, enum past_of of, const struct uuid *uuid, uint64_t id)
{
    struct track *t = find(d, of, uuid, id);

    return t ? t : add_track(d, of, uuid, id);
}

/* Rows mostly are those of the sample before. */
static struct track *need_domain(struct digest *d, const struct uuid *uuid, size_t row)
{
    if (row < d->row_count && d->rows[row] < d->track_count &&
        is_of(&d->tracks[d->rows[row]], PAST_DOMAIN, uuid, 0))
        return &d->tracks[d->rows[row]];
    struct track *t = need(d, PAST_DOMAIN, uuid, 0);
    array_reserve(&d->rows, &d->row_cap, row + 1, sizeof(*d->rows));
    for (; d->row_count <= row; d->row_count++)
        d->rows[d->row_count] = SIZE_MAX;
    if (t)
        d->rows[row] = (size_t)(t - d->tracks);
    return t;
}

/* The newest sample's value: into the last slot, to what it has of samples before. */
static void put(const struct digest *d, struct track *t, int series, float value)
{
    float *mean = line_of(t, d->stride, series, false) + d->count - 1;
    float *peak = line_of(t, d->stride, series, true) + d->count - 1;

    *mean = mean_of(*mean, d->part.from_ns - d->slots[d->count - 1].from_ns, value,
                    d->part.to_ns - d->part.from_ns);
    *peak = fmaxf(*peak, value);
}

static void put_all(struct digest *d, const struct snapshot *s)
{
    static const struct uuid none;
    struct track *t = need(d, PAST_HOST, &none, 0);
    float value;

    for (int i = 0; t && i < HISTORY_SERIES; i++) {
        history_host(d->newest, (enum history_series)i, &value, 1);
        put(d, t, i, value);
    }
    for (size_t i = 0; i < s->pcpu_count; i++) {
        t = need(d, PAST_PCPU, &none, s->pcpus[i].id);
        history_pcpu(d->newest, s->pcpus[i].id, &value, 1);
        if (t)
            put(d, t, 0, value);
    }
    for (size_t row = 0; row < s->domain_count; row++) {
        t = need_domain(d, &s->domains[row].uuid, row);
        for (int i = 0; t && i < HISTORY_SERIES; i++) {
            history_domain(d->newest, &s->domains[row], (enum history_series)i, &value, 1);
            put(d, t, i, value);
        }
    }
}

/* Another slot, in which nothing is known yet. */
static void add_slot(struct digest *d, uint64_t from_ns, uint64_t to_ns)
{
    d->slots[d->count++] = (struct slot){from_ns, to_ns};
    for (size_t t = 0; t < d->track_count; t++)
        for (int i = 0; i < d->tracks[t].series; i++) {
            line_of(&d->tracks[t], d->stride, i, false)[d->count - 1] = NAN;
            line_of(&d->tracks[t], d->stride, i, true)[d->count - 1] = NAN;
        }
}

void digest_add(struct digest *d, const struct snapshot *s, const struct rates *r, uint64_t from_ns)
{
    if (d->count && s->wall_ns <= d->slots[d->count - 1].to_ns)
        return;
    if (d->count == d->stride)
        shrink(d, d->stride);
    if (d->count)
        from_ns = MAX(from_ns, d->slots[d->count - 1].to_ns);
    from_ns = MIN(from_ns, s->wall_ns);
    struct slot *last = d->count ? &d->slots[d->count - 1] : NULL;
    if (last && last->to_ns == from_ns && s->wall_ns - last->from_ns <= d->width_ns)
        last->to_ns = s->wall_ns;
    else
        add_slot(d, from_ns, s->wall_ns);
    d->part = (struct slot){from_ns, s->wall_ns};
    history_add(d->newest, s, r);
    put_all(d, s);
}

/* ---- asking ---- */

void digest_graph(const struct digest *d, const struct past_subject *subject, uint64_t from_ns,
                  uint64_t to_ns, size_t n, float *mean, float *peak)
{
    static const struct uuid none;
    const struct track *t = find(d, subject->of,
                                 subject->of == PAST_DOMAIN ? &subject->uuid : &none,
                                 subject->of == PAST_PCPU ? subject->id : 0);
    int series = subject->of == PAST_PCPU ? 0 : (int)subject->series;
    double part = n ? (double)(to_ns - from_ns) / (double)n : 0;
    double *weight = xcalloc(MAX(n, 1), sizeof(*weight)), *sum = xcalloc(MAX(n, 1), sizeof(*sum));

    for (size_t i = 0; i < n; i++) {
        mean[i] = NAN;
        if (peak)
            peak[i] = NAN;
    }
    for (size_t i = 0; t && part > 0 && i < d->count; i++) {
        const struct slot *s = &d->slots[i];
        float value = line_of(t, d->stride, series, false)[i];
        float high = line_of(t, d->stride, series, true)[i];
        if (isnan(value) || s->to_ns <= from_ns || s->from_ns >= to_ns)
            continue;
        double from = s->from_ns > from_ns ? (double)(s->from_ns - from_ns) : 0;
        double to = (double)(MIN(s->to_ns, to_ns) - from_ns);
        for (size_t at = (size_t)(from / part); at < n && (double)at * part < to; at++) {
            double in = MIN(to, (double)(at + 1) * part) - MAX(from, (double)at * part);
            if (in <= 0)
                continue;
            sum[at] += value * in;
            weight[at] += in;
            if (peak)
                peak[at] = fmaxf(peak[at], high);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (weight[i] > 0)
            mean[i] = (float)(sum[i] / weight[i]);
    free(weight);
    free(sum);
}
