/* blkstat: fixtures of a real dom0 and tapdisk's record; what is malformed is refused. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "collectors/blkstat.h"

static uint64_t counter(const char *text)
{
    return counter_parse(text, strlen(text));
}

static void counters(void **state)
{
    (void)state;
    assert_int_equal(counter("0\n"), 0);
    assert_int_equal(counter("18446744073709551614\n"), UINT64_MAX - 1);
    assert_int_equal(counter("42"), 42);
    assert_int_equal(counter("18446744073709551616\n"), UNKNOWN);
    assert_int_equal(counter(""), UNKNOWN);
    assert_int_equal(counter("\n"), UNKNOWN);
    assert_int_equal(counter("-1\n"), UNKNOWN);
    assert_int_equal(counter("1\n2"), UNKNOWN);
    assert_int_equal(counter("1 \n"), UNKNOWN);
}

static bool device(const char *text, unsigned *major, unsigned *minor)
{
    return physical_device_parse(text, strlen(text), major, minor);
}

static void physical_devices(void **state)
{
    unsigned major, minor;

    (void)state;
    assert_true(device("fd:1a\n", &major, &minor));
    assert_int_equal(major, 0xfd);
    assert_int_equal(minor, 0x1a);
    assert_true(device("7:0\n", &major, &minor));
    assert_false(device("0:0\n", &major, &minor)); /* the toolstack has not said yet */
    assert_false(device("7\n", &major, &minor));
    assert_false(device("7:\n", &major, &minor));
    assert_false(device("7:0 \n", &major, &minor));
    assert_false(device("", &major, &minor));
}

static bool stat(const char *text, struct blkstat *out)
{
    return blkstat_parse(text, strlen(text), out);
}

static void block_stats(void **state)
{
    struct blkstat s;

    (void)state;
    assert_true(
        stat("     325       12    15890      104       77        5      896       33        "
             "2      140      137        0        0        0        0        1        2\n",
             &s));
    assert_int_equal(s.rd_reqs, 325);
    assert_int_equal(s.rd_ns, 104000000);
    assert_int_equal(s.wr_reqs, 77);
    assert_int_equal(s.wr_ns, 33000000);
    assert_int_equal(s.in_flight, 2);
    assert_int_equal(s.busy_ns, 140000000);
    /* Kernels before 4.18 have eleven numbers; fewer are of no use. */
    assert_true(stat("1 2 3 4 5 6 7 8 9 10 11", &s));
    assert_false(stat("1 2 3 4 5 6 7 8 9 10\n", &s));
    assert_false(stat("1 2 3 x 5 6 7 8 9 10 11\n", &s));
    assert_false(stat("", &s));
}

static void all_block_stats(void **state)
{
    static const char text[] = "   7       0 loop0 1276 0 20068 408 917 2078 6102 350 2 572 770 0\n"
                               "\n"
                               "none at all\n"
                               " 259    4294967296 nvme0n1 1 2 3\n"
                               " 259 1\n"
                               " 259 2 \n"
                               "253 1048575 dm-0 1 2 3 4 5 6 7 8 9 10 11\n"
                               " 254      16 vdb 3 0 24 2";
    const char *at = text, *end = text + sizeof(text) - 1;
    struct diskstats_line line;
    struct blkstat s;

    (void)state;
    assert_true(diskstats_next(&at, end, &line));
    assert_int_equal(line.major, 7);
    assert_int_equal(line.minor, 0);
    assert_true(blkstat_parse(line.text, line.len, &s));
    assert_int_equal(s.rd_reqs, 1276);
    assert_int_equal(s.wr_reqs, 917);
    assert_int_equal(s.in_flight, 2);
    assert_int_equal(s.busy_ns, 572000000);
    assert_true(diskstats_next(&at, end, &line));
    assert_int_equal(line.major, 253);
    assert_int_equal(line.minor, 1048575);
    assert_int_equal(line.len, strlen("1 2 3 4 5 6 7 8 9 10 11"));
    assert_memory_equal(line.text, "1 2 3 4 5 6 7 8 9 10 11", line.len);
    /* A line that is cut off is none. */
    assert_false(diskstats_next(&at, end, &line));
    at = end;
    assert_false(diskstats_next(&at, end, &line));
}

static void latency(void **state)
{
    (void)state;
    assert_int_equal(blkstat_latency(10, 1000, 20, 3000, 7), 200);
    assert_int_equal(blkstat_latency(10, 1000, 10, 1000, 7), 7);
    assert_int_equal(blkstat_latency(10, 1000, 5, 2000, UNKNOWN), UNKNOWN);
    assert_int_equal(blkstat_latency(10, 1000, 12, 500, 7), 7);
}

static void tapdisk_records(void **state)
{
    struct {
        uint32_t version, pad;
        uint64_t v[11];
    } record = {1, 0, {3, 100, 98, 800, 5000, 50, 49, 400, 9000, 0, 0}};
    struct tapstat t;

    (void)state;
    assert_int_equal(sizeof(record), TAPSTAT_BYTES);
    assert_true(tapstat_parse(&record, sizeof(record), &t));
    assert_int_equal(t.oo_reqs, 3);
    assert_int_equal(t.rd_reqs, 100);
    assert_int_equal(t.rd_done, 98);
    assert_int_equal(t.rd_bytes, 800 * 512);
    assert_int_equal(t.rd_ns, 5000000);
    assert_int_equal(t.wr_reqs, 50);
    assert_int_equal(t.wr_bytes, 400 * 512);
    assert_int_equal(t.wr_ns, 9000000);
    assert_false(tapstat_parse(&record, sizeof(record) - 1, &t));
    record.version = 2;
    assert_false(tapstat_parse(&record, sizeof(record), &t));
}

static void backend_names(void **state)
{
    struct backend_name n;

    (void)state;
    assert_true(backend_name_parse("vbd-5-51712", &n));
    assert_string_equal(n.kind, "vbd");
    assert_int_equal(n.domid, 5);
    assert_int_equal(n.id, 51712);
    assert_true(backend_name_parse("vbd3-32751-768", &n));
    assert_string_equal(n.kind, "vbd3");
    assert_false(backend_name_parse("vbd-5", &n));
    assert_false(backend_name_parse("vbd-5-", &n));
    assert_false(backend_name_parse("-5-6", &n));
    assert_false(backend_name_parse("vbd-5-6x", &n));
    assert_false(backend_name_parse("averyveryverylongkind-5-6", &n));
    assert_false(backend_name_parse(".", &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters),      cmocka_unit_test(physical_devices),
        cmocka_unit_test(block_stats),   cmocka_unit_test(all_block_stats),
        cmocka_unit_test(latency),       cmocka_unit_test(tapdisk_records),
        cmocka_unit_test(backend_names),
    };

    return cmocka_run_group_tests_name("blkstat", tests, NULL, NULL);
}
