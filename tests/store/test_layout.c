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
            if (sources[i].part == LAYOUT_BUSY)
                assert_string_equal(name, "busy_ns_4095");
            else if (layout_is_set((enum entity)e))
                assert_string_equal(name, full); /* nothing was cut */
            else if (sources[i].part == LAYOUT_VALUE)
                assert_string_equal(name, sources[i].metric->id);
            assert_ptr_equal(layout_source_find((enum entity)e, name, &index), &sources[i]);
            assert_true(layout_source_current((enum entity)e, &sources[i]));
            assert_int_equal(index, highest[e]);
            metrics += sources[i].part == LAYOUT_VALUE || sources[i].part == LAYOUT_BUSY;
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

static double value_of(const struct layout_source *source, const struct layout_sample *sample,
                       const void *record)
{
    uint64_t whole;
    double fraction;

    return !layout_source_value(source, sample, record, &whole, &fraction) ? fraction
           : whole == UNKNOWN                                              ? NAN
                                                                           : (double)whole;
}

/* Idle time is recorded as busy time, which peaks where the load does. */
static void busy(void **state)
{
    struct layout_sample now = {.idle_ns = 1000 * NS_PER_S, .load = 0.25},
                         then = {.idle_ns = 990 * NS_PER_S};
    struct pcpu a = {.online = 1, .idle_ns = 1004 * NS_PER_S, .read_ns = UNKNOWN},
                b = {.online = 1, .idle_ns = 1001 * NS_PER_S, .read_ns = UNKNOWN};
    const struct layout_source *source, *idle, *load;
    uint64_t index, from, to;
    double x;

    (void)state;
    assert_non_null(source = layout_source_find(ENTITY_PCPU, "busy_ns_7", &index));
    assert_int_equal(index, 7);
    assert_true(layout_source_counts(source));
    assert_true(layout_source_value(source, &then, &b, &from, &x));
    assert_true(layout_source_value(source, &now, &a, &to, &x));
    assert_true(to - from == 7 * NS_PER_S);
    /* By its own clock where it has one. */
    a.read_ns = 999 * NS_PER_S;
    layout_source_value(source, &now, &a, &to, &x);
    assert_true(to - from == 6 * NS_PER_S);
    a.online = 0;
    assert_nan(value_of(source, &now, &a));
    a.online = UNKNOWN;
    assert_false(isnan(value_of(source, &now, &a)));
    a.idle_ns = UNKNOWN;
    assert_nan(value_of(source, &now, &a));
    /* What stores made before have. */
    assert_non_null(idle = layout_source_find(ENTITY_PCPU, "idle_ns_7", &index));
    assert_ptr_not_equal(idle, source);
    assert_false(layout_source_current(ENTITY_PCPU, idle));
    assert_near(value_of(idle, &now, &b), 1001e9, 0);
    assert_non_null(load = layout_source_find(ENTITY_HOST, "busy", &index));
    assert_false(layout_source_counts(load));
    assert_near(value_of(load, &now, &b), 0.25, 0);
}

static void values(void **state)
{
    struct domain d = {.state = DOMAIN_CRASHED | DOMAIN_SHUTDOWN, .cpu_ns = 7, .wait_est = 0.5};
    struct layout_sample sample = {.load = NAN};
    const struct layout_source *cpu, *wait, *crashed, *running;
    uint64_t index;

    (void)state;
    assert_non_null(cpu = layout_source_find(ENTITY_DOMAIN, "cpu_ns", &index));
    assert_non_null(wait = layout_source_find(ENTITY_DOMAIN, "wait_est", &index));
    assert_non_null(crashed = layout_source_find(ENTITY_DOMAIN, "state_crashed", &index));
    assert_non_null(running = layout_source_find(ENTITY_DOMAIN, "state_running", &index));
    assert_near(value_of(cpu, &sample, &d), 7, 0);
    assert_near(value_of(wait, &sample, &d), 0.5, 0);
    assert_near(value_of(crashed, &sample, &d), 1, 0);
    assert_near(value_of(running, &sample, &d), 0, 0);
    d.state = d.cpu_ns = UNKNOWN;
    assert_nan(value_of(cpu, &sample, &d));
    assert_nan(value_of(running, &sample, &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),         cmocka_unit_test(days),   cmocka_unit_test(names),
        cmocka_unit_test(strange_names), cmocka_unit_test(values), cmocka_unit_test(busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
