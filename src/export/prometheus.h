/*
 * prometheus: one sample as metrics for a scraper: text 0.0.4 and OpenMetrics 1.0.
 *
 * Which families there are follows from the metric table (prometheus_rows.h says the names that do
 * not follow from an id). Values are in base units; what nobody knows is absent. Everything that
 * belongs to a domain has the labels uuid and domain (its name); of two domains with one uuid, as
 * while one migrates within a host, only one is told of. There are no timestamps: the scraper's are
 * right.
 */
#ifndef DOMTOP_PROMETHEUS_H
#define DOMTOP_PROMETHEUS_H

#include "../base.h"
#include "../snapshot.h"

enum prometheus_format { PROMETHEUS_TEXT, PROMETHEUS_OPENMETRICS, PROMETHEUS_FORMATS };

/* Content types of the two. */
extern const char *const prometheus_types[PROMETHEUS_FORMATS];

/* What is told of. All zero is the default: everything but dom0's own load, memory and cpu, which
 * are a node exporter's job. */
struct prometheus_options {
    unsigned without;           /* PART bits of entities left out: pcpus, vcpus, vifs, vbds */
    bool dom0;                  /* dom0's own figures too */
    const char *const *include; /* globs of domains' names; NULL-terminated; NULL: all of them */
    const char *const *exclude; /* wins over include */
};

/* Append the metrics of a sealed snapshot. One with seq 0 is no sample: only xen_up 0 and what is
 * known of ourselves. */
void prometheus_render(struct text *out, enum prometheus_format format, const struct snapshot *s,
                       const struct prometheus_options *o);

/* Whether a domain of that name (NULL: none) is told of. */
bool prometheus_includes(const struct prometheus_options *o, const char *name);

#endif
