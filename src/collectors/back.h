/*
 * back: the block devices of dom0 that vbds lie on, and how busy they are, by the kernel's account.
 *
 * Not every device has one: it can be turned off, and a driver that takes bios may keep none. All
 * of it stays 0 then, which is no fact about the device.
 *
 * One device's account is a file in sysfs, kept open. Those of all devices are one file, at a
 * quarter to half of the cost for each, so where vbds lie on most of them that is read instead.
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
    bool of_all;    /* from the file of all devices, which has other spaces */
    bool read;      /* in this sample */
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
    struct back **at; /* by their numbers */
    size_t count, cap;
    /* Private: the file of all devices, and whose each of its lines was when it was last read. */
    struct backs_line *lines;
    size_t line_count, line_cap;
    char *text;
    size_t text_cap;
    int fd;
    bool opened;
    bool changed; /* devices came or went since */
};

/* The device with these numbers; added, and its files opened, when it is new. */
struct back *backs_find(struct backs *b, unsigned major, unsigned minor);

/* Close and drop those with `used` not set. */
void backs_forget_unused(struct backs *b);
void backs_release(struct backs *b);

/* The account of each now: known, moved, stat and the latencies. */
void backs_read(struct backs *b);

/* After backs_read(): a vbd on it had so many requests at the sample before (its first: as now),
 * and has so many now. */
void back_asked(struct back *b, uint64_t before, uint64_t now);

/* Whether its queue, busy time and latencies are what the account says. */
bool back_told(const struct back *b);

#endif
