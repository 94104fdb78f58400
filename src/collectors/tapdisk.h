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

/* Whether its record is open and still the one to read. */
bool tapdisk_there(const struct tapdisk *t);

/* Go through all records once, and open those that wanted() gives a place for; t->fd is -1 at
 * first. What is open stays while it is there. */
void tapdisk_look(struct tapdisk *(*wanted)(void *ctx, uint64_t domid, uint64_t id), void *ctx);
bool tapdisk_read(struct tapdisk *t);
void tapdisk_close(struct tapdisk *t);

#endif
