/*
 * store_reader: keeps what xenstore says of each domain at hand, in a thread of its own.
 *
 * A xenstored may be slow, stopped or gone, and libxenstore waits for it without limit: so nothing
 * is asked by the thread that samples. It says which domains there are, takes what is known of
 * them, and learns how xenstored fares. What was read is kept until a watch says that it changed;
 * after a connection broke it is kept until xenstored says otherwise.
 */
#ifndef DOMTOP_STORE_READER_H
#define DOMTOP_STORE_READER_H

#include "collector.h"

/* Nodes of a device's description, by the place in store_device.values. */
enum { VIF_MAC, VIF_BRIDGE, VIF_SCRIPT, VIF_NAME };
enum { VBD_DEV, VBD_TYPE, VBD_PARAMS, VBD_MODE };
#define STORE_NODES 4

struct store_device {
    uint64_t id;
    char *values[STORE_NODES]; /* sanitised; NULL where there is none */
};

enum { STORE_VIF, STORE_VBD, STORE_KINDS };

struct store_devices {
    struct store_device *at;
    size_t count;
};

/* What is known of one domain. The reader's, but for agreed_ns. */
struct store_entry {
    uint64_t domid;
    struct uuid uuid;  /* by which a reused domid is told */
    char *name;        /* sanitised; NULL when unknown */
    struct uuid vm;    /* uuid by xenstore, read where Xen has none; all zero when unknown */
    uint64_t start_ns; /* when it was built here, since 1970 */
    uint64_t target_bytes, video_bytes;         /* of memory: its target, and what it has besides */
    uint64_t guest_mem_bytes, guest_free_bytes; /* the guest's word */
    struct store_devices devices[STORE_KINDS];
    uint64_t agreed_ns; /* the taker's: when current and target memory agreed last; 0 is never */

    /* The reader's own. */
    unsigned dirty, watched, unasked; /* bits of parts; initial events still to come */
    uint64_t seen_ns, agent_due_ns;
    bool kept; /* from before a connection broke: absence does not count yet */
};

struct store_reader;

/* 0 or -errno with a sentence. Does not wait for xenstored. */
int store_reader_open(struct store_reader **r, char message[COLLECTOR_MESSAGE]);

/* Ends the thread; one that libxenstore holds up is left behind with its memory. */
void store_reader_close(struct store_reader *r);

/* The domains there are, in order of domid. Waits a little for the names of new ones, at first
 * longer, unless xenstored does not answer. */
void store_reader_want(struct store_reader *r, const struct snapshot *s);

/* What is known, in order of domid; until unlock nobody changes it. */
struct store_entry *const *store_reader_lock(struct store_reader *r, size_t *count);
void store_reader_unlock(struct store_reader *r);

/* 0, or -errno and a sentence: xenstored cannot be reached or does not answer. */
int store_reader_status(struct store_reader *r, char message[COLLECTOR_MESSAGE]);

#endif
