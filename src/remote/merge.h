/*
 * merge: snapshots of several hosts as one, or of one host that is far away.
 *
 * In a merged snapshot a domain has its host's name, the time its host read it, and a domid with
 * the number of the host (its place in the list) above DOMID_BITS, so that dom0s and equal domids
 * of several hosts stay apart. Pcpus are numbered on. The host record is the sum of the hosts that
 * answer. Of a host that does not answer the domains stay, with who they are and nothing of how
 * they are. Each host has a report: that it answers, or why not.
 */
#ifndef DOMTOP_REMOTE_MERGE_H
#define DOMTOP_REMOTE_MERGE_H

#include "../snapshot.h"

#define MERGE_HOSTS_MOST 64
#define MERGE_TEXT       160

struct merge_host {
    const char *name;              /* for the host column: its own name, else where it is */
    const char *where;             /* "https://a:9603": for people */
    const struct snapshot *newest; /* sealed; NULL: nothing came yet */
    bool live;                     /* newest is news; otherwise it is what was last known */
    int error;                     /* why it is not: 0 or -errno */
    char problem[MERGE_TEXT];      /* the same in words; "": none */
    uint64_t elapsed_ns;           /* of getting it; UNKNOWN */
    uint64_t shift_ns;             /* from its monotonic clock to ours, by wrapping addition */
    uint64_t pcpu_base, pcpu_room; /* private: its pcpus' numbers; all zero at first */
};

/* Several hosts: fill out, which is reset and sealed. seq, mono_ns and wall_ns are the caller's to
 * set before (reset keeps none of them, so they are given here). */
void merge_hosts(struct snapshot *out, struct merge_host *hosts, size_t count, uint64_t seq,
                 uint64_t mono_ns, uint64_t wall_ns);

/* One host: as it is, on our clock, with a report more. */
void merge_one(struct snapshot *out, const struct merge_host *host, uint64_t seq, uint64_t mono_ns,
               uint64_t wall_ns);

#endif
