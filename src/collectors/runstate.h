/*
 * runstate: how long a domain has waited to be run, where Xen tells: XCP-ng's and XenServer's do,
 * through a call of their libxenctrl that no other has. It is looked for when the program runs.
 */
#ifndef DOMTOP_RUNSTATE_H
#define DOMTOP_RUNSTATE_H

#include <stdint.h>

struct xc_interface_core;

/* What the call gives: xc_runstate_info_t of xenserver/xen.pg, xen-domctl runstate patch. */
struct runstate_info {
    uint32_t state, missed_changes;
    uint64_t entered_ns;
    /* Time in which all its vcpus ran, all waited, some ran and some waited, all were blocked, some
     * ran and some were blocked, some waited and some were blocked. */
    uint64_t ns[6];
};

typedef int runstate_call(struct xc_interface_core *xc, uint32_t domid, void *info);

/* The call, or NULL. */
runstate_call *runstate_find(void);

/* Time in which one or more of its vcpus waited; UNKNOWN with errno set when the call fails. */
uint64_t runstate_wait_ns(runstate_call *call, struct xc_interface_core *xc, uint32_t domid);

#endif
