/* store_read: the values of xenstore's nodes, from their bytes. */
#include "unit.h"

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
    store_entry_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(sizes),
        cmocka_unit_test(kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
