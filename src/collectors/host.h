/*
 * host: the pure part of the collector of the same name.
 */
#ifndef DOMTOP_HOST_H
#define DOMTOP_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* Time in interrupts, and stolen, in clock ticks, from the first line of /proc/stat; false when it
 * does not have both (kernels before 2.6.11). Source: proc_stat(5). */
bool proc_stat_rest(const char *text, uint64_t *interrupts, uint64_t *steal);

#endif
