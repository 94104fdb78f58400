/* supervisor: see supervisor.h. */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base.h"
#include "../log.h"

/* Pauses before a restart: the first, which doubles, and the longest. A child that has lived so
 * long begins anew with the first. */
#define PAUSE_FIRST_NS (NS_PER_S / 10)
#define PAUSE_MOST_NS  (30 * NS_PER_S)
#define LIVED_NS       (10 * NS_PER_S)

/* Frames that may wait for a child. */
#define QUEUE_MOST 8

enum state { IDLE, STARTING, READY, PAUSED };

struct ward {
    const struct child *child;
    enum state state;
    pid_t pid;
    struct outlet outlet;
    bool expected;  /* its end was asked for */
    bool was_ready; /* once */
    bool gave_up;   /* it ended before it ever was */
    uint64_t restarts;
    uint64_t started_ns, due_ns, pause_ns;
    char last[64]; /* how it ended last, for people */
};

struct supervisor {
    struct nursery nursery;
    const struct nursery_plan *plan;
    size_t count;
    struct frame *newest;
    struct ward wards[];
};

struct supervisor *supervisor_new(const struct nursery_plan *plan, char message[CONFINE_MESSAGE])
{
    struct supervisor *v = xcalloc(1, sizeof(*v) + plan->count * sizeof(struct ward));
    int status;

    v->plan = plan;
    v->count = plan->count;
    for (size_t i = 0; i < v->count; i++) {
        v->wards[i].child = &plan->children[i];
        v->wards[i].outlet.fd = -1;
    }
    status = nursery_start(&v->nursery, plan);
    if (status) {
        snprintf(message, CONFINE_MESSAGE, "starting the children's parent: %s", strerror(-status));
        free(v);
        return NULL;
    }
    return v;
}

static void pause_ward(struct ward *w, uint64_t now)
{
    if (now - w->started_ns > LIVED_NS || !w->pause_ns)
        w->pause_ns = PAUSE_FIRST_NS;
    else
        w->pause_ns = MIN(2 * w->pause_ns, PAUSE_MOST_NS);
    w->due_ns = now + w->pause_ns;
    w->state = PAUSED;
}

/* A socketpair of its own for each life of a child: nothing of the one before is in it. */
static void begin(struct supervisor *v, struct ward *w)
{
    uint64_t now = clock_mono_ns();
    int ends[2];

    outlet_close(&w->outlet);
    w->started_ns = now;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
        say(SAY_ERROR, "%s cannot be started: %s", w->child->name, strerror(errno));
        pause_ward(w, now);
        return;
    }
    outlet_open(&w->outlet, ends[0], QUEUE_MOST);
    w->state = STARTING;
    w->expected = false;
    nursery_begin(&v->nursery, (unsigned)(w - v->wards), ends[1]);
    /* It need not wait for the next sample. */
    if (v->newest)
        outlet_put(&w->outlet, v->newest);
}

void supervisor_begin(struct supervisor *v)
{
    for (size_t i = 0; i < v->count; i++)
        begin(v, &v->wards[i]);
}

int supervisor_ready(const struct supervisor *v)
{
    bool all = true;

    for (size_t i = 0; i < v->count; i++) {
        if (v->wards[i].gave_up)
            return -1;
        all = all && v->wards[i].state == READY;
    }
    return all;
}

size_t supervisor_poll(const struct supervisor *v, struct pollfd fds[SUPERVISOR_FDS],
                       uint64_t *until_ns)
{
    size_t n = 0;

    *until_ns = UINT64_MAX;
    fds[n++] = (struct pollfd){.fd = v->nursery.fd, .events = POLLIN};
    for (size_t i = 0; i < v->count && n < SUPERVISOR_FDS; i++) {
        const struct ward *w = &v->wards[i];
        if (w->state == PAUSED)
            *until_ns = MIN(*until_ns, w->due_ns);
        else if (w->outlet.fd >= 0)
            fds[n++] = (struct pollfd){
                .fd = w->outlet.fd,
                .events = (short)(POLLIN | (outlet_waits(&w->outlet) ? POLLOUT : 0))};
    }
    return n;
}

/* ---- what children do ---- */

static void how_ended(char out[64], int status)
{
    if (WIFSIGNALED(status))
        snprintf(out, 64, "was ended by signal %d (%s)", WTERMSIG(status),
                 WTERMSIG(status) == SIGSYS ? "a system call it may not make"
                                            : strsignal(WTERMSIG(status)));
    else
        snprintf(out, 64, "ended with status %d", WEXITSTATUS(status));
}

static void ended(struct ward *w, int status)
{
    outlet_close(&w->outlet);
    w->pid = 0;
    if (w->expected) {
        w->state = PAUSED; /* and due at once */
        w->due_ns = 0;
        return;
    }
    how_ended(w->last, status);
    if (!w->was_ready) {
        say(SAY_ERROR, "%s %s before it was ready", w->child->name, w->last);
        w->gave_up = true;
        w->state = IDLE;
        return;
    }
    w->restarts++;
    pause_ward(w, clock_mono_ns());
    say(SAY_ERROR, "%s %s; it is started again in %.1f s", w->child->name, w->last,
        (double)w->pause_ns / (double)NS_PER_S);
}

static int take_events(struct supervisor *v)
{
    struct nursery_event e;
    int got;

    while ((got = nursery_next(&v->nursery, &e)) == 1) {
        if (e.child >= v->count)
            continue;
        struct ward *w = &v->wards[e.child];
        switch (e.what) {
        case NURSERY_RUNS: w->pid = e.pid; break;
        case NURSERY_ENDED: ended(w, e.status); break;
        case NURSERY_FAILED:
            say(SAY_ERROR, "%s cannot be started: %s", w->child->name, strerror(-e.status));
            outlet_close(&w->outlet);
            pause_ward(w, clock_mono_ns());
            break;
        }
    }
    return got;
}

/* All a child may say is that it is ready; what else comes is read and thrown away. */
static void listen_to(struct ward *w)
{
    char said[64];
    ssize_t n;

    while (w->outlet.fd >= 0 && (n = recv(w->outlet.fd, said, sizeof(said), MSG_DONTWAIT)) > 0)
        if (w->state == STARTING && memchr(said, CHILD_READY, (size_t)n)) {
            w->state = READY;
            w->was_ready = true;
        }
}

static void work_one(struct supervisor *v, struct ward *w)
{
    if (w->state == PAUSED && clock_mono_ns() >= w->due_ns) {
        begin(v, w);
        return;
    }
    if (w->state != STARTING && w->state != READY)
        return;
    listen_to(w);
    /* Its end is told by the nursery; until then nothing more is sent. */
    if (outlet_write(&w->outlet))
        outlet_close(&w->outlet);
}

int supervisor_work(struct supervisor *v)
{
    int status;

    /* First what they said, then that they are gone: a child may be ready and end in one look. */
    for (size_t i = 0; i < v->count; i++)
        listen_to(&v->wards[i]);
    status = take_events(v);
    for (size_t i = 0; i < v->count; i++)
        work_one(v, &v->wards[i]);
    return status;
}

void supervisor_feed(struct supervisor *v, struct frame *f)
{
    frame_drop(v->newest);
    v->newest = frame_hold(f);
    for (size_t i = 0; i < v->count; i++) {
        struct ward *w = &v->wards[i];
        uint64_t lost = w->outlet.lost;
        outlet_put(&w->outlet, f);
        if (lost == 0 && w->outlet.lost)
            say(SAY_WARNING, "%s is slow: it loses samples", w->child->name);
        if (outlet_write(&w->outlet))
            outlet_close(&w->outlet);
    }
}

void supervisor_report(const struct supervisor *v, struct snapshot *s)
{
    static const char *const words[] = {"not running", "starting", "running", "ended"};
    char text[160];

    for (size_t i = 0; i < v->count; i++) {
        const struct ward *w = &v->wards[i];
        struct report *r = snapshot_add_report(s, w->child->name);
        r->elapsed_ns = UNKNOWN;
        r->restarts = w->restarts;
        r->error = w->state == READY || w->state == STARTING ? 0 : -ECHILD;
        int n = snprintf(text, sizeof(text), "process %s", words[w->state]);
        if (w->restarts && n > 0)
            n += snprintf(text + n, sizeof(text) - (size_t)n, ", restarted %llu times: it %s",
                          (unsigned long long)w->restarts, w->last);
        if (w->outlet.lost && n > 0 && (size_t)n < sizeof(text))
            snprintf(text + n, sizeof(text) - (size_t)n, ", lost %llu samples",
                     (unsigned long long)w->outlet.lost);
        r->message = snapshot_add_cstr(s, text);
    }
}

void supervisor_reload(struct supervisor *v)
{
    nursery_reload(&v->nursery);
    for (size_t i = 0; i < v->count; i++) {
        struct ward *w = &v->wards[i];
        if (w->state == STARTING || w->state == READY) {
            w->expected = true;
            nursery_signal(&v->nursery, (unsigned)i, SIGTERM);
        }
    }
}

/* What is queued goes out, then each feed ends: that is the children's cue. */
static void drain(struct supervisor *v, uint64_t until)
{
    struct pollfd fds[SUPERVISOR_FDS];
    uint64_t due;
    bool waits = true;

    while (waits && clock_mono_ns() < until) {
        waits = false;
        for (size_t i = 0; i < v->count; i++) {
            if (outlet_write(&v->wards[i].outlet))
                outlet_close(&v->wards[i].outlet);
            waits = waits || outlet_waits(&v->wards[i].outlet);
        }
        if (waits)
            poll(fds, supervisor_poll(v, fds, &due), 50);
    }
    for (size_t i = 0; i < v->count; i++)
        outlet_close(&v->wards[i].outlet);
}

void supervisor_stop(struct supervisor *v, unsigned grace_ms)
{
    drain(v, clock_mono_ns() + grace_ms / 2 * UINT64_C(1000000));
    nursery_stop(&v->nursery, grace_ms);
    frame_drop(v->newest);
    free(v);
}
