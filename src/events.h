/*
 * events: what happened between one sample and the next: domains that came, went, changed their
 * state, name, memory or devices, and collectors that failed or recovered.
 *
 * Pure: two snapshots in, events out, kept in a ring that forgets the oldest. It knows no screen
 * and no file; texts in it are of the snapshots, which are sanitised.
 *
 * Identity is the uuid. A new domid for a known uuid is
 * - a migration, where two domains have that uuid for a while, the toolstack's names say so
 *   ("--incoming", "--migratedaway"), or the old one was on another host;
 * - a restore, where the old one was last seen suspended, however long ago;
 * - a reboot otherwise. Xen counts a restored domain's cpu time from zero too, so that one whose
 * end fell between two samples may have been any of these, which the event's detail says; so it
 * does of one that is gone without a shutdown that was seen. What changed while the domains, or the
 * vifs, or the vbds, could not be read is told at the first sample that has them again.
 */
#ifndef DOMTOP_EVENTS_H
#define DOMTOP_EVENTS_H

#include "snapshot.h"

enum event_kind {
    EVENT_CREATED,  /* there, but not let run yet */
    EVENT_STARTED,  /* runs for the first time */
    EVENT_REBOOTED, /* the same uuid under a new domid */
    EVENT_PAUSED,
    EVENT_UNPAUSED,
    EVENT_CRASHED,
    EVENT_SHUT_DOWN,
    EVENT_DESTROYED, /* gone without having been seen to shut down */
    EVENT_MIGRATED_IN,
    EVENT_MIGRATED_OUT,
    EVENT_BALLOONED, /* the toolstack asks for another size */
    EVENT_RENAMED,
    EVENT_SUSPENDED, /* stopped to be saved, or for the last leg of a migration */
    EVENT_RESUMED,   /* goes on where it was suspended, as the same domain */
    EVENT_RESTORED,  /* goes on as another domain */
    EVENT_DEVICE_ADDED,
    EVENT_DEVICE_REMOVED,
    EVENT_COLLECTOR_FAILED,
    EVENT_COLLECTOR_RECOVERED,
    /* Of a recorder, in its journal; never by events_compare(). */
    EVENT_RECORDING_STARTED,
    EVENT_RECORDING_STOPPED,
    EVENT_GAP,        /* nothing was recorded for a while, and why */
    EVENT_STORE_BAD,  /* a file was damaged and set aside, or could not be written */
    EVENT_STORE_OKAY, /* what could not be written can be again */
    EVENT_REMOVED,    /* what was recorded of a domain, or was set aside, went to keep to a limit */
    EVENT_KINDS
};

/* How much it deserves attention. */
enum event_weight { EVENT_USUAL, EVENT_NOTABLE, EVENT_BAD };

#define EVENT_NAME   64
#define EVENT_DETAIL 112

struct event {
    uint64_t wall_ns; /* of the sample that showed it */
    uint64_t seq;
    enum event_kind kind;
    struct uuid uuid;          /* all zero for dom0 and for collectors */
    uint64_t domid;            /* UNKNOWN for collectors */
    char name[EVENT_NAME];     /* of the domain or collector; cut at a character's border */
    char detail[EVENT_DETAIL]; /* "4.0G to 2.0G", "web-1 to web-2"; may be empty */
};

struct events {
    /* Private, but for tests. */
    struct event *ring;
    size_t cap, first, count;
    uint64_t added; /* all that ever were */
    bool final;     /* what was added is not changed any more: it has been passed on */
    bool apart; /* what is compared is long apart: that ends were not seen goes without saying */
    /* The last sample that had domains, vifs, vbds, while they cannot be read. */
    struct events_kept {
        struct snapshot s;
        bool there;
    } kept[3];
};

#define EVENTS_OF_SAMPLE 4096 /* are kept by who takes them after each */

/* Keep at most cap events. Memory is taken as they come. Changes of memory that follow each other
 * are one event, which grows; but where `final` is set, as by who writes them down. */
void events_init(struct events *e, size_t cap);
void events_release(struct events *e);

/* Add what happened from prev to cur, both sealed. prev may be empty (seq 0): nothing is known to
 * have happened. Returns how many were added. */
size_t events_compare(struct events *e, const struct snapshot *prev, const struct snapshot *cur);

size_t events_count(const struct events *e);
/* The newest is 0. */
const struct event *events_get(const struct events *e, size_t age);

const char *event_word(enum event_kind kind); /* "shut down" */
enum event_weight event_weight(enum event_kind kind);

#endif
