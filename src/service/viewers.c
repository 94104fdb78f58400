/* viewers: see viewers.h. */
#include "viewers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base.h"
#include "../log.h"
#include "inlet.h"
#include "outlet.h"

/* Frames that wait for a client, the one under way included. */
#define CLIENT_QUEUE 3

/* How much a client may have unread in the kernel: it is better off with a newer frame. */
#define CLIENT_BUFFER (256 << 10)

struct viewers {
    struct inlet feed;
    int listener;
    struct frame *newest[2]; /* the newest last; two, so that there are rates at once */
    struct outlet clients[VIEWERS_MOST];
    size_t count;
};

static volatile sig_atomic_t told_to_stop;

static void on_stop(int signal)
{
    (void)signal;
    told_to_stop = 1;
}

/* ---- before confinement ---- */

static int bad(char message[CONFINE_MESSAGE], const char *path, const char *what, int err)
{
    snprintf(message, CONFINE_MESSAGE, "%s %.100s: %s", what, path, strerror(err));
    return -err;
}

/* A folder of the service's own, where the system has not made it. */
static int make_folder(const char *path, const struct account *account)
{
    char folder[100];

    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash || slash == folder)
        return 0;
    *slash = '\0';
    if (mkdir(folder, 0755))
        return errno == EEXIST ? 0 : -errno;
    return account->change && lchown(folder, account->uid, account->gid) ? -errno : 0;
}

/* Whether somebody listens there. */
static bool in_use(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool used = fd >= 0 &&
                (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 || errno == EAGAIN);

    if (fd >= 0)
        close(fd);
    return used;
}

/* Remove what a service before left, if nobody listens there, and bind. In a folder of the user's
 * own as that user; else as root, who then gives the socket away. */
static int bind_as(int fd, const struct sockaddr_un *at, const struct account *account)
{
    mode_t mask = umask(0117); /* read and write for the group, nothing for others */
    int status = 0;

    account_borrow(account);
    unlink(at->sun_path);
    if (bind(fd, (const struct sockaddr *)at, sizeof(*at)))
        status = -errno;
    account_return(account);
    if (status && account->change) {
        unlink(at->sun_path);
        status = bind(fd, (const struct sockaddr *)at, sizeof(*at)) ||
                         lchown(at->sun_path, account->uid, account->gid)
                     ? -errno
                     : 0;
    }
    umask(mask);
    return status;
}

int viewers_prepare(void *ctx, const struct account *account, int keep[CHILD_KEEPS], size_t *kept,
                    char message[CONFINE_MESSAGE])
{
    struct viewers_config *c = ctx;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat st;

    if (strlen(c->path) >= sizeof(at.sun_path))
        return bad(message, c->path, "the socket", ENAMETOOLONG);
    memcpy(at.sun_path, c->path, strlen(c->path) + 1);
    int status = make_folder(c->path, account);
    if (status)
        return bad(message, c->path, "making the folder of", -status);
    if (lstat(c->path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode))
            return bad(message, c->path, "in the place of the socket is something else:", EEXIST);
        if (in_use(&at))
            return bad(message, c->path, "another service listens on", EADDRINUSE);
    }
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    status = c->fd < 0 ? -errno : bind_as(c->fd, &at, account);
    if (!status && listen(c->fd, 32))
        status = -errno;
    if (status)
        return bad(message, c->path, "listening on", -status);
    keep[(*kept)++] = c->fd;
    return 0;
}

void viewers_clean(void *ctx)
{
    const struct viewers_config *c = ctx;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat st;

    memcpy(at.sun_path, c->path, strlen(c->path) + 1);
    /* Where somebody listens it is another service's. */
    if (c->path[0] && lstat(c->path, &st) == 0 && S_ISSOCK(st.st_mode) && !in_use(&at))
        unlink(c->path);
}

/* ---- the work ---- */

static void drop_client(struct viewers *v, size_t i)
{
    outlet_close(&v->clients[i]);
    v->clients[i] = v->clients[--v->count];
}

static void welcome(struct viewers *v)
{
    int fd = accept4(v->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (v->count == VIEWERS_MOST) {
        close(fd);
        return;
    }
    int bytes = CLIENT_BUFFER;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    struct outlet *o = &v->clients[v->count++];
    *o = (struct outlet){0};
    outlet_open(o, fd, CLIENT_QUEUE);
    for (size_t i = 0; i < ARRAY_LEN(v->newest); i++)
        if (v->newest[i])
            outlet_put(o, v->newest[i]);
    if (outlet_write(o))
        drop_client(v, v->count - 1);
}

/* False at the end of the feed. */
static bool take_frames(struct viewers *v)
{
    const uint8_t *bytes;
    size_t len;
    int got;

    while ((got = inlet_next(&v->feed, &bytes, &len)) == 1) {
        struct frame *f = frame_new(bytes, len);
        frame_drop(v->newest[0]);
        v->newest[0] = v->newest[1];
        v->newest[1] = f;
        for (size_t i = v->count; i-- > 0;) {
            outlet_put(&v->clients[i], f);
            if (outlet_write(&v->clients[i]))
                drop_client(v, i);
        }
    }
    return got == 0;
}

static size_t poll_fds(const struct viewers *v, struct pollfd fds[VIEWERS_MOST + 2])
{
    fds[0] = (struct pollfd){.fd = v->feed.fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = v->listener, .events = POLLIN};
    for (size_t i = 0; i < v->count; i++)
        fds[i + 2] = (struct pollfd){
            .fd = v->clients[i].fd,
            .events = (short)(POLLIN | (outlet_waits(&v->clients[i]) ? POLLOUT : 0))};
    return v->count + 2;
}

/* From the last on, so that closing one moves none that is still to be looked at. */
static void serve_clients(struct viewers *v, const struct pollfd *fds, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        short events = fds[i + 2].revents;
        if (events & (POLLERR | POLLHUP | POLLIN | POLLNVAL) ||
            (events & POLLOUT && outlet_write(&v->clients[i])))
            drop_client(v, i);
    }
}

int viewers_run(void *ctx, int feed)
{
    struct viewers v = {.listener = ((struct viewers_config *)ctx)->fd};
    struct pollfd fds[VIEWERS_MOST + 2];
    struct sigaction stop = {.sa_handler = on_stop};
    bool more = true;

    sigaction(SIGTERM, &stop, NULL);
    inlet_init(&v.feed, feed);
    fcntl(feed, F_SETFL, fcntl(feed, F_GETFL) | O_NONBLOCK);
    child_ready(feed);
    while (more && !told_to_stop) {
        size_t n = poll_fds(&v, fds), clients = v.count;
        if (poll(fds, (nfds_t)n, -1) < 0)
            continue;
        serve_clients(&v, fds, clients);
        if (fds[0].revents)
            more = take_frames(&v);
        if (fds[1].revents)
            welcome(&v);
    }
    while (v.count)
        drop_client(&v, v.count - 1);
    frame_drop(v.newest[0]);
    frame_drop(v.newest[1]);
    inlet_release(&v.feed);
    close(v.listener);
    return EXIT_OK;
}
