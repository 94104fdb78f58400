/*
 * graph_cache: graphs that were read from a past, to be drawn again: of which subject, of which
 * time, and whether they are all there. Bounded; the one longest not asked for makes room. Knows no
 * thread and no past.
 */
#ifndef DOMTOP_UI_GRAPH_CACHE_H
#define DOMTOP_UI_GRAPH_CACHE_H

#include "../past.h"

#define GRAPHS_MAX 512

struct graph {
    struct past_subject subject;
    size_t n;
    float *values; /* n means, then n peaks */
    uint64_t from_ns, to_ns;
    bool have, whole, stale; /* stale: to be read again */
    uint64_t frame;          /* last asked for */
};

struct graph_cache {
    struct graph graphs[GRAPHS_MAX];
    size_t count;
    uint64_t from_ns, to_ns; /* the time that is wanted */
    uint64_t frame;          /* drawings begun */
};

void graph_cache_release(struct graph_cache *c);

/* NULL where there is none. */
struct graph *graph_cache_find(struct graph_cache *c, const struct past_subject *s, size_t n);

/* One that was asked for in the last two drawings and is not there; with again also one that is not
 * whole. NULL where there is none. */
struct graph *graph_cache_wanting(struct graph_cache *c, bool again);

/* All that is not whole is to be read again. */
void graph_cache_again(struct graph_cache *c);

/* Keep what was read, unless nobody wants it any more; takes values over. */
void graph_cache_keep(struct graph_cache *c, const struct graph *read);

/*
 * Ask for a graph: what is known of the wanted time, or of another one, each value at its place;
 * NaN is unknown. Whether something is still to be read for it.
 */
bool graph_cache_ask(struct graph_cache *c, const struct past_subject *s, size_t n, float *mean,
                     float *peak);

#endif
