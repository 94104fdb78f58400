/*
 * graph_lines: what a graph of a store is made of: sources, what is computed from them, and areas
 * and lines of that. Private to graph.c.
 */
#ifndef DOMTOP_GRAPH_LINES_H
#define DOMTOP_GRAPH_LINES_H

#include "graph.h"
#include "graph_draw.h"
#include "reader_parts.h"
#include "rrdcheck.h"

struct colours {
    const char *back, *ink, *grid, *axis, *bad, *lines[10];
};

struct drawing {
    struct reader *r;
    const struct graph_options *o;
    const struct colours *c;
    struct graph_words w;
    struct graph_words lines; /* what comes after all DEFs */
    unsigned next;            /* number for the next name */
    char head_path[LAYOUT_PATH];
    struct text head_raw;
    struct rrdcheck head;
    bool head_good;
    bool looked, has_totals; /* see reader_has_totals() */
};

/* A mean and a peak to draw: names of a DEF or CDEF; 0 is none. */
struct pair {
    unsigned mean, peak;
};

/* A source of a file; none where it is not there. peak: its peak is wanted too. */
struct pair graph_define(struct drawing *d, const char *path, const char *source, bool peak);

/* The name of what librrd's RPN gives. */
unsigned graph_compute(struct drawing *d, const char *rpn);

/* The sum (or greatest) of both. The peak of a sum is where one part peaks while the other has its
 * mean. */
struct pair graph_join(struct drawing *d, struct pair a, struct pair b, bool sum);

/* A metric of a domain (or its devices), of the host where domain is NULL: there what domains and
 * devices have is summed up over all domains, or is the greatest where a sum says nothing. */
struct pair graph_metric(struct drawing *d, struct roster_domain *domain, const struct metric *m);

/* Per cent busy of the pcpus, or of one. No peak where only their idle time was recorded. */
struct pair graph_busy(struct drawing *d);

/* An area for the mean and a line for the peak. below: under the axis. form is GPRINT's. */
void graph_area(struct drawing *d, struct pair p, unsigned colour, const char *legend,
                const char *form, bool below);
void graph_line(struct drawing *d, struct pair p, unsigned colour, const char *legend,
                const char *form);

#endif
