/*
 * series: a data source over a span of time in equal parts, of each the mean and the highest value.
 *
 * Read from the archive whose rows are no longer than a part, or as near to that as reaches back so
 * far. Its newest row is only written when its time is over; what came since, or a domain's last
 * minutes, is in the finer archives and taken from there. So is, where it is looked at closely,
 * what rows stand for that may be known in part alone, beside unknown ones and across the ends of
 * the span, where finer ones are left.
 */
#ifndef DOMTOP_SERIES_H
#define DOMTOP_SERIES_H

#include "archives.h"
#include "fetch.h"

struct series_span {
    uint64_t from_ns, to_ns;
    size_t n;
    bool closely; /* it matters of how much of the time a value is */
    bool means;   /* no series' high is asked for: it stays unknown */
    bool roughly; /* closely, but for what has to be read once more: that is told in `beyond` */
};

/* What to read: a source by name, or what a row of several gives. */
struct series_source {
    const char *name;
    double (*derive)(const struct fetched *rows, size_t row, const void *arg);
    const void *arg;
};

/* One source's parts. NaN is unknown. */
struct series {
    double *mean, *high;              /* high is of MAX; of what is derived, the highest row's */
    uint64_t *high_from_ns, *high_ns; /* the time of the row that holds the highest */
    double *weight;                   /* how much of a part is known, in seconds */
    double beyond; /* of a span read roughly: value times seconds, summed up, of what was left out,
                      at most, where no value is below 0 */
};

void series_init(struct series *s, size_t n);
void series_release(struct series *s);

/* Which rows to read for parts of that length: the longest that are no longer. */
uint64_t series_step(const struct archives *a, const struct series_span *span);

/* One file of several: its sources, each into its series. */
struct series_file {
    const char *path;
    const struct series_source *sources;
    struct series *out;
    size_t count;
    int err; /* given: 0, or what fetch_rows() says; -ENODATA is 0: all unknown */
};

/* Read files, together: what each has is the same as if it were read alone. A source that is not
 * there stays unknown. step_s: how fine, see series_step(). */
void series_read_all(struct fetch *f, const struct archives *a, const struct series_span *span,
                     uint64_t step_s, struct series_file *files, size_t count);

/* The same of one; 0 or its err. */
int series_read(struct fetch *f, const struct archives *a, const char *path,
                const struct series_span *span, uint64_t step_s,
                const struct series_source *sources, struct series *out, size_t count);

#endif
