/*
 * back: the block devices of dom0 that vbds lie on, and how busy they are, by the kernel's account.
 *
 * Not every device has one: it can be turned off, and a driver that takes bios may keep none. All
 * of it stays 0 then, which is no fact about the device.
 */
#ifndef DOMTOP_BACK_H
#define DOMTOP_BACK_H

#include "blkstat.h"

struct back {
    unsigned major, minor;
    int fd;
    char *name; /* sanitised */
    size_t users, len;
    char text[256]; /* its account, as last read */
    struct blkstat stat;
    uint64_t rd_lat, wr_lat;
    bool known, moved; /* moved: since the last sample, or it cannot be told */
    bool honest;       /* the kernel counts every request of it */
    bool off;          /* the kernel was told to count none (queue/iostats) */
    bool liar;         /* counters moved and its account did not */
    bool still, asked; /* its account stood still; all the same it was asked for something */
    bool silent;       /* what its account says is not so: nothing is counted */
    bool used;
};

struct backs {
    struct back **at;
    size_t count, cap;
};

/* The device with these numbers; added, and its files opened, when it is new. */
struct back *backs_find(struct backs *b, unsigned major, unsigned minor);

/* Close and drop those with `used` not set. */
void backs_forget_unused(struct backs *b);
void backs_release(struct backs *b);

/* Its account now: known, moved, stat and the latencies. */
void back_read(struct back *b);

/* After back_read(): a vbd on it had so many requests at the sample before (its first: as now), and
 * has so many now. */
void back_asked(struct back *b, uint64_t before, uint64_t now);

/* Whether its queue, busy time and latencies are what the account says. */
bool back_told(const struct back *b);

#endif
