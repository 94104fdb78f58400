/* http_door: see http_door.h. */
#include "http_door.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TICK_MS     200
#define BATCH       64 /* connections accepted before the clock is looked at again */
#define SOCKETS_MAX 16
#define NS_PER_MS   UINT64_C(1000000)
/* How much sooner those go that hold a place without having asked for anything, when few are left.
 */
#define CROWDED_HASTE 5

static const char crowded[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                              "Retry-After: 5\r\nContent-Type: text/plain; charset=utf-8\r\n"
                              "Content-Length: 21\r\n\r\ntoo many connections\n";

enum stage {
    STAGE_NONE,
    STAGE_HEAD, /* waiting for the rest of a head */
    STAGE_BUSY, /* being answered */
    STAGE_IDLE, /* waiting for the first byte of another head */
    STAGE_CUT,
};

struct visitor {
    enum stage stage;
    uint64_t came_ns, since_ns;
    uint64_t received; /* bytes, when its last head was whole */
    struct in6_addr address;
};

struct door {
    struct door_config c;
    struct pollfd polled[SOCKETS_MAX + 1]; /* the last is the wake */
    int wake, spare; /* spare: a descriptor to give up when there are no more */
    pthread_t thread;
    bool ended; /* it has been joined */

    pthread_mutex_t lock;     /* guards all below */
    struct visitor *visitors; /* by descriptor */
    size_t cap, end;
    unsigned count;
    bool closed, stopping;
};

/* ---- visitors ---- */

static struct visitor *visitor(struct door *d, int fd)
{
    return (size_t)fd < d->end && d->visitors[fd].stage ? &d->visitors[fd] : NULL;
}

/* Bytes received so far; 0 where the kernel does not say. */
static uint64_t received(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
        len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(info.tcpi_bytes_received))
        return 0;
    return info.tcpi_bytes_received;
}

static void remember(struct door *d, int fd, const struct in6_addr *address)
{
    size_t had = d->end;

    array_reserve(&d->visitors, &d->cap, (size_t)fd + 1, sizeof(*d->visitors));
    d->end = MAX(d->end, (size_t)fd + 1);
    memset(d->visitors + had, 0, (d->end - had) * sizeof(*d->visitors));
    uint64_t now = clock_mono_ns();
    d->visitors[fd] = (struct visitor){
        .stage = STAGE_HEAD, .came_ns = now, .since_ns = now, .address = *address};
    d->count++;
}

static void forget(struct door *d, int fd)
{
    struct visitor *v = visitor(d, fd);

    if (v) {
        v->stage = STAGE_NONE;
        d->count--;
    }
}

void door_head(struct door *d, int fd)
{
    uint64_t bytes = received(fd);

    pthread_mutex_lock(&d->lock);
    struct visitor *v = visitor(d, fd);
    if (v && v->stage != STAGE_CUT) {
        v->stage = STAGE_BUSY;
        v->since_ns = clock_mono_ns();
        v->received = bytes;
    }
    pthread_mutex_unlock(&d->lock);
}

void door_answered(struct door *d, int fd)
{
    pthread_mutex_lock(&d->lock);
    struct visitor *v = visitor(d, fd);
    if (v && v->stage != STAGE_CUT) {
        v->stage = STAGE_IDLE;
        v->since_ns = clock_mono_ns();
    }
    pthread_mutex_unlock(&d->lock);
}

void door_left(struct door *d, int fd)
{
    pthread_mutex_lock(&d->lock);
    forget(d, fd);
    pthread_mutex_unlock(&d->lock);
}

unsigned door_busy(struct door *d)
{
    unsigned busy = 0;

    pthread_mutex_lock(&d->lock);
    for (size_t fd = 0; fd < d->end; fd++)
        busy += d->visitors[fd].stage == STAGE_HEAD || d->visitors[fd].stage == STAGE_BUSY;
    pthread_mutex_unlock(&d->lock);
    return busy;
}

/* ---- time ---- */

/* Under the lock. The descriptor is the visitor's for certain: it leaves before it is closed. */
static void cut(struct door *d, int fd)
{
    shutdown(fd, SHUT_RDWR);
    d->visitors[fd].stage = STAGE_CUT;
}

static void look_after(struct door *d, int fd, uint64_t now, unsigned haste)
{
    struct visitor *v = &d->visitors[fd];
    uint64_t age_ms = (now - MIN(now, v->since_ns)) / NS_PER_MS;

    switch (v->stage) {
    case STAGE_HEAD:
        if (age_ms >= d->c.head_ms / haste)
            cut(d, fd);
        break;
    case STAGE_BUSY:
        if (age_ms >= d->c.answer_ms)
            cut(d, fd);
        break;
    case STAGE_IDLE:
        if (received(fd) > v->received) {
            v->stage = STAGE_HEAD;
            v->since_ns = now;
        } else if (age_ms >= d->c.idle_ms / haste) {
            cut(d, fd);
        }
        break;
    default: break;
    }
}

static void look_after_all(struct door *d)
{
    uint64_t now = clock_mono_ns();

    pthread_mutex_lock(&d->lock);
    unsigned haste = d->count > d->c.connections / 4 * 3 ? CROWDED_HASTE : 1;
    for (size_t fd = 0; d->count && fd < d->end; fd++)
        look_after(d, (int)fd, now, haste);
    pthread_mutex_unlock(&d->lock);
}

void door_cut_older(struct door *d, uint64_t ns)
{
    pthread_mutex_lock(&d->lock);
    for (size_t fd = 0; fd < d->end; fd++) {
        const struct visitor *v = &d->visitors[fd];
        if (v->stage != STAGE_NONE && v->stage != STAGE_CUT && v->came_ns < ns)
            cut(d, (int)fd);
    }
    pthread_mutex_unlock(&d->lock);
}

/* ---- coming in ---- */

/* IPv4 as IPv6 writes it; a socket without addresses is one address. */
static struct in6_addr address_of(const struct sockaddr_storage *from)
{
    struct in6_addr a = {0};

    if (from->ss_family == AF_INET6) {
        a = ((const struct sockaddr_in6 *)from)->sin6_addr;
    } else if (from->ss_family == AF_INET) {
        a.s6_addr[10] = a.s6_addr[11] = 0xff;
        memcpy(&a.s6_addr[12], &((const struct sockaddr_in *)from)->sin_addr, 4);
    }
    return a;
}

static bool may_enter(const struct door *d, const struct in6_addr *address)
{
    unsigned same = 0;

    if (d->count >= d->c.connections)
        return false;
    if (d->count < d->c.per_address)
        return true;
    for (size_t fd = 0; fd < d->end; fd++)
        if (d->visitors[fd].stage && !memcmp(&d->visitors[fd].address, address, sizeof(*address)))
            same++;
    return same < d->c.per_address;
}

/* What has come so far is read, for closing on unread bytes would take our words back. */
static void turn_away(int fd)
{
    char discarded[1024];
    ssize_t n = recv(fd, discarded, sizeof(discarded), MSG_DONTWAIT);

    n = send(fd, crowded, sizeof(crowded) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)n;
    close(fd);
}

static void welcome(struct door *d, int fd, const struct sockaddr_storage *from, socklen_t len)
{
    struct in6_addr address = address_of(from);
    bool enters;

    pthread_mutex_lock(&d->lock);
    enters = may_enter(d, &address);
    if (enters)
        remember(d, fd, &address);
    pthread_mutex_unlock(&d->lock);
    if (!enters) {
        turn_away(fd);
    } else if (!d->c.enter(d->c.context, fd, (const struct sockaddr *)from, len)) {
        pthread_mutex_lock(&d->lock);
        forget(d, fd);
        pthread_mutex_unlock(&d->lock);
    }
}

/* Without descriptors the one who waits would wait for good, and poll would spin: give up the spare
 * one to take and close the connection. */
static void no_descriptors(struct door *d, int socket)
{
    close(d->spare);
    int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        turn_away(fd);
    d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_some(struct door *d, int socket)
{
    for (int i = 0; i < BATCH; i++) {
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof(from);
        int fd = accept4(socket, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(d, fd, &from, len);
        } else if (errno == EMFILE || errno == ENFILE) {
            no_descriptors(d, socket);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            break;
        }
    }
}

static void *door_thread(void *arg)
{
    struct door *d = arg;
    nfds_t count = (nfds_t)d->c.socket_count;
    uint64_t looked = 0;

    for (;;) {
        pthread_mutex_lock(&d->lock);
        bool stopping = d->stopping, closed = d->closed;
        pthread_mutex_unlock(&d->lock);
        if (stopping)
            return NULL;
        /* The wake is last; a closed door waits for it alone. */
        struct pollfd *from = closed ? d->polled + count : d->polled;
        int n = poll(from, closed ? 1 : count + 1, TICK_MS);
        uint64_t woken;
        ssize_t unused = read(d->wake, &woken, sizeof(woken));
        (void)unused;
        for (nfds_t i = 0; n > 0 && !closed && i < count; i++)
            if (d->polled[i].revents)
                accept_some(d, d->polled[i].fd);
        uint64_t now = clock_mono_ns();
        if (now - looked >= TICK_MS * NS_PER_MS) {
            looked = now;
            look_after_all(d);
            d->c.tick(d->c.context);
        }
    }
}

/* ---- life ---- */

struct door *door_new(const struct door_config *c)
{
    struct door *d = xcalloc(1, sizeof(*d));
    sigset_t all, before;
    int status;

    d->c = *c;
    d->c.socket_count = MIN(c->socket_count, (size_t)SOCKETS_MAX);
    d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pthread_mutex_init(&d->lock, NULL);
    for (size_t i = 0; i < d->c.socket_count; i++) {
        int flags = fcntl(c->sockets[i], F_GETFL);
        fcntl(c->sockets[i], F_SETFL, flags | O_NONBLOCK);
        d->polled[i] = (struct pollfd){.fd = c->sockets[i], .events = POLLIN};
    }
    d->polled[d->c.socket_count] = (struct pollfd){.fd = d->wake, .events = POLLIN};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status = d->wake < 0 ? errno : pthread_create(&d->thread, NULL, door_thread, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!status)
        return d;
    if (d->wake >= 0)
        close(d->wake);
    if (d->spare >= 0)
        close(d->spare);
    pthread_mutex_destroy(&d->lock);
    free(d);
    errno = status;
    return NULL;
}

static void tell(struct door *d, bool stop)
{
    uint64_t one = 1;

    pthread_mutex_lock(&d->lock);
    d->closed = true;
    d->stopping = stop;
    pthread_mutex_unlock(&d->lock);
    ssize_t n = write(d->wake, &one, sizeof(one));
    (void)n;
}

void door_close(struct door *d)
{
    tell(d, false);
}

void door_end(struct door *d)
{
    if (!d || d->ended)
        return;
    tell(d, true);
    pthread_join(d->thread, NULL);
    d->ended = true;
}

void door_free(struct door *d)
{
    if (!d)
        return;
    door_end(d);
    close(d->wake);
    if (d->spare >= 0)
        close(d->spare);
    pthread_mutex_destroy(&d->lock);
    free(d->visitors);
    free(d);
}
