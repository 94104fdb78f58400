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

#include "../history.h"
#include "api_query.h"

#define API_SCHEMA 1

/* What there is to look back into, for the page to say. */
struct api_past {
    const char *name;           /* of a store; NULL: only what this process remembers itself */
    uint64_t first_ns, last_ns; /* the span; 0: nothing yet */
};

/* One sample and what goes with it. */
struct api_sample {
    const struct snapshot *s; /* sealed */
    const struct rates *r;
    const struct history *history;   /* its newest is s; NULL: no `recent` */
    double delay_s;                  /* how often samples come; 0 is unknown */
    const struct api_past *past;     /* NULL: leave it out */
    const struct past_moment *found; /* of a moment of the past; NULL for now */
    uint64_t asked_ns;               /* with found: the time asked for */
};

void api_sample_render(struct text *out, const struct api_sample *x, const struct api_view *v);

/* The domains there are, by who they are: uuid, domid, name, type, state. */
void api_domains_render(struct text *out, const struct snapshot *s);

/*
 * The graphs asked for. 0 or -errno of the past; nothing is appended then. -ENOENT: no such domain
 * or pcpu. known says that it is one of those that are there now.
 */
int api_graphs_render(struct text *out, struct past *past, const struct api_graphs *g);

/* The events asked for, oldest first; where there are more than the limit, the newest of them. */
int api_events_render(struct text *out, struct past *past, const struct api_happened *h);

/* {"schema":1,"error":{"status":400,"message":"..."}} */
void api_error_render(struct text *out, unsigned status, const char *message);

#endif
