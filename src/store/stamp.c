/* stamp: see stamp.h. */
#include "stamp.h"

#include "../base.h"

/* Adjustments of a running clock and late samples stay below this. */
#define SLACK_NS ((int64_t)NS_PER_S)

void stamp_init(struct stamp *s, uint64_t step_s, const struct runs *past)
{
    *s = (struct stamp){.step_s = step_s, .past = *past};
}

uint64_t stamp_gap_s(uint64_t step_s)
{
    return MAX(STAMP_TRUST_NS / NS_PER_S, 2 * step_s);
}

int64_t stamp_moved(const struct stamp *s, uint64_t wall_ns, uint64_t mono_ns)
{
    int64_t by = s->started ? (int64_t)(wall_ns - mono_ns) - s->offset_ns : 0;

    return by > SLACK_NS || by < -SLACK_NS ? by : 0;
}

static int64_t trust_ns(const struct stamp *s)
{
    return (int64_t)(stamp_gap_s(s->step_s) * NS_PER_S);
}

static bool near(int64_t a, int64_t b)
{
    return a - b <= SLACK_NS && b - a <= SLACK_NS;
}

/* How many samples have to agree with a time before the last run, to win against it. */
static uint64_t outvotes(const struct stamp *s, uint64_t now_s)
{
    uint64_t most = STAMP_DAY_S / s->step_s;
    uint64_t run = (s->past.last_s - s->past.since_s) / s->step_s + 1;

    return MAX(STAMP_PROOF, now_s > s->past.before_s ? MIN(run, most) : most) + 1;
}

static enum stamp_verdict judge_behind(struct stamp *s, uint64_t now_s)
{
    if (now_s >= s->past.since_s) {
        s->behind = 0;
        return STAMP_PASS;
    }
    if (!s->behind || !near(s->offset_ns, s->behind_ns))
        s->behind = 0;
    s->behind_ns = s->offset_ns;
    if (++s->behind < outvotes(s, now_s))
        return STAMP_HOLD;
    uint64_t left_s = now_s > s->past.before_s ? s->past.before_s : 0;
    s->past = (struct runs){.last_s = left_s, .since_s = left_s};
    return STAMP_RECORD;
}

enum stamp_verdict stamp_judge(struct stamp *s, uint64_t wall_ns, uint64_t mono_ns)
{
    int64_t offset = (int64_t)(wall_ns - mono_ns);
    uint64_t now_s = wall_ns / NS_PER_S / s->step_s * s->step_s;
    bool leap = s->started ? offset - s->offset_ns > trust_ns(s)
                           : s->past.last_s && now_s > s->past.last_s + STAMP_DAY_S;

    if (!leap) {
        /* With samples held this is the old time again, and theirs too. */
        s->started = true;
        s->offset_ns = offset;
        s->held = 0;
        if (now_s <= s->past.last_s)
            return judge_behind(s, now_s);
        s->behind = 0;
        return STAMP_RECORD;
    }
    /* Those held behind get the new time with the others. */
    if (!s->held || !near(offset, s->held_ns))
        s->held = 0;
    s->held_ns = offset;
    if (!s->started)
        s->offset_ns = offset; /* for want of an older one */
    if (++s->held < STAMP_PROOF)
        return STAMP_HOLD;
    s->started = true;
    s->offset_ns = offset;
    s->held = 0;
    s->behind = 0;
    return STAMP_RECORD;
}

uint64_t stamp_take(struct stamp *s, uint64_t mono_ns)
{
    uint64_t wall_s = (mono_ns + (uint64_t)s->offset_ns) / NS_PER_S;
    uint64_t time_s = wall_s / s->step_s * s->step_s;

    if (time_s <= s->past.last_s)
        return 0;
    runs_add(&s->past, time_s, stamp_gap_s(s->step_s));
    return time_s;
}
