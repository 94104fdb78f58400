/*
 * hypercall: see hypercall.h. Two handles, libxenctrl's and libxencall's, and memory for calls.
 */
#include "hypercall.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"

/*
 * Xen 4.11 to 4.22: getvcpuinfo, scheduler_op and what stands before them did not change
 * (xen/include/public/domctl.h). Headers of which this is not so need other versions here.
 */
#define DOMCTL_OLDEST 0x10
#define DOMCTL_NEWEST 0x18
_Static_assert(offsetof(struct xen_domctl, domain) == 8 && offsetof(struct xen_domctl, u) == 16 &&
                   sizeof(struct xen_domctl) == 144,
               "struct xen_domctl is another one");
_Static_assert(offsetof(struct xen_domctl_getvcpuinfo, running) == 6 &&
                   offsetof(struct xen_domctl_getvcpuinfo, cpu_time) == 8 &&
                   offsetof(struct xen_domctl_getvcpuinfo, cpu) == 16 &&
                   XEN_DOMCTL_getvcpuinfo == 14,
               "getvcpuinfo is another one");
_Static_assert(offsetof(struct xen_domctl_scheduler_op, u.credit.weight) == 8 &&
                   offsetof(struct xen_domctl_scheduler_op, u.credit.cap) == 10 &&
                   offsetof(struct xen_domctl_scheduler_op, u.credit2.weight) == 8 &&
                   offsetof(struct xen_domctl_scheduler_op, u.credit2.cap) == 10 &&
                   XEN_DOMCTL_scheduler_op == 16 && XEN_DOMCTL_SCHEDOP_getinfo == 1,
               "scheduler_op is another one");

#define VERSIONS_MOST 0x100 /* looked through for the one that Xen speaks */

static void log_nothing(struct xentoollog_logger *logger, xentoollog_level level, int errnoval,
                        const char *context, const char *format, va_list al)
{
    (void)logger, (void)level, (void)errnoval, (void)context, (void)format, (void)al;
}

static void log_free(struct xentoollog_logger *logger)
{
    (void)logger;
}

int xen_handle_open(struct xen_handle *x, char message[COLLECTOR_MESSAGE])
{
    /* Without a logger of its own the libraries write to standard error. */
    x->logger = (xentoollog_logger){.vmessage = log_nothing, .destroy = log_free};
    x->call = NULL;
    x->sysctl = NULL;
    x->domctl = 0;
    x->xc = xc_interface_open(&x->logger, &x->logger, 0);
    if (x->xc)
        x->call = xencall_open(&x->logger, 0);
    if (x->call)
        x->sysctl = xencall_alloc_buffer(x->call, sizeof(*x->sysctl));
    if (x->sysctl)
        return 0;
    int err = errno ? errno : EIO;
    xen_handle_close(x);
    snprintf(message, COLLECTOR_MESSAGE, "libxenctrl could not open the hypervisor: %s",
             strerror(err));
    return -err;
}

void xen_handle_close(struct xen_handle *x)
{
    if (x->sysctl)
        xencall_free_buffer(x->call, x->sysctl);
    if (x->call)
        xencall_close(x->call);
    if (x->xc)
        xc_interface_close(x->xc);
    x->sysctl = NULL;
    x->call = NULL;
    x->xc = NULL;
}

/* ---- versions ---- */

/* Whether Xen speaks a version: asked for what there is not, it answers EACCES to any other, and
 * something else to its own before any policy is asked. */
typedef bool speaks_version(struct xen_handle *x, void *memory, uint32_t version);

static bool speaks_sysctl(struct xen_handle *x, void *memory, uint32_t version)
{
    struct xen_sysctl *s = memory;

    *s = (struct xen_sysctl){.interface_version = version};
    return !xencall1(x->call, __HYPERVISOR_sysctl, (uint64_t)(uintptr_t)s) || errno != EACCES;
}

static bool speaks_domctl(struct xen_handle *x, void *memory, uint32_t version)
{
    struct xen_domctl *d = memory;

    *d = (struct xen_domctl){
        .cmd = XEN_DOMCTL_getvcpuinfo, .interface_version = version, .domain = DOMID_INVALID};
    return !xencall1(x->call, __HYPERVISOR_domctl, (uint64_t)(uintptr_t)d) || errno != EACCES;
}

/* "WHAT: which version Xen speaks, and which domtop does". */
static int say_versions(struct xen_handle *x, void *memory, speaks_version *speaks, uint32_t ours,
                        const char *what, char message[COLLECTOR_MESSAGE])
{
    uint32_t version = 1;

    while (version < VERSIONS_MOST && !speaks(x, memory, version))
        version++;
    if (version < VERSIONS_MOST)
        snprintf(message, COLLECTOR_MESSAGE,
                 "%s: Xen speaks interface version %#x, this domtop was built for %#x", what,
                 version, ours);
    else
        snprintf(message, COLLECTOR_MESSAGE,
                 "%s: Xen speaks another interface version than this domtop, built for %#x", what,
                 ours);
    return -EACCES;
}

int xen_domctl_find(struct xen_handle *x, char message[COLLECTOR_MESSAGE])
{
    const uint32_t ours = XEN_DOMCTL_INTERFACE_VERSION;
    void *memory = xencall_alloc_buffer(x->call, sizeof(struct xen_domctl));
    int err = 0;

    if (!memory)
        return xen_handle_failed(x, "memory for hypercalls", message);
    if (speaks_domctl(x, memory, ours))
        x->domctl = ours;
    for (uint32_t v = DOMCTL_NEWEST; !x->domctl && v >= DOMCTL_OLDEST; v--)
        if (speaks_domctl(x, memory, v))
            x->domctl = v;
    if (!x->domctl)
        err = say_versions(x, memory, speaks_domctl, ours, "asking Xen about vcpus", message);
    xencall_free_buffer(x->call, memory);
    return err;
}

int xen_handle_failed(struct xen_handle *x, const char *what, char message[COLLECTOR_MESSAGE])
{
    int err = errno ? errno : EIO;

    if (err == EACCES && !speaks_sysctl(x, x->sysctl, XEN_SYSCTL_INTERFACE_VERSION))
        return say_versions(x, x->sysctl, speaks_sysctl, XEN_SYSCTL_INTERFACE_VERSION, what,
                            message);
    snprintf(message, COLLECTOR_MESSAGE, "%s: %s", what,
             err == EACCES ? "Xen's security policy forbids it" : strerror(err));
    return -err;
}

/* ---- memory, calls ---- */

bool xen_buffer_reserve(struct xen_handle *x, struct xen_buffer *b, size_t bytes)
{
    size_t pages = (bytes + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE;

    if (pages <= b->pages)
        return true;
    pages = MAX(pages, b->pages * 2);
    xen_buffer_release(x, b);
    b->data = xencall_alloc_buffer_pages(x->call, pages);
    if (!b->data)
        return false;
    b->pages = pages;
    memset(b->data, 0, pages * XC_PAGE_SIZE);
    return true;
}

void xen_buffer_release(struct xen_handle *x, struct xen_buffer *b)
{
    if (b->data)
        xencall_free_buffer_pages(x->call, b->data, b->pages);
    *b = (struct xen_buffer){0};
}

int xen_sysctl(struct xen_handle *x, uint32_t cmd)
{
    x->sysctl->cmd = cmd;
    x->sysctl->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return xencall1(x->call, __HYPERVISOR_sysctl, (uint64_t)(uintptr_t)x->sysctl);
}
