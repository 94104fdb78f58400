/* archives: what is taken and refused, there and back, defaults for any step. */
#include "unit.h"

#include "base.h"
#include "store/archives.h"

static void standard(void **state)
{
    struct archives a;
    char text[ARCHIVES_TEXT];

    (void)state;
    archives_default(&a, 10);
    archives_format(&a, text);
    assert_string_equal(text, "10s:1d,1m:7d,5m:31d,1h:396d,1d:5y");
    assert_int_equal(archives_rras(&a), 9);
    assert_int_equal(archives_rows(&a), 8640 + 2 * (10080 + 8928 + 9504 + 1825));
    archives_default(&a, 1);
    archives_format(&a, text);
    assert_string_equal(text, "1s:1d,1m:7d,5m:31d,1h:396d,1d:5y");
    archives_default(&a, 60);
    archives_format(&a, text);
    assert_string_equal(text, "1m:1d,5m:31d,1h:396d,1d:5y");
    archives_default(&a, 7);
    assert_int_equal(a.count, 1);
    assert_int_equal(a.a[0].keep_s % 7, 0);
}

static void there_and_back(void **state)
{
    static const char *const good[] = {"10s:1h", "10s:1d,1m:7d", "10s:10s,20s:1m", "10s:1d,1d:10y"};
    struct archives a;
    char text[ARCHIVES_TEXT], message[ARCHIVES_MESSAGE];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(archives_parse(&a, good[i], 10, message), 0);
        archives_format(&a, text);
        assert_string_equal(text, good[i]);
    }
    assert_int_equal(archives_parse(&a, "10:3600,2m:2w", 10, message), 0);
    archives_format(&a, text);
    assert_string_equal(text, "10s:1h,2m:14d");
}

static void refused(void **state)
{
    static const char *const bad[] = {
        "",
        "10s",
        "10s:",
        ":1d",
        "10s:1d,",
        "10s:1d,15s:1d",
        "5s:1d",
        "10s:1d,10s:2d",
        "10s:1d,1m:1h",
        "10s:15s",
        "10s:0",
        "0:0",
        "10s:-1d",
        "10s:1d:2",
        "10x:1d",
        "10s:1dd",
        "10s:200y",
        "10s:50y",
        "10s:99999999999999999999d",
        ("10s:1d,1m:7d,2m:7d,4m:7d,8m:56d,16m:56d,32m:112d,64m:448d,128m:448d,"
         "256m:896d,512m:896d,1024m:3584d,2048m:3584d")};
    struct archives a;
    char message[ARCHIVES_MESSAGE];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        message[0] = '\0';
        if (!archives_parse(&a, bad[i], 10, message))
            fail_msg("accepted: %s", bad[i]);
        assert_true(message[0]);
    }
}

static void durations(void **state)
{
    char text[32];

    (void)state;
    assert_true(duration_parse("90") == 90 && duration_parse("2h") == 7200);
    assert_true(duration_parse("1w") == 604800 && duration_parse("1y") == 31536000);
    assert_true(!duration_parse("") && !duration_parse("h") && !duration_parse("1hh"));
    assert_true(!duration_parse(" 1") && !duration_parse("+1") && !duration_parse("1.5h"));
    duration_format(text, sizeof(text), 90);
    assert_string_equal(text, "90s");
    duration_format(text, sizeof(text), 90 * 86400);
    assert_string_equal(text, "90d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(refused),
        cmocka_unit_test(durations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
