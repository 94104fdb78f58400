/* stamp: clocks that go on, step back and forth, are suspended, or were wrong for a moment. */
#include "unit.h"

#include "base.h"
#include "store/stamp.h"

#define T0 UINT64_C(1795317160)
#define M0 UINT64_C(1000)

/* A sample after so many seconds of the monotonic clock, the wall clock ahead by `ahead`. */
static enum stamp_verdict judge(struct stamp *s, int64_t after, int64_t ahead)
{
    return stamp_judge(s, (uint64_t)((int64_t)T0 + after + ahead) * NS_PER_S + 20000000,
                       (M0 + (uint64_t)after) * NS_PER_S);
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
    /* A second one within the step. */
    assert_int_equal(judge(&s, 994, 0), STAMP_PASS);
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
        assert_int_equal(judge(&s, 10 * i, 0), STAMP_PASS);
    assert_int_equal(judge(&s, 30, 0), STAMP_RECORD);
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
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(judge(&s, 10 * i + 1000, -1040), STAMP_PASS);
    assert_int_equal(judge(&s, 1050, -1040), STAMP_RECORD);
    assert_int_equal(take(&s, 1050), T0 + 10);
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
    assert_int_equal(judge(&s, 80, -30), STAMP_PASS);
}

/* It starts more than a day after the last sample: six have to agree, and less than that none. */
static void days_later(void **state)
{
    const struct runs past = {.last_s = T0 - 86400 * 3, .since_s = T0 - 86400 * 9};
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, &past);
    for (int64_t i = 1; i < STAMP_PROOF; i++)
        assert_int_equal(judge(&s, 10 * i, 0), STAMP_HOLD);
    assert_int_equal(judge(&s, 10 * STAMP_PROOF, 0), STAMP_RECORD);
    for (int64_t i = 1; i <= STAMP_PROOF; i++)
        assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
    stamp_init(&s, 10, &past);
    assert_int_equal(judge(&s, 0, 86400 * 400), STAMP_HOLD); /* put right within the minute */
    assert_int_equal(judge(&s, 10, -86400 * 3 + 600), STAMP_RECORD);
    for (int64_t i = 0; i <= 1; i++)
        assert_int_equal(take(&s, 10 * i), T0 - 86400 * 3 + 600 + (uint64_t)(10 * i));
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
    for (int64_t i = 300; i < 299 + STAMP_PROOF; i++)
        assert_int_equal(judge(&s, 10 * i, 0), STAMP_HOLD);
    assert_int_equal(judge(&s, 10 * (299 + STAMP_PROOF), 0), STAMP_RECORD);
    for (int64_t i = 0; i < 300 + STAMP_PROOF; i++)
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

/* Far forward for good: held until it is proven, then all of them under the new time. */
static void forward(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    judge(&s, 0, 0);
    take(&s, 0);
    for (int64_t i = 1; i < STAMP_PROOF; i++)
        assert_int_equal(judge(&s, 10 * i, 86400), STAMP_HOLD);
    assert_int_equal(judge(&s, 10 * STAMP_PROOF, 86400), STAMP_RECORD);
    for (int64_t i = 1; i <= STAMP_PROOF; i++)
        assert_int_equal(take(&s, 10 * i), T0 + 86400 + (uint64_t)(10 * i));
    assert_int_equal(judge(&s, 100, 86400), STAMP_RECORD);
}

/* Far forward by mistake: the held ones get the times they had by the old clock. */
static void mistaken(void **state)
{
    struct stamp s;

    (void)state;
    init(&s, 10);
    judge(&s, 0, 0);
    take(&s, 0);
    assert_int_equal(judge(&s, 10, 1000000000), STAMP_HOLD);
    assert_int_equal(judge(&s, 20, 1000000000), STAMP_HOLD);
    assert_int_equal(judge(&s, 30, 0), STAMP_RECORD);
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(take(&s, 10 * i), T0 + (uint64_t)(10 * i));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady),   cmocka_unit_test(after_restart), cmocka_unit_test(back),
        cmocka_unit_test(little),   cmocka_unit_test(forward),       cmocka_unit_test(mistaken),
        cmocka_unit_test(wild),     cmocka_unit_test(ahead),         cmocka_unit_test(put_right),
        cmocka_unit_test(long_ago), cmocka_unit_test(a_day),         cmocka_unit_test(days_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
