/*
 * past: a recorded span of time to look into: a recording, or a store of RRD files. Who looks back
 * asks it for a moment, for graphs and for what happened, and cannot tell the kinds apart.
 *
 * Times are nanoseconds since 1970, UTC. Every call reads anew: a recorder may still be writing.
 * One call at a time. All return 0 or -errno; a damaged part is left out (its values are unknown)
 * and the rest stands. From graph and events -EAGAIN says that what they gave is not all yet: ask
 * again.
 */
#ifndef DOMTOP_PAST_H
#define DOMTOP_PAST_H

#include "base.h"
#include "events.h"
#include "history.h"

#define PAST_MESSAGE 256

/* What was found for the time asked for. */
struct past_moment {
    uint64_t wall_ns;       /* of the sample shown: the last one at or before the time asked for; of
                               means over longer, the end of that whose time holds it */
    uint64_t resolution_ns; /* each of its values stands for so long a time */
    bool gap;               /* nothing was recorded at the time asked for */
    uint64_t gap_from_ns;   /* where the gap began, and where it ended (0: not before now) */
    uint64_t gap_to_ns;
};

/* Whose graph. */
enum past_of { PAST_HOST, PAST_PCPU, PAST_DOMAIN };
struct past_subject {
    enum past_of of;
    struct uuid uuid; /* of a domain */
    uint64_t id;      /* of a pcpu */
    enum history_series series;
};

/* What is asked of a subject, and what is told of each part. All but mean may be NULL. */
struct past_parts {
    const struct metric *metric; /* of a domain; NULL: its series, */
    enum history_series series;
    float *mean, *peak;        /* as graph() has them */
    double *known;             /* of how many seconds the mean is */
    uint64_t *from_ns, *to_ns; /* within what time the peak was; 0 where none is known */
};
#define PAST_PARTS 16 /* are asked for at a time */

/* A picture of a graph, to keep. */
struct past_picture {
    struct past_subject subject; /* its series is not used */
    unsigned top;                /* not 0: so many domains with most of it, instead */
    const char *what; /* "cpu", "memory", "network", "disk", "latency", or a metric's id */
    uint64_t from_ns, to_ns;
    unsigned width, height; /* pixels of the whole, clamped */
    bool svg, dark;         /* SVG or PNG; for a dark ground */
};

struct past {
    const char *name; /* "/var/lib/domtop", "incident.domtop": for people */
    bool simulated;
    bool rates_only; /* of counters only rates are kept: what stands in a moment is for computing
                        them, and how high they stood is unknown */

    /* The first and the last sample there is. -ENODATA when there is none. */
    int (*span)(struct past *self, uint64_t *first_ns, uint64_t *last_ns);

    /*
     * The moment: cur, and prev such that their rates (rate.h) are those of the interval that cur
     * ends; both sealed. Domains that were there then, dead ones included. resolution_ns: how long
     * a time each value should stand for; 0 is the finest there is. Before the first sample it is
     * the first, with gap.
     */
    int (*moment)(struct past *self, uint64_t wall_ns, uint64_t resolution_ns,
                  struct snapshot *prev, struct snapshot *cur, struct past_moment *found);

    /* Of a moment that was found, the same rows once more: each value the highest in its time
     * (of a cpu, the highest load) where the moment's is the mean. NULL where each sample is of
     * one time. */
    int (*peaks)(struct past *self, const struct past_moment *found, struct snapshot *prev,
                 struct snapshot *cur);

    /* When the sample is that comes `by` samples after (before, when negative) the one at wall_ns,
     * at that resolution; the first or last where there are not so many. */
    int (*step)(struct past *self, uint64_t wall_ns, long by, uint64_t resolution_ns,
                uint64_t *found_ns);

    /*
     * A graph: n equal parts of from_ns to to_ns, oldest first; of each the mean and the peak (the
     * highest value at the finest resolution that is left of that time). NaN is unknown. peak may
     * be NULL. -ENOENT of a pcpu that there never was: all unknown.
     */
    int (*graph)(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, float *mean, float *peak);

    /* What happened from from_ns to to_ns, oldest first; where there is more than cap, the newest.
     */
    int (*events)(struct past *self, uint64_t from_ns, uint64_t to_ns, struct event *out,
                  size_t cap, size_t *count);

    /*
     * As graph(), of any gauge or counter of a domain, or of its devices: of those the sum where
     * the metric sums up, else the greatest. Gauges as they are, counters as rates (rate.h).
     * -ENODATA where this kind of past does not keep it. NULL where a kind of past has no such
     * graphs.
     */
    int (*metric)(struct past *self, const struct uuid *domain, const struct metric *m,
                  uint64_t from_ns, uint64_t to_ns, size_t n, float *mean, float *peak);

    /*
     * graph() and metric() in one, of up to PAST_PARTS of one subject (whose series is not used),
     * and more of them told; -ENODATA where one of them is not kept. NULL where a kind of past
     * cannot.
     */
    int (*parts)(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, const struct past_parts *parts, size_t count);

    /*
     * Draw a picture, in a process of its own with a deadline, and append it to out. 0, or -errno
     * with a sentence in message: -ENOENT no such domain, -EINVAL no such graph, -ENODATA nothing
     * of it there. NULL where a kind of past draws none.
     */
    int (*picture)(struct past *self, const struct past_picture *p, struct text *out,
                   char message[PAST_MESSAGE]);

    void (*close)(struct past *self); /* frees self */
};

#endif
