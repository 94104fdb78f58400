/*
 * web_routes: what is served: the table of routes, and the handlers for scrapers and for whoever
 * watches over the service.
 */
#include <string.h>

#include "http_accept.h"
#include "http_snapshot.h"
#include "web.h"
#include "web_api.h"
#include "web_page.h"

/* ---- /metrics ---- */

/* Text comes first: it is for whoever does not say, people among them. A scraper that refuses both
 * still gets text, as exporters do. */
static enum prometheus_format format_of(const struct http_request *q)
{
    static const char *const types[] = {"text/plain;version=0.0.4",
                                        "application/openmetrics-text;version=1.0.0"};

    return http_prefers(q, types, ARRAY_LEN(types)) == 1 ? PROMETHEUS_OPENMETRICS : PROMETHEUS_TEXT;
}

static void metrics(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct web_state *state = web_get(w);
    enum prometheus_format format = format_of(q);
    bool gzip = accept_gzip(q->accept_encoding);

    r->type = prometheus_types[format];
    r->vary_accept = true;
    r->compress = true; /* for Vary: it depends on what is accepted, and is compressed here */
    r->body = web_metrics(w, state, format, false);
    if (gzip)
        r->gzip = web_metrics(w, state, format, true);
    web_put(w, state);
}

/* ---- health ---- */

static const char healthy_text[] = "domtop is healthy\n";
static const char ready_text[] = "domtop is ready\n";

static void healthy(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context, (void)q;
    r->type = "text/plain; charset=utf-8";
    r->body = bytes_static(healthy_text, sizeof(healthy_text) - 1);
}

static void ready(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct web_state *state = web_get(w);
    bool stale = web_stale(w, state), any = state->now.seq != 0;

    web_put(w, state);
    if (stale) {
        http_error(q, r, 503, any ? "the newest sample is old" : "there is no sample yet");
        return;
    }
    r->type = "text/plain; charset=utf-8";
    r->body = bytes_static(ready_text, sizeof(ready_text) - 1);
}

const struct http_route web_routes[] = {
    {.path = "/metrics", .handle = metrics},
    {.path = HTTP_SNAPSHOT_PATH, .handle = http_snapshot},
    {.path = "/-/healthy", .open = true, .handle = healthy},
    {.path = "/-/ready", .open = true, .handle = ready},
    {.path = "/", .handle = web_page},
    {.path = "/events", .handle = web_page},
    {.path = "/compare", .handle = web_page},
    {.path = "/domain/", .prefix = true, .handle = web_page_domain},
    {.path = "/page/", .prefix = true, .handle = web_page_file},
    {.path = "/api/", .prefix = true, .handle = web_api_unknown},
    {.path = "/api/v1/now", .slow = true, .handle = web_api_now},
    {.path = "/api/v1/domains", .slow = true, .handle = web_api_domains},
    {.path = "/api/v1/past", .slow = true, .handle = web_api_past},
    {.path = "/api/v1/series", .slow = true, .handle = web_api_series},
    {.path = "/api/v1/events", .slow = true, .handle = web_api_events},
    {.path = "/api/v1/moment", .slow = true, .handle = web_api_moment},
};
const size_t web_route_count = ARRAY_LEN(web_routes);
