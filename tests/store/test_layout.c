/* layout: paths there and back, and names of data sources that RRD can hold. */
#include "unit.h"

#include <stdio.h>

#include "base.h"
#include "store/layout.h"

static void paths(void **state)
{
    struct uuid u = {{0x12, 0x34, [15] = 0xff}};
    char path[LAYOUT_PATH];
    enum entity e;
    uint64_t id;

    (void)state;
    layout_rrd(path, ENTITY_HOST, NULL, 0);
    assert_string_equal(path, "host.rrd");
    layout_rrd(path, ENTITY_PCPU, NULL, 0);
    assert_string_equal(path, "pcpus.rrd");
    layout_rrd(path, ENTITY_DOMAIN, &u, 0);
    assert_string_equal(path, "domains/12340000-0000-0000-0000-0000000000ff/domain.rrd");
    layout_rrd(path, ENTITY_VBD, &u, UINT64_MAX);
    assert_string_equal(
        path, "domains/12340000-0000-0000-0000-0000000000ff/vbd-18446744073709551615.rrd");
    assert_true(layout_rrd_parse(strrchr(path, '/') + 1, &e, &id));
    assert_int_equal(e, ENTITY_VBD);
    assert_true(id == UINT64_MAX);
    assert_true(layout_rrd_parse("vif-0.rrd", &e, &id) && e == ENTITY_VIF && id == 0);
    assert_true(layout_rrd_parse("vcpus.rrd", &e, &id) && e == ENTITY_VCPU);
    assert_true(layout_rrd_parse("domain.rrd", &e, &id) && e == ENTITY_DOMAIN);
    static const char *const strange[] = {"",
                                          "vif-.rrd",
                                          "vif-00.rrd",
                                          "vif-1",
                                          "vif-x.rrd",
                                          "vif--1.rrd",
                                          "vbd-18446744073709551616.rrd",
                                          ".vif-1.rrd",
                                          "vif-1.rrd.new"};
    for (size_t i = 0; i < ARRAY_LEN(strange); i++)
        assert_false(layout_rrd_parse(strange[i], &e, &id));
}

static void days(void **state)
{
    char path[LAYOUT_PATH];
    uint64_t wall;

    (void)state;
    layout_day(path, UINT64_C(1795391999) * NS_PER_S + 999);
    assert_string_equal(path, "journal/2026-11-22.log");
    assert_true(layout_day_parse("2026-11-22.log", &wall));
    assert_true(wall == UINT64_C(1795305600) * NS_PER_S);
    static const char *const strange[] = {"",
                                          "2026-11-2.log",
                                          "2026-02-30.log",
                                          "2026-1-022.log",
                                          "2026-11-22.lo",
                                          "9999-11-22.log",
                                          "2026-11-22.logs",
                                          "-026-11-22.log"};
    for (size_t i = 0; i < ARRAY_LEN(strange); i++)
        assert_false(layout_day_parse(strange[i], &wall));
}

/* Each source of each entity: it fits with the highest number there may be, is told from all others
 * and found again. */
static void names(void **state)
{
    static const uint64_t highest[ENTITY_COUNT] = {[ENTITY_PCPU] = 4095, [ENTITY_VCPU] = 4095};

    (void)state;
    for (int e = 0; e < ENTITY_COUNT; e++) {
        const struct layout_source *sources;
        size_t count = layout_sources((enum entity)e, &sources), metrics = 0;
        assert_true(count > 0 && count < LAYOUT_MAX_ROW);
        for (size_t i = 0; i < count; i++) {
            char name[LAYOUT_SOURCE], full[64];
            uint64_t index;
            layout_source_name(name, &sources[i], highest[e]);
            snprintf(full, sizeof(full), "%s_%u", sources[i].metric->id, (unsigned)highest[e]);
            if (layout_is_set((enum entity)e))
                assert_string_equal(name, full); /* nothing was cut */
            else if (!sources[i].bit)
                assert_string_equal(name, sources[i].metric->id);
            assert_ptr_equal(layout_source_find((enum entity)e, name, &index), &sources[i]);
            assert_int_equal(index, highest[e]);
            metrics += !sources[i].bit;
        }
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            metrics -= m->kind != METRIC_INFO && !(m->flags & METRIC_LIVE) && m->unit != UNIT_STATE;
        }
        assert_int_equal(metrics, 0);
    }
}

static void strange_names(void **state)
{
    uint64_t index;

    (void)state;
    assert_null(layout_source_find(ENTITY_VCPU, "cpu_ns", &index));
    assert_null(layout_source_find(ENTITY_VCPU, "cpu_ns_", &index));
    assert_null(layout_source_find(ENTITY_VCPU, "cpu_ns_01", &index));
    assert_null(layout_source_find(ENTITY_VCPU, "cpu_ns_99999999999", &index));
    assert_null(layout_source_find(ENTITY_VCPU, "cpu_ns_4096", &index));
    assert_null(layout_source_find(ENTITY_DOMAIN, "cpu_ns_0", &index));
    assert_null(layout_source_find(ENTITY_DOMAIN, "state", &index));
    assert_null(layout_source_find(ENTITY_DOMAIN, "state_dying", &index));
    assert_null(layout_source_find(ENTITY_DOMAIN, "weight", &index));
    assert_null(layout_source_find(ENTITY_DOMAIN, "", &index));
}

static void values(void **state)
{
    struct domain d = {.state = DOMAIN_CRASHED | DOMAIN_SHUTDOWN, .cpu_ns = 7, .wait_est = 0.5};
    const struct layout_source *cpu, *wait, *crashed, *running;
    uint64_t index;

    (void)state;
    assert_non_null(cpu = layout_source_find(ENTITY_DOMAIN, "cpu_ns", &index));
    assert_non_null(wait = layout_source_find(ENTITY_DOMAIN, "wait_est", &index));
    assert_non_null(crashed = layout_source_find(ENTITY_DOMAIN, "state_crashed", &index));
    assert_non_null(running = layout_source_find(ENTITY_DOMAIN, "state_running", &index));
    assert_near(layout_source_value(cpu, &d), 7, 0);
    assert_near(layout_source_value(wait, &d), 0.5, 0);
    assert_near(layout_source_value(crashed, &d), 1, 0);
    assert_near(layout_source_value(running, &d), 0, 0);
    d.state = d.cpu_ns = UNKNOWN;
    assert_nan(layout_source_value(cpu, &d));
    assert_nan(layout_source_value(running, &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),         cmocka_unit_test(days),   cmocka_unit_test(names),
        cmocka_unit_test(strange_names), cmocka_unit_test(values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
