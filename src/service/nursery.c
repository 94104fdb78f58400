/* nursery: see nursery.h. */
#include "nursery.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base.h"
#include "../log.h"

enum order_what { ORDER_BEGIN, ORDER_SIGNAL, ORDER_RELOAD, ORDER_STOP };

struct order {
    enum order_what what;
    unsigned child;
    int arg;
};

#define CHILDREN_MOST 8

struct zygote {
    const struct nursery_plan *plan;
    int control, signals;
    pid_t pids[CHILDREN_MOST]; /* 0: not running */
    bool stopping;
    unsigned grace_ms;
};

/* ---- in a child ---- */

static void child_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* of a terminal: the sampler drains its children */
    signal(SIGCHLD, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_IGN);
}

static int child_main(const struct child *c, const struct account *account, int feed)
{
    char message[CONFINE_MESSAGE] = "", name[16];
    int keep[CHILD_KEEPS + 1];
    size_t kept = 0;

    snprintf(name, sizeof(name), "domtop-%s", c->name);
    prctl(PR_SET_NAME, name);
    child_signals();
    if (c->prepare && c->prepare(c->ctx, account, keep, &kept, message)) {
        say(SAY_ERROR, "%s: %s", c->name, message);
        return EXIT_FAILED;
    }
    keep[kept++] = feed;
    if (confine(c->duty, account, keep, kept, message)) {
        say(SAY_ERROR, "%s: %s", c->name, message);
        return EXIT_FAILED;
    }
    if (message[0])
        say(SAY_WARNING, "%s: %s", c->name, message);
    return c->run(c->ctx, feed);
}

void child_ready(int feed)
{
    ssize_t n = send(feed, &(char){CHILD_READY}, 1, MSG_NOSIGNAL);

    (void)n; /* who is not there to hear it has ended, which the feed tells */
}

/* ---- in the nursery ---- */

static void tell(struct zygote *z, enum nursery_what what, unsigned child, pid_t pid, int status)
{
    struct nursery_event event = {what, child, pid, status};
    ssize_t n = send(z->control, &event, sizeof(event), MSG_NOSIGNAL);

    (void)n; /* a sampler that is gone is seen at the next poll */
}

/* As the user the children are, so that the nursery needs no right over everybody's processes. */
static void signal_child(const struct zygote *z, unsigned i, int signal)
{
    if (z->pids[i] <= 0)
        return;
    account_borrow(&z->plan->account);
    int status = kill(z->pids[i], signal);
    account_return(&z->plan->account);
    if (status && errno == EPERM) /* it has not become that user yet */
        kill(z->pids[i], signal);
}

/* One message, with the descriptor that came along or -1. */
static ssize_t get_order(int control, struct order *order, int *fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } space;
    struct iovec part = {order, sizeof(*order)};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = space.bytes,
                       .msg_controllen = sizeof(space.bytes)};
    ssize_t n;

    *fd = -1;
    do
        n = recvmsg(control, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), sizeof(int));
    return n;
}

static void begin(struct zygote *z, unsigned i, int feed)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(z->control);
        close(z->signals);
        _exit(child_main(&z->plan->children[i], &z->plan->account, feed));
    }
    if (pid < 0) {
        tell(z, NURSERY_FAILED, i, 0, -errno);
        return;
    }
    z->pids[i] = pid;
    tell(z, NURSERY_RUNS, i, pid, 0);
}

static void obey(struct zygote *z, const struct order *order, int fd)
{
    bool known = order->child < z->plan->count;

    switch (order->what) {
    case ORDER_BEGIN:
        if (known && !z->pids[order->child] && fd >= 0)
            begin(z, order->child, fd);
        break;
    case ORDER_SIGNAL:
        if (known)
            signal_child(z, order->child, order->arg);
        break;
    case ORDER_RELOAD:
        if (z->plan->reload)
            z->plan->reload(z->plan->ctx);
        break;
    case ORDER_STOP:
        z->stopping = true;
        z->grace_ms = (unsigned)order->arg;
        break;
    }
    if (fd >= 0)
        close(fd);
}

static void reap(struct zygote *z)
{
    struct signalfd_siginfo info;
    ssize_t n = read(z->signals, &info, sizeof(info));
    int status;
    pid_t pid;

    (void)n;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (unsigned i = 0; i < z->plan->count; i++)
            if (z->pids[i] == pid) {
                z->pids[i] = 0;
                tell(z, NURSERY_ENDED, i, pid, status);
            }
}

static size_t running(const struct zygote *z)
{
    size_t n = 0;

    for (unsigned i = 0; i < z->plan->count; i++)
        n += z->pids[i] > 0;
    return n;
}

static void signal_all(const struct zygote *z, int signal)
{
    for (unsigned i = 0; i < z->plan->count; i++)
        signal_child(z, i, signal);
}

/* What is the children's as them, and what is root's as root. */
static void clean(const struct zygote *z)
{
    for (unsigned i = 0; i < z->plan->count; i++) {
        const struct child *c = &z->plan->children[i];
        if (!c->clean)
            continue;
        account_borrow(&z->plan->account);
        c->clean(c->ctx);
        account_return(&z->plan->account);
        c->clean(c->ctx);
    }
}

/* Nobody is left behind: who does not drain in time is killed. */
static void end_children(struct zygote *z)
{
    uint64_t until = clock_mono_ns() + z->grace_ms * UINT64_C(1000000);

    signal_all(z, SIGTERM);
    while (running(z) && clock_mono_ns() < until) {
        struct pollfd p = {.fd = z->signals, .events = POLLIN};
        if (poll(&p, 1, 100) > 0)
            reap(z);
    }
    signal_all(z, SIGKILL);
    while (running(z) && waitpid(-1, NULL, 0) > 0)
        ;
    clean(z);
}

static int zygote_run(struct zygote *z)
{
    while (!z->stopping) {
        struct pollfd p[] = {{.fd = z->control, .events = POLLIN},
                             {.fd = z->signals, .events = POLLIN}};
        struct order order;
        int fd;

        if (poll(p, 2, -1) < 0 && errno != EINTR)
            break;
        if (p[1].revents)
            reap(z);
        if (!p[0].revents)
            continue;
        if (get_order(z->control, &order, &fd) != (ssize_t)sizeof(order))
            break; /* the sampler is gone */
        obey(z, &order, fd);
    }
    end_children(z);
    return 0;
}

static int zygote_main(const struct nursery_plan *plan, int control)
{
    struct zygote z = {.plan = plan, .control = control, .grace_ms = 3000};
    char message[CONFINE_MESSAGE];
    int keep[CHILD_KEEPS + 1];
    sigset_t watched;

    prctl(PR_SET_NAME, "domtop-nursery");
    setpgid(0, 0); /* a terminal's Ctrl-C is for the sampler, which ends the others in order */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* the end of the sampler, told by the control socket, is our end */
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigprocmask(SIG_SETMASK, &watched, NULL);
    /* What puts the sampler before others (the unit's Nice) is not for those that serve. */
    if (getpriority(PRIO_PROCESS, 0) < 0)
        setpriority(PRIO_PROCESS, 0, 0);
    memcpy(keep, plan->keep, plan->kept * sizeof(*keep));
    keep[plan->kept] = control;
    if (confine(DUTY_NURSERY, &plan->account, keep, plan->kept + 1, message)) {
        say(SAY_ERROR, "nursery: %s", message);
        return EXIT_FAILED;
    }
    z.signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (z.signals < 0) {
        say(SAY_ERROR, "nursery: signalfd: %s", strerror(errno));
        return EXIT_FAILED;
    }
    return zygote_run(&z);
}

/* ---- in the sampler ---- */

int nursery_start(struct nursery *n, const struct nursery_plan *plan)
{
    int ends[2];

    if (plan->count > CHILDREN_MOST)
        return -E2BIG;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return -errno;
    n->pid = fork();
    if (n->pid < 0) {
        int err = errno;
        close(ends[0]);
        close(ends[1]);
        return -err;
    }
    if (n->pid == 0) {
        close(ends[0]);
        _exit(zygote_main(plan, ends[1]));
    }
    close(ends[1]);
    n->fd = ends[0];
    return 0;
}

static int give_order(struct nursery *n, const struct order *order, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } space = {0};
    struct iovec part = {(void *)order, sizeof(*order)};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t sent;

    if (fd >= 0) {
        m.msg_control = space.bytes;
        m.msg_controllen = sizeof(space.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(int));
    }
    do
        sent = sendmsg(n->fd, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    int err = errno;
    if (fd >= 0)
        close(fd);
    if (sent == (ssize_t)sizeof(*order))
        return 0;
    return sent < 0 && err != ECONNRESET ? -err : -EPIPE;
}

int nursery_begin(struct nursery *n, unsigned child, int fd)
{
    return give_order(n, &(struct order){ORDER_BEGIN, child, 0}, fd);
}

int nursery_signal(struct nursery *n, unsigned child, int signal)
{
    return give_order(n, &(struct order){ORDER_SIGNAL, child, signal}, -1);
}

int nursery_reload(struct nursery *n)
{
    return give_order(n, &(struct order){ORDER_RELOAD, 0, 0}, -1);
}

int nursery_next(struct nursery *n, struct nursery_event *event)
{
    ssize_t got;

    do
        got = recv(n->fd, event, sizeof(*event), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof(*event))
        return 1;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -EPIPE;
}

void nursery_stop(struct nursery *n, unsigned grace_ms)
{
    uint64_t until = clock_mono_ns() + (grace_ms + UINT64_C(2000)) * 1000000;

    give_order(n, &(struct order){ORDER_STOP, 0, (int)grace_ms}, -1);
    while (waitpid(n->pid, NULL, WNOHANG) == 0) {
        if (clock_mono_ns() > until) {
            kill(n->pid, SIGKILL);
            waitpid(n->pid, NULL, 0);
            break;
        }
        poll(NULL, 0, 20);
    }
    close(n->fd);
    n->fd = -1;
}
