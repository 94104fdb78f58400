/* host: dom0's cpu time from the kernel's own words. */
#include "../unit.h"

#include "collectors/host.h"

static void cpu_time(void **state)
{
    static const char *const without[] = {"cpu 1 2 3 4 5 6 7\n", /* before Linux 2.6.11 */
                                          "intr 1 2 3 4 5 6 7 8 9", "", "cpu  a b c",
                                          "cpu 1 2 3 4 5 6 7 x"};
    struct cpu_ticks t;

    (void)state;
    assert_true(proc_stat_parse("cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1\n", &t));
    assert_int_equal(t.user, 30);
    assert_int_equal(t.system, 160);
    assert_int_equal(t.idle, 40);
    assert_int_equal(t.iowait, 50);
    assert_int_equal(t.steal, 80);
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        assert_false(proc_stat_parse(without[i], &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cpu_time)};

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
