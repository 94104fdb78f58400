/*
 * prometheus: see prometheus.h. Which families there are is prometheus_rows.c's; here is only how
 * the two formats write them. The labels of each row are written once and copied for each value.
 */
#include "prometheus.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "prometheus_rows.h"

const char *const prometheus_types[PROMETHEUS_FORMATS] = {
    [PROMETHEUS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
    [PROMETHEUS_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/* Bits in the order of domain_state_letters(), which is xentop's. */
static const char *const state_names[DOMAIN_STATES] = {"dying",   "shutdown", "blocked",
                                                       "crashed", "paused",   "running"};

/* ---- what a rendering works with ---- */

struct labels {
    struct text pool; /* one after the other: {uuid="...",domain="...",vif="0" without the } */
    size_t *ends;     /* where a row's end; equal to the one before: the row is not told of */
    size_t count, ends_cap;
};

struct renderer {
    struct text *out;
    enum prometheus_format format;
    const struct snapshot *s;
    const struct prometheus_options *o;
    bool *told; /* of each domain row */
    struct labels labels[ENTITY_COUNT];
};

static void adds(struct renderer *w, const char *text)
{
    text_adds(w->out, text);
}

/* ---- labels ---- */

static void label_value(struct text *out, const char *value)
{
    size_t run;

    for (; *value; value += run) {
        run = strcspn(value, "\\\"\n");
        if (!run) {
            text_adds(out, *value == '\n' ? "\\n" : *value == '"' ? "\\\"" : "\\\\");
            run = 1;
        } else {
            text_add(out, value, run);
        }
    }
}

/* Begins with '{' where it is the first of the row, else with ','. */
static void label(struct text *out, bool first, const char *name, const char *value)
{
    text_addc(out, first ? '{' : ',');
    text_adds(out, name);
    text_add(out, "=\"", 2);
    label_value(out, value);
    text_addc(out, '"');
}

static void domain_labels(struct text *out, const struct snapshot *s, const struct domain *d)
{
    const char *name = snapshot_str(s, d->name);
    char uuid[UUID_TEXT];

    uuid_format(&d->uuid, uuid);
    label(out, true, "uuid", uuid);
    label(out, false, "domain", name ? name : "");
}

static void row_id(enum entity e, const void *record, char out[VBD_NAME])
{
    uint64_t id = metric_u64(metric_find(e, "id"), record);

    if (e == ENTITY_VBD)
        vbd_name(id, out);
    else
        snprintf(out, VBD_NAME, "%llu", (unsigned long long)id);
}

static bool device(enum entity e)
{
    return e == ENTITY_VCPU || e == ENTITY_VIF || e == ENTITY_VBD;
}

static void make_labels(struct renderer *w, enum entity e)
{
    struct labels *l = &w->labels[e];
    char id[VBD_NAME];

    l->count = snapshot_rows(w->s, e);
    array_reserve(&l->ends, &l->ends_cap, l->count, sizeof(*l->ends));
    for (size_t row = 0; row < l->count; row++) {
        size_t owner = e == ENTITY_DOMAIN ? row : device(e) ? snapshot_parent(w->s, e, row) : 0;
        bool owned = device(e) || e == ENTITY_DOMAIN;
        if (!owned || w->told[owner]) {
            if (owned)
                domain_labels(&l->pool, w->s, &w->s->domains[owner]);
            if (entity_label(e)) {
                row_id(e, snapshot_row(w->s, e, row), id);
                label(&l->pool, !owned, entity_label(e), id);
            }
        }
        l->ends[row] = l->pool.len;
    }
}

/* The labels of a row, without the closing brace; the host has none. false: it is not told of. */
static bool row_labels(const struct renderer *w, enum entity e, size_t row, const char **text,
                       size_t *len)
{
    const struct labels *l = &w->labels[e];
    size_t start = row ? l->ends[row - 1] : 0;

    *text = l->pool.data ? l->pool.data + start : "";
    *len = l->ends[row] - start;
    return *len || e == ENTITY_HOST;
}

/* ---- which domains ---- */

static bool matches(const char *const *globs, const char *name)
{
    for (; *globs; globs++)
        if (!fnmatch(*globs, name, 0))
            return true;
    return false;
}

bool prometheus_includes(const struct prometheus_options *o, const char *name)
{
    name = name ? name : "";
    if (o->exclude && matches(o->exclude, name))
        return false;
    return !o->include || matches(o->include, name);
}

/* Of two domains with one uuid, the one that lives is told of; dom0, whose uuid is zero, always. */
static int liveliness(const struct domain *d)
{
    if (d->domid == 0)
        return 3;
    if (d->state == UNKNOWN || d->state & (DOMAIN_DYING | DOMAIN_SHUTDOWN | DOMAIN_CRASHED))
        return 0;
    return d->state & DOMAIN_PAUSED ? 1 : 2;
}

/* Same uuids together, the one to be told of first. */
static int by_uuid(const void *a, const void *b)
{
    const struct domain *x = *(const struct domain *const *)a;
    const struct domain *y = *(const struct domain *const *)b;
    int order = memcmp(&x->uuid, &y->uuid, sizeof(x->uuid));

    if (!order)
        order = liveliness(y) - liveliness(x);
    if (!order)
        order = (x->domid < y->domid) - (x->domid > y->domid);
    return order;
}

static void choose(struct renderer *w)
{
    const struct snapshot *s = w->s;
    const struct domain **sorted = xcalloc(s->domain_count + 1, sizeof(*sorted));

    w->told = xcalloc(s->domain_count + 1, sizeof(*w->told));
    for (size_t i = 0; i < s->domain_count; i++)
        sorted[i] = &s->domains[i];
    qsort(sorted, s->domain_count, sizeof(*sorted), by_uuid);
    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = sorted[i];
        bool again = i && !memcmp(&d->uuid, &sorted[i - 1]->uuid, sizeof(d->uuid));
        w->told[d - s->domains] = !again && prometheus_includes(w->o, snapshot_str(s, d->name));
    }
    free(sorted);
}

/* ---- values ---- */

/* Exact: a double has not enough digits for the nanoseconds of a month. */
static void add_seconds(struct text *out, uint64_t ns)
{
    char digits[10] = {'.'};
    uint64_t part = ns % NS_PER_S;
    size_t len = sizeof(digits);

    text_add_u64(out, ns / NS_PER_S);
    if (!part)
        return;
    for (size_t i = 9; i > 0; i--, part /= 10)
        digits[i] = (char)('0' + part % 10);
    while (digits[len - 1] == '0')
        len--;
    text_add(out, digits, len);
}

/* false: unknown, nothing was written. */
static bool add_value(struct text *out, const struct family *f, const struct metric *m,
                      const struct snapshot *s, const void *record)
{
    if (m->type == TYPE_F64) {
        double d = metric_f64(m, record);
        if (!isfinite(d))
            return false;
        text_add_f64(out, d);
        return true;
    }
    uint64_t n = metric_u64(m, record);
    if (n == UNKNOWN)
        return false;
    if (f->form == FORM_PERCENT)
        text_add_f64(out, (double)n / 100);
    else if (f->form == FORM_SINCE && (s->wall_ns == UNKNOWN || s->wall_ns < n))
        return false;
    else if (f->form == FORM_SINCE)
        text_add_u64(out, (s->wall_ns - n + NS_PER_S / 2) / NS_PER_S);
    else if (m->unit == UNIT_NS || m->unit == UNIT_DATE)
        add_seconds(out, n);
    else
        text_add_u64(out, n);
    return true;
}

/* ---- samples ---- */

/* HELP, TYPE and UNIT. Text 0.0.4 names what its lines are called and knows no info. */
static void head(struct renderer *w, const char *name, const char *suffix, enum family_type type,
                 const char *unit, const char *help)
{
    bool open = w->format == PROMETHEUS_OPENMETRICS;
    const char *end = open ? "" : suffix;

    if (!open && type == FAMILY_INFO)
        type = FAMILY_GAUGE;
    text_addf(w->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, end, help, name, end,
              family_type_name(type));
    if (open && unit)
        text_addf(w->out, "# UNIT %s %s\n", name, unit);
}

/* Up to the value: name, the row's labels, one more. */
static void sample(struct renderer *w, const struct family *f, size_t row, const char *value)
{
    const char *labels;
    size_t len;

    row_labels(w, f->entity, row, &labels, &len);
    adds(w, f->name);
    adds(w, family_suffix(f));
    text_add(w->out, labels, len);
    if (value)
        label(w->out, !len, f->label, value);
    text_add(w->out, "} ", len || value ? 2 : 0);
    if (!len && !value)
        text_addc(w->out, ' ');
}

static void sample_values(struct renderer *w, const struct family *f, size_t row,
                          const void *record)
{
    for (size_t i = 0; i < f->member_count; i++) {
        size_t start = w->out->len;
        sample(w, f, row, f->members[i].label);
        if (add_value(w->out, f, f->members[i].metric, w->s, record)) {
            text_addc(w->out, '\n');
        } else {
            w->out->len = start;
            w->out->data[start] = '\0';
        }
    }
}

static void sample_states(struct renderer *w, const struct family *f, size_t row,
                          const void *record)
{
    uint64_t state = metric_u64(f->members[0].metric, record);

    for (size_t i = 0; state != UNKNOWN && i < DOMAIN_STATES; i++) {
        sample(w, f, row, state_names[i]);
        adds(w, state & (UINT64_C(1) << i) ? "1\n" : "0\n");
    }
}

/* What is unknown has no label. */
static void info_label(struct renderer *w, bool first, const struct family_member *member,
                       const void *record)
{
    const struct metric *m = member->metric;
    const char *text = NULL;
    char number[24];

    if (m->type == TYPE_STR) {
        text = snapshot_str(w->s, metric_str(m, record));
    } else {
        uint64_t n = metric_u64(m, record);
        snprintf(number, sizeof(number), "%llu", (unsigned long long)n);
        if (n != UNKNOWN)
            text = m->unit == UNIT_DOMTYPE   ? domain_type_name(n)
                   : m->unit == UNIT_BACKEND ? vbd_backend_name(n)
                                             : number;
    }
    label(w->out, first, member->label, text ? text : "");
}

static void sample_info(struct renderer *w, const struct family *f, size_t row, const void *record)
{
    const char *labels;
    size_t len;

    row_labels(w, f->entity, row, &labels, &len);
    adds(w, f->name);
    adds(w, family_suffix(f));
    text_add(w->out, labels, len);
    for (size_t i = 0; i < f->member_count; i++)
        info_label(w, !len && !i, &f->members[i], record);
    adds(w, "} 1\n");
}

static void family(struct renderer *w, const struct family *f)
{
    size_t start, body, rows = snapshot_rows(w->s, f->entity), len;
    const char *labels;

    if (w->o->without & PART(f->entity) || (f->dom0 && !w->o->dom0))
        return;
    start = w->out->len;
    head(w, f->name, family_suffix(f), f->type, f->unit, f->help);
    body = w->out->len;
    for (size_t row = 0; row < rows; row++) {
        const void *record = snapshot_row(w->s, f->entity, row);
        if (!row_labels(w, f->entity, row, &labels, &len))
            continue;
        switch (f->form) {
        case FORM_LABELS: sample_info(w, f, row, record); break;
        case FORM_STATES: sample_states(w, f, row, record); break;
        default: sample_values(w, f, row, record); break;
        }
    }
    /* A family nobody knows anything of is not there at all. */
    if (w->out->len == body)
        w->out->len = start;
}

/* ---- families that are in no row of the table ---- */

static const char *const words[] = {"dying",  "shutdown", "blocked", "crashed",
                                    "paused", "running",  "ready"};

/* Each domain once, by the one word that says most. */
static void host_domains(struct renderer *w)
{
    size_t counts[ARRAY_LEN(words)] = {0};

    if (!(w->s->have & PART(ENTITY_DOMAIN)))
        return;
    for (size_t i = 0; i < w->s->domain_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            counts[k] += !strcmp(domain_state_word(w->s->domains[i].state), words[k]);
    head(w, "xen_host_domains", "", FAMILY_GAUGE, NULL,
         "Domains by what they are doing, each counted once.");
    for (size_t k = 0; k < ARRAY_LEN(words); k++)
        text_addf(w->out, "xen_host_domains{state=\"%s\"} %zu\n", words[k], counts[k]);
}

/* Which reports a family is of: of collectors, or of the service's processes. */
static bool of_process(const struct report *r)
{
    return r->restarts != UNKNOWN;
}

static void report_label(struct renderer *w, const char *name, const struct report *r)
{
    adds(w, name);
    label(w->out, true, of_process(r) ? "process" : "collector", snapshot_str(w->s, r->collector));
    adds(w, "} ");
}

static bool any_report(const struct snapshot *s, bool process)
{
    for (size_t i = 0; i < s->report_count; i++)
        if (of_process(&s->reports[i]) == process)
            return true;
    return false;
}

/* 1 for each report without an error. */
static void successes(struct renderer *w, const char *name, bool process)
{
    for (size_t i = 0; i < w->s->report_count; i++) {
        const struct report *r = &w->s->reports[i];
        if (of_process(r) != process)
            continue;
        report_label(w, name, r);
        adds(w, r->error ? "0\n" : "1\n");
    }
}

static void collectors(struct renderer *w)
{
    if (!any_report(w->s, false))
        return;
    head(w, "xen_collector_success", "", FAMILY_GAUGE, NULL,
         "Whether the collector could read all it is for.");
    successes(w, "xen_collector_success", false);
    head(w, "xen_collector_duration_seconds", "", FAMILY_GAUGE, "seconds",
         "Time the collector took for this sample.");
    for (size_t i = 0; i < w->s->report_count; i++) {
        const struct report *r = &w->s->reports[i];
        if (of_process(r) || r->elapsed_ns == UNKNOWN)
            continue;
        report_label(w, "xen_collector_duration_seconds", r);
        add_seconds(w->out, r->elapsed_ns);
        text_addc(w->out, '\n');
    }
}

static void processes(struct renderer *w)
{
    if (!any_report(w->s, true))
        return;
    head(w, "xen_exporter_process_up", "", FAMILY_GAUGE, NULL,
         "Whether that process of the service runs.");
    successes(w, "xen_exporter_process_up", true);
    head(w, "xen_exporter_process_restarts", "_total", FAMILY_COUNTER, NULL,
         "Times that process of the service ended unasked and was started again.");
    for (size_t i = 0; i < w->s->report_count; i++) {
        const struct report *r = &w->s->reports[i];
        if (!of_process(r))
            continue;
        report_label(w, "xen_exporter_process_restarts_total", r);
        text_add_u64(w->out, r->restarts);
        text_addc(w->out, '\n');
    }
}

static void counter(struct renderer *w, const char *name, const char *help, uint64_t n)
{
    head(w, name, "_total", FAMILY_COUNTER, NULL, help);
    text_addf(w->out, "%s_total %llu\n", name, (unsigned long long)n);
}

static void ourselves(struct renderer *w, const struct prometheus_self *self)
{
    head(w, "xen_exporter_build", "_info", FAMILY_INFO, NULL, "The program that says all this.");
    adds(w, "xen_exporter_build_info{version=\"" DOMTOP_VERSION "\"} 1\n");
    if (w->s->seq && w->s->wall_ns != UNKNOWN) {
        head(w, "xen_sample_timestamp_seconds", "", FAMILY_GAUGE, "seconds",
             "When these figures were read, in seconds since 1970.");
        adds(w, "xen_sample_timestamp_seconds ");
        add_seconds(w->out, w->s->wall_ns);
        text_addc(w->out, '\n');
    }
    if (self->store) {
        counter(w, "xen_store_updates", "Samples written to the store.", self->store_updates);
        counter(w, "xen_store_failures", "Samples that could not be written to the store.",
                self->store_failures);
    }
}

/* ---- the whole ---- */

void prometheus_render(struct text *out, enum prometheus_format format, const struct snapshot *s,
                       const struct prometheus_self *self, const struct prometheus_options *o)
{
    struct renderer w = {.out = out, .format = format, .s = s, .o = o};
    bool up = s->seq && s->have & PART(ENTITY_DOMAIN);
    size_t count;
    const struct family *f = families(&count);

    head(&w, "xen_up", "", FAMILY_GAUGE, NULL, "Whether the hypervisor answered for this sample.");
    adds(&w, up ? "xen_up 1\n" : "xen_up 0\n");
    ourselves(&w, self);
    if (s->seq) {
        choose(&w);
        for (int e = 0; e < ENTITY_COUNT; e++)
            make_labels(&w, (enum entity)e);
        collectors(&w);
        processes(&w);
        host_domains(&w);
        for (size_t i = 0; i < count; i++)
            family(&w, &f[i]);
        for (int e = 0; e < ENTITY_COUNT; e++) {
            text_release(&w.labels[e].pool);
            free(w.labels[e].ends);
        }
        free(w.told);
    }
    if (format == PROMETHEUS_OPENMETRICS)
        adds(&w, "# EOF\n");
}
