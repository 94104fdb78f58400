/*
 * vcpus: cpu time of each vcpu, and the scheduler's weight and cap of each domain, in one multicall
 * (libxencall).
 *
 * Up to Xen 4.21 each question takes a lock of the whole hypervisor, so none is asked whose answer
 * is known: a domain whose cpu time and number of online vcpus stood still since it was asked, and
 * which is blocked, paused or shut down, has vcpus that stood still too. Weights and caps change by
 * hand only: they are asked for new domains and for a few of the others in each sample.
 *
 * Xen gives no figure for the time a vcpu waits to be run. It is estimated: how often, when asked,
 * a vcpu was neither blocked nor running, as a mean over the last looks. XCP-ng's Xen has a figure
 * of its own: runstate.h.
 *
 * Xen tells a weight only to who names the scheduler of the domain's cpupool: it is found by
 * trying. Up to 4.15 a dom0 that is PVH has no multicall: calls are made one by one there.
 *
 * Facts: struct xen_domctl_getvcpuinfo and xen_domctl_scheduler_op in xen/include/public/domctl.h.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "collector.h"
#include "hypercall.h"
#include "runstate.h"

#define CALLS      1024 /* of one multicall */
#define REFRESH    32   /* samples until each domain's weight was asked for again */
#define WAIT_LOOKS 16   /* looks that the estimate of waiting remembers, about */
#define POOLS      64   /* cpupools whose scheduler is remembered */
#define VCPUS_MOST 8192 /* of one domain: xen/include/public/xen.h, XEN_LEGACY_MAX_VCPUS and up */

struct known_vcpu {
    uint64_t cpu_ns; /* UNKNOWN when it could not be read, and all else then */
    uint32_t pcpu;
    bool online;
};

struct known_domain {
    uint64_t domid, cpu_ns, online, vcpus, cpupool;
    struct uuid uuid;
    size_t first; /* of its vcpus in the table */
    uint64_t weight, cap;
    uint64_t wait_ns;
    double wait;
    uint32_t ready;  /* of its vcpus, at this look */
    bool known;      /* its vcpus are: all of them answered */
    uint32_t not_by; /* a scheduler that does not know its weight; 0 when none said so */
};

struct table {
    struct known_domain *domains;
    struct known_vcpu *vcpus;
    size_t domain_count, vcpu_count, domain_cap, vcpu_cap;
};

/* What a call is about: a vcpu, or a domain's weight. */
struct call {
    size_t domain;
    uint32_t vcpu;
    bool weight;
};

struct vcpus {
    struct xen_handle xen;
    struct xen_buffer domctls, entries;
    struct table now, before;
    struct call calls[CALLS];
    unsigned pending;
    bool single;               /* Xen has no multicall for this dom0 */
    runstate_call *runstate;   /* NULL where Xen has none */
    uint32_t scheduler[POOLS]; /* XEN_SCHEDULER_* that answered last, by cpupool */
    size_t turn;               /* whose weight is asked for next */
    int vcpu_refused;          /* errno of a vcpu that was not read in this sample, or 0 */
    int weight_refused;        /* errno of the weight asked for last, or 0 */
};

static void table_release(struct table *t)
{
    free(t->domains);
    free(t->vcpus);
}

static void vcpus_close(void *state)
{
    struct vcpus *v = state;

    table_release(&v->now);
    table_release(&v->before);
    xen_buffer_release(&v->xen, &v->entries);
    xen_buffer_release(&v->xen, &v->domctls);
    xen_handle_close(&v->xen);
    free(v);
}

static int vcpus_open(void **state, char message[COLLECTOR_MESSAGE])
{
    struct vcpus *v = xcalloc(1, sizeof(*v));
    int err = xen_handle_open(&v->xen, message);

    if (err) {
        free(v);
        return err;
    }
    if (!xen_buffer_reserve(&v->xen, &v->domctls, CALLS * sizeof(struct xen_domctl)) ||
        !xen_buffer_reserve(&v->xen, &v->entries, CALLS * sizeof(multicall_entry_t)))
        err = xen_handle_failed(&v->xen, "memory for hypercalls", message);
    else
        err = xen_domctl_find(&v->xen, message);
    if (err) {
        vcpus_close(v);
        return err;
    }
    v->runstate = runstate_find();
    uint32_t first = XEN_SCHEDULER_CREDIT2;
    if (!xen_sysctl(&v->xen, XEN_SYSCTL_sched_id) &&
        v->xen.sysctl->u.sched_id.sched_id == XEN_SCHEDULER_CREDIT)
        first = XEN_SCHEDULER_CREDIT;
    for (size_t i = 0; i < POOLS; i++)
        v->scheduler[i] = first;
    *state = v;
    return 0;
}

/* ---- calls ---- */

static uint32_t *pool_scheduler(struct vcpus *v, const struct known_domain *k)
{
    return &v->scheduler[k->cpupool % POOLS];
}

/* A domain that vanished since it was listed answers ESRCH: nothing to speak of. */
static void take_vcpu(struct vcpus *v, const struct call *c, const struct xen_domctl *d, int err)
{
    struct known_domain *domain = &v->now.domains[c->domain];
    struct known_vcpu *vcpu = &v->now.vcpus[domain->first + c->vcpu];
    const struct xen_domctl_getvcpuinfo *info = &d->u.getvcpuinfo;

    *vcpu = (struct known_vcpu){.cpu_ns = UNKNOWN};
    if (err) {
        domain->known = false;
        if (err != ESRCH)
            v->vcpu_refused = err;
        return;
    }
    *vcpu = (struct known_vcpu){
        .cpu_ns = info->cpu_time, .pcpu = info->cpu, .online = info->online};
    domain->ready += info->online && !info->blocked && !info->running;
}

static void take_weight(struct vcpus *v, const struct call *c, const struct xen_domctl *d, int err)
{
    struct known_domain *domain = &v->now.domains[c->domain];

    /* Another scheduler has the domain: ask_rest(). With neither of the two it has no weight. */
    if (err == EINVAL && !domain->not_by) {
        domain->not_by = d->u.scheduler_op.sched_id;
        return;
    }
    domain->not_by = 0;
    domain->weight = domain->cap = UNKNOWN;
    if (err && err != EINVAL && err != ESRCH)
        v->weight_refused = err;
    if (err)
        return;
    /* credit and credit2 have the same two numbers in the same places. */
    domain->weight = d->u.scheduler_op.u.credit.weight;
    domain->cap = d->u.scheduler_op.u.credit.cap;
    *pool_scheduler(v, domain) = d->u.scheduler_op.sched_id;
    v->weight_refused = 0;
}

static int calls_make(struct vcpus *v)
{
    struct xen_domctl *domctls = v->domctls.data;
    multicall_entry_t *entries = v->entries.data;

    if (!v->single &&
        !xencall2(v->xen.call, __HYPERVISOR_multicall, (uint64_t)(uintptr_t)entries, v->pending))
        return 0;
    if (!v->single && errno != ENOSYS)
        return -1;
    v->single = true;
    for (unsigned i = 0; i < v->pending; i++) {
        bool ok = !xencall1(v->xen.call, __HYPERVISOR_domctl, (uint64_t)(uintptr_t)&domctls[i]);
        entries[i].result = ok ? 0 : (xen_ulong_t)-errno;
    }
    return 0;
}

static int calls_issue(struct vcpus *v)
{
    const struct xen_domctl *domctls = v->domctls.data;
    const multicall_entry_t *entries = v->entries.data;

    if (!v->pending)
        return 0;
    if (calls_make(v))
        return -1;
    for (unsigned i = 0; i < v->pending; i++) {
        int err = -(int)entries[i].result;
        if (v->calls[i].weight)
            take_weight(v, &v->calls[i], &domctls[i], err);
        else
            take_vcpu(v, &v->calls[i], &domctls[i], err);
    }
    v->pending = 0;
    return 0;
}

/* Add a call; its arguments are the caller's to fill in. NULL with errno set when those before it
 * could not be issued. */
static struct xen_domctl *call_add(struct vcpus *v, const struct call *c, uint32_t cmd)
{
    if (v->pending == CALLS && calls_issue(v))
        return NULL;
    struct xen_domctl *d = (struct xen_domctl *)v->domctls.data + v->pending;
    multicall_entry_t *e = (multicall_entry_t *)v->entries.data + v->pending;

    v->calls[v->pending++] = *c;
    d->cmd = cmd;
    d->interface_version = v->xen.domctl;
    d->domain = (domid_t)v->now.domains[c->domain].domid;
    e->op = __HYPERVISOR_domctl;
    e->args[0] = (uintptr_t)d;
    e->result = (xen_ulong_t)-EINVAL;
    return d;
}

static int ask_vcpus(struct vcpus *v, size_t domain)
{
    struct known_domain *k = &v->now.domains[domain];

    k->known = true;
    for (uint32_t i = 0; i < k->vcpus; i++) {
        struct call call = {.domain = domain, .vcpu = i};
        struct xen_domctl *d = call_add(v, &call, XEN_DOMCTL_getvcpuinfo);
        if (!d)
            return -1;
        d->u.getvcpuinfo.vcpu = i;
    }
    return 0;
}

static int ask_weight(struct vcpus *v, size_t domain, uint32_t scheduler)
{
    struct call call = {.domain = domain, .weight = true};
    struct xen_domctl *d = call_add(v, &call, XEN_DOMCTL_scheduler_op);

    if (!d)
        return -1;
    d->u.scheduler_op.sched_id = scheduler;
    d->u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    return 0;
}

/* Issue what is pending, and ask the other scheduler for what the first did not know. */
static int ask_rest(struct vcpus *v)
{
    if (calls_issue(v))
        return -1;
    for (size_t i = 0; i < v->now.domain_count; i++) {
        uint32_t not_by = v->now.domains[i].not_by;
        bool credit = not_by == XEN_SCHEDULER_CREDIT;
        if (not_by && ask_weight(v, i, credit ? XEN_SCHEDULER_CREDIT2 : XEN_SCHEDULER_CREDIT))
            return -1;
    }
    return calls_issue(v);
}

/* ---- what is known ---- */

static bool stands_still(const struct domain *d, const struct known_domain *was)
{
    unsigned resting = DOMAIN_BLOCKED | DOMAIN_PAUSED | DOMAIN_SHUTDOWN | DOMAIN_CRASHED;

    return was->known && was->cpu_ns == d->cpu_ns && was->online == d->vcpus_online &&
           was->vcpus == d->vcpus_max && d->state & resting;
}

/* Where the domain stood at the last sample, or NULL; at moves along. Both are in domid order. */
static const struct known_domain *find_before(const struct table *t, size_t *at,
                                              const struct domain *d)
{
    while (*at < t->domain_count && t->domains[*at].domid < d->domid)
        (*at)++;
    const struct known_domain *was = *at < t->domain_count ? &t->domains[*at] : NULL;
    bool same = was && was->domid == d->domid && !memcmp(&was->uuid, &d->uuid, sizeof(was->uuid)) &&
                was->cpu_ns <= d->cpu_ns;
    return same ? was : NULL;
}

static int ask(struct vcpus *v, const struct snapshot *s)
{
    struct table *now = &v->now, *before = &v->before;
    size_t at = 0, slice = s->domain_count / REFRESH + 1;

    array_reserve(&now->domains, &now->domain_cap, s->domain_count, sizeof(*now->domains));
    now->domain_count = now->vcpu_count = 0;
    if (v->turn >= s->domain_count)
        v->turn = 0;
    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = &s->domains[i];
        const struct known_domain *was = find_before(before, &at, d);
        size_t count = (size_t)MIN(d->vcpus_max, (uint64_t)VCPUS_MOST);
        struct known_domain *k = &now->domains[now->domain_count++];

        *k = was ? *was : (struct known_domain){.weight = UNKNOWN, .cap = UNKNOWN, .wait = NAN};
        *k = (struct known_domain){.domid = d->domid,
                                   .uuid = d->uuid,
                                   .cpu_ns = d->cpu_ns,
                                   .online = d->vcpus_online,
                                   .vcpus = count,
                                   .cpupool = d->cpupool,
                                   .first = now->vcpu_count,
                                   .weight = k->weight,
                                   .cap = k->cap,
                                   .wait_ns = UNKNOWN,
                                   .wait = k->wait};
        array_reserve(&now->vcpus, &now->vcpu_cap, now->vcpu_count + count, sizeof(*now->vcpus));
        now->vcpu_count += count;
        if (was && stands_still(d, was)) {
            k->known = true;
            k->wait_ns = was->wait_ns;
            if (count)
                memcpy(now->vcpus + k->first, before->vcpus + was->first,
                       count * sizeof(*now->vcpus));
        } else {
            if (ask_vcpus(v, i))
                return -1;
            if (v->runstate)
                k->wait_ns = runstate_wait_ns(v->runstate, v->xen.xc, (uint32_t)d->domid);
        }
        if ((!was || (i >= v->turn && i < v->turn + slice)) &&
            ask_weight(v, i, *pool_scheduler(v, k)))
            return -1;
    }
    v->turn += slice;
    return ask_rest(v);
}

static void fill(struct vcpus *v, struct snapshot *s)
{
    for (size_t i = 0; i < s->domain_count; i++) {
        struct known_domain *k = &v->now.domains[i];
        struct domain *d = &s->domains[i];
        double waiting = d->state & DOMAIN_PAUSED || !k->online
                             ? 0
                             : (double)k->ready / (double)k->online;

        if (k->known) {
            k->wait = isnan(k->wait) ? waiting : k->wait + (waiting - k->wait) / WAIT_LOOKS;
            d->wait_est = k->wait < 1e-4 ? 0 : MIN(k->wait, 1.0);
        } else {
            k->wait = NAN;
        }
        d->wait_ns = k->wait_ns;
        d->weight = k->weight;
        d->cap = k->cap;
        for (uint32_t n = 0; n < k->vcpus; n++) {
            const struct known_vcpu *from = &v->now.vcpus[k->first + n];
            struct vcpu *row = snapshot_add_vcpu(s, k->domid, n);
            if (from->cpu_ns == UNKNOWN)
                continue;
            row->online = from->online;
            row->cpu_ns = from->cpu_ns;
            row->pcpu = from->pcpu;
        }
    }
}

static int vcpus_collect(void *state, struct snapshot *s, unsigned want,
                         char message[COLLECTOR_MESSAGE])
{
    struct vcpus *v = state;
    struct table spare = v->before;

    (void)want;
    snapshot_seal(s);
    v->before = v->now;
    v->now = spare;
    v->pending = 0;
    v->vcpu_refused = 0;
    s->read_ns[ENTITY_VCPU] = clock_mono_ns();
    if (ask(v, s)) {
        int err = xen_handle_failed(&v->xen, "reading vcpu times", message);
        v->now.domain_count = 0;
        return err;
    }
    fill(v, s);
    s->have |= PART(ENTITY_VCPU);
    errno = v->vcpu_refused;
    if (errno)
        return xen_handle_failed(&v->xen, "reading vcpu times", message);
    errno = v->weight_refused;
    return errno ? xen_handle_failed(&v->xen, "reading weights", message) : 0;
}

const struct collector collector_vcpus = {
    .name = "vcpus",
    .about = "vcpu times, weights and caps, in one multicall (libxencall)",
    .fills = "domain: wait_est wait_ns weight cap; vcpu: id online cpu_ns pcpu",
    .parts = PART(ENTITY_VCPU),
    .open = vcpus_open,
    .collect = vcpus_collect,
    .close = vcpus_close,
};
