/*
 * domains: the hypervisor's own list of domains, in two roles.
 *
 * As the fast engine's first collector it fills domains and the host's memory. Beside libxenstat it
 * completes what that leaves out: uuid, type, cpupool and more of each domain, the domains it hides
 * because xenstore has no name for them; it drops those that vanished since libxenstat listed them.
 * The list is paged by the last domid + 1, as Xen wants it, so that none is missed or repeated, and
 * asked for in one page that holds what the last sample had and some more.
 *
 * Facts: struct xen_domctl_getdomaininfo in xen/include/public/domctl.h, struct xen_sysctl_physinfo
 * in sysctl.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "collector.h"
#include "hypercall.h"

#define PAGE_LEAST 64     /* room for so many domains at first */
#define PAGE_SPARE 32     /* room for so many more than there were */
#define DOMIDS     0x8000 /* guests have less: xen/include/public/xen.h, DOMID_FIRST_RESERVED */

struct domains {
    struct xen_handle xen;
    struct xen_buffer page;
    xc_domaininfo_t *info; /* all domains, in order of domid */
    size_t count, info_cap;
    char version[64];
};

static int domains_open(void **state, char message[COLLECTOR_MESSAGE])
{
    struct domains *d = xcalloc(1, sizeof(*d));
    xen_extraversion_t extra = "";
    int err = xen_handle_open(&d->xen, message);

    if (!err) {
        int version = xc_version(d->xen.xc, XENVER_version, NULL);
        if (version >= 0 && xc_version(d->xen.xc, XENVER_extraversion, &extra) >= 0)
            snprintf(d->version, sizeof(d->version), "%d.%d%.*s", version >> 16, version & 0xffff,
                     (int)sizeof(extra) - 1, extra);
        /* Ask once: whoever opens this engine learns now whether Xen understands it. */
        if (xen_sysctl(&d->xen, XEN_SYSCTL_physinfo)) {
            err = xen_handle_failed(&d->xen, "asking Xen about the machine", message);
            xen_handle_close(&d->xen);
        }
    }
    if (err)
        free(d);
    else
        *state = d;
    return err;
}

static void domains_close(void *state)
{
    struct domains *d = state;

    xen_buffer_release(&d->xen, &d->page);
    xen_handle_close(&d->xen);
    free(d->info);
    free(d);
}

/* As the engine's: without vcpus libxenstat is tried instead. */
static int engine_open(void **state, char message[COLLECTOR_MESSAGE])
{
    int err = domains_open(state, message);

    if (err)
        return err;
    struct domains *d = *state;
    err = xen_domctl_find(&d->xen, message);
    if (err)
        domains_close(d);
    return err;
}

/* All domains Xen has into d->info; 0 or -1 with errno set. */
static int list_domains(struct domains *d)
{
    uint32_t page = (uint32_t)MAX(d->count + PAGE_SPARE, PAGE_LEAST), first = 0, got;

    if (!xen_buffer_reserve(&d->xen, &d->page, page * sizeof(xc_domaininfo_t)))
        return -1;
    d->count = 0;
    do {
        struct xen_sysctl_getdomaininfolist *list = &d->xen.sysctl->u.getdomaininfolist;
        memset(list, 0, sizeof(*list));
        list->first_domain = (domid_t)first;
        list->max_domains = page;
        set_xen_guest_handle_raw(list->buffer, (xc_domaininfo_t *)d->page.data);
        if (xen_sysctl(&d->xen, XEN_SYSCTL_getdomaininfolist))
            return -1;
        got = MIN(list->num_domains, page);
        array_reserve(&d->info, &d->info_cap, d->count + got, sizeof(*d->info));
        if (got)
            memcpy(d->info + d->count, d->page.data, got * sizeof(*d->info));
        d->count += got;
        if (got)
            first = d->info[d->count - 1].domain + 1u;
    } while (got == page && first < DOMIDS);
    return 0;
}

static uint64_t type_of(const xc_domaininfo_t *info)
{
    if (!(info->flags & XEN_DOMINF_hvm_guest))
        return DOMAIN_PV;
#if defined(__i386__) || defined(__x86_64__)
    /* A PVH guest has no emulated devices but its local APIC. */
    if (info->arch_config.emulation_flags & (XEN_X86_EMU_PM | XEN_X86_EMU_PIC | XEN_X86_EMU_VGA))
        return DOMAIN_HVM;
#endif
    return DOMAIN_PVH;
}

static uint32_t shutdown_code(uint32_t flags)
{
    return (flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
}

static uint64_t state_of(uint32_t flags)
{
    bool shutdown = flags & XEN_DOMINF_shutdown;
    bool crashed = shutdown && shutdown_code(flags) == SHUTDOWN_crash;

    return (flags & XEN_DOMINF_dying ? DOMAIN_DYING : 0) |
           (shutdown && !crashed ? DOMAIN_SHUTDOWN : 0) |
           (flags & XEN_DOMINF_blocked ? DOMAIN_BLOCKED : 0) | (crashed ? DOMAIN_CRASHED : 0) |
           (flags & XEN_DOMINF_paused ? DOMAIN_PAUSED : 0) |
           (flags & XEN_DOMINF_running ? DOMAIN_RUNNING : 0);
}

/* What libxenstat knows too. */
static void fill_basics(struct domain *d, const xc_domaininfo_t *info)
{
    uint64_t page = XC_PAGE_SIZE;

    d->state = state_of(info->flags);
    d->cpu_ns = info->cpu_time;
    d->vcpus_max = info->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID ? 0 : info->max_vcpu_id + 1;
    d->mem_bytes = info->tot_pages * page;
    if (info->max_pages < UINT32_MAX)
        d->mem_max_bytes = info->max_pages * page;
    d->ssid = info->ssidref;
}

static void fill_rest(struct domain *d, const xc_domaininfo_t *info)
{
    uint64_t page = XC_PAGE_SIZE;

    memcpy(d->uuid.bytes, info->handle, sizeof(d->uuid.bytes));
    d->type = type_of(info);
    d->cpupool = info->cpupool;
    d->vcpus_online = info->nr_online_vcpus;
    d->mem_shared_bytes = info->shr_pages * page;
    d->mem_paged_bytes = info->paged_pages * page;
    d->mem_claim_bytes = info->outstanding_pages * page;
    if (info->flags & XEN_DOMINF_shutdown)
        d->shutdown = shutdown_code(info->flags);
}

/*
 * Bring the sealed snapshot's domains in line with Xen's list; both are in order of domid. What is
 * not in Xen's list vanished since; what is only there is added.
 */
static void merge(struct snapshot *s, const xc_domaininfo_t *info, size_t count)
{
    size_t known = s->domain_count, kept = 0, row = 0, matched = 0;

    for (size_t i = 0; i < count; i++) {
        while (row < known && s->domains[row].domid < info[i].domain)
            row++;
        if (row < known && s->domains[row].domid == info[i].domain) {
            s->domains[kept] = s->domains[row++];
            fill_rest(&s->domains[kept++], &info[i]);
        }
    }
    s->domain_count = kept;
    for (size_t i = 0; i < count; i++) {
        if (matched < kept && s->domains[matched].domid == info[i].domain) {
            matched++;
            continue;
        }
        struct domain *d = snapshot_add_domain(s, info[i].domain);
        fill_basics(d, &info[i]);
        fill_rest(d, &info[i]);
    }
    snapshot_seal(s);
}

static int complete_collect(void *state, struct snapshot *s, unsigned want,
                            char message[COLLECTOR_MESSAGE])
{
    struct domains *d = state;
    uint64_t start = clock_mono_ns();

    (void)want;
    if (list_domains(d))
        return xen_handle_failed(&d->xen, "listing domains", message);
    if (!(s->have & PART(ENTITY_DOMAIN))) {
        s->have |= PART(ENTITY_DOMAIN);
        s->read_ns[ENTITY_DOMAIN] = start;
    }
    snapshot_seal(s);
    merge(s, d->info, d->count);
    return 0;
}

static int fill_host(struct domains *d, struct host *h)
{
    const struct xen_sysctl_physinfo *p = &d->xen.sysctl->u.physinfo;

    memset(&d->xen.sysctl->u.physinfo, 0, sizeof(d->xen.sysctl->u.physinfo));
    if (xen_sysctl(&d->xen, XEN_SYSCTL_physinfo))
        return -1;
    h->cpus = p->nr_cpus;
    h->cpu_hz = p->cpu_khz * UINT64_C(1000);
    h->mem_bytes = p->total_pages * XC_PAGE_SIZE;
    h->mem_free_bytes = p->free_pages * XC_PAGE_SIZE;
    return 0;
}

static int domains_collect(void *state, struct snapshot *s, unsigned want,
                           char message[COLLECTOR_MESSAGE])
{
    struct domains *d = state;

    (void)want;
    s->read_ns[ENTITY_DOMAIN] = clock_mono_ns();
    if (list_domains(d))
        return xen_handle_failed(&d->xen, "listing domains", message);
    for (size_t i = 0; i < d->count; i++) {
        struct domain *row = snapshot_add_domain(s, d->info[i].domain);
        fill_basics(row, &d->info[i]);
        fill_rest(row, &d->info[i]);
    }
    s->have |= PART(ENTITY_DOMAIN);
    if (d->version[0])
        s->host.xen_version = collector_str(s, d->version, strlen(d->version));
    if (fill_host(d, &s->host))
        return xen_handle_failed(&d->xen, "asking Xen about the machine", message);
    s->have |= PART(ENTITY_HOST);
    return 0;
}

const struct collector collector_hypercall = {
    .name = "hypercall",
    .about =
        "uuid, type and cpupool of each domain, and domains without a name, through libxencall",
    .fills = "domain: uuid domid type vcpus_online mem_shared mem_paged mem_claim shutdown "
             "cpupool",
    .parts = PART(ENTITY_DOMAIN),
    .open = domains_open,
    .collect = complete_collect,
    .close = domains_close,
};

const struct collector collector_domains = {
    .name = "domains",
    .about = "domains and the host's memory, by hypercall (libxencall)",
    .fills = "host: xen_version cpus cpu_hz mem_bytes mem_free; domain: uuid domid state "
             "cpu_ns vcpus mem_bytes mem_max ssid type vcpus_online mem_shared mem_paged "
             "mem_claim shutdown cpupool",
    .parts = PART(ENTITY_HOST) | PART(ENTITY_DOMAIN),
    .essential = true,
    .open = engine_open,
    .collect = domains_collect,
    .close = domains_close,
};
