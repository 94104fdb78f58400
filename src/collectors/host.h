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

/* dom0's memory and swap, in bytes. */
struct meminfo {
    uint64_t total, free, cache; /* cache is of files, as libstatgrab has it */
    uint64_t swap, swap_used;
};

/* From /proc/meminfo; false when it does not have all of them. Source: proc_meminfo(5). */
bool meminfo_parse(const char *text, struct meminfo *out);

#endif
