/* stamp: see stamp.h. */
#include "stamp.h"

#include "../base.h"

/* Adjustments of a running clock and late samples stay below this. */
#define SLACK_NS ((int64_t)NS_PER_S)

/* A start later than the last sample by no more than this, or so many steps, is nothing to prove.
 */
#define HOUR_S     3600
#define HOUR_STEPS 60

void stamp_init(struct stamp *s, uint64_t step_s, const struct runs *past)
{
    *s = (struct stamp){.step_s = step_s, .past = *past};
}

void stamp_resume(struct stamp *s, int64_t offset_ns)
{
    s->started = true;
    s->offset_ns = offset_ns;
}

bool stamp_believes(const struct stamp *s, int64_t *offset_ns)
{
    *offset_ns = s->offset_ns;
    return s->started;
}

bool stamp_settles(const struct stamp *s)
{
    return s->started && !s->behind;
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

/* How many samples have to agree with a time so much later. */
static uint64_t proof(const struct stamp *s, uint64_t by_s, bool sure)
{
    return MAX(STAMP_PROOF, sure ? 0 : MIN(by_s / 10, STAMP_LONG_S) / s->step_s);
}

/* And with a time before the last run, to win against it. */
static uint64_t outvotes(const struct stamp *s, uint64_t now_s, bool sure)
{
    uint64_t most = STAMP_DAY_S / s->step_s;
    uint64_t run = sure ? 0 : (s->past.last_s - s->past.since_s) / s->step_s + 1;

    return MAX(STAMP_PROOF, now_s > s->past.before_s ? MIN(run, most) : most) + 1;
}

static enum stamp_verdict believe(struct stamp *s, int64_t offset)
{
    s->started = true;
    s->offset_ns = offset;
    s->held = 0;
    s->behind = false;
    return STAMP_RECORD;
}

static void hold(struct stamp *s, int64_t offset, bool behind)
{
    if (!near(offset, s->held_ns))
        s->held = 0;
    s->held_ns = offset;
    s->held++;
    s->behind = behind;
}

static enum stamp_verdict judge_behind(struct stamp *s, uint64_t now_s, int64_t offset, bool sure)
{
    hold(s, offset, true);
    if (now_s >= s->past.since_s)
        return STAMP_WAIT;
    if (s->held < outvotes(s, now_s, sure))
        return STAMP_HOLD;
    uint64_t left_s = now_s > s->past.before_s ? s->past.before_s : 0;
    s->past = (struct runs){.last_s = left_s, .since_s = left_s};
    return believe(s, offset);
}

/* By how much it is later than it can be; 0: not at all. */
static uint64_t leap_s(const struct stamp *s, uint64_t now_s, int64_t offset)
{
    int64_t by_ns = offset - s->offset_ns;

    if (s->started)
        return by_ns > trust_ns(s) ? (uint64_t)by_ns / NS_PER_S : 0;
    return s->past.last_s && now_s > s->past.last_s + MAX(HOUR_S, HOUR_STEPS * s->step_s)
               ? now_s - s->past.last_s
               : 0;
}

enum stamp_verdict stamp_judge(struct stamp *s, uint64_t wall_ns, uint64_t mono_ns, bool sure)
{
    int64_t offset = (int64_t)(wall_ns - mono_ns);
    uint64_t now_s = wall_ns / NS_PER_S / s->step_s * s->step_s;
    uint64_t leap = leap_s(s, now_s, offset);

    if (leap) {
        hold(s, offset, false);
        return s->held < proof(s, leap, sure) ? STAMP_HOLD : believe(s, offset);
    }
    if (now_s <= s->past.last_s)
        return judge_behind(s, now_s, offset, sure);
    /* With samples held this is the old time again, and theirs too. */
    return believe(s, offset);
}

uint64_t stamp_take(struct stamp *s, uint64_t mono_ns)
{
    uint64_t wall_s = (mono_ns + (uint64_t)s->offset_ns) / NS_PER_S;
    uint64_t time_s = wall_s / s->step_s * s->step_s;

    if (!stamp_settles(s) || time_s <= s->past.last_s)
        return 0;
    runs_add(&s->past, time_s, stamp_gap_s(s->step_s));
    return time_s;
}
