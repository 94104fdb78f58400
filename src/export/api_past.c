/* api_past: graphs and events of the past, as the API shows them. See api.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "api_text.h"
#include "json.h"

/* ---- values ---- */

void api_number(struct text *out, double d)
{
    if (isfinite(d))
        text_add_f64(out, d);
    else
        text_adds(out, "null");
}

void api_time(struct text *out, uint64_t wall_ns)
{
    if (wall_ns == UNKNOWN) {
        text_adds(out, "null");
        return;
    }
    text_addf(out, "%llu.%03llu", (unsigned long long)(wall_ns / NS_PER_S),
              (unsigned long long)(wall_ns % NS_PER_S / 1000000));
}

void api_uuid(struct text *out, const struct uuid *u)
{
    char text[UUID_TEXT];

    uuid_format(u, text);
    text_adds(out, text);
}

/* ---- what there is ---- */

void api_past_render(struct text *out, const char *store, uint64_t first_ns, uint64_t last_ns)
{
    text_addf(out, "{\"schema\":%d,\"store\":", API_SCHEMA);
    json_string(out, store);
    text_adds(out, ",\"first\":");
    api_time(out, first_ns ? first_ns : UNKNOWN);
    text_adds(out, ",\"last\":");
    api_time(out, last_ns ? last_ns : UNKNOWN);
    text_adds(out, "}\n");
}

/* ---- graphs ---- */

static void values(struct text *out, const char *name, const float *v, size_t n)
{
    text_addf(out, "\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        if (i)
            text_addc(out, ',');
        double d = (double)v[i];
        /* A float has some seven digits; what follows them is noise of its conversion. */
        api_number(out, fabs(d) >= 1000 ? round(d) : round(d * 1e5) / 1e5);
    }
    text_addc(out, ']');
}

static void one(struct text *out, size_t before, const char *name, const float *mean,
                const float *peak, size_t n)
{
    text_addf(out, "%s\"%s\":{", before ? "," : "", name);
    values(out, "mean", mean, n);
    text_addc(out, ',');
    values(out, "peak", peak, n);
    text_addc(out, '}');
}

static void subject(struct text *out, const struct past_subject *s)
{
    switch (s->of) {
    case PAST_HOST: text_adds(out, "\"of\":\"host\""); break;
    case PAST_PCPU: text_addf(out, "\"of\":\"pcpu\",\"id\":%llu", (unsigned long long)s->id); break;
    case PAST_DOMAIN:
        text_adds(out, "\"of\":\"domain\",\"uuid\":\"");
        api_uuid(out, &s->uuid);
        text_addc(out, '"');
        break;
    }
}

static void span(struct text *out, const struct api_span *s)
{
    text_adds(out, ",\"from\":");
    api_time(out, s->from_ns);
    text_adds(out, ",\"to\":");
    api_time(out, s->to_ns);
}

int api_graphs_render(struct text *out, struct past *past, const struct api_graphs *g)
{
    float *mean = xcalloc(2 * g->points, sizeof(*mean)), *peak = mean + g->points;
    size_t start = out->len, written = 0;
    int error = 0;

    text_addf(out, "{\"schema\":%d,", API_SCHEMA);
    subject(out, &g->subject);
    span(out, &g->span);
    text_addf(out, ",\"points\":%zu,\"step\":", g->points);
    api_number(out,
               (double)(g->span.to_ns - g->span.from_ns) / (double)NS_PER_S / (double)g->points);
    text_adds(out, ",\"series\":{");
    for (int i = 0; i < HISTORY_SERIES && !error; i++) {
        struct past_subject s = g->subject;
        if (!(g->metrics & 1u << i))
            continue;
        s.series = (enum history_series)i;
        error = past->graph(past, &s, g->span.from_ns, g->span.to_ns, g->points, mean, peak);
        if (!error)
            one(out, written++, api_series_name(s.series), mean, peak, g->points);
    }
    for (size_t i = 0; i < g->more_count && past->metric && !error; i++) {
        error = past->metric(past, &g->subject.uuid, g->more[i], g->span.from_ns, g->span.to_ns,
                             g->points, mean, peak);
        if (!error)
            one(out, written++, g->more[i]->id, mean, peak, g->points);
        else if (error == -ENODATA)
            error = 0; /* left out */
    }
    text_adds(out, "}}\n");
    if (error) {
        out->len = start;
        out->data[start] = '\0';
    }
    free(mean);
    return error;
}

/* ---- events ---- */

static const char *weight_name(enum event_weight weight)
{
    static const char *const names[] = {
        [EVENT_USUAL] = "usual", [EVENT_NOTABLE] = "notable", [EVENT_BAD] = "bad"};

    return names[weight];
}

static void event(struct text *out, const struct event *e)
{
    text_adds(out, "{\"time\":");
    api_time(out, e->wall_ns);
    text_adds(out, ",\"kind\":");
    json_string(out, event_word(e->kind));
    text_addf(out, ",\"weight\":\"%s\",\"uuid\":", weight_name(event_weight(e->kind)));
    if (e->domid == UNKNOWN) {
        text_adds(out, "null,\"domid\":null");
    } else {
        text_addc(out, '"');
        api_uuid(out, &e->uuid);
        text_addf(out, "\",\"domid\":%llu", (unsigned long long)e->domid);
    }
    text_adds(out, ",\"name\":");
    json_string(out, e->name);
    text_adds(out, ",\"detail\":");
    json_string(out, e->detail);
    text_addc(out, '}');
}

static bool wanted(const struct api_happened *h, const struct event *e)
{
    return !h->one || (e->domid != UNKNOWN && !memcmp(&e->uuid, &h->uuid, sizeof(h->uuid)));
}

int api_events_render(struct text *out, struct past *past, const struct api_happened *h)
{
    /* One domain's may be few among many. */
    size_t cap = h->one ? API_EVENTS_MOST : MAX(h->limit, (size_t)1), count = 0, fit = 0, skip;
    struct event *events = xcalloc(cap, sizeof(*events));
    int error = past->events(past, h->span.from_ns, h->span.to_ns, events, cap, &count);
    size_t written = 0;

    if (error) {
        free(events);
        return error;
    }
    for (size_t i = 0; i < count; i++)
        fit += wanted(h, &events[i]);
    skip = fit > h->limit ? fit - h->limit : 0;
    text_addf(out, "{\"schema\":%d", API_SCHEMA);
    span(out, &h->span);
    /* As many as were asked for: there may be more. */
    text_addf(out, ",\"more\":%s,\"events\":[", count == cap || skip ? "true" : "false");
    for (size_t i = 0; i < count; i++) {
        if (!wanted(h, &events[i]))
            continue;
        if (skip) {
            skip--;
            continue;
        }
        text_adds(out, written++ ? ",\n" : "\n");
        event(out, &events[i]);
    }
    text_adds(out, "]}\n");
    free(events);
    return 0;
}
