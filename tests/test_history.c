/* history: rings follow their domain; what was not there is NaN; the dead are forgotten. */
#include "unit.h"

#include "history.h"

struct env {
    struct snapshot prev, cur;
    struct rates r;
    struct history *h;
    uint64_t seq;
};

static int setup(void **state)
{
    static struct env e;

    memset(&e, 0, sizeof(e));
    e.h = history_new(8);
    *state = &e;
    return 0;
}

static int teardown(void **state)
{
    struct env *e = *state;

    snapshot_release(&e->prev);
    snapshot_release(&e->cur);
    rates_release(&e->r);
    history_free(e->h);
    return 0;
}

/* One sample a second; a domain's cpu share is its domid times the sample's number / 100. */
static void sample(struct env *e, const uint64_t *domids, size_t n)
{
    struct snapshot swap = e->prev;

    e->prev = e->cur;
    e->cur = swap;
    e->seq++;
    unit_sample(&e->cur, e->seq, (double)e->seq);
    for (size_t i = 0; i < n; i++) {
        struct domain *d = unit_domain(&e->cur, domids[i], (uint8_t)domids[i]);
        d->cpu_ns = domids[i] * e->seq * 10000000;
        d->mem_bytes = domids[i] * 1000 + e->seq;
    }
    snapshot_seal(&e->cur);
    rates_compute(&e->r, &e->prev, &e->cur);
    history_add(e->h, &e->cur, &e->r);
}

static struct domain who(uint64_t domid)
{
    struct domain d = {.domid = domid};

    memset(d.uuid.bytes, (int)(uint8_t)domid, sizeof(d.uuid.bytes));
    return d;
}

static void follows(void **state)
{
    struct env *e = *state;
    static const uint64_t both[] = {1, 2};
    struct domain two = who(2), nobody = who(9);
    float out[4];

    for (int i = 0; i < 3; i++)
        sample(e, both, 2);
    assert_int_equal(history_len(e->h), 3);
    history_domain(e->h, &two, HISTORY_MEM, out, 4);
    assert_nan(out[0]); /* before the first sample */
    assert_near(out[1], 2001, 0);
    assert_near(out[3], 2003, 0);
    history_domain(e->h, &two, HISTORY_CPU, out, 4);
    assert_nan(out[1]); /* the first sample has no rates */
    assert_near(out[2], 0.02, 1e-6);
    assert_near(out[3], 0.02, 1e-6);
    history_domain(e->h, &nobody, HISTORY_CPU, out, 4);
    for (int i = 0; i < 4; i++)
        assert_nan(out[i]);
}

static void gaps(void **state)
{
    struct env *e = *state;
    static const uint64_t both[] = {1, 2}, one[] = {1};
    struct domain two = who(2);
    float out[8];

    for (int i = 0; i < 6; i++) /* fills rings, so that the gap has old values to hide */
        sample(e, both, 2);
    sample(e, one, 1);
    sample(e, one, 1);
    history_domain(e->h, &two, HISTORY_MEM, out, 8);
    assert_near(out[5], 2006, 0);
    assert_nan(out[6]);
    assert_nan(out[7]);
    sample(e, both, 2);
    sample(e, both, 2);
    history_domain(e->h, &two, HISTORY_MEM, out, 8);
    assert_near(out[3], 2006, 0);
    assert_nan(out[4]);
    assert_nan(out[5]);
    assert_near(out[6], 2009, 0);
    assert_near(out[7], 2010, 0);
}

static void a_whole_ring_away(void **state)
{
    struct env *e = *state;
    static const uint64_t both[] = {1, 2}, one[] = {1};
    struct domain two = who(2);
    float out[8];

    for (int i = 0; i < 8; i++)
        sample(e, both, 2);
    for (int i = 0; i < 20; i++)
        sample(e, one, 1);
    sample(e, both, 2);
    history_domain(e->h, &two, HISTORY_MEM, out, 8);
    for (int i = 0; i < 7; i++)
        assert_nan(out[i]);
    assert_near(out[7], 2029, 0);
}

/* Domains that come and go for ever do not make it grow for ever. */
static void forgets(void **state)
{
    struct env *e = *state;
    size_t memory = 0;

    for (uint64_t round = 0; round < 400; round++) {
        uint64_t ids[10];
        for (uint64_t i = 0; i < 10; i++)
            ids[i] = 1 + round * 10 + i;
        sample(e, ids, 10);
        if (round == 50)
            memory = history_memory(e->h);
    }
    assert_true(history_memory(e->h) <= memory);
    struct domain last = who(4000);
    float out[2];
    history_domain(e->h, &last, HISTORY_MEM, out, 2);
    assert_nan(out[0]);
    assert_near(out[1], 4000 * 1000 + 400, 0.5);
}

static void many(void **state)
{
    struct env *e = *state;
    static uint64_t ids[4096];
    float out[2];

    for (uint64_t i = 0; i < 4096; i++)
        ids[i] = i;
    sample(e, ids, 4096);
    sample(e, ids, 4096);
    for (uint64_t i = 0; i < 4096; i += 97) {
        struct domain d = who(i);
        history_domain(e->h, &d, HISTORY_MEM, out, 2);
        assert_near(out[1], i * 1000 + 2, 0.5);
    }
}

static void host(void **state)
{
    struct env *e = *state;
    float out[2];

    for (uint64_t i = 0; i < 2; i++) {
        e->seq++;
        unit_sample(&e->cur, e->seq, (double)e->seq);
        e->cur.host.mem_bytes = 100;
        e->cur.host.mem_free_bytes = i ? 30 : UNKNOWN;
        snapshot_seal(&e->cur);
        rates_compute(&e->r, NULL, &e->cur);
        history_add(e->h, &e->cur, &e->r);
    }
    history_host(e->h, HISTORY_MEM, out, 2);
    assert_nan(out[0]);
    assert_near(out[1], 70, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(follows), TEST(gaps), TEST(a_whole_ring_away), TEST(forgets), TEST(many), TEST(host),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
