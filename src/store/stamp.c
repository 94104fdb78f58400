/* stamp: see stamp.h. */
#include "stamp.h"

#include "../base.h"

/* Adjustments of a running clock and late samples stay below this. */
#define SLACK_NS ((int64_t)NS_PER_S)

void stamp_init(struct stamp *s, uint64_t step_s, uint64_t last_s)
{
    *s = (struct stamp){.step_s = step_s, .last_s = last_s};
}

int64_t stamp_moved(const struct stamp *s, uint64_t wall_ns, uint64_t mono_ns)
{
    int64_t by = s->started ? (int64_t)(wall_ns - mono_ns) - s->offset_ns : 0;

    return by > SLACK_NS || by < -SLACK_NS ? by : 0;
}

static int64_t trust_ns(const struct stamp *s)
{
    return (int64_t)MAX(STAMP_TRUST_NS, 2 * s->step_s * NS_PER_S);
}

static bool near(int64_t a, int64_t b)
{
    return a - b <= SLACK_NS && b - a <= SLACK_NS;
}

enum stamp_verdict stamp_judge(struct stamp *s, uint64_t wall_ns, uint64_t mono_ns)
{
    int64_t offset = (int64_t)(wall_ns - mono_ns);

    if (!s->started || offset - s->offset_ns <= trust_ns(s)) {
        /* With samples held this is the old time again, and theirs too. */
        s->started = true;
        s->offset_ns = offset;
        s->held = 0;
        if (s->last_s > wall_ns / NS_PER_S + STAMP_AHEAD_S)
            s->last_s = 0;
        return wall_ns / NS_PER_S / s->step_s * s->step_s > s->last_s ? STAMP_RECORD : STAMP_PASS;
    }
    if (!s->held || !near(offset, s->held_ns))
        s->held = 0;
    s->held_ns = offset;
    if (++s->held < STAMP_PROOF)
        return STAMP_HOLD;
    s->offset_ns = offset;
    s->held = 0;
    return STAMP_RECORD;
}

uint64_t stamp_take(struct stamp *s, uint64_t mono_ns)
{
    uint64_t wall_s = (mono_ns + (uint64_t)s->offset_ns) / NS_PER_S;
    uint64_t time_s = wall_s / s->step_s * s->step_s;

    if (time_s <= s->last_s)
        return 0;
    s->last_s = time_s;
    return time_s;
}
