/*
 * store_read: what is read of one domain in xenstore, through connections that may break:
 * libxenstore's for what is read when it changed, and one of its own for what is asked again and
 * again.
 *
 * Only where no guest can write, but for the memory its agent publishes, which are two nodes at
 * fixed places; a frontend directory, even its `backend` node, is the guest's to write and is never
 * followed (XSA-175).
 */
#ifndef DOMTOP_STORE_READ_H
#define DOMTOP_STORE_READ_H

#include <stdatomic.h>

#include "store_conn.h"
#include "store_reader.h"

/* Parts of an entry. */
enum { STORE_NAME = 1, STORE_TARGET = 2, STORE_DEVICES = 4, STORE_AGENT = 8 };

struct xs_handle;

struct store_access {
    struct xs_handle *xs;
    struct store_conn conn;
    bool lost;                   /* a connection broke */
    uint64_t answered_ns;        /* when conn last brought an answer */
    _Atomic uint64_t busy_since; /* when the request under way began; 0 when none is */
    atomic_bool stop;            /* an answer on conn is not waited for any more */
};

/* Mark a request as under way, or over; how long the one under way has been. */
void store_busy(struct store_access *a, bool busy);
uint64_t store_busy_for(struct store_access *a);

/* The value of a node, through conn and without an allocation: a's own until the next. NULL when
 * there is none, the connection broke or stop was set. */
const char *store_ask(struct store_access *a, const char *path);

struct store_entry *store_entry_new(uint64_t domid, const struct uuid *uuid);
void store_entry_free(struct store_entry *e);

/* Read parts into fresh, a shallow copy of an entry, whose old values are not freed. */
void store_read(struct store_access *a, struct store_entry *fresh, unsigned parts);

/* Move the parts read into the entry and free what they replace; or free them unused. */
void store_entry_take(struct store_entry *e, struct store_entry *fresh, unsigned parts);
void store_entry_drop(const struct store_entry *e, struct store_entry *fresh, unsigned parts);

/*
 * For how long what it has of memory and its target have not agreed, now; 0: they do. From the
 * first look on, as nobody knows what was before. The target of libxl's is without the video RAM
 * that a device model takes from the same memory: libxl__build_post() and libxl_set_memory_target()
 * in xen/tools/libs/light. UNKNOWN without a target.
 */
uint64_t store_balloon(struct store_entry *e, uint64_t mem_bytes, uint64_t now);

/* How long until a guest's agent is read again, when it said something and when it did not. mono
 * and wall: the time now, since boot and since 1970. */
uint64_t store_agent_pause(const struct store_entry *e, uint64_t mono, uint64_t wall);

/* Whether a node of this name is one of those read of a device. */
bool store_device_node(const char *name);

/* Seconds in decimal with at most nine decimals, as nanoseconds; UNKNOWN for anything else. NULL is
 * allowed. */
uint64_t store_parse_time(const char *text);

/* KiB in decimal and nothing else, as bytes; UNKNOWN for anything else. NULL is allowed. */
uint64_t store_parse_kib(const char *text);

#endif
