/*
 * The demo has to be the same every time, and to obey the laws a real host obeys: no cpu time or
 * memory out of nothing, counters that only grow, domains that come and go under their own numbers.
 */
#include "simulated.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "export/json.h"

#define STEP NS_PER_S

/* ---- the same every time ---- */

static void assert_same(struct simulated *a, struct simulated *b, int samples)
{
    struct text x = {0}, y = {0};

    for (int i = 0; i < samples; i++) {
        simulated_sample(a);
        simulated_sample(b);
        text_clear(&x);
        text_clear(&y);
        json_render(&x, a->now, &a->rates, NULL);
        json_render(&y, b->now, &b->rates, NULL);
        assert_int_equal(x.len, y.len);
        assert_memory_equal(x.data, y.data, x.len);
        assert_int_equal(a->now->mono_ns, b->now->mono_ns);
        assert_memory_equal(a->now->read_ns, b->now->read_ns, sizeof(a->now->read_ns));
    }
    text_release(&x);
    text_release(&y);
}

static void same_seed_same_host(void **state)
{
    static const char *const settings[] = {"", "seed=18446744073709551615,pcpus=3",
                                           "domains=200,seed=7"};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        struct simulated a, b;
        simulated_open(&a, settings[i]);
        simulated_open(&b, settings[i]);
        assert_same(&a, &b, 300);
        simulated_close(&a);
        simulated_close(&b);
    }
}

static void another_seed_another_host(void **state)
{
    struct simulated a, b;
    (void)state;

    simulated_open(&a, "seed=1");
    simulated_open(&b, "seed=2");
    simulated_sample(&a);
    simulated_sample(&b);
    assert_false(domain_same(&a.now->domains[1], &b.now->domains[1]));
    assert_int_not_equal(a.now->domains[1].cpu_ns, b.now->domains[1].cpu_ns);
    simulated_close(&a);
    simulated_close(&b);
}

/* The load is that of the seed whatever the date. */
static void start_moves_only_the_date(void **state)
{
    struct simulated a, b;
    (void)state;

    simulated_open(&a, "start=1000000000");
    simulated_open(&b, "start=1100000000");
    for (int i = 0; i < 50; i++) {
        simulated_sample(&a);
        simulated_sample(&b);
        b.now->wall_ns -= 100000000 * NS_PER_S;
        for (size_t d = 1; d < b.now->domain_count; d++)
            b.now->domains[d].start_ns -= 100000000 * NS_PER_S;
        assert_int_equal(a.now->wall_ns, 1000000000 * NS_PER_S + (uint64_t)i * STEP);
        struct text x = {0}, y = {0};
        json_render(&x, a.now, &a.rates, NULL);
        json_render(&y, b.now, &b.rates, NULL);
        assert_string_equal(x.data, y.data);
        text_release(&x);
        text_release(&y);
    }
    simulated_close(&a);
    simulated_close(&b);
}

/* ---- the laws ---- */

static const struct domain *before_of(const struct simulated *h, const struct domain *d)
{
    const struct domain *b = snapshot_domain(h->before, d->domid);
    return b && domain_same(b, d) ? b : NULL;
}

static uint64_t vcpus_total(const struct snapshot *s, const struct domain *d, uint64_t most)
{
    uint64_t sum = 0;

    assert_int_equal(d->vcpu_count, d->vcpus_max);
    for (uint32_t i = d->vcpu_first; i < d->vcpu_first + d->vcpu_count; i++) {
        assert_true(s->vcpus[i].cpu_ns <= most);
        sum += s->vcpus[i].cpu_ns;
    }
    return sum;
}

/* No vcpu runs longer than the step; all domains together no longer than the pcpus are busy. */
static void check_cpu(const struct simulated *h)
{
    const struct snapshot *s = h->now;
    uint64_t used = 0, busy = 0, all = s->pcpu_count * STEP;

    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = &s->domains[i], *b = before_of(h, d);
        assert_int_equal(d->cpu_ns, vcpus_total(s, d, UINT64_MAX - 1));
        if (d->domid && !b && h->before->seq) /* it came with this step */
            assert_true(d->start_ns == s->wall_ns);
        else if (d->domid)
            assert_true(d->start_ns <= s->wall_ns && (!b || b->start_ns == d->start_ns));
        uint64_t was = b ? b->cpu_ns : 0;
        assert_true(d->cpu_ns >= was && d->cpu_ns - was <= d->vcpus_max * STEP);
        used += d->cpu_ns - was;
        for (uint32_t v = 0; b && v < d->vcpu_count; v++) {
            const struct vcpu *x = &s->vcpus[d->vcpu_first + v];
            uint64_t ran = x->cpu_ns - h->before->vcpus[b->vcpu_first + v].cpu_ns;
            assert_true(ran <= STEP);
            assert_true(x->online || ran == 0);
        }
    }
    for (size_t i = 0; i < s->pcpu_count; i++) {
        uint64_t idle = s->pcpus[i].idle_ns - h->before->pcpus[i].idle_ns;
        assert_true(idle <= STEP);
        busy += STEP - idle;
    }
    assert_true(used <= all);
    assert_true(busy + s->pcpu_count >= used);
    assert_true(busy <= used + all / 200 + s->pcpu_count);
}

static void check_memory(const struct snapshot *s)
{
    uint64_t used = 0;

    for (size_t i = 0; i < s->domain_count; i++) {
        used += s->domains[i].mem_bytes;
        assert_true(s->domains[i].mem_bytes <= s->domains[i].mem_max_bytes);
        assert_true(s->domains[i].mem_target_bytes <= s->domains[i].mem_max_bytes);
    }
    assert_true(used <= s->host.mem_bytes);
    assert_int_equal(s->host.mem_free_bytes, s->host.mem_bytes - used);
    assert_true(s->host.dom0_free_bytes + s->host.dom0_cache_bytes < s->host.dom0_mem_bytes);
}

/* What dom0's kernel says of itself is what Xen charges it for. */
static void check_dom0(const struct simulated *h)
{
    const struct host *a = &h->before->host, *b = &h->now->host;
    uint64_t ran = h->now->domains[0].cpu_ns - h->before->domains[0].cpu_ns;
    uint64_t own = b->user_ns - a->user_ns + b->system_ns - a->system_ns;
    uint64_t rest = b->iowait_ns - a->iowait_ns + b->idle_ns - a->idle_ns + b->steal_ns -
                    a->steal_ns;

    assert_int_equal(own, ran);
    assert_int_equal(own + rest, h->now->domains[0].vcpus_max * STEP);
    assert_true(b->load1 >= 0 && b->load1 < 100);
}

static void check_packets(uint64_t bytes, uint64_t packets)
{
    assert_true(bytes >= 60 * packets);
    assert_true(bytes <= 1514 * (packets + 1));
}

static void check_devices(const struct simulated *h, const struct domain *d, const struct domain *b)
{
    for (uint32_t i = 0; i < d->vif_count; i++) {
        const struct vif *x = &h->now->vifs[d->vif_first + i],
                         *y = &h->before->vifs[b->vif_first + i];
        check_packets(x->rx_bytes - y->rx_bytes, x->rx_packets - y->rx_packets);
        check_packets(x->tx_bytes - y->tx_bytes, x->tx_packets - y->tx_packets);
        assert_true(x->rx_drops - y->rx_drops <= x->rx_packets - y->rx_packets);
    }
    for (uint32_t i = 0; i < d->vbd_count; i++) {
        const struct vbd *x = &h->now->vbds[d->vbd_first + i],
                         *y = &h->before->vbds[b->vbd_first + i];
        assert_int_equal(x->rd_bytes % 512, 0);
        assert_true(x->rd_bytes - y->rd_bytes >= 512 * (x->rd_reqs - y->rd_reqs));
        assert_true(x->wr_bytes - y->wr_bytes >= 512 * (x->wr_reqs - y->wr_reqs));
    }
}

/* Disks on one device are as many as each of them says, and have the device's figures. */
static void check_sharing(const struct simulated *h, bool *shared)
{
    const struct snapshot *s = h->now;

    for (size_t i = 0; i < s->vbd_count; i++) {
        const struct vbd *a = &s->vbds[i];
        uint64_t users = 0;
        for (size_t k = 0; k < s->vbd_count; k++) {
            const struct vbd *b = &s->vbds[k];
            if (strcmp(snapshot_str(s, a->back_dev), snapshot_str(s, b->back_dev)) != 0)
                continue;
            users++;
            assert_int_equal(a->back_busy_ns, b->back_busy_ns);
            assert_int_equal(a->back_queue, b->back_queue);
            assert_int_equal(a->rd_lat_ns, b->rd_lat_ns);
        }
        assert_int_equal(a->back_users, users);
        *shared |= users > 1;
    }
}

static void disks_share_devices(void **state)
{
    struct simulated h;
    bool shared = false;
    (void)state;

    simulated_open(&h, "domains=40");
    for (int i = 0; i < 1000; i++) {
        simulated_sample(&h);
        check_sharing(&h, &shared);
    }
    assert_true(shared);
    simulated_close(&h);
}

/* blkback keeps no account of how long requests took. */
static bool untold(const struct metric *m, enum entity e, const void *row)
{
    return e == ENTITY_VBD && (!strcmp(m->id, "rd_time") || !strcmp(m->id, "wr_time")) &&
           ((const struct vbd *)row)->backend == VBD_BLKBACK;
}

/* Every counter of the table but the one that only XCP-ng's Xen has, row by row of what is the same
 * entity in both samples. */
static void check_growth(const struct simulated *h, enum entity e, size_t first,
                         size_t first_before, size_t count)
{
    const struct metric_group *g = &metric_groups[e];

    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < g->count; m++) {
            if (g->rows[m].kind != METRIC_COUNTER || !strcmp(g->rows[m].id, "wait_ns"))
                continue;
            uint64_t a = metric_u64(&g->rows[m], snapshot_row(h->before, e, first_before + i));
            uint64_t b = metric_u64(&g->rows[m], snapshot_row(h->now, e, first + i));
            bool known = !untold(&g->rows[m], e, snapshot_row(h->now, e, first + i));
            assert_true(b >= a && (b != UNKNOWN) == known);
        }
}

static void check_counters(const struct simulated *h)
{
    check_growth(h, ENTITY_HOST, 0, 0, 1);
    check_growth(h, ENTITY_PCPU, 0, 0, h->now->pcpu_count);
    for (size_t i = 0; i < h->now->domain_count; i++) {
        const struct domain *d = &h->now->domains[i], *b = before_of(h, d);
        if (!b)
            continue;
        check_growth(h, ENTITY_DOMAIN, i, (size_t)(b - h->before->domains), 1);
        check_growth(h, ENTITY_VCPU, d->vcpu_first, b->vcpu_first, d->vcpu_count);
        check_growth(h, ENTITY_VIF, d->vif_first, b->vif_first, d->vif_count);
        check_growth(h, ENTITY_VBD, d->vbd_first, b->vbd_first, d->vbd_count);
        check_devices(h, d, b);
    }
}

static void laws_hold(const char *settings, int samples)
{
    struct simulated h;

    simulated_open(&h, settings);
    simulated_sample(&h);
    for (int i = 1; i < samples; i++) {
        simulated_sample(&h);
        check_cpu(&h);
        check_memory(h.now);
        check_dom0(&h);
        check_counters(&h);
    }
    simulated_close(&h);
}

static void conserves(void **state)
{
    (void)state;
    laws_hold("", 4000);
    laws_hold("seed=2", 2000);
    laws_hold("seed=3,domains=40", 2000);
    laws_hold("seed=4,domains=2,pcpus=1", 1000);
    laws_hold("domains=600", 100);
}

/* Far more is wanted than there is. */
static void conserves_when_there_is_too_little(void **state)
{
    struct simulated h;
    (void)state;

    laws_hold("domains=100,pcpus=2", 600);
    laws_hold("domains=30,pcpus=1", 600);

    simulated_open(&h, "domains=100,pcpus=2");
    for (int i = 0; i < 5; i++)
        simulated_sample(&h);
    assert_true(rate_host_busy(&h.rates, h.now) > 0.99);
    assert_true(h.now->host.steal_ns > h.before->host.steal_ns);
    simulated_close(&h);
}

/* ---- what happens ---- */

struct seen {
    bool paused, crashed, shutdown, dying, incoming, away, twice, created, rebooted, ballooned, gap;
    int arrivals, first_arrival;
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static const struct domain *by_uuid(const struct snapshot *s, const struct uuid *u,
                                    const struct domain *but)
{
    for (size_t i = 0; i < s->domain_count; i++)
        if (&s->domains[i] != but && !memcmp(&s->domains[i].uuid, u, sizeof(*u)))
            return &s->domains[i];
    return NULL;
}

static void watch_arrival(const struct simulated *h, const struct domain *d, struct seen *seen)
{
    const char *name = snapshot_str(h->now, d->name);
    uint64_t newest = h->before->domains[h->before->domain_count - 1].domid;

    seen->arrivals++;
    if (!seen->first_arrival)
        seen->first_arrival = (int)h->now->seq;
    if (ends_with(name, "--incoming")) {
        /* Nothing has run yet. */
        assert_int_equal(d->cpu_ns, 0);
        return;
    }
    seen->created |= !strncmp(name, "build-", 6);
    seen->gap |= d->domid > newest + 1;
}

/* Those that do not run use nothing. */
static void assert_still(const struct simulated *h, const struct domain *d, const struct domain *b)
{
    assert_int_equal(b->cpu_ns, d->cpu_ns);
    for (uint32_t i = 0; i < d->vif_count; i++)
        assert_int_equal(h->now->vifs[d->vif_first + i].rx_packets,
                         h->before->vifs[b->vif_first + i].rx_packets);
}

static void watch(const struct simulated *h, struct seen *seen)
{
    for (size_t i = 1; i < h->now->domain_count; i++) {
        const struct domain *d = &h->now->domains[i], *b = before_of(h, d);
        const char *name = snapshot_str(h->now, d->name);
        if (!b)
            watch_arrival(h, d, seen);
        seen->paused |= b && b->state == DOMAIN_BLOCKED && d->state == DOMAIN_PAUSED;
        seen->crashed |= d->state == DOMAIN_CRASHED;
        seen->shutdown |= d->state == DOMAIN_SHUTDOWN;
        seen->dying |= d->state == DOMAIN_DYING;
        seen->incoming |= ends_with(name, "--incoming");
        seen->away |= ends_with(name, "--migratedaway");
        seen->ballooned |= b && b->mem_target_bytes != d->mem_target_bytes;
        const struct domain *other = by_uuid(h->now, &d->uuid, d);
        if (other) {
            /* Two of a uuid are two halves of a migration, never of one name. */
            assert_string_not_equal(name, snapshot_str(h->now, other->name));
            seen->twice = true;
        }
        if (b && b->state & (DOMAIN_PAUSED | DOMAIN_CRASHED) && d->state == b->state)
            assert_still(h, d, b);
    }
}

/* A reboot: in time a crashed or halted domain's uuid is back under another domid, from zero. */
static void watch_reboot(const struct simulated *h, struct uuid *ended, uint64_t *domid,
                         struct seen *seen)
{
    for (size_t i = 1; i < h->now->domain_count; i++) {
        const struct domain *d = &h->now->domains[i];
        if (d->state == DOMAIN_DYING) {
            *ended = d->uuid;
            *domid = d->domid;
        } else if (*domid && d->domid != *domid && !memcmp(ended, &d->uuid, sizeof(*ended))) {
            assert_true(d->domid > *domid);
            seen->rebooted = true;
            *domid = 0;
        }
    }
}

static void everything_happens(void **state)
{
    (void)state;
    for (int seed = 1; seed <= 8; seed++) {
        struct simulated h;
        struct seen seen = {0};
        struct uuid ended = {0};
        uint64_t domid = 0;
        char settings[32];

        snprintf(settings, sizeof(settings), "seed=%d", seed);
        simulated_open(&h, settings);
        simulated_sample(&h);
        for (int i = 1; i < 3600; i++) {
            simulated_sample(&h);
            watch(&h, &seen);
            watch_reboot(&h, &ended, &domid, &seen);
            assert_in_range(h.now->domain_count, 13 - 6, 13 + 3);
        }
        assert_true(seen.paused && seen.crashed && seen.shutdown && seen.dying);
        assert_true(seen.incoming && seen.away && seen.twice);
        assert_true(seen.created && seen.rebooted && seen.ballooned && seen.gap);
        assert_in_range(seen.first_arrival, 2, 180);
        /* Something now and then, not chaos. */
        assert_in_range(seen.arrivals, 30, 180);
        simulated_close(&h);
    }
}

/* Guests that are paused for good keep their numbers. */
static void assert_parked(const struct snapshot *first, const struct snapshot *s)
{
    for (size_t i = 0; i < first->domain_count; i++) {
        if (first->domains[i].state != DOMAIN_PAUSED)
            continue;
        const struct domain *d = snapshot_domain(s, first->domains[i].domid);
        assert_non_null(d);
        assert_true(domain_same(d, &first->domains[i]));
    }
}

/* Numbers start over at the end of their range, and pass over those that are still taken. */
static void domids_wrap(void **state)
{
    struct simulated h;
    struct demo_config c;
    struct snapshot first = {0};
    uint64_t newest = 0;
    int arrivals_after = 0;
    (void)state;

    simulated_open(&h, "");
    h.source->close(h.source);
    demo_defaults(&c);
    c.domains = 240;
    c.step_s = 60;
    h.source = demo_open(&c);
    simulated_sample(&h);
    snapshot_copy(&first, h.now);
    for (int i = 0; i < 40000 && arrivals_after < 400; i++) {
        simulated_sample(&h);
        const struct domain *last = &h.now->domains[h.now->domain_count - 1];
        newest = MAX(newest, last->domid);
        assert_true(last->domid < 0x7ff0);
        for (size_t k = 1; newest > 0x7f00 && k < h.now->domain_count; k++)
            arrivals_after += h.now->domains[k].domid < 4000 && !before_of(&h, &h.now->domains[k]);
        assert_parked(&first, h.now);
    }
    assert_true(arrivals_after >= 400);
    snapshot_release(&first);
    simulated_close(&h);
}

/* What the visitors of the web servers do, the database feels. */
static void loads_correlate(void **state)
{
    const struct metric *tx = metric_find(ENTITY_VIF, "tx_bytes");
    const struct metric *cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    struct simulated h;
    (void)state;

    simulated_open(&h, "pcpus=64");
    simulated_sample(&h);
    const uint64_t web = h.now->domains[1].domid, db = h.now->domains[3].domid;
    assert_string_equal(snapshot_str(h.now, h.now->domains[1].name), "web-01");
    assert_string_equal(snapshot_str(h.now, h.now->domains[3].name), "db-primary");
    for (int i = 0; i < 1000; i++) {
        simulated_sample(&h);
        const struct domain *a = snapshot_domain(h.now, web), *b = snapshot_domain(h.now, db);
        if (!a || !b)
            break;
        double x = rate_sum(&h.rates, h.now, tx, (size_t)(a - h.now->domains));
        double y = rate_get(&h.rates, cpu, (size_t)(b - h.now->domains));
        n++, sx += x, sy += y, sxx += x * x, syy += y * y, sxy += x * y;
    }
    double cov = sxy / n - sx / n * sy / n;
    double vars = (sxx / n - sx / n * sx / n) * (syy / n - sy / n * sy / n);
    assert_true(n > 60);
    /* A correlation above one half, without a square root. */
    assert_true(cov > 0 && cov * cov > 0.25 * vars);
    simulated_close(&h);
}

/* ---- sizes and form ---- */

/* dom0 has no limit, no agent and no toolstack that built it; only XCP-ng's Xen tells waits, and a
 * domain that shut down has a reason. */
static bool may_be_unknown(enum entity e, size_t row, const char *id)
{
    if (e != ENTITY_DOMAIN)
        return false;
    return !strcmp(id, "shutdown") || !strcmp(id, "wait_ns") ||
           (row == 0 &&
            (!strcmp(id, "mem_max") || !strcmp(id, "start_ns") || !strncmp(id, "guest_", 6)));
}

static void assert_all_known(const struct snapshot *s)
{
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t row = 0; row < snapshot_rows(s, (enum entity)e); row++)
            for (size_t i = 0; i < metric_groups[e].count; i++) {
                const struct metric *m = &metric_groups[e].rows[i];
                const void *record = snapshot_row(s, (enum entity)e, row);
                if (m->flags & METRIC_INNER || !strcmp(m->id, "host"))
                    continue; /* where several hosts are merged */
                if (untold(m, (enum entity)e, record))
                    continue;
                if (m->type == TYPE_STR)
                    assert_true(metric_str(m, record) != 0);
                else if (m->type == TYPE_F64)
                    assert_true(metric_f64(m, record) >= 0);
                else if (m->type == TYPE_U64 && !may_be_unknown((enum entity)e, row, m->id))
                    assert_true(metric_u64(m, record) != UNKNOWN);
            }
}

static void default_host(void **state)
{
    struct simulated h;
    (void)state;

    simulated_open(&h, NULL);
    assert_string_equal(h.source->name, "demo");
    assert_true(h.source->simulated);
    assert_int_equal(h.source->past, 0);
    for (uint64_t i = 0; i < 5; i++) {
        simulated_sample(&h);
        assert_int_equal(h.now->seq, i + 1);
        if (i) {
            assert_int_equal(h.now->mono_ns - h.before->mono_ns, STEP);
            assert_int_equal(h.now->wall_ns - h.before->wall_ns, STEP);
        }
        for (int e = 0; e < ENTITY_COUNT; e++)
            assert_int_equal(h.now->read_ns[e], h.now->mono_ns);
        assert_true(h.now->simulated);
        assert_int_equal(h.now->have, PART_ALL);
        assert_all_known(h.now);
    }
    assert_int_equal(h.now->domain_count, 13);
    assert_int_equal(h.now->pcpu_count, 8);
    assert_int_equal(h.now->report_count, 1);
    assert_string_equal(snapshot_str(h.now, h.now->reports[0].collector), "demo");
    const struct domain *dom0 = &h.now->domains[0];
    assert_string_equal(snapshot_str(h.now, dom0->name), "Domain-0");
    assert_int_equal(dom0->domid, 0);
    for (int i = 0; i < 16; i++)
        assert_int_equal(dom0->uuid.bytes[i], 0);
    simulated_close(&h);
}

/* The look of it: one domain at some hundred per cent, some at nearly nothing, one paused. */
static void default_host_is_varied(void **state)
{
    const struct metric *cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    int large = 0, small = 0, paused = 0, samples = 120;
    double busy = 0;
    struct simulated h;
    (void)state;

    simulated_open(&h, "");
    simulated_sample(&h);
    for (int i = 0; i < samples; i++) {
        simulated_sample(&h);
        busy += rate_host_busy(&h.rates, h.now) / samples;
        for (size_t d = 1; d < h.now->domain_count; d++) {
            double share = rate_get(&h.rates, cpu, d);
            large += share > 1.8;
            small += share > 0 && share < 0.05;
            paused += h.now->domains[d].state == DOMAIN_PAUSED;
        }
    }
    assert_true(busy > 0.4 && busy < 0.95);
    assert_true(large > samples * 3 / 4);
    assert_true(small >= samples / 2);
    assert_true(paused >= samples);
    simulated_close(&h);
}

static void every_size(void **state)
{
    static const struct {
        const char *settings;
        size_t domains, pcpus, vcpus_most;
    } sizes[] = {
        {"domains=0", 0, 8, 0},
        {"domains=1,pcpus=1", 1, 1, 1},
        {"domains=2,pcpus=1", 2, 1, 1},
        {"domains=1000,pcpus=64", 1000, 64, 512},
        {"domains=4096,pcpus=1024", 4096, 1024, 512},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct simulated h;
        uint64_t most = 0;
        simulated_open(&h, sizes[i].settings);
        simulated_sample(&h);
        assert_int_equal(h.now->domain_count, sizes[i].domains);
        assert_int_equal(h.now->pcpu_count, sizes[i].pcpus);
        for (int k = 0; k < 20; k++)
            simulated_sample(&h);
        assert_all_known(h.now);
        if (sizes[i].domains) {
            check_cpu(&h);
            check_memory(h.now);
        }
        for (size_t d = 0; d < h.now->domain_count; d++)
            most = MAX(most, h.now->domains[d].vcpus_max);
        assert_int_equal(most, sizes[i].vcpus_most);
        simulated_close(&h);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void names_are_unique(void **state)
{
    struct simulated h;
    (void)state;

    simulated_open(&h, "domains=4096");
    simulated_sample(&h);
    size_t n = h.now->domain_count;
    const char **names = xcalloc(n, sizeof(*names));
    for (size_t i = 0; i < n; i++)
        names[i] = snapshot_str(h.now, h.now->domains[i].name);
    qsort(names, n, sizeof(*names), by_name);
    for (size_t i = 1; i < n; i++)
        assert_string_not_equal(names[i - 1], names[i]);
    free(names);
    simulated_close(&h);
}

static void steady_state_does_not_allocate(void **state)
{
    struct simulated h;
    (void)state;

    simulated_open(&h, "domains=300");
    for (int i = 0; i < 300; i++)
        simulated_sample(&h);
    size_t held = mallinfo2().uordblks, snapshot = snapshot_memory(h.now);
    for (int i = 0; i < 1000; i++)
        simulated_sample(&h);
    assert_int_equal(mallinfo2().uordblks, held);
    assert_int_equal(snapshot_memory(h.now), snapshot);
    simulated_close(&h);
}

/* ---- time ---- */

static void steps_of_any_length(void **state)
{
    static const double steps[] = {0.001, 0.25, 10, 3600};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct demo_config c;
        struct snapshot s = {0};
        demo_defaults(&c);
        c.step_s = steps[i];
        c.start_wall_ns = NS_PER_S;
        struct source *source = demo_open(&c);
        uint64_t idle = 0, step = (uint64_t)(steps[i] * (double)NS_PER_S);
        for (uint64_t k = 0; k < 200; k++) {
            source->sample(source, &s, PART_ALL);
            assert_int_equal(s.wall_ns, NS_PER_S + k * step);
            if (k)
                assert_true(s.pcpus[0].idle_ns - idle <= step);
            idle = s.pcpus[0].idle_ns;
            check_memory(&s);
        }
        source->close(source);
        snapshot_release(&s);
    }
}

/* Shown at once, its past ends now. */
static void past_ends_now(void **state)
{
    struct demo_config c;
    struct snapshot s = {0};
    char message[160];
    (void)state;

    demo_defaults(&c);
    assert_int_equal(demo_parse(&c, "past=600", message), 0);
    uint64_t before = clock_wall_ns();
    struct source *source = demo_open(&c);
    uint64_t after = clock_wall_ns();
    assert_int_equal(source->past, 600);
    for (int i = 0; i <= 600; i++)
        source->sample(source, &s, PART_ALL);
    assert_true(s.wall_ns >= before && s.wall_ns <= after);
    source->close(source);
    snapshot_release(&s);
}

/* ---- settings ---- */

static void parses(void **state)
{
    struct demo_config c, defaults;
    char message[160] = "";
    (void)state;

    demo_defaults(&defaults);
    assert_int_equal(defaults.domains, 13);
    assert_int_equal(defaults.pcpus, 8);
    assert_int_equal(defaults.seed, 1);
    assert_true(defaults.step_s == 0);

    c = defaults;
    assert_int_equal(demo_parse(&c, NULL, message), 0);
    assert_int_equal(demo_parse(&c, "", message), 0);
    assert_memory_equal(&c, &defaults, sizeof(c));

    assert_int_equal(
        demo_parse(&c, "domains=4096,pcpus=1024,seed=18446744073709551615,start=1,past=3600",
                   message),
        0);
    assert_int_equal(c.domains, 4096);
    assert_int_equal(c.pcpus, 1024);
    assert_true(c.seed == UINT64_MAX);
    assert_int_equal(c.start_wall_ns, NS_PER_S);
    assert_int_equal(c.past, 3600);

    c = defaults;
    assert_int_equal(demo_parse(&c, "domains=1000", message), 0);
    assert_true(c.pcpus > 500);
    c = defaults;
    assert_int_equal(demo_parse(&c, "domains=1000,pcpus=4", message), 0);
    assert_int_equal(c.pcpus, 4);
    c = defaults;
    assert_int_equal(demo_parse(&c, "domains=3", message), 0);
    assert_int_equal(c.pcpus, 8);
}

static void refuses(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"guests=3", "\"guests\""},
        {"domain", "\"domain\""},
        {"=3", "\"\""},
        {",", "\"\""},
        {"seed=1,,past=1", "\"\""},
        {"domains=4097", "domains is a whole number from 0 to 4096, not \"4097\""},
        {"domains=", "not \"\""},
        {"domains", "domains is a whole number"},
        {"domains=-1", "not \"-1\""},
        {"domains= 3", "not \" 3\""},
        {"domains=3x", "not \"3x\""},
        {"domains=0x10", "not \"0x10\""},
        {"pcpus=0", "pcpus is a whole number from 1 to 1024"},
        {"pcpus=1025", "pcpus is a whole number from 1 to 1024"},
        {"seed=18446744073709551616", "seed is a whole number"},
        {"past=3601", "past is a whole number from 0 to 3600"},
        {"start=99999999999", "start is a whole number"},
        {"seed=1,pcpus=two", "not \"two\""},
        {"domains=12345678901234567890123456789012345678901234567890123456789012345678901234567890"
         "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "domains"},
        {"pcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpu"
         "pcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcpuspcp"
         "u",
         "it has domains, pcpus, seed, start, past and step"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct demo_config c;
        char message[160] = "";
        demo_defaults(&c);
        assert_int_equal(demo_parse(&c, wrong[i].text, message), -EINVAL);
        assert_true(strlen(message) > 20 && strlen(message) < 159);
        if (!strstr(message, wrong[i].says))
            fail_msg("\"%s\": %s", wrong[i].text, message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_host),
        cmocka_unit_test(another_seed_another_host),
        cmocka_unit_test(start_moves_only_the_date),
        cmocka_unit_test(conserves),
        cmocka_unit_test(disks_share_devices),
        cmocka_unit_test(conserves_when_there_is_too_little),
        cmocka_unit_test(everything_happens),
        cmocka_unit_test(domids_wrap),
        cmocka_unit_test(loads_correlate),
        cmocka_unit_test(default_host),
        cmocka_unit_test(default_host_is_varied),
        cmocka_unit_test(every_size),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(steady_state_does_not_allocate),
        cmocka_unit_test(steps_of_any_length),
        cmocka_unit_test(past_ends_now),
        cmocka_unit_test(parses),
        cmocka_unit_test(refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
