/*
 * serve_recording: see serve_recording.h. The child and its socket are serve_link.c's, and what
 * waits for its time is serve_times.c's.
 */
#include "serve_recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timex.h>

#include "../base.h"
#include "../format.h"
#include "../log.h"
#include "../store/held_files.h"
#include "../store/store.h"
#include "serve_recording_private.h"

/* What may wait: an hour, in memory that a dom0 can spare. */
#define QUEUE_S     3600
#define QUEUE_COUNT 360          /* at least */
#define QUEUE_BYTES (128u << 20) /* 1000 domains for as long as a clock takes to be proven */

_Static_assert(QUEUE_BYTES < HELD_FILE_BYTES, "there is a copy of all that may wait");

/* Times of samples that are no further from this machine's are of its clocks. */
#define OWN_NS (60 * NS_PER_S)

/* Two clocks read one after the other are no further apart than that. */
#define SHAKE_NS ((int64_t)NS_PER_S / 10)

#define DRAIN_NS (20 * NS_PER_S) /* for handing over what is left, at the end */

#define RECORDER "recorder" /* its name in reports */

void recording_tell(struct recording_side *s, enum event_kind kind, const char *detail)
{
    struct serve_item *item = serve_queue_add(&s->link.queue, SERVE_EVENT);

    item->head.event = kind;
    item->head.wall_ns = clock_wall_ns();
    text_adds(&item->bytes, detail);
    serve_queue_added(&s->link.queue, item, s->link.busy);
}

static void give_reason(struct recording_side *s, const char *reason)
{
    struct serve_item *item = serve_queue_add(&s->link.queue, SERVE_REASON);

    text_adds(&item->bytes, reason);
    serve_queue_added(&s->link.queue, item, s->link.busy);
}

/* ---- a sample ---- */

/* What is done about it. */
static const char *consequence(enum stamp_verdict verdict, bool behind)
{
    switch (verdict) {
    case STAMP_WAIT: return ": recording goes on when it has passed that time again";
    case STAMP_HOLD:
        return behind ? ": samples wait until it is known which time is right"
                      : ": samples wait until it is proven";
    case STAMP_RECORD: break;
    }
    return "";
}

void recording_clock_changed(struct recording_side *s, enum stamp_verdict verdict, int64_t moved)
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
             by, consequence(verdict, moved < 0));
    say(SAY_WARNING, "%s", text);
    /* Going back leaves no gap in time to give it as the reason of. */
    if (moved < 0)
        recording_tell(s, EVENT_GAP, text);
    else
        give_reason(s, text);
}

/* The first sample's verdict: the clock may be behind what was recorded before, or far from it. */
static void begin(struct recording_side *s, enum stamp_verdict verdict, uint64_t wall_ns)
{
    bool behind = wall_ns / NS_PER_S <= s->last_s;
    char last[FORMAT_MAX];

    s->begun = true;
    if (verdict == STAMP_RECORD)
        return;
    format_rfc3339(last, s->last_s * NS_PER_S);
    say(SAY_WARNING, "the clock is %s the last sample recorded, of %s%s",
        behind ? "behind" : "far from", last, consequence(verdict, behind));
}

/* ---- the clocks ---- */

/* A source may be of another time: a recording, a simulation, a host whose clock is off. */
static bool is_near(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns + OWN_NS && b_ns < a_ns + OWN_NS;
}

/* How long this machine was suspended: not taken anew for less than how the two clocks shake, of
 * which events' times would. */
static void look_suspended(struct recording_side *s)
{
    int64_t by_ns = s->own ? (int64_t)(clock_boot_ns() - clock_mono_ns()) : 0;
    int64_t more_ns = by_ns - (int64_t)s->suspended_ns;

    if (more_ns > SHAKE_NS || more_ns < -SHAKE_NS)
        s->suspended_ns = (uint64_t)by_ns;
}

/* Monotonic, with that. */
static uint64_t lasting_ns(const struct recording_side *s, const struct snapshot *sample)
{
    return sample->mono_ns + s->suspended_ns;
}

static int64_t offset_of(const struct recording_side *s, const struct snapshot *sample)
{
    return (int64_t)(sample->wall_ns - lasting_ns(s, sample));
}

/* The kernel knows from who keeps its clock; setting it by hand ends that. */
static bool is_sure(const struct recording_side *s)
{
    struct timex t = {0};

    return s->own && adjtimex(&t) >= 0 && !(t.status & STA_UNSYNC);
}

/* An item's bytes are there, and are of this sample. */
static void hold(struct recording_side *s, struct serve_item *item, const struct snapshot *sample)
{
    item->mono_ns = lasting_ns(s, sample);
    item->wall_ns = sample->wall_ns;
    item->held = true;
    serve_queue_added(&s->link.queue, item, s->link.busy);
}

static void hand_over(struct recording_side *s, const struct snapshot *sample,
                      const struct text *encoded)
{
    uint64_t lasting = lasting_ns(s, sample);
    int64_t moved = stamp_moved(&s->stamp, sample->wall_ns, lasting);
    bool sure = is_sure(s);
    enum stamp_verdict verdict = times_judge(s, sample->wall_ns, lasting, sure);
    struct serve_queue *q = &s->link.queue;

    recording_clock_changed(s, verdict, moved);
    if (!s->begun)
        begin(s, verdict, sample->wall_ns);
    struct serve_item *item = serve_queue_add(q, SERVE_SAMPLE);
    text_add(&item->bytes, encoded->data, encoded->len);
    item->sure = sure;
    hold(s, item, sample);
    if (verdict == STAMP_RECORD)
        times_decide(s, true);
    if (q->dropped) {
        s->link.failures += q->dropped;
        q->dropped = 0;
    }
}

/* ---- what happened ---- */

/* Once, of the first sample that has domains: what happened while nothing was recording is told by
 * the store. */
static void tell_begin(struct recording_side *s, const struct snapshot *sample,
                       const struct text *encoded)
{
    struct serve_item *item;

    if (s->told_begin || !(sample->have & PART(ENTITY_DOMAIN)))
        return;
    s->told_begin = true;
    item = serve_queue_add(&s->link.queue, SERVE_BEGIN);
    text_add(&item->bytes, encoded->data, encoded->len);
    hold(s, item, sample);
}

/* Of the recorder's own troubles serve_link.c tells more. */
static bool is_own(const struct event *e)
{
    return (e->kind == EVENT_COLLECTOR_FAILED || e->kind == EVENT_COLLECTOR_RECOVERED) &&
           !strcmp(e->name, RECORDER);
}

static void tell_happened(struct recording_side *s, const struct snapshot *before,
                          const struct snapshot *sample)
{
    size_t added = events_compare(&s->events, before, sample);
    struct serve_item *item = NULL;

    for (size_t age = MIN(added, events_count(&s->events)); age-- > 0;) {
        struct event e = *events_get(&s->events, age);
        if (is_own(&e))
            continue;
        if (!item)
            item = serve_queue_happened(&s->link.queue, true, s->link.busy);
        e.wall_ns = lasting_ns(s, sample);
        text_add(&item->bytes, &e, sizeof(e));
    }
    if (item)
        hold(s, item, sample);
}

/* Whether the clock goes on as it was believed to by the last sample that was judged. */
static bool on_time(const struct recording_side *s, const struct snapshot *sample)
{
    int64_t by = offset_of(s, sample) - s->offset_ns;

    return s->timed && by < (int64_t)NS_PER_S && by > -(int64_t)NS_PER_S;
}

/* Recorded is one of each step: the first that is taken in it, at its beginning. The step in which
 * recording starts is left out: its sample is not of its beginning. */
void recording_side_sample(void *side, const struct snapshot *before, const struct snapshot *sample,
                           const struct text *encoded)
{
    struct recording_side *s = side;
    uint64_t step_ns = s->config.settings.step_s * NS_PER_S, slot = sample->wall_ns / step_ns;

    if (!before->seq) {
        s->own = is_near(sample->wall_ns, clock_wall_ns());
        s->ticks = s->own && is_near(sample->mono_ns, clock_mono_ns());
    }
    look_suspended(s);
    if (!before->seq) {
        s->offset_ns = offset_of(s, sample);
        times_take_up(s, sample->wall_ns);
    }
    tell_begin(s, sample, encoded);
    tell_happened(s, before, sample);
    if (slot != s->slot) {
        s->slot = slot;
        hand_over(s, sample, encoded);
        /* By this clock: a simulated host has one of its own. */
        if (s->config.verbose)
            say(SAY_INFO, "sample %" PRIu64 " late %.3f ms, read included; %zu waiting",
                sample->seq, (double)(clock_wall_ns() % step_ns) / 1e6, s->link.queue.samples);
    }
    if (on_time(s, sample))
        times_decide(s, false);
    times_mark(s);
    serve_link_held(&s->link);
}

/* ---- its life ---- */

/* Things in the queue have numbers that those of no other start have, which may lie on the disk. */
static uint64_t first_number(void)
{
    uint32_t random;

    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random = (uint32_t)clock_boot_ns();
    return ((uint64_t)random << 32) + 1;
}

static struct runs recorded(const struct recording_config *config)
{
    char path[LAYOUT_PATH];
    struct runs runs;

    layout_rrd(path, ENTITY_HOST, NULL, 0);
    runs_read(&runs, config->dir, path, stamp_gap_s(config->settings.step_s));
    return runs;
}

struct recording_side *recording_side_new(const struct recording_config *config)
{
    struct recording_side *s = xcalloc(1, sizeof(*s));
    struct runs runs = recorded(config);

    s->config = *config;
    s->last_s = runs.last_s;
    s->slot = clock_wall_ns() / (config->settings.step_s * NS_PER_S);
    stamp_init(&s->stamp, config->settings.step_s, &runs);
    events_init(&s->events, EVENTS_OF_SAMPLE);
    s->events.final = true;
    serve_link_init(&s->link, config->child_argv, config->lock, config->dir,
                    MAX(QUEUE_COUNT, QUEUE_S / config->settings.step_s), QUEUE_BYTES);
    s->link.queue.numbered = first_number();
    serve_held_mark(&s->link.keeping.like);
    serve_held_read(&s->found, config->dir);
    serve_link_work(&s->link);
    return s;
}

void recording_side_begin(struct recording_side *s, const char *source_name)
{
    char text[EVENT_DETAIL], step[24];

    duration_format(step, sizeof(step), s->config.settings.step_s);
    snprintf(text, sizeof(text), "%.40s every %s", source_name, step);
    recording_tell(s, EVENT_RECORDING_STARTED, text);
}

size_t recording_side_poll(void *side, struct pollfd *fds, uint64_t *until_ns)
{
    struct recording_side *s = side;
    int timeout = serve_link_timeout(&s->link);

    fds[0] = (struct pollfd){.fd = s->link.fd, .events = serve_link_wants(&s->link)};
    *until_ns = timeout < 0 ? UINT64_MAX : clock_mono_ns() + (uint64_t)timeout * 1000000;
    return 1;
}

void recording_side_work(void *side)
{
    struct recording_side *s = side;

    serve_link_work(&s->link);
}

void recording_side_report(void *side, struct snapshot *s)
{
    const struct recording_side *r = side;
    struct report *report = snapshot_add_report(s, RECORDER);
    char text[96];

    report->restarts = r->link.restarts;
    report->updates = r->link.updates;
    report->failures = r->link.failures;
    bool runs = r->link.fd >= 0 && r->link.ready;
    report->error = runs ? 0 : -ECHILD;
    snprintf(text, sizeof(text), "process %s, restarted %llu times, %zu samples wait",
             runs ? "running" : "not ready", (unsigned long long)r->link.restarts,
             r->link.queue.samples);
    report->message = snapshot_add_cstr(s, text);
}

void recording_side_end(struct recording_side *s)
{
    uint64_t until_ns = clock_mono_ns() + DRAIN_NS;
    struct serve_queue *q = &s->link.queue;
    struct serve_item *last;

    times_end(s, until_ns - DRAIN_NS / 2);
    last = serve_queue_add(q, SERVE_STOP);
    last->head.wall_ns = clock_wall_ns();
    text_adds(&last->bytes, "asked to");
    serve_queue_added(q, last, s->link.busy);
    while (q->count && clock_mono_ns() < until_ns)
        serve_link_wait(&s->link);
    serve_link_end(&s->link);
    serve_held_release(&s->found);
    events_release(&s->events);
    free(s);
}
