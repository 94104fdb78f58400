/* conf: settings in a file, and what is said of a bad one. */
#include "service/conf.h"

#include <errno.h>
#include <stdio.h>

#include "base.h"
#include "unit.h"

struct taken {
    struct text text;
    const char *refuse;
};

static int take(void *ctx, const char *name, const char *value, char message[CONF_MESSAGE])
{
    struct taken *t = ctx;

    if (t->refuse && !strcmp(name, t->refuse)) {
        snprintf(message, CONF_MESSAGE, "not this one");
        return -EINVAL;
    }
    text_addf(&t->text, "%s=%s;", name, value ? value : "(none)");
    return 0;
}

/* What was taken, or "LINE: REASON". */
static const char *parsed(struct taken *t, const char *bytes, size_t len)
{
    char message[CONF_MESSAGE] = "";
    unsigned line;

    text_clear(&t->text);
    text_adds(&t->text, "");
    if (conf_parse(bytes, len, take, t, &line, message)) {
        text_clear(&t->text);
        text_addf(&t->text, "%u: %s", line, message);
    }
    return t->text.data;
}

#define PARSED(text) parsed(&t, text, sizeof(text) - 1)

static void settings(void **state)
{
    struct taken t = {0};
    (void)state;

    assert_string_equal(PARSED(""), "");
    assert_string_equal(PARSED("\n\n  # nothing = 1\n\t\n"), "");
    assert_string_equal(PARSED("delay = 5"), "delay=5;");
    assert_string_equal(PARSED("delay=5\r\nlisten =  [::]:9603  \ninsecure\n"),
                        "delay=5;listen=[::]:9603;insecure=(none);");
    assert_string_equal(PARSED("demo = domains=3,seed=1\n"), "demo=domains=3,seed=1;");
    text_release(&t.text);
}

static void mistakes(void **state)
{
    struct taken t = {.refuse = "never"};
    char big[CONF_MOST_LINE + 2];
    (void)state;

    assert_string_equal(PARSED("a = 1\nnever = 2\n"), "2: not this one");
    assert_string_equal(PARSED("delay 5"),
                        "1: a line is NAME = VALUE, a name alone, or begins with #");
    assert_string_equal(PARSED("\n= 5"),
                        "2: a line is NAME = VALUE, a name alone, or begins with #");
    assert_string_equal(PARSED("delay ="), "1: there is no value after the =");
    assert_string_equal(PARSED("a = b\033[2J"), "1: a value holds a control character");
    assert_string_equal(PARSED("a\0b = 1"), "1: this is no text: it holds a zero byte");
    memset(big, 'a', sizeof(big));
    assert_string_equal(parsed(&t, big, sizeof(big)), "1: the line is too long");
    text_release(&t.text);
}

static void files(void **state)
{
    char message[CONF_MESSAGE] = "";
    struct taken t = {0};
    (void)state;

    assert_int_equal(conf_read("/nonexistent/serve.conf", take, &t, message), -ENOENT);
    assert_non_null(strstr(message, "/nonexistent/serve.conf: No such file"));
    assert_int_equal(conf_read("/", take, &t, message), -EISDIR);
    assert_int_equal(conf_read("/dev/zero", take, &t, message), -EFBIG);
    text_release(&t.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
