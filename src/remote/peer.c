/* peer: see peer.h. */
#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base.h"
#include "../service/inlet.h"
#include "../wire.h"

#define KEPT          4
#define PATH          "/api/v1/snapshot"
#define PAUSE_FIRST   500u /* ms */
#define PAUSE_MOST    10000u
#define ASK_LEAST_MS  50u
#define INTERVAL_MOST (3600 * NS_PER_S)

struct peer {
    pthread_t thread;
    void (*wake)(void *);
    void *ctx;
    struct fetch *fetch; /* NULL: a local socket */
    char *path;          /* of it */
    char *where;
    int stop_fd; /* readable once it is to stop */
    atomic_bool stop;
    struct snapshot decoded; /* the thread's */

    pthread_mutex_t lock; /* guards all below */
    struct peer_state state;
    struct snapshot kept[KEPT]; /* the oldest first */
    uint64_t remote_mono_ns;    /* of the newest */
    bool taken;                 /* one was, ever */
};

/* Sleep; false when it is to stop. fd (or -1) ends it early too. */
static bool rest(struct peer *p, int fd, int ms)
{
    struct pollfd fds[] = {{.fd = p->stop_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

    poll(fds, 2, ms);
    return !atomic_load(&p->stop);
}

static void failed(struct peer *p, int error, const char *problem)
{
    pthread_mutex_lock(&p->lock);
    p->state.tried = true;
    p->state.live = false;
    p->state.error = error;
    snprintf(p->state.problem, sizeof(p->state.problem), "%s", problem);
    pthread_mutex_unlock(&p->lock);
    p->wake(p->ctx);
}

/* Under the lock: the clock of a host that is far away, or has been started anew, is another. */
static void learn_clock(struct peer *p, uint64_t mono_ns, uint64_t now)
{
    uint64_t step = mono_ns - p->remote_mono_ns;

    if (!p->state.last_ns || mono_ns < p->remote_mono_ns || step > INTERVAL_MOST)
        p->state.shift_ns = now - mono_ns;
    else if (step)
        p->state.interval_ns = step;
    p->remote_mono_ns = mono_ns;
}

/* A frame that came. False when it is none: whoever sends such things is not listened to on. */
static bool keep(struct peer *p, const uint8_t *bytes, size_t len, uint64_t elapsed_ns)
{
    uint64_t now = clock_mono_ns();
    int status = wire_decode(&p->decoded, bytes, len);

    if (status || p->decoded.mono_ns == UNKNOWN) {
        failed(p, status ? status : -EBADMSG,
               status == -EPROTONOSUPPORT ? "its frames are of a newer domtop"
                                          : "what it sends is no frame of domtop's");
        return false;
    }
    pthread_mutex_lock(&p->lock);
    struct peer_state *state = &p->state;
    learn_clock(p, p->decoded.mono_ns, now);
    if (state->waiting == KEPT) {
        struct snapshot oldest = p->kept[0];
        memmove(p->kept, p->kept + 1, (KEPT - 1) * sizeof(*p->kept));
        p->kept[KEPT - 1] = oldest;
        state->waiting--;
    }
    struct snapshot spare = p->kept[state->waiting];
    p->kept[state->waiting++] = p->decoded;
    p->decoded = spare;
    state->tried = state->live = true;
    state->error = 0;
    state->problem[0] = '\0';
    state->last_ns = now;
    state->elapsed_ns = elapsed_ns;
    pthread_mutex_unlock(&p->lock);
    p->wake(p->ctx);
    return true;
}

/* ---- a local socket: frames come by themselves ---- */

static int local_connect(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(at.sun_path, path, MIN(strlen(path), sizeof(at.sun_path) - 1));
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
        return fd;
    int err = errno;
    if (fd >= 0)
        close(fd);
    return -err;
}

/* Until it ends; whether any frame came. */
static bool local_read(struct peer *p, int fd)
{
    struct inlet in;
    const uint8_t *bytes;
    size_t len;
    bool any = false;
    int got = 0;

    inlet_init(&in, fd);
    while (got >= 0 && rest(p, fd, -1)) {
        while ((got = inlet_next(&in, &bytes, &len)) == 1) {
            if (!keep(p, bytes, len, UNKNOWN)) {
                inlet_release(&in);
                return false;
            }
            any = true;
        }
    }
    inlet_release(&in);
    if (got < 0)
        failed(p, got,
               got == -EPIPE     ? "the service has ended"
               : got == -EBADMSG ? "what it sends is no frame of domtop's"
                                 : strerror(-got));
    return any;
}

static bool local_session(struct peer *p)
{
    int fd = local_connect(p->path);
    bool any = false;

    if (fd < 0) {
        failed(p, fd,
               fd == -EACCES ? "is not for you: who is in the group of the socket may"
                             : strerror(-fd));
        return false;
    }
    any = local_read(p, fd);
    close(fd);
    return any;
}

/* ---- HTTP: ask when the next should be there ---- */

static int until_next(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    uint64_t gap = p->state.interval_ns ? MIN(p->state.interval_ns, 60 * NS_PER_S) : NS_PER_S / 2;
    uint64_t due = p->state.last_ns + gap, now = clock_mono_ns();
    pthread_mutex_unlock(&p->lock);
    /* Late already: ask often enough, a twentieth of the interval, and not more. */
    uint64_t wait = due > now ? due - now : gap / 20;
    return (int)MAX(ASK_LEAST_MS, wait / 1000000);
}

static bool http_session(struct peer *p)
{
    char message[FETCH_MESSAGE] = "";
    const uint8_t *bytes;
    bool any = false;
    size_t len;

    do {
        uint64_t start = clock_mono_ns();
        int got = fetch_get(p->fetch, &bytes, &len, message);
        if (atomic_load(&p->stop))
            break;
        if (got < 0) {
            failed(p, got, message);
            return any;
        }
        if (got && !keep(p, bytes, len, clock_mono_ns() - start))
            return false;
        any = any || got;
    } while (rest(p, -1, until_next(p)));
    return any;
}

/* ---- the thread ---- */

static void *peer_thread(void *arg)
{
    struct peer *p = arg;
    unsigned pause = PAUSE_FIRST;

    while (!atomic_load(&p->stop)) {
        bool any = p->fetch ? http_session(p) : local_session(p);
        pause = any ? PAUSE_FIRST : MIN(2 * pause, PAUSE_MOST);
        rest(p, -1, (int)pause);
    }
    return NULL;
}

static bool set_address(struct peer *p, const char *address, const struct fetch_config *c,
                        char message[FETCH_MESSAGE])
{
    size_t unix_len = strlen(PEER_UNIX);

    if (strncmp(address, PEER_UNIX, unix_len) != 0) {
        p->fetch = fetch_new(address, PATH, c, &p->stop, message);
        p->where = p->fetch ? xstrdup(fetch_where(p->fetch)) : NULL;
        return p->fetch != NULL;
    }
    p->path = xstrdup(address + unix_len);
    p->where = xstrdup(address);
    if (p->path[0] == '/' && strlen(p->path) < sizeof(((struct sockaddr_un *)0)->sun_path))
        return true;
    snprintf(message, FETCH_MESSAGE, "is no path of a socket: unix:/run/domtop/socket");
    return false;
}

static void peer_free(struct peer *p)
{
    fetch_free(p->fetch);
    free(p->path);
    free(p->where);
    for (size_t i = 0; i < KEPT; i++)
        snapshot_release(&p->kept[i]);
    snapshot_release(&p->decoded);
    if (p->stop_fd >= 0)
        close(p->stop_fd);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

struct peer *peer_start(const char *address, const struct fetch_config *c, void (*wake)(void *),
                        void *ctx, char message[FETCH_MESSAGE])
{
    struct peer *p = xcalloc(1, sizeof(*p));
    int err;

    p->wake = wake;
    p->ctx = ctx;
    p->state.elapsed_ns = UNKNOWN;
    atomic_init(&p->stop, false);
    pthread_mutex_init(&p->lock, NULL);
    p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!set_address(p, address, c, message)) {
        peer_free(p);
        return NULL;
    }
    err = p->stop_fd < 0 ? errno : pthread_create(&p->thread, NULL, peer_thread, p);
    if (err) {
        snprintf(message, FETCH_MESSAGE, "cannot be read: %s", strerror(err));
        peer_free(p);
        return NULL;
    }
    return p;
}

void peer_stop(struct peer *p)
{
    uint64_t one = 1;

    atomic_store(&p->stop, true);
    ssize_t n = write(p->stop_fd, &one, sizeof(one));
    (void)n; /* a fresh eventfd takes a one */
    pthread_join(p->thread, NULL);
    peer_free(p);
}

const char *peer_where(const struct peer *p)
{
    return p->where;
}

struct peer_state peer_look(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    struct peer_state state = p->state;
    pthread_mutex_unlock(&p->lock);
    return state;
}

bool peer_take(struct peer *p, struct snapshot *s)
{
    bool got = false;

    pthread_mutex_lock(&p->lock);
    unsigned n = p->state.waiting;
    if (n) {
        unsigned which = p->taken ? n - 1 : 0;
        struct snapshot mine = *s;
        *s = p->kept[which];
        p->kept[which] = mine;
        /* Those after it stay, in front. */
        for (unsigned i = which + 1; i < n; i++) {
            struct snapshot swap = p->kept[i - which - 1];
            p->kept[i - which - 1] = p->kept[i];
            p->kept[i] = swap;
        }
        p->state.waiting = n - which - 1;
        p->taken = got = true;
    }
    pthread_mutex_unlock(&p->lock);
    return got;
}
