/* rows: order by type with the unknown last, a mark that stays on its domain, order held. */
#include "scene.h"

#include "ui/rows.h"

struct table {
    struct stage st;
    struct rows rows;
};

static int setup(void **state)
{
    static struct table t;

    memset(&t.rows, 0, sizeof(t.rows));
    t.rows.of = ENTITY_DOMAIN;
    stage_open(&t.st);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    struct table *t = *state;

    rows_release(&t->rows);
    stage_close(&t->st);
    return 0;
}

static void sort(struct table *t, const char *id, bool reverse, bool dom0)
{
    rows_sort(&t->rows, &t->st.scene, stage_column(&t->st, id), reverse, dom0);
}

/* The domids in order must be these. */
static void expect(struct table *t, size_t n, const uint64_t *domids)
{
    assert_int_equal(t->rows.count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(t->st.cur.domains[t->rows.order[i]].domid, domids[i]);
}
#define EXPECT(t, ...)                                                                             \
    expect(t, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), (uint64_t[]){__VA_ARGS__})

static void unknown_is_last_both_ways(void **state)
{
    struct table *t = *state;

    sort(t, "cpu_ns", false, false);
    EXPECT(t, 2, 1, 3);
    sort(t, "cpu_ns", true, false);
    EXPECT(t, 1, 2, 3);
    t->st.cur.domains[0].name = 0;
    sort(t, "name", false, false);
    EXPECT(t, 3, 2, 1);
    sort(t, "name", true, false);
    EXPECT(t, 2, 3, 1);
}

static void names_as_people_count(void **state)
{
    struct table *t = *state;

    sort(t, "name", false, false);
    EXPECT(t, 3, 1, 2);
}

static void every_column_sorts(void **state)
{
    struct table *t = *state;

    for (size_t i = 0; i < t->st.columns.count; i++) {
        rows_sort(&t->rows, &t->st.scene, &t->st.columns.at[i], false, false);
        assert_int_equal(t->rows.count, 3);
    }
    sort(t, "uuid", false, false);
    EXPECT(t, 1, 2, 3);
    sort(t, "uuid", true, false);
    EXPECT(t, 3, 2, 1);
    /* Equal ones stay in the order of domids, whichever way. */
    sort(t, "vcpus", true, false);
    EXPECT(t, 1, 2, 3);
}

static void dom0_on_top(void **state)
{
    struct table *t = *state;

    stage_domain(&t->st.cur, 0, "Domain-0", 0, 1);
    stage_set(&t->st);
    sort(t, "mem_bytes", false, true);
    EXPECT(t, 0, 1, 3, 2);
    sort(t, "mem_bytes", false, false);
    EXPECT(t, 1, 3, 2, 0);
}

static void mark_follows_its_domain(void **state)
{
    struct table *t = *state;

    sort(t, "mem_bytes", false, false);
    assert_int_equal(t->rows.cursor, 0);
    sort(t, "cpu_ns", false, false);
    assert_int_equal(t->rows.cursor, 0); /* nobody chose a domain yet */

    rows_move(&t->rows, &t->st.cur, 1);
    EXPECT(t, 2, 1, 3);
    sort(t, "mem_bytes", false, false);
    EXPECT(t, 1, 3, 2);
    assert_int_equal(t->rows.cursor, 0);
    rows_move(&t->rows, &t->st.cur, 99);
    assert_int_equal(t->rows.cursor, 2);
    rows_move(&t->rows, &t->st.cur, -99);
    assert_int_equal(t->rows.cursor, 0);
}

static void a_domid_used_again_is_another_domain(void **state)
{
    struct table *t = *state;

    sort(t, "domid", false, false);
    rows_move(&t->rows, &t->st.cur, 1); /* domid 2 */
    memset(t->st.cur.domains[1].uuid.bytes, 0x77, 16);
    sort(t, "mem_bytes", false, false);
    assert_int_equal(t->rows.cursor, 1); /* the place it had */
    assert_int_equal(t->rows.marked.domid, 3);
}

static void a_reboot_keeps_the_mark(void **state)
{
    struct table *t = *state;

    sort(t, "domid", false, false);
    rows_move(&t->rows, &t->st.cur, 1); /* domid 2 */
    const struct uuid uuid = t->rows.marked.uuid;
    t->st.cur.domains[1].domid = 9;
    stage_set(&t->st);
    for (int held = 0; held < 2; held++) {
        if (held)
            rows_hold(&t->rows, &t->st.scene);
        else
            sort(t, "domid", false, false);
        EXPECT(t, 1, 3, 9);
        assert_int_equal(t->rows.cursor, 2);
        assert_int_equal(t->rows.marked.domid, 9);
        assert_memory_equal(&t->rows.marked.uuid, &uuid, sizeof(uuid));
    }
    /* Without a uuid there is nothing to know it by. */
    memset(&t->st.cur.domains[2].uuid, 0, sizeof(uuid));
    memset(&t->rows.marked.uuid, 0, sizeof(uuid));
    t->rows.marked.domid = 7;
    t->rows.cursor = 0;
    sort(t, "domid", false, false);
    assert_int_equal(t->rows.cursor, 0);
}

static void order_is_held(void **state)
{
    struct table *t = *state;

    sort(t, "cpu_ns", false, false);
    rows_move(&t->rows, &t->st.cur, 1); /* domid 1 */

    unit_sample(&t->st.cur, 3, 2);
    stage_domain(&t->st.cur, 1, "web-2", 0, 0);
    stage_domain(&t->st.cur, 3, "db", 0, 0);
    stage_domain(&t->st.cur, 4, "new", 0, 0);
    stage_set(&t->st);
    rows_hold(&t->rows, &t->st.scene);
    EXPECT(t, 1, 3, 4);
    assert_int_equal(t->rows.cursor, 0);

    unit_sample(&t->st.cur, 4, 3);
    stage_set(&t->st);
    rows_hold(&t->rows, &t->st.scene);
    assert_int_equal(t->rows.count, 0);
    assert_int_equal(t->rows.cursor, 0);
    rows_move(&t->rows, &t->st.cur, 1);
}

static void what_is_in_sight(void **state)
{
    struct table *t = *state;

    sort(t, "domid", false, false);
    t->rows.top = 99;
    rows_reveal(&t->rows, 2);
    assert_int_equal(t->rows.top, 0);
    rows_move(&t->rows, &t->st.cur, 2);
    rows_reveal(&t->rows, 2);
    assert_int_equal(t->rows.top, 1);
    rows_reveal(&t->rows, 10);
    assert_int_equal(t->rows.top, 0);
    rows_reveal(&t->rows, 0);
}

static void a_thousand(void **state)
{
    struct table *t = *state;
    const struct column *mem = stage_column(&t->st, "mem_bytes");

    for (uint64_t id = 4; id < 1004; id++)
        stage_domain(&t->st.cur, id, "d", 0, id * 7919 % 1009);
    stage_set(&t->st);
    rows_sort(&t->rows, &t->st.scene, mem, false, false);
    assert_int_equal(t->rows.count, 1003);
    for (size_t i = 1; i < t->rows.count; i++)
        assert_true(t->st.cur.domains[t->rows.order[i - 1]].mem_bytes >=
                    t->st.cur.domains[t->rows.order[i]].mem_bytes);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(unknown_is_last_both_ways), TEST(names_as_people_count),
        TEST(every_column_sorts),        TEST(dom0_on_top),
        TEST(mark_follows_its_domain),   TEST(a_domid_used_again_is_another_domain),
        TEST(a_reboot_keeps_the_mark),   TEST(order_is_held),
        TEST(what_is_in_sight),          TEST(a_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
