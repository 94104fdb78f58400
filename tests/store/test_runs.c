/* runs: since when there are samples without a gap, of files that a recorder made. */
#include "recorded.h"

#include <errno.h>

#include "store/layout.h"
#include "store/runs.h"

#define GAP 60

static void record(struct env *e, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++) {
        unit_sample(&e->s, ++e->seq, (double)(i * STEP));
        unit_domain(&e->s, 1, 1);
        snapshot_seal(&e->s);
        recorder_sample(e->r, &e->s, T0 + i * STEP);
        work(e);
    }
}

static struct runs runs_of(struct env *e)
{
    char path[LAYOUT_PATH];
    struct runs r;

    layout_rrd(path, ENTITY_HOST, NULL, 0);
    assert_int_equal(runs_read(&r, e->folder->fd, path, GAP), 0);
    return r;
}

static void assert_runs(struct env *e, uint64_t before, uint64_t since, uint64_t last)
{
    struct runs r = runs_of(e);

    assert_true(r.before_s == before && r.since_s == since && r.last_s == last);
}

static void found(void **state)
{
    struct env *e = *state;

    reopen(e);
    record(e, 0, 100);
    assert_runs(e, 0, T0, T0 + 1000);
    record(e, 106, 110); /* a minute is no gap */
    assert_runs(e, 0, T0, T0 + 1100);
    record(e, 120, 120);
    assert_runs(e, T0 + 1100, T0 + 1200, T0 + 1200);
    record(e, 121, 300);
    assert_runs(e, T0 + 1100, T0 + 1210, T0 + 3000);
    /* By coarser rows: of a minute, the first second of it; 3 hours are there of 10 s. */
    record(e, 1400, 1500);
    assert_runs(e, T0 + 2950, T0 + 14010, T0 + 15000);
    record(e, 3000, 3001);
    assert_runs(e, T0 + 14950, T0 + 30010, T0 + 30010);
    /* Of ten minutes, and the run before reaches as far as nothing says otherwise. */
    record(e, 20000, 20000);
    assert_runs(e, (T0 + 30010) / 600 * 600 + STEP, T0 + 200000, T0 + 200000);
}

/* As adding one after the other says it. */
static void added(void **state)
{
    struct runs r = {0};

    (void)state;
    runs_add(&r, 1000, GAP);
    assert_true(r.last_s == 1000 && r.since_s == 1000 && r.before_s == 0);
    runs_add(&r, 1060, GAP);
    assert_true(r.last_s == 1060 && r.since_s == 1000 && r.before_s == 0);
    runs_add(&r, 1130, GAP);
    assert_true(r.last_s == 1130 && r.since_s == 1130 && r.before_s == 1060);
}

static void none(void **state)
{
    struct env *e = *state;
    struct runs r = {1, 2, 3};

    assert_int_equal(runs_read(&r, e->folder->fd, "host.rrd", GAP), -ENOENT);
    assert_true(!r.last_s && !r.since_s && !r.before_s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(found), cmocka_unit_test(added), TEST(none)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
