/*
 * csv: see csv.h. Which fields there are is field.c's; here is only how CSV writes them.
 */
#include "csv.h"

#include <string.h>

#include "../format.h"
#include "field.h"

static bool is_device(enum entity e)
{
    return e == ENTITY_VCPU || e == ENTITY_VIF || e == ENTITY_VBD;
}

/* What a spreadsheet starts a formula with, or skips before one. */
static bool looks_like_formula(const char *text)
{
    return *text && strchr("=+-@\t\r\n", *text);
}

static void text_field(struct text *out, const char *text)
{
    bool formula = looks_like_formula(text);

    if (!formula && !text[strcspn(text, ",\"\r\n")]) {
        text_adds(out, text);
        return;
    }
    text_addc(out, '"');
    if (formula)
        text_addc(out, '\'');
    for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
        text_add(out, text, (size_t)(quote - text));
        text_adds(out, "\"\"");
    }
    text_adds(out, text);
    text_addc(out, '"');
}

static void value_field(struct text *out, const struct metric *m, const struct value *v)
{
    switch (v->type) {
    case VALUE_UNKNOWN: break;
    case VALUE_U64: text_add_u64(out, v->u64); break;
    case VALUE_F64: text_add_f64(out, v->f64); break;
    case VALUE_BOOL: text_addc(out, v->u64 ? '1' : '0'); break;
    case VALUE_TEXT:
        /* Words and letters of our own ("--b---") are no formulas. */
        if (m->type == TYPE_STR)
            text_field(out, v->text);
        else
            text_adds(out, v->text);
        break;
    }
}

void csv_header(struct text *out, enum entity e, bool peaks)
{
    struct field fields[FIELDS_MAX];
    size_t count = fields_list(e, peaks, fields);

    text_adds(out, "time,simulated");
    if (is_device(e))
        text_adds(out, ",domid,uuid,domain,host");
    for (size_t i = 0; i < count; i++) {
        text_addc(out, ',');
        field_name(out, &fields[i]);
    }
    text_adds(out, "\r\n");
}

static void owner(struct text *out, const struct snapshot *s, enum entity e, size_t row)
{
    const struct domain *d = &s->domains[snapshot_parent(s, e, row)];
    const char *name = snapshot_str(s, d->name), *host = snapshot_str(s, d->host);
    char uuid[UUID_TEXT];

    uuid_format(&d->uuid, uuid);
    text_addc(out, ',');
    text_add_u64(out, domid_own(d->domid));
    text_addc(out, ',');
    text_adds(out, uuid);
    text_addc(out, ',');
    if (name)
        text_field(out, name);
    text_addc(out, ',');
    if (host)
        text_field(out, host);
}

void csv_render(struct text *out, const struct snapshot *s, const struct rates *r,
                const struct peaks *p, enum entity e)
{
    struct field fields[FIELDS_MAX];
    size_t count = fields_list(e, p, fields), rows = snapshot_rows(s, e);
    char time[FORMAT_MAX] = "";
    struct value v;

    if (s->wall_ns != UNKNOWN)
        format_rfc3339(time, s->wall_ns);
    for (size_t row = 0; row < rows; row++) {
        text_adds(out, time);
        text_adds(out, s->simulated ? ",1" : ",0");
        if (is_device(e))
            owner(out, s, e, row);
        for (size_t i = 0; i < count; i++) {
            text_addc(out, ',');
            if (fields[i].peak)
                field_peak(&v, &fields[i], s, r, p, row);
            else
                field_value(&v, &fields[i], s, r, row);
            value_field(out, fields[i].metric, &v);
        }
        text_adds(out, "\r\n");
    }
}
