/* column: every metric is one, values and texts are right, and the unknown stays unknown. */
#include "scene.h"

#include "base.h"
#include "sanitize.h"

static int setup(void **state)
{
    static struct stage st;

    stage_open(&st);
    *state = &st;
    return 0;
}

static int teardown(void **state)
{
    stage_close(*state);
    return 0;
}

static void every_metric_is_there_once(void **state)
{
    struct stage *st = *state;

    for (int e = 0; e < ENTITY_COUNT; e++) {
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            bool shown = (e == ENTITY_DOMAIN || m->flags & METRIC_SUMS) &&
                         !(m->flags & METRIC_INNER);
            if (shown)
                assert_ptr_equal(stage_column(st, m->id)->metric, m);
        }
    }
    for (size_t i = 0; i < st->columns.count; i++) {
        const struct column *c = &st->columns.at[i];
        assert_int_equal(columns_find(&st->columns, c->id), i);
        assert_true(c->width > 0 && c->want >= c->width);
        assert_true(sanitize_width(c->title) <= (size_t)c->width);
        assert_true(strlen(c->help) > 0);
    }
    assert_int_equal(columns_find(&st->columns, "no such"), st->columns.count);
}

static void numbers(void **state)
{
    struct stage *st = *state;

    assert_near(column_number(stage_column(st, "cpu_ns"), &st->scene, 1), 1.5, 1e-9);
    assert_near(column_number(stage_column(st, "cpu_busy"), &st->scene, 1), 0.75, 1e-9);
    assert_nan(column_number(stage_column(st, "cpu_ns"), &st->scene, 2));
    assert_near(column_number(stage_column(st, "mem_share"), &st->scene, 0), 0.25, 1e-9);
    assert_nan(column_number(stage_column(st, "mem_full"), &st->scene, 0));
    assert_near(column_number(stage_column(st, "vifs"), &st->scene, 0), 0, 0);
    st->scene.cpu_of_host = true;
    assert_near(column_number(stage_column(st, "cpu_ns"), &st->scene, 1), 0.375, 1e-9);
    assert_string_equal(column_title(stage_column(st, "cpu_ns"), &st->scene), "HOST%");
    st->cur.host.cpus = UNKNOWN;
    assert_nan(column_number(stage_column(st, "cpu_ns"), &st->scene, 1));
}

static void texts(void **state)
{
    struct stage *st = *state;
    char buf[FORMAT_MAX];

    assert_string_equal(column_format(stage_column(st, "name"), &st->scene, 1, buf), "web-10");
    assert_string_equal(column_format(stage_column(st, "state"), &st->scene, 1, buf), "running");
    assert_string_equal(column_format(stage_column(st, "cpu_ns"), &st->scene, 1, buf), "150.0");
    assert_string_equal(column_format(stage_column(st, "cpu_ns"), &st->scene, 2, buf), "-");
    assert_string_equal(column_format(stage_column(st, "mem_bytes"), &st->scene, 0, buf), "4.0G");
    assert_string_equal(column_format(stage_column(st, "cpu_time"), &st->scene, 1, buf), "1.5s");
    assert_string_equal(column_format(stage_column(st, "rx_bytes"), &st->scene, 1, buf), "0");
    st->cur.domains[1].name = 0;
    assert_string_equal(column_format(stage_column(st, "name"), &st->scene, 1, buf), "(domid 2)");
}

static void bridge_told_or_found(void **state)
{
    struct stage *st = *state;
    char buf[FORMAT_MAX];
    strref told = snapshot_add_cstr(&st->cur, "told"), in = snapshot_add_cstr(&st->cur, "in");

    snapshot_add_vif(&st->cur, 1, 0)->master = in;
    snapshot_add_vif(&st->cur, 1, 1)->bridge = told;
    st->cur.vifs[1].master = in;
    snapshot_add_vif(&st->cur, 1, 2);
    columns_build(&st->columns, ENTITY_VIF);
    stage_set(st);
    const struct column *bridge = stage_column(st, "bridge");
    assert_string_equal(column_format(bridge, &st->scene, 0, buf), "in");
    assert_string_equal(column_text(bridge, &st->scene, 0), "in");
    assert_string_equal(column_format(bridge, &st->scene, 1, buf), "told");
    assert_string_equal(column_text(bridge, &st->scene, 1), "told");
    assert_string_equal(column_format(bridge, &st->scene, 2, buf), "-");
    assert_null(column_text(bridge, &st->scene, 2));
}

static void nobody_read_the_devices(void **state)
{
    struct stage *st = *state;
    char buf[FORMAT_MAX];

    st->cur.have = PART(ENTITY_HOST) | PART(ENTITY_DOMAIN);
    assert_string_equal(column_format(stage_column(st, "rx_bytes"), &st->scene, 1, buf), "-");
    assert_string_equal(column_format(stage_column(st, "vbds"), &st->scene, 1, buf), "-");
}

static void every_text_of_the_unknown(void **state)
{
    struct stage *st = *state;
    char buf[FORMAT_MAX];

    snapshot_add_domain(&st->cur, 9);
    stage_set(st);
    for (size_t i = 0; i < st->columns.count; i++) {
        const char *text = column_format(&st->columns.at[i], &st->scene, 3, buf);
        assert_true(*text);
        assert_null(strstr(text, "nan"));
    }
}

/* What dom0 does for a domain is a sum, and unknown when a part of it is: not too low. A part that
 * does not apply is 0. */
static void costs_of_dom0(void **state)
{
    struct stage *st = *state;
    const struct column *c = stage_column(st, "dom0_ns");
    char buf[FORMAT_MAX];
    bool all;

    assert_nan(column_number(c, &st->scene, 1));
    struct domain *prev = &st->prev.domains[1], *cur = &st->cur.domains[1];
    prev->net_ns = prev->tap_ns = prev->dm_ns = cur->dm_ns = 0;
    cur->net_ns = 20000000;
    cur->tap_ns = 5000000;
    stage_set(st);
    assert_nan(column_number(c, &st->scene, 1));
    assert_string_equal(column_format(c, &st->scene, 1, buf), "-");
    assert_near(column_dom0_least(&st->scene, 1, &all), 0.025, 1e-9);
    assert_false(all);
    prev->blk_ns = cur->blk_ns = 7;
    stage_set(st);
    assert_near(column_number(c, &st->scene, 1), 0.025, 1e-9);
    assert_near(column_spoken(c, &st->scene, 1), 2.5, 1e-9);
    assert_string_equal(column_format(c, &st->scene, 1, buf), "2.5");
    assert_string_equal(column_format(c, &st->scene, 0, buf), "-");
    assert_near(column_dom0_least(&st->scene, 1, &all), 0.025, 1e-9);
    assert_true(all);
    st->scene.totals = true;
    assert_string_equal(column_format(c, &st->scene, 1, buf), "2.5");
}

static void waits_are_shares(void **state)
{
    struct stage *st = *state;
    const struct column *c = stage_column(st, "wait_est");
    char buf[FORMAT_MAX];

    assert_string_equal(column_format(c, &st->scene, 1, buf), "-");
    st->cur.domains[1].wait_est = 0.125;
    assert_string_equal(column_format(c, &st->scene, 1, buf), "12.5");
    assert_near(column_spoken(c, &st->scene, 1), 12.5, 1e-9);
}

static void shared_devices_say_so(void **state)
{
    struct stage *st = *state;
    strref dev = snapshot_add_cstr(&st->cur, "dm-3");
    static const uint64_t users[] = {UNKNOWN, 1, 4};
    static const char *const texts[] = {"dm-3", "dm-3", "dm-3 x4", "-"};
    struct columns columns;
    char buf[FORMAT_MAX];

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct vbd *v = snapshot_add_vbd(&st->cur, 1, 51712 + i);
        v->back_dev = i < ARRAY_LEN(users) ? dev : 0;
        v->back_users = i < ARRAY_LEN(users) ? users[i] : UNKNOWN;
    }
    stage_set(st);
    columns_build(&columns, ENTITY_VBD);
    const struct column *c = &columns.at[columns_find(&columns, "back_dev")];
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_string_equal(column_format(c, &st->scene, i, buf), texts[i]);
    assert_string_equal(column_text(c, &st->scene, 2), "dm-3"); /* sorted and filtered by it */
    assert_null(column_text(c, &st->scene, 3));
    for (size_t i = 0; i < columns.count; i++)
        assert_true(sanitize_width(columns.at[i].title) <= (size_t)columns.at[i].width);
}

static void raw_bytes_have_room(void **state)
{
    struct stage *st = *state;
    const struct column *mem = stage_column(st, "mem_bytes");

    assert_true(column_width(mem, FORMAT_RAW) > column_width(mem, FORMAT_IEC));
    assert_int_equal(column_width(stage_column(st, "domid"), FORMAT_RAW), 5);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_metric_is_there_once),
        TEST(numbers),
        TEST(texts),
        TEST(bridge_told_or_found),
        TEST(nobody_read_the_devices),
        TEST(every_text_of_the_unknown),
        TEST(costs_of_dom0),
        TEST(waits_are_shares),
        TEST(shared_devices_say_so),
        TEST(raw_bytes_have_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
