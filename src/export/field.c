/* field: see field.h. */
#include "field.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- which fields ---- */

static size_t add(struct field *out, size_t n, struct field f)
{
    assert(n < FIELDS_MAX);
    out[n] = f;
    return n + 1;
}

/* Levels and rates that a store keeps; of idle time the busy share. */
static bool has_peak(const struct field *f)
{
    const struct metric *m = f->metric;

    if (!metric_is_recorded(m) || m->unit == UNIT_BOOL || m->unit == UNIT_STATE)
        return false;
    switch (f->form) {
    case FIELD_RAW: return m->kind == METRIC_GAUGE;
    case FIELD_RATE: return !(m->flags & METRIC_IDLE);
    case FIELD_BUSY: return true;
    default: return false;
    }
}

static size_t add_metric(struct field *out, size_t n, const struct metric *m, bool sum, bool peaks)
{
    const bool has[] = {[FIELD_RAW] = true,
                        [FIELD_WORD] = m->unit == UNIT_STATE,
                        [FIELD_RATE] = m->kind == METRIC_COUNTER,
                        [FIELD_BUSY] = m->flags & METRIC_IDLE};

    if (m->flags & METRIC_INNER)
        return n;
    for (size_t form = 0; form < ARRAY_LEN(has); form++) {
        struct field f = {.metric = m, .form = (enum field_form)form, .sum = sum};
        if (!has[form])
            continue;
        n = add(out, n, f);
        f.peak = true;
        if (peaks && has_peak(&f))
            n = add(out, n, f);
    }
    return n;
}

size_t fields_list(enum entity e, bool peaks, struct field out[FIELDS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < metric_groups[e].count; i++)
        n = add_metric(out, n, &metric_groups[e].rows[i], false, peaks);
    if (e != ENTITY_DOMAIN)
        return n;
    for (int device = 0; device < ENTITY_COUNT; device++)
        for (size_t i = 0; i < metric_groups[device].count; i++)
            if (metric_groups[device].rows[i].flags & METRIC_SUMS)
                n = add_metric(out, n, &metric_groups[device].rows[i], true, peaks);
    return n;
}

void field_name(struct text *out, const struct field *f)
{
    static const char *const endings[] = {
        [FIELD_RAW] = "", [FIELD_WORD] = "_word", [FIELD_RATE] = "_rate", [FIELD_BUSY] = "_rate"};

    text_adds(out, f->form == FIELD_BUSY ? "busy" : f->metric->id);
    text_adds(out, endings[f->form]);
    if (f->peak)
        text_adds(out, "_max");
}

/* ---- their values ---- */

static void set_text(struct value *v, const char *text)
{
    v->type = text ? VALUE_TEXT : VALUE_UNKNOWN;
    v->text = text;
}

/* What was written into buf is the value. */
static void set_buf(struct value *v)
{
    v->type = VALUE_TEXT;
    v->text = v->buf;
}

static void set_f64(struct value *v, double d)
{
    v->type = isfinite(d) ? VALUE_F64 : VALUE_UNKNOWN;
    v->f64 = d;
}

static_assert(sizeof(((struct value *)0)->buf) > DOMAIN_STATES, "the letters of a state fit");

static void set_u64(struct value *v, const struct metric *m, uint64_t n)
{
    v->type = n == UNKNOWN ? VALUE_UNKNOWN : VALUE_U64;
    v->u64 = n;
    if (n == UNKNOWN)
        return;
    switch (m->unit) {
    case UNIT_BOOL: v->type = VALUE_BOOL; break;
    case UNIT_DOMID: v->u64 = domid_own(n); break;
    case UNIT_STATE:
        domain_state_letters(n, v->buf);
        set_buf(v);
        break;
    case UNIT_DOMTYPE: set_text(v, domain_type_name(n)); break;
    case UNIT_BACKEND: set_text(v, vbd_backend_name(n)); break;
    default: break;
    }
}

static void raw_value(struct value *v, const struct metric *m, const struct snapshot *s,
                      const void *record)
{
    switch (m->type) {
    case TYPE_U64: set_u64(v, m, metric_u64(m, record)); break;
    case TYPE_F64: set_f64(v, metric_f64(m, record)); break;
    case TYPE_STR: set_text(v, snapshot_str(s, metric_str(m, record))); break;
    case TYPE_UUID:
        uuid_format(metric_uuid(m, record), v->buf);
        set_buf(v);
        break;
    }
}

static void state_word(struct value *v, uint64_t state)
{
    set_text(v, state == UNKNOWN ? NULL : domain_state_word(state));
}

void field_value(struct value *v, const struct field *f, const struct snapshot *s,
                 const struct rates *r, size_t row)
{
    const struct metric *m = f->metric;

    switch (f->form) {
    case FIELD_RAW:
        if (f->sum)
            set_u64(v, m, metric_sum(m, s, row));
        else
            raw_value(v, m, s, snapshot_row(s, m->entity, row));
        break;
    case FIELD_WORD: state_word(v, metric_u64(m, snapshot_row(s, m->entity, row))); break;
    case FIELD_RATE: set_f64(v, f->sum ? rate_sum(r, s, m, row) : rate_get(r, m, row)); break;
    case FIELD_BUSY: set_f64(v, rate_shown(r, m, row)); break;
    }
}

/* ---- their peaks ---- */

/* Whether both have the same thing in that row: by what tells rows of its entity apart. */
static bool same_row(const struct snapshot *a, const struct snapshot *b, enum entity e, size_t row)
{
    if (row >= snapshot_rows(a, e) || row >= snapshot_rows(b, e))
        return false;
    for (size_t i = 0; i < metric_groups[e].count; i++) {
        const struct metric *m = &metric_groups[e].rows[i];
        const void *x = snapshot_row(a, e, row), *y = snapshot_row(b, e, row);
        if (!(m->flags & METRIC_IDENT))
            continue;
        if (m->type == TYPE_U64 && metric_u64(m, x) != metric_u64(m, y))
            return false;
        if (m->type == TYPE_UUID &&
            memcmp(metric_uuid(m, x), metric_uuid(m, y), sizeof(struct uuid)) != 0)
            return false;
    }
    return true;
}

static double number(const struct field *f, const struct snapshot *s, const struct rates *r,
                     size_t row)
{
    switch (f->form) {
    case FIELD_RATE: return rate_get(r, f->metric, row);
    case FIELD_BUSY: return rate_shown(r, f->metric, row);
    default: return metric_number(f->metric, snapshot_row(s, f->metric->entity, row));
    }
}

static double sum_peak(const struct field *f, const struct snapshot *s, const struct rates *r,
                       const struct peaks *p, size_t row)
{
    enum entity e = f->metric->entity;
    double sum = NAN, higher = 0;
    size_t first, count;

    if (!same_row(s, p->s, ENTITY_DOMAIN, row))
        return NAN;
    domain_devices(&s->domains[row], e, &first, &count);
    for (size_t i = first; i < first + count; i++) {
        double mean = number(f, s, r, i);
        double peak = same_row(s, p->s, e, i) ? number(f, p->s, p->r, i) : NAN;
        if (isnan(mean) || isnan(peak))
            continue;
        sum = (isnan(sum) ? 0 : sum) + mean;
        higher = fmax(higher, peak - mean);
    }
    return count ? sum + higher : 0;
}

void field_peak(struct value *v, const struct field *f, const struct snapshot *s,
                const struct rates *r, const struct peaks *p, size_t row)
{
    const struct metric *m = f->metric;
    double peak = NAN;

    if (f->sum)
        peak = sum_peak(f, s, r, p, row);
    else if (same_row(s, p->s, m->entity, row))
        peak = number(f, p->s, p->r, row);
    if (f->form == FIELD_RAW && m->type == TYPE_U64)
        set_u64(v, m, peak >= 0 ? (uint64_t)peak : UNKNOWN);
    else
        set_f64(v, peak);
}

/* ---- numbers ---- */

void text_add_u64(struct text *out, uint64_t n)
{
    char digits[20];
    size_t i = sizeof(digits);

    do
        digits[--i] = (char)('0' + n % 10);
    while (n /= 10);
    text_add(out, digits + i, sizeof(digits) - i);
}

void text_add_f64(struct text *out, double d)
{
    assert(isfinite(d));
    if (d < 0) {
        d = -d;
        /* What would round to nothing has no sign. */
        if (d >= 0.0000005)
            text_addc(out, '-');
    }
    if (d >= 0x1p53) {
        /* Whole numbers all. ".0" as readers clamp what they take for an integer that is too large;
         * printf's own decimal point would be the locale's. */
        text_addf(out, "%.0f.0", d);
        return;
    }
    uint64_t whole = (uint64_t)d, millionths = (uint64_t)((d - (double)whole) * 1e6 + 0.5);
    if (millionths == 1000000) {
        whole++;
        millionths = 0;
    }
    text_add_u64(out, whole);
    if (!millionths)
        return;
    char decimals[7] = {'.'};
    size_t len = 7;
    for (size_t i = 6; i > 0; i--, millionths /= 10)
        decimals[i] = (char)('0' + millionths % 10);
    while (decimals[len - 1] == '0')
        len--;
    text_add(out, decimals, len);
}
