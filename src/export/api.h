/*
 * api: what the page and programs get as JSON under /api/v1/: a sample, a moment of the past,
 * graphs, events. Pure: data in, text out. The shapes are in man/domtop-api.7; API_SCHEMA goes up
 * when one of them changes its meaning, new members may come any time.
 *
 * Numbers are JSON numbers, unknown is null, times are seconds since 1970 with a fraction. Tables
 * are {"fields":[NAME...],"rows":[[VALUE...]...]}, which is a third of what objects would take; a
 * table nobody read is null. Strings are json.h's.
 */
#ifndef DOMTOP_EXPORT_API_H
#define DOMTOP_EXPORT_API_H

#include "api_query.h"

#define API_SCHEMA 1

/* The newest n values of a domain (NULL: of the host), oldest first. */
struct api_recent {
    void (*get)(void *from, const struct domain *d, enum history_series series, float *out,
                size_t n);
    void *from;
    size_t len; /* samples there are */
};

/* One sample and what goes with it. */
struct api_sample {
    const struct snapshot *s; /* sealed */
    const struct rates *r;
    const struct api_recent *recent; /* of the samples up to s; NULL: none */
    double delay_s;                  /* how often samples come; 0 is unknown */
    const char *store;               /* path of what is recorded; NULL: nothing is */
    const struct past_moment *found; /* of a moment of the past; NULL for now */
    uint64_t asked_ns;               /* with found: the time asked for */
};

void api_sample_render(struct text *out, const struct api_sample *x, const struct api_view *v);

/* The domains there are, by who they are: uuid, domid, name, type, state. */
void api_domains_render(struct text *out, const struct snapshot *s);

/* What there is to look back into: the store's path (NULL: only what this process remembers) and
 * the span; 0 and 0: nothing yet. */
void api_past_render(struct text *out, const char *store, uint64_t first_ns, uint64_t last_ns);

/*
 * The graphs asked for; those that this past does not keep are left out. 0 or -errno of the past;
 * nothing is appended then.
 */
int api_graphs_render(struct text *out, struct past *past, const struct api_graphs *g);

/* The events asked for, oldest first; where there are more than the limit, the newest of them. */
int api_events_render(struct text *out, struct past *past, const struct api_happened *h);

#endif
