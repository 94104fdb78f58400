/*
 * serve_times: which time each sample gets, and when: what waits for it in the queue, what waited
 * when the sampler before was killed or ended, and what waits when this one ends. See
 * serve_recording_private.h.
 */
#include <inttypes.h>
#include <stdio.h>

#include "../log.h"
#include "serve_recording_private.h"

enum stamp_verdict times_judge(struct recording_side *s, uint64_t wall_ns, uint64_t lasting_ns,
                               bool sure)
{
    enum stamp_verdict verdict = stamp_judge(&s->stamp, wall_ns, lasting_ns, sure);

    s->timed = verdict != STAMP_HOLD;
    if (s->timed)
        s->offset_ns = (int64_t)(wall_ns - lasting_ns);
    return verdict;
}

/* ---- decided ---- */

/* An item's times are monotonic until now. */
static void set_wall(const struct recording_side *s, struct serve_item *item)
{
    struct event *events = (struct event *)(void *)item->bytes.data;

    item->held = false;
    if (item->head.kind == SERVE_HAPPENED)
        for (size_t i = 0; i < item->bytes.len / sizeof(*events); i++)
            events[i].wall_ns += (uint64_t)s->offset_ns;
    else
        item->head.wall_ns = item->mono_ns + (uint64_t)s->offset_ns;
}

/* What the journal is told of, and no time of a sample has to do with. */
static bool is_told(const struct serve_item *item)
{
    return item->head.kind == SERVE_HAPPENED || item->head.kind == SERVE_BEGIN ||
           item->head.kind == SERVE_EVENT;
}

/* When all that is before it in the queue is recorded, the copies of it go. */
static void forget_copies(struct recording_side *s)
{
    if (!s->link.keeping.any || s->link.keeping.handing)
        return;
    s->link.keeping.handing = true;
    serve_queue_add(&s->link.queue, SERVE_FORGET);
}

size_t times_decide(struct recording_side *s, bool samples)
{
    struct serve_queue *q = &s->link.queue;
    size_t given_up = 0, waiting = SIZE_MAX; /* the first that waits */

    for (size_t n = 0; n < q->count;) {
        struct serve_item *item = serve_queue_at(q, n);
        if (item->held && item->head.kind != SERVE_SAMPLE) {
            set_wall(s, item);
        } else if (item->held && samples) {
            item->held = false;
            item->head.time_s = stamp_take(&s->stamp, item->mono_ns);
            if (!item->head.time_s) {
                serve_queue_drop(q, n);
                given_up++;
                continue;
            }
        }
        if (item->held)
            waiting = MIN(waiting, n);
        else if (n > waiting && is_told(item))
            serve_queue_forward(q, n, waiting++);
        n++;
    }
    if (samples)
        forget_copies(s);
    return given_up;
}

/* ---- from the sampler before ---- */

void times_mark(struct recording_side *s)
{
    struct held_head *like = &s->link.keeping.like;
    bool believes = stamp_believes(&s->stamp, &like->believed_ns);

    like->flags = (s->ticks ? HELD_OWN : 0u) | (believes ? HELD_BELIEVED : 0u);
}

/* As it was judged then: so that what agreed before the kill counts as it did. */
static enum stamp_verdict judge_again(struct recording_side *s, const struct held_head *head)
{
    int64_t moved = stamp_moved(&s->stamp, head->wall_ns, head->lasting_ns);
    bool sure = head->flags & HELD_SURE;
    enum stamp_verdict verdict = times_judge(s, head->wall_ns, head->lasting_ns, sure);

    if (moved > 0 && verdict == STAMP_HOLD) {
        recording_clock_changed(s, verdict, moved); /* a reason that its recorder has forgotten */
        s->begun = true;
    } else {
        s->moved_ns = moved; /* was told */
    }
    return verdict;
}

static void tell_taken_up(struct recording_side *s, size_t samples, size_t lost)
{
    char text[EVENT_DETAIL];

    if (samples)
        say(SAY_NOTICE, "%zu samples that waited for their time when recording ended are taken up",
            samples);
    if (!lost)
        return;
    snprintf(text, sizeof(text),
             "%zu samples were given up: the clock was ahead when they were taken", lost);
    say(SAY_WARNING, "%s", text);
    recording_tell(s, EVENT_GAP, text);
}

void times_take_up(struct recording_side *s, uint64_t wall_ns)
{
    const struct held_list *found = &s->found.list;
    const struct serve_now now = {s->link.keeping.like.boot, s->ticks, wall_ns, s->offset_ns,
                                  s->last_s};
    size_t samples = 0, lost = 0;

    s->link.keeping.any |= s->found.any;
    for (size_t i = 0; i < found->count; i++) {
        struct held_record r = found->records[i];
        bool sample = r.head.kind == HELD_SAMPLE;
        if (!serve_held_place(&r.head, &now)) {
            lost += sample;
            continue;
        }
        if (r.head.flags & HELD_BELIEVED && !stamp_believes(&s->stamp, &(int64_t){0}))
            stamp_resume(&s->stamp, r.head.believed_ns);
        int64_t moved = (int64_t)(r.head.lasting_ns - found->records[i].head.lasting_ns);
        enum stamp_verdict verdict = sample ? judge_again(s, &r.head) : STAMP_HOLD;
        serve_held_queue(&s->link.queue, &r, moved, s->link.busy);
        samples += sample;
        if (verdict == STAMP_RECORD) {
            s->begun =
                true; /* how this start's clock stands to the store is no question any more */
            times_decide(s, true);
        }
    }
    tell_taken_up(s, samples, lost);
    serve_held_release(&s->found);
}

/* ---- for the next one ---- */

static void give_up(struct recording_side *s, size_t count)
{
    char text[EVENT_DETAIL];

    if (!count)
        return;
    snprintf(text, sizeof(text), "%zu samples were given up: the clock was %s", count,
             s->stamp.behind ? "behind the last one recorded" : "not proven yet");
    say(SAY_WARNING, "%s", text);
    recording_tell(s, EVENT_GAP, text);
}

/* What is held and kept is left where it is. */
static void leave(struct recording_side *s)
{
    struct serve_queue *q = &s->link.queue;
    const struct serve_keeping *k = &s->link.keeping;
    uint64_t unsure = k->busy ? k->head.number : 0;
    char text[EVENT_DETAIL];
    size_t samples = 0;

    for (size_t n = 0; n < q->count;) {
        const struct serve_item *item = serve_queue_at(q, n);
        if (!item->held || !item->head.kept || item->head.number == unsure) {
            n++;
            continue;
        }
        samples += item->head.kind == SERVE_SAMPLE;
        s->link.keeping.any = false; /* nothing on the disk is to be forgotten */
        serve_queue_drop(q, n);
    }
    for (size_t n = s->link.busy; n < q->count && !s->link.keeping.any; n++)
        if (serve_queue_at(q, n)->head.kind == SERVE_FORGET)
            serve_queue_drop(q, n--);
    if (!samples)
        return;
    snprintf(text, sizeof(text), "%zu samples wait on the disk until the clock is proven", samples);
    say(SAY_NOTICE, "%s", text);
    recording_tell(s, EVENT_GAP, text);
}

void times_end(struct recording_side *s, uint64_t until_ns)
{
    if (!stamp_settles(&s->stamp)) {
        serve_link_held(&s->link);
        while (serve_link_keeps(&s->link) && clock_mono_ns() < until_ns)
            serve_link_wait(&s->link);
        leave(s);
    }
    give_up(s, times_decide(s, true));
}
