/* service: see service.h. */
#include "service.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../base.h"
#include "../feed.h"
#include "../log.h"
#include "../wire.h"
#include "notify.h"

/* Children that are not there after so long at the start never will be. */
#define START_NS (30 * NS_PER_S)

/* Of the sampler. It works for a moment and is to do so on time, most of all on a host that has too
 * much to do, which is what people look back at. */
#define SAMPLER_NICE (-10)

/* When a domain ends, between two samples, it is looked at before it is gone: not more often than
 * this, nor so often that it costs a cpu more than a fiftieth; what a quiet minute did not use of
 * that is there for several that end together. */
#define LOOK_NS       (NS_PER_S / 4)
#define LOOK_SHARE    50
#define LOOK_SAVED_NS (60 * NS_PER_S)

/* For all children to finish what is under way. */
#define GRACE_MS 5000

struct service {
    const struct service_config *config;
    struct source *source;
    struct supervisor *supervisor;
    struct feed *feed;
    int signals;
    struct snapshot snapshot, before; /* the newest sample; what the side was given before it */
    struct text encoded;
    size_t domains;
    bool ended;                /* a domain did, and is to be looked at, from look_ns on */
    uint64_t look_ns, paid_ns; /* paid_ns: until when looks have used up their share */
    uint64_t cost_ns;          /* of the last sample */
    uint64_t samples, status_ns;
    int failing; /* of the samples: the last error said; 0: all well */
    bool ready, stop;
    int exit_status;
};

static void watched_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void service_block_signals(void)
{
    sigset_t set;

    watched_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void stop_failed(struct service *s)
{
    s->stop = true;
    s->exit_status = EXIT_FAILED;
}

/* ---- samples ---- */

/* A failure once, and its end once: the journal is not to fill up. */
static void say_status(struct service *s, int status)
{
    if (status == s->failing)
        return;
    s->failing = status;
    if (!status) {
        say(SAY_NOTICE, "sampling works again");
        return;
    }
    const char *why = NULL;
    for (size_t i = 0; i < s->snapshot.report_count && !why; i++)
        if (s->snapshot.reports[i].error == status)
            why = snapshot_str(&s->snapshot, s->snapshot.reports[i].message);
    say(SAY_ERROR, "sampling failed: %s", why ? why : strerror(-status));
}

static void pass_aside(struct service *s)
{
    const struct service_side *side = s->config->side;
    struct snapshot older = s->before;

    side->sample(side->ctx, &s->before, &s->snapshot, &s->encoded);
    /* Without a copy: the older one's memory is for the next. */
    s->before = s->snapshot;
    s->snapshot = older;
}

static void take_sample(struct service *s, int status)
{
    say_status(s, status);
    s->samples++;
    s->domains = s->snapshot.domain_count;
    s->cost_ns = 0;
    for (size_t i = 0; i < s->snapshot.report_count; i++)
        if (s->snapshot.reports[i].elapsed_ns != UNKNOWN)
            s->cost_ns += s->snapshot.reports[i].elapsed_ns;
    supervisor_report(s->supervisor, &s->snapshot);
    if (s->config->side && s->config->side->report)
        s->config->side->report(s->config->side->ctx, &s->snapshot);
    text_clear(&s->encoded);
    status = wire_encode(&s->encoded, &s->snapshot);
    if (status) {
        say(SAY_ERROR, "a sample of %zu domains is too large to pass on", s->snapshot.domain_count);
        return;
    }
    struct frame *f = frame_new(s->encoded.data, s->encoded.len);
    supervisor_feed(s->supervisor, f);
    frame_drop(f);
    if (s->config->side)
        pass_aside(s);
}

static void take_samples(struct service *s)
{
    int status;

    while (feed_take(s->feed, &s->snapshot, &status))
        take_sample(s, status);
    if (feed_done(s->feed))
        s->stop = true;
}

/* ---- ends ---- */

/* For who tells what happened, a store's journal. */
static int ends_fd(const struct service *s)
{
    return s->config->side && s->source->ends_fd ? s->source->ends_fd(s->source) : -1;
}

static void look_at_ends(struct service *s, bool readable)
{
    uint64_t now = clock_mono_ns();

    if (readable)
        s->ended |= s->source->ends_heard(s->source);
    if (!s->ended || now < s->look_ns)
        return;
    s->ended = false;
    s->paid_ns = MAX(s->paid_ns, now - MIN(now, LOOK_SAVED_NS)) + LOOK_SHARE * s->cost_ns;
    s->look_ns = MAX(now + LOOK_NS, s->paid_ns);
    feed_now(s->feed);
}

/* ---- signals and the manager ---- */

static void reload(struct service *s)
{
    double delay_s = feed_delay(s->feed);

    if (!s->config->reload)
        return;
    notify("RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_mono_ns() / 1000);
    if (s->config->reload(s->config->ctx, &delay_s)) {
        notify("READY=1");
        return;
    }
    feed_set_delay(s->feed, delay_s);
    supervisor_reload(s->supervisor);
    say(SAY_NOTICE, "the configuration was read again");
    notify("READY=1");
}

static void take_signal(struct service *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            reload(s);
            continue;
        }
        s->stop = true;
        notify("STOPPING=1");
    }
}

/* Ready is when all children are and the first sample has been taken. */
static void look_ready(struct service *s, uint64_t started)
{
    int ready = supervisor_ready(s->supervisor);

    if (s->ready)
        return;
    if (ready < 0 || (!ready && clock_mono_ns() - started > START_NS)) {
        if (ready == 0)
            say(SAY_ERROR, "the service's processes did not start in time");
        stop_failed(s);
        return;
    }
    if (!ready || !s->samples)
        return;
    s->ready = true;
    notify("READY=1");
    say(SAY_INFO, "serving %s", s->source->name);
}

/* Alive is a sampler that samples: one that hangs is not fed to the watchdog. */
static void tell_manager(struct service *s, uint64_t now)
{
    uint64_t every = notify_watchdog_ns(), since = feed_sampling_since(s->feed);

    if (now < s->status_ns)
        return;
    s->status_ns = now + (every ? MIN(every, 10 * NS_PER_S) : 10 * NS_PER_S);
    if (every && !(since && now > since && now - since > 2 * every))
        notify("WATCHDOG=1");
    if (s->ready)
        notify("STATUS=%" PRIu64 " samples, %zu domains%s", s->samples, s->domains,
               s->failing ? "; sampling fails" : "");
}

static void loop(struct service *s)
{
    uint64_t started = clock_mono_ns();

    while (!s->stop) {
        struct pollfd fds[SUPERVISOR_FDS + SIDE_FDS + 3];
        uint64_t until, side_until = UINT64_MAX, now = clock_mono_ns();
        size_t n = supervisor_poll(s->supervisor, fds, &until);
        const struct service_side *side = s->config->side;

        if (side)
            n += side->poll(side->ctx, fds + n, &side_until);

        fds[n] = (struct pollfd){.fd = feed_fd(s->feed), .events = POLLIN};
        fds[n + 1] = (struct pollfd){.fd = s->signals, .events = POLLIN};
        fds[n + 2] = (struct pollfd){.fd = ends_fd(s), .events = POLLIN};
        until = MIN(MIN(until, side_until), s->status_ns);
        if (s->ended)
            until = MIN(until, s->look_ns);
        uint64_t wait = until > now ? (until - now) / 1000000 + 1 : 0;
        if (!s->ready)
            wait = MIN(wait, 100);
        int ready = poll(fds, (nfds_t)n + 3, (int)MIN(wait, 3600000));
        if (ready < 0 && errno != EINTR) {
            stop_failed(s);
            break;
        }
        look_at_ends(s, ready > 0 && fds[n + 2].revents);
        take_signal(s);
        if (supervisor_work(s->supervisor)) {
            say(SAY_ERROR, "the parent of the service's processes is gone; the service ends to be "
                           "started again");
            stop_failed(s);
            break;
        }
        if (side)
            side->work(side->ctx);
        take_samples(s);
        if (side)
            side->work(side->ctx);
        look_ready(s, started);
        tell_manager(s, clock_mono_ns());
    }
}

int service_run(struct source *source, struct supervisor *v, const struct service_config *c)
{
    struct service s = {.config = c, .source = source, .supervisor = v};
    sigset_t set;

    watched_signals(&set);
    s.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    supervisor_begin(v);
    setpriority(PRIO_PROCESS, 0, SAMPLER_NICE); /* and of the thread it starts; root alone may */
    s.feed = feed_start(source, c->delay_s, c->iterations);
    if (s.feed && c->aligned)
        feed_align(s.feed);
    if (s.feed && s.signals >= 0) {
        loop(&s);
    } else {
        say(SAY_ERROR, "starting to sample: %s", strerror(errno));
        s.exit_status = EXIT_FAILED;
    }
    if (s.feed)
        feed_stop(s.feed);
    supervisor_stop(v, GRACE_MS);
    if (s.signals >= 0)
        close(s.signals);
    text_release(&s.encoded);
    snapshot_release(&s.snapshot);
    snapshot_release(&s.before);
    return s.exit_status;
}
