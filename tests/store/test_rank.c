/*
 * rank: domains ranked together have what each has alone, to the bit, and what the samples say:
 * with short lives, lives that begin or end within the span, a gap, devices that come and go, and
 * a damaged file. More of them than are looked at together.
 */
#include "recorded.h"

#include "store/layout.h"
#include "store/reader.h"

#define DOMAINS 150
#define GAP     ((uint64_t)150) /* samples that nobody took, */
#define GAP_END ((uint64_t)250) /* and the first there was again */
#define PARTS   48              /* as a ranking has */

#define MOST 10 /* did most, in a life that is no longer than a row */

/* Of the store there is: domains, and samples. */
static size_t domains;
static uint64_t count;

static uint64_t born(size_t k)
{
    return k % 3 ? 0 : 131 * k % count;
}

/* The first sample it is not there any more. */
static uint64_t gone(size_t k)
{
    if (k == MOST)
        return 19; /* with a row of five minutes */
    return k % 5 ? count : MIN(count, born(k) + 2 + k % 60);
}

static uint64_t cpu_rate(size_t k)
{
    return 1000000 * (k == MOST ? 68000 : 1 + k * 37 % 101);
}

static void sample(struct env *e, uint64_t i)
{
    unit_sample(&e->s, ++e->seq, (double)(i * STEP));
    e->s.wall_ns = (T0 + i * STEP) * NS_PER_S + 1000;
    for (size_t k = 0; k < domains; k++) {
        uint32_t domid = (uint32_t)k + 1;
        if (i < born(k) || i >= gone(k))
            continue;
        struct domain *d = unit_domain(&e->s, domid, (uint8_t)(k + 1));
        d->state = DOMAIN_RUNNING;
        d->cpu_ns = cpu_rate(k) * STEP * i;
        d->mem_bytes = (1 + k * 7 % 13) << 20;
        for (uint64_t vif = 0; vif < k % 4; vif++)
            if (i > 40 * vif)
                snapshot_add_vif(&e->s, domid, vif)->rx_bytes = (k + 10 * vif) * STEP * i;
        if (k % 2)
            snapshot_add_vbd(&e->s, domid, 51712)->rd_lat_ns = 1000000 * (1 + (k + i) % 9);
    }
    snapshot_seal(&e->s);
    recorder_sample(e->r, &e->s, T0 + i * STEP);
    work(e);
}

/* As it was done one by one. */
static double alone(struct past *p, const struct uuid *uuid, uint64_t from_ns, uint64_t to_ns,
                    const struct metric *const *metrics, size_t metric_count)
{
    const struct past_subject subject = {.of = PAST_DOMAIN, .uuid = *uuid};
    static float mean[READER_RANK_METRICS][PARTS];
    static double known[READER_RANK_METRICS][PARTS];
    struct past_parts parts[READER_RANK_METRICS];
    double sum = 0;

    for (size_t k = 0; k < metric_count; k++)
        parts[k] = (struct past_parts){.metric = metrics[k], .mean = mean[k], .known = known[k]};
    assert_int_equal(p->parts(p, &subject, from_ns, to_ns, PARTS, parts, metric_count), 0);
    for (size_t k = 0; k < metric_count; k++)
        for (size_t i = 0; i < PARTS; i++)
            if (known[k][i] > 0)
                sum += (double)mean[k][i] * known[k][i];
    return sum;
}

static struct uuid uuid_of(size_t k)
{
    struct uuid uuid;

    memset(uuid.bytes, (int)k + 1, sizeof(uuid.bytes));
    return uuid;
}

/* What the ranking has of each, 0 for those it has not; the first are those with most. */
static size_t ranked(struct past *p, uint64_t from_s, uint64_t to_s,
                     const struct metric *const *metrics, size_t metric_count, double sums[DOMAINS])
{
    static struct reader_rank all[DOMAINS + 1], first[5];
    size_t found = store_past_rank(p, from_s * NS_PER_S, to_s * NS_PER_S, metrics, metric_count,
                                   all, ARRAY_LEN(all));
    size_t some = store_past_rank(p, from_s * NS_PER_S, to_s * NS_PER_S, metrics, metric_count,
                                  first, ARRAY_LEN(first));

    memset(sums, 0, DOMAINS * sizeof(*sums));
    assert_true(some == MIN(found, ARRAY_LEN(first)));
    assert_memory_equal(first, all, some * sizeof(*all));
    for (size_t i = 0; i < found; i++) {
        sums[all[i].uuid.bytes[0] - 1] = all[i].sum;
        assert_true(all[i].sum > 0 && (!i || all[i].sum <= all[i - 1].sum));
    }
    return found;
}

static void same_alone(struct past *p, uint64_t from_s, uint64_t to_s,
                       const struct metric *const *metrics, size_t metric_count,
                       const double sums[DOMAINS])
{
    for (size_t k = 0; k < domains; k++) {
        struct uuid uuid = uuid_of(k);
        double one = alone(p, &uuid, from_s * NS_PER_S, to_s * NS_PER_S, metrics, metric_count);
        if (sums[k] != one)
            fail_msg("%s of domain %zu from %u to %u: %.17g, alone %.17g", metrics[0]->id, k,
                     (unsigned)(from_s - T0), (unsigned)(to_s - T0), sums[k], one);
    }
}

/* How long it was there and known, of what is told sample by sample. */
static double seconds(size_t k, uint64_t from, uint64_t to)
{
    uint64_t known = 0;

    for (uint64_t i = MAX(born(k), from) + 1; i <= MIN(gone(k) - 1, to); i++)
        known += i < GAP || i > GAP_END;
    return (double)(known * STEP);
}

/* Where the finest rows are left every second of a life counts, and no other. */
static void by_samples(struct past *p, uint64_t from, uint64_t to)
{
    const struct metric *cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    double sums[DOMAINS];

    ranked(p, T0 + from * STEP, T0 + to * STEP, &cpu, 1, sums);
    for (size_t k = 0; k < domains; k++) {
        double want = seconds(k, from, to) * (double)cpu_rate(k) * 1e-9;
        if (fabs(sums[k] - want) > 1e-3 + 1e-6 * want)
            fail_msg("domain %zu from %u to %u: %g, not %g", k, (unsigned)from, (unsigned)to,
                     sums[k], want);
    }
}

static struct past *make(struct env *e, size_t of, uint64_t samples, const char *archives)
{
    char message[READER_MESSAGE];

    domains = of;
    count = samples;
    assert_int_equal(archives_parse(&e->config.settings.archives, archives, STEP, message), 0);
    reopen(e);
    for (uint64_t i = 0; i < count; i++)
        if (i < GAP || i >= GAP_END)
            sample(e, i);
    assert_int_equal(store_settings_write(e->folder->fd, &e->config.settings), 0);
    struct past *p = store_past_open(e->folder->path, message);
    assert_non_null(p);
    return p;
}

static void test_together_as_alone(void **state)
{
    struct env *e = *state;
    struct past *p = make(e, DOMAINS, 400, "10s:25m,20s:40m,1m:1h,5m:2h");
    const uint64_t spans[][2] = {{0, count - 1}, {0, count + 30},         {7, 313},
                                 {100, 180},     {count - 60, count - 1}, {count - 3, count - 1},
                                 {GAP, GAP_END}};
    const struct metric *const of[][READER_RANK_METRICS] = {
        {metric_find(ENTITY_DOMAIN, "cpu_ns")},
        {metric_find(ENTITY_DOMAIN, "mem_bytes")},
        {metric_find(ENTITY_VIF, "rx_bytes"), metric_find(ENTITY_VIF, "tx_bytes")},
        {metric_find(ENTITY_VBD, "rd_lat"), metric_find(ENTITY_VBD, "wr_lat")},
    };
    const struct metric *name = metric_find(ENTITY_DOMAIN, "name");
    double sums[DOMAINS];

    for (size_t k = 0; k < ARRAY_LEN(of); k++)
        for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
            uint64_t from_s = T0 + spans[i][0] * STEP + i % 3, to_s = T0 + spans[i][1] * STEP;
            size_t metrics = of[k][1] ? 2 : 1;
            assert_true(ranked(p, from_s, to_s, of[k], metrics, sums) || spans[i][0] == GAP);
            same_alone(p, from_s, to_s, of[k], metrics, sums);
        }
    by_samples(p, count - 100, count - 1);
    by_samples(p, count - 61, count - 2);
    /* What is not kept ranks nobody. */
    assert_int_equal(ranked(p, T0, T0 + count * STEP, &name, 1, sums), 0);
    p->close(p);
}

/* Read from coarse rows: at the ends of lives, of the gap and of the span from the finest. */
static void test_every_second_counts(void **state)
{
    struct past *p = make(*state, 12, 1900, "10s:6h,1m:6h,5m:1d");

    by_samples(p, 0, count - 1);
    by_samples(p, 7, count - 1);
    by_samples(p, 101, 1711);
    p->close(p);
}

static void test_damage_costs_its_own(void **state)
{
    struct env *e = *state;
    struct past *p = make(e, 20, 100, "10s:25m,1m:1h");
    const struct metric *cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    struct uuid uuid = uuid_of(7);
    double sums[DOMAINS];
    char path[LAYOUT_PATH];

    size_t whole = ranked(p, T0, T0 + count * STEP, &cpu, 1, sums);
    assert_true(whole > 15 && sums[7] > 0);
    layout_rrd(path, ENTITY_DOMAIN, &uuid, 0);
    int fd = openat(e->folder->fd, path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "RRD", 3), 3);
    close(fd);
    assert_int_equal(ranked(p, T0, T0 + count * STEP, &cpu, 1, sums), whole - 1);
    assert_true(sums[7] == 0);
    p->close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_together_as_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_second_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_costs_its_own, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
