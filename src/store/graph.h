/*
 * graph: pictures of a store, drawn by librrd: average and peak together, events as marks, gaps as
 * gaps.
 *
 * Drawing is not thread-safe and may crash on a damaged file: it is done in a process of its own
 * with a deadline, which can only read (jail.h). No text of a user or a guest becomes part of
 * librrd's language: files are named by number, legends are escaped.
 */
#ifndef DOMTOP_GRAPH_H
#define DOMTOP_GRAPH_H

#include "../base.h"
#include "reader.h"

/* Pixels of the whole picture. */
#define GRAPH_SMALLEST 120u
#define GRAPH_LARGEST  4000u
#define GRAPH_TOP_MOST 20u

struct graph_options {
    const char *domain; /* name or uuid; NULL: the host */
    const char *metric; /* "cpu", "memory", "network", "disk", "latency", or a metric's id */
    bool pcpu;          /* of one pcpu: pcpu_id */
    uint64_t pcpu_id;
    unsigned top; /* not 0: the domains with most of it, one line each */
    uint64_t from_ns, to_ns;
    unsigned width, height; /* clamped */
    bool svg, dark;
};

/* Draw a store's graph and append it to out. 0, or -errno with a sentence. */
int store_past_graph(struct past *past, const struct graph_options *o, struct text *out,
                     char message[READER_MESSAGE]);

#endif
