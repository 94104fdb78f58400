/*
 * hypercall: see hypercall.h. Two handles, libxenctrl's and libxencall's, and memory for calls.
 */
#include "hypercall.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"

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

int xen_handle_failed(const char *what, char message[COLLECTOR_MESSAGE])
{
    int err = errno ? errno : EIO;

    snprintf(message, COLLECTOR_MESSAGE, "%s: %s", what,
             err == EACCES ? "this Xen speaks another interface version than domtop was built for"
                           : strerror(err));
    return -err;
}

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
