/* web: see web.h. */
#include "web.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define GZIP_LEVEL 1 /* a scrape is compressed for one reader or a few, and at once */
/* What nobody has asked for during so long is not made in advance: it would be made more often than
 * it is wanted. The slowest of usual scrapers comes every minute. */
#define WANTED_LEAST (120 * NS_PER_S)
#define WANTED_TIMES 3
#define STALE_LEAST  (10 * NS_PER_S)
#define STALE_TIMES  5
#define SPARES       2

/* /metrics of one sample, in each form that somebody asked for. */
struct web_buffers {
    pthread_mutex_t lock; /* whoever comes first makes it, the others wait for that */
    struct bytes *made[PROMETHEUS_FORMATS][2];
    /* The text of an earlier one: its memory is for the next, if its readers are gone by then. */
    struct bytes *old[PROMETHEUS_FORMATS];
};

struct web {
    struct web_config c; /* its strings are copies */

    pthread_mutex_t lock; /* guards the pointer and the spares: held for a few instructions */
    struct web_state *now, *spare[SPARES];
    _Atomic uint64_t wanted_ns[PROMETHEUS_FORMATS][2]; /* when each form was asked for last */

    pthread_mutex_t history_lock; /* of both: what is remembered */
    struct history *history;
    struct memory *memory;

    pthread_mutex_t past_lock; /* held while somebody looks back */
    struct past *past;
};

/* ---- states ---- */

static struct web_state *state_new(void)
{
    struct web_state *s = xcalloc(1, sizeof(*s));

    s->buffers = xcalloc(1, sizeof(*s->buffers));
    pthread_mutex_init(&s->buffers->lock, NULL);
    snapshot_reset(&s->now);
    snapshot_seal(&s->now);
    atomic_init(&s->refs, 1);
    return s;
}

static void drop_buffers(struct web_state *s)
{
    for (int f = 0; f < PROMETHEUS_FORMATS; f++) {
        struct bytes **made = s->buffers->made[f];
        bytes_unref(s->buffers->old[f]); /* of a form that was not asked for again */
        s->buffers->old[f] = made[0];
        bytes_unref(made[1]);
        made[0] = made[1] = NULL;
    }
}

static void state_free(struct web_state *s)
{
    if (!s)
        return;
    drop_buffers(s);
    for (int f = 0; f < PROMETHEUS_FORMATS; f++)
        bytes_unref(s->buffers->old[f]);
    pthread_mutex_destroy(&s->buffers->lock);
    free(s->buffers);
    snapshot_release(&s->now);
    rates_release(&s->rates);
    free(s);
}

struct web_state *web_get(struct web *w)
{
    pthread_mutex_lock(&w->lock);
    struct web_state *s = w->now;
    atomic_fetch_add(&s->refs, 1);
    pthread_mutex_unlock(&w->lock);
    return s;
}

/* The last to give a state back makes it a spare: a steady service allocates nothing. */
void web_put(struct web *w, struct web_state *s)
{
    if (atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    drop_buffers(s);
    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < SPARES && s; i++)
        if (!w->spare[i]) {
            w->spare[i] = s;
            s = NULL;
        }
    pthread_mutex_unlock(&w->lock);
    state_free(s);
}

static struct web_state *take_spare(struct web *w)
{
    struct web_state *s = NULL;

    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < SPARES && !s; i++) {
        s = w->spare[i];
        w->spare[i] = NULL;
    }
    pthread_mutex_unlock(&w->lock);
    if (!s)
        return state_new();
    atomic_init(&s->refs, 1);
    return s;
}

/* ---- metrics ---- */

/* Under the buffers' lock. */
static struct bytes *make(struct web *w, struct web_state *s, enum prometheus_format f, bool gzip)
{
    struct bytes **made = s->buffers->made[f];

    if (!made[0]) {
        struct text out = {0};
        bytes_reclaim(s->buffers->old[f], &out);
        s->buffers->old[f] = NULL;
        prometheus_render(&out, f, &s->now, &w->c.metrics);
        made[0] = bytes_take(&out);
    }
    if (gzip && !made[1])
        made[1] = bytes_gzip(made[0], GZIP_LEVEL);
    return made[gzip && made[1]];
}

struct bytes *web_metrics(struct web *w, struct web_state *s, enum prometheus_format f, bool gzip)
{
    w->wanted_ns[f][gzip] = clock_mono_ns();
    pthread_mutex_lock(&s->buffers->lock);
    struct bytes *b = bytes_ref(make(w, s, f, gzip));
    pthread_mutex_unlock(&s->buffers->lock);
    return b;
}

/* What is likely to be asked for, before anybody waits for it. */
static void make_wanted(struct web *w, struct web_state *s)
{
    uint64_t now = clock_mono_ns();
    uint64_t span = (uint64_t)(w->c.delay_s * WANTED_TIMES * (double)NS_PER_S);

    span = MAX(span, WANTED_LEAST);
    for (int f = 0; f < PROMETHEUS_FORMATS; f++)
        for (int gzip = 0; gzip < 2; gzip++)
            if (w->wanted_ns[f][gzip] && now - w->wanted_ns[f][gzip] < span)
                make(w, s, (enum prometheus_format)f, gzip);
}

/* ---- samples ---- */

void web_publish(struct web *w, struct snapshot *s)
{
    struct web_state *next = take_spare(w), *last = w->now;
    struct snapshot swap = next->now;

    next->now = *s;
    *s = swap;
    next->generation = last->generation + 1;
    next->taken_ns = clock_mono_ns();
    rates_compute(&next->rates, last->now.seq ? &last->now : NULL, &next->now);
    pthread_mutex_lock(&w->history_lock);
    history_add(w->history, &next->now, &next->rates);
    memory_add(w->memory, &last->now, &next->now);
    pthread_mutex_unlock(&w->history_lock);
    make_wanted(w, next);

    pthread_mutex_lock(&w->lock);
    w->now = next;
    pthread_mutex_unlock(&w->lock);
    web_put(w, last);
}

bool web_stale(const struct web *w, const struct web_state *s)
{
    uint64_t most = (uint64_t)(w->c.delay_s * STALE_TIMES * (double)NS_PER_S);

    return !s->now.seq || clock_mono_ns() - s->taken_ns > MAX(most, STALE_LEAST);
}

const struct web_config *web_facts(const struct web *w)
{
    return &w->c;
}

/* ---- history and past ---- */

size_t web_history_len(struct web *w)
{
    pthread_mutex_lock(&w->history_lock);
    size_t len = history_len(w->history);
    pthread_mutex_unlock(&w->history_lock);
    return len;
}

void web_history_domain(struct web *w, const struct domain *d, enum history_series series,
                        float *out, size_t n)
{
    pthread_mutex_lock(&w->history_lock);
    history_domain(w->history, d, series, out, n);
    pthread_mutex_unlock(&w->history_lock);
}

void web_history_host(struct web *w, enum history_series series, float *out, size_t n)
{
    pthread_mutex_lock(&w->history_lock);
    history_host(w->history, series, out, n);
    pthread_mutex_unlock(&w->history_lock);
}

void web_set_past(struct web *w, struct past *past)
{
    pthread_mutex_lock(&w->past_lock);
    struct past *old = w->past;
    w->past = past;
    pthread_mutex_unlock(&w->past_lock);
    if (old)
        old->close(old);
}

struct past *web_past_begin(struct web *w)
{
    pthread_mutex_lock(&w->past_lock);
    if (w->past)
        return w->past;
    pthread_mutex_unlock(&w->past_lock);
    return NULL;
}

void web_past_end(struct web *w)
{
    pthread_mutex_unlock(&w->past_lock);
}

/* Whether what is remembered reaches back that far; it is finer then than any store. */
static bool remembered(struct past *memory, uint64_t from_ns)
{
    uint64_t first, last;

    return from_ns && !memory->span(memory, &first, &last) && first <= from_ns;
}

struct past *web_look_begin(struct web *w, uint64_t from_ns)
{
    struct past *memory = memory_past(w->memory);

    pthread_mutex_lock(&w->history_lock);
    if (!w->c.store || remembered(memory, from_ns))
        return memory;
    pthread_mutex_unlock(&w->history_lock);
    struct past *past = web_past_begin(w);
    if (past)
        return past;
    pthread_mutex_lock(&w->history_lock);
    return memory;
}

void web_look_end(struct web *w, struct past *past)
{
    if (past == memory_past(w->memory))
        pthread_mutex_unlock(&w->history_lock);
    else
        web_past_end(w);
}

/* ---- life ---- */

static char *copied(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static const char *const *copied_list(const char *const *list)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    if (!n)
        return NULL;
    char **copy = xcalloc(n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = xstrdup(list[i]);
    return (const char *const *)copy;
}

static void free_list(const char *const *list)
{
    for (size_t i = 0; list && list[i]; i++)
        free((char *)(uintptr_t)list[i]);
    free((void *)(uintptr_t)list);
}

struct web *web_new(const struct web_config *c)
{
    struct web *w = xcalloc(1, sizeof(*w));

    w->c = *c;
    w->c.source_name = copied(c->source_name);
    w->c.store = copied(c->store);
    w->c.metrics.include = copied_list(c->metrics.include);
    w->c.metrics.exclude = copied_list(c->metrics.exclude);
    w->c.history = c->history ? c->history : WEB_HISTORY;
    w->history = history_new(w->c.history);
    w->memory = memory_new(w->history, w->c.history);
    w->now = state_new();
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->history_lock, NULL);
    pthread_mutex_init(&w->past_lock, NULL);
    return w;
}

void web_free(struct web *w)
{
    if (!w)
        return;
    web_set_past(w, NULL);
    state_free(w->now);
    for (int i = 0; i < SPARES; i++)
        state_free(w->spare[i]);
    memory_free(w->memory);
    history_free(w->history);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->history_lock);
    pthread_mutex_destroy(&w->past_lock);
    free((char *)(uintptr_t)w->c.source_name);
    free((char *)(uintptr_t)w->c.store);
    free_list(w->c.metrics.include);
    free_list(w->c.metrics.exclude);
    free(w);
}
