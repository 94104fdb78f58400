/*
 * qmp_parse: what a device model says of its guest's disks, from its bytes. Pure.
 *
 * A device model may have been taken over by its guest: its words are a stranger's, and nothing of
 * them but numbers is kept.
 */
#ifndef DOMTOP_QMP_PARSE_H
#define DOMTOP_QMP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One disk. UNKNOWN where it says nothing, or no number. */
struct qmp_disk {
    uint64_t id; /* virtual device number: 51712 is xvda */
    uint64_t rd_reqs, wr_reqs, rd_bytes, wr_bytes;
    uint64_t rd_ns, wr_ns; /* time of all requests together */
};

/* What a line of QMP is: qemu/docs/interop/qmp-spec. */
enum qmp_line { QMP_BAD, QMP_GREETING, QMP_EVENT, QMP_ERROR, QMP_RETURN };

#define QMP_DISKS 256 /* of one guest; what is beyond is not looked at */

/*
 * The kind of a line; of one that returns a list (query-blockstats, qemu/qapi/block-core.json), the
 * disks that are vbds. Such a disk's node is named after the guest's device, "xvda-qcow2":
 * qemu/hw/block/xen-block.c.
 */
enum qmp_line qmp_parse(const char *line, size_t len, struct qmp_disk disks[QMP_DISKS],
                        size_t *count);

/* The number of a device by the name that the toolstack gave it, all that libxl takes: "xvda",
 * "sda1", "d0p1", 51712, 0xca00; false for what is none. Sources: xen/docs/man/xen-vbd-interface.7,
 * libxl__device_disk_dev_number() in xen/tools/libs/light/libxl_device.c. */
bool vdev_parse(const char *name, size_t len, uint64_t *id);

#endif
