/* host: dom0's cpu time and memory from the kernel's own words. */
#include "../unit.h"

#include <statgrab.h>
#include <stdio.h>

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

static void memory(void **state)
{
    static const char whole[] = "MemTotal:        1007372 kB\n"
                                "MemFree:          812340 kB\n"
                                "MemAvailable:     845000 kB\n"
                                "Buffers:            4096 kB\n"
                                "Cached:            61440 kB\n"
                                "SwapCached:           77 kB\n"
                                "SwapTotal:        524288 kB\n"
                                "SwapFree:         523264 kB\n"
                                "HugePages_Total:       3\n";
    static const char *const lines[] = {"MemTotal", "MemFree", "\nCached", "SwapTotal", "SwapFree"};
    struct meminfo m;

    (void)state;
    assert_true(meminfo_parse(whole, &m));
    assert_int_equal(m.total, UINT64_C(1007372) << 10);
    assert_int_equal(m.free, UINT64_C(812340) << 10);
    assert_int_equal(m.cache, UINT64_C(61440) << 10);
    assert_int_equal(m.swap, UINT64_C(524288) << 10);
    assert_int_equal(m.swap_used, UINT64_C(1024) << 10);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[sizeof(whole)];
        memcpy(text, whole, sizeof(whole));
        char *line = strstr(text, lines[i]);
        line[strlen(lines[i]) - 1] = 'X'; /* another line */
        assert_false(meminfo_parse(text, &m));
        memcpy(text, whole, sizeof(whole));
        strstr(line + 1, "kB")[0] = 'M'; /* another unit */
        assert_false(meminfo_parse(text, &m));
        memcpy(text, whole, sizeof(whole));
        strchr(line + 1, ' ')[0] = '-';
        assert_false(meminfo_parse(text, &m));
        memcpy(text, whole, sizeof(whole));
        strstr(line + 1, "kB")[0] = '\0'; /* cut off */
        assert_false(meminfo_parse(text, &m));
    }
    assert_false(meminfo_parse("", &m));
    assert_false(meminfo_parse("MemTotal: 99999999999999999999999 kB\nMemFree: 1 kB\n"
                               "Cached: 1 kB\nSwapTotal: 1 kB\nSwapFree: 1 kB\n",
                               &m));
    assert_false(meminfo_parse("MemTotal: 9 kB\nMemFree: 1 kB\n"
                               "Cached: 1 kB\nSwapTotal: 1 kB\nSwapFree: 2 kB\n",
                               &m));
}

/* The kernel's own words here, and what libstatgrab makes of them. */
static void as_libstatgrab(void **state)
{
    char text[4096] = "";
    struct meminfo m;
    FILE *f = fopen("/proc/meminfo", "r");

    (void)state;
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
    fclose(f);
    assert_true(meminfo_parse(text, &m));
    assert_int_equal(sg_init(1), SG_ERROR_NONE);
    const sg_mem_stats *mem = sg_get_mem_stats(NULL);
    const sg_swap_stats *swap = sg_get_swap_stats(NULL);
    assert_non_null(mem);
    assert_non_null(swap);
    assert_int_equal(m.total, mem->total);
    assert_int_equal(m.swap, swap->total);
    sg_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cpu_time), cmocka_unit_test(memory),
                                       cmocka_unit_test(as_libstatgrab)};

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
