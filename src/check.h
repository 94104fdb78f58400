/*
 * check: both engines on this host, one against the other, metric by metric.
 */
#ifndef DOMTOP_CHECK_H
#define DOMTOP_CHECK_H

#include "base.h"
#include "rate.h"

/* What came of one metric. */
struct verdict {
    size_t agree, differ;             /* rows in which both know it */
    size_t only_direct, only_xenstat; /* rows in which one knows it */
    size_t example;                   /* a row of the libxenstat sample that differs, if any does */
};

/* As long as the longest group. */
#define VERDICTS 64

/*
 * Judge one entity's metrics: a libxenstat sample that was taken between two direct ones, all
 * sealed. What moves agrees when it lies between what was before and after. out holds one verdict a
 * metric. Returns how many rows only libxenstat has; *only_direct is how many it lacks.
 */
size_t check_entity(struct verdict out[VERDICTS], enum entity entity, const struct snapshot *before,
                    const struct snapshot *xenstat, const struct snapshot *after,
                    size_t *only_direct);

/*
 * Sample this host with both engines, say on standard output what agrees and what differs, and
 * return the exit status: 0 when all that both know agrees, 1 when not. What differs is looked at
 * again a few times, since a host does not stand still.
 */
int check_run(void);

#endif
