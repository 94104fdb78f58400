/* filter: what is typed means what it says, what makes no sense is said, and the last good one
 * stays. */
#include "scene.h"

#include "ui/filter.h"

static int setup(void **state)
{
    static struct stage st;

    stage_open(&st); /* web-2: 50 %, 4G; web-10: 150 %, 1G; db: cpu unknown, 2G */
    st.cur.domains[2].state = DOMAIN_PAUSED;
    *state = &st;
    return 0;
}

static int teardown(void **state)
{
    stage_close(*state);
    return 0;
}

/* The rows shown, as letters: web-2, web-10, db. */
static void expect(struct stage *st, const char *text, const char *rows)
{
    static struct filter f;
    char wrong[FILTER_WRONG], got[4] = "";

    if (!filter_compile(&f, &st->columns, text, wrong))
        fail_msg("%s: %s", text, wrong);
    for (size_t i = 0; i < 3; i++)
        if (filter_match(&f, &st->scene, i))
            strncat(got, (const char *[]){"a", "b", "c"}[i], 1);
    if (strcmp(got, rows) != 0)
        fail_msg("%s: shows \"%s\", not \"%s\"", text, got, rows);
}

static void words(void **state)
{
    expect(*state, "", "abc");
    expect(*state, "  ", "abc");
    expect(*state, "web", "ab");
    expect(*state, "WEB-10", "b");
    expect(*state, "\"web-10\"", "b");
    expect(*state, "paused", "c");
    expect(*state, "3", "c"); /* the domid */
    expect(*state, "02020202", "b");
    expect(*state, "nothing", "");
}

static void numbers(void **state)
{
    expect(*state, "cpu>50", "b");
    expect(*state, "cpu>=50", "ab");
    expect(*state, "cpu > 50%", "b");
    expect(*state, "cpu<100", "a");
    expect(*state, "cpu!=50", "bc"); /* the unknown is not 50 */
    expect(*state, "busy>=75", "b");
    expect(*state, "mem>1G", "ac");
    expect(*state, "mem=1024M", "b");
    expect(*state, "MEM<=2GB", "bc");
    expect(*state, "cpu%>50", "b");
    expect(*state, "domid=2", "b");
    expect(*state, "cputime<1m", "abc");
    expect(*state, "time>1s", "b");
}

static void texts(void **state)
{
    expect(*state, "state=paused", "c");
    expect(*state, "state!=paused", "ab");
    expect(*state, "name~2", "a");
    expect(*state, "name=DB", "c");
    expect(*state, "uuid~0101", "a");
    expect(*state, "type=PVH", "");
}

static void combined(void **state)
{
    expect(*state, "web cpu>100", "b");
    expect(*state, "web & cpu>100", "b");
    expect(*state, "db | cpu>100", "bc");
    expect(*state, "!web", "c");
    expect(*state, "!!web", "ab");
    expect(*state, "!(web | db)", "");
    expect(*state, "db|web mem>2G", "ac"); /* both binds closer than either */
    expect(*state, "(db|web) mem>1G", "ac");
}

static void what_makes_no_sense_is_said(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"nosuch>5", "there is no column \"nosuch\""},
        {"cpu>", "cpu is to be compared with what?"},
        {"cpu>x", "\"x\" is not a number"},
        {"cpu>nan", "is not a number"},
        {"cpu>0x10", "is not a number"},
        {"name>5", "name is a text"},
        {"(web", "a bracket is not closed"},
        {"web)", "\")\" has no counterpart"},
        {"web |", "something is missing at the end"},
        {"| web", "\"|\" stands where a word should"},
        {">5", "\">\" stands where a word should"},
        {"\"web", "a quote is not closed"},
        {"!!!!!!!!!!!!!!!!!!!!web", "nests too deep"},
        {"a b c d e f g h i j k l m n o p q r s t", "too much"},
    };
    static struct filter f;
    struct stage *st = *state;
    char wrong[FILTER_WRONG];

    assert_true(filter_compile(&f, &st->columns, "db", wrong));
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_false(filter_compile(&f, &st->columns, cases[i].text, wrong));
        if (!strstr(wrong, cases[i].said))
            fail_msg("%s: said \"%s\"", cases[i].text, wrong);
        assert_string_equal(f.text, "db");
        assert_true(filter_match(&f, &st->scene, 2));
        assert_false(filter_match(&f, &st->scene, 0));
    }
}

/* Every column of every table can be asked for by its id. */
static void every_column(void **state)
{
    static const enum entity tables[] = {ENTITY_DOMAIN, ENTITY_VCPU, ENTITY_VIF, ENTITY_VBD};
    static struct filter f;
    static struct columns c;
    struct stage *st = *state;
    char text[FILTER_TEXT], wrong[FILTER_WRONG];

    snapshot_add_vcpu(&st->cur, 1, 0);
    snapshot_add_vif(&st->cur, 1, 0);
    snapshot_add_vbd(&st->cur, 1, 0);
    stage_set(st);
    for (size_t t = 0; t < 4; t++) {
        columns_build(&c, tables[t]);
        for (size_t i = 0; i < c.count; i++) {
            strcpy(text, c.at[i].id);
            strcat(text, "=0 x");
            assert_true(filter_compile(&f, &c, text, wrong));
            assert_false(filter_match(&f, &st->scene, 0));
        }
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(words),
        TEST(numbers),
        TEST(texts),
        TEST(combined),
        TEST(what_makes_no_sense_is_said),
        TEST(every_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
