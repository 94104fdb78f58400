/* web_api: see web_api.h. Joins requests, the web's state and its past to the pure renderers. */
#include "web_api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "web.h"

static const char *param(const void *from, const char *name)
{
    return http_param(from, name);
}

static struct api_params params(const struct http_request *q)
{
    return (struct api_params){.get = param, .from = q};
}

static void answer(struct http_response *r, struct text *body)
{
    r->type = "application/json; charset=utf-8";
    r->body = bytes_take(body);
    r->compress = true;
}

static void failed(const struct http_request *q, struct http_response *r, int error)
{
    switch (error) {
    case -ENOENT: http_error(q, r, 404, "there is and was no such domain or pcpu"); break;
    case -ENODATA: http_error(q, r, 404, "nothing is recorded yet"); break;
    default:
        http_error(q, r, 503, "what is recorded cannot be read: %s", strerror(-error));
        r->retry_after = 5;
    }
}

/* ---- now ---- */

static void recent(void *from, const struct domain *d, enum history_series series, float *out,
                   size_t n)
{
    if (d)
        web_history_domain(from, d, series, out, n);
    else
        web_history_host(from, series, out, n);
}

/* Names this sample and, by when it was taken, this process among those that may have come before
 * it on this address. Whether the client has it already. */
static bool same_sample(const struct http_request *q, struct http_response *r,
                        const struct web_state *state)
{
    snprintf(r->etag, sizeof(r->etag), "%llx-%llx", (unsigned long long)state->generation,
             (unsigned long long)state->now.wall_ns);
    return q->if_none_match && strstr(q->if_none_match, r->etag);
}

static bool has_domain(const struct snapshot *s, const struct uuid *uuid)
{
    for (size_t i = 0; i < s->domain_count; i++)
        if (!memcmp(&s->domains[i].uuid, uuid, sizeof(*uuid)))
            return true;
    return false;
}

void web_api_now(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct web_state *state = web_get(w);
    struct api_params p = params(q);
    struct api_recent last = {.get = recent, .from = w, .len = web_history_len(w)};
    struct api_view view;
    struct text out = {0};
    char wrong[API_WRONG];

    if (!api_view_parse(&view, &p, wrong)) {
        http_error(q, r, 400, "%s", wrong);
    } else if (!state->now.seq) {
        http_error(q, r, 503, "there is no sample yet");
        r->retry_after = 1;
    } else if (view.one && !has_domain(&state->now, &view.uuid)) {
        http_error(q, r, 404, "there is no such domain now");
    } else if (!same_sample(q, r, state)) {
        struct api_sample x = {.s = &state->now,
                               .r = &state->rates,
                               .recent = &last,
                               .delay_s = web_facts(w)->delay_s,
                               .store = web_facts(w)->store};
        api_sample_render(&out, &x, &view);
        answer(r, &out);
    }
    web_put(w, state);
}

void web_api_domains(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct web_state *state = web_get(w);
    struct text out = {0};

    if (!same_sample(q, r, state)) {
        api_domains_render(&out, &state->now);
        answer(r, &out);
    }
    web_put(w, state);
}

/* ---- the past ---- */

void web_api_past(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct past *past = web_look_begin(w, 0);
    uint64_t first = 0, last = 0;
    struct text out = {0};
    (void)q;

    if (past->span(past, &first, &last))
        first = last = 0;
    web_look_end(w, past);
    api_past_render(&out, web_facts(w)->store, first, last);
    answer(r, &out);
}

void web_api_series(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct api_params p = params(q);
    struct api_graphs graphs;
    struct text out = {0};
    char wrong[API_WRONG];

    if (!api_graphs_parse(&graphs, &p, clock_wall_ns(), wrong)) {
        http_error(q, r, 400, "%s", wrong);
        return;
    }
    struct past *past = web_look_begin(w, graphs.span.from_ns);
    int error = api_graphs_render(&out, past, &graphs);
    web_look_end(w, past);
    if (error) {
        text_release(&out);
        failed(q, r, error);
        return;
    }
    answer(r, &out);
}

void web_api_events(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct api_params p = params(q);
    struct api_happened happened;
    struct text out = {0};
    char wrong[API_WRONG];

    if (!api_happened_parse(&happened, &p, clock_wall_ns(), wrong)) {
        http_error(q, r, 400, "%s", wrong);
        return;
    }
    struct past *past = web_look_begin(w, happened.span.from_ns);
    int error = api_events_render(&out, past, &happened);
    web_look_end(w, past);
    if (error) {
        text_release(&out);
        failed(q, r, error);
        return;
    }
    answer(r, &out);
}

void web_api_moment(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct api_params p = params(q);
    struct api_view view;
    uint64_t at, resolution;
    struct text out = {0};
    char wrong[API_WRONG];

    if (!api_moment_parse(&at, &resolution, &p, clock_wall_ns(), wrong) ||
        !api_view_parse(&view, &p, wrong)) {
        http_error(q, r, 400, "%s", wrong);
        return;
    }
    struct snapshot prev = {0}, cur = {0};
    struct rates rates = {0};
    struct past_moment found = {0};
    struct past *past = web_look_begin(w, at);
    int error = past->moment(past, at, resolution, &prev, &cur, &found);
    cur.simulated |= past->simulated;
    web_look_end(w, past);
    if (error) {
        failed(q, r, error);
    } else if (view.one && !has_domain(&cur, &view.uuid)) {
        http_error(q, r, 404, "there was no such domain then");
    } else {
        rates_compute(&rates, &prev, &cur);
        struct api_sample x = {.s = &cur,
                               .r = &rates,
                               .delay_s = web_facts(w)->delay_s,
                               .store = web_facts(w)->store,
                               .found = &found,
                               .asked_ns = at};
        api_sample_render(&out, &x, &view);
        answer(r, &out);
    }
    rates_release(&rates);
    snapshot_release(&prev);
    snapshot_release(&cur);
}

void web_api_unknown(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context;
    http_error(q, r, 404,
               "the API has now, domains, past, series, events and moment: see domtop-api(7)");
}
