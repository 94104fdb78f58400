/*
 * moment: the two snapshots of a row in a store, before and at the end of the row's time.
 */
#ifndef DOMTOP_MOMENT_H
#define DOMTOP_MOMENT_H

#include "roster.h"

/*
 * Fill both, sealed: of the row of row_s that ends at end_s. Their rates and gauges are the means
 * over the row, or the peaks in it, as the roster has them. finest_s is what a sample stands for.
 * What cannot be read is unknown, and said in cur's reports.
 */
void moment_fill(struct roster *r, uint64_t end_s, uint64_t row_s, uint64_t finest_s,
                 struct snapshot *prev, struct snapshot *cur);

#endif
