/*
 * hypercall: a handle to the hypervisor that keeps quiet, for the collectors that ask it.
 *
 * Through libxenctrl, and for what is asked in every sample through libxencall with buffers of our
 * own: libxenctrl maps, copies and unmaps a buffer for each call, which costs several times what
 * Xen itself takes to answer.
 *
 * Each sysctl and domctl carries the interface version of the headers, and Xen answers EACCES to
 * any but its own; so does its security policy (FLASK) to what it forbids. xen_handle_failed()
 * tells them apart. Releases count up one version and not the other: sysctls of 4.17 are understood
 * by 4.18 to 4.20, its domctls are not. What is asked here by domctl looks the same in them all:
 * xen_domctl_find().
 */
#ifndef DOMTOP_HYPERCALL_H
#define DOMTOP_HYPERCALL_H

#include <xencall.h>
#include <xenctrl.h>
#include <xentoollog.h>

#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/xen.h>

#include "collector.h"

struct xen_handle {
    xc_interface *xc;
    xencall_handle *call;
    struct xen_sysctl *sysctl; /* scratch of xen_sysctl(), in memory that Xen can reach */
    xentoollog_logger logger;  /* says nothing; lives as long as xc */
    uint32_t domctl;           /* interface version for domctls, of xen_domctl_find(); 0 before */
};

/* Memory that Xen can reach while a call is under way; grows, contents are not kept. */
struct xen_buffer {
    void *data;
    size_t pages;
};

/* 0, or -errno with a sentence in message. The handle must not move while it is open. */
int xen_handle_open(struct xen_handle *x, char message[COLLECTOR_MESSAGE]);
void xen_handle_close(struct xen_handle *x);

/* After a call that set errno: "WHAT: why" in message, and -errno. */
int xen_handle_failed(struct xen_handle *x, const char *what, char message[COLLECTOR_MESSAGE]);

/*
 * Find x->domctl: that of the headers, or another under which XEN_DOMCTL_getvcpuinfo and
 * scheduler_op are the same. 0, or -errno with a sentence in message.
 */
int xen_domctl_find(struct xen_handle *x, char message[COLLECTOR_MESSAGE]);

/* Make room for so many bytes; false when there is no such memory. */
bool xen_buffer_reserve(struct xen_handle *x, struct xen_buffer *b, size_t bytes);
void xen_buffer_release(struct xen_handle *x, struct xen_buffer *b);

/* Issue x->sysctl, whose u the caller filled, as this command. 0, or -1 with errno set. */
int xen_sysctl(struct xen_handle *x, uint32_t cmd);

#endif
