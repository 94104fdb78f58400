/* serve_child: see serve_child.h. */
#include "serve_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "../log.h"
#include "../store/held.h"
#include "../store/held_files.h"
#include "../store/layout.h"
#include "../wire.h"
#include "serve_queue.h"

/* Cpu time a piece of work may take before it is taken for a loop: librrd's, on a damaged file. */
#define LOOP_S 30

#define RECORDER_NICE 10

static void tell(const char *message)
{
    say(SAY_WARNING, "%s", message);
}

/* 1, 0 at the end, -errno. */
static int read_all(void *to, size_t len)
{
    char *p = to;

    while (len) {
        ssize_t n = read(SERVE_FD_SOCKET, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : 0;
        p += n;
        len -= (size_t)n;
    }
    return 1;
}

static void answer(const struct recorder *r, uint64_t number, int error)
{
    struct recorder_counts counts = recorder_counts(r);
    struct serve_answer a = {number, counts.updates, counts.failed + counts.lost, error};
    ssize_t n;

    do
        n = write(SERVE_FD_SOCKET, &a, sizeof(a));
    while (n < 0 && errno == EINTR);
    /* The sampler is gone: the next read says so. */
}

static void watch_for_loops(void)
{
    struct itimerval limit = {.it_value = {.tv_sec = LOOP_S}};

    setitimer(ITIMER_PROF, &limit, NULL);
}

static void take_blame(struct recorder *r, char *text)
{
    char *why = strchr(text, '\n');

    if (why) {
        *why++ = '\0';
        recorder_blame(r, text, why);
    }
}

static bool decode(struct snapshot *s, const struct text *bytes)
{
    bool good = wire_decode(s, bytes->data, bytes->len) == 0;

    if (!good)
        say(SAY_ERROR, "a sample could not be decoded");
    return good;
}

static void take_happened(struct recorder *r, const struct serve_head *head,
                          const struct text *bytes)
{
    const struct event *events = (const struct event *)(const void *)bytes->data;
    char text[EVENT_DETAIL];

    if (head->dropped) {
        snprintf(text, sizeof(text), "%zu events had waited too long to be recorded",
                 head->dropped / sizeof(*events));
        recorder_event(r, EVENT_GAP, 0, text);
    }
    recorder_happened(r, events, bytes->len / sizeof(*events));
}

/* False after the last. */
static bool take(struct recorder *r, const struct serve_head *head, struct text *bytes,
                 struct snapshot *s)
{
    switch (head->kind) {
    case SERVE_SAMPLE:
        if (head->dropped)
            recorder_reason(r, "samples had waited too long to be recorded");
        if (decode(s, bytes))
            recorder_sample(r, s, head->time_s);
        break;
    case SERVE_BEGIN:
        if (decode(s, bytes))
            recorder_begin(r, s, head->wall_ns);
        break;
    case SERVE_HAPPENED: take_happened(r, head, bytes); break;
    case SERVE_EVENT:
        recorder_event(r, (enum event_kind)head->event, head->wall_ns, bytes->data);
        break;
    case SERVE_REASON: recorder_reason(r, bytes->data); break;
    case SERVE_BLAME: take_blame(r, bytes->data); break;
    case SERVE_STOP:
        recorder_event(r, EVENT_RECORDING_STOPPED, head->wall_ns, bytes->data);
        return false;
    }
    return true;
}

/* Of what is recorded the copy is of no use any more, and what is told twice would be wrong. */
static void mark_done(struct held_files *held, uint64_t number)
{
    const struct held_head head = {.kind = HELD_DONE, .number = number};
    struct text t = {0};

    held_put(&t, &head, NULL);
    held_files_add(held, t.data, t.len); /* samples have times that tell it too */
    text_release(&t);
}

/* What is for the copies of what is held; false for all else. */
static bool take_held(struct held_files *held, const struct serve_head *head,
                      const struct text *bytes, int *error)
{
    *error = 0;
    if (head->kind == SERVE_KEEP)
        *error = held_files_add(held, bytes->data, bytes->len);
    else if (head->kind == SERVE_FORGET)
        held_files_forget(held);
    else
        return false;
    return true;
}

static bool waits(int timeout_ms)
{
    struct pollfd p = {.fd = SERVE_FD_SOCKET, .events = POLLIN};

    return poll(&p, 1, timeout_ms) > 0;
}

static bool loop(struct recorder *r, struct held_files *held)
{
    struct serve_head head;
    struct text bytes = {0};
    struct snapshot s = {0};
    bool stopped = false, busy = true;
    int error;

    while (!stopped) {
        watch_for_loops();
        if (!waits(busy ? 0 : 1000)) {
            busy = recorder_work(r);
            continue;
        }
        busy = true;
        if (read_all(&head, sizeof(head)) <= 0 ||
            head.len > sizeof(struct held_head) + HELD_LEN_MAX)
            break;
        text_clear(&bytes);
        array_reserve(&bytes.data, &bytes.cap, head.len + 1, 1);
        if (read_all(bytes.data, head.len) <= 0 && head.len)
            break;
        bytes.len = head.len;
        bytes.data[bytes.len] = '\0';
        if (!take_held(held, &head, &bytes, &error))
            stopped = !take(r, &head, &bytes, &s);
        if (head.kept)
            mark_done(held, head.number);
        answer(r, head.number, error);
    }
    text_release(&bytes);
    snapshot_release(&s);
    return stopped;
}

/* Samples are to be on time; when they are written matters less. What is refused is no failure:
 * then it is as with any other process. */
static void give_way(void)
{
    /* <linux/ioprio.h>, which came late: the last of those served in turn. */
    enum { IOPRIO_OF_PROCESS = 1, IOPRIO_BEST_EFFORT = 2 << 13, IOPRIO_LAST = 7 };
    const struct sched_param none = {0};

    setpriority(PRIO_PROCESS, 0, RECORDER_NICE);
    sched_setscheduler(0, SCHED_BATCH, &none); /* it does not push others off when it wakes */
    syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_BEST_EFFORT | IOPRIO_LAST);
}

int serve_child_run(struct recorder_config *config)
{
    struct serve_note *note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED,
                                   SERVE_FD_NOTE, 0);
    struct held_files held;
    struct recorder *r;
    bool stopped;
    int dir, err = 0;

    _Static_assert(sizeof(note->working_on) >= LAYOUT_PATH, "a path fits");
    prctl(PR_SET_NAME, "domtop-recorder");
    give_way();
    /* The sampler says when to stop: it has to hand over what it has first. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    unsetenv("RRDCACHED_ADDRESS"); /* librrd would mind it */
    if (note != MAP_FAILED)
        config->working_on = note->working_on;
    config->log = tell;
    dir = open(config->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        err = -errno;
    r = dir < 0 ? NULL : recorder_open(config, &err);
    if (!r) {
        say(SAY_ERROR, "%s: %s", config->root, strerror(-err));
        return EXIT_FAILED;
    }
    held_files_init(&held, dir);
    answer(r, 0, 0);
    stopped = loop(r, &held);
    held_files_close(&held);
    close(dir);
    if (!stopped)
        recorder_event(r, EVENT_RECORDING_STOPPED, 0, "the sampler ended");
    recorder_close(r);
    return EXIT_OK;
}
