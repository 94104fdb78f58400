/*
 * source: where snapshots come from. This host's sampler, the demo, later a recording, a store or
 * another host: a sink cannot tell them apart but for `simulated`.
 */
#ifndef DOMTOP_SOURCE_H
#define DOMTOP_SOURCE_H

#include "metric.h"

/* Who provides what a source gives, under the name that its reports have. */
struct provider {
    const char *name;
    const char *about; /* what it reads and through what, for people */
    /* The metrics it gives, "domain: name start_ns; vif: mac"; of several the last stands. NULL is
     * all there are. */
    const char *fills;
};

bool provider_fills(const struct provider *r, const struct metric *m);

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

    /* Have a sample() under way that waits for somebody return soon, with -EINTR, and all after it.
     * From any thread, or a signal's handler. NULL: it never waits for long. */
    void (*interrupt)(struct source *self);

    /* Of a source that hears when a domain shuts down or goes, so that who samples seldom may look
     * before it is gone: what to poll for reading (-1: nothing for now), and when that is readable
     * whether one did. From one thread, which need not be the one that samples. NULL: it hears
     * nothing. */
    int (*ends_fd)(struct source *self);
    bool (*ends_heard)(struct source *self);

    /* What is known of who provides it; of some sources nothing is. */
    const struct provider *providers;
    size_t provider_count;

    void (*close)(struct source *self); /* frees self */
};

#endif
