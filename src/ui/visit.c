/* visit: see visit.h. */
#include "visit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"

#define MINUTE_NS (60 * NS_PER_S)
#define HOUR_NS   (60 * MINUTE_NS)
#define DAY_NS    (24 * HOUR_NS)

static const uint64_t ranges[] = {
    MINUTE_NS,   5 * MINUTE_NS, 10 * MINUTE_NS, 30 * MINUTE_NS, HOUR_NS,    3 * HOUR_NS,
    6 * HOUR_NS, 12 * HOUR_NS,  DAY_NS,         3 * DAY_NS,     7 * DAY_NS, 14 * DAY_NS,
    30 * DAY_NS, 90 * DAY_NS,   365 * DAY_NS,   1825 * DAY_NS,
};
#define RANGES ARRAY_LEN(ranges)

/* What is chosen unless one asks: all there is, up to this. */
#define RANGE_FIRST 4

static const double speeds[] = {0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600};

/* Going somewhere is not worth a word before. */
#define PATIENCE_NS (NS_PER_S / 5)

#define TICK_MS 100

void look_length(char out[LOOK_LENGTH], uint64_t ns)
{
    static const struct {
        uint64_t ns;
        char letter;
    } units[] = {
        {365 * DAY_NS, 'y'}, {DAY_NS, 'd'}, {HOUR_NS, 'h'}, {MINUTE_NS, 'm'}, {NS_PER_S, 's'}};
    size_t u = 0;

    if (ns < NS_PER_S) {
        snprintf(out, LOOK_LENGTH, ns ? "%.2gs" : "0s", (double)ns / (double)NS_PER_S);
        return;
    }
    if (ns < 10 * NS_PER_S && ns % NS_PER_S >= NS_PER_S / 20 &&
        ns % NS_PER_S < NS_PER_S * 19 / 20) {
        snprintf(out, LOOK_LENGTH, "%.1fs", (double)ns / (double)NS_PER_S);
        return;
    }
    ns = (ns + NS_PER_S / 2) / NS_PER_S * NS_PER_S;
    while (ns < units[u].ns)
        u++;
    uint64_t rest = ns % units[u].ns;
    int n = snprintf(out, LOOK_LENGTH, "%" PRIu64 "%c", ns / units[u].ns, units[u].letter);
    if (u + 1 < ARRAY_LEN(units) && rest >= units[u + 1].ns)
        snprintf(out + n, LOOK_LENGTH - (size_t)n, "%" PRIu64 "%c", rest / units[u + 1].ns,
                 units[u + 1].letter);
}

static uint64_t moment(const struct visit *l)
{
    return l->found.cur.seq ? l->found.moment.wall_ns : 0;
}

/* ---- window ---- */

static void set_window(struct visit *l, uint64_t from_ns, uint64_t to_ns)
{
    l->from_ns = from_ns;
    l->to_ns = to_ns;
    look_reader_window(l->reader, from_ns, to_ns);
}

/* Around a time, mostly before it: within what was recorded where that is long enough, else up to
 * its end. */
static void place_window(struct visit *l, uint64_t wall_ns, uint64_t length)
{
    uint64_t first = l->found.first_ns, last = l->found.last_ns;
    uint64_t end = MAX(last, wall_ns), to = MIN(wall_ns + length / 3, end);
    uint64_t from = to - MIN(to, length);

    if (from < first)
        from = MIN(MIN(first, wall_ns), end - MIN(end, length));
    set_window(l, from, from + length);
}

/* Keep the window while the moment is in it. */
static void follow_moment(struct visit *l)
{
    uint64_t at = moment(l);

    if (at && (at < l->from_ns || at > l->to_ns))
        place_window(l, at, l->to_ns - l->from_ns);
}

int visit_when(const struct visit *l, const struct event *ev)
{
    const struct past_moment *m = &l->found.moment;
    /* Where samples stand under whole steps, an event's own time is within the step. */
    bool stepped = m->resolution_ns >= NS_PER_S && m->wall_ns % m->resolution_ns == 0;
    uint64_t from = stepped ? m->wall_ns : m->wall_ns - MIN(m->wall_ns, m->resolution_ns) + 1;
    uint64_t to = stepped ? m->wall_ns + m->resolution_ns : m->wall_ns + 1;

    return ev->wall_ns < from ? -1 : ev->wall_ns >= to;
}

double visit_share(const struct visit *l, uint64_t wall_ns)
{
    return ((double)wall_ns - (double)l->from_ns) / ((double)l->to_ns - (double)l->from_ns);
}

void visit_range(struct visit *l, int by)
{
    uint64_t length = l->to_ns - l->from_ns;
    size_t at = 0;

    /* The next one from any length. */
    if (by > 0) {
        while (at + 1 < RANGES && ranges[at] <= length)
            at++;
    } else {
        at = RANGES - 1;
        while (at && ranges[at] >= length)
            at--;
    }
    place_window(l, moment(l) ? moment(l) : l->to_ns, ranges[at]);
}

const char *visit_range_text(const struct visit *l, char out[LOOK_LENGTH])
{
    look_length(out, l->to_ns - l->from_ns);
    return out;
}

/* ---- going ---- */

static void go(struct visit *l, const struct look_request *q)
{
    l->follow = false;
    look_reader_go(l->reader, q);
}

/* Playing goes on from wherever one is. */
static void rebase(struct visit *l, uint64_t wall_ns)
{
    l->play_wall_ns = wall_ns;
    l->play_mono_ns = clock_mono_ns();
}

void visit_at(struct visit *l, uint64_t wall_ns)
{
    go(l, &(struct look_request){.go = LOOK_AT, .wall_ns = wall_ns});
    rebase(l, wall_ns);
}

void visit_step(struct visit *l, long by)
{
    l->playing = false;
    go(l, &(struct look_request){.go = LOOK_STEP, .by = by});
}

void visit_event(struct visit *l, int direction, bool bad)
{
    l->playing = false;
    go(l, &(struct look_request){.go = LOOK_EVENT, .by = direction, .bad = bad});
}

void visit_ends(struct visit *l, bool end)
{
    visit_at(l, end ? l->found.last_ns : l->found.first_ns);
    l->follow = end;
    if (end)
        l->playing = false;
}

bool visit_jump(struct visit *l, const char *text, int direction, char message[WHEN_MESSAGE])
{
    const struct when w = {.now_ns = clock_wall_ns(),
                           .from_ns = moment(l),
                           .first_ns = l->found.first_ns,
                           .last_ns = l->found.last_ns};
    char other[WHEN_MESSAGE];
    uint64_t ns;

    if (!when_parse(text, &w, &ns, message)) {
        visit_at(l, ns);
        return true;
    }
    if (when_duration(text, &ns, other))
        return false;
    uint64_t at = moment(l);
    visit_at(l, direction > 0 ? at + ns : at - MIN(at, ns));
    return true;
}

/* ---- playing ---- */

bool visit_at_end(const struct visit *l)
{
    return moment(l) && moment(l) >= l->found.last_ns;
}

bool visit_play(struct visit *l, bool play)
{
    if (play && visit_at_end(l))
        return false;
    l->playing = play;
    if (play)
        l->follow = false;
    rebase(l, moment(l) ? moment(l) : l->play_wall_ns);
    return true;
}

void visit_speed(struct visit *l, int by)
{
    size_t at = 0;

    while (at + 1 < ARRAY_LEN(speeds) && speeds[at] < l->speed)
        at++;
    if (by > 0 && at + 1 < ARRAY_LEN(speeds))
        at++;
    if (by < 0 && at)
        at--;
    rebase(l, moment(l) ? moment(l) : l->play_wall_ns);
    l->speed = speeds[at];
}

int visit_wait_ms(const struct visit *l)
{
    if (l->found.busy_since_ns && !visit_reading(l))
        return PATIENCE_NS / 1000000;
    return l->playing ? TICK_MS : -1;
}

void visit_tick(struct visit *l)
{
    uint64_t passed = clock_mono_ns() - l->play_mono_ns;
    const struct past_moment *m = &l->found.moment;

    if (!l->playing || !moment(l) || l->found.busy_since_ns)
        return;
    uint64_t at = l->play_wall_ns + (uint64_t)((double)passed * l->speed);
    if (m->gap && m->gap_to_ns && at > m->gap_from_ns && at < m->gap_to_ns) {
        at = m->gap_to_ns; /* nobody waits where there is nothing to see */
        rebase(l, at);
    }
    if (at >= l->found.last_ns) {
        at = l->found.last_ns;
        l->playing = false;
    }
    look_reader_go(l->reader, &(struct look_request){.go = LOOK_AT, .wall_ns = at});
}

bool visit_reading(const struct visit *l)
{
    return l->found.busy_since_ns && clock_mono_ns() - l->found.busy_since_ns >= PATIENCE_NS;
}

/* ---- beginning and end ---- */

/* Views want them as the ring of a live dashboard; there are no more of them than in the window. */
static void give_events(struct visit *l)
{
    for (size_t i = 0; i < l->found.event_count; i++)
        l->found.events[i].seq = i + 1;
    l->events = (struct events){.ring = l->found.events,
                                .cap = MAX(l->found.event_count, 1),
                                .count = l->found.event_count,
                                .added = l->found.event_count};
}

bool visit_take(struct visit *l)
{
    uint64_t before = l->found.last_ns;

    look_reader_take(l->reader, &l->found);
    give_events(l);
    if (l->follow && l->found.last_ns > before)
        look_reader_go(l->reader,
                       &(struct look_request){.go = LOOK_AT, .wall_ns = l->found.last_ns});
    if (!l->found.moved)
        return false;
    if (!l->playing)
        rebase(l, moment(l));
    follow_moment(l);
    return true;
}

/* The shortest range that holds all there is, an hour at most. */
static uint64_t first_length(uint64_t span)
{
    size_t at = 0;

    while (at < RANGE_FIRST && ranges[at] < span)
        at++;
    return ranges[at];
}

struct visit *visit_open(struct past *past, const struct look_start *start)
{
    struct visit *l = xcalloc(1, sizeof(*l));
    uint64_t at = start->at_ns;

    *l = (struct visit){.past = past, .speed = start->speed > 0 ? start->speed : 1};
    if (past->span(past, &l->found.first_ns, &l->found.last_ns))
        l->found.first_ns = l->found.last_ns = 0;
    if (!at)
        at = start->play ? l->found.first_ns : start->to_ns ? start->to_ns : l->found.last_ns;
    l->reader = look_reader_start(past, l->found.first_ns, l->found.last_ns);
    if (!l->reader) {
        int err = errno;
        free(l);
        errno = err;
        return NULL;
    }
    l->follow = !start->at_ns && !start->play && !start->to_ns;
    l->playing = start->play;
    rebase(l, at);
    look_reader_go(l->reader, &(struct look_request){.go = LOOK_AT, .wall_ns = at});
    if (start->from_ns && start->to_ns > start->from_ns)
        set_window(l, start->from_ns, start->to_ns);
    else
        place_window(l, at, first_length(l->found.last_ns - l->found.first_ns));
    return l;
}

void visit_close(struct visit *l)
{
    look_reader_stop(l->reader);
    look_found_release(&l->found);
    free(l);
}
