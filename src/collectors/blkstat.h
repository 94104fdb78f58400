/*
 * blkstat: what the kernel and tapdisks say of disks, from their bytes. Pure: bytes in, values out.
 */
#ifndef DOMTOP_BLKSTAT_H
#define DOMTOP_BLKSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal number and at most a newline after it; UNKNOWN for anything else. */
uint64_t counter_parse(const char *text, size_t len);

/* "3:a" in hexadecimal and a newline: a vbd's physical_device in sysfs, major and minor.
 * Source: drivers/block/xen-blkback/xenbus.c. */
bool physical_device_parse(const char *text, size_t len, unsigned *major, unsigned *minor);

/* A block device's own account: Documentation/block/stat.rst. Times are in nanoseconds. */
struct blkstat {
    uint64_t rd_reqs, rd_ns, wr_reqs, wr_ns;
    uint64_t in_flight, busy_ns;
};

/* The first eleven numbers of a `stat` file; false when they are not there. */
bool blkstat_parse(const char *text, size_t len, struct blkstat *out);

/* One device's line of /proc/diskstats: text is what its `stat` file says too.
 * Source: Documentation/admin-guide/iostats.rst. */
struct diskstats_line {
    unsigned major, minor;
    const char *text;
    size_t len;
};

/* The next line at *at, which moves behind it; what is none is passed over. False at the end. */
bool diskstats_next(const char **at, const char *end, struct diskstats_line *line);

/* Mean time of a request between two looks; `last` when there was none or a counter fell. */
uint64_t blkstat_latency(uint64_t reqs_before, uint64_t ns_before, uint64_t reqs, uint64_t ns,
                         uint64_t last);

/* tapdisk3's record in shared memory: struct vbd3_stats in xen/tools/libs/stat/xenstat_priv.h. */
struct tapstat {
    uint64_t oo_reqs, rd_reqs, wr_reqs, rd_bytes, wr_bytes;
    uint64_t rd_done, rd_ns, wr_done, wr_ns;
};

#define TAPSTAT_BYTES 96

/* False for a record that is too short or of another version. */
bool tapstat_parse(const void *bytes, size_t len, struct tapstat *out);

/* "vbd-5-51712": a device on the xen-backend bus; kind is what stands before the numbers. */
struct backend_name {
    char kind[16];
    uint64_t domid, id;
};

bool backend_name_parse(const char *text, struct backend_name *out);

#endif
