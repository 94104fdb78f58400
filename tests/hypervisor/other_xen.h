/*
 * other_xen: as if domtop had been built with the headers of another Xen, whose calls this one does
 * not understand. Included before all else: see the Makefile.
 */
#ifndef DOMTOP_TESTS_OTHER_XEN_H
#define DOMTOP_TESTS_OTHER_XEN_H

#include <xenctrl.h>

#include <xen/domctl.h>
#include <xen/sysctl.h>

#undef XEN_SYSCTL_INTERFACE_VERSION
#undef XEN_DOMCTL_INTERFACE_VERSION
#define XEN_SYSCTL_INTERFACE_VERSION 0xff
#define XEN_DOMCTL_INTERFACE_VERSION 0xff

#endif
