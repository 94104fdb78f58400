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
#include "prometheus_write.h"

const char *const prometheus_types[PROMETHEUS_FORMATS] = {
    [PROMETHEUS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
    [PROMETHEUS_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/* Bits in the order of domain_state_letters(), which is xentop's. */
static const char *const state_names[DOMAIN_STATES] = {"dying",   "shutdown", "blocked",
                                                       "crashed", "paused",   "running"};

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

void write_label(struct text *out, bool first, const char *name, const char *value)
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
    write_label(out, true, "uuid", uuid);
    write_label(out, false, "domain", name ? name : "");
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
                write_label(&l->pool, !owned, entity_label(e), id);
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

void write_seconds(struct text *out, uint64_t ns)
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
        write_seconds(out, n);
    else
        text_add_u64(out, n);
    return true;
}

/* ---- samples ---- */

void write_head(struct renderer *w, const char *name, const char *suffix, enum family_type type,
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
    text_adds(w->out, f->name);
    text_adds(w->out, family_suffix(f));
    text_add(w->out, labels, len);
    if (value)
        write_label(w->out, !len, f->label, value);
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
        text_adds(w->out, state & (UINT64_C(1) << i) ? "1\n" : "0\n");
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
    write_label(w->out, first, member->label, text ? text : "");
}

static void sample_info(struct renderer *w, const struct family *f, size_t row, const void *record)
{
    const char *labels;
    size_t len;

    row_labels(w, f->entity, row, &labels, &len);
    text_adds(w->out, f->name);
    text_adds(w->out, family_suffix(f));
    text_add(w->out, labels, len);
    for (size_t i = 0; i < f->member_count; i++)
        info_label(w, !len && !i, &f->members[i], record);
    text_adds(w->out, "} 1\n");
}

static void family(struct renderer *w, const struct family *f)
{
    size_t start, body, rows = snapshot_rows(w->s, f->entity), len;
    const char *labels;

    if (w->o->without & PART(f->entity) || (f->dom0 && !w->o->dom0))
        return;
    start = w->out->len;
    write_head(w, f->name, family_suffix(f), f->type, f->unit, f->help);
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

/* ---- the whole ---- */

void prometheus_render(struct text *out, enum prometheus_format format, const struct snapshot *s,
                       const struct prometheus_options *o)
{
    struct renderer w = {.out = out, .format = format, .s = s, .o = o};
    bool up = s->seq && s->have & PART(ENTITY_DOMAIN);
    size_t count;
    const struct family *f = families(&count);

    write_head(&w, "xen_up", "", FAMILY_GAUGE, NULL,
               "Whether the hypervisor answered for this sample.");
    text_adds(out, up ? "xen_up 1\n" : "xen_up 0\n");
    write_self(&w);
    if (s->seq) {
        choose(&w);
        for (int e = 0; e < ENTITY_COUNT; e++)
            make_labels(&w, (enum entity)e);
        write_reports(&w);
        write_host_domains(&w);
        for (size_t i = 0; i < count; i++)
            family(&w, &f[i]);
        for (int e = 0; e < ENTITY_COUNT; e++) {
            text_release(&w.labels[e].pool);
            free(w.labels[e].ends);
        }
        free(w.told);
    }
    if (format == PROMETHEUS_OPENMETRICS)
        text_adds(out, "# EOF\n");
}
