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
}

bool model_take(struct model *m, struct feed *feed)
{
    bool any = false;

    while (feed_take(feed, &m->prev, &m->status)) {
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

/* Graphs that end at or soon after the sample shown, from the timeline, where the live ones do not
 * reach back far enough. */
static void replay(struct model *m)
{
    struct snapshot samples[2] = {0};
    struct rates rates = {0};
    uint64_t span = MODEL_PAST + REPLAY_SLACK, from;
    int at = 0;

    if (model_behind(m) + MODEL_PAST <= MODEL_KEPT)
        return;
    if (m->replay && m->shown <= m->replay_end && m->replay_end - m->shown <= REPLAY_SLACK)
        return;
    history_free(m->replay);
    m->replay = history_new((size_t)span);
    m->replay_end = MIN(timeline_last(m->timeline), m->shown + REPLAY_SLACK / 2);
    from = timeline_first(m->timeline);
    if (m->replay_end >= from + span)
        from = m->replay_end - span + 1;
    for (; from <= m->replay_end; from++, at = !at) {
        timeline_get(m->timeline, from, &samples[at]);
        rates_compute(&rates, &samples[!at], &samples[at]);
        history_add(m->replay, &samples[at], &rates);
    }
    snapshot_release(&samples[0]);
    snapshot_release(&samples[1]);
    rates_release(&rates);
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
    return m->paused ? &m->held : &m->cur;
}

const struct rates *model_rates(const struct model *m)
{
    return m->paused ? &m->held_rates : &m->rates;
}

/* Where graphs come from, and how many samples in it are later than the one shown. */
struct past {
    const struct history *h;
    size_t later;
};

static struct past past_of(const struct model *m)
{
    uint64_t behind = model_behind(m);

    if (m->replay && behind + MODEL_PAST > MODEL_KEPT)
        return (struct past){m->replay, (size_t)(m->replay_end - m->shown)};
    return (struct past){m->history, (size_t)MIN(behind, MODEL_KEPT)};
}

/* Samples to ask for: those wanted and those later. */
static size_t with_later(struct past past, size_t n)
{
    return MIN(n, MODEL_PAST) + past.later;
}

static void keep_shown(float *out, size_t n, const float *all)
{
    size_t have = MIN(n, MODEL_PAST);

    for (size_t i = 0; i < n - have; i++)
        out[i] = NAN;
    memcpy(out + (n - have), all, have * sizeof(*out));
}

#define ALL_MAX (MODEL_PAST + MODEL_KEPT)

void model_past_domain(const struct model *m, const struct domain *d, enum history_series series,
                       float *out, size_t n)
{
    struct past past = past_of(m);
    float all[ALL_MAX];

    history_domain(past.h, d, series, all, with_later(past, n));
    keep_shown(out, n, all);
}

void model_past_host(const struct model *m, enum history_series series, float *out, size_t n)
{
    struct past past = past_of(m);
    float all[ALL_MAX];

    history_host(past.h, series, all, with_later(past, n));
    keep_shown(out, n, all);
}

void model_past_pcpu(const struct model *m, uint64_t id, float *out, size_t n)
{
    struct past past = past_of(m);
    float all[ALL_MAX];

    history_pcpu(past.h, id, all, with_later(past, n));
    keep_shown(out, n, all);
}
