/*
 * rate: per-second rates from two snapshots. The only place where two samples meet.
 *
 * Rows are matched by identity: a domain by uuid and domid, a device by its domain and number. A
 * row that is new, a counter that fell (reset, wrap, restart) or does not know, any counter of a
 * device of which one fell, an interval that is not positive: all give NaN, which is unknown, never
 * a spike. A device that was connected anew and has since passed all that it had counted looks as
 * if it had not been: its rate is too low for once, by what it had counted. The interval is that
 * between the readings of the row, which in a snapshot of several hosts each host times by itself.
 *
 * A rate is units per second; of a counter in nanoseconds it is the share of one cpu (1 = 100 %).
 */
#ifndef DOMTOP_RATE_H
#define DOMTOP_RATE_H

#include "metric.h"

struct rates {
    double *cells[ENTITY_COUNT]; /* row * group count + slot; NaN for what is no counter */
    size_t cap[ENTITY_COUNT];
    double interval_s; /* between the two snapshots; 0 before there are two */
};

/*
 * Fill r for the rows of cur. prev may be NULL or empty: everything is unknown then. Both are
 * sealed. Linear in their sizes; allocates only when cur has more rows than ever before.
 */
void rates_compute(struct rates *r, const struct snapshot *prev, const struct snapshot *cur);

/* The rate of a counter in row `row` of the snapshot that r was computed for; NaN is unknown. */
double rate_get(const struct rates *r, const struct metric *m, size_t row);

/* Of a METRIC_IDLE counter what people want: the busy share, 0 to 1; of all others rate_get(). */
double rate_shown(const struct rates *r, const struct metric *m, size_t row);

/* Sum over a domain's devices of a METRIC_SUMS counter; devices with no rate are passed over, NaN
 * when none has one, 0 without devices. */
double rate_sum(const struct rates *r, const struct snapshot *s, const struct metric *m,
                size_t domain_row);

/* Sum of a counter over all rows of its entity, NaN when none has a rate. */
double rate_total(const struct rates *r, const struct snapshot *s, const struct metric *m);

/* Mean busy share of the online pcpus, 0 to 1; NaN when unknown. */
double rate_host_busy(const struct rates *r, const struct snapshot *s);

void rates_release(struct rates *r);

#endif
