/*
 * host: the pure part of the collector of the same name.
 */
#ifndef DOMTOP_HOST_H
#define DOMTOP_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* dom0's cpu time over its vcpus, in clock ticks. */
struct cpu_ticks {
    uint64_t user, system; /* nice programs are in user, interrupts in system */
    uint64_t iowait, idle, steal;
};

/* From the first line of /proc/stat; false when it does not have all (kernels before 2.6.11).
 * Source: proc_stat(5). */
bool proc_stat_parse(const char *text, struct cpu_ticks *out);

#endif
