/* vcpus, and the engine's opening, on a Xen made up here: other versions of it, other schedulers, a
 * policy that forbids, a dom0 without multicalls. Stands in for libxencall. */
#include "../unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/hypercall.h"

#define DOMAINS 3

static struct {
    uint32_t sysctl, domctl;     /* versions it speaks */
    uint32_t scheduler[DOMAINS]; /* of each domain's pool */
    bool no_multicall, forbids_sysctl, forbids_vcpus, forbids_weights;
    unsigned long vanished; /* bits of domains */
    unsigned singles, multicalls, weights_asked;
} xen;

static void xen_new(void)
{
    memset(&xen, 0, sizeof(xen));
    xen.sysctl = XEN_SYSCTL_INTERFACE_VERSION;
    xen.domctl = XEN_DOMCTL_INTERFACE_VERSION;
    for (int i = 0; i < DOMAINS; i++)
        xen.scheduler[i] = XEN_SCHEDULER_CREDIT2;
}

/* In the order of Xen's own do_domctl(): version, domain, policy. */
static int domctl(struct xen_domctl *d)
{
    if (d->interface_version != xen.domctl)
        return -EACCES;
    if (d->domain >= DOMAINS || xen.vanished & 1ul << d->domain)
        return -ESRCH;
    if (d->cmd == XEN_DOMCTL_getvcpuinfo) {
        struct xen_domctl_getvcpuinfo *info = &d->u.getvcpuinfo;
        if (xen.forbids_vcpus)
            return -EACCES;
        info->online = 1;
        info->running = info->vcpu == 0;
        info->blocked = 0;
        info->cpu_time = 1000 * (d->domain + 1u) + info->vcpu;
        info->cpu = info->vcpu;
        return 0;
    }
    assert_int_equal(d->cmd, XEN_DOMCTL_scheduler_op);
    assert_int_equal(d->u.scheduler_op.cmd, XEN_DOMCTL_SCHEDOP_getinfo);
    xen.weights_asked++;
    if (xen.forbids_weights)
        return -EACCES;
    if (d->u.scheduler_op.sched_id != xen.scheduler[d->domain])
        return -EINVAL;
    d->u.scheduler_op.u.credit.weight = (uint16_t)(256 + d->domain);
    d->u.scheduler_op.u.credit.cap = 50;
    return 0;
}

static int sysctl(struct xen_sysctl *s)
{
    if (s->interface_version != xen.sysctl)
        return -EACCES;
    switch (s->cmd) {
    case XEN_SYSCTL_physinfo: return xen.forbids_sysctl ? -EACCES : 0;
    case XEN_SYSCTL_sched_id: s->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2; return 0;
    default: return -ENOSYS;
    }
}

static int answer(int result)
{
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

int xencall1(xencall_handle *call, unsigned op, uint64_t arg)
{
    void *at = (void *)(uintptr_t)arg;

    (void)call;
    xen.singles++;
    return answer(op == __HYPERVISOR_sysctl ? sysctl(at) : domctl(at));
}

int xencall2(xencall_handle *call, unsigned op, uint64_t arg, uint64_t count)
{
    multicall_entry_t *entries = (multicall_entry_t *)(uintptr_t)arg;

    (void)call;
    assert_int_equal(op, __HYPERVISOR_multicall);
    xen.multicalls++;
    if (xen.no_multicall)
        return answer(-ENOSYS);
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(entries[i].op, __HYPERVISOR_domctl);
        entries[i].result = (xen_ulong_t)domctl((void *)(uintptr_t)entries[i].args[0]);
    }
    return 0;
}

xencall_handle *xencall_open(struct xentoollog_logger *logger, unsigned flags)
{
    (void)logger, (void)flags;
    return (xencall_handle *)&xen;
}

int xencall_close(xencall_handle *call)
{
    (void)call;
    return 0;
}

void *xencall_alloc_buffer(xencall_handle *call, size_t size)
{
    (void)call;
    return calloc(1, size);
}

void *xencall_alloc_buffer_pages(xencall_handle *call, size_t pages)
{
    (void)call;
    return calloc(pages, XC_PAGE_SIZE);
}

void xencall_free_buffer(xencall_handle *call, void *at)
{
    (void)call;
    free(at);
}

void xencall_free_buffer_pages(xencall_handle *call, void *at, size_t pages)
{
    (void)call, (void)pages;
    free(at);
}

xc_interface *xc_interface_open(struct xentoollog_logger *logger,
                                struct xentoollog_logger *dombuild, unsigned flags)
{
    (void)logger, (void)dombuild, (void)flags;
    return (xc_interface *)&xen;
}

int xc_interface_close(xc_interface *xc)
{
    (void)xc;
    return 0;
}

int xc_version(xc_interface *xc, int cmd, void *arg)
{
    (void)xc, (void)cmd, (void)arg;
    return -1;
}

/* ---- the collector ---- */

static char message[COLLECTOR_MESSAGE];
static struct snapshot s;
static void *state;

static int vcpus_open(void)
{
    message[0] = '\0';
    return collector_vcpus.open(&state, message);
}

/* Domains 0 to 2, of two vcpus each, in a cpupool each; their cpu time is not that of the last
 * sample. */
static int sample(uint64_t seq)
{
    unit_sample(&s, seq, (double)seq);
    s.have = PART(ENTITY_DOMAIN);
    for (uint64_t i = 0; i < DOMAINS; i++) {
        struct domain *d = unit_domain(&s, i, (uint8_t)i);
        d->cpu_ns = seq;
        d->state = DOMAIN_RUNNING;
        d->vcpus_max = d->vcpus_online = 2;
        d->cpupool = i;
    }
    message[0] = '\0';
    return collector_vcpus.collect(state, &s, PART_ALL, message);
}

static void close_all(void)
{
    collector_vcpus.close(state);
    snapshot_release(&s);
}

static void assert_all_known(void)
{
    assert_int_equal(s.vcpu_count, DOMAINS * 2);
    for (size_t i = 0; i < s.vcpu_count; i++) {
        assert_int_equal(s.vcpus[i].online, 1);
        assert_int_equal(s.vcpus[i].cpu_ns, 1000 * (s.vcpus[i].domid + 1) + s.vcpus[i].id);
        assert_int_equal(s.vcpus[i].pcpu, s.vcpus[i].id);
    }
    for (size_t i = 0; i < DOMAINS; i++) {
        assert_int_equal(s.domains[i].weight, 256 + i);
        assert_int_equal(s.domains[i].cap, 50);
        assert_near(s.domains[i].wait_est, 0.5, 1e-9);
    }
}

static void assert_no_vcpu_known(void)
{
    assert_int_equal(s.vcpu_count, DOMAINS * 2);
    for (size_t i = 0; i < s.vcpu_count; i++) {
        assert_int_equal(s.vcpus[i].online, UNKNOWN);
        assert_int_equal(s.vcpus[i].cpu_ns, UNKNOWN);
        assert_int_equal(s.vcpus[i].pcpu, UNKNOWN);
    }
    for (size_t i = 0; i < DOMAINS; i++)
        assert_nan(s.domains[i].wait_est);
}

static void other_domctls(void **unused)
{
    (void)unused;
    /* Xen 4.11 to 4.22. */
    for (uint32_t version = 0x10; version <= 0x18; version++) {
        xen_new();
        xen.domctl = version;
        assert_int_equal(vcpus_open(), 0);
        assert_int_equal(sample(1), 0);
        assert_string_equal(message, "");
        assert_all_known();
        close_all();
    }
}

/* "asking Xen about vcpus: Xen speaks interface version 0x99, ..." */
static const char *versions(const char *what, uint32_t speaks, uint32_t built)
{
    static char said[COLLECTOR_MESSAGE];

    snprintf(said, sizeof(said),
             "%s: Xen speaks interface version %#x, this domtop was built for %#x", what, speaks,
             built);
    return said;
}

static void unknown_domctls(void **unused)
{
    (void)unused;
    xen_new();
    xen.domctl = 0x99;
    assert_int_equal(vcpus_open(), -EACCES);
    assert_string_equal(message,
                        versions("asking Xen about vcpus", 0x99, XEN_DOMCTL_INTERFACE_VERSION));
    /* Nor is the engine to be opened, but what completes libxenstat's asks by sysctl. */
    message[0] = '\0';
    assert_int_equal(collector_domains.open(&state, message), -EACCES);
    assert_string_equal(message,
                        versions("asking Xen about vcpus", 0x99, XEN_DOMCTL_INTERFACE_VERSION));
    assert_int_equal(collector_hypercall.open(&state, message), 0);
    collector_hypercall.close(state);
    /* A version past those looked through. */
    xen.domctl = 0x99999;
    assert_int_equal(vcpus_open(), -EACCES);
    assert_non_null(strstr(message, "another interface version"));
    xen_new();
    assert_int_equal(collector_domains.open(&state, message), 0);
    collector_domains.close(state);
}

static void other_sysctls(void **unused)
{
    (void)unused;
    xen_new();
    xen.sysctl = 0x77;
    message[0] = '\0';
    assert_int_equal(collector_domains.open(&state, message), -EACCES);
    assert_string_equal(
        message, versions("asking Xen about the machine", 0x77, XEN_SYSCTL_INTERFACE_VERSION));
}

static void forbidden(void **unused)
{
    (void)unused;
    xen_new();
    xen.forbids_sysctl = true;
    assert_int_equal(collector_domains.open(&state, message), -EACCES);
    assert_string_equal(message, "asking Xen about the machine: Xen's security policy forbids it");

    xen_new();
    assert_int_equal(vcpus_open(), 0);
    assert_int_equal(sample(1), 0);
    assert_all_known();
    xen.forbids_vcpus = true;
    assert_int_equal(sample(2), -EACCES);
    assert_string_equal(message, "reading vcpu times: Xen's security policy forbids it");
    assert_no_vcpu_known();
    assert_int_equal(s.domains[1].weight, 257);
    /* What could not be read is asked for again, though the domain stands still. */
    xen.forbids_vcpus = false;
    assert_int_equal(sample(2), 0);
    assert_all_known();
    close_all();

    xen_new();
    xen.forbids_weights = true;
    assert_int_equal(vcpus_open(), 0);
    assert_int_equal(sample(1), -EACCES);
    assert_string_equal(message, "reading weights: Xen's security policy forbids it");
    assert_int_equal(s.vcpus[0].online, 1);
    assert_int_equal(s.domains[0].weight, UNKNOWN);
    close_all();
}

static void vanished(void **unused)
{
    (void)unused;
    xen_new();
    xen.vanished = 1ul << 1;
    assert_int_equal(vcpus_open(), 0);
    assert_int_equal(sample(1), 0);
    assert_string_equal(message, "");
    assert_int_equal(s.vcpus[2].domid, 1);
    assert_int_equal(s.vcpus[2].online, UNKNOWN);
    assert_nan(s.domains[1].wait_est);
    assert_int_equal(s.domains[1].weight, UNKNOWN);
    assert_int_equal(s.vcpus[4].online, 1);
    close_all();
}

static void schedulers(void **unused)
{
    (void)unused;
    xen_new();
    xen.scheduler[1] = XEN_SCHEDULER_CREDIT;
    xen.scheduler[2] = XEN_SCHEDULER_NULL;
    assert_int_equal(vcpus_open(), 0);
    assert_int_equal(sample(1), 0);
    assert_string_equal(message, "");
    assert_int_equal(s.domains[0].weight, 256);
    assert_int_equal(s.domains[1].weight, 257);
    assert_int_equal(s.domains[1].cap, 50);
    assert_int_equal(s.domains[2].weight, UNKNOWN);
    assert_int_equal(xen.weights_asked, 1 + 2 + 2);

    /* One domain's weight a sample is asked for again, of the scheduler that its pool is known to
     * have. */
    unsigned asked = xen.weights_asked;
    sample(2);
    assert_int_equal(xen.weights_asked, asked + 1);
    assert_int_equal(s.domains[1].weight, 257);

    /* Pools are given other schedulers. */
    xen.scheduler[1] = XEN_SCHEDULER_CREDIT2;
    xen.scheduler[2] = XEN_SCHEDULER_CREDIT;
    for (uint64_t seq = 3; seq < 7; seq++)
        sample(seq);
    for (size_t i = 0; i < DOMAINS; i++)
        assert_int_equal(s.domains[i].weight, 256 + i);
    close_all();
}

static void without_multicall(void **unused)
{
    (void)unused;
    xen_new();
    xen.no_multicall = true;
    xen.scheduler[1] = XEN_SCHEDULER_CREDIT;
    xen.domctl = 0x13;
    assert_int_equal(vcpus_open(), 0);
    assert_int_equal(sample(1), 0);
    assert_string_equal(message, "");
    assert_all_known();
    assert_int_equal(xen.multicalls, 1);
    unsigned singles = xen.singles;
    xen.vanished = 1ul << 2;
    assert_int_equal(sample(2), 0);
    assert_int_equal(xen.multicalls, 1);
    assert_in_range(xen.singles - singles, DOMAINS * 2, DOMAINS * 3);
    assert_int_equal(s.vcpus[4].online, UNKNOWN);
    close_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_domctls),     cmocka_unit_test(unknown_domctls),
        cmocka_unit_test(other_sysctls),     cmocka_unit_test(forbidden),
        cmocka_unit_test(vanished),          cmocka_unit_test(schedulers),
        cmocka_unit_test(without_multicall),
    };

    return cmocka_run_group_tests_name("vcpus", tests, NULL, NULL);
}
