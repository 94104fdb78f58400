/* snapshot: sealing, ranges, repeats, orphans, copies, strings, uuids. */
#include "unit.h"

static void seal_sorts_and_attaches(void **state)
{
    struct snapshot s = {0};

    (void)state;
    unit_sample(&s, 1, 0);
    snapshot_add_domain(&s, 7);
    snapshot_add_domain(&s, 0);
    snapshot_add_domain(&s, 3);
    snapshot_add_vcpu(&s, 7, 1);
    snapshot_add_vcpu(&s, 7, 0);
    snapshot_add_vcpu(&s, 0, 0);
    snapshot_add_vif(&s, 3, 2);
    snapshot_add_vif(&s, 99, 0); /* nobody's */
    snapshot_add_vif(&s, 3, 0);
    snapshot_add_vbd(&s, 7, 51712);
    snapshot_add_pcpu(&s, 1);
    snapshot_add_pcpu(&s, 0);
    snapshot_seal(&s);

    assert_int_equal(s.domain_count, 3);
    assert_int_equal(s.domains[0].domid, 0);
    assert_int_equal(s.domains[1].domid, 3);
    assert_int_equal(s.domains[2].domid, 7);
    assert_int_equal(s.pcpus[0].id, 0);
    const struct domain *d = snapshot_domain(&s, 7);
    assert_int_equal(d->vcpu_count, 2);
    assert_int_equal(s.vcpus[d->vcpu_first].id, 0);
    assert_int_equal(s.vcpus[d->vcpu_first + 1].id, 1);
    assert_int_equal(d->vbd_count, 1);
    assert_int_equal(d->vif_count, 0);
    d = snapshot_domain(&s, 3);
    assert_int_equal(s.vif_count, 2);
    assert_int_equal(d->vif_count, 2);
    assert_int_equal(s.vifs[d->vif_first].id, 0);
    assert_int_equal(s.vifs[d->vif_first + 1].id, 2);
    assert_null(snapshot_domain(&s, 99));
    assert_int_equal(snapshot_parent(&s, ENTITY_VIF, 1), 1);
    snapshot_release(&s);
}

/* libxenstat lists domains twice past 256: each must be there once. */
static void seal_drops_repeats(void **state)
{
    struct snapshot s = {0};

    (void)state;
    unit_sample(&s, 1, 0);
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 0; i < 300; i++) {
            snapshot_add_domain(&s, i * 3);
            snapshot_add_vbd(&s, i * 3, 51712);
        }
    snapshot_seal(&s);
    assert_int_equal(s.domain_count, 300);
    assert_int_equal(s.vbd_count, 300);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(s.domains[i].domid, i * 3);
        assert_int_equal(s.domains[i].vbd_first, i);
        assert_int_equal(s.domains[i].vbd_count, 1);
    }
    snapshot_seal(&s); /* idempotent */
    assert_int_equal(s.domain_count, 300);
    assert_int_equal(s.vbd_count, 300);
    snapshot_release(&s);
}

static void sizes(void **state)
{
    struct snapshot s = {0}, copy = {0};

    (void)state;
    unit_sample(&s, 1, 0);
    snapshot_seal(&s);
    assert_int_equal(s.domain_count, 0);
    snapshot_copy(&copy, &s);
    assert_int_equal(snapshot_rows(&copy, ENTITY_DOMAIN), 0);

    for (uint64_t d = 4096; d-- > 0;)
        snapshot_add_domain(&s, d);
    for (uint64_t v = 512; v-- > 0;)
        snapshot_add_vcpu(&s, 4095, v);
    for (uint64_t p = 1024; p-- > 0;)
        snapshot_add_pcpu(&s, p);
    snapshot_seal(&s);
    assert_int_equal(s.domain_count, 4096);
    assert_int_equal(snapshot_domain(&s, 4095)->vcpu_count, 512);
    assert_int_equal(s.pcpus[1023].id, 1023);
    snapshot_release(&s);
    snapshot_release(&copy);
}

static void unknown_is_a_value(void **state)
{
    struct snapshot s = {0};

    (void)state;
    unit_sample(&s, 1, 0);
    snapshot_add_domain(&s, 1);
    snapshot_add_vcpu(&s, 1, 0);
    snapshot_add_vif(&s, 1, 0);
    snapshot_add_vbd(&s, 1, 0);
    snapshot_add_pcpu(&s, 0);
    snapshot_seal(&s);
    /* Every metric of a fresh row but those that name it is unknown. */
    for (int e = 0; e < ENTITY_COUNT; e++) {
        const struct metric_group *g = &metric_groups[e];
        for (size_t i = 0; i < g->count; i++) {
            const struct metric *m = &g->rows[i];
            const void *row = snapshot_row(&s, (enum entity)e, 0);
            if (m->flags & METRIC_IDENT)
                continue;
            if (m->type == TYPE_STR)
                assert_null(snapshot_str(&s, metric_str(m, row)));
            else
                assert_nan(metric_number(m, row));
        }
    }
    snapshot_release(&s);
}

static void strings(void **state)
{
    struct snapshot s = {0}, copy = {0};

    (void)state;
    unit_sample(&s, 1, 0);
    strref empty = snapshot_add_cstr(&s, ""), none = snapshot_add_cstr(&s, NULL);
    strref part = snapshot_add_str(&s, "web-01", 3);
    assert_int_equal(none, 0);
    assert_null(snapshot_str(&s, none));
    assert_int_not_equal(empty, 0);
    assert_string_equal(snapshot_str(&s, empty), "");
    assert_string_equal(snapshot_str(&s, part), "web");
    snapshot_copy(&copy, &s);
    snapshot_release(&s);
    assert_string_equal(snapshot_str(&copy, part), "web");
    snapshot_release(&copy);
}

static void copies_are_whole_and_own(void **state)
{
    struct snapshot s = {0}, copy = {0};

    (void)state;
    unit_sample(&s, 5, 0);
    unit_domain(&s, 1, 0xab)->cpu_ns = 17;
    snapshot_add_vif(&s, 1, 0)->rx_bytes = 18;
    s.host.mem_bytes = 19;
    snapshot_seal(&s);
    snapshot_copy(&copy, &s);
    s.domains[0].cpu_ns = 0;
    s.vifs[0].rx_bytes = 0;
    assert_int_equal(copy.seq, 5);
    assert_int_equal(copy.domains[0].cpu_ns, 17);
    assert_int_equal(copy.domains[0].vif_count, 1);
    assert_int_equal(copy.vifs[0].rx_bytes, 18);
    assert_int_equal(copy.host.mem_bytes, 19);
    snapshot_release(&s);
    snapshot_release(&copy);
}

/* A steady loop does not allocate. */
static void reset_keeps_memory(void **state)
{
    struct snapshot s = {0};
    size_t memory = 0;

    (void)state;
    for (int round = 0; round < 50; round++) {
        unit_sample(&s, (uint64_t)round + 1, round);
        for (uint64_t d = 0; d < 100; d++) {
            snapshot_add_domain(&s, d)->name = snapshot_add_cstr(&s, "a name");
            snapshot_add_vif(&s, d, 0);
        }
        snapshot_seal(&s);
        if (round == 0)
            memory = snapshot_memory(&s);
        assert_int_equal(snapshot_memory(&s), memory);
    }
    snapshot_release(&s);
}

static void uuids(void **state)
{
    static const char text[] = "0123cdef-89ab-4cde-8f01-23456789abff";
    static const char *const bad[] = {"",
                                      "0123cdef",
                                      "0123cdef-89ab-4cde-8f01-23456789abf",
                                      "0123cdef089ab-4cde-8f01-23456789abff",
                                      "0123cdef-89ab-4cde-8f01-23456789abffa",
                                      "g123cdef-89ab-4cde-8f01-23456789abff"};
    struct uuid u, v;
    char out[UUID_TEXT];

    (void)state;
    assert_true(uuid_parse(text, &u));
    assert_int_equal(u.bytes[0], 0x01);
    assert_int_equal(u.bytes[15], 0xff);
    uuid_format(&u, out);
    assert_string_equal(out, text);
    assert_true(uuid_parse("0123CDEF-89AB-4CDE-8F01-23456789ABFF", &v));
    assert_memory_equal(&u, &v, sizeof(u));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(uuid_parse(bad[i], &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seal_sorts_and_attaches),
        cmocka_unit_test(seal_drops_repeats),
        cmocka_unit_test(sizes),
        cmocka_unit_test(unknown_is_a_value),
        cmocka_unit_test(strings),
        cmocka_unit_test(copies_are_whole_and_own),
        cmocka_unit_test(reset_keeps_memory),
        cmocka_unit_test(uuids),
    };

    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
