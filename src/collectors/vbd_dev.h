/*
 * vbd_dev: one vbd of dom0's, and reading its counters: blkback's are five files in sysfs, kept
 * open. They are left alone while the account of the device behind says that nothing can have
 * moved.
 *
 * A guest that connects its disk anew leaves the files as they are, without a word of the kernel's:
 * only their numbers begin at 0. rate.h says what is made of that.
 */
#ifndef DOMTOP_VBD_DEV_H
#define DOMTOP_VBD_DEV_H

#include "back.h"
#include "blkstat.h"
#include "tapdisk.h"

#define VBD_BUS "/sys/bus/xen-backend/devices"

enum counter { OO, RD, WR, RD_SECT, WR_SECT, COUNTERS };

struct dev {
    struct backend_name name;
    uint64_t backend;
    int fds[COUNTERS];
    uint64_t counters[COUNTERS];
    bool open, known, starved; /* starved: no descriptor was left for it */
    uint64_t reqs;             /* reads and writes, as last read; UNKNOWN before */
    unsigned retry_in, tries;
    struct back *back;
    struct tapdisk tap;
    bool used;
};

/* It was found again among the devices, and may be another of the same name: what is known of it
 * holds only if it is read again. */
void dev_again(struct dev *d);

/* Read a blkback's counters, or find that none can have moved; check: read them all the same. */
void dev_read(struct dev *d, struct backs *backs, bool check);

void dev_free(struct dev *d);

#endif
