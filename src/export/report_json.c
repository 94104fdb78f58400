/*
 * report_json: a report for programs. One object:
 *
 *   {"schema":1, "kind":"report", "simulated":false, "store":"...", "host":"...", "xen":"...",
 *    "from":TIME, "to":TIME, "made":TIME, "resolution_s":10, "recorded_s":21480,
 *    "pcpus":8, "mem_bytes":N,
 *    "host_values":{"cpu":VALUE, "memory":VALUE, "net_in":..., "net_out":..., "disk_read":...,
 *                   "disk_write":...}, "dom0_cpu":VALUE,
 *    "saturation":[{"what":"CPU of the host", "limit":0.9, "share":0.02, "seconds":430}...],
 *    "domains":[{"uuid":"...", "name":"web-1", "there":true, "values":{...}}...],
 *    "top":{"cpu":[UUID...], "network":[...], ...},
 *    "gaps":[{"from":TIME, "to":TIME, "why":"..."}...],
 *    "events":[{"time":TIME, "kind":"crashed", "uuid":"...", "domid":7, "name":"...",
 *               "detail":"..."}...], "events_cut":false,
 *    "left_out":["..."...]}
 *
 * VALUE is {"mean":N, "share":N, "peak":N, "at":TIME, "parts":[N...]}, share being how much of the
 * span the mean is of, parts equal parts of the span. Of cpus N is 1 for one, latencies are in
 * nanoseconds, the others in bytes (per second). TIME is RFC 3339 in UTC. Unknown is null.
 * events_cut: there were more, these are the newest.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../format.h"
#include "field.h"
#include "json.h"
#include "report.h"

static const char *const ids[REPORT_SERIES] = {
    [REPORT_CPU] = "cpu",       [REPORT_MEM] = "memory",    [REPORT_RX] = "net_in",
    [REPORT_TX] = "net_out",    [REPORT_RD] = "disk_read",  [REPORT_WR] = "disk_write",
    [REPORT_RD_LAT] = "rd_lat", [REPORT_WR_LAT] = "wr_lat", [REPORT_WAIT] = "wait_est",
};

static void add_time(struct text *out, uint64_t wall_ns)
{
    char time[FORMAT_MAX];

    if (!wall_ns) {
        text_adds(out, "null");
        return;
    }
    format_rfc3339(time, wall_ns);
    text_addf(out, "\"%s\"", time);
}

static void add_number(struct text *out, double n)
{
    if (isfinite(n))
        text_add_f64(out, n);
    else
        text_adds(out, "null");
}

static void add_u64(struct text *out, const char *key, uint64_t n)
{
    text_addf(out, ",\"%s\":", key);
    if (n == UNKNOWN)
        text_adds(out, "null");
    else
        text_add_u64(out, n);
}

static void add_value(struct text *out, const char *key, const struct report_value *v)
{
    text_addf(out, "\"%s\":", key);
    if (!v->parts) {
        text_adds(out, "null");
        return;
    }
    text_adds(out, "{\"mean\":");
    add_number(out, v->mean);
    text_adds(out, ",\"share\":");
    add_number(out, v->share);
    text_adds(out, ",\"peak\":");
    add_number(out, v->peak);
    text_adds(out, ",\"at\":");
    add_time(out, v->at_ns);
    text_adds(out, ",\"parts\":[");
    for (size_t i = 0; i < REPORT_PARTS; i++) {
        if (i)
            text_addc(out, ',');
        add_number(out, (double)v->parts[i]);
    }
    text_adds(out, "]}");
}

static void add_uuid(struct text *out, const struct uuid *uuid)
{
    char text[UUID_TEXT];

    uuid_format(uuid, text);
    text_addf(out, "\"%s\"", text);
}

static void head(struct text *out, const struct account *a)
{
    text_addf(out, "{\"schema\":%d,\"kind\":\"report\",\"simulated\":%s,\"store\":", REPORT_SCHEMA,
              a->simulated ? "true" : "false");
    json_string(out, a->store);
    text_adds(out, ",\"host\":");
    json_string(out, a->host);
    text_adds(out, ",\"xen\":");
    json_string(out, a->xen);
    text_adds(out, ",\"from\":");
    add_time(out, a->from_ns);
    text_adds(out, ",\"to\":");
    add_time(out, a->to_ns);
    text_adds(out, ",\"made\":");
    add_time(out, a->made_ns);
    text_adds(out, ",\"resolution_s\":");
    add_number(out, (double)a->resolution_ns / 1e9);
    text_adds(out, ",\"recorded_s\":");
    add_number(out, (double)a->recorded_ns / 1e9);
    add_u64(out, "pcpus", a->pcpus);
    add_u64(out, "mem_bytes", a->mem_bytes);
}

static void host(struct text *out, const struct account *a)
{
    text_adds(out, ",\"host_values\":{");
    for (int s = 0; s <= REPORT_WR; s++) {
        if (s)
            text_addc(out, ',');
        add_value(out, ids[s], &a->host_values[s]);
    }
    text_adds(out, "},");
    add_value(out, "dom0_cpu", &a->dom0_cpu);
    text_adds(out, ",\"saturation\":[");
    for (size_t i = 0; i < a->saturation_count; i++) {
        const struct report_saturation *s = &a->saturation[i];
        text_adds(out, i ? ",{\"what\":" : "{\"what\":");
        json_string(out, s->what);
        text_adds(out, ",\"limit\":");
        add_number(out, s->limit);
        text_adds(out, ",\"share\":");
        add_number(out, s->share);
        text_adds(out, ",\"seconds\":");
        add_number(out, (double)s->time_ns / 1e9);
        text_addc(out, '}');
    }
    text_addc(out, ']');
}

static void domains(struct text *out, const struct account *a)
{
    text_adds(out, ",\"domains\":[");
    for (size_t i = 0; i < a->domain_count; i++) {
        const struct report_domain *d = &a->domains[i];
        text_adds(out, i ? ",{\"uuid\":" : "{\"uuid\":");
        add_uuid(out, &d->uuid);
        text_adds(out, ",\"name\":");
        json_string(out, d->name);
        text_addf(out, ",\"there\":%s,\"values\":{", d->there ? "true" : "false");
        for (int s = 0; s < REPORT_SERIES; s++) {
            if (s)
                text_addc(out, ',');
            add_value(out, ids[s], &d->values[s]);
        }
        text_adds(out, "}}");
    }
    text_addc(out, ']');
}

static void top(struct text *out, const struct account *a)
{
    size_t *order = xcalloc(a->top + 1, sizeof(*order));

    text_adds(out, ",\"top\":{");
    for (int t = 0; t < REPORT_TABLES; t++) {
        size_t count = report_rank(a, (enum report_table)t, order, a->top);
        text_addf(out, "%s\"%s\":[", t ? "," : "", report_table((enum report_table)t)->id);
        for (size_t i = 0; i < count; i++) {
            if (i)
                text_addc(out, ',');
            add_uuid(out, &a->domains[order[i]].uuid);
        }
        text_addc(out, ']');
    }
    text_addc(out, '}');
    free(order);
}

static void what_happened(struct text *out, const struct account *a)
{
    text_adds(out, ",\"gaps\":[");
    for (size_t i = 0; i < a->gap_count; i++) {
        text_adds(out, i ? ",{\"from\":" : "{\"from\":");
        add_time(out, a->gaps[i].from_ns);
        text_adds(out, ",\"to\":");
        add_time(out, a->gaps[i].to_ns);
        text_adds(out, ",\"why\":");
        json_string(out, a->gaps[i].why);
        text_addc(out, '}');
    }
    text_adds(out, "],\"events\":[");
    for (size_t i = 0; i < a->event_count; i++) {
        const struct event *e = &a->events[i];
        text_adds(out, i ? ",{\"time\":" : "{\"time\":");
        add_time(out, e->wall_ns);
        text_adds(out, ",\"kind\":");
        json_string(out, event_word(e->kind));
        text_adds(out, ",\"uuid\":");
        add_uuid(out, &e->uuid);
        add_u64(out, "domid", e->domid);
        text_adds(out, ",\"name\":");
        json_string(out, e->name);
        text_adds(out, ",\"detail\":");
        json_string(out, e->detail);
        text_addc(out, '}');
    }
    text_addf(out, "],\"events_cut\":%s", a->events_cut ? "true" : "false");
}

void report_json(struct text *out, const struct account *a)
{
    head(out, a);
    host(out, a);
    domains(out, a);
    top(out, a);
    what_happened(out, a);
    text_adds(out, ",\"left_out\":[");
    for (const char *line = a->damage.len ? a->damage.data : ""; *line;) {
        size_t len = strcspn(line, "\n");
        struct text one = {0};
        text_add(&one, line, len);
        if (line != a->damage.data)
            text_addc(out, ',');
        json_string(out, one.len ? one.data : "");
        text_release(&one);
        line += len + (line[len] == '\n');
    }
    text_adds(out, "]}\n");
}
