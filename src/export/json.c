/*
 * json: see json.h. Which fields there are is field.c's; here is only how JSON writes them.
 */
#include "json.h"

#include "../format.h"
#include "field.h"
#include "utf8.h"

/* ---- strings ---- */

static bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void json_string(struct text *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    if (!p) {
        text_adds(out, "null");
        return;
    }
    text_addc(out, '"');
    while (*p) {
        size_t run = 0;
        while (plain(p[run]))
            run++;
        text_add(out, p, run);
        p += run;
        if (!*p)
            break;
        size_t len = utf8_len(p);
        if (len == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
            text_addf(out, "\\u20%02x", p[2] - 0x80);
        else if (len > 1)
            text_add(out, p, len);
        else if (len == 0)
            text_adds(out, "\\ufffd");
        else if (*p == '"' || *p == '\\')
            text_add(out, (char[]){'\\', (char)*p}, 2);
        else
            text_addf(out, "\\u%04x", *p);
        p += MAX(len, (size_t)1);
    }
    text_addc(out, '"');
}

/* ---- values ---- */

static void key(struct text *out, const char *name)
{
    text_addc(out, '"');
    text_adds(out, name);
    text_adds(out, "\":");
}

void json_value(struct text *out, const struct value *v)
{
    switch (v->type) {
    case VALUE_UNKNOWN: text_adds(out, "null"); break;
    case VALUE_U64: text_add_u64(out, v->u64); break;
    case VALUE_F64: text_add_f64(out, v->f64); break;
    case VALUE_BOOL: text_adds(out, v->u64 ? "true" : "false"); break;
    case VALUE_TEXT: json_string(out, v->text); break;
    }
}

/* ---- rows ---- */

/* What one sample is written with: the fields of each entity, made once. */
struct writer {
    struct text *out;
    const struct snapshot *s;
    const struct rates *r;
    const struct peaks *p;
    struct field fields[ENTITY_COUNT][FIELDS_MAX];
    size_t counts[ENTITY_COUNT];
};

/* The fields of a row, between the braces. */
static void row_fields(struct writer *w, enum entity e, size_t row)
{
    struct value v;

    for (size_t i = 0; i < w->counts[e]; i++) {
        if (i)
            text_addc(w->out, ',');
        text_addc(w->out, '"');
        field_name(w->out, &w->fields[e][i]);
        text_adds(w->out, "\":");
        if (w->fields[e][i].peak)
            field_peak(&v, &w->fields[e][i], w->s, w->r, w->p, row);
        else
            field_value(&v, &w->fields[e][i], w->s, w->r, row);
        json_value(w->out, &v);
    }
}

static void device_table(struct writer *w, enum entity e, const struct domain *d)
{
    size_t first, count;

    key(w->out, metric_groups[e].plural);
    domain_devices(d, e, &first, &count);
    if (!count && !(w->s->have & PART(e))) {
        text_adds(w->out, "null");
        return;
    }
    text_addc(w->out, '[');
    for (size_t i = 0; i < count; i++) {
        text_adds(w->out, i ? ",{" : "{");
        row_fields(w, e, first + i);
        text_addc(w->out, '}');
    }
    text_addc(w->out, ']');
}

/* In an object of their own: "vcpus" is also the number a domain has. */
static void devices(struct writer *w, const struct domain *d)
{
    text_adds(w->out, ",\"devices\":{");
    for (int e = ENTITY_VCPU; e <= ENTITY_VBD; e++) {
        if (e > ENTITY_VCPU)
            text_addc(w->out, ',');
        device_table(w, (enum entity)e, d);
    }
    text_addc(w->out, '}');
}

static void table(struct writer *w, enum entity e)
{
    size_t rows = snapshot_rows(w->s, e);

    text_addc(w->out, ',');
    key(w->out, metric_groups[e].plural);
    if (!rows && !(w->s->have & PART(e))) {
        text_adds(w->out, "null");
        return;
    }
    text_addc(w->out, '[');
    for (size_t i = 0; i < rows; i++) {
        text_adds(w->out, i ? ",{" : "{");
        row_fields(w, e, i);
        if (e == ENTITY_DOMAIN)
            devices(w, &w->s->domains[i]);
        text_addc(w->out, '}');
    }
    text_addc(w->out, ']');
}

/* ---- the sample ---- */

static void head(struct text *out, const struct snapshot *s, const struct rates *r)
{
    char time[FORMAT_MAX];

    text_addf(out, "{\"schema\":%d,\"simulated\":%s,\"seq\":", JSON_SCHEMA,
              s->simulated ? "true" : "false");
    text_add_u64(out, s->seq);
    if (s->wall_ns == UNKNOWN) {
        text_adds(out, ",\"time\":null,\"time_unix\":null");
    } else {
        format_rfc3339(time, s->wall_ns);
        text_addf(out, ",\"time\":\"%s\",\"time_unix\":%llu.%09llu", time,
                  (unsigned long long)(s->wall_ns / NS_PER_S),
                  (unsigned long long)(s->wall_ns % NS_PER_S));
    }
    text_adds(out, ",\"interval_s\":");
    if (r->interval_s > 0)
        text_add_f64(out, r->interval_s);
    else
        text_adds(out, "null");
}

void json_collectors(struct text *out, const struct snapshot *s)
{
    text_addc(out, '[');
    for (size_t i = 0; i < s->report_count; i++) {
        const struct report *report = &s->reports[i];
        text_adds(out, i ? ",{\"name\":" : "{\"name\":");
        json_string(out, snapshot_str(s, report->collector));
        text_addf(out, ",\"ok\":%s,\"error\":%lld,\"seconds\":", report->error ? "false" : "true",
                  -(long long)report->error);
        if (report->elapsed_ns == UNKNOWN)
            text_adds(out, "null");
        else
            text_add_f64(out, (double)report->elapsed_ns / (double)NS_PER_S);
        text_adds(out, ",\"message\":");
        json_string(out, snapshot_str(s, report->message));
        text_addc(out, '}');
    }
    text_addc(out, ']');
}

void json_render(struct text *out, const struct snapshot *s, const struct rates *r,
                 const struct peaks *p)
{
    struct writer w = {.out = out, .s = s, .r = r, .p = p};

    for (int e = 0; e < ENTITY_COUNT; e++)
        w.counts[e] = fields_list((enum entity)e, p, w.fields[e]);
    head(out, s, r);
    text_addc(out, ',');
    key(out, metric_groups[ENTITY_HOST].name);
    text_addc(out, '{');
    row_fields(&w, ENTITY_HOST, 0);
    text_addc(out, '}');
    table(&w, ENTITY_PCPU);
    table(&w, ENTITY_DOMAIN);
    text_addc(out, ',');
    key(out, "collectors");
    json_collectors(out, s);
    text_adds(out, "}\n");
}
