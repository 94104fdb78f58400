/*
 * api_query: the parameters of an API request, checked. What cannot be understood is refused with a
 * sentence; counts and ranges beyond a limit are cut to it. Nothing here reads data: whether an id
 * exists is for who answers.
 *
 * Times are seconds since 1970, with a fraction if need be; a negative one is so long before now.
 */
#ifndef DOMTOP_EXPORT_API_QUERY_H
#define DOMTOP_EXPORT_API_QUERY_H

#include "../past.h"
#include "field.h"

#define API_WRONG 128 /* bytes a sentence takes */

#define API_POINTS_MOST 2000
#define API_POINTS      300 /* when nobody says */
#define API_EVENTS_MOST 5000
#define API_EVENTS      500
#define API_RECENT_MOST 240
#define API_MORE        16
#define API_RANGE_MOST  (UINT64_C(20) * 366 * 86400 * NS_PER_S)

/* Where parameters come from: the decoded value of one, NULL where it was not given. */
struct api_params {
    const char *(*get)(const void *from, const char *name);
    const void *from;
};

/* Which rows and fields of a sample. tables=host,pcpus,domains,... uuid= fields= recent= */
struct api_view {
    unsigned tables; /* PART(entity) bits */
    bool one;        /* only what belongs to this domain */
    struct uuid uuid;
    struct field fields[FIELDS_MAX]; /* of the domains' table */
    size_t field_count;
    size_t recent; /* the last so many samples of the domains' cpu and the host's series; 0: none */
};

/* A span of time. from= to=; the last hour when nobody says. from_ns < to_ns. */
struct api_span {
    uint64_t from_ns, to_ns;
};

/* Whose graphs. of=host|pcpu|domain uuid= id= metrics= points= and a span */
struct api_graphs {
    struct past_subject subject;         /* its series is not used */
    unsigned metrics;                    /* bits 1 << enum history_series */
    const struct metric *more[API_MORE]; /* of a domain, or of its devices: what a store may keep */
    size_t more_count;
    size_t points;
    struct api_span span;
};

/* Which events. uuid= limit= and a span, the last day when nobody says */
struct api_happened {
    bool one;
    struct uuid uuid;
    size_t limit;
    struct api_span span;
};

/* Each returns false with a sentence in wrong. now_ns is wall time. */
bool api_view_parse(struct api_view *v, const struct api_params *p, char wrong[API_WRONG]);
bool api_graphs_parse(struct api_graphs *g, const struct api_params *p, uint64_t now_ns,
                      char wrong[API_WRONG]);
bool api_happened_parse(struct api_happened *h, const struct api_params *p, uint64_t now_ns,
                        char wrong[API_WRONG]);
/* at= (needed) and resolution= (seconds; 0, the finest, when nobody says). */
bool api_moment_parse(uint64_t *at_ns, uint64_t *resolution_ns, const struct api_params *p,
                      uint64_t now_ns, char wrong[API_WRONG]);

/* The series' name in URLs and answers: "cpu". */
const char *api_series_name(enum history_series series);

#endif
