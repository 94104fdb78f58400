/*
 * source: where snapshots come from. This host's sampler, the demo, later a recording, a store or
 * another host: a sink cannot tell them apart but for `simulated`.
 */
#ifndef DOMTOP_SOURCE_H
#define DOMTOP_SOURCE_H

#include "snapshot.h"

struct source {
    const char *name; /* "this host", "demo": for people */
    bool simulated;

    /*
     * Fill s, which the callee resets and seals, with at least the parts wanted (PART bits; domains
     * and the host's memory are always there). Blocks while reading, not for the delay between
     * samples. Called from one thread at a time. 0 or -errno; on failure s is sealed and holds what
     * could be had. -ENODATA from a source with a pace: there will be no more.
     */
    int (*sample)(struct source *self, struct snapshot *s, unsigned want);

    /* Samples that may be taken at once, without waiting in between, to have a past to show (a
     * simulation can; real hosts cannot: 0). */
    unsigned past;

    /* Of a source that has a pace of its own, as a recording played has: nanoseconds from the
     * sample just given to the next. NULL: whoever samples chooses. */
    uint64_t (*pace)(struct source *self);

    void (*close)(struct source *self); /* frees self */
};

#endif
