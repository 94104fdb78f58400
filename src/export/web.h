/*
 * web: what handlers serve: the newest sample with its rates, the recent history, the metrics made
 * of it, and a look back into a store where there is one.
 *
 * One thread feeds it samples (web_publish), any number read. A reader takes a reference to a
 * web_state, which never changes, and gives it back; a new sample swaps a pointer and waits for
 * nobody. What a handler keeps while it computes is one sample, whole.
 */
#ifndef DOMTOP_WEB_H
#define DOMTOP_WEB_H

#include "../history.h"
#include "../past.h"
#include "http.h"
#include "prometheus.h"

struct web;

/* What does not change from sample to sample; strings are copied. */
struct web_config {
    const char *source_name; /* "this host", "demo" */
    const char *store;       /* path of the store; NULL: nothing is recorded */
    double delay_s;          /* between samples: what is much older is stale */
    size_t history;          /* samples kept of each graph; 0: WEB_HISTORY */
    struct prometheus_options metrics;
};

#define WEB_HISTORY 300

struct web_buffers;

/* A sample and what was made of it. All of it is there and stays as it is until web_put(). */
struct web_state {
    struct snapshot now; /* sealed; now.seq 0 before the first sample */
    struct rates rates;  /* of now */
    uint64_t generation; /* 1, 2, ...: a name for this sample within this process, for etags */
    uint64_t taken_ns;   /* when it was published, monotonic */
    struct web_buffers *buffers; /* private: /metrics, made at most once each */
    atomic_uint refs;            /* private */
};

struct web *web_new(const struct web_config *c);
void web_free(struct web *w);

/*
 * A new sample: decoded by the caller, swapped with *s (which holds an old one afterwards, to be
 * filled again). Computes rates and history, makes the metrics that somebody asks for. One thread.
 */
void web_publish(struct web *w, struct snapshot *s);

/* The newest state; never NULL. */
struct web_state *web_get(struct web *w);
void web_put(struct web *w, struct web_state *state);

/* Whether that state is of a sample that is missing or old (more than five delays, at least 10 s).
 */
bool web_stale(const struct web *w, const struct web_state *state);

/* /metrics of that state; a reference. Made when first asked for, once. gzip: compressed. */
struct bytes *web_metrics(struct web *w, struct web_state *state, enum prometheus_format format,
                          bool gzip);

const struct web_config *web_facts(const struct web *w);

/* As history_domain() and its like; any thread. They may be one sample ahead of a state. */
size_t web_history_len(struct web *w);
void web_history_domain(struct web *w, const struct domain *d, enum history_series series,
                        float *out, size_t n);
void web_history_host(struct web *w, enum history_series series, float *out, size_t n);

/* A look back. web_set_past gives it over (web_free closes it). web_past_begin is NULL without one;
 * otherwise the past is the caller's alone until web_past_end: for slow handlers only. */
void web_set_past(struct web *w, struct past *past);
struct past *web_past_begin(struct web *w);
void web_past_end(struct web *w);

/* The same for who wants whatever there is: the store, or what this process remembers itself
 * (memory.h) where that reaches back to from_ns, or where there is no store. Never NULL; from_ns 0
 * is all there is. */
struct past *web_look_begin(struct web *w, uint64_t from_ns);
void web_look_end(struct web *w, struct past *past);

/* The routes there are, for http_config; the context of each handler is the struct web. */
extern const struct http_route web_routes[];
extern const size_t web_route_count;

#endif
