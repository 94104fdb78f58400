/* replay: see replay.h. */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>

#include "base.h"

/* Nobody waits longer for what comes after a gap. */
#define WAIT_MAX_NS (10 * NS_PER_S)

struct replay {
    struct source source;
    struct recording *recording;
    double speed;
    size_t group, at; /* the next sample */
    uint64_t given;   /* samples */
    uint64_t wall_ns; /* of the one given last */
    uint64_t step_ns; /* between the last two */
};

/* Whether there is a next sample; looks at the file again at its end. */
static bool advance(struct replay *r)
{
    for (int tries = 0; tries < 2; tries++) {
        for (; r->group < recording_groups(r->recording); r->group++, r->at = 0) {
            if (r->at < recording_samples(r->recording, r->group))
                return true;
            if (r->group + 1 == recording_groups(r->recording))
                break; /* it may get more */
        }
        recording_refresh(r->recording);
    }
    return false;
}

static int replay_sample(struct source *self, struct snapshot *s, unsigned want)
{
    struct replay *r = (struct replay *)self;

    (void)want;
    while (advance(r)) {
        if (recording_read(r->recording, r->group, r->at++, s))
            continue;
        r->step_ns = r->given && s->wall_ns > r->wall_ns ? s->wall_ns - r->wall_ns : 0;
        r->wall_ns = s->wall_ns;
        s->seq = ++r->given;
        return 0;
    }
    snapshot_reset(s);
    snapshot_seal(s);
    return -ENODATA;
}

static uint64_t replay_pace(struct source *self)
{
    struct replay *r = (struct replay *)self;

    if (!advance(r) || r->speed <= 0)
        return 0;
    uint64_t next = recording_wall_ns(r->recording, r->group, r->at);
    if (next <= r->wall_ns)
        return 0;
    uint64_t wait = MIN(next - r->wall_ns, MAX(WAIT_MAX_NS, 4 * r->step_ns));
    return (uint64_t)((double)wait / r->speed);
}

static void replay_close(struct source *self)
{
    struct replay *r = (struct replay *)self;

    recording_close(r->recording);
    free(r);
}

/* Whether it was of a demo, by the first sample that can be read. */
static bool simulated(struct recording *recording)
{
    struct snapshot s = {0};
    bool is = false;

    for (size_t g = 0; g < recording_groups(recording); g++)
        if (!recording_read(recording, g, 0, &s)) {
            is = s.simulated;
            break;
        }
    snapshot_release(&s);
    return is;
}

struct source *replay_open(const char *path, double speed, char message[REPLAY_MESSAGE])
{
    struct recording *recording = recording_open(path, message);

    if (!recording)
        return NULL;
    struct replay *r = xcalloc(1, sizeof(*r));
    *r = (struct replay){
        .source =
            {
                .name = path,
                .simulated = simulated(recording),
                .sample = replay_sample,
                .pace = replay_pace,
                .close = replay_close,
            },
        .recording = recording,
        .speed = speed,
    };
    return &r->source;
}
