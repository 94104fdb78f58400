/* serve_link: see serve_link.h. */
#include "serve_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../events.h"
#include "../log.h"
#include "serve_child.h"

#define SOON_NS  (10 * NS_PER_S) /* a child that dies within this of its start is waited with */
#define RETRY_NS (NS_PER_S / 50)
#define END_NS   (10 * NS_PER_S)

void serve_link_init(struct serve_link *l, char **argv, int lock, int dir, size_t max_count,
                     size_t max_bytes)
{
    *l = (struct serve_link){.fd = -1, .argv = argv, .lock = lock, .dir = dir};
    serve_queue_init(&l->queue, max_count, max_bytes);
    l->note_fd = memfd_create("domtop-note", MFD_CLOEXEC);
    if (l->note_fd < 0 || ftruncate(l->note_fd, sizeof(*l->note)))
        die(EXIT_FAILED, "no memory to share with the recorder: %s", strerror(errno));
    l->note = mmap(NULL, sizeof(*l->note), PROT_READ | PROT_WRITE, MAP_SHARED, l->note_fd, 0);
    if (l->note == MAP_FAILED)
        die(EXIT_FAILED, "no memory to share with the recorder: %s", strerror(errno));
}

/* ---- starting ---- */

/* In the child: nothing of the sampler's stays, least of all a handle of Xen's. */
static _Noreturn void become_recorder(const struct serve_link *l, int socket)
{
    sigset_t none;
    int from[3] = {socket, l->lock, l->note_fd};

    /* First out of the way of the numbers they are to have. */
    for (int i = 0; i < 3; i++)
        from[i] = fcntl(from[i], F_DUPFD, 16);
    for (int i = 0; i < 3; i++)
        if (dup2(from[i], SERVE_FD_SOCKET + i) < 0)
            _exit(EXIT_FAILED);
    close_range(SERVE_FD_NOTE + 1, ~0u, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv("/proc/self/exe", l->argv);
    _exit(EXIT_FAILED);
}

static void start(struct serve_link *l)
{
    int pair[2];
    pid_t pid;

    l->started_ns = clock_mono_ns();
    l->retry_ns = l->started_ns + NS_PER_S;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return;
    pid = fork();
    if (pid == 0)
        become_recorder(l, pair[1]);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return;
    }
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    l->fd = pair[0];
    l->pid = pid;
    l->ready = l->busy = false;
    l->sent = l->answered = 0;
    l->counted = (struct serve_answer){0};
}

/* ---- copies of what is held ---- */

static enum held_kind kept_as(uint32_t kind)
{
    return kind == SERVE_SAMPLE ? HELD_SAMPLE : kind == SERVE_BEGIN ? HELD_BEGIN : HELD_HAPPENED;
}

static void copy(struct serve_keeping *k, struct serve_item *item)
{
    struct held_head head = k->like;

    head.kind = kept_as(item->head.kind);
    head.flags |= item->sure ? HELD_SURE : 0;
    head.number = item->head.number;
    head.len = item->head.len;
    head.lasting_ns = item->mono_ns;
    head.wall_ns = item->wall_ns;
    text_clear(&k->bytes);
    held_put(&k->bytes, &head, item->bytes.data);
    k->head = (struct serve_head){.kind = SERVE_KEEP, .number = head.number};
    k->head.len = (uint32_t)k->bytes.len;
    k->busy = k->any = true;
    item->head.kept = true; /* so that nothing is added to it */
}

/* It is there, or (error) it is not, or may not be: then a further copy counts. */
static void copied(struct serve_link *l, int64_t error)
{
    struct serve_keeping *k = &l->keeping;
    struct serve_item *item = error ? serve_queue_find(&l->queue, k->head.number) : NULL;

    k->busy = false;
    l->sent = 0;
    if (item)
        item->head.kept = false;
}

static void say_kept(struct serve_keeping *k, int64_t error)
{
    k->stalled = error != 0;
    if (k->failing == k->stalled)
        return;
    k->failing = k->stalled;
    if (error)
        say(SAY_WARNING, "what waits for its time cannot be kept on the disk too: %s",
            strerror((int)-error));
    else
        say(SAY_NOTICE, "what waits for its time is kept on the disk again");
}

void serve_link_held(struct serve_link *l)
{
    l->keeping.stalled = false;
}

static struct serve_item *to_keep(struct serve_link *l)
{
    return l->keeping.stalled ? NULL : serve_queue_unkept(&l->queue, l->keeping.handing);
}

bool serve_link_keeps(struct serve_link *l)
{
    return l->keeping.busy || to_keep(l);
}

/* ---- its end ---- */

static bool by_fault(int signal)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGPROF, SIGTRAP};

    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        if (faults[i] == signal)
            return true;
    return false;
}

/* Writing to a file that has no blocks yet is SIGBUS when the disk is full: no fault of the file.
 */
static bool no_room(const struct serve_link *l)
{
    struct statvfs v;

    return !fstatvfs(l->dir, &v) && (uint64_t)v.f_bavail * v.f_frsize < (1u << 20);
}

static void tell_end(struct serve_link *l, int status)
{
    char how[96], detail[EVENT_DETAIL];
    bool blame = WIFSIGNALED(status) && by_fault(WTERMSIG(status)) && l->note->working_on[0];

    if (WIFSIGNALED(status))
        snprintf(how, sizeof(how), "signal %d, %.60s", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(how, sizeof(how), "exit status %d", WEXITSTATUS(status));
    say(SAY_ERROR, "the recorder ended (%s)%s%s; starting it again", how, blame ? " in " : "",
        blame ? l->note->working_on : "");
    struct serve_item *item = serve_queue_add_first(&l->queue, SERVE_EVENT);
    item->head.event = EVENT_STORE_BAD;
    item->head.wall_ns = clock_wall_ns();
    snprintf(detail, sizeof(detail), "the recorder ended by %.80s", how);
    text_adds(&item->bytes, detail);
    serve_queue_added(&l->queue, item, true);
    if (blame && !(WTERMSIG(status) == SIGBUS && no_room(l))) {
        item = serve_queue_add_first(&l->queue, SERVE_BLAME);
        text_add(&item->bytes, l->note->working_on,
                 strnlen(l->note->working_on, sizeof(l->note->working_on)));
        text_adds(&item->bytes, "\nlibrrd crashed on it");
        serve_queue_added(&l->queue, item, true);
    }
    l->note->working_on[0] = '\0';
}

static void bury(struct serve_link *l, int status)
{
    /* One that never came so far as to open the store will not the next time either. */
    bool soon = !l->ready && clock_mono_ns() - l->started_ns < SOON_NS;
    bool stopped = WIFEXITED(status) && !WEXITSTATUS(status);

    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    l->pid = 0;
    l->busy = false;
    if (l->keeping.busy)
        copied(l, -EPIPE);
    l->deaths = soon ? l->deaths + 1 : 0;
    l->retry_ns = clock_mono_ns() + (l->deaths ? MIN(l->deaths, 10) * NS_PER_S : RETRY_NS);
    if (!stopped) {
        l->restarts++;
        tell_end(l, status);
    }
}

/* ---- the socket ---- */

/* What is to be sent of the queue. Of what has a copy behind it the copies do not go yet. */
static struct serve_item *first(struct serve_link *l)
{
    struct serve_item *item = serve_queue_first(&l->queue);

    while (!l->busy && item && item->head.kind == SERVE_FORGET && serve_queue_put_off(&l->queue))
        item = serve_queue_first(&l->queue);
    return item;
}

/* What goes next, or is on its way: the queue's first item before a copy, but where there are many.
 * NULL: nothing. */
static const struct serve_head *to_send(struct serve_link *l, const struct text **bytes)
{
    struct serve_keeping *k = &l->keeping;
    struct serve_item *item = k->busy ? NULL : first(l), *unkept;

    if (!k->busy && !l->busy && (k->handing || !item) && (unkept = to_keep(l))) {
        copy(k, unkept);
        item = NULL;
    }
    l->busy = item != NULL;
    *bytes = item ? &item->bytes : &k->bytes;
    return item ? &item->head : k->busy ? &k->head : NULL;
}

/* What is left of it: its head, then its bytes. */
static void send_some(struct serve_link *l)
{
    const struct serve_head *head;
    const struct text *bytes;

    while (l->fd >= 0 && l->ready && (head = to_send(l, &bytes))) {
        size_t all = sizeof(*head) + head->len;
        if (l->sent == all)
            return; /* until it is confirmed */
        const char *from = l->sent < sizeof(*head) ? (const char *)head + l->sent
                                                   : bytes->data + (l->sent - sizeof(*head));
        size_t len = l->sent < sizeof(*head) ? sizeof(*head) - l->sent : all - l->sent;
        ssize_t n = write(l->fd, from, len);
        if (n < 0)
            return; /* full, or gone: its end is seen elsewhere */
        l->sent += (size_t)n;
    }
}

/* Each recorder counts from nothing. */
static void count(struct serve_link *l)
{
    l->updates += l->answer.updates - l->counted.updates;
    l->failures += l->answer.failures - l->counted.failures;
    l->counted = l->answer;
}

static void take_answers(struct serve_link *l)
{
    for (;;) {
        ssize_t n = read(l->fd, (char *)&l->answer + l->answered, sizeof(l->answer) - l->answered);
        if (n <= 0)
            return;
        l->answered += (size_t)n;
        if (l->answered < sizeof(l->answer))
            continue;
        l->answered = 0;
        count(l);
        if (!l->answer.number) {
            l->ready = true;
        } else if (l->keeping.busy && l->keeping.head.number == l->answer.number) {
            copied(l, l->answer.error);
            say_kept(&l->keeping, l->answer.error);
            send_some(l);
        } else if (l->busy && l->queue.count &&
                   serve_queue_at(&l->queue, 0)->head.number == l->answer.number) {
            if (serve_queue_at(&l->queue, 0)->head.kind == SERVE_FORGET)
                l->keeping.any = l->keeping.handing = false;
            serve_queue_drop(&l->queue, 0);
            l->sent = 0;
            l->busy = false;
            send_some(l);
        }
    }
}

short serve_link_wants(const struct serve_link *l)
{
    const struct serve_item *item = serve_queue_first((struct serve_queue *)&l->queue);
    const struct serve_head *head = l->keeping.busy ? &l->keeping.head : NULL;
    bool more = l->ready && (item || serve_link_keeps((struct serve_link *)l));

    if (l->busy && item)
        head = &item->head;
    if (more && head)
        more = l->sent < sizeof(*head) + head->len;
    return more ? POLLIN | POLLOUT : POLLIN;
}

int serve_link_timeout(const struct serve_link *l)
{
    return l->pid ? -1 : 100;
}

void serve_link_work(struct serve_link *l)
{
    int status;

    if (l->pid && l->fd >= 0) {
        take_answers(l);
        send_some(l);
    }
    if (l->pid && waitpid(l->pid, &status, WNOHANG) == l->pid)
        bury(l, status);
    if (!l->pid && clock_mono_ns() >= l->retry_ns)
        start(l);
}

void serve_link_wait(struct serve_link *l)
{
    struct pollfd p = {.fd = l->fd, .events = serve_link_wants(l)};

    poll(&p, 1, 100); /* a child that ended is seen without it */
    serve_link_work(l);
}

void serve_link_end(struct serve_link *l)
{
    uint64_t start_ns = clock_mono_ns();
    int status;

    if (l->fd >= 0)
        shutdown(l->fd, SHUT_WR);
    while (l->pid && waitpid(l->pid, &status, WNOHANG) != l->pid) {
        struct timespec moment = {0, 10000000};
        nanosleep(&moment, NULL);
        if (clock_mono_ns() - start_ns > END_NS) {
            say(SAY_ERROR, "the recorder does not end; leaving it");
            kill(l->pid, SIGKILL);
            break;
        }
    }
    if (l->fd >= 0)
        close(l->fd);
    munmap(l->note, sizeof(*l->note));
    close(l->note_fd);
    text_release(&l->keeping.bytes);
    serve_queue_release(&l->queue);
}
