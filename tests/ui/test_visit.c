/* visit: where one gets to in a past, and that nobody waits for it. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "ui/screen.h"
#include "ui/visit.h"

#define FIRST (UINT64_C(1795300000) * NS_PER_S)
#define LAST  (FIRST + 7200 * NS_PER_S)

/* A past of a sample a second over two hours, slow where told to be. */
static struct slow {
    struct past past;
    pthread_mutex_t lock;
    unsigned moments;
    uint64_t pause_ns, last_ns;
    unsigned spans;         /* how often it was asked for */
    uint64_t span_pause_ns; /* how long all but the first answer take */
    struct event events[4];
    unsigned not_all; /* so many answers are not all yet */
} slow;

static void wait_ns(uint64_t ns)
{
    struct timespec t = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

    nanosleep(&t, NULL);
}

static int span(struct past *self, uint64_t *first, uint64_t *last)
{
    (void)self;
    *first = FIRST;
    if (slow.spans++)
        wait_ns(slow.span_pause_ns);
    pthread_mutex_lock(&slow.lock);
    *last = slow.last_ns;
    pthread_mutex_unlock(&slow.lock);
    return 0;
}

static uint64_t clamp(uint64_t at)
{
    return MIN(MAX(at / NS_PER_S * NS_PER_S, FIRST), slow.last_ns);
}

static int moment(struct past *self, uint64_t at, uint64_t resolution, struct snapshot *prev,
                  struct snapshot *cur, struct past_moment *found)
{
    (void)self, (void)resolution;
    wait_ns(slow.pause_ns);
    pthread_mutex_lock(&slow.lock);
    slow.moments++;
    at = clamp(at);
    pthread_mutex_unlock(&slow.lock);
    unit_sample(prev, 1, 0);
    unit_sample(cur, 2, 1);
    cur->wall_ns = at;
    prev->wall_ns = at - NS_PER_S;
    snapshot_seal(prev);
    snapshot_seal(cur);
    *found = (struct past_moment){.wall_ns = at, .resolution_ns = NS_PER_S};
    return 0;
}

static int step(struct past *self, uint64_t at, long by, uint64_t resolution, uint64_t *found)
{
    (void)self, (void)resolution;
    *found = clamp(at + (uint64_t)by * NS_PER_S);
    return 0;
}

/* The middle of each part, in seconds since the first; the peak is one more. */
static int graph(struct past *self, const struct past_subject *subject, uint64_t from, uint64_t to,
                 size_t n, float *mean, float *peak)
{
    (void)self, (void)subject;
    for (size_t i = 0; i < n; i++) {
        mean[i] = (float)(((double)from - (double)FIRST +
                           ((double)i + 0.5) * (double)(to - from) / (double)n) /
                          1e9);
        peak[i] = mean[i] + 1;
    }
    return slow.not_all && slow.not_all-- ? -EAGAIN : 0;
}

static int events(struct past *self, uint64_t from, uint64_t to, struct event *out, size_t cap,
                  size_t *count)
{
    (void)self, (void)cap;
    *count = 0;
    for (size_t i = 0; i < ARRAY_LEN(slow.events); i++)
        if (slow.events[i].wall_ns >= from && slow.events[i].wall_ns <= to)
            out[(*count)++] = slow.events[i];
    return 0;
}

static struct visit *open_at(uint64_t at)
{
    const struct look_start start = {.at_ns = at};

    slow.past = (struct past){.name = "test",
                              .span = span,
                              .moment = moment,
                              .step = step,
                              .graph = graph,
                              .events = events};
    slow.last_ns = LAST;
    slow.moments = slow.spans = 0;
    slow.pause_ns = 0;
    pthread_mutex_init(&slow.lock, NULL);
    static const enum event_kind kinds[] = {EVENT_STARTED, EVENT_CRASHED, EVENT_PAUSED,
                                            EVENT_CRASHED};
    for (size_t i = 0; i < 4; i++)
        slow.events[i] = (struct event){.wall_ns = FIRST + (1000 + 1000 * i) * NS_PER_S,
                                        .kind = kinds[i]};
    struct visit *l = visit_open(&slow.past, &start);
    assert_non_null(l);
    return l;
}

/* What takes longer will not come, on the busiest of machines. */
#define PATIENCE_NS (30 * NS_PER_S)

/* Until the moment is there. */
static void arrives(struct visit *l, uint64_t at)
{
    uint64_t start = clock_mono_ns();

    while (clock_mono_ns() - start < PATIENCE_NS) {
        struct pollfd p = {.fd = look_reader_fd(l->reader), .events = POLLIN};
        poll(&p, 1, 10);
        visit_take(l);
        if (l->found.cur.seq && l->found.moment.wall_ns == at && !l->found.busy_since_ns)
            return;
    }
    fail_msg("at %.0f, not at %.0f", ((double)l->found.moment.wall_ns - (double)FIRST) / 1e9,
             ((double)at - (double)FIRST) / 1e9);
}

#define AT(s) (FIRST + (s)*NS_PER_S)

static void going(void **state)
{
    char message[WHEN_MESSAGE];
    struct visit *l = open_at(AT(3600));

    (void)state;
    arrives(l, AT(3600));
    visit_step(l, 1);
    arrives(l, AT(3601));
    visit_step(l, -60);
    arrives(l, AT(3541));
    visit_event(l, 1, false);
    arrives(l, AT(4000));
    visit_event(l, -1, true);
    arrives(l, AT(2000));
    visit_event(l, -1, false);
    arrives(l, AT(1000));
    visit_event(l, 1, true);
    arrives(l, AT(2000));
    assert_true(visit_jump(l, "+10m", 1, message));
    arrives(l, AT(2600));
    assert_true(visit_jump(l, "10m", -1, message));
    arrives(l, AT(2000));
    assert_true(visit_jump(l, "1m", 1, message));
    arrives(l, AT(2060));
    assert_true(visit_jump(l, "start", 1, message));
    arrives(l, AT(0));
    assert_true(visit_jump(l, "end-5m", 1, message));
    arrives(l, AT(6900));
    assert_false(visit_jump(l, "soon", 1, message));
    assert_true(strlen(message) > 10);
    visit_event(l, 1, false); /* there is none */
    for (int i = 0; i < 3000 && l->found.status != -ENOENT; i++) {
        wait_ns(NS_PER_S / 100);
        visit_take(l);
    }
    assert_int_equal(l->found.status, -ENOENT);
    assert_int_equal(l->found.moment.wall_ns, AT(6900));
    visit_ends(l, false);
    arrives(l, AT(0));
    visit_ends(l, true);
    arrives(l, LAST);
    assert_true(visit_at_end(l));
    assert_false(visit_play(l, true));
    visit_close(l);
}

/* Of the events of a moment the worst is named, and among those that weigh the same the last. */
static void which_is_named(void **state)
{
    static struct visit l;
    struct event events[] = {
        {.kind = EVENT_DESTROYED, .wall_ns = AT(9) + NS_PER_S / 2, .name = "before"},
        {.kind = EVENT_PAUSED, .wall_ns = AT(10) + 1, .name = "ends"},
        {.kind = EVENT_DESTROYED, .wall_ns = AT(10) + NS_PER_S / 3, .name = "ends"},
        {.kind = EVENT_STARTED, .wall_ns = AT(10) + NS_PER_S / 2, .name = "another"},
        {.kind = EVENT_CRASHED, .wall_ns = AT(11), .name = "after"},
    };
    size_t others;

    (void)state;
    l.found.moment = (struct past_moment){.wall_ns = AT(10), .resolution_ns = NS_PER_S};
    l.found.events = events;
    l.found.event_count = ARRAY_LEN(events);
    assert_ptr_equal(look_event_here(&l, &others), &events[2]);
    assert_int_equal(others, 2);
    events[1].wall_ns = AT(10) + NS_PER_S / 3; /* as they came: at once, the first */
    assert_ptr_equal(look_event_here(&l, &others), &events[1]);
    events[3].kind = EVENT_CRASHED;
    assert_ptr_equal(look_event_here(&l, &others), &events[3]);
    l.found.event_count = 1;
    assert_null(look_event_here(&l, &others));
    assert_int_equal(others, 0);
}

/* What is known of the end at first stays so until its thread has looked itself. */
static void the_end_is_known(void **state)
{
    (void)state;
    slow.span_pause_ns = NS_PER_S / 5;
    struct visit *l = open_at(AT(100));
    arrives(l, AT(100));
    assert_int_equal(l->found.first_ns, FIRST);
    assert_int_equal(l->found.last_ns, LAST);
    assert_false(visit_at_end(l));
    visit_close(l);
    slow.span_pause_ns = 0;
}

static void the_newest_wins(void **state)
{
    struct visit *l = open_at(AT(100));

    (void)state;
    arrives(l, AT(100));
    pthread_mutex_lock(&slow.lock);
    unsigned before = slow.moments;
    pthread_mutex_unlock(&slow.lock);
    slow.pause_ns = NS_PER_S / 5;
    uint64_t start = clock_mono_ns();
    for (unsigned i = 0; i < 1000; i++)
        visit_at(l, AT(1000 + i));
    for (unsigned i = 0; i < 10; i++)
        visit_step(l, 1);
    assert_true(clock_mono_ns() - start < 20 * NS_PER_S); /* a tenth of what waiting would take */
    assert_true(l->found.moment.wall_ns == AT(100));
    visit_at(l, AT(5000));
    arrives(l, AT(5000));
    assert_in_range(slow.moments - before, 1, 100); /* a few, however slow this thread was */
    /* Steps that come while it reads add up. */
    visit_step(l, 1);
    wait_ns(NS_PER_S / 20);
    for (unsigned i = 0; i < 10; i++)
        visit_step(l, 1);
    arrives(l, AT(5011));
    visit_close(l);
}

static void windows(void **state)
{
    char text[LOOK_LENGTH];
    struct visit *l = open_at(AT(3600));

    (void)state;
    arrives(l, AT(3600));
    assert_string_equal(visit_range_text(l, text), "1h");
    assert_int_equal(l->to_ns - l->from_ns, 3600 * NS_PER_S);
    uint64_t from = l->from_ns;
    assert_true(from >= FIRST && l->to_ns <= LAST && visit_share(l, AT(3600)) > 0.5);
    visit_step(l, 1); /* within the window it stays */
    arrives(l, AT(3601));
    assert_int_equal(l->from_ns, from);
    visit_at(l, AT(10));
    arrives(l, AT(10));
    assert_int_equal(l->from_ns, FIRST);
    visit_range(l, -1);
    assert_string_equal(visit_range_text(l, text), "30m");
    for (int i = 0; i < 3; i++)
        visit_range(l, 1);
    assert_string_equal(visit_range_text(l, text), "6h");
    for (int i = 0; i < 100; i++)
        visit_range(l, 1);
    assert_string_equal(visit_range_text(l, text), "5y");
    assert_int_equal(l->to_ns, LAST); /* nothing is to come */
    for (int i = 0; i < 100; i++)
        visit_range(l, -1);
    assert_string_equal(visit_range_text(l, text), "1m");
    visit_close(l);
}

static void graphs_come(void **state)
{
    const struct past_subject host = {.of = PAST_HOST};
    struct visit *l = open_at(AT(3600));
    float mean[100], peak[100];

    (void)state;
    arrives(l, AT(3600));
    slow.not_all = 2;
    double part = 36, first = (double)(l->from_ns - FIRST) / 1e9;
    for (int i = 0; i < 3000; i++) {
        look_reader_frame(l->reader);
        look_reader_graph(l->reader, &host, 100, mean, peak);
        if (mean[0] == (float)(first + part / 2) && !slow.not_all)
            break;
        wait_ns(NS_PER_S / 100);
    }
    assert_float_equal(mean[0], first + part / 2, 0.01);
    assert_float_equal(mean[99], first + 99.5 * part, 0.01);
    assert_float_equal(peak[99], first + 99.5 * part + 1, 0.01);
    assert_int_equal(slow.not_all, 0);
    /* Of another window at once what is known, in its place. */
    visit_range(l, -1);
    look_reader_graph(l->reader, &host, 100, mean, peak);
    double now = (double)(l->from_ns - FIRST) / 1e9;
    assert_float_equal(mean[50], now + 50.5 * 18, 36);
    visit_close(l);
}

static void playing(void **state)
{
    struct visit *l = open_at(AT(100));

    (void)state;
    arrives(l, AT(100));
    while (l->speed < 3600)
        visit_speed(l, 1);
    assert_true(visit_play(l, true));
    assert_true(visit_wait_ms(l) > 0);
    for (int i = 0; i < 3000 && l->playing; i++) {
        wait_ns(NS_PER_S / 100);
        visit_tick(l);
        visit_take(l);
    }
    assert_false(l->playing);
    arrives(l, LAST);
    /* The end grows, and is followed. */
    visit_ends(l, true);
    arrives(l, LAST);
    pthread_mutex_lock(&slow.lock);
    slow.last_ns = LAST + 10 * NS_PER_S;
    pthread_mutex_unlock(&slow.lock);
    arrives(l, LAST + 10 * NS_PER_S);
    visit_close(l);
}

static void lengths(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } all[] = {{0, "0s"},     {0.5, "0.5s"},   {1, "1s"},       {1.001, "1s"}, {2.5, "2.5s"},
               {10, "10s"},   {90, "1m30s"},   {3599.7, "1h"},  {3600, "1h"},  {7260, "2h1m"},
               {86400, "1d"}, {93600, "1d2h"}, {31536000, "1y"}};
    char text[LOOK_LENGTH];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        look_length(text, (uint64_t)(all[i].seconds * 1e9));
        assert_string_equal(text, all[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(going),           cmocka_unit_test(the_end_is_known),
        cmocka_unit_test(the_newest_wins), cmocka_unit_test(windows),
        cmocka_unit_test(graphs_come),     cmocka_unit_test(playing),
        cmocka_unit_test(lengths),         cmocka_unit_test(which_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
