/* procstat: names of threads as the kernel gives them, lines as it writes them. */
#include "../unit.h"

#include "collectors/procstat.h"

static void thread_names(void **state)
{
    static const struct {
        const char *comm;
        enum served_as as;
        uint64_t domid, id;
    } cases[] = {
        {"vif7.0-q1-guest-rx", SERVES_NET, 7, 0},
        {"vif7.2-q0-dealloc", SERVES_NET, 7, 2},
        {"vif7.0-q1-guest", SERVES_NET, 7, 0},
        {"vif12.3-q0-deal", SERVES_NET, 12, 3},
        {"vif7.1-dealloc", SERVES_NET, 7, 1},
        {"7.xvda-0", SERVES_BLK, 7, 0},
        {"7.51712-0", SERVES_BLK, 7, 0},
        {"7.d0p0-3", SERVES_BLK, 7, 0},
        {"7.other-0", SERVES_BLK, 7, 0},
        {"7.a-b-c-12", SERVES_BLK, 7, 0},
        {"7.xvda", SERVES_BLK, 7, 0},
        {"32751.268435472", SERVES_BLK, 32751, 0},
        {"blkback.7.xvda", SERVES_BLK, 7, 0},
        {"blkback.7.51712", SERVES_BLK, 7, 0},
        {"31.hda-1", SERVES_BLK, 31, 0},
        {"vif7.0", SERVES_NOBODY, 0, 0},
        {"vif7.0-q0", SERVES_NOBODY, 0, 0},
        {"vif7.0-q-guest", SERVES_NOBODY, 0, 0},
        {"vif7.0-q0-other", SERVES_NOBODY, 0, 0},
        {"vif", SERVES_NOBODY, 0, 0},
        {"kworker/0:1", SERVES_NOBODY, 0, 0},
        {"7.other", SERVES_NOBODY, 0, 0},
        {"7.51712-0x", SERVES_NOBODY, 0, 0},
        {"7.-0", SERVES_NOBODY, 0, 0},
        {"7.", SERVES_NOBODY, 0, 0},
        {"blkback.7.", SERVES_NOBODY, 0, 0},
        {"99999.xvda-0", SERVES_NOBODY, 0, 0},
        {"", SERVES_NOBODY, 0, 0},
        {"vif-7.0-q0", SERVES_NOBODY, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t domid = 0, id = 0;
        if (thread_name_parse(cases[i].comm, &domid, &id) != cases[i].as)
            fail_msg("%s", cases[i].comm);
        if (cases[i].as != SERVES_NOBODY)
            assert_int_equal(domid, cases[i].domid);
        if (cases[i].as == SERVES_NET)
            assert_int_equal(id, cases[i].id);
    }
}

static void renamed_vifs(void **state)
{
    static const struct {
        const char *comm, *dev;
        bool is;
    } cases[] = {
        {"uplink-7-q0-guest-rx", "uplink-7", true},
        {"uplink-7-q12-dealloc", "uplink-7", true},
        {"uplink-7-dealloc", "uplink-7", true},
        {"a-q0-q1-dealloc", "a-q0", true},
        {"a-q0-q1-guest-rx", "a", false},
        {"uplink-7-q0-guest-rx", "uplink", false},
        {"uplink-7-q0-guest-rx", "uplink-", false},
        {"uplink-7-q0-guest-rx", "uplink-70", false},
        {"uplink-7-q0-guest-rxy", "uplink-7", false},
        {"uplink-7-q-guest-rx", "uplink-7", false},
        {"uplink-7-q0", "uplink-7", false},
        {"uplink-7-q0-gue", "uplink-7", true},
        {"uplink-7-q0-dea", "uplink-7", true},
        {"uplink-7-q0-oth", "uplink-7", false},
        {"uplink-77-q12-g", "uplink-77", true},
        {"uplink-777777-q", "uplink-777777", true},
        {"uplink-77777-q1", "uplink-77777", true},
        {"uplink-7777-q1-", "uplink-7777", true},
        {"uplink-77777-de", "uplink-77777", true},
        /* Nothing of the queue is left: it may be anybody's. */
        {"uplink-7777777-", "uplink-7777777", false},
        {"uplink-77777777", "uplink-77777777", false},
        {"uplink-7-q0-guest-rx", "", false},
        {"", "uplink-7", false},
        {"-q0-guest-rx", "", false},
    };
    static const char *const none[] = {"",
                                       "-",
                                       "kworker/0:1-even",
                                       "ksoftirqd/0",
                                       "-q0-dealer",
                                       "nvme-delete-wq",
                                       "card0-crtc0",
                                       "abc-q",
                                       "xen-balloon-d"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (thread_name_of_vif(cases[i].comm, cases[i].dev) != cases[i].is)
            fail_msg("%s of %s", cases[i].comm, cases[i].dev);
        if (cases[i].is)
            assert_true(thread_name_any_vif(cases[i].comm));
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (thread_name_any_vif(none[i]))
            fail_msg("%s", none[i]);
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
        cmocka_unit_test(renamed_vifs),
        cmocka_unit_test(command_lines),
        cmocka_unit_test(stats),
    };

    return cmocka_run_group_tests_name("procstat", tests, NULL, NULL);
}
