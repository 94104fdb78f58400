/*
 * procstat: what the process table says of the threads that serve guests. Pure: bytes in, values
 * out.
 */
#ifndef DOMTOP_PROCSTAT_H
#define DOMTOP_PROCSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For whom and as what a thread or process works. */
enum served_as { SERVES_NOBODY, SERVES_NET, SERVES_BLK, SERVES_DM, SERVES_TAP };

/*
 * A kernel thread's name, which kernels before 5.17 cut at THREAD_NAME bytes: netback's
 * "vif7.0-q1-guest-rx" and "vif7.0-q1-dealloc", with the vif's number in *id, blkback's "7.xvda-0"
 * and "blkback.7.xvda". What stands behind the domid is the toolstack's. Sources:
 * drivers/net/xen-netback/interface.c, xen-blkback/xenbus.c.
 */
#define THREAD_NAME 15
enum served_as thread_name_parse(const char *comm, uint64_t *domid, uint64_t *id);

/*
 * Netback names its threads after the interface as it is called when the guest connects, and the
 * toolstack may have given that any name by then ("vifname="). Whether this may be such a thread,
 * and whether it is that of the interface dev; of a cut name, the beginning of the queue must be
 * left.
 */
bool thread_name_any_vif(const char *comm);
bool thread_name_of_vif(const char *comm, const char *dev);

/*
 * A process's command line, arguments with a NUL after each: a device model of libxl's or of xapi's
 * ("qemu-system-i386", "qemu-dm-7", with "-xen-domid 7"). Its first bytes suffice.
 */
enum served_as command_line_parse(const char *bytes, size_t len, uint64_t *domid);

/* /proc/PID/stat: its name, user and system time in ticks, and when it started. */
struct procstat {
    char comm[64];
    uint64_t user, system, start;
    bool kernel; /* a kernel thread: a child of kthreadd */
};

bool procstat_parse(const char *text, size_t len, struct procstat *out);

/* /proc/PID/schedstat: nanoseconds on a cpu; UNKNOWN for anything else. */
uint64_t schedstat_parse(const char *text, size_t len);

#endif
