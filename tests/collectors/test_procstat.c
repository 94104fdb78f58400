/* procstat: names of threads as the kernel gives them, lines as it writes them. */
#include "../unit.h"

#include "collectors/procstat.h"

static void thread_names(void **state)
{
    static const struct {
        const char *comm;
        enum served_as as;
        uint64_t domid;
    } cases[] = {
        {"vif7.0-q1-guest", SERVES_NET, 7},
        {"vif12.3-q0-deal", SERVES_NET, 12},
        {"7.xvda-0", SERVES_BLK, 7},
        {"blkback.7.xvda", SERVES_BLK, 7},
        {"31.hda-1", SERVES_BLK, 31},
        {"vif7.0", SERVES_NOBODY, 0},
        {"vif", SERVES_NOBODY, 0},
        {"kworker/0:1", SERVES_NOBODY, 0},
        {"7.other", SERVES_NOBODY, 0},
        {"99999.xvda-0", SERVES_NOBODY, 0},
        {"", SERVES_NOBODY, 0},
        {"vif-7.0-q0", SERVES_NOBODY, 0},
    };
    uint64_t domid;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(thread_name_parse(cases[i].comm, &domid), cases[i].as);
        if (cases[i].as != SERVES_NOBODY)
            assert_int_equal(domid, cases[i].domid);
    }
}

static void command_lines(void **state)
{
    static const char dm[] = "/usr/bin/qemu-system-i386\0-xen-domid\0"
                             "17\0-nodefaults";
    static const char other[] = "/usr/bin/python3\0-xen-domid\0"
                                "17";
    static const char bare[] = "/usr/bin/qemu-system-i386\0-xen-domid";
    uint64_t domid;

    (void)state;
    assert_int_equal(command_line_parse(dm, sizeof(dm), &domid), SERVES_DM);
    assert_int_equal(domid, 17);
    assert_int_equal(command_line_parse(other, sizeof(other), &domid), SERVES_NOBODY);
    assert_int_equal(command_line_parse(bare, sizeof(bare), &domid), SERVES_NOBODY);
    assert_int_equal(command_line_parse("", 0, &domid), SERVES_NOBODY);
}

static void stats(void **state)
{
    static const char line[] = "1234 (7.xvda-0) S 2 0 0 0 -1 2129984 0 0 0 0 3 41 0 0 20 0 1 0 "
                               "8123 0 0 18446744073709551615 0 0\n";
    static const char odd[] = "5 (a) b (c)) R 1 0 0 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 9 0\n";
    struct procstat s;

    (void)state;
    assert_true(procstat_parse(line, sizeof(line) - 1, &s));
    assert_string_equal(s.comm, "7.xvda-0");
    assert_true(s.kernel);
    assert_int_equal(s.user, 3);
    assert_int_equal(s.system, 41);
    assert_int_equal(s.start, 8123);
    assert_true(procstat_parse(odd, sizeof(odd) - 1, &s));
    assert_string_equal(s.comm, "a) b (c)");
    assert_false(s.kernel);
    assert_false(procstat_parse("1 (x) S 2", 9, &s));
    assert_false(procstat_parse("1 x S 2 0", 9, &s));
    assert_false(procstat_parse("", 0, &s));
    assert_int_equal(schedstat_parse("41482183 4667553 88\n", 20), 41482183);
    assert_int_equal(schedstat_parse("x 1 2\n", 6), UNKNOWN);
    assert_int_equal(schedstat_parse("", 0), UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_names),
        cmocka_unit_test(command_lines),
        cmocka_unit_test(stats),
    };

    return cmocka_run_group_tests_name("procstat", tests, NULL, NULL);
}
