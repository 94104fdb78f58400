/* timeline: what comes back is what went in, byte for byte, in any order, and memory has an end. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "simulated.h"
#include "timeline.h"
#include "wire.h"

/* As bytes: the same sample always gives the same. */
static void encode(const struct snapshot *s, struct text *out)
{
    text_clear(out);
    assert_int_equal(wire_encode(out, s), 0);
}

static void expect_same(const struct snapshot *a, const struct snapshot *b)
{
    struct text x = {0}, y = {0};

    encode(a, &x);
    encode(b, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    text_release(&x);
    text_release(&y);
}

#define SAMPLES 200

static void what_comes_back(void **state)
{
    struct timeline *t = timeline_new(1000, 64u << 20);
    struct snapshot *all = xcalloc(SAMPLES, sizeof(*all)), got = {0};
    struct simulated h;

    (void)state;
    assert_int_equal(timeline_first(t), 0);
    assert_int_equal(timeline_last(t), 0);
    assert_false(timeline_get(t, 1, &got));
    simulated_open(&h, "domains=25,seed=3,step=4"); /* domains come and go */
    for (size_t i = 0; i < SAMPLES; i++) {
        simulated_sample(&h);
        snapshot_copy(&all[i], h.now);
        timeline_add(t, h.before, h.now);
    }
    assert_int_equal(timeline_first(t), 1);
    assert_int_equal(timeline_last(t), SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_true(timeline_get(t, i + 1, &got));
        expect_same(&all[i], &got);
        assert_int_equal(timeline_wall_ns(t, i + 1), all[i].wall_ns);
    }
    for (size_t i = SAMPLES; i-- > 0;) {
        size_t other = i * 7919 % SAMPLES;
        assert_true(timeline_get(t, i + 1, &got));
        expect_same(&all[i], &got);
        assert_true(timeline_get(t, other + 1, &got));
        expect_same(&all[other], &got);
    }
    assert_false(timeline_get(t, 0, &got));
    assert_false(timeline_get(t, SAMPLES + 1, &got));
    for (size_t i = 0; i < SAMPLES; i++)
        snapshot_release(&all[i]);
    free(all);
    snapshot_release(&got);
    simulated_close(&h);
    timeline_free(t);
}

/* Parts that nobody read, unknown values, reports, a domid used again, texts that change. */
static void odd_samples(void **state)
{
    struct timeline *t = timeline_new(10, 1u << 20);
    struct snapshot a = {0}, b = {0}, c = {0}, got = {0};

    (void)state;
    unit_sample(&a, 1, 0);
    a.have = 0;
    snapshot_seal(&a);
    unit_sample(&b, 2, 1);
    b.simulated = true;
    strref name = snapshot_add_cstr(&b, "one");
    struct domain *d = unit_domain(&b, 7, 1);
    d->name = name;
    d->cpu_ns = UINT64_MAX - 1;
    strref why = snapshot_add_cstr(&b, "because");
    struct report *r = snapshot_add_report(&b, "xenstore");
    r->read_ns = b.mono_ns - 7;
    r->error = -5;
    r->elapsed_ns = 12345678;
    r->restarts = 4;
    r->updates = UINT64_MAX - 2;
    r->failures = 9;
    r->message = why;
    snapshot_add_report(&b, "vif");
    snapshot_seal(&b);
    unit_sample(&c, 3, 2);
    unit_domain(&c, 7, 2)->cpu_ns = 0;
    snapshot_seal(&c);
    timeline_add(t, NULL, &a);
    timeline_add(t, &a, &b);
    timeline_add(t, &b, &c);
    assert_true(timeline_get(t, 2, &got));
    expect_same(&b, &got);
    assert_int_equal(got.reports[0].error, -5);
    assert_int_equal(got.reports[0].read_ns, b.mono_ns - 7);
    assert_int_equal(got.reports[0].elapsed_ns, 12345678);
    assert_int_equal(got.reports[0].restarts, 4);
    assert_true(got.reports[0].updates == UINT64_MAX - 2 && got.reports[0].failures == 9);
    assert_string_equal(snapshot_str(&got, got.reports[0].collector), "xenstore");
    assert_string_equal(snapshot_str(&got, got.reports[0].message), "because");
    assert_true(got.reports[1].restarts == UNKNOWN && got.reports[1].elapsed_ns == UNKNOWN);
    assert_true(got.reports[1].updates == UNKNOWN && got.reports[1].failures == UNKNOWN);
    assert_true(got.reports[1].read_ns == UNKNOWN && !got.reports[1].message);
    /* These are all a report has: a new one is packed and looked at here. */
    assert_int_equal(sizeof(struct report), 64);
    assert_true(timeline_get(t, 3, &got));
    expect_same(&c, &got);
    assert_true(timeline_get(t, 1, &got));
    expect_same(&a, &got);
    snapshot_release(&a);
    snapshot_release(&b);
    snapshot_release(&c);
    snapshot_release(&got);
    timeline_free(t);
}

static void the_oldest_go(void **state)
{
    struct timeline *by_count = timeline_new(100, 64u << 20), *by_bytes = timeline_new(1000, 60000);
    struct snapshot got = {0};
    struct simulated h;

    (void)state;
    simulated_open(&h, "domains=20,seed=3,step=1");
    for (size_t i = 0; i < 400; i++) {
        simulated_sample(&h);
        timeline_add(by_count, h.before, h.now);
        timeline_add(by_bytes, h.before, h.now);
        assert_true(timeline_get(by_bytes, timeline_first(by_bytes), &got));
    }
    assert_int_equal(timeline_last(by_count), 400);
    assert_in_range(timeline_first(by_count), 301, 350);
    assert_in_range(timeline_first(by_bytes), 200, 399);
    assert_true(timeline_get(by_count, 400, &got));
    expect_same(&got, h.now);
    snapshot_release(&got);
    simulated_close(&h);
    timeline_free(by_count);
    timeline_free(by_bytes);
}

/* Half an hour at a sample a second of 200 domains within 64 MiB. */
static void half_an_hour(void **state)
{
    struct timeline *t = timeline_new(3600, 64u << 20);
    struct simulated h;

    (void)state;
    simulated_open(&h, "domains=200,seed=1,step=1");
    for (size_t i = 0; i < 1800; i++) {
        simulated_sample(&h);
        timeline_add(t, h.before, h.now);
    }
    assert_int_equal(timeline_first(t), 1);
    print_message("# 1800 samples of 200 domains: %zu KiB\n", timeline_memory(t) >> 10);
    assert_true(timeline_memory(t) < 48u << 20);
    simulated_close(&h);
    timeline_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_back),
        cmocka_unit_test(odd_samples),
        cmocka_unit_test(the_oldest_go),
        cmocka_unit_test(half_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
