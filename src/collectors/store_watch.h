/*
 * store_watch: what xenstore is asked to tell by itself, and what it then tells.
 *
 * Watched are each domain's name and memory target, which no guest can write, and for all domains
 * the toolstack's device tree; where the toolstack has none (xapi), dom0's backend tree, which no
 * guest can write either. Nothing that a guest writes is watched: a guest that floods its nodes
 * wakes nobody here.
 */
#ifndef DOMTOP_STORE_WATCH_H
#define DOMTOP_STORE_WATCH_H

#include "store_read.h"

/* What changed: parts of a domain's entry; none when it was nothing that is kept. */
struct store_event {
    uint64_t domid;
    unsigned parts;
};

/* From the path that changed and the token of the watch. Pure. */
struct store_event store_event_parse(const char *path, const char *token);

/* The next event there is; false when there is none, or the connection broke. Does not wait. */
bool store_event_next(struct store_access *a, struct store_event *out);

/* Watch these parts of an entry that have watches of their own, unless they are watched. */
void store_watch_entry(struct store_access *a, struct store_entry *e, unsigned parts);
void store_unwatch_entry(struct store_access *a, const struct store_entry *e);

/* Watch the devices of all domains. */
void store_watch_devices(struct store_access *a);

#endif
