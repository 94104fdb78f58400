/* settings: what is written reads back the same; a bad line is told and changes nothing. */
#include "unit.h"

#include <stdlib.h>

#include "ui/settings.h"

static struct settings *fresh(void)
{
    struct settings *s = xmalloc(sizeof(*s));

    settings_defaults(s);
    return s;
}

static void parse(struct settings *s, const char *text, size_t bad, const char *said)
{
    char wrong[SETTINGS_WRONG];

    assert_int_equal(settings_parse(s, text, strlen(text), wrong), bad);
    if (!strstr(wrong, said))
        fail_msg("%s: said \"%s\", not \"%s\"", text, wrong, said);
}

static void expect_text(const struct settings *s, const char *part)
{
    struct text t = {0};

    settings_print(s, &t);
    if (!strstr(t.data, part))
        fail_msg("no \"%s\" in\n%s", part, t.data);
    text_release(&t);
}

static void what_is_written_reads_back(void **state)
{
    struct settings *a = fresh(), *b = fresh();
    struct text one = {0}, two = {0};

    (void)state;
    parse(a,
          "delay = 0.5\nview=disks # here\n\n  units = si\ncpu = host\nnumbers = totals\n"
          "theme = light\ngraphs = blocks\nbell = on\ndom0_first = on\n"
          "sort.domains = rx_bytes reverse\ncolumns.domains = name:20 rx_bytes ssid cpu_ns\n"
          "warn.domains.rx_bytes = 1000000\ncritical.domains.cpu_busy = off\n"
          "sort.networks = rx_drops\ncolumns.disks = name path\n",
          0, "");
    settings_print(a, &one);
    parse(b, one.data, 0, "");
    settings_print(b, &two);
    assert_string_equal(one.data, two.data);
    expect_text(b, "columns.domains = name:20 rx_bytes ssid cpu_ns\n");
    expect_text(b, "sort.domains = rx_bytes reverse\n");
    expect_text(b, "critical.domains.cpu_busy = off\n");
    assert_near(b->delay_s, 0.5, 0);
    assert_int_equal(b->view, 4);
    assert_int_equal(b->units, FORMAT_SI);
    assert_int_equal(b->theme, THEME_LIGHT);
    assert_int_equal(b->glyphs, GLYPH_BLOCK);
    assert_true(b->cpu_of_host && b->totals && b->bell && b->dom0_first);
    /* What is not named is there still, to sort by. */
    assert_true(columns_find(&b->columns[TABLE_DOMAINS], "uuid") < b->columns[TABLE_DOMAINS].count);
    text_release(&one);
    text_release(&two);
    free(a);
    free(b);
}

static void a_bad_line_changes_nothing(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"nonsense", "line 1: there is no = in it"},
        {"\ncolour = red", "line 2: there is no setting \"colour\""},
        {"delay = fast", "delay takes a number"},
        {"delay = 0", "delay takes a number"},
        {"delay = nan", "delay takes a number"},
        {"theme = pink", "theme cannot be \"pink\""},
        {"sort.domains = nosuch", "no column \"nosuch\""},
        {"sort.domains =", "no column \"\""},
        {"sort.domains = cpu_ns upwards", "\"reverse\""},
        {"sort.martians = name", "no setting"},
        {"columns.domains =", "no column would be left"},
        {"columns.domains = name name", "twice"},
        {"columns.domains = name:99", "1 to 60 wide"},
        {"columns.domains = name:", "1 to 60 wide"},
        {"warn.domains.name = 5", "is not a number"},
        {"warn.domains.cpu_ns = -1", "takes a number"},
        {"warn.domains = 5", "no setting"},
        {"critical.domains.nosuch = 5", "no column"},
        {"\x1b[31m = 5", "no setting"},
    };
    struct text before = {0}, after = {0};
    struct settings *s = fresh();

    (void)state;
    settings_print(s, &before);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        parse(s, cases[i].text, 1, cases[i].said);
        text_clear(&after);
        settings_print(s, &after);
        assert_string_equal(before.data, after.data);
    }
    /* The lines around it count. */
    parse(s, "units = si\nunits = miles\nbell = on\n", 1, "line 2");
    assert_int_equal(s->units, FORMAT_SI);
    assert_true(s->bell);
    text_release(&before);
    text_release(&after);
    free(s);
}

static void odd_bytes(void **state)
{
    struct settings *s = fresh();
    char wrong[SETTINGS_WRONG], *long_line = xmalloc(9000);

    (void)state;
    memset(long_line, 'x', 9000);
    assert_int_equal(settings_parse(s, long_line, 9000, wrong), 1);
    assert_non_null(strstr(wrong, "too long"));
    assert_int_equal(settings_parse(s, "bell = on\0\n", 11, wrong), 1);
    assert_false(s->bell);
    assert_int_equal(settings_parse(s, "", 0, wrong), 0);
    parse(s, "units = si\r\n", 0, ""); /* edited elsewhere */
    parse(s, "\x1b[31m = 5", 1, "line 1");
    free(long_line);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_bad_line_changes_nothing),
        cmocka_unit_test(odd_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
