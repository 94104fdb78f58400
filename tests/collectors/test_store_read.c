/* store_read: the values of xenstore's nodes, from their bytes. */
#include "unit.h"

#include "base.h"
#include "collectors/store_read.h"

static void times(void **state)
{
    (void)state;
    /* As libxl writes it: "%jd.%02d". */
    assert_int_equal(store_parse_time("1763866800.07"), UINT64_C(1763866800070000000));
    assert_int_equal(store_parse_time("1763866800.89"), UINT64_C(1763866800890000000));
    assert_int_equal(store_parse_time("1763866800"), UINT64_C(1763866800000000000));
    assert_int_equal(store_parse_time("0.123456789"), UINT64_C(123456789));
    assert_int_equal(store_parse_time("9999999999.99"), UINT64_C(9999999999990000000));
    static const char *const wrong[] = {
        "",    "-1",   " 1",   "1 ",           ".5",          "x",
        "1x",  "1.5x", "0x10", "1.2.3",        "10000000000", "99999999999999999999999",
        "1e9", "+1",   "1,5",  "1.0000000001", "NaN",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_true(store_parse_time(wrong[i]) == UNKNOWN);
    assert_true(store_parse_time(NULL) == UNKNOWN);
}

static void sizes(void **state)
{
    (void)state;
    assert_int_equal(store_parse_kib("1048576"), UINT64_C(1) << 30);
    assert_int_equal(store_parse_kib("0"), 0);
    assert_true(store_parse_kib("1 ") == UNKNOWN);
    assert_true(store_parse_kib("-1") == UNKNOWN);
    assert_true(store_parse_kib("99999999999999999999") == UNKNOWN);
    assert_true(store_parse_kib(NULL) == UNKNOWN);
}

/* After a connection broke, what cannot be read is as it was; else it is gone. */
static void kept(void **state)
{
    struct uuid uuid = {{1}};
    struct store_entry *e = store_entry_new(7, &uuid);

    (void)state;
    assert_true(e->start_ns == UNKNOWN);
    struct store_entry fresh = *e;
    fresh.start_ns = 42;
    store_entry_take(e, &fresh, STORE_TARGET);
    assert_true(e->start_ns == UNKNOWN); /* not the part it is in */
    store_entry_take(e, &fresh, STORE_DEVICES);
    assert_int_equal(e->start_ns, 42);
    e->kept = true;
    fresh = *e;
    fresh.start_ns = UNKNOWN;
    store_entry_take(e, &fresh, STORE_DEVICES);
    assert_int_equal(e->start_ns, 42);
    store_entry_take(e, &fresh, STORE_DEVICES);
    assert_true(e->start_ns == UNKNOWN);
    fresh.target_bytes = 10;
    fresh.video_bytes = 2;
    store_entry_take(e, &fresh, STORE_TARGET);
    e->kept = true;
    fresh.target_bytes = fresh.video_bytes = UNKNOWN;
    store_entry_take(e, &fresh, STORE_TARGET);
    assert_int_equal(e->target_bytes, 10);
    assert_int_equal(e->video_bytes, 2);
    store_entry_free(e);
}

#define MIB UINT64_C(1048576)

/* What libxl writes of a guest of so many MiB, of which so many are video RAM. */
static void balloons(void **state)
{
    static const struct {
        uint64_t target_kib, video_mib, mem_mib; /* video UINT64_MAX: no node, or "-1" */
        bool agrees;
    } cases[] = {
        {512 * 1024 - 16 * 1024, 16, 512, true}, /* stdvga */
        {800 * 1024 - 16 * 1024, 16, 800, true},
        {512 * 1024 - 16 * 1024 - 1024, 16, 512, true}, /* and maxmem= is more */
        {256 * 1024 - 128 * 1024, 128, 256, true},      /* qxl */
        {512 * 1024, 0, 512, true},
        {512 * 1024, UINT64_MAX, 512, true},
        {512 * 1024 + 1, UINT64_MAX, 512, true},
        {512 * 1024, UINT64_MAX, 528, false},
        {512 * 1024, UINT64_MAX, 496, false},
        {256 * 1024 - 16 * 1024, 16, 512, false},
        {512 * 1024 - 16 * 1024, 16, 496, false},
        {4, 16, 8, true}, /* less than its video RAM: it is being built */
    };
    struct uuid uuid = {{1}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct store_entry *e = store_entry_new(7, &uuid);
        e->target_bytes = cases[i].target_kib * 1024;
        if (cases[i].video_mib != UINT64_MAX)
            e->video_bytes = cases[i].video_mib * MIB;
        /* From the first look on. */
        assert_int_equal(store_balloon(e, cases[i].mem_mib * MIB, 1000), 0);
        if (store_balloon(e, cases[i].mem_mib * MIB, 1500) != (cases[i].agrees ? 0 : 500))
            fail_msg("case %zu", i);
        store_entry_free(e);
    }
}

static void a_balloon(void **state)
{
    struct uuid uuid = {{1}};
    struct store_entry *e = store_entry_new(7, &uuid);

    (void)state;
    assert_int_equal(store_balloon(e, 512 * MIB, 1000), UNKNOWN);
    e->target_bytes = 0;
    assert_int_equal(store_balloon(e, 512 * MIB, 1000), UNKNOWN);
    e->target_bytes = 512 * MIB;
    assert_int_equal(store_balloon(e, UNKNOWN, 1000), UNKNOWN);
    assert_int_equal(store_balloon(e, 512 * MIB, 1000), 0);
    e->target_bytes = 256 * MIB;
    assert_int_equal(store_balloon(e, 512 * MIB, 1200), 200);
    assert_int_equal(store_balloon(e, 300 * MIB, 1300), 300);
    assert_int_equal(store_balloon(e, 300 * MIB, 900), 0); /* no time before it */
    assert_int_equal(store_balloon(e, 258 * MIB, 1400), 0);
    assert_int_equal(store_balloon(e, 300 * MIB, 1450), 50);
    store_entry_free(e);
}

/* A guest that boots is asked often until it says something, one that is silent now and then. */
static void agents(void **state)
{
    const uint64_t s = NS_PER_S, wall = 1763866800 * s;
    struct uuid uuid = {{1}};
    struct store_entry *e = store_entry_new(7, &uuid);

    (void)state;
    e->seen_ns = 1000 * s;
    assert_int_equal(store_agent_pause(e, 1000 * s, wall), 20 * s);
    assert_int_equal(store_agent_pause(e, 1100 * s, wall), 100 * s);
    assert_int_equal(store_agent_pause(e, 1299 * s, wall), 299 * s);
    assert_int_equal(store_agent_pause(e, 1300 * s, wall), 300 * s);
    /* It was there before it was seen. */
    e->start_ns = wall - 299 * s;
    assert_int_equal(store_agent_pause(e, 1000 * s, wall), 20 * s);
    e->start_ns = wall - 300 * s;
    assert_int_equal(store_agent_pause(e, 1000 * s, wall), 300 * s);
    e->start_ns = wall + 100 * s; /* dom0's clock was set back */
    assert_int_equal(store_agent_pause(e, 1000 * s, wall), 20 * s);
    assert_int_equal(store_agent_pause(e, 1300 * s, wall), 300 * s);
    e->guest_free_bytes = 0;
    assert_int_equal(store_agent_pause(e, 1000 * s, wall), 10 * s);
    assert_int_equal(store_agent_pause(e, 1300 * s, wall), 10 * s);
    store_entry_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),    cmocka_unit_test(sizes),     cmocka_unit_test(kept),
        cmocka_unit_test(balloons), cmocka_unit_test(a_balloon), cmocka_unit_test(agents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
