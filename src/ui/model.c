/* model: see model.h. */
#include "model.h"

#include <math.h>
#include <string.h>

#include "../base.h"

/* Samples of a replay beyond what a graph shows: stepping on within them is cheap. */
#define REPLAY_SLACK 64

void model_init(struct model *m)
{
    *m = (struct model){
        .history = history_new(MODEL_KEPT),
        .timeline = timeline_new(MODEL_SAMPLES, MODEL_BYTES),
    };
    events_init(&m->events, MODEL_EVENTS);
}

void model_release(struct model *m)
{
    history_free(m->history);
    history_free(m->replay);
    timeline_free(m->timeline);
    events_release(&m->events);
    rates_release(&m->rates);
    rates_release(&m->held_rates);
    snapshot_release(&m->cur);
    snapshot_release(&m->prev);
    snapshot_release(&m->held);
    snapshot_release(&m->held_prev);
    snapshot_release(&m->replay_samples[0]);
    snapshot_release(&m->replay_samples[1]);
    rates_release(&m->replay_rates);
}

bool model_take(struct model *m, struct feed *feed)
{
    uint64_t end = clock_mono_ns() + MODEL_SLICE_NS;
    bool any = false;

    while (clock_mono_ns() < end && feed_take(feed, &m->prev, &m->status)) {
        struct snapshot newest = m->prev;
        m->prev = m->cur;
        m->cur = newest;
        rates_compute(&m->rates, &m->prev, &m->cur);
        history_add(m->history, &m->cur, &m->rates);
        timeline_add(m->timeline, &m->prev, &m->cur);
        events_compare(&m->events, &m->prev, &m->cur);
        any = true;
    }
    return any;
}

uint64_t model_behind(const struct model *m)
{
    return m->paused ? timeline_last(m->timeline) - m->shown : 0;
}

bool model_reading(const struct model *m)
{
    return m->replay_next != 0;
}

void model_read(struct model *m)
{
    uint64_t end = clock_mono_ns() + MODEL_SLICE_NS;

    while (m->replay_next && clock_mono_ns() < end) {
        struct snapshot *cur = &m->replay_samples[m->replay_next & 1];
        struct snapshot *prev = &m->replay_samples[~m->replay_next & 1];
        if (timeline_get(m->timeline, m->replay_next, cur)) {
            rates_compute(&m->replay_rates, prev, cur);
            history_add(m->replay, cur, &m->replay_rates);
        }
        m->replay_next = m->replay_next < m->replay_end ? m->replay_next + 1 : 0;
    }
}

/* Graphs that end at or soon after the sample shown, from the timeline, where the live ones do not
 * reach back far enough. A small host's are there at once. */
static void replay(struct model *m)
{
    uint64_t span = MODEL_PAST + REPLAY_SLACK, from;

    if (model_behind(m) + MODEL_PAST <= MODEL_KEPT) {
        m->replay_next = 0;
        return;
    }
    if (m->replay && m->shown <= m->replay_end && m->replay_end - m->shown <= REPLAY_SLACK)
        return;
    history_free(m->replay);
    m->replay = history_new((size_t)span);
    m->replay_end = MIN(timeline_last(m->timeline), m->shown + REPLAY_SLACK / 2);
    from = timeline_first(m->timeline);
    if (m->replay_end >= from + span)
        from = m->replay_end - span + 1;
    m->replay_next = from;
    m->replay_samples[0].seq = m->replay_samples[1].seq = 0;
    model_read(m);
}

static void show(struct model *m, uint64_t number)
{
    m->shown = number;
    if (!timeline_get(m->timeline, number - 1, &m->held_prev))
        m->held_prev.seq = 0;
    timeline_get(m->timeline, number, &m->held);
    rates_compute(&m->held_rates, m->held_prev.seq ? &m->held_prev : NULL, &m->held);
    replay(m);
}

void model_pause(struct model *m, bool paused)
{
    if (paused && !m->paused) {
        m->shown = timeline_last(m->timeline);
        snapshot_copy(&m->held, &m->cur);
        rates_compute(&m->held_rates, &m->prev, &m->cur);
    }
    m->paused = paused;
    if (!paused) {
        history_free(m->replay);
        m->replay = NULL;
        m->replay_next = 0;
    }
}

bool model_step(struct model *m, long by)
{
    uint64_t first = timeline_first(m->timeline), last = timeline_last(m->timeline), to = m->shown;

    if (!m->paused || !last)
        return false;
    if (by < 0)
        to -= MIN(to - MIN(first, to), (uint64_t)-by);
    else
        to += MIN(last - to, (uint64_t)by);
    to = MAX(to, first);
    if (to == m->shown)
        return false;
    show(m, to);
    return true;
}

size_t model_memory(const struct model *m)
{
    return timeline_memory(m->timeline) + history_memory(m->history) +
           (m->replay ? history_memory(m->replay) : 0);
}

const struct snapshot *model_snapshot(const struct model *m)
{
    if (m->look)
        return &m->look->found.cur;
    return m->paused ? &m->held : &m->cur;
}

const struct rates *model_rates(const struct model *m)
{
    if (m->look)
        return &m->look->found.rates;
    return m->paused ? &m->held_rates : &m->rates;
}

bool model_totals(const struct model *m)
{
    return !m->look || !m->look->past->rates_only;
}

/* Where graphs come from, and how many samples in it are later than the one shown. */
struct graphs {
    const struct history *h; /* NULL while it is being read */
    size_t later;
};

static struct graphs past_of(const struct model *m)
{
    uint64_t behind = model_behind(m);

    if (m->replay && behind + MODEL_PAST > MODEL_KEPT)
        return model_reading(m) ? (struct graphs){NULL, 0}
                                : (struct graphs){m->replay, (size_t)(m->replay_end - m->shown)};
    return (struct graphs){m->history, (size_t)MIN(behind, MODEL_KEPT)};
}

/* Samples to ask for: those wanted and those later. */
static size_t with_later(struct graphs past, size_t n)
{
    return MIN(n, MODEL_PAST) + past.later;
}

static void blank(float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = NAN;
}

static void keep_shown(float *out, size_t n, const float *all)
{
    size_t have = MIN(n, MODEL_PAST);

    blank(out, n - have);
    memcpy(out + (n - have), all, have * sizeof(*out));
}

#define ALL_MAX (MODEL_PAST + MODEL_KEPT)

static void look_graph(const struct model *m, const struct past_subject *subject, float *mean,
                       float *peak, size_t n)
{
    float other[ALL_MAX];
    size_t most = MIN(n, ALL_MAX);

    blank(mean ? mean : peak, n);
    look_reader_graph(m->look->reader, subject, most, mean ? mean : other, peak ? peak : other);
}

/* Whether a part of a graph stands for more than a sample, so that its peak says something. */
static bool has_peaks(const struct model *m, size_t n)
{
    const struct visit *l = m->look;

    return l && n && (l->to_ns - l->from_ns) / n > l->found.moment.resolution_ns;
}

void model_past_domain(const struct model *m, const struct domain *d, enum history_series series,
                       float *out, size_t n)
{
    struct graphs past = past_of(m);
    float all[ALL_MAX];

    if (m->look) {
        look_graph(m, &(struct past_subject){.of = PAST_DOMAIN, .uuid = d->uuid, .series = series},
                   out, NULL, n);
        return;
    }
    if (!past.h) {
        blank(out, n);
        return;
    }
    history_domain(past.h, d, series, all, with_later(past, n));
    keep_shown(out, n, all);
}

void model_past_host(const struct model *m, enum history_series series, float *out, size_t n)
{
    struct graphs past = past_of(m);
    float all[ALL_MAX];

    if (m->look) {
        look_graph(m, &(struct past_subject){.of = PAST_HOST, .series = series}, out, NULL, n);
        return;
    }
    if (!past.h) {
        blank(out, n);
        return;
    }
    history_host(past.h, series, all, with_later(past, n));
    keep_shown(out, n, all);
}

void model_past_pcpu(const struct model *m, uint64_t id, float *out, size_t n)
{
    struct graphs past = past_of(m);
    float all[ALL_MAX];

    if (m->look) {
        look_graph(m, &(struct past_subject){.of = PAST_PCPU, .id = id}, out, NULL, n);
        return;
    }
    if (!past.h) {
        blank(out, n);
        return;
    }
    history_pcpu(past.h, id, all, with_later(past, n));
    keep_shown(out, n, all);
}

bool model_peaks_domain(const struct model *m, const struct domain *d, enum history_series series,
                        float *out, size_t n)
{
    if (has_peaks(m, n))
        look_graph(m, &(struct past_subject){.of = PAST_DOMAIN, .uuid = d->uuid, .series = series},
                   NULL, out, n);
    return has_peaks(m, n);
}

bool model_peaks_host(const struct model *m, enum history_series series, float *out, size_t n)
{
    if (has_peaks(m, n))
        look_graph(m, &(struct past_subject){.of = PAST_HOST, .series = series}, NULL, out, n);
    return has_peaks(m, n);
}

const struct events *model_events(const struct model *m)
{
    return m->look ? &m->look->events : &m->events;
}

double model_mark(const struct model *m)
{
    double share = m->look ? visit_share(m->look, m->look->found.moment.wall_ns) : 0;

    return share > 0 && share <= 1 ? share : 0;
}
