/*
 * store_ends: hearing from xenstored that a domain shut down or is gone, which it tells whoever
 * watches "@releaseDomain": the one thing that is watched over a connection of its own, so that
 * whatever comes is that. Never waits.
 */
#ifndef DOMTOP_STORE_ENDS_H
#define DOMTOP_STORE_ENDS_H

#include "store_conn.h"

struct store_ends {
    struct store_conn conn;
    uint64_t retry_ns; /* monotonic: not to be connected before */
};

void store_ends_init(struct store_ends *e);
void store_ends_release(struct store_ends *e);

/* What to poll for reading; connects where it is not connected, not more often than each ten
 * seconds. -1 while nobody answers. */
int store_ends_fd(struct store_ends *e);

/* When that is readable: whether a domain may have ended since it was asked last. Just connected,
 * too. */
bool store_ends_heard(struct store_ends *e);

#endif
