/* rate: identity, resets, wraps, reuse, gaps: unknown rather than a spike. */
#include "unit.h"

#include "rate.h"

struct pair {
    struct snapshot prev, cur;
    struct rates r;
};

static int setup(void **state)
{
    static struct pair p;

    memset(&p, 0, sizeof(p));
    unit_sample(&p.prev, 1, 0);
    unit_sample(&p.cur, 2, 2);
    *state = &p;
    return 0;
}

static int teardown(void **state)
{
    struct pair *p = *state;

    snapshot_release(&p->prev);
    snapshot_release(&p->cur);
    rates_release(&p->r);
    return 0;
}

static void compute(struct pair *p)
{
    snapshot_seal(&p->prev);
    snapshot_seal(&p->cur);
    rates_compute(&p->r, &p->prev, &p->cur);
}

static double cpu(struct pair *p, size_t row)
{
    return rate_get(&p->r, metric_find(ENTITY_DOMAIN, "cpu_ns"), row);
}

static double rx(struct pair *p, size_t row)
{
    return rate_get(&p->r, metric_find(ENTITY_VIF, "rx_bytes"), row);
}

static void plain(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 1000000000;
    unit_domain(&p->cur, 1, 1)->cpu_ns = 4000000000;
    snapshot_add_vif(&p->prev, 1, 0)->rx_bytes = 100;
    snapshot_add_vif(&p->cur, 1, 0)->rx_bytes = 300;
    compute(p);
    assert_near(p->r.interval_s, 2.0, 1e-9);
    assert_near(cpu(p, 0), 1.5, 1e-9);
    assert_near(rx(p, 0), 100, 1e-9);
    assert_near(rate_sum(&p->r, &p->cur, metric_find(ENTITY_VIF, "rx_bytes"), 0), 100, 1e-9);
    assert_near(rate_total(&p->r, &p->cur, metric_find(ENTITY_VIF, "rx_bytes")), 100, 1e-9);
    /* A gauge has no rate. */
    assert_nan(rate_get(&p->r, metric_find(ENTITY_DOMAIN, "mem_bytes"), 0));
}

static void nothing_before(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->cur, 1, 1)->cpu_ns = 4000000000;
    snapshot_seal(&p->cur);
    rates_compute(&p->r, NULL, &p->cur);
    assert_nan(cpu(p, 0));
    assert_true(p->r.interval_s == 0);
    struct snapshot empty = {0};
    rates_compute(&p->r, &empty, &p->cur);
    assert_nan(cpu(p, 0));
}

/* A counter that fell: a reset, a 32-bit wrap, a reboot. */
static void fell(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 4000000000;
    unit_domain(&p->cur, 1, 1)->cpu_ns = 10;
    snapshot_add_vif(&p->prev, 1, 0)->rx_bytes = UINT32_MAX;
    snapshot_add_vif(&p->cur, 1, 0)->rx_bytes = 10;
    compute(p);
    assert_nan(cpu(p, 0));
    assert_nan(rx(p, 0));
    assert_nan(rate_sum(&p->r, &p->cur, metric_find(ENTITY_VIF, "rx_bytes"), 0));
}

/* One counter of a device that fell: it counts from 0 again, and what has passed its old value is
 * as unknown. */
static void connected_anew(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 1;
    unit_domain(&p->cur, 1, 1)->cpu_ns = 2;
    for (uint64_t id = 0; id < 2; id++) {
        struct vbd *v = snapshot_add_vbd(&p->prev, 1, id);
        v->rd_reqs = 1000;
        v->wr_reqs = 5;
        v = snapshot_add_vbd(&p->cur, 1, id);
        v->rd_reqs = id ? 1000 : 10;
        v->wr_reqs = 25;
    }
    struct vif *v = snapshot_add_vif(&p->prev, 1, 0);
    v->rx_bytes = 7;
    v->tx_bytes = 9000;
    v = snapshot_add_vif(&p->cur, 1, 0);
    v->rx_bytes = 700;
    v->tx_bytes = 0;
    compute(p);
    assert_nan(rate_get(&p->r, metric_find(ENTITY_VBD, "rd_reqs"), 0));
    assert_nan(rate_get(&p->r, metric_find(ENTITY_VBD, "wr_reqs"), 0));
    assert_near(rate_get(&p->r, metric_find(ENTITY_VBD, "wr_reqs"), 1), 10, 1e-9);
    assert_nan(rx(p, 0));
}

/* Same domid, another uuid: another domain, whose devices are others too. */
static void domid_reused(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 1000000000;
    unit_domain(&p->cur, 1, 2)->cpu_ns = 900000000000;
    snapshot_add_vif(&p->prev, 1, 0)->rx_bytes = 100;
    snapshot_add_vif(&p->cur, 1, 0)->rx_bytes = 1u << 31;
    compute(p);
    assert_nan(cpu(p, 0));
    assert_nan(rx(p, 0));
}

/* Same uuid, another domid: a reboot or a migration; its counters began anew. */
static void domid_changed(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 1000000000;
    unit_domain(&p->cur, 2, 1)->cpu_ns = 3000000000;
    compute(p);
    assert_nan(cpu(p, 0));
}

static void unknown_stays_unknown(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1);
    unit_domain(&p->cur, 1, 1)->cpu_ns = 3000000000;
    unit_domain(&p->prev, 2, 2)->cpu_ns = 5;
    unit_domain(&p->cur, 2, 2);
    compute(p);
    assert_nan(cpu(p, 0));
    assert_nan(cpu(p, 1));
}

/* No time passed, or the clock of that part went back. */
static void no_interval(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 1;
    unit_domain(&p->cur, 1, 1)->cpu_ns = 2;
    p->cur.read_ns[ENTITY_DOMAIN] = p->prev.read_ns[ENTITY_DOMAIN];
    compute(p);
    assert_nan(cpu(p, 0));
    p->cur.read_ns[ENTITY_DOMAIN] = p->prev.read_ns[ENTITY_DOMAIN] - 1;
    compute(p);
    assert_nan(cpu(p, 0));
}

/* Each part's own time counts, not the sample's. */
static void part_times(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 0;
    unit_domain(&p->cur, 1, 1)->cpu_ns = 4000000000;
    p->cur.read_ns[ENTITY_DOMAIN] += 2000000000;
    compute(p);
    assert_near(cpu(p, 0), 1.0, 1e-9);
}

static void no_spike(void **state)
{
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1)->cpu_ns = 0;
    unit_domain(&p->cur, 1, 1)->cpu_ns = UNKNOWN - 1;
    snapshot_add_vif(&p->prev, 1, 0)->rx_bytes = 0;
    snapshot_add_vif(&p->cur, 1, 0)->rx_bytes = UINT64_MAX / 2;
    compute(p);
    assert_nan(cpu(p, 0));
    assert_nan(rx(p, 0));
}

/* Rows come and go in the middle of both tables; each finds its own past. */
static void rows_move(void **state)
{
    struct pair *p = *state;

    for (uint64_t d = 0; d < 100; d++) {
        if (d % 3)
            unit_domain(&p->prev, d, (uint8_t)d)->cpu_ns = d * 1000;
        if (d % 5)
            unit_domain(&p->cur, d, (uint8_t)d)->cpu_ns = d * 1000 + d * 2000000000;
    }
    compute(p);
    for (size_t row = 0; row < p->cur.domain_count; row++) {
        uint64_t d = p->cur.domains[row].domid;
        if (d % 3)
            assert_near(cpu(p, row), d, 1e-9);
        else
            assert_nan(cpu(p, row));
    }
}

/* Sums pass over a device that has no rate yet; one that has none at all is unknown. */
static void sums(void **state)
{
    const struct metric *m = metric_find(ENTITY_VIF, "rx_bytes");
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1);
    unit_domain(&p->cur, 1, 1);
    unit_domain(&p->cur, 2, 2);
    snapshot_add_vif(&p->prev, 1, 0)->rx_bytes = 0;
    snapshot_add_vif(&p->cur, 1, 0)->rx_bytes = 20;
    snapshot_add_vif(&p->cur, 1, 1)->rx_bytes = 1000; /* plugged in since */
    compute(p);
    assert_near(rate_sum(&p->r, &p->cur, m, 0), 10, 1e-9);
    assert_true(rate_sum(&p->r, &p->cur, m, 1) == 0);
    p->cur.have = 0;
    assert_nan(rate_sum(&p->r, &p->cur, m, 1));
}

static void vbd_of_another_backend(void **state)
{
    const struct metric *m = metric_find(ENTITY_VBD, "rd_bytes");
    struct pair *p = *state;

    unit_domain(&p->prev, 1, 1);
    unit_domain(&p->cur, 1, 1);
    struct vbd *a = snapshot_add_vbd(&p->prev, 1, 51712);
    struct vbd *b = snapshot_add_vbd(&p->cur, 1, 51712);
    a->backend = VBD_BLKBACK, a->rd_bytes = 1;
    b->backend = VBD_TAPDISK3, b->rd_bytes = 2;
    compute(p);
    assert_nan(rate_get(&p->r, m, 0));
}

static void pcpus(void **state)
{
    const struct metric *m = metric_find(ENTITY_PCPU, "idle_ns");
    struct pair *p = *state;

    for (uint64_t i = 0; i < 4; i++) {
        struct pcpu *a = snapshot_add_pcpu(&p->prev, i), *b = snapshot_add_pcpu(&p->cur, i);
        a->online = b->online = 1;
        a->idle_ns = 0;
        b->idle_ns = i * 500000000; /* 0, 25, 50, 75 % idle */
    }
    p->cur.pcpus[3].online = 0; /* went offline: not busy, not idle, unknown */
    p->cur.pcpus[3].idle_ns = UNKNOWN;
    compute(p);
    assert_near(rate_shown(&p->r, m, 0), 1.0, 1e-9);
    assert_near(rate_shown(&p->r, m, 1), 0.75, 1e-9);
    assert_nan(rate_shown(&p->r, m, 3));
    assert_near(rate_host_busy(&p->r, &p->cur), 0.75, 1e-9);
    /* Idle time that ran ahead of the clock by a hair is no negative load. */
    p->cur.pcpus[2].idle_ns = 2000000100;
    compute(p);
    assert_true(rate_shown(&p->r, m, 2) == 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain),
        TEST(nothing_before),
        TEST(fell),
        TEST(connected_anew),
        TEST(domid_reused),
        TEST(domid_changed),
        TEST(unknown_stays_unknown),
        TEST(no_interval),
        TEST(part_times),
        TEST(no_spike),
        TEST(rows_move),
        TEST(sums),
        TEST(vbd_of_another_backend),
        TEST(pcpus),
    };

    return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
