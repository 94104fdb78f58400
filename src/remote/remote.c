/* remote: see remote.h. */
#include "remote.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base.h"
#include "merge.h"
#include "peer.h"

/* How long the first sample waits for those who have said nothing at all. */
#define FIRST_NS (3 * NS_PER_S)

/* Who has no new sample after so many of its intervals, and a second, does not answer. */
#define LATE_INTERVALS 2.5

/* The interval of somebody who has given one sample only. */
#define GUESS_NS (10 * NS_PER_S)

/* With nobody there: look again after this. */
#define IDLE_NS NS_PER_S

/* How long an interruption, which may come from a signal's handler, goes unseen at most. */
#define HEED_NS (NS_PER_S / 10)

struct watched {
    struct peer *peer;
    struct snapshot newest;
    bool any, fresh, live;
    bool twice; /* its own name is another's too: it goes by where it is */
    struct peer_state state;
    char name[64];
};

struct remote {
    struct source source;
    char name[REMOTE_MESSAGE];
    struct fetch_config config;
    uint64_t seq, opened_ns, pace_ns;
    atomic_bool interrupted;

    pthread_mutex_t lock; /* guards news */
    pthread_cond_t changed;
    uint64_t news;

    size_t count;
    struct watched hosts[MERGE_HOSTS_MOST];
    struct merge_host merge[MERGE_HOSTS_MOST];
};

static void on_news(void *ctx)
{
    struct remote *r = ctx;

    pthread_mutex_lock(&r->lock);
    r->news++;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static uint64_t late_at(const struct peer_state *s)
{
    uint64_t interval = s->interval_ns ? s->interval_ns : GUESS_NS;

    return s->last_ns + (uint64_t)(LATE_INTERVALS * (double)interval) + NS_PER_S;
}

/* Look at all: 0 when there is no one to wait for, else until when at most. */
static uint64_t look(struct remote *r, uint64_t now)
{
    uint64_t until = 0;

    for (size_t i = 0; i < r->count; i++) {
        struct watched *h = &r->hosts[i];
        h->state = peer_look(h->peer);
        if (h->state.waiting)
            continue;
        if (!h->state.tried) {
            if (now < r->opened_ns + FIRST_NS)
                until = MAX(until, r->opened_ns + FIRST_NS);
        } else if (h->state.live && now < late_at(&h->state)) {
            until = MAX(until, late_at(&h->state));
        }
    }
    return until;
}

static bool anybody(const struct remote *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->hosts[i].state.waiting || r->hosts[i].state.live)
            return true;
    return false;
}

static void wait_for_all(struct remote *r)
{
    pthread_mutex_lock(&r->lock);
    for (;;) {
        uint64_t seen = r->news;
        pthread_mutex_unlock(&r->lock);
        uint64_t now = clock_mono_ns(), until = MIN(look(r, now), now + HEED_NS);
        pthread_mutex_lock(&r->lock);
        if (!until || atomic_load(&r->interrupted))
            break;
        if (seen != r->news)
            continue;
        struct timespec at = {(time_t)(until / NS_PER_S), (long)(until % NS_PER_S)};
        pthread_cond_timedwait(&r->changed, &r->lock, &at);
    }
    pthread_mutex_unlock(&r->lock);
}

/* Its own name, or with one that another has too, where it is. */
static void name_hosts(struct remote *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct watched *h = &r->hosts[i];
        const char *own = h->any ? snapshot_str(&h->newest, h->newest.host.name) : NULL;
        const char *where = peer_where(h->peer), *slashes = strstr(where, "://");
        if (slashes)
            where = slashes + 3;
        for (size_t j = 0; j < r->count && own; j++) {
            const struct watched *o = &r->hosts[j];
            const char *its = o->any ? snapshot_str(&o->newest, o->newest.host.name) : NULL;
            h->twice = h->twice || (j != i && its && !strcmp(own, its));
        }
        if (own && !h->twice)
            snprintf(h->name, sizeof(h->name), "%s", own);
        else
            snprintf(h->name, sizeof(h->name), "%s", where);
    }
}

static void fill_merge(struct remote *r, uint64_t now)
{
    for (size_t i = 0; i < r->count; i++) {
        struct watched *h = &r->hosts[i];
        struct merge_host *m = &r->merge[i];
        m->name = h->name;
        m->where = peer_where(h->peer);
        m->newest = h->any ? &h->newest : NULL;
        m->live = h->live;
        m->error = h->live ? 0 : h->state.error ? h->state.error : -ETIMEDOUT;
        m->elapsed_ns = h->state.elapsed_ns;
        m->shift_ns = h->state.shift_ns;
        if (h->live)
            m->problem[0] = '\0';
        else if (h->any)
            snprintf(m->problem, sizeof(m->problem), "no sample for %llu s: %.120s",
                     (unsigned long long)((now - h->state.last_ns) / NS_PER_S),
                     h->state.problem[0] ? h->state.problem : "it does not answer");
        else
            snprintf(m->problem, sizeof(m->problem), "%s",
                     h->state.problem[0] ? h->state.problem : "it does not answer");
    }
}

/* The time of the next: what the slowest of those who answer takes. */
static uint64_t next_after(const struct remote *r)
{
    uint64_t most = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct peer_state *s = &r->hosts[i].state;
        if (s->waiting > 1) /* there is more of the past */
            return NS_PER_S / 20;
        if (r->hosts[i].live)
            most = MAX(most, s->interval_ns);
    }
    return most ? MIN(most, 60 * NS_PER_S) : IDLE_NS / 2;
}

static int remote_sample(struct source *self, struct snapshot *s, unsigned want)
{
    struct remote *r = (struct remote *)self;
    int status = 0;
    bool any = false;

    (void)want; /* a frame holds what its service reads: all */
    wait_for_all(r);
    if (atomic_load(&r->interrupted)) {
        snapshot_reset(s);
        snapshot_seal(s);
        return -EINTR;
    }
    uint64_t now = clock_mono_ns();
    for (size_t i = 0; i < r->count; i++) {
        struct watched *h = &r->hosts[i];
        h->fresh = peer_take(h->peer, &h->newest);
        h->any = h->any || h->fresh;
        h->live = h->fresh;
        any = any || h->live;
    }
    name_hosts(r);
    fill_merge(r, now);
    if (r->count > 1)
        merge_hosts(s, r->merge, r->count, ++r->seq, now, clock_wall_ns());
    else
        merge_one(s, r->merge, ++r->seq, now, clock_wall_ns());
    for (size_t i = 0; i < r->count && !any; i++)
        status = r->merge[i].error;
    r->pace_ns = anybody(r) ? next_after(r) : IDLE_NS;
    return status;
}

static uint64_t remote_pace(struct source *self)
{
    return ((struct remote *)self)->pace_ns;
}

static void remote_interrupt(struct source *self)
{
    atomic_store(&((struct remote *)self)->interrupted, true);
}

static void remote_close(struct source *self)
{
    struct remote *r = (struct remote *)self;

    for (size_t i = 0; i < r->count; i++) {
        peer_stop(r->hosts[i].peer);
        snapshot_release(&r->hosts[i].newest);
    }
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static int add_peer(struct remote *r, const char *address, char message[REMOTE_MESSAGE])
{
    char why[FETCH_MESSAGE] = "";

    if (r->count == MERGE_HOSTS_MOST) {
        snprintf(message, REMOTE_MESSAGE, "--connect takes at most %d services", MERGE_HOSTS_MOST);
        return -E2BIG;
    }
    struct watched *h = &r->hosts[r->count];
    h->peer = peer_start(address, &r->config, on_news, r, why);
    if (!h->peer) {
        /* Not the address itself: there may be a password in it. */
        const char *at = strrchr(address, '@');
        snprintf(message, REMOTE_MESSAGE, "--connect: '%.80s' %s", at ? at + 1 : address, why);
        return -EINVAL;
    }
    r->count++;
    return 0;
}

struct source *remote_open(const char *addresses, const struct fetch_config *c,
                           char message[REMOTE_MESSAGE])
{
    struct remote *r = xcalloc(1, sizeof(*r));
    char *list = xstrdup(addresses), *rest = list, *address;
    pthread_condattr_t attr;
    int status = 0;

    r->config = *c;
    r->opened_ns = clock_mono_ns();
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);
    while (!status && (address = strsep(&rest, ",")))
        if (*address)
            status = add_peer(r, address, message);
    free(list);
    if (!status && !r->count) {
        snprintf(message, REMOTE_MESSAGE, "--connect names no service");
        status = -EINVAL;
    }
    if (status) {
        remote_close(&r->source);
        return NULL;
    }
    if (r->count == 1)
        snprintf(r->name, sizeof(r->name), "through %s", peer_where(r->hosts[0].peer));
    else
        snprintf(r->name, sizeof(r->name), "%zu remote hosts", r->count);
    r->source = (struct source){.name = r->name,
                                .sample = remote_sample,
                                .pace = remote_pace,
                                .interrupt = remote_interrupt,
                                .close = remote_close};
    return &r->source;
}
