/*
 * --list-metrics: every row of the table is there, in columns, within the width it promises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "export/list.h"
#include "metric.h"

static struct text rendered(void)
{
    struct text t = {0};
    list_render(&t);
    return t;
}

static void lines_are_tidy(void **state)
{
    struct text t = rendered();
    (void)state;

    assert_true(t.len > 0 && t.data[t.len - 1] == '\n');
    for (const char *line = t.data; *line; line = strchr(line, '\n') + 1) {
        size_t len = strcspn(line, "\n");
        assert_true(len <= 100);
        assert_true(len == 0 || line[len - 1] != ' ');
        assert_null(memchr(line, '\t', len));
    }
    text_release(&t);
}

/* The next line that starts with an entity, cut into its words; help goes on over further lines. */
static const char *next_row(const char *at, char words[4][32], struct text *help, int *help_column)
{
    int at_help;

    assert_int_equal(
        sscanf(at, "%31s %31s %31s %31s %n", words[0], words[1], words[2], words[3], &at_help), 4);
    *help_column = at_help;
    text_clear(help);
    text_add(help, at + at_help, strcspn(at + at_help, "\n"));
    at = strchr(at, '\n') + 1;
    while (*at == ' ') {
        assert_int_equal(strspn(at, " "), at_help);
        text_addc(help, ' ');
        text_add(help, at + at_help, strcspn(at + at_help, "\n"));
        at = strchr(at, '\n') + 1;
    }
    return at;
}

static void every_metric_is_listed(void **state)
{
    struct text t = rendered(), help = {0};
    const char *at = strchr(t.data, '\n') + 1;
    int column, first_column = 0;
    char words[4][32];
    (void)state;

    assert_int_equal(strncmp(t.data, "ENTITY ", 7), 0);
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            if (m->flags & METRIC_INNER)
                continue;
            at = next_row(at, words, &help, &column);
            assert_string_equal(words[0], metric_groups[e].name);
            assert_string_equal(words[1], m->id);
            assert_string_equal(words[2], kind_name(m->kind));
            assert_string_equal(words[3], *unit_name(m->unit) ? unit_name(m->unit) : "-");
            assert_string_equal(help.data, m->help);
            if (!first_column)
                first_column = column;
            assert_int_equal(column, first_column);
        }
    assert_int_equal(*at, '\n');
    text_release(&help);
    text_release(&t);
}

static void sums_are_named(void **state)
{
    struct text t = rendered();
    const char *note = strstr(t.data, "\nA domain also has the sums");
    (void)state;

    assert_non_null(note);
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            if (m->flags & METRIC_SUMS)
                assert_non_null(strstr(note, m->id));
        }
    text_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_tidy),
        cmocka_unit_test(every_metric_is_listed),
        cmocka_unit_test(sums_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
