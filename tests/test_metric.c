/* metric: the table keeps its own rules, and sums know what is unknown. */
#include "unit.h"

static void rows_keep_the_rules(void **state)
{
    (void)state;
    for (int e = 0; e < ENTITY_COUNT; e++) {
        const struct metric_group *g = &metric_groups[e];
        assert_true(g->count > 0);
        for (size_t i = 0; i < g->count; i++) {
            const struct metric *m = &g->rows[i];
            size_t len = strlen(m->id);
            assert_in_range(len, 1, 19);
            assert_int_equal(strspn(m->id, "abcdefghijklmnopqrstuvwxyz0123456789_"), len);
            assert_int_equal(m->entity, e);
            assert_int_equal(metric_slot(m), i);
            assert_ptr_equal(metric_find((enum entity)e, m->id), m);
            assert_true(m->width > 0 && strlen(m->title) <= m->width);
            assert_true(m->help[strlen(m->help) - 1] == '.');
            /* Rates are of integers; only devices have a domain to sum up to. */
            if (m->kind == METRIC_COUNTER)
                assert_int_equal(m->type, TYPE_U64);
            if (m->flags & METRIC_SUMS)
                assert_true(m->kind == METRIC_COUNTER && (e == ENTITY_VIF || e == ENTITY_VBD));
        }
    }
    assert_null(metric_find(ENTITY_DOMAIN, "no_such"));
}

/* A domain shows its devices' sums under their ids: no two may be the same. */
static void domain_fields_are_distinct(void **state)
{
    static const enum entity devices[] = {ENTITY_VIF, ENTITY_VBD};

    (void)state;
    for (size_t e = 0; e < 2; e++)
        for (size_t i = 0; i < metric_groups[devices[e]].count; i++) {
            const struct metric *m = &metric_groups[devices[e]].rows[i];
            if (!(m->flags & METRIC_SUMS))
                continue;
            assert_null(metric_find(ENTITY_DOMAIN, m->id));
            assert_null(metric_find(devices[!e], m->id));
        }
}

static void members_do_not_overlap(void **state)
{
    (void)state;
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++)
            for (size_t j = 0; j < i; j++)
                assert_int_not_equal(metric_groups[e].rows[i].offset,
                                     metric_groups[e].rows[j].offset);
}

static void sums(void **state)
{
    const struct metric *rx = metric_find(ENTITY_VIF, "rx_bytes");
    struct snapshot s = {0};

    (void)state;
    unit_sample(&s, 1, 0);
    for (uint64_t d = 0; d < 4; d++)
        snapshot_add_domain(&s, d);
    snapshot_add_vif(&s, 1, 0)->rx_bytes = 5;
    snapshot_add_vif(&s, 1, 1)->rx_bytes = 7;
    snapshot_add_vif(&s, 2, 0)->rx_bytes = 9;
    snapshot_add_vif(&s, 2, 1);
    snapshot_add_vif(&s, 3, 0);
    snapshot_seal(&s);
    assert_int_equal(metric_sum(rx, &s, 0), 0);
    assert_int_equal(metric_sum(rx, &s, 1), 12);
    assert_int_equal(metric_sum(rx, &s, 2), 9);
    assert_true(metric_sum(rx, &s, 3) == UNKNOWN);
    s.have &= ~PART(ENTITY_VIF); /* nobody looked: not zero */
    assert_true(metric_sum(rx, &s, 0) == UNKNOWN);
    snapshot_release(&s);
}

static void forgotten(void **state)
{
    struct snapshot s = {0};

    (void)state;
    unit_sample(&s, 1, 1);
    struct domain *d = unit_domain(&s, 1, 1);
    d->cpu_ns = 7;
    d->mem_bytes = 9;
    snapshot_add_vif(&s, 1, 0)->rx_bytes = 3;
    snapshot_seal(&s);
    metric_forget_counters(&s);
    assert_true(s.domains[0].cpu_ns == UNKNOWN && s.vifs[0].rx_bytes == UNKNOWN);
    assert_true(s.domains[0].mem_bytes == 9 && s.domains[0].domid == 1);
    snapshot_release(&s);
}

static void states(void **state)
{
    char letters[DOMAIN_STATES + 1];

    (void)state;
    domain_state_letters(DOMAIN_BLOCKED | DOMAIN_PAUSED, letters);
    assert_string_equal(letters, "--b-p-");
    domain_state_letters(0x3f, letters);
    assert_string_equal(letters, "dsbcpr");
    domain_state_letters(UNKNOWN, letters);
    assert_string_equal(letters, "------");
    assert_string_equal(domain_state_word(DOMAIN_BLOCKED | DOMAIN_PAUSED), "paused");
    assert_string_equal(domain_state_word(DOMAIN_CRASHED | DOMAIN_PAUSED), "crashed");
    assert_string_equal(domain_state_word(0), "ready");
    assert_string_equal(domain_state_word(UNKNOWN), "-");
    assert_string_equal(domain_type_name(DOMAIN_PVH), "PVH");
    assert_null(domain_type_name(UNKNOWN));
    assert_string_equal(vbd_backend_name(VBD_TAPDISK3), "tapdisk3");
    assert_null(vbd_backend_name(VBD_BACKENDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_keep_the_rules),
        cmocka_unit_test(domain_fields_are_distinct),
        cmocka_unit_test(members_do_not_overlap),
        cmocka_unit_test(sums),
        cmocka_unit_test(forgotten),
        cmocka_unit_test(states),
    };

    return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
