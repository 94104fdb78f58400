/* api_sample: a sample, now or of the past, as the API shows it. See api.h. */
#include <math.h>
#include <string.h>

#include "../format.h"
#include "api.h"
#include "api_text.h"
#include "json.h"

struct writer {
    struct text *out;
    const struct snapshot *s;
    const struct rates *r;
    const struct api_view *view;
};

/* A rate is worked out of two clock readings: more than a tenth is noise where it is large. */
static void rounded(struct value *v)
{
    if (v->type == VALUE_F64 && fabs(v->f64) >= 100)
        v->f64 = round(v->f64 * 10) / 10;
}

static void cells(struct writer *w, const struct field *fields, size_t count, size_t row)
{
    struct value v;

    for (size_t i = 0; i < count; i++) {
        if (i)
            text_addc(w->out, ',');
        field_value(&v, &fields[i], w->s, w->r, row);
        rounded(&v);
        json_value(w->out, &v);
    }
}

static void names(struct text *out, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_adds(out, i ? ",\"" : "\"");
        field_name(out, &fields[i]);
        text_addc(out, '"');
    }
}

/* ---- the host ---- */

static void host_object(struct writer *w)
{
    struct field fields[FIELDS_MAX];
    size_t count = fields_list(ENTITY_HOST, false, fields);
    struct value v;

    text_adds(w->out, ",\"host\":{");
    for (size_t i = 0; i < count; i++) {
        text_adds(w->out, i ? ",\"" : "\"");
        field_name(w->out, &fields[i]);
        text_adds(w->out, "\":");
        field_value(&v, &fields[i], w->s, w->r, 0);
        rounded(&v);
        json_value(w->out, &v);
    }
    text_addc(w->out, '}');
}

/* What people ask of the host as a whole: how busy, what its guests move, in what states they are.
 */
static void totals(struct writer *w)
{
    static const struct {
        const char *name, *id;
        enum entity entity;
    } rates[] = {
        {"rx", "rx_bytes", ENTITY_VIF},
        {"tx", "tx_bytes", ENTITY_VIF},
        {"rd", "rd_bytes", ENTITY_VBD},
        {"wr", "wr_bytes", ENTITY_VBD},
    };
    static const char *const words[] = {"running", "ready",    "blocked", "paused",
                                        "dying",   "shutdown", "crashed"};
    size_t counts[ARRAY_LEN(words)] = {0};

    text_adds(w->out, ",\"totals\":{\"busy\":");
    api_number(w->out, rate_host_busy(w->r, w->s));
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        text_addf(w->out, ",\"%s\":", rates[i].name);
        double rate = rate_total(w->r, w->s, metric_find(rates[i].entity, rates[i].id));
        api_number(w->out, fabs(rate) >= 100 ? round(rate * 10) / 10 : rate);
    }
    for (size_t i = 0; i < w->s->domain_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            counts[k] += !strcmp(domain_state_word(w->s->domains[i].state), words[k]);
    text_addf(w->out, ",\"domains\":%zu,\"states\":{", w->s->domain_count);
    for (size_t k = 0; k < ARRAY_LEN(words); k++)
        text_addf(w->out, "%s\"%s\":%zu", k ? "," : "", words[k], counts[k]);
    text_adds(w->out, "}}");
}

/* ---- tables ---- */

static bool shown(const struct writer *w, enum entity e, size_t row)
{
    const struct api_view *v = w->view;

    if (!v->one || e < ENTITY_DOMAIN)
        return true;
    if (e > ENTITY_DOMAIN)
        row = snapshot_parent(w->s, e, row);
    return !memcmp(&w->s->domains[row].uuid, &v->uuid, sizeof(v->uuid));
}

/* Whose a device is, as the first cells of its row. */
static void owner(struct writer *w, enum entity e, size_t row)
{
    const struct domain *d = &w->s->domains[snapshot_parent(w->s, e, row)];

    text_addc(w->out, '"');
    api_uuid(w->out, &d->uuid);
    text_addf(w->out, "\",%llu,", (unsigned long long)d->domid);
}

static void table(struct writer *w, enum entity e)
{
    struct field all[FIELDS_MAX];
    const struct field *fields = e == ENTITY_DOMAIN ? w->view->fields : all;
    size_t count = e == ENTITY_DOMAIN ? w->view->field_count : fields_list(e, false, all);
    size_t rows = snapshot_rows(w->s, e), written = 0;

    text_addf(w->out, ",\"%s\":", metric_groups[e].plural);
    if (!rows && !(w->s->have & PART(e))) {
        text_adds(w->out, "null");
        return;
    }
    text_adds(w->out, "{\"fields\":[");
    if (e > ENTITY_DOMAIN)
        text_adds(w->out, "\"uuid\",\"domid\",");
    names(w->out, fields, count);
    text_adds(w->out, "],\"rows\":[");
    for (size_t row = 0; row < rows; row++) {
        if (!shown(w, e, row))
            continue;
        text_adds(w->out, written++ ? ",[" : "[");
        if (e > ENTITY_DOMAIN)
            owner(w, e, row);
        cells(w, fields, count, row);
        text_addc(w->out, ']');
    }
    text_adds(w->out, "]}");
}

/* ---- the last samples ---- */

static void recent_row(struct text *out, const float *values, size_t n)
{
    text_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            text_addc(out, ',');
        double d = (double)values[i];
        /* For a graph some pixels high. */
        api_number(out, fabs(d) >= 10 ? round(d) : round(d * 1000) / 1000);
    }
    text_addc(out, ']');
}

static void recent(struct writer *w, const struct api_recent *from)
{
    float values[API_RECENT_MOST];
    size_t n = MIN(MIN(w->view->recent, from->len), (size_t)API_RECENT_MOST);
    size_t written = 0;

    text_adds(w->out, ",\"recent\":{\"host\":{");
    for (int i = 0; i < HISTORY_SERIES; i++) {
        from->get(from->from, NULL, (enum history_series)i, values, n);
        text_addf(w->out, "%s\"%s\":", i ? "," : "", api_series_name((enum history_series)i));
        recent_row(w->out, values, n);
    }
    /* In the order of the domains' rows. */
    text_adds(w->out, "},\"domains\":{\"cpu\":[");
    for (size_t row = 0; row < w->s->domain_count; row++) {
        if (!shown(w, ENTITY_DOMAIN, row))
            continue;
        from->get(from->from, &w->s->domains[row], HISTORY_CPU, values, n);
        if (written++)
            text_addc(w->out, ',');
        recent_row(w->out, values, n);
    }
    text_adds(w->out, "]}}");
}

/* ---- the whole ---- */

static void head(struct text *out, const struct api_sample *x)
{
    text_addf(out, "{\"schema\":%d,\"version\":\"" DOMTOP_VERSION "\",\"simulated\":%s,\"seq\":",
              API_SCHEMA, x->s->simulated ? "true" : "false");
    text_add_u64(out, x->s->seq);
    text_adds(out, ",\"time\":");
    api_time(out, x->s->wall_ns);
    text_adds(out, ",\"interval\":");
    api_number(out, x->r->interval_s > 0 ? x->r->interval_s : NAN);
    text_adds(out, ",\"delay\":");
    api_number(out, x->delay_s > 0 ? x->delay_s : NAN);
}

static void moment_object(struct text *out, const struct past_moment *m, uint64_t asked_ns)
{
    text_adds(out, ",\"moment\":{\"asked\":");
    api_time(out, asked_ns);
    text_adds(out, ",\"time\":");
    api_time(out, m->wall_ns);
    text_adds(out, ",\"resolution\":");
    api_number(out, (double)m->resolution_ns / (double)NS_PER_S);
    text_addf(out, ",\"gap\":%s,\"gap_from\":", m->gap ? "true" : "false");
    api_time(out, m->gap ? m->gap_from_ns : UNKNOWN);
    text_adds(out, ",\"gap_to\":");
    api_time(out, m->gap && m->gap_to_ns ? m->gap_to_ns : UNKNOWN);
    text_addc(out, '}');
}

void api_sample_render(struct text *out, const struct api_sample *x, const struct api_view *v)
{
    struct writer w = {.out = out, .s = x->s, .r = x->r, .view = v};

    head(out, x);
    text_adds(out, ",\"store\":");
    json_string(out, x->store);
    if (x->found)
        moment_object(out, x->found, x->asked_ns);
    if (v->tables & PART(ENTITY_HOST)) {
        host_object(&w);
        totals(&w);
    }
    for (int e = ENTITY_PCPU; e < ENTITY_COUNT; e++)
        if (v->tables & PART(e))
            table(&w, (enum entity)e);
    if (v->recent && x->recent)
        recent(&w, x->recent);
    text_adds(out, ",\"collectors\":");
    json_collectors(out, x->s);
    text_adds(out, "}\n");
}

void api_domains_render(struct text *out, const struct snapshot *s)
{
    static const char *const ids[] = {"uuid", "domid", "name", "type", "state_word"};
    struct field all[FIELDS_MAX];
    size_t count = fields_list(ENTITY_DOMAIN, false, all);
    struct rates none = {0};
    struct api_view v = {.tables = PART(ENTITY_DOMAIN)};
    struct writer w = {.out = out, .s = s, .r = &none, .view = &v};
    struct text name = {0};

    for (size_t k = 0; k < ARRAY_LEN(ids); k++)
        for (size_t i = 0; i < count; i++) {
            text_clear(&name);
            field_name(&name, &all[i]);
            if (!strcmp(name.data, ids[k]))
                v.fields[v.field_count++] = all[i];
        }
    text_release(&name);
    text_addf(out, "{\"schema\":%d,\"time\":", API_SCHEMA);
    api_time(out, s->wall_ns);
    table(&w, ENTITY_DOMAIN);
    text_adds(out, "}\n");
}
