/* What a process remembers: graphs with their peaks and gaps, moments, steps, events. */
#include "simulated.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base.h"
#include "export/memory.h"
#include "unit.h"

#define START (UINT64_C(1795317165) * NS_PER_S)

struct told {
    struct history *history;
    struct memory *memory;
    struct snapshot samples[2];
    struct rates rates;
    unsigned n;
};

static void told_open(struct told *t, size_t length)
{
    *t = (struct told){.history = history_new(length)};
    t->memory = memory_new(t->history, length);
}

/* A sample at `seconds`, in which domain 1 has used cpu for `cpu` of the time since the last, and
 * domain 2 is there or not. */
static void tell(struct told *t, double seconds, double last, double cpu, bool second)
{
    struct snapshot *s = &t->samples[t->n % 2], *prev = &t->samples[(t->n + 1) % 2];

    unit_sample(s, ++t->n, seconds);
    s->wall_ns = START + (uint64_t)(seconds * 1e9);
    struct domain *d = unit_domain(s, 1, 1);
    d->cpu_ns = prev->domain_count ? prev->domains[0].cpu_ns : 1000;
    d->cpu_ns += (uint64_t)(cpu * (seconds - last) * 1e9);
    d->name = snapshot_add_cstr(s, "one");
    d->state = DOMAIN_RUNNING;
    if (second) {
        d = unit_domain(s, 2, 2);
        d->name = snapshot_add_cstr(s, "two");
        d->state = DOMAIN_RUNNING;
    }
    snapshot_seal(s);
    rates_compute(&t->rates, prev, s);
    history_add(t->history, s, &t->rates);
    memory_add(t->memory, prev, s);
}

static void told_close(struct told *t)
{
    memory_free(t->memory);
    history_free(t->history);
    snapshot_release(&t->samples[0]);
    snapshot_release(&t->samples[1]);
    rates_release(&t->rates);
}

static struct past_subject domain(uint8_t byte)
{
    struct past_subject s = {.of = PAST_DOMAIN, .series = HISTORY_CPU};

    memset(s.uuid.bytes, byte, sizeof(s.uuid.bytes));
    return s;
}

static void nothing_yet(void **state)
{
    struct told t;
    struct snapshot a = {0}, b = {0};
    struct past_moment found;
    struct past_subject host = {.of = PAST_HOST};
    float mean[3];
    uint64_t first, last;
    size_t count = 9;
    (void)state;

    told_open(&t, 10);
    struct past *p = memory_past(t.memory);
    assert_int_equal(p->span(p, &first, &last), -ENODATA);
    assert_int_equal(p->moment(p, START, 0, &a, &b, &found), -ENODATA);
    assert_int_equal(p->step(p, START, 1, 0, &first), -ENODATA);
    assert_int_equal(p->graph(p, &host, START, START + 1, 3, mean, NULL), 0);
    assert_nan(mean[0]);
    assert_int_equal(p->events(p, 0, UINT64_MAX, NULL, 0, &count), 0);
    assert_int_equal(count, 0);
    told_close(&t);
}

static void graphs(void **state)
{
    struct told t;
    struct past_subject one = domain(1), nobody = domain(9);
    struct past_subject no_pcpu = {.of = PAST_PCPU, .id = 999};
    float mean[8], peak[8];
    (void)state;

    told_open(&t, 100);
    struct past *p = memory_past(t.memory);
    /* Every second: 0.1, 0.2, ... 0.8 of a cpu; then nothing for a minute. */
    tell(&t, 0, 0, 0, false);
    for (int i = 1; i <= 8; i++)
        tell(&t, i, i - 1, 0.1 * i, false);
    tell(&t, 68, 8, 0.5, false);

    /* A part is two samples: their mean, and the higher of them. */
    assert_int_equal(p->graph(p, &one, START, START + 8 * NS_PER_S, 4, mean, peak), 0);
    for (int i = 0; i < 4; i++) {
        assert_near(mean[i], 0.15 + 0.2 * i, 1e-5);
        assert_near(peak[i], 0.2 + 0.2 * i, 1e-5);
    }
    /* A sample is two parts: both of them are it, no holes between. */
    assert_int_equal(p->graph(p, &one, START + 2 * NS_PER_S, START + 6 * NS_PER_S, 8, mean, NULL),
                     0);
    for (int i = 0; i < 8; i++)
        assert_near(mean[i], 0.3 + 0.1 * (i / 2), 1e-5);
    /* Between the eighth second and the next sample nobody knows. */
    assert_int_equal(p->graph(p, &one, START + 9 * NS_PER_S, START + 33 * NS_PER_S, 8, mean, NULL),
                     0);
    for (int i = 0; i < 8; i++)
        assert_nan(mean[i]);
    /* Before the first there is nothing, and after the last. */
    assert_int_equal(p->graph(p, &one, START - 20 * NS_PER_S, START - 10 * NS_PER_S, 2, mean, peak),
                     0);
    assert_nan(mean[0]);
    assert_nan(peak[1]);
    assert_int_equal(p->graph(p, &one, START + 70 * NS_PER_S, START + 80 * NS_PER_S, 2, mean, NULL),
                     0);
    assert_nan(mean[0]);
    assert_int_equal(p->graph(p, &nobody, START, START + NS_PER_S, 2, mean, NULL), -ENOENT);
    assert_int_equal(p->graph(p, &no_pcpu, START, START + NS_PER_S, 2, mean, NULL), -ENOENT);
    told_close(&t);
}

/* One that is gone still has its graph. */
static void a_dead_domain(void **state)
{
    struct told t;
    struct past_subject two = domain(2);
    float mean[1];
    struct event events[4];
    size_t count;
    (void)state;

    told_open(&t, 100);
    struct past *p = memory_past(t.memory);
    tell(&t, 0, 0, 0, true);
    tell(&t, 1, 0, 0, true);
    tell(&t, 2, 1, 0, false);
    two.series = HISTORY_MEM;
    assert_int_equal(p->graph(p, &two, START, START + 2 * NS_PER_S, 1, mean, NULL), 0);
    assert_int_equal(p->events(p, START, START + 9 * NS_PER_S, events, 4, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(events[0].kind, EVENT_DESTROYED);
    assert_string_equal(events[0].name, "two");
    assert_int_equal(p->events(p, START + 3 * NS_PER_S, START + 9 * NS_PER_S, events, 4, &count),
                     0);
    assert_int_equal(count, 0);
    told_close(&t);
}

/* Of many events the newest, oldest first. */
static void newest_events(void **state)
{
    struct told t;
    struct event events[3];
    size_t count;
    (void)state;

    told_open(&t, 100);
    struct past *p = memory_past(t.memory);
    for (int i = 0; i < 11; i++)
        tell(&t, i, i - 1, 0, i % 2);
    assert_int_equal(p->events(p, START, START + 99 * NS_PER_S, events, 3, &count), 0);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(events[i].wall_ns == START + (8 + i) * NS_PER_S);
    told_close(&t);
}

static void moments(void **state)
{
    struct told t;
    struct snapshot prev = {0}, cur = {0};
    struct past_moment found;
    uint64_t when;
    (void)state;

    told_open(&t, 100);
    struct past *p = memory_past(t.memory);
    for (int i = 3; i < 8; i++)
        tell(&t, i, i - 1, 0.5, false);
    assert_int_equal(p->moment(p, START + 5 * NS_PER_S + 1, 0, &prev, &cur, &found), 0);
    assert_true(found.wall_ns == START + 5 * NS_PER_S && cur.wall_ns == found.wall_ns);
    assert_true(prev.wall_ns == START + 4 * NS_PER_S);
    assert_true(found.resolution_ns == NS_PER_S);
    assert_false(found.gap);
    assert_int_equal(p->moment(p, START, 0, &prev, &cur, &found), 0);
    assert_true(found.gap && found.wall_ns == START + 3 * NS_PER_S);
    assert_int_equal(prev.domain_count, 0);
    assert_int_equal(p->moment(p, START + 60 * NS_PER_S, 0, &prev, &cur, &found), 0);
    assert_true(found.gap && found.gap_to_ns == 0);
    assert_true(found.gap_from_ns == START + 7 * NS_PER_S);
    assert_int_equal(p->step(p, START + 5 * NS_PER_S, -1, 0, &when), 0);
    assert_true(when == START + 4 * NS_PER_S);
    assert_int_equal(p->step(p, START + 5 * NS_PER_S, -99, 0, &when), 0);
    assert_true(when == START + 3 * NS_PER_S);
    assert_int_equal(p->step(p, START + 5 * NS_PER_S, 99, 0, &when), 0);
    assert_true(when == START + 7 * NS_PER_S);
    snapshot_release(&prev);
    snapshot_release(&cur);
    told_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_yet),   cmocka_unit_test(graphs),  cmocka_unit_test(a_dead_domain),
        cmocka_unit_test(newest_events), cmocka_unit_test(moments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
