/* recording_past: see recording_past.h. */
#include "recording_past.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "digest.h"
#include "format.h"

/* Memory for graphs, and how long one call goes on reading for them. */
#define DIGEST_BYTES ((size_t)96 << 20)
#define SCAN_NS      (NS_PER_S / 25)

#define EVENTS_MOST 16384

/* More than so many usual intervals, and a second, without a sample is a gap. */
#define GAP_FACTOR 3

/* One sample of the file. */
struct at {
    size_t group, sample;
};

/* What going through the file has found so far. */
struct scan {
    struct at next;
    struct snapshot samples[2];
    int cur;        /* which of the two was read last; the other comes before it */
    uint64_t given; /* samples read */
    struct rates rates;
    struct events compared;
    struct digest *digest;
    struct event *events;
    size_t event_count, event_cap;
};

struct recording_past {
    struct past past;
    char *path;
    struct recording *recording;
    uint64_t usual_ns; /* between two samples */
    struct scan scan;
};

/* ---- places ---- */

static bool step_at(struct recording *r, struct at *at, bool back)
{
    if (!back && at->sample + 1 < recording_samples(r, at->group)) {
        at->sample++;
        return true;
    }
    if (back && at->sample) {
        at->sample--;
        return true;
    }
    /* To the next group that has any. */
    for (size_t g = at->group; back ? g-- > 0 : ++g < recording_groups(r);) {
        size_t count = recording_samples(r, g);
        if (!count)
            continue;
        *at = (struct at){g, back ? count - 1 : 0};
        return true;
    }
    return false;
}

static uint64_t wall_at(struct recording *r, struct at at)
{
    return recording_wall_ns(r, at.group, at.sample);
}

static bool first_at(struct recording *r, struct at *at)
{
    for (*at = (struct at){0, 0}; at->group < recording_groups(r); at->group++)
        if (recording_samples(r, at->group))
            return true;
    return false;
}

/* The last sample at or before a time; the first where there is none. */
static bool find_at(struct recording *r, uint64_t wall_ns, struct at *at)
{
    size_t g = recording_groups(r);

    while (g && recording_group_wall_ns(r, g - 1) > wall_ns)
        g--;
    for (; g; g--) {
        size_t n = recording_samples(r, g - 1);
        while (n && recording_wall_ns(r, g - 1, n - 1) > wall_ns)
            n--;
        if (n) {
            *at = (struct at){g - 1, n - 1};
            return true;
        }
    }
    return first_at(r, at);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The usual time between two samples, by the median of a group's. */
static void learn_usual(struct recording_past *p, size_t group)
{
    uint64_t between[RECORDING_GROUP];
    size_t n = recording_samples(p->recording, group), count = 0;

    for (size_t i = 1; i < n; i++) {
        uint64_t a = recording_wall_ns(p->recording, group, i - 1);
        uint64_t b = recording_wall_ns(p->recording, group, i);
        if (b > a)
            between[count++] = b - a;
    }
    if (!count)
        return;
    qsort(between, count, sizeof(*between), by_size);
    if (count >= 3 || !p->usual_ns)
        p->usual_ns = between[count / 2];
}

static bool is_gap(const struct recording_past *p, uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns && to_ns - from_ns > GAP_FACTOR * p->usual_ns + NS_PER_S;
}

/* ---- going through ---- */

static void add_event(struct scan *s, const struct event *ev)
{
    if (s->event_count == EVENTS_MOST) {
        s->event_count /= 2;
        memmove(s->events, s->events + EVENTS_MOST / 2, s->event_count * sizeof(*s->events));
    }
    array_reserve(&s->events, &s->event_cap, s->event_count + 1, sizeof(*s->events));
    s->events[s->event_count++] = *ev;
}

static void add_own(struct scan *s, enum event_kind kind, uint64_t wall_ns, const char *detail)
{
    struct event ev = {.wall_ns = wall_ns, .kind = kind, .domid = UNKNOWN};

    snprintf(ev.name, sizeof(ev.name), "recorder");
    snprintf(ev.detail, sizeof(ev.detail), "%s", detail);
    add_event(s, &ev);
}

/* What happened up to the sample just read. */
static void take_sample(struct recording_past *p)
{
    struct scan *s = &p->scan;
    struct snapshot *cur = &s->samples[s->cur], *prev = &s->samples[!s->cur];
    char text[FORMAT_MAX];

    /* An earlier number: this is another run of the recorder. */
    bool again = s->given && cur->seq <= prev->seq;
    bool gap = s->given && is_gap(p, prev->wall_ns, cur->wall_ns);
    if (gap) {
        format_duration(text, cur->wall_ns - prev->wall_ns);
        add_own(s, EVENT_GAP, cur->wall_ns, text);
    }
    if (!s->given || again)
        add_own(s, EVENT_RECORDING_STARTED, cur->wall_ns, s->given ? "appended" : "");
    rates_compute(&s->rates, !s->given || gap ? NULL : prev, cur);
    digest_add(s->digest, cur, &s->rates,
               !s->given || gap ? cur->wall_ns - MIN(p->usual_ns, cur->wall_ns) : prev->wall_ns);
    size_t added = s->given ? events_compare(&s->compared, prev, cur) : 0;
    for (size_t i = added; i-- > 0;)
        add_event(s, events_get(&s->compared, i));
    s->given++;
}

/* Go on for a while. Whether all there is now has been read. */
static bool scan_on(struct recording_past *p)
{
    struct scan *s = &p->scan;
    struct recording *r = p->recording;
    uint64_t until = clock_mono_ns() + SCAN_NS;

    while (s->next.group < recording_groups(r)) {
        if (s->next.sample >= recording_samples(r, s->next.group)) {
            if (s->next.group + 1 == recording_groups(r))
                break; /* it may get more */
            s->next = (struct at){s->next.group + 1, 0};
            continue;
        }
        if (!s->next.sample)
            learn_usual(p, s->next.group);
        if (!recording_read(r, s->next.group, s->next.sample++, &s->samples[!s->cur])) {
            s->cur = !s->cur;
            take_sample(p);
        }
        if (clock_mono_ns() > until)
            return false;
    }
    return true;
}

static void scan_release(struct scan *s)
{
    snapshot_release(&s->samples[0]);
    snapshot_release(&s->samples[1]);
    rates_release(&s->rates);
    events_release(&s->compared);
    digest_free(s->digest);
    free(s->events);
}

static void scan_init(struct scan *s)
{
    *s = (struct scan){.digest = digest_new(DIGEST_BYTES)};
    events_init(&s->compared, 512);
}

/* ---- what past.h asks ---- */

static int refresh(struct recording_past *p)
{
    unsigned before = recording_begun_anew(p->recording);
    int status = recording_refresh(p->recording);

    if (recording_begun_anew(p->recording) != before) {
        scan_release(&p->scan);
        scan_init(&p->scan);
    }
    return status;
}

static int past_span(struct past *self, uint64_t *first_ns, uint64_t *last_ns)
{
    struct recording_past *p = (struct recording_past *)self;
    struct at at;
    int status = refresh(p);

    if (status)
        return status;
    if (!first_at(p->recording, &at))
        return -ENODATA;
    *first_ns = wall_at(p->recording, at);
    if (!find_at(p->recording, UINT64_MAX, &at))
        return -ENODATA;
    *last_ns = MAX(wall_at(p->recording, at), *first_ns);
    return 0;
}

/* The sample so long before cur that no gap lies between. False where there is none. */
static bool read_before(struct recording_past *p, struct at at, uint64_t resolution_ns,
                        struct snapshot *prev)
{
    uint64_t cur_ns = wall_at(p->recording, at), after_ns = cur_ns;
    struct at best = at, now = at;
    bool found = false;

    while (step_at(p->recording, &now, true)) {
        uint64_t wall = wall_at(p->recording, now);
        if (wall >= after_ns || is_gap(p, wall, after_ns))
            break;
        after_ns = wall;
        best = now;
        found = true;
        if (cur_ns - wall >= resolution_ns)
            break;
    }
    return found && !recording_read(p->recording, best.group, best.sample, prev);
}

static void describe(struct recording_past *p, uint64_t wall_ns, struct at at, bool early,
                     struct past_moment *found)
{
    struct at next = at;
    uint64_t wall = wall_at(p->recording, at);

    if (early) {
        found->gap = true;
        found->gap_to_ns = wall;
        return;
    }
    bool more = step_at(p->recording, &next, false);
    uint64_t to = more ? wall_at(p->recording, next) : 0;
    if (more ? is_gap(p, wall, to) && is_gap(p, wall, wall_ns) : is_gap(p, wall, wall_ns)) {
        found->gap = true;
        found->gap_from_ns = wall;
        found->gap_to_ns = to;
    }
}

static int past_moment(struct past *self, uint64_t wall_ns, uint64_t resolution_ns,
                       struct snapshot *prev, struct snapshot *cur, struct past_moment *found)
{
    struct recording_past *p = (struct recording_past *)self;
    struct at at;
    int status = refresh(p);

    *found = (struct past_moment){0};
    snapshot_reset(prev);
    snapshot_seal(prev);
    if (status)
        return status;
    if (!find_at(p->recording, wall_ns, &at))
        return -ENODATA;
    learn_usual(p, at.group);
    /* What is damaged gives way to what was before it, or after. */
    bool back = true;
    while ((status = recording_read(p->recording, at.group, at.sample, cur)))
        if (!step_at(p->recording, &at, back)) {
            if (!back)
                return status;
            back = false;
        }
    found->wall_ns = cur->wall_ns;
    found->resolution_ns = p->usual_ns;
    if (read_before(p, at, resolution_ns, prev))
        found->resolution_ns = cur->wall_ns - prev->wall_ns;
    else
        snapshot_reset(prev), snapshot_seal(prev);
    describe(p, wall_ns, at, cur->wall_ns > wall_ns, found);
    return 0;
}

static int past_step(struct past *self, uint64_t wall_ns, long by, uint64_t resolution_ns,
                     uint64_t *found_ns)
{
    struct recording_past *p = (struct recording_past *)self;
    struct at at;
    int status = refresh(p);

    if (status)
        return status;
    if (!find_at(p->recording, wall_ns, &at))
        return -ENODATA;
    if (wall_at(p->recording, at) > wall_ns && by > 0)
        by--; /* the first one is after it */
    uint64_t from = wall_at(p->recording, at);
    for (long left = by < 0 ? -by : by; left > 0; left--) {
        uint64_t start = wall_at(p->recording, at);
        do {
            if (!step_at(p->recording, &at, by < 0))
                left = 0;
            from = wall_at(p->recording, at);
        } while (left && (from > start ? from - start : start - from) < resolution_ns);
    }
    *found_ns = wall_at(p->recording, at);
    return 0;
}

static int past_graph(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                      uint64_t to_ns, size_t n, float *mean, float *peak)
{
    struct recording_past *p = (struct recording_past *)self;
    int status = refresh(p);
    bool all = !status && scan_on(p);

    digest_graph(p->scan.digest, subject, from_ns, to_ns, n, mean, peak);
    if (status)
        return status;
    return all || p->scan.samples[p->scan.cur].wall_ns >= to_ns ? 0 : -EAGAIN;
}

static int past_events(struct past *self, uint64_t from_ns, uint64_t to_ns, struct event *out,
                       size_t cap, size_t *count)
{
    struct recording_past *p = (struct recording_past *)self;
    struct scan *s = &p->scan;
    int status = refresh(p);
    bool all = !status && scan_on(p);
    size_t first = s->event_count, n = 0;

    while (first && n < cap) { /* from the newest on */
        const struct event *ev = &s->events[first - 1];
        n += ev->wall_ns >= from_ns && ev->wall_ns <= to_ns;
        first--;
    }
    *count = n;
    for (n = 0; first < s->event_count; first++)
        if (s->events[first].wall_ns >= from_ns && s->events[first].wall_ns <= to_ns)
            out[n++] = s->events[first];
    if (status)
        return status;
    return all || s->samples[s->cur].wall_ns > to_ns ? 0 : -EAGAIN;
}

static void past_close(struct past *self)
{
    struct recording_past *p = (struct recording_past *)self;

    scan_release(&p->scan);
    recording_close(p->recording);
    free(p->path);
    free(p);
}

struct past *recording_past_open(const char *path, char message[RECORDING_MESSAGE])
{
    struct recording *recording = recording_open(path, message);
    const char *slash = strrchr(path, '/');
    struct snapshot s = {0};
    struct at at;

    if (!recording)
        return NULL;
    struct recording_past *p = xcalloc(1, sizeof(*p));
    p->recording = recording;
    p->path = xstrdup(slash && slash[1] ? slash + 1 : path);
    scan_init(&p->scan);
    bool known = first_at(recording, &at) && !recording_read(recording, at.group, at.sample, &s);
    p->past = (struct past){
        .name = p->path,
        .simulated = known && s.simulated,
        .span = past_span,
        .moment = past_moment,
        .step = past_step,
        .graph = past_graph,
        .events = past_events,
        .close = past_close,
    };
    if (known)
        learn_usual(p, at.group);
    snapshot_release(&s);
    return &p->past;
}
