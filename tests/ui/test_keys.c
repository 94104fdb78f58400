/* keys: no key does two things, and every action can be reached and is explained. */
#include "unit.h"

#include <stdio.h>

#include "ui/keys.h"

static void no_key_twice(void **state)
{
    (void)state;
    for (size_t a = 0; a < key_count; a++)
        for (size_t b = 0; b < key_count; b++)
            for (size_t i = 0; i < KEYS_EACH; i++)
                for (size_t j = 0; j < KEYS_EACH; j++)
                    if ((a != b || i != j) && keys[a].codes[i])
                        assert_int_not_equal(keys[a].codes[i], keys[b].codes[j]);
}

static void the_last_is_how_to_leave(void **state)
{
    (void)state;
    assert_int_equal(keys[key_count - 1].action, ACTION_QUIT);
    assert_non_null(keys[key_count - 1].hint);
}

static void every_action_has_a_key(void **state)
{
    size_t rows[ACTION_COUNT] = {0};

    (void)state;
    for (size_t i = 0; i < key_count; i++) {
        rows[keys[i].action]++;
        assert_int_equal(key_action(keys[i].codes[0]), keys[i].action);
        assert_true(keys[i].codes[0] != 0);
        /* Two columns of help fit a screen of 80. */
        assert_in_range(strlen(keys[i].help), 1, 26);
        assert_true(keys[i].help[strlen(keys[i].help) - 1] != '.');
        assert_non_null(key_group_name(keys[i].group));
    }
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        assert_int_equal(rows[a], a < ACTION_EVENT_NEXT || a > ACTION_PAST_END);
}

/* Looking back: the keys of time are others, no key does two things, the rest is reached. */
static void looking_back(void **state)
{
    keys_look_back(true);
    no_key_twice(state);
    the_last_is_how_to_leave(state);
    assert_int_equal(key_action('t'), ACTION_FORWARD);
    assert_int_equal(key_action('T'), ACTION_BACK);
    assert_int_equal(key_action('j'), ACTION_JUMP);
    assert_int_equal(key_action('e'), ACTION_EVENT_NEXT);
    assert_int_equal(key_action(KEYS_DOWN), ACTION_DOWN);
    assert_int_equal(key_action('7'), ACTION_VIEW_7);
    assert_int_equal(key_action('d'), ACTION_NONE);
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        size_t rows = 0;
        for (size_t i = 0; i < key_count; i++) {
            rows += keys[i].action == (enum action)a;
            assert_in_range(strlen(keys[i].help), 1, 26);
            assert_true(keys[i].codes[0] != 0);
        }
        assert_int_equal(rows, a != ACTION_DELAY && a != ACTION_SAMPLE);
    }
    keys_look_back(false);
    assert_int_equal(key_action('t'), ACTION_TAG);
}

static void what_fingers_expect(void **state)
{
    (void)state;
    assert_int_equal(key_action('q'), ACTION_QUIT);
    assert_int_equal(key_action(KEYS_F1), ACTION_HELP);
    assert_int_equal(key_action(KEYS_F1 + 5), ACTION_SORT_MENU);
    assert_int_equal(key_action('I'), ACTION_REVERSE);
    assert_int_equal(key_action('G'), ACTION_LAST);
    assert_int_equal(key_action(0), ACTION_NONE);
    assert_int_equal(key_action(-1), ACTION_NONE);
    assert_int_equal(key_action(0x1f600), ACTION_NONE);
}

static void names(void **state)
{
    char out[KEY_NAME], all[KEY_NAMES];

    (void)state;
    assert_string_equal(keys_name(KEYS_CTRL('l'), out), "Ctrl-L");
    assert_string_equal(keys_name(KEYS_F1 + 9, out), "F10");
    assert_string_equal(keys_name(' ', out), "Space");
    assert_string_equal(keys_name(KEYS_PGDN, out), "PgDn");
    assert_string_equal(keys_name('?', out), "?");
    for (size_t i = 0; i < key_count; i++) {
        assert_in_range(keys_names(&keys[i], all), 1, 12);
        if (keys[i].action == ACTION_CHOOSE)
            assert_string_equal(all, "Enter");
    }
}

/* Whether a word of the manual's section on keys is this name. */
static bool in_manual(const char *section, const char *name)
{
    char shown[KEY_NAME + 4];

    snprintf(shown, sizeof(shown), "%s%s", strchr("[].,!?", *name) && !name[1] ? "\\&" : "",
             *name == '\\' ? "\\e" : name);
    for (const char *at = section; (at = strstr(at, shown)); at++)
        if (at[-1] == ' ' && strchr(" \n", at[strlen(shown)]))
            return true;
    return false;
}

static void the_manual_names_all(void **state)
{
    static char text[65536];
    char name[KEY_NAME];

    (void)state;
    FILE *f = fopen("man/domtop.1", "r");
    if (!f)
        skip(); /* not run from the top of the repository */
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    char *section = strstr(text, "\n.Ss Keys"), *end = strstr(text, "\n.Sh JSON");
    assert_true(section && end);
    *end = '\0';
    for (size_t i = 0; i < key_count; i++) {
        for (size_t c = 0; c < KEYS_EACH && keys[i].codes[c]; c++) {
            int code = keys[i].codes[c];
            if (code == '\n' || (code >= '2' && code <= '6'))
                continue; /* Enter; "1 to 7" */
            if (!in_manual(section, keys_name(code, name)))
                fail_msg("man/domtop.1 does not name the key %s", name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_twice),
        cmocka_unit_test(every_action_has_a_key),
        cmocka_unit_test(the_last_is_how_to_leave),
        cmocka_unit_test(what_fingers_expect),
        cmocka_unit_test(looking_back),
        cmocka_unit_test(names),
        cmocka_unit_test(the_manual_names_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
