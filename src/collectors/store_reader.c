/*
 * store_reader: see store_reader.h. The thread and its connection; what is read of a domain is in
 * store_read.c, what tells that it changed in store_watch.c.
 */
#include "store_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "../base.h"
#include "store_read.h"
#include "store_watch.h"

#define MS UINT64_C(1000000)

/* Where nothing else is asked, xenstored is asked this often whether it is still there. */
#define PING_NS (3 * NS_PER_S)
#define PING    "/local/domain/0/domid"
/* A request that takes longer is a xenstored that does not answer. */
#define HUNG_NS      (1 * NS_PER_S)
#define RECONNECT_NS (1 * NS_PER_S)
/* How long a sample waits for new domains: names at first, all the rest at first, later. */
#define WAIT_NAMES_NS (10 * NS_PER_S)
#define WAIT_ALL_NS   (2 * NS_PER_S)
#define WAIT_NEW_NS   (50 * MS)
/* Guests' own nodes: so many domains in each round. */
#define AGENT_ROUND 16

#define BROKE "the connection to xenstored broke: names are from before"

struct wanted {
    uint64_t domid;
    struct uuid uuid;
};

struct store_reader {
    pthread_t thread;
    pthread_mutex_t lock; /* over all that both sides use */
    pthread_cond_t progress;
    int wake; /* eventfd: the list changed, or stop */

    /* Under the lock. */
    struct store_entry **entries; /* in order of domid; only the thread changes them */
    size_t count;
    struct wanted *wanted;
    size_t wanted_count, wanted_cap;
    unsigned wanted_turn, done_turn; /* of the list: last given, last all read */
    unsigned named_turn;             /* last of which all names were read */
    bool first, connected;
    char trouble[COLLECTOR_MESSAGE]; /* why it is not connected */

    /* The thread's own. */
    struct store_access access;
    bool by_socket, opened_before;
    unsigned matched_turn; /* of the list that the entries are in line with */
    size_t agent_turn;
    uint64_t open_ns;
};

/* ---- the thread's side ---- */

static struct store_entry *entry_find(struct store_reader *r, uint64_t domid)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->entries[mid]->domid < domid)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->count && r->entries[low]->domid == domid ? r->entries[low] : NULL;
}

/* Bring the entries in line with the list of domains, both in order of domid. */
static unsigned match_entries(struct store_reader *r)
{
    struct store_entry **old = r->entries, **gone, **now;
    size_t old_count = r->count, at = 0, gone_count = 0;

    pthread_mutex_lock(&r->lock);
    unsigned turn = r->wanted_turn;
    size_t count = r->wanted_count;
    if (turn == r->matched_turn) {
        pthread_mutex_unlock(&r->lock);
        return turn;
    }
    r->matched_turn = turn;
    now = xcalloc(count + 1, sizeof(struct store_entry *));
    gone = xcalloc(old_count + 1, sizeof(struct store_entry *));
    for (size_t i = 0; i < count; i++) {
        const struct wanted *w = &r->wanted[i];
        while (at < old_count && old[at]->domid < w->domid)
            gone[gone_count++] = old[at++];
        if (at < old_count && old[at]->domid == w->domid) {
            if (!memcmp(&old[at]->uuid, &w->uuid, sizeof(w->uuid)))
                now[i] = old[at++];
            else
                gone[gone_count++] = old[at++];
        }
        if (!now[i])
            now[i] = store_entry_new(w->domid, &w->uuid);
    }
    while (at < old_count)
        gone[gone_count++] = old[at++];
    r->entries = now;
    r->count = count;
    pthread_mutex_unlock(&r->lock);

    for (size_t i = 0; i < gone_count; i++) {
        store_unwatch_entry(&r->access, gone[i]);
        store_entry_free(gone[i]);
    }
    free(gone);
    free(old);
    return turn;
}

static void take_events(struct store_reader *r)
{
    struct store_event event;

    while (store_event_next(&r->access, &event)) {
        struct store_entry *e = event.parts ? entry_find(r, event.domid) : NULL;
        if (!e)
            continue;
        /* A watch that was just set tells of itself once. */
        unsigned news = event.parts & ~e->unasked;
        e->unasked &= ~event.parts;
        e->dirty |= news;
    }
}

/* Under the lock, as the sampling side writes when memory agreed last. */
static struct store_entry entry_copy(struct store_reader *r, const struct store_entry *e)
{
    pthread_mutex_lock(&r->lock);
    struct store_entry copy = *e;
    pthread_mutex_unlock(&r->lock);
    return copy;
}

static void entry_refresh(struct store_reader *r, struct store_entry *e, unsigned parts)
{
    unsigned todo = e->dirty & parts;

    if (!todo || r->access.lost)
        return;
    /* The watch first: what changes after the read is told. */
    store_watch_entry(&r->access, e, todo);
    struct store_entry fresh = entry_copy(r, e);
    store_read(&r->access, &fresh, todo);
    pthread_mutex_lock(&r->lock);
    if (!r->access.lost) {
        store_entry_take(e, &fresh, todo);
        e->dirty &= ~todo;
    } else {
        store_entry_drop(e, &fresh, todo);
    }
    pthread_mutex_unlock(&r->lock);
}

/* Of another list than this turn's: a new domain's name comes before the rest of the others. */
static bool wanted_since(struct store_reader *r, unsigned turn)
{
    pthread_mutex_lock(&r->lock);
    bool since = r->wanted_turn != turn;
    pthread_mutex_unlock(&r->lock);
    return since;
}

static void refresh_all(struct store_reader *r, unsigned turn)
{
    bool left = false;

    for (size_t i = 0; i < r->count && !atomic_load(&r->access.stop); i++)
        entry_refresh(r, r->entries[i], STORE_NAME);
    pthread_mutex_lock(&r->lock);
    r->named_turn = turn;
    pthread_cond_broadcast(&r->progress);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < r->count && !left && !atomic_load(&r->access.stop); i++) {
        entry_refresh(r, r->entries[i], STORE_TARGET | STORE_DEVICES);
        left = wanted_since(r, turn);
    }
    pthread_mutex_lock(&r->lock);
    if (!r->access.lost && !left)
        r->done_turn = turn;
    pthread_cond_broadcast(&r->progress);
    pthread_mutex_unlock(&r->lock);
}

/* A few guests' own nodes in each round, whatever they write and however often. */
static void read_agents(struct store_reader *r)
{
    uint64_t now = clock_mono_ns();
    size_t asked = 0;

    for (size_t i = 0; i < r->count && asked < AGENT_ROUND && !r->access.lost; i++) {
        struct store_entry *e = r->entries[(r->agent_turn + i) % r->count];
        if (e->agent_due_ns > now || e->domid == 0)
            continue;
        asked++;
        struct store_entry fresh = entry_copy(r, e);
        store_read(&r->access, &fresh, STORE_AGENT);
        pthread_mutex_lock(&r->lock);
        store_entry_take(e, &fresh, STORE_AGENT);
        pthread_mutex_unlock(&r->lock);
        e->agent_due_ns = now + store_agent_pause(e, now, clock_wall_ns());
        if (asked == AGENT_ROUND)
            r->agent_turn = (r->agent_turn + i + 1) % r->count;
    }
}

static void set_connected(struct store_reader *r, bool connected, const char *trouble)
{
    pthread_mutex_lock(&r->lock);
    r->connected = connected;
    snprintf(r->trouble, sizeof(r->trouble), "%s", trouble);
    pthread_cond_broadcast(&r->progress);
    pthread_mutex_unlock(&r->lock);
}

static void disconnect_store(struct store_reader *r, const char *trouble)
{
    if (r->access.xs)
        xs_close(r->access.xs);
    r->access.xs = NULL;
    store_conn_close(&r->access.conn);
    set_connected(r, false, trouble);
}

static void connect_store(struct store_reader *r)
{
    uint64_t now = clock_mono_ns();

    if (r->open_ns && now - r->open_ns < RECONNECT_NS)
        return;
    r->open_ns = now;
    /* Where it once listened on a socket, the kernel's own way to it leads nowhere without it. */
    int err = store_conn_open(&r->access.conn, r->by_socket);
    r->by_socket |= r->access.conn.by_socket;
    if (r->by_socket && (err == -ENOENT || err == -ECONNREFUSED)) {
        set_connected(r, false, "xenstored is gone: names are from before");
        return;
    }
    r->access.lost = err != 0;
    /* One that does not answer is waited for here, where the wait can be ended. */
    store_ask(&r->access, PING);
    if (!r->access.lost) {
        store_busy(&r->access, true);
        r->access.xs = xs_open(0);
        err = r->access.xs ? 0 : -errno;
        store_busy(&r->access, false);
    }
    if (!r->access.xs) {
        char why[COLLECTOR_MESSAGE] = BROKE;
        if (err)
            snprintf(why, sizeof(why), "xenstored could not be reached: %s", strerror(-err));
        disconnect_store(r, why);
        return;
    }
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->count; i++) {
        struct store_entry *e = r->entries[i];
        e->dirty = STORE_NAME | STORE_TARGET | STORE_DEVICES;
        e->watched = e->unasked = 0;
        e->kept = r->opened_before;
    }
    pthread_mutex_unlock(&r->lock);
    r->opened_before = true;
    store_watch_devices(&r->access);
    set_connected(r, true, "");
}

static void wait_for_more(struct store_reader *r)
{
    struct pollfd fds[2] = {{.fd = r->wake, .events = POLLIN},
                            {.fd = r->access.xs ? xs_fileno(r->access.xs) : -1, .events = POLLIN}};
    uint64_t count;

    if (poll(fds, 2, 1000) > 0 && fds[0].revents & POLLIN)
        if (read(r->wake, &count, sizeof(count)) < 0)
            return;
}

static void *reader_run(void *arg)
{
    struct store_reader *r = arg;

    while (!atomic_load(&r->access.stop)) {
        if (!r->access.xs)
            connect_store(r);
        unsigned turn = match_entries(r);
        if (r->access.xs) {
            take_events(r);
            refresh_all(r, turn);
            read_agents(r);
            if (clock_mono_ns() - r->access.answered_ns > PING_NS)
                store_ask(&r->access, PING);
            if (r->access.lost)
                disconnect_store(r, BROKE);
        }
        wait_for_more(r);
    }
    disconnect_store(r, "");
    return NULL;
}

/* ---- the sampling side ---- */

int store_reader_open(struct store_reader **out, char message[COLLECTOR_MESSAGE])
{
    struct store_reader *r = xcalloc(1, sizeof(*r));
    pthread_condattr_t monotonic;
    sigset_t all, old;

    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->progress, &monotonic);
    pthread_condattr_destroy(&monotonic);
    r->first = true;
    r->access.conn.fd = -1;
    r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* Signals are for the threads that expect them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int err = r->wake < 0 ? errno : pthread_create(&r->thread, NULL, reader_run, r);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!err) {
        *out = r;
        return 0;
    }
    snprintf(message, COLLECTOR_MESSAGE, "no thread to read xenstore: %s", strerror(err));
    if (r->wake >= 0)
        close(r->wake);
    free(r);
    return -err;
}

static void wake(struct store_reader *r)
{
    uint64_t one = 1;
    while (write(r->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

void store_reader_close(struct store_reader *r)
{
    struct timespec until;

    atomic_store(&r->access.stop, true);
    wake(r);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    if (pthread_timedjoin_np(r->thread, NULL, &until)) {
        pthread_detach(r->thread);
        return;
    }
    for (size_t i = 0; i < r->count; i++)
        store_entry_free(r->entries[i]);
    free(r->entries);
    free(r->wanted);
    close(r->wake);
    pthread_cond_destroy(&r->progress);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static bool list_changed(const struct store_reader *r, const struct snapshot *s)
{
    if (r->wanted_count != s->domain_count || r->first)
        return true;
    for (size_t i = 0; i < s->domain_count; i++)
        if (r->wanted[i].domid != s->domains[i].domid ||
            memcmp(&r->wanted[i].uuid, &s->domains[i].uuid, sizeof(struct uuid)) != 0)
            return true;
    return false;
}

/* Under the lock: wait until *turn has come to this turn, the deadline, or trouble. */
static void wait_turn(struct store_reader *r, const unsigned *turn, uint64_t for_ns)
{
    uint64_t start = clock_mono_ns();

    while (*turn != r->wanted_turn && !r->trouble[0]) {
        uint64_t now = clock_mono_ns(), slice = now + 100 * MS;
        struct timespec until = {(time_t)(slice / NS_PER_S), (long)(slice % NS_PER_S)};
        if (now - start >= for_ns || store_busy_for(&r->access) > HUNG_NS)
            return;
        if (for_ns < 100 * MS) {
            slice = start + for_ns;
            until = (struct timespec){(time_t)(slice / NS_PER_S), (long)(slice % NS_PER_S)};
        }
        pthread_cond_timedwait(&r->progress, &r->lock, &until);
    }
}

void store_reader_want(struct store_reader *r, const struct snapshot *s)
{
    pthread_mutex_lock(&r->lock);
    if (list_changed(r, s)) {
        array_reserve(&r->wanted, &r->wanted_cap, s->domain_count, sizeof(*r->wanted));
        for (size_t i = 0; i < s->domain_count; i++)
            r->wanted[i] = (struct wanted){s->domains[i].domid, s->domains[i].uuid};
        r->wanted_count = s->domain_count;
        r->wanted_turn++;
        wake(r);
        wait_turn(r, &r->named_turn, r->first ? WAIT_NAMES_NS : WAIT_NEW_NS);
        if (r->first)
            wait_turn(r, &r->done_turn, WAIT_ALL_NS);
        r->first = false;
    }
    pthread_mutex_unlock(&r->lock);
}

struct store_entry *const *store_reader_lock(struct store_reader *r, size_t *count)
{
    pthread_mutex_lock(&r->lock);
    *count = r->count;
    return r->entries;
}

void store_reader_unlock(struct store_reader *r)
{
    pthread_mutex_unlock(&r->lock);
}

int store_reader_status(struct store_reader *r, char message[COLLECTOR_MESSAGE])
{
    uint64_t busy = store_busy_for(&r->access);
    int err = 0;

    if (busy > HUNG_NS) {
        snprintf(message, COLLECTOR_MESSAGE,
                 "xenstored has not answered for %" PRIu64 " s: names are from before",
                 busy / NS_PER_S);
        return -ETIMEDOUT;
    }
    pthread_mutex_lock(&r->lock);
    if (!r->connected && r->trouble[0]) {
        snprintf(message, COLLECTOR_MESSAGE, "%s", r->trouble);
        err = -ENOTCONN;
    }
    pthread_mutex_unlock(&r->lock);
    return err;
}
