/*
 * collector: the contract of everything that reads facts from this host.
 *
 * A collector fills its part of a snapshot and knows nothing of what becomes of it. It is opened
 * once, collects each sample from one thread, and reopens by itself what it lost. It returns 0 or a
 * negative errno; what it could not read stays unknown and the rest stands. Collectors run in the
 * order of the registry: a later one may complete rows of an earlier one, through snapshot_domain()
 * after snapshot_seal().
 *
 * Every string that came from a guest or a toolstack passes collector_str(), once, here.
 */
#ifndef DOMTOP_COLLECTOR_H
#define DOMTOP_COLLECTOR_H

#include "snapshot.h"

#define COLLECTOR_MESSAGE 160

struct collector {
    const char *name;  /* "xenstat": in reports and metrics */
    const char *about; /* what it reads and through what, for the sources panel */
    const char *fills; /* the metrics it gives: as in struct provider */
    unsigned parts;    /* PART bits it fills; not called when none of them is wanted */
    bool essential;    /* without it there is nothing to show */

    /*
     * Open: 0 with *state set, or -errno with a sentence in message. Not opened is not fatal unless
     * essential; it is tried again at later samples.
     */
    int (*open)(void **state, char message[COLLECTOR_MESSAGE]);

    /*
     * Add to s. want: PART bits that a sink asked for. message: a sentence for people, also when
     * all went well but something is worth knowing; empty at entry.
     */
    int (*collect)(void *state, struct snapshot *s, unsigned want, char message[COLLECTOR_MESSAGE]);

    void (*close)(void *state);
};

extern const struct collector collector_xenstat;   /* the portable engine: libxenstat */
extern const struct collector collector_hypercall; /* what libxenstat leaves out: hypercalls */
extern const struct collector collector_xenstore;  /* identity and devices: libxenstore */
extern const struct collector collector_pcpu;      /* idle time per pcpu: libxenctrl */
extern const struct collector collector_host;      /* dom0 itself: libstatgrab */

extern const struct collector collector_domains;  /* the fast engine: domains, by hypercall */
extern const struct collector collector_vcpus;    /* vcpus, weights, caps: one multicall */
extern const struct collector collector_vif;      /* vifs: netlink */
extern const struct collector collector_vbd;      /* vbds and what lies behind them: sysfs */
extern const struct collector collector_qdisk;    /* vbds of device models: QMP */
extern const struct collector collector_dom0cost; /* what guests cost dom0: process table */

/* The collectors of the portable engine, in order, NULL at the end. */
extern const struct collector *const collectors_xenstat[];

/* Those of the fast engine, on Linux. */
extern const struct collector *const collectors_direct[];

/* Sanitise bytes into the snapshot's pool. NULL gives 0. */
strref collector_str(struct snapshot *s, const char *bytes, size_t len);

/* The same for who keeps it over samples and gives it to snapshot_add_cstr(): the caller frees. */
char *collector_text(const char *bytes, size_t len);

/*
 * Why this machine cannot be watched, as one sentence that says what is missing and what to do;
 * NULL when all is there. root ("" as a rule) is put before every path, for tests.
 */
const char *collector_missing(const char *root);

#endif
