/* when: what people say, in zones whose clocks jump. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base.h"
#include "when.h"

/* Monday 2026-11-23 20:30:15.5 UTC */
#define NOW_S 1795465815
static const struct when now = {.now_ns = NOW_S * NS_PER_S + NS_PER_S / 2,
                                .first_ns = UINT64_C(1795000000) * NS_PER_S,
                                .last_ns = UINT64_C(1795465000) * NS_PER_S};

static void zone(const char *tz)
{
    setenv("TZ", tz, 1);
    tzset();
}

static void reads(const struct when *w, const char *text, double seconds)
{
    char message[WHEN_MESSAGE] = "";
    uint64_t ns = 0;

    if (when_parse(text, w, &ns, message))
        fail_msg("'%s': %s", text, message);
    if (ns != (uint64_t)(seconds * 1e3) * 1000000)
        fail_msg("'%s' is %.3f, not %.3f", text, (double)ns / 1e9, seconds);
}

static void refuses(const char *text)
{
    char message[WHEN_MESSAGE] = "";
    uint64_t ns = 0;

    if (when_parse(text, &now, &ns, message) != -EINVAL)
        fail_msg("'%s' was read as %.3f", text, (double)ns / 1e9);
    assert_true(strlen(message) > 10);
}

static void counted_times(void **state)
{
    (void)state;
    zone("UTC");
    reads(&now, "now", NOW_S + 0.5);
    reads(&now, "-2h", NOW_S + 0.5 - 7200);
    reads(&now, "-90m", NOW_S + 0.5 - 5400);
    reads(&now, "  -1d12h ", NOW_S + 0.5 - 129600);
    reads(&now, "+10m", NOW_S + 0.5 + 600);
    reads(&now, "- 1.5 hours", NOW_S + 0.5 - 5400);
    reads(&now, "2h ago", NOW_S + 0.5 - 7200);
    reads(&now, "3 days ago", NOW_S + 0.5 - 259200);
    reads(&now, "now-5m", NOW_S + 0.5 - 300);
    reads(&now, "start", 1795000000);
    reads(&now, "END", 1795465000);
    reads(&now, "end - 10s", 1795464990);
    reads(&now, "start+1w", 1795000000 + 604800);

    struct when from = now;
    from.from_ns = UINT64_C(1795300000) * NS_PER_S; /* 2026-11-21 22:26:40 */
    reads(&from, "-10s", 1795299990);
    reads(&from, "+1h", 1795303600);
    reads(&from, "now-1h", NOW_S + 0.5 - 3600);
    reads(&from, "23:00", 1795302000);
}

static void clocks_and_days(void **state)
{
    (void)state;
    zone("UTC");
    reads(&now, "03:12", 1795403520);
    reads(&now, "3:12:30", 1795403550);
    reads(&now, "20:30:15", NOW_S);
    reads(&now, "20:30:16", NOW_S + 1 - 86400);
    reads(&now, "23:59", 1795478340 - 86400);
    reads(&now, "today", 1795392000);
    reads(&now, "today 3:12:30", 1795403550);
    reads(&now, "today 23:00", 1795474800);
    reads(&now, "yesterday 03:12", 1795403520 - 86400);
    reads(&now, "Yesterday", 1795392000 - 86400);
    reads(&now, "monday 14:00", 1795442400);
    reads(&now, "monday 21:00", 1795467600 - 7 * 86400);
    reads(&now, "sun 14:00", 1795442400 - 86400);
    reads(&now, "tuesday", 1795392000 - 6 * 86400);
    reads(&now, "2026-11-22", 1795305600);
    reads(&now, "2026-11-22 03:10", 1795317000);
    reads(&now, "2026-11-22 03:10:05", 1795317005);
    reads(&now, "2026-11-22T03:10:05Z", 1795317005);
    reads(&now, "2026-11-22T03:10:05.250Z", 1795317005.25);
    reads(&now, "2026-11-22T03:10:05+01:30", 1795317005 - 5400);
    reads(&now, "2026-11-22 03:10-0100", 1795317000 + 3600);
    reads(&now, "2024-2-29", 1709164800);
    reads(&now, "@1763866800", 1763866800);
    reads(&now, "1763866800", 1763866800);
    reads(&now, "@1763866800.25", 1763866800.25);
    reads(&now, "@5", 5);
}

/* Berlin: 2026-03-29 02:00 to 03:00 is not, 2026-10-25 02:00 to 03:00 is twice. */
static void clocks_that_jump(void **state)
{
    struct when w = now;

    (void)state;
    zone("Europe/Berlin");
    reads(&now, "2026-11-22 03:10", 1795317000 - 3600);
    reads(&now, "2026-11-22T03:10:00Z", 1795317000);
    reads(&now, "2026-03-29 01:59:59", 1774745999);
    reads(&now, "2026-03-29 02:30", 1774746000); /* the moment they jumped */
    reads(&now, "2026-03-29 02:00", 1774746000);
    reads(&now, "2026-03-29 03:00", 1774746000);
    reads(&now, "2026-10-25 02:30", 1792888200); /* the first */
    reads(&now, "2026-10-25 03:00", 1792893600);
    w.now_ns = UINT64_C(1792926000) * NS_PER_S; /* 2026-10-25 12:00 */
    reads(&w, "yesterday 12:00", 1792926000 - 25 * 3600);
    reads(&w, "-1d", 1792926000 - 24 * 3600);
    reads(&w, "sunday 01:00", 1792882800);
    /* 2026-11-01 02:00 EDT falls back; 2026-03-08 02:00 springs forward. */
    zone("America/New_York");
    reads(&now, "2026-11-01 01:30", 1793511000);
    reads(&now, "2026-03-08 02:30", 1772953200);
    /* A whole day that was not: Samoa, 2011-12-30. */
    zone("Pacific/Apia");
    reads(&now, "2011-12-30 12:00", 1325239200);
    zone("UTC");
}

static void nonsense(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "-",
        "+",
        "2h",
        "-2x",
        "-h",
        "-2m2h",
        "-2h2h",
        "-99999999999y",
        "-18446744073709551616s",
        "24:00",
        "12:60",
        "1:2",
        "12:00:60",
        "12:00pm",
        "noonish",
        "mo",
        "mond 12:00",
        "yesterday 25:00",
        "yesterday noon",
        "nower",
        "now 2h",
        "end5m",
        "2026-13-01",
        "2026-02-29",
        "2026-11-31 10:00",
        "2026-11-22 03:10:05x",
        "2026-11-22T03:10Q",
        "2026-11-22T03:10+1",
        "2026-1",
        "9999-01-01",
        "@",
        "@x",
        "@99999999999999999999",
        "12",
        "1763866800x",
        "-200y",
    };

    (void)state;
    zone("UTC");
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        refuses(texts[i]);
    char message[WHEN_MESSAGE];
    uint64_t ns;
    struct when empty = {.now_ns = now.now_ns};
    assert_int_equal(when_parse("start", &empty, &ns, message), -EINVAL);
    assert_int_equal(when_parse("end-5m", &empty, &ns, message), -EINVAL);
    zone("Europe/Berlin");
    refuses("1970-01-01 00:30");
    zone("UTC");
    char longer[1000];
    memset(longer, '1', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    refuses(longer);
}

static void durations(void **state)
{
    static const struct {
        const char *text;
        double seconds;
    } good[] = {
        {"10s", 10},      {"5m", 300},    {"2h", 7200},           {"1d12h", 129600},
        {"1w", 604800},   {"90", 90},     {"0.5s", 0.5},          {"1M", 2592000},
        {"1y", 31536000}, {"1.5h", 5400}, {"1 hour 5 min", 3900}, {"1h 30m 5s", 5405},
    };
    static const char *const bad[] = {"",   "0",    "0s", "-5m", "m",    "5 10", "1h1h",
                                      "5q", "1s1m", "h5", "1h5", "101y", "1e3"};
    char message[WHEN_MESSAGE];
    uint64_t ns;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (when_duration(good[i].text, &ns, message))
            fail_msg("'%s': %s", good[i].text, message);
        assert_int_equal(ns, (uint64_t)(good[i].seconds * 1e9));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (!when_duration(bad[i], &ns, message))
            fail_msg("'%s' was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_times),    cmocka_unit_test(clocks_and_days),
        cmocka_unit_test(clocks_that_jump), cmocka_unit_test(nonsense),
        cmocka_unit_test(durations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
