/* serve: see serve.h. The sampler's loop; the child and its socket are serve_link.c's. */
#include "serve.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base.h"
#include "events.h"
#include "format.h"
#include "serve_link.h"
#include "store/rrdcheck.h"
#include "store/stamp.h"
#include "store/store.h"
#include "wire.h"

/* What may wait: an hour of 10 s, in memory that a dom0 can spare. */
#define QUEUE_COUNT 360
#define QUEUE_BYTES (64u << 20)

#define DRAIN_NS (20 * NS_PER_S) /* for handing over what is left, at the end */

struct serve {
    const struct serve_config *config;
    struct source *source;
    struct serve_link link;
    struct stamp stamp;
    struct snapshot sample;
    int beat, signals;
    int64_t moved_ns; /* how far the clock was off when it was last told */
    bool stop;
};

static void tell(struct serve *s, enum event_kind kind, const char *detail)
{
    struct serve_item *item = serve_queue_add(&s->link.queue, SERVE_EVENT);

    item->head.event = kind;
    item->head.wall_ns = clock_wall_ns();
    text_adds(&item->bytes, detail);
    serve_queue_added(&s->link.queue, item, s->link.busy);
}

static void give_reason(struct serve *s, const char *reason)
{
    struct serve_item *item = serve_queue_add(&s->link.queue, SERVE_REASON);

    text_adds(&item->bytes, reason);
    serve_queue_added(&s->link.queue, item, s->link.busy);
}

/* ---- the beat: whole steps of wall time ---- */

static void set_beat(struct serve *s)
{
    uint64_t step = s->config->settings.step_s, now = clock_wall_ns() / NS_PER_S;
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)((now / step + 1) * step)},
                            .it_interval = {.tv_sec = (time_t)step}};

    timerfd_settime(s->beat, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

/* Whether a beat is due. A clock that was set moves them all. */
static bool take_beat(struct serve *s)
{
    uint64_t beats;

    if (read(s->beat, &beats, sizeof(beats)) == (ssize_t)sizeof(beats))
        return true;
    if (errno == ECANCELED)
        set_beat(s);
    return false;
}

/* ---- a sample ---- */

static void clock_changed(struct serve *s, enum stamp_verdict verdict, int64_t moved)
{
    char text[EVENT_DETAIL], by[FORMAT_MAX];
    /* Once for each move, not for each sample it costs. */
    bool told = s->moved_ns && moved - s->moved_ns < (int64_t)NS_PER_S &&
                s->moved_ns - moved < (int64_t)NS_PER_S;

    if (!moved || told) {
        s->moved_ns = moved;
        return;
    }
    s->moved_ns = moved;
    format_duration(by, (uint64_t)(moved < 0 ? -moved : moved));
    snprintf(text, sizeof(text), "the clock was set %s by %.20s%s", moved < 0 ? "back" : "forward",
             by,
             verdict == STAMP_PASS   ? ": recording goes on when it has passed that time again"
             : verdict == STAMP_HOLD ? ": samples wait until it is proven"
                                     : "");
    fprintf(stderr, "domtop serve: %s\n", text);
    give_reason(s, text);
}

/* The times of what was held until now, and of what was just taken. */
static void decide_times(struct serve *s)
{
    struct serve_queue *q = &s->link.queue;

    for (size_t n = 0; n < q->count;) {
        struct serve_item *item = serve_queue_at(q, n);
        if (item->held) {
            item->held = false;
            item->head.time_s = stamp_take(&s->stamp, item->mono_ns);
            if (!item->head.time_s) {
                serve_queue_drop(q, n);
                continue;
            }
        }
        n++;
    }
}

static void hand_over(struct serve *s)
{
    const struct snapshot *sample = &s->sample;
    int64_t moved = stamp_moved(&s->stamp, sample->wall_ns, sample->mono_ns);
    enum stamp_verdict verdict = stamp_judge(&s->stamp, sample->wall_ns, sample->mono_ns);
    struct serve_queue *q = &s->link.queue;

    clock_changed(s, verdict, moved);
    if (verdict == STAMP_PASS)
        return;
    struct serve_item *item = serve_queue_add(q, SERVE_SAMPLE);
    if (wire_encode(&item->bytes, sample)) {
        serve_queue_drop(q, q->count - 1);
        fprintf(stderr, "domtop serve: a sample is too large to be recorded\n");
        return;
    }
    item->mono_ns = sample->mono_ns;
    item->held = true;
    serve_queue_added(q, item, s->link.busy);
    if (verdict == STAMP_RECORD)
        decide_times(s);
    if (q->dropped) {
        q->dropped = 0;
        give_reason(s, "the recorder did not keep up, or could not be started");
    }
}

static void sample(struct serve *s)
{
    uint64_t step_ns = s->config->settings.step_s * NS_PER_S;
    uint64_t start = clock_mono_ns(), late = clock_wall_ns() % step_ns, sampled;

    s->source->sample(s->source, &s->sample, PART_ALL);
    sampled = clock_mono_ns();
    hand_over(s);
    if (s->config->verbose)
        fprintf(stderr,
                "domtop serve: sample %" PRIu64 " late %.3f ms, read in %.3f ms, handed over in "
                "%.3f ms, %zu waiting\n",
                s->sample.seq, (double)late / 1e6, (double)(sampled - start) / 1e6,
                (double)(clock_mono_ns() - sampled) / 1e6, s->link.queue.count);
}

/* ---- the loop ---- */

static void take_signals(struct serve *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGCHLD)
            s->stop = true;
}

static void wait_for_something(struct serve *s)
{
    struct pollfd p[3] = {{.fd = s->beat, .events = POLLIN},
                          {.fd = s->signals, .events = POLLIN},
                          {.fd = s->link.fd, .events = serve_link_wants(&s->link)}};

    poll(p, 3, serve_link_timeout(&s->link));
    if (p[1].revents)
        take_signals(s);
    serve_link_work(&s->link);
    if (p[0].revents && !s->stop && take_beat(s))
        sample(s);
    serve_link_work(&s->link);
}

static void drain(struct serve *s)
{
    uint64_t start = clock_mono_ns();
    struct serve_queue *q = &s->link.queue;
    struct serve_item *last;

    /* What waits for proof of its time gets the one that was believed. */
    decide_times(s);
    last = serve_queue_add(q, SERVE_STOP);
    last->head.wall_ns = clock_wall_ns();
    text_adds(&last->bytes, "asked to");
    serve_queue_added(q, last, s->link.busy);
    while (q->count && clock_mono_ns() - start < DRAIN_NS) {
        struct pollfd p = {.fd = s->link.fd, .events = serve_link_wants(&s->link)};
        poll(&p, 1, 100); /* a child that ended is seen without it */
        serve_link_work(&s->link);
    }
    serve_link_end(&s->link);
}

static uint64_t last_recorded(const struct serve_config *config)
{
    char path[LAYOUT_PATH];
    struct rrdcheck c;
    int err;

    layout_rrd(path, ENTITY_HOST, NULL, 0);
    void *head = rrdcheck_file(&c, config->dir, path, &err);
    free(head);
    return head ? c.last_s : 0;
}

static bool prepare(struct serve *s)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGPIPE, SIG_IGN);
    s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    s->beat = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    return s->signals >= 0 && s->beat >= 0;
}

int serve_run(struct serve_config *config)
{
    struct serve s = {.config = config};
    char text[EVENT_DETAIL], step[24];

    if (!prepare(&s))
        die(EXIT_FAILED, "no timer or signals: %s", strerror(errno));
    stamp_init(&s.stamp, config->settings.step_s, last_recorded(config));
    serve_link_init(&s.link, config->child_argv, config->lock, config->dir, QUEUE_COUNT,
                    QUEUE_BYTES);
    serve_link_work(&s.link); /* the child is there before the Xen handles are */
    s.source = config->open(config->arg);
    duration_format(step, sizeof(step), config->settings.step_s);
    snprintf(text, sizeof(text), "%.40s every %s", s.source->name, step);
    tell(&s, EVENT_RECORDING_STARTED, text);
    set_beat(&s);
    while (!s.stop)
        wait_for_something(&s);
    drain(&s);
    s.source->close(s.source);
    snapshot_release(&s.sample);
    close(s.beat);
    close(s.signals);
    return EXIT_OK;
}
