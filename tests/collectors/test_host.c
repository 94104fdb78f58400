/* host: the two figures that libstatgrab does not have. */
#include "../unit.h"

#include "collectors/host.h"

static void rest(void **state)
{
    static const char *const without[] = {"cpu 1 2 3 4 5 6 7\n", /* before Linux 2.6.11 */
                                          "intr 1 2 3 4 5 6 7 8 9", "", "cpu  a b c",
                                          "cpu 1 2 3 4 5 6 7 x"};
    uint64_t interrupts, steal;

    (void)state;
    assert_true(
        proc_stat_rest("cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1\n", &interrupts, &steal));
    assert_int_equal(interrupts, 130);
    assert_int_equal(steal, 80);
    assert_true(proc_stat_rest("cpu 1 2 3 4 5 0 0 0\n", &interrupts, &steal));
    assert_int_equal(interrupts, 0);
    assert_int_equal(steal, 0);
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        assert_false(proc_stat_rest(without[i], &interrupts, &steal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rest)};

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
