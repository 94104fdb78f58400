/* store: what xenstore's events mean, and numbers as it holds them. */
#include "../unit.h"

#include "collectors/store_watch.h"

static void events(void **state)
{
    static const struct {
        const char *path, *token;
        unsigned parts;
        uint64_t domid;
    } cases[] = {
        {"/local/domain/7/name", "n7", STORE_NAME, 7},
        {"/local/domain/7/memory/target", "t7", STORE_TARGET, 7},
        {"/local/domain/7/name", "n", 0, 0},
        {"/local/domain/7/name", "n7x", 0, 0},
        {"/local/domain/7/name", "n-7", 0, 0},
        {"/libxl", "d", 0, 0},
        {"/libxl/7", "d", 0, 0},
        {"/libxl/7/dm-version", "d", 0, 0},
        {"/libxl/7/device/vbd/51712/backend", "d", STORE_DEVICES, 7},
        {"/local/domain/0/backend", "b", 0, 0},
        {"/local/domain/0/backend/vif", "b", 0, 0},
        {"/local/domain/0/backend/vif/7", "b", STORE_DEVICES, 7},
        {"/local/domain/0/backend/vif/7/0", "b", STORE_DEVICES, 7},
        {"/local/domain/0/backend/vif/7/0/mac", "b", STORE_DEVICES, 7},
        {"/local/domain/0/backend/vbd3/12/51712/params", "b", STORE_DEVICES, 12},
        /* The two ends' talk with each other, however much of it there is. */
        {"/local/domain/0/backend/vif/7/0/state", "b", 0, 7},
        {"/local/domain/0/backend/vif/7/0/mac/x", "b", 0, 7},
        {"/local/domain/0/backend/vif/7x/0/mac", "b", 0, 7},
        {"/local/domain/0/backend/vif/x/0/mac", "b", 0, 0},
        {"", "b", 0, 0},
        {"", "", 0, 0},
        {"@releaseDomain", "x", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct store_event e = store_event_parse(cases[i].path, cases[i].token);
        assert_int_equal(e.parts, cases[i].parts);
        if (e.parts)
            assert_int_equal(e.domid, cases[i].domid);
    }
}

static void numbers(void **state)
{
    static const char *const none[] = {"",
                                       " 1",
                                       "-1",
                                       "+1",
                                       "1 ",
                                       "1k",
                                       "0x10",
                                       "x",
                                       "18446744073709551616",
                                       "18446744073709551615"};

    (void)state;
    assert_int_equal(store_parse_kib("0"), 0);
    assert_int_equal(store_parse_kib("131072"), 131072 * 1024);
    assert_int_equal(store_parse_kib(NULL), UNKNOWN);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(store_parse_kib(none[i]), UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(events), cmocka_unit_test(numbers)};

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
