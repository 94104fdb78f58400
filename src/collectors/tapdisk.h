/*
 * tapdisk: the statistics a tapdisk3 keeps in shared memory for one vbd.
 *
 * The folder is open to others, so only regular files of root are read, links are not followed, and
 * what is in them is parsed as bytes of a stranger.
 */
#ifndef DOMTOP_TAPDISK_H
#define DOMTOP_TAPDISK_H

#include "blkstat.h"

struct tapdisk {
    int fd; /* of the record; -1 when there is none */
    struct tapstat now;
    uint64_t rd_lat, wr_lat; /* mean time of a request, UNKNOWN before there was one */
    bool known;
};

/* Look for the record of a vbd; t->fd is -1 at first. What was open stays while it is the same. */
void tapdisk_find(struct tapdisk *t, uint64_t domid, uint64_t id);
bool tapdisk_read(struct tapdisk *t);
void tapdisk_close(struct tapdisk *t);

#endif
