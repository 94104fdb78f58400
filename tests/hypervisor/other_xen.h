/*
 * other_xen: as if domtop had been built with the headers of another Xen: its calls have the
 * versions OTHER_SYSCTL and OTHER_DOMCTL. Included before all else: see the Makefile.
 */
#ifndef DOMTOP_TESTS_OTHER_XEN_H
#define DOMTOP_TESTS_OTHER_XEN_H

#include <xenctrl.h>

#include <xen/domctl.h>
#include <xen/sysctl.h>

#ifdef OTHER_SYSCTL
#undef XEN_SYSCTL_INTERFACE_VERSION
#define XEN_SYSCTL_INTERFACE_VERSION OTHER_SYSCTL
#endif
#ifdef OTHER_DOMCTL
#undef XEN_DOMCTL_INTERFACE_VERSION
#define XEN_DOMCTL_INTERFACE_VERSION OTHER_DOMCTL
#endif

#endif
