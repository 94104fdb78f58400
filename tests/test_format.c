/* format: tables of what people read, with the borders between units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <time.h>

#include "base.h"
#include "format.h"

#define KI 1024.0
#define MI (KI * KI)
#define GI (KI * MI)
#define S  NS_PER_S

static void is(const char *got, int n, const char *want)
{
    assert_string_equal(got, want);
    assert_int_equal(n, strlen(want));
}

static void bytes(void **state)
{
    static const struct {
        double bytes;
        const char *iec, *si, *raw;
    } t[] = {
        {0, "0", "0", "0"},
        {-0.0, "0", "0", "0"},
        {0.4, "0", "0", "0"},
        {1, "1", "1", "1"},
        {999, "999", "999", "999"},
        {999.5, "1000", "1.0k", "1000"},
        {1000, "1000", "1.0k", "1000"},
        {1023, "1023", "1.0k", "1023"},
        {1023.49, "1023", "1.0k", "1023"},
        {1023.5, "1.0K", "1.0k", "1024"},
        {1024, "1.0K", "1.0k", "1024"},
        {1536, "1.5K", "1.5k", "1536"},
        {9.96 * KI, "10.0K", "10.2k", "10199"},
        {99.9 * KI, "99.9K", "102k", "102298"},
        {99.96 * KI, "100K", "102k", "102359"},
        {1023 * KI, "1023K", "1.0M", "1047552"},
        {1023.49 * KI, "1023K", "1.0M", "1048054"},
        {1023.99 * KI, "1.0M", "1.0M", "1048566"},
        {MI, "1.0M", "1.0M", "1048576"},
        {12.3 * GI, "12.3G", "13.2G", "13207024435"},
        {999499, "976K", "999k", "999499"},
        {999500, "976K", "1.0M", "999500"},
        {99950, "97.6K", "100k", "99950"},
        {KI * GI, "1.0T", "1.1T", "1099511627776"},
        {MI * GI, "1.0P", "1.1P", "1125899906842624"},
        {GI * GI, "1.0E", "1.2E", "1152921504606846976"},
        {18446744073709551615.0, "16.0E", "18.4E", "18446744073709551616"},
        {-1, "-", "-", "-"},
        {NAN, "-", "-", "-"},
        {INFINITY, "-", "-", "-"},
        {-INFINITY, "-", "-", "-"},
        {1e30, "-", "-", "-"},
    };
    char out[FORMAT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(t); i++) {
        is(out, format_bytes(out, t[i].bytes, FORMAT_IEC), t[i].iec);
        is(out, format_bytes(out, t[i].bytes, FORMAT_SI), t[i].si);
        is(out, format_bytes(out, t[i].bytes, FORMAT_RAW), t[i].raw);
    }
}

/* At every border of every unit, on both sides: short, and never "1024" of anything but bytes. */
static void never_more_than_five(void **state)
{
    static const double near[] = {0.9,     0.949, 0.951,   0.99,  0.9949, 0.9951, 0.9994, 0.99951,
                                  0.99999, 1,     1.00001, 1.04,  1.06,   9.94,   9.96,   99.94,
                                  99.95,   99.96, 999.4,   999.6, 1022.9, 1023.4, 1023.6};
    char out[FORMAT_MAX];

    (void)state;
    for (int power = 0; power < 9; power++)
        for (size_t i = 0; i < ARRAY_LEN(near); i++) {
            double k = pow(1024, power) * near[i], d = pow(1000, power) * near[i];
            assert_in_range(format_bytes(out, k, FORMAT_IEC), 1, 5);
            assert_null(strstr(out, "1024"));
            assert_in_range(format_bytes(out, d, FORMAT_SI), 1, 5);
            assert_null(strstr(out, "1000"));
            assert_in_range(format_count(out, d), 1, 5);
            assert_null(strstr(out, "1000"));
        }
}

static void counts(void **state)
{
    static const struct {
        double n;
        const char *text;
    } t[] = {
        {0, "0"},        {0.3, "0.3"},     {0.04, "0.0"},
        {3, "3"},        {9.94, "9.9"},    {9.96, "10"},
        {10.4, "10"},    {987, "987"},     {999.4, "999"},
        {999.5, "1.0k"}, {12345, "12.3k"}, {99949, "99.9k"},
        {99950, "100k"}, {999500, "1.0M"}, {1.8446744073709552e19, "18.4E"},
        {-0.1, "-"},     {NAN, "-"},       {INFINITY, "-"},
    };
    char out[FORMAT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        is(out, format_count(out, t[i].n), t[i].text);
}

static void percents(void **state)
{
    static const struct {
        double share;
        const char *text;
    } t[] = {
        {0, "0.0"},       {-0.0, "0.0"},    {0.375, "37.5"},   {0.9994, "99.9"}, {0.9996, "100.0"},
        {1, "100.0"},     {2.134, "213.4"}, {9.9994, "999.9"}, {9.9996, "1000"}, {16, "1600"},
        {1024, "102400"}, {-0.01, "-"},     {NAN, "-"},        {INFINITY, "-"},
    };
    char out[FORMAT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        is(out, format_percent(out, t[i].share), t[i].text);
    assert_in_range(format_percent(out, 9.99e29), 1, FORMAT_MAX - 1);
}

static void durations(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } t[] = {
        {0, "0.0s"},
        {99999999, "0.0s"},
        {100000000, "0.1s"},
        {12340000000, "12.3s"},
        {60 * S - 1, "59.9s"},
        {60 * S, "1m00s"},
        {247 * S, "4m07s"},
        {3600 * S - 1, "59m59s"},
        {3600 * S, "1h00m"},
        {11520 * S, "3h12m"},
        {86400 * S - 1, "23h59m"},
        {86400 * S, "1d00h"},
        {1047600 * S, "12d03h"},
        {UNKNOWN - 1, "213503d23h"},
        {UNKNOWN, "-"},
    };
    char out[FORMAT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        is(out, format_duration(out, t[i].ns), t[i].text);
}

static void times(void **state)
{
    const uint64_t at = UINT64_C(1795317165) * S + 250999999;
    char out[FORMAT_MAX];

    (void)state;
    setenv("TZ", "UTC0", 1);
    tzset();
    is(out, format_rfc3339(out, at), "2026-11-22T03:12:45.250Z");
    is(out, format_datetime(out, at), "2026-11-22 03:12:45");
    is(out, format_clock(out, at), "03:12:45");
    setenv("TZ", "XYZ-5:30", 1);
    tzset();
    is(out, format_rfc3339(out, at), "2026-11-22T03:12:45.250Z");
    is(out, format_datetime(out, at), "2026-11-22 08:42:45");
    is(out, format_clock(out, at), "08:42:45");
    is(out, format_rfc3339(out, 0), "1970-01-01T00:00:00.000Z");
    is(out, format_rfc3339(out, UNKNOWN - 1), "2554-07-21T23:34:33.709Z");
    is(out, format_rfc3339(out, UNKNOWN), "-");
    is(out, format_datetime(out, UNKNOWN), "-");
    is(out, format_clock(out, UNKNOWN), "-");
}

static void clock_rates(void **state)
{
    static const struct {
        uint64_t hz;
        const char *text;
    } t[] = {
        {0, "0Hz"},
        {999, "999Hz"},
        {1000, "1.00kHz"},
        {800000000, "800MHz"},
        {999499999, "999MHz"},
        {999500000, "1.00GHz"},
        {2400000000, "2.40GHz"},
        {2396000000, "2.40GHz"},
        {9994000000, "9.99GHz"},
        {9996000000, "10.0GHz"},
        {12500000000, "12.5GHz"},
        {UNKNOWN, "-"},
    };
    char out[FORMAT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        is(out, format_hz(out, t[i].hz), t[i].text);
}

static void value(const struct snapshot *s, enum entity e, const void *record, const char *id,
                  enum format_units units, const char *want)
{
    const struct metric *m = metric_find(e, id);
    char out[FORMAT_MAX];

    assert_non_null(m);
    is(out, format_value(out, m, s, record, units), want);
}

static void values_by_unit(void **state)
{
    struct snapshot s = {0};

    (void)state;
    snapshot_reset(&s);
    struct domain *d = snapshot_add_domain(&s, 7);
    value(&s, ENTITY_DOMAIN, d, "name", FORMAT_IEC, "-");
    value(&s, ENTITY_DOMAIN, d, "state", FORMAT_IEC, "-");
    value(&s, ENTITY_DOMAIN, d, "type", FORMAT_IEC, "-");
    value(&s, ENTITY_DOMAIN, d, "mem_bytes", FORMAT_IEC, "-");
    value(&s, ENTITY_DOMAIN, d, "mem_bytes", FORMAT_RAW, "-");
    value(&s, ENTITY_DOMAIN, d, "cpu_ns", FORMAT_IEC, "-");
    value(&s, ENTITY_DOMAIN, d, "uuid", FORMAT_IEC, "00000000-0000-0000-0000-000000000000");
    d->name = snapshot_add_cstr(&s, "");
    d->state = DOMAIN_BLOCKED | DOMAIN_RUNNING;
    d->type = DOMAIN_PVH;
    d->mem_bytes = (UINT64_C(1) << 62) + 1;
    d->cpu_ns = 247 * S;
    value(&s, ENTITY_DOMAIN, d, "domid", FORMAT_IEC, "7");
    value(&s, ENTITY_DOMAIN, d, "name", FORMAT_IEC, "");
    value(&s, ENTITY_DOMAIN, d, "state", FORMAT_IEC, "--b--r");
    value(&s, ENTITY_DOMAIN, d, "type", FORMAT_IEC, "PVH");
    value(&s, ENTITY_DOMAIN, d, "mem_bytes", FORMAT_IEC, "4.0E");
    value(&s, ENTITY_DOMAIN, d, "mem_bytes", FORMAT_RAW, "4611686018427387905");
    value(&s, ENTITY_DOMAIN, d, "cpu_ns", FORMAT_IEC, "4m07s");
    d->type = 99;
    value(&s, ENTITY_DOMAIN, d, "type", FORMAT_IEC, "99");

    struct vbd *b = snapshot_add_vbd(&s, 7, 51712);
    b->backend = VBD_QDISK;
    b->rd_reqs = 12345;
    value(&s, ENTITY_VBD, b, "id", FORMAT_IEC, "51712");
    value(&s, ENTITY_VBD, b, "backend", FORMAT_IEC, "qdisk");
    value(&s, ENTITY_VBD, b, "rd_reqs", FORMAT_IEC, "12.3k");

    struct vcpu *v = snapshot_add_vcpu(&s, 7, 0);
    value(&s, ENTITY_VCPU, v, "online", FORMAT_IEC, "-");
    v->online = 1;
    value(&s, ENTITY_VCPU, v, "online", FORMAT_IEC, "yes");
    v->online = 0;
    value(&s, ENTITY_VCPU, v, "online", FORMAT_IEC, "no");

    value(&s, ENTITY_HOST, &s.host, "load1", FORMAT_IEC, "-");
    s.host.load1 = 0.526;
    s.host.cpu_hz = 2400000000;
    value(&s, ENTITY_HOST, &s.host, "load1", FORMAT_IEC, "0.53");
    value(&s, ENTITY_HOST, &s.host, "cpu_hz", FORMAT_IEC, "2.40GHz");

    /* Every metric of every row gives something, whatever its members hold. */
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count && snapshot_rows(&s, (enum entity)e); i++) {
            char out[FORMAT_MAX];
            int n = format_value(out, &metric_groups[e].rows[i], &s,
                                 snapshot_row(&s, (enum entity)e, 0), FORMAT_SI);
            assert_int_equal(n, strlen(out));
        }
    snapshot_release(&s);
}

static void long_strings_are_cut_at_a_character(void **state)
{
    struct snapshot s = {0};
    char name[101], out[FORMAT_MAX];

    (void)state;
    snapshot_reset(&s);
    memset(name, 'x', sizeof(name));
    memcpy(name + 46, "\u00e9", 3); /* its second byte would be the 48th */
    struct domain *d = snapshot_add_domain(&s, 1);
    d->name = snapshot_add_cstr(&s, name);
    assert_int_equal(format_value(out, metric_find(ENTITY_DOMAIN, "name"), &s, d, FORMAT_IEC), 46);
    assert_string_equal(format_domain_name(&s, d, out), name);
    snapshot_release(&s);
}

static void rates(void **state)
{
    char out[FORMAT_MAX];

    (void)state;
    is(out, format_rate(out, metric_find(ENTITY_VIF, "rx_bytes"), 1536, FORMAT_IEC), "1.5K");
    is(out, format_rate(out, metric_find(ENTITY_VIF, "rx_bytes"), 1536, FORMAT_SI), "1.5k");
    is(out, format_rate(out, metric_find(ENTITY_VIF, "rx_packets"), 0.25, FORMAT_IEC), "0.3");
    is(out, format_rate(out, metric_find(ENTITY_DOMAIN, "cpu_ns"), 0.375, FORMAT_IEC), "37.5");
    is(out, format_rate(out, metric_find(ENTITY_DOMAIN, "cpu_ns"), NAN, FORMAT_IEC), "-");
}

static void domains_have_a_name(void **state)
{
    struct snapshot s = {0};
    char buf[FORMAT_MAX];

    (void)state;
    snapshot_reset(&s);
    struct domain *d = snapshot_add_domain(&s, 7);
    assert_string_equal(format_domain_name(&s, d, buf), "(domid 7)");
    d->name = snapshot_add_cstr(&s, "");
    assert_string_equal(format_domain_name(&s, d, buf), "(domid 7)");
    d->name = snapshot_add_cstr(&s, "web");
    assert_string_equal(format_domain_name(&s, d, buf), "web");
    snapshot_release(&s);
}

/* A locale with a decimal comma, where the machine has one, changes nothing. */
static void ignores_the_locale(void **state)
{
    char out[FORMAT_MAX];

    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
        skip();
    is(out, format_bytes(out, 1536, FORMAT_IEC), "1.5K");
    is(out, format_percent(out, 0.375), "37.5");
    is(out, format_hz(out, 2400000000), "2.40GHz");
    setlocale(LC_ALL, "C");
}

static void latencies(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        {0, "0"},           {999, "0us"},         {412000, "412us"},  {3210000, "3.2ms"},
        {87654321, "87ms"}, {999999999, "999ms"}, {NS_PER_S, "1.0s"}, {UNKNOWN, "-"},
    };
    char out[FORMAT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        format_latency(out, cases[i].ns);
        assert_string_equal(out, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latencies),
        cmocka_unit_test(bytes),
        cmocka_unit_test(never_more_than_five),
        cmocka_unit_test(counts),
        cmocka_unit_test(percents),
        cmocka_unit_test(durations),
        cmocka_unit_test(times),
        cmocka_unit_test(clock_rates),
        cmocka_unit_test(values_by_unit),
        cmocka_unit_test(long_strings_are_cut_at_a_character),
        cmocka_unit_test(rates),
        cmocka_unit_test(domains_have_a_name),
        cmocka_unit_test(ignores_the_locale),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
