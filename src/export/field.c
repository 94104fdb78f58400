/* field: see field.h. */
#include "field.h"

#include <assert.h>
#include <math.h>

/* ---- which fields ---- */

static size_t add(struct field *out, size_t n, const struct metric *m, enum field_form form,
                  bool sum)
{
    assert(n < FIELDS_MAX);
    out[n] = (struct field){.metric = m, .form = form, .sum = sum};
    return n + 1;
}

static size_t add_metric(struct field *out, size_t n, const struct metric *m, bool sum)
{
    if (m->flags & METRIC_INNER)
        return n;
    n = add(out, n, m, FIELD_RAW, sum);
    if (m->unit == UNIT_STATE)
        n = add(out, n, m, FIELD_WORD, sum);
    if (m->kind == METRIC_COUNTER)
        n = add(out, n, m, FIELD_RATE, sum);
    if (m->flags & METRIC_IDLE)
        n = add(out, n, m, FIELD_BUSY, sum);
    return n;
}

size_t fields_list(enum entity e, struct field out[FIELDS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < metric_groups[e].count; i++)
        n = add_metric(out, n, &metric_groups[e].rows[i], false);
    if (e != ENTITY_DOMAIN)
        return n;
    for (int device = 0; device < ENTITY_COUNT; device++)
        for (size_t i = 0; i < metric_groups[device].count; i++)
            if (metric_groups[device].rows[i].flags & METRIC_SUMS)
                n = add_metric(out, n, &metric_groups[device].rows[i], true);
    return n;
}

void field_name(struct text *out, const struct field *f)
{
    switch (f->form) {
    case FIELD_RAW: text_adds(out, f->metric->id); break;
    case FIELD_WORD:
        text_adds(out, f->metric->id);
        text_adds(out, "_word");
        break;
    case FIELD_RATE:
        text_adds(out, f->metric->id);
        text_adds(out, "_rate");
        break;
    case FIELD_BUSY: text_adds(out, "busy_rate"); break;
    }
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
