/* look_reader: see look_reader.h. */
#include "look_reader.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../base.h"
#include "../metric.h"
#include "graph_cache.h"

/* How often the span is looked at again, what is not whole is asked for again, and the screen is
 * told of another graph. */
#define IDLE_NS  NS_PER_S
#define AGAIN_NS (NS_PER_S / 4)
#define TELL_NS  (NS_PER_S / 20)

/* The first stretch looked through for an event. */
#define SEARCH_NS (600 * NS_PER_S)

struct look_reader {
    struct past *past;
    pthread_t thread;
    int fd;

    /* The thread's own. */
    struct snapshot prev, cur;
    struct rates rates;
    struct past_moment moment; /* where it is */
    struct event *buffer;
    uint64_t at_ns; /* where it is: asked for, so that an event is passed however coarse samples are
                     */
    uint64_t told_ns, spanned_ns, again_ns;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct look_request request;
    struct look_found found;
    struct graph_cache cache; /* with the window */
    bool events_read;         /* those of the window are in found */
    bool stop;
};

static void tell(struct look_reader *r)
{
    uint64_t one = 1;
    ssize_t n = write(r->fd, &one, sizeof(one));

    (void)n; /* an eventfd at its maximum is readable all the same */
    r->told_ns = clock_mono_ns();
}

/* Whether there is somewhere else to go, which ends a long search. */
static bool called_away(struct look_reader *r)
{
    pthread_mutex_lock(&r->lock);
    bool away = r->stop || r->request.go != LOOK_NOWHERE;
    pthread_mutex_unlock(&r->lock);
    return away;
}

/* ---- going somewhere ---- */

/* What happened from one time to another, when all of it is known. */
static int events_of(struct look_reader *r, uint64_t from_ns, uint64_t to_ns, size_t *count)
{
    int status;

    do
        status = r->past->events(r->past, from_ns, to_ns, r->buffer, LOOK_EVENTS, count);
    while (status == -EAGAIN && !called_away(r));
    return status;
}

static bool fits(const struct event *ev, bool bad)
{
    return !bad || event_weight(ev->kind) == EVENT_BAD;
}

static int next_event(struct look_reader *r, uint64_t last_ns, bool bad, uint64_t *wall_ns)
{
    uint64_t from = r->at_ns + 1, length = SEARCH_NS;
    size_t count = 0;

    while (from <= last_ns) {
        uint64_t to = last_ns - from < length ? last_ns : from + length;
        int status = events_of(r, from, to, &count);
        if (status)
            return status;
        if (count == LOOK_EVENTS && length > NS_PER_S) { /* the oldest are left out: look closer */
            length /= 8;
            continue;
        }
        for (size_t i = 0; i < count; i++)
            if (fits(&r->buffer[i], bad)) {
                *wall_ns = r->buffer[i].wall_ns;
                return 0;
            }
        from = to + 1;
        length = MIN(length * 4, last_ns);
    }
    return -ENOENT;
}

static int event_before(struct look_reader *r, bool bad, uint64_t *wall_ns)
{
    uint64_t to = r->at_ns;
    size_t count = 0;

    while (to) {
        int status = events_of(r, 0, to - 1, &count);
        if (status)
            return status;
        for (size_t i = count; i-- > 0;)
            if (fits(&r->buffer[i], bad)) {
                *wall_ns = r->buffer[i].wall_ns;
                return 0;
            }
        if (count < LOOK_EVENTS)
            break;
        to = r->buffer[0].wall_ns;
    }
    return -ENOENT;
}

/* Where the request leads. */
static int destination(struct look_reader *r, const struct look_request *q, uint64_t *wall_ns)
{
    uint64_t first, last;
    int status;

    switch (q->go) {
    case LOOK_STEP: return r->past->step(r->past, r->cur.wall_ns, q->by, 0, wall_ns);
    case LOOK_EVENT:
        status = r->past->span(r->past, &first, &last);
        if (status)
            return status;
        return q->by < 0 ? event_before(r, q->bad, wall_ns) : next_event(r, last, q->bad, wall_ns);
    default: *wall_ns = q->wall_ns; return 0;
    }
}

static void go(struct look_reader *r, const struct look_request *q)
{
    struct past_moment moment = {0};
    uint64_t wall_ns = 0;
    int status = destination(r, q, &wall_ns);

    if (!status)
        status = r->past->moment(r->past, wall_ns, 0, &r->prev, &r->cur, &moment);
    if (!status) {
        rates_compute(&r->rates, r->prev.seq ? &r->prev : NULL, &r->cur);
        r->at_ns = q->go == LOOK_STEP ? moment.wall_ns : MAX(wall_ns, moment.wall_ns);
    }
    /* Playing asks for the same sample again and again. */
    bool same = r->moment.wall_ns == moment.wall_ns && r->moment.gap == moment.gap;
    if (!status)
        r->moment = moment;
    pthread_mutex_lock(&r->lock);
    struct look_found *f = &r->found;
    f->status = status;
    if (!status && !same) {
        /* A copy: the next step is from what is shown. */
        snapshot_copy(&f->prev, &r->prev);
        snapshot_copy(&f->cur, &r->cur);
        rates_compute(&f->rates, f->prev.seq ? &f->prev : NULL, &f->cur);
        if (r->past->rates_only)
            metric_forget_counters(&f->cur);
        f->moment = moment;
        f->moved = true;
    }
    f->busy_since_ns = r->request.go == LOOK_NOWHERE ? 0 : clock_mono_ns();
    pthread_mutex_unlock(&r->lock);
    tell(r);
}

/* ---- window ---- */

/* Called and left with the lock held. */
static void read_graph(struct look_reader *r, const struct graph *wanted)
{
    struct graph g = {.subject = wanted->subject,
                      .n = wanted->n,
                      .from_ns = r->cache.from_ns,
                      .to_ns = r->cache.to_ns};

    pthread_mutex_unlock(&r->lock);
    g.values = xreallocarray(NULL, 2 * g.n, sizeof(*g.values));
    for (size_t i = 0; i < 2 * g.n; i++)
        g.values[i] = NAN;
    g.whole = r->past->graph(r->past, &g.subject, g.from_ns, g.to_ns, g.n, g.values,
                             g.values + g.n) != -EAGAIN;
    pthread_mutex_lock(&r->lock);
    graph_cache_keep(&r->cache, &g);
}

/* Called and left with the lock held. */
static void read_events(struct look_reader *r)
{
    uint64_t from = r->cache.from_ns, to = r->cache.to_ns;
    size_t count = 0;

    pthread_mutex_unlock(&r->lock);
    int status = r->past->events(r->past, from, to, r->buffer, LOOK_EVENTS, &count);
    if (status && status != -EAGAIN)
        count = 0;
    pthread_mutex_lock(&r->lock);
    struct look_found *f = &r->found;
    array_reserve(&f->events, &f->event_cap, MAX(count, 1), sizeof(*f->events));
    memcpy(f->events, r->buffer, count * sizeof(*f->events));
    f->event_count = count;
    f->new_events = true;
    f->scanning = status == -EAGAIN;
    r->events_read = from == r->cache.from_ns && to == r->cache.to_ns && status != -EAGAIN;
    tell(r);
}

/* Called and left with the lock held. */
static void read_span(struct look_reader *r)
{
    uint64_t first = 0, last = 0;

    pthread_mutex_unlock(&r->lock);
    int status = r->past->span(r->past, &first, &last);
    pthread_mutex_lock(&r->lock);
    r->spanned_ns = clock_mono_ns();
    if (status || (r->found.first_ns == first && r->found.last_ns == last))
        return;
    /* What grew into the window is read. */
    if (r->found.last_ns < r->cache.to_ns) {
        r->events_read = false;
        for (size_t i = 0; i < r->cache.count; i++)
            r->cache.graphs[i].whole = false;
    }
    r->found.first_ns = first;
    r->found.last_ns = last;
    tell(r);
}

/* ---- the thread ---- */

/* Under the lock. */
static void wait_for_work(struct look_reader *r, uint64_t ns)
{
    uint64_t due = clock_mono_ns() + ns;
    struct timespec at = {(time_t)(due / NS_PER_S), (long)(due % NS_PER_S)};

    pthread_cond_timedwait(&r->changed, &r->lock, &at);
}

/* One thing that is to be read, the most urgent first. Whether there was one. */
static bool work(struct look_reader *r)
{
    if (r->request.go != LOOK_NOWHERE) {
        struct look_request q = r->request;
        r->request.go = LOOK_NOWHERE;
        pthread_mutex_unlock(&r->lock);
        go(r, &q);
        pthread_mutex_lock(&r->lock);
        return true;
    }
    uint64_t now = clock_mono_ns();
    if (now - r->spanned_ns >= IDLE_NS) {
        read_span(r);
        return true;
    }
    if (r->cache.to_ns <= r->cache.from_ns)
        return false;
    struct graph *g = graph_cache_wanting(&r->cache, false);
    if (g) {
        read_graph(r, g);
        if (clock_mono_ns() - r->told_ns >= TELL_NS || !graph_cache_wanting(&r->cache, false))
            tell(r);
        return true;
    }
    if (!r->events_read) {
        read_events(r);
        return true;
    }
    /* What was not whole, now and then. */
    g = now - r->again_ns >= AGAIN_NS ? graph_cache_wanting(&r->cache, true) : NULL;
    if (!g)
        return false;
    graph_cache_again(&r->cache);
    r->again_ns = now;
    return true;
}

static void *reader_thread(void *arg)
{
    struct look_reader *r = arg;

    pthread_mutex_lock(&r->lock);
    while (!r->stop)
        if (!work(r) && !r->stop)
            wait_for_work(r, graph_cache_wanting(&r->cache, true) ? AGAIN_NS : IDLE_NS);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

struct look_reader *look_reader_start(struct past *past, uint64_t first_ns, uint64_t last_ns)
{
    struct look_reader *r = xcalloc(1, sizeof(*r));
    pthread_condattr_t attr;
    int err;

    r->past = past;
    r->found.first_ns = first_ns;
    r->found.last_ns = last_ns;
    r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->fd < 0) {
        free(r);
        return NULL;
    }
    r->buffer = xcalloc(LOOK_EVENTS, sizeof(*r->buffer));
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);
    err = pthread_create(&r->thread, NULL, reader_thread, r);
    if (!err)
        return r;
    close(r->fd);
    free(r->buffer);
    free(r);
    errno = err;
    return NULL;
}

void look_reader_stop(struct look_reader *r)
{
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    graph_cache_release(&r->cache);
    look_found_release(&r->found);
    snapshot_release(&r->prev);
    snapshot_release(&r->cur);
    rates_release(&r->rates);
    free(r->buffer);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    close(r->fd);
    free(r);
}

/* ---- what the screen calls ---- */

int look_reader_fd(const struct look_reader *r)
{
    return r->fd;
}

void look_reader_go(struct look_reader *r, const struct look_request *request)
{
    pthread_mutex_lock(&r->lock);
    if (request->go == LOOK_STEP && r->request.go == LOOK_STEP)
        r->request.by += request->by;
    else
        r->request = *request;
    if (!r->found.busy_since_ns)
        r->found.busy_since_ns = clock_mono_ns();
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void look_reader_window(struct look_reader *r, uint64_t from_ns, uint64_t to_ns)
{
    pthread_mutex_lock(&r->lock);
    if (r->cache.from_ns != from_ns || r->cache.to_ns != to_ns)
        r->events_read = false;
    r->cache.from_ns = from_ns;
    r->cache.to_ns = to_ns;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void look_reader_take(struct look_reader *r, struct look_found *found)
{
    struct look_found mine = *found;
    uint64_t count;
    ssize_t n = read(r->fd, &count, sizeof(count));

    (void)n; /* EAGAIN: nobody told */
    pthread_mutex_lock(&r->lock);
    *found = r->found;
    /* What is not new stays with whoever has it. */
    if (!found->moved) {
        found->prev = mine.prev;
        found->cur = mine.cur;
        found->rates = mine.rates;
        found->moment = mine.moment;
        mine.prev = r->found.prev;
        mine.cur = r->found.cur;
        mine.rates = r->found.rates;
    }
    if (!found->new_events) {
        found->events = mine.events;
        found->event_count = mine.event_count;
        found->event_cap = mine.event_cap;
        mine.events = r->found.events;
        mine.event_cap = r->found.event_cap;
    }
    r->found.prev = mine.prev;
    r->found.cur = mine.cur;
    r->found.rates = mine.rates;
    r->found.events = mine.events;
    r->found.event_cap = mine.event_cap;
    r->found.event_count = 0;
    r->found.moved = r->found.new_events = false;
    r->found.status = 0;
    pthread_mutex_unlock(&r->lock);
}

void look_found_release(struct look_found *found)
{
    snapshot_release(&found->prev);
    snapshot_release(&found->cur);
    rates_release(&found->rates);
    free(found->events);
}

void look_reader_frame(struct look_reader *r)
{
    pthread_mutex_lock(&r->lock);
    r->cache.frame++;
    pthread_mutex_unlock(&r->lock);
}

void look_reader_graph(struct look_reader *r, const struct past_subject *subject, size_t n,
                       float *mean, float *peak)
{
    pthread_mutex_lock(&r->lock);
    if (graph_cache_ask(&r->cache, subject, n, mean, peak))
        pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}
