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

static void steady(void **state)
{
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, 0);
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
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, T0 + 20);
    for (int64_t i = 0; i <= 2; i++)
        assert_int_equal(judge(&s, 10 * i, 0), STAMP_PASS);
    assert_int_equal(judge(&s, 30, 0), STAMP_RECORD);
    assert_int_equal(take(&s, 30), T0 + 30);
}

static void back(void **state)
{
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, 0);
    judge(&s, 0, 0);
    take(&s, 0);
    assert_int_equal(stamp_moved(&s, (T0 + 10 - 40) * NS_PER_S, (M0 + 10) * NS_PER_S),
                     -40 * (int64_t)NS_PER_S + -20000000);
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(judge(&s, 10 * i, -40), STAMP_PASS);
    assert_int_equal(judge(&s, 50, -40), STAMP_RECORD);
    assert_int_equal(take(&s, 50), T0 + 10);
}

/* What was recorded years ahead keeps nobody waiting, neither at a start nor while it goes on. */
static void years_ahead(void **state)
{
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, T0 + STAMP_AHEAD_S - 20); /* within the bound: it waits */
    assert_int_equal(judge(&s, 0, 0), STAMP_PASS);
    stamp_init(&s, 10, T0 + STAMP_AHEAD_S + 20);
    assert_int_equal(judge(&s, 0, 0), STAMP_RECORD);
    assert_int_equal(take(&s, 0), T0);
    for (int64_t i = 1; i <= STAMP_PROOF; i++)
        judge(&s, 10 * i, 86400 * 400);
    assert_int_equal(take(&s, 60), T0 + 86400 * 400 + 60);
    assert_int_equal(judge(&s, 70, 0), STAMP_RECORD);
    assert_int_equal(take(&s, 70), T0 + 70);
}

/* A little forward is what clocks do: a gap of that length. */
static void little(void **state)
{
    struct stamp s;

    (void)state;
    stamp_init(&s, 10, 0);
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
    stamp_init(&s, 10, 0);
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
    stamp_init(&s, 10, 0);
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
    stamp_init(&s, 10, 0);
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
        cmocka_unit_test(steady), cmocka_unit_test(after_restart), cmocka_unit_test(back),
        cmocka_unit_test(little), cmocka_unit_test(forward),       cmocka_unit_test(mistaken),
        cmocka_unit_test(wild),   cmocka_unit_test(years_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
