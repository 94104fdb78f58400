/* stamp: clocks that go on, step back and forth, are suspended, or were wrong for a moment. */
#include "unit.h"

#include "base.h"
#include "store/stamp.h"

#define T0 UINT64_C(1795317160)
#define M0 UINT64_C(1000)

/* A sample after so many seconds of the monotonic clock, the wall clock ahead by `ahead`. */
static enum stamp_verdict judge_as(struct stamp *s, int64_t after, int64_t ahead, bool sure)
{
    return stamp_judge(s, (uint64_t)((int64_t)T0 + after + ahead) * NS_PER_S + 20000000,
                       (M0 + (uint64_t)after) * NS_PER_S, sure);
}

static enum stamp_verdict judge(struct stamp *s, int64_t after, int64_t ahead)
{
    return judge_as(s, after, ahead, false);
}

static uint64_t take(struct stamp *s, int64_t after)
{
    return stamp_take(s, (M0 + (uint64_t)after) * NS_PER_S);
}

/* Nothing recorded before. */
static void init(struct stamp *s, uint64_t step_s)
{
    const struct runs none = {0};

    stamp_init(s, step_s, &none);
}

static void steady(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    for (int64_t i = 0; i < 100; i++) {
        assert_int_equal(judge(&s, 10 * i, 0), STAMP_RECORD);
        assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
    }
    /* A second one within the step: it gets no time. */
    assert_int_equal(judge(&s, 994, 0), STAMP_WAIT);
    assert_int_equal(take(&s, 994), 0);
    assert_int_equal(judge(&s, 1000, 0), STAMP_RECORD);
    assert_int_equal(take(&s, 994), 0);
    assert_int_equal(take(&s, 1000), T0 + 1000);
    /* A pause of the program's own is no move of the clock. */
    assert_int_equal(judge(&s, 100000, 0), STAMP_RECORD);
}

static void after_restart(void **state)
{
    const struct runs past = {.last_s = T0 + 20, .since_s = T0 - 500};
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, &past);
    for (int64_t i = 0; i <= 2; i++)
        assert_int_equal(judge(&s, 10 * i, 0), STAMP_WAIT);
    assert_int_equal(judge(&s, 30, 0), STAMP_RECORD);
    for (int64_t i = 0; i <= 2; i++)
        assert_int_equal(take(&s, 10 * i), 0);
    assert_int_equal(take(&s, 30), T0 + 30);
}

static void back(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    for (int64_t i = -10; i <= 0; i++) {
        judge(&s, 10 * i + 1000, -1000);
        take(&s, 10 * i + 1000);
    }
    assert_int_equal(stamp_moved(&s, (T0 + 10 - 40) * NS_PER_S, (M0 + 1010) * NS_PER_S),
                     -40 * (int64_t)NS_PER_S + -20000000);
    /* For good: what is sampled until time has passed the last has none. */
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(judge(&s, 10 * i + 1000, -1040), STAMP_WAIT);
    assert_int_equal(judge(&s, 1050, -1040), STAMP_RECORD);
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(take(&s, 10 * i + 1000), 0);
    assert_int_equal(take(&s, 1050), T0 + 10);
    /* For a moment, and by more than what is believed forward: nothing is lost. */
    for (int64_t i = 1; i <= 8; i++)
        assert_int_equal(judge(&s, 10 * i + 1050, -1130), STAMP_WAIT);
    assert_int_equal(judge(&s, 1140, -1040), STAMP_RECORD);
    for (int64_t i = 1; i <= 9; i++)
        assert_int_equal(take(&s, 10 * i + 1050), T0 + 10 + (uint64_t)(10 * i));
    /* Whoever ends while it is back has nothing to record. */
    assert_int_equal(judge(&s, 1150, -1090), STAMP_WAIT);
    assert_int_equal(take(&s, 1150), 0);
}

/* A machine starts with a clock that is ahead: the samples under its times are outvoted. */
static void ahead(void **state)
{
    const uint64_t jumps[] = {3600, 86400 * 20, UINT64_C(86400) * 4000};

    (void)state;
    for (size_t i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
        const uint64_t wrong = T0 + jumps[i];
        /* 12 samples of the wrong time, and right ones until an hour before the start. */
        const struct runs past = {.last_s = wrong + 110, .since_s = wrong, .before_s = T0 - 3600};
        struct stamp s;
        stamp_init(&s, 10, &past);
        for (int64_t k = 0; k < 12; k++)
            assert_int_equal(judge(&s, 10 * k, 0), STAMP_HOLD);
        assert_int_equal(judge(&s, 120, 0), STAMP_RECORD);
        for (int64_t k = 0; k <= 12; k++)
            assert_int_equal(take(&s, 10 * k), T0 + (uint64_t)(10 * k));
        assert_int_equal(judge(&s, 130, 0), STAMP_RECORD);
        assert_int_equal(take(&s, 130), T0 + 130);
        /* The kernel being sure, a few suffice. */
        stamp_init(&s, 10, &past);
        for (int64_t k = 0; k < STAMP_PROOF; k++)
            assert_int_equal(judge_as(&s, 10 * k, 0, true), STAMP_HOLD);
        assert_int_equal(judge_as(&s, 10 * STAMP_PROOF, 0, true), STAMP_RECORD);
    }
}

/* The same, put right while it is recorded: a minute of right samples at least. */
static void put_right(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    judge(&s, 0, 7200);
    assert_int_equal(take(&s, 0), T0 + 7200);
    for (int64_t i = 1; i <= STAMP_PROOF; i++)
        assert_int_equal(judge(&s, 10 * i, 0), STAMP_HOLD);
    assert_int_equal(judge(&s, 70, 0), STAMP_RECORD);
    for (int64_t i = 1; i <= 7; i++)
        assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
    /* And behind that again is a clock put back a little: it waits. */
    assert_int_equal(judge(&s, 80, -30), STAMP_WAIT);
}

/* It starts later than the last sample by more than an hour. */
static void later(void **state)
{
    static const struct {
        uint64_t by_s, need;
    } starts[] = {{3600, 1}, {5400, 59}, {86400 * 3, 300}, {UINT64_C(86400) * 700, 300}};

    (void)state;
    for (size_t k = 0; k < sizeof(starts) / sizeof(*starts); k++)
        for (int sure = 0; sure < 2; sure++) {
            const struct runs past = {.last_s = T0 - starts[k].by_s, .since_s = T0 - 86400 * 900};
            int64_t need = (int64_t)starts[k].need;
            struct stamp s;
            if (sure && need > STAMP_PROOF)
                need = STAMP_PROOF;
            stamp_init(&s, 10, &past);
            for (int64_t i = 0; i < need - 1; i++)
                assert_int_equal(judge_as(&s, 10 * i, 0, sure), STAMP_HOLD);
            /* Whoever ends now does not know. */
            if (need > 1)
                assert_int_equal(take(&s, 0), 0);
            assert_int_equal(judge_as(&s, 10 * (need - 1), 0, sure), STAMP_RECORD);
            for (int64_t i = 0; i < need; i++)
                assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
        }
}

/* It starts with a clock that is ahead, which is put right before it is believed. */
static void later_by_mistake(void **state)
{
    const struct runs past = {.last_s = T0 - 600, .since_s = T0 - 86400};
    const int64_t jumps[] = {7200, 86400 * 2, INT64_C(86400) * 700};

    (void)state;
    for (size_t k = 0; k < sizeof(jumps) / sizeof(*jumps); k++) {
        struct stamp s;
        stamp_init(&s, 10, &past);
        for (int64_t i = 0; i < 42; i++)
            assert_int_equal(judge(&s, 10 * i, jumps[k]), STAMP_HOLD);
        assert_int_equal(judge(&s, 420, 0), STAMP_RECORD);
        for (int64_t i = 0; i <= 42; i++)
            assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
    }
}

/* A machine starts with a clock of long ago: nothing is taken back, and what was sampled until it
 * is put right has its right time. */
static void long_ago(void **state)
{
    const struct runs past = {.last_s = T0 - 300, .since_s = T0 - 86400, .before_s = T0 - 90000};
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, &past);
    for (int64_t i = 0; i < 300; i++)
        assert_int_equal(judge(&s, 10 * i, -200000000), STAMP_HOLD);
    assert_int_equal(judge(&s, 3000, 0), STAMP_RECORD);
    for (int64_t i = 0; i <= 300; i++)
        assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
}

/* Nor by a clock that jumps about, but by one that stays for a day. */
static void a_day(void **state)
{
    const struct runs past = {
        .last_s = T0 + 86400 * 100, .since_s = T0 + 86400, .before_s = T0 + 80000};
    struct stamp s;
    int64_t i = 0;

    (void)state;
    stamp_init(&s, 10, &past);
    for (; i < 20000; i++)
        assert_int_equal(judge(&s, 10 * i, -199999998 + i % 7 * 5), STAMP_HOLD);
    while (judge(&s, 10 * i, -200000000) == STAMP_HOLD)
        i++;
    assert_int_equal(i, 20000 + 8640);
    assert_int_equal(take(&s, 10 * i), T0 - 200000000 + (uint64_t)(10 * i));
}

/* A little forward is what clocks do: a gap of that length. */
static void little(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    judge(&s, 0, 0);
    take(&s, 0);
    assert_int_equal(judge(&s, 10, 30), STAMP_RECORD);
    assert_int_equal(take(&s, 10), T0 + 40);
}

/* Forward for good: held until it is proven, then all of them under the new time. */
static void forward(void **state)
{
    static const struct {
        int64_t by_s, need;
    } jumps[] = {{61, 6}, {600, 6}, {7200, 72}, {86400, 300}, {INT64_C(86400) * 700, 300}};

    (void)state;
    for (size_t k = 0; k < sizeof(jumps) / sizeof(*jumps); k++)
        for (int sure = 0; sure < 2; sure++) {
            int64_t by = jumps[k].by_s, need = sure ? STAMP_PROOF : jumps[k].need;
            struct stamp s;
            init(&s, 10);
            judge(&s, 0, 0);
            take(&s, 0);
            for (int64_t i = 1; i < need; i++)
                assert_int_equal(judge_as(&s, 10 * i, by, sure), STAMP_HOLD);
            assert_int_equal(judge_as(&s, 10 * need, by, sure), STAMP_RECORD);
            for (int64_t i = 1; i <= need; i++)
                assert_int_equal(take(&s, 10 * i), (T0 + (uint64_t)(by + 10 * i)) / 10 * 10);
            assert_int_equal(judge(&s, 10 * need + 10, by), STAMP_RECORD);
        }
}

/* Held by who is not sure, and settled at once when it is. */
static void sure_at_last(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    judge(&s, 0, 0);
    take(&s, 0);
    for (int64_t i = 1; i < 100; i++)
        assert_int_equal(judge(&s, 10 * i, 86400), STAMP_HOLD);
    assert_int_equal(judge_as(&s, 1000, 86400, true), STAMP_RECORD);
    for (int64_t i = 1; i <= 100; i++)
        assert_int_equal(take(&s, 10 * i), T0 + 86400 + (uint64_t)(10 * i));
}

/* A step counts as long as its time, whatever its number of samples: of seconds, of hours. */
static void steps(void **state)
{
    static const struct {
        uint64_t step_s;
        int64_t need;
    } of[] = {{1, 3000}, {60, 50}, {3600, 6}};

    (void)state;
    for (size_t k = 0; k < sizeof(of) / sizeof(*of); k++) {
        int64_t step = (int64_t)of[k].step_s;
        struct stamp s;
        init(&s, of[k].step_s);
        judge(&s, 0, 0);
        take(&s, 0);
        for (int64_t i = 1; i < of[k].need; i++)
            assert_int_equal(judge(&s, step * i, 86400 * 700), STAMP_HOLD);
        assert_int_equal(judge(&s, step * of[k].need, 86400 * 700), STAMP_RECORD);
    }
    /* And so does what is nothing to prove at the start. */
    const struct runs past = {.last_s = T0 - 50 * 3600, .since_s = T0 - 86400 * 9};
    struct stamp s;
    stamp_init(&s, 3600, &past);
    assert_int_equal(judge(&s, 0, 0), STAMP_RECORD);
}

/* Far forward by mistake, for a moment or for minutes: the held ones get the times they had by the
 * old clock, be it that it comes back or that it ends. */
static void mistaken(void **state)
{
    const int64_t jumps[] = {86400 * 2, INT64_C(86400) * 700, 1000000000};

    (void)state;
    for (size_t k = 0; k < sizeof(jumps) / sizeof(*jumps); k++)
        for (int64_t n = 2; n <= 42; n += 4)
            for (int ends = 0; ends < 2; ends++) {
                struct stamp s;
                init(&s, 10);
                judge(&s, 0, 0);
                take(&s, 0);
                for (int64_t i = 1; i <= n; i++)
                    assert_int_equal(judge(&s, 10 * i, jumps[k]), STAMP_HOLD);
                if (!ends)
                    assert_int_equal(judge(&s, 10 * n + 10, 0), STAMP_RECORD);
                for (int64_t i = 1; i <= n + !ends; i++)
                    assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
            }
}

/* A clock that jumps about proves nothing. */
static void wild(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    judge(&s, 0, 0);
    take(&s, 0);
    for (int64_t i = 1; i < 30; i++)
        assert_int_equal(judge(&s, 10 * i, 86400 + 100 * i), STAMP_HOLD);
    assert_int_equal(judge(&s, 300, 0), STAMP_RECORD);
    for (int64_t i = 1; i <= 30; i++)
        assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
}

/* Killed while a jump is to be proven, and asked again: it is as if it had gone on. */
static void resumed(void **state)
{
    const int64_t by = 1200, need = 12;
    struct stamp s, t;
    int64_t believed;

    (void)state;
    init(&s, 10);
    assert_false(stamp_believes(&s, &believed));
    assert_false(stamp_settles(&s));
    judge(&s, 0, 0);
    take(&s, 0);
    assert_true(stamp_believes(&s, &believed));
    stamp_init(&t, 10, &s.past);
    stamp_resume(&t, believed);
    for (int64_t i = 1; i < need; i++)
        assert_int_equal(judge(&t, 10 * i, by), STAMP_HOLD);
    assert_true(stamp_settles(&t));
    struct stamp u = t;
    assert_int_equal(judge(&t, 10 * need, by), STAMP_RECORD);
    assert_int_equal(take(&t, 10), T0 + 10 + (uint64_t)by);
    /* Or the old time comes back. */
    assert_int_equal(judge(&u, 10 * need, 0), STAMP_RECORD);
    assert_int_equal(take(&u, 10), T0 + 10);
    /* Without that it is believed at once, being less than an hour. */
    stamp_init(&t, 10, &s.past);
    assert_int_equal(judge(&t, 10, by), STAMP_RECORD);
    judge(&s, 10, -5);
    assert_false(stamp_settles(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady),
        cmocka_unit_test(after_restart),
        cmocka_unit_test(back),
        cmocka_unit_test(little),
        cmocka_unit_test(forward),
        cmocka_unit_test(sure_at_last),
        cmocka_unit_test(steps),
        cmocka_unit_test(mistaken),
        cmocka_unit_test(wild),
        cmocka_unit_test(ahead),
        cmocka_unit_test(put_right),
        cmocka_unit_test(long_ago),
        cmocka_unit_test(a_day),
        cmocka_unit_test(later),
        cmocka_unit_test(later_by_mistake),
        cmocka_unit_test(resumed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
