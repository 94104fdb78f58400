/* merge: several hosts as one snapshot. */
#include "remote/merge.h"

#include <errno.h>

#include "base.h"
#include "rate.h"
#include "unit.h"

#define SECOND UINT64_C(1000000000)

/* A host with dom0, a guest of domid 7, a vif and two pcpus. */
static void host(struct snapshot *s, const char *name, uint64_t seq, double at, uint64_t cpu_ns)
{
    unit_sample(s, seq, at);
    s->host.name = snapshot_add_cstr(s, name);
    s->host.xen_version = snapshot_add_cstr(s, "4.17");
    s->host.mem_bytes = 100;
    s->host.mem_free_bytes = 40;
    s->host.cpus = 2;
    unit_domain(s, 0, 0)->cpu_ns = cpu_ns;
    struct domain *d = unit_domain(s, 7, 7);
    d->cpu_ns = cpu_ns;
    d->name = snapshot_add_cstr(s, "guest");
    d->state = DOMAIN_RUNNING;
    struct vif *v = snapshot_add_vif(s, 7, 0);
    v->rx_bytes = cpu_ns;
    v->dev = snapshot_add_cstr(s, "vif7.0");
    for (uint64_t i = 0; i < 2; i++) {
        struct pcpu *p = snapshot_add_pcpu(s, i);
        p->online = 1;
        p->idle_ns = cpu_ns;
    }
    snapshot_seal(s);
}

static struct merge_host of(const char *name, const struct snapshot *s)
{
    return (struct merge_host){.name = name, .where = name, .newest = s, .live = true};
}

static void two_hosts(void **state)
{
    struct snapshot a = {0}, b = {0}, out = {0};
    (void)state;

    host(&a, "a", 1, 0, SECOND);
    host(&b, "b", 1, 0, SECOND);
    struct merge_host hosts[] = {of("a", &a), of("b", &b)};
    merge_hosts(&out, hosts, 2, 1, 5, 6);

    assert_int_equal(out.domain_count, 4);
    assert_int_equal(out.vif_count, 2);
    assert_int_equal(out.pcpu_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct domain *d = &out.domains[i];
        assert_string_equal(snapshot_str(&out, d->host), i < 2 ? "a" : "b");
        assert_int_equal(domid_own(d->domid), i % 2 ? 7 : 0);
        assert_int_equal(d->vif_count, i % 2);
    }
    assert_false(domain_same(&out.domains[0], &out.domains[2])); /* both dom0 */
    assert_string_equal(snapshot_str(&out, out.vifs[1].dev), "vif7.0");
    assert_string_equal(snapshot_str(&out, out.host.name), "2 hosts");
    assert_string_equal(snapshot_str(&out, out.host.xen_version), "4.17");
    assert_int_equal(out.host.mem_bytes, 200);
    assert_int_equal(out.host.cpus, 4);
    assert_int_equal(out.report_count, 2);
    assert_int_equal(out.seq, 1);
    snapshot_release(&a);
    snapshot_release(&b);
    snapshot_release(&out);
}

/* Each host's rates are by its own clock: one was 1 s further, the other 4 s. */
static void rates_by_own_clocks(void **state)
{
    const struct metric *cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    const struct metric *rx = metric_find(ENTITY_VIF, "rx_bytes");
    const struct metric *idle = metric_find(ENTITY_PCPU, "idle_ns");
    struct snapshot a = {0}, b = {0}, before = {0}, now = {0};
    struct rates r = {0};
    (void)state;

    host(&a, "a", 1, 0, SECOND);
    host(&b, "b", 1, 900, SECOND);
    struct merge_host hosts[] = {of("a", &a), of("b", &b)};
    merge_hosts(&before, hosts, 2, 1, 2 * SECOND, 6);
    host(&a, "a", 2, 1, SECOND + SECOND / 2);
    host(&b, "b", 2, 904, SECOND + SECOND);
    merge_hosts(&now, hosts, 2, 2, 4 * SECOND, 6);
    rates_compute(&r, &before, &now);

    assert_near(rate_get(&r, cpu, 1), 0.5, 1e-9);
    assert_near(rate_get(&r, cpu, 3), 0.25, 1e-9);
    assert_near(rate_get(&r, rx, 0), 5e8, 1);
    assert_near(rate_get(&r, rx, 1), 2.5e8, 1);
    assert_near(rate_get(&r, idle, 0), 0.5, 1e-9);
    assert_near(rate_get(&r, idle, 3), 0.25, 1e-9);
    rates_release(&r);
    snapshot_release(&a);
    snapshot_release(&b);
    snapshot_release(&before);
    snapshot_release(&now);
}

/* Its rows stay with who they are, and the others are not touched. */
static void a_host_that_does_not_answer(void **state)
{
    struct snapshot a = {0}, b = {0}, out = {0};
    (void)state;

    host(&a, "a", 1, 0, SECOND);
    host(&b, "b", 1, 0, SECOND);
    struct merge_host hosts[] = {of("a", &a), of("b", &b), {.name = "c", .where = "c"}};
    hosts[1].live = false;
    hosts[1].error = -ECONNREFUSED;
    strcpy(hosts[1].problem, "refused");
    merge_hosts(&out, hosts, 3, 1, 5, 6);

    assert_int_equal(out.domain_count, 4);
    const struct domain *d = &out.domains[3];
    assert_string_equal(snapshot_str(&out, d->name), "guest");
    assert_int_equal(d->uuid.bytes[0], 7);
    assert_true(d->cpu_ns == UNKNOWN && d->state == UNKNOWN && d->mem_bytes == UNKNOWN);
    assert_nan(d->wait_est);
    assert_int_equal(out.domains[1].cpu_ns, SECOND);
    assert_true(out.vifs[1].rx_bytes == UNKNOWN);
    assert_int_equal(out.pcpu_count, 2);
    assert_string_equal(snapshot_str(&out, out.host.name), "1 of 3 hosts");
    assert_int_equal(out.host.mem_bytes, 100);
    assert_int_equal(out.reports[0].error, 0);
    assert_int_equal(out.reports[1].error, -ECONNREFUSED);
    assert_string_equal(snapshot_str(&out, out.reports[1].message), "b: refused");
    assert_int_equal(out.reports[2].error, -ETIMEDOUT);
    snapshot_release(&a);
    snapshot_release(&b);
    snapshot_release(&out);
}

/* Numbers of pcpus stay when one comes that had been away, and never collide. */
static void pcpus_keep_their_numbers(void **state)
{
    struct snapshot a = {0}, b = {0}, out = {0};
    (void)state;

    host(&a, "a", 1, 0, SECOND);
    host(&b, "b", 1, 0, SECOND);
    struct merge_host hosts[] = {{.name = "a", .where = "a"}, of("b", &b)};
    merge_hosts(&out, hosts, 2, 1, 5, 6);
    assert_int_equal(out.pcpu_count, 2);
    assert_int_equal(out.pcpus[0].id, 0);
    hosts[0].newest = &a;
    hosts[0].live = true;
    merge_hosts(&out, hosts, 2, 2, 5, 6);
    assert_int_equal(out.pcpu_count, 4);
    assert_int_equal(hosts[1].pcpu_base, 0);
    assert_int_equal(hosts[0].pcpu_base, 2);
    snapshot_release(&a);
    snapshot_release(&b);
    snapshot_release(&out);
}

/* What no Xen has is not taken for another host's. */
static void hostile_numbers(void **state)
{
    struct snapshot a = {0}, b = {0}, out = {0};
    (void)state;

    unit_sample(&a, 1, 0);
    unit_domain(&a, UINT64_C(1) << DOMID_BITS, 1); /* would be b's dom0 */
    unit_domain(&a, UNKNOWN - 1, 2);
    snapshot_add_vcpu(&a, UINT64_C(1) << DOMID_BITS, 0);
    snapshot_add_pcpu(&a, UNKNOWN - 5);
    snapshot_seal(&a);
    host(&b, "b", 1, 0, SECOND);
    struct merge_host hosts[] = {of("a", &a), of("b", &b)};
    merge_hosts(&out, hosts, 2, 1, 5, 6);
    assert_int_equal(out.domain_count, 2);
    assert_int_equal(out.vcpu_count, 0);
    assert_int_equal(out.pcpu_count, 2);
    snapshot_release(&a);
    snapshot_release(&b);
    snapshot_release(&out);
}

static void one_host(void **state)
{
    struct snapshot a = {0}, out = {0};
    (void)state;

    host(&a, "a", 1, 0, SECOND);
    struct merge_host h = of("a", &a);
    h.shift_ns = 77;
    merge_one(&out, &h, 9, 5, 6);
    assert_int_equal(out.seq, 9);
    assert_int_equal(out.mono_ns, a.mono_ns + 77);
    assert_int_equal(out.read_ns[ENTITY_VIF], a.read_ns[ENTITY_VIF] + 77);
    assert_int_equal(out.domains[1].domid, 7);
    assert_int_equal(out.domains[1].host, 0);
    assert_string_equal(snapshot_str(&out, out.reports[0].message), "through the service at a");
    h.live = false;
    merge_one(&out, &h, 10, 5, 6);
    assert_int_equal(out.domain_count, 2);
    assert_true(out.domains[1].cpu_ns == UNKNOWN);
    assert_int_equal(out.have, 0);
    snapshot_release(&a);
    snapshot_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hosts),
        cmocka_unit_test(rates_by_own_clocks),
        cmocka_unit_test(a_host_that_does_not_answer),
        cmocka_unit_test(pcpus_keep_their_numbers),
        cmocka_unit_test(hostile_numbers),
        cmocka_unit_test(one_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
