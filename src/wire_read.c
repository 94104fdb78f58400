/*
 * wire_read: the payload of a frame into a snapshot. Pure: bytes in, rows out.
 *
 * Trusts nothing: a reader that has met anything wrong stands at its end, is marked bad and gives
 * zeros, so that callers may check once, after. No row is added before the columns and the bytes
 * that remain allow for it.
 */
#include "wire_section.h"

#include <string.h>

#include "base.h"
#include "sanitize.h"
#include "wire.h"

struct reader {
    const uint8_t *at, *end;
    bool bad;
};

struct column {
    const struct metric *metric; /* NULL: not known here, passed over */
    uint8_t code;
};

/* What a payload said besides the rows. */
struct payload {
    struct sample sample;
    unsigned seen; /* bits of sections */
};

static size_t left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

static bool fail(struct reader *r)
{
    r->at = r->end;
    r->bad = true;
    return false;
}

static const uint8_t *take(struct reader *r, size_t len)
{
    const uint8_t *at = r->at;

    if (len > left(r)) {
        fail(r);
        return NULL;
    }
    r->at += len;
    return at;
}

static uint64_t get_u64_le(const uint8_t *p)
{
    uint64_t n = 0;

    for (int i = 0; i < 8; i++)
        n |= (uint64_t)p[i] << 8 * i;
    return n;
}

static uint64_t get_varint(struct reader *r)
{
    uint64_t n = 0;

    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        n |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        if ((shift && !byte) || (shift == 63 && byte > 1))
            break; /* longer than it need be, or more than 64 bits */
        return n;
    }
    fail(r);
    return 0;
}

static uint64_t get_count(struct reader *r, uint64_t most)
{
    uint64_t n = get_varint(r);

    if (n > most) {
        fail(r);
        return 0;
    }
    return n;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool get_name(struct reader *r, char name[WIRE_MAX_NAME + 1])
{
    size_t len = get_count(r, WIRE_MAX_NAME);
    const uint8_t *at = take(r, len);

    if (!at || !len)
        return fail(r);
    for (size_t i = 0; i < len; i++) {
        name[i] = (char)at[i];
        if (!name_char(name[i]))
            return fail(r);
    }
    name[len] = '\0';
    return true;
}

/* A string into the pool of s, or past it where s is NULL. */
static strref get_str(struct reader *r, struct snapshot *s)
{
    char safe[WIRE_MAX_STRING + 1];
    uint64_t len = get_count(r, WIRE_MAX_STRING + 1);

    if (len == 0)
        return 0;
    const uint8_t *at = take(r, len - 1);
    if (!at || !s)
        return 0;
    return snapshot_add_str(s, safe, sanitize(safe, sizeof(safe), (const char *)at, len - 1));
}

static void get_value(struct reader *r, struct snapshot *s, const struct metric *m, char *record)
{
    char *to = record + m->offset;
    const uint8_t *at;
    uint64_t n;
    strref ref;

    switch (m->type) {
    case TYPE_U64:
        n = get_varint(r) - 1;
        if (n == UNKNOWN && m->flags & METRIC_IDENT)
            fail(r);
        memcpy(to, &n, sizeof(n));
        break;
    case TYPE_F64:
        at = take(r, sizeof(n));
        n = at ? get_u64_le(at) : 0;
        memcpy(to, &n, sizeof(n));
        break;
    case TYPE_STR:
        ref = get_str(r, s);
        memcpy(to, &ref, sizeof(ref));
        break;
    case TYPE_UUID:
        at = take(r, sizeof(struct uuid));
        if (at)
            memcpy(to, at, sizeof(struct uuid));
        break;
    }
}

static void pass_over(struct reader *r, uint8_t code)
{
    if (code == CODE_U64)
        get_varint(r);
    else if (code == CODE_STR)
        get_str(r, NULL);
    else
        take(r, code_cost(code));
}

static const struct metric *column_find(const struct section *sec, const char *id, uint8_t code)
{
    for (size_t i = 0; i < section_width(sec); i++) {
        const struct metric *m = section_column(sec, i);
        if (type_code(m->type) == code && !strcmp(m->id, id))
            return m;
    }
    return NULL;
}

static bool column_given(const struct column *columns, size_t count, const struct metric *m)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i].metric == m)
            return true;
    return false;
}

/* sec is NULL for a section that is passed over. */
static bool get_columns(struct reader *r, const struct section *sec, struct column *columns,
                        size_t count)
{
    char id[WIRE_MAX_NAME + 1];

    for (size_t i = 0; i < count; i++) {
        if (!get_name(r, id))
            return false;
        uint8_t code = (uint8_t)get_count(r, CODE_END - 1);
        if (!code)
            return fail(r);
        const struct metric *m = sec ? column_find(sec, id, code) : NULL;
        if (m && column_given(columns, i, m))
            return fail(r);
        columns[i] = (struct column){m, code};
    }
    return true;
}

/* Whether a frame may hold that many rows of these columns. */
static bool rows_allowed(const struct reader *r, unsigned index, const struct section *sec,
                         const struct column *columns, size_t count, uint64_t rows)
{
    size_t cost = 0;

    for (size_t i = 0; i < count; i++)
        cost += code_cost(columns[i].code);
    if (index == SECTION_SAMPLE && rows != 1)
        return false;
    if (!rows)
        return true;
    if (!cost || rows > left(r) / cost || (index == ENTITY_HOST && rows > 1))
        return false;
    if (!sec)
        return true;
    for (size_t i = 0; i < section_width(sec); i++) {
        const struct metric *m = section_column(sec, i);
        if (m->flags & METRIC_IDENT && !column_given(columns, count, m))
            return false;
    }
    return rows == 1 || sec->record_size / WIRE_MAX_GROWTH <= cost;
}

/* Append rows in which all is unknown. */
static void add_rows(struct snapshot *s, unsigned index, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        switch (index) {
        case ENTITY_PCPU: snapshot_add_pcpu(s, UNKNOWN); break;
        case ENTITY_DOMAIN: snapshot_add_domain(s, UNKNOWN); break;
        case ENTITY_VCPU: snapshot_add_vcpu(s, UNKNOWN, UNKNOWN); break;
        case ENTITY_VIF: snapshot_add_vif(s, UNKNOWN, UNKNOWN); break;
        case ENTITY_VBD: snapshot_add_vbd(s, UNKNOWN, UNKNOWN); break;
        case SECTION_REPORT: snapshot_add_report(s, NULL); break;
        default: break; /* host and sample are there */
        }
}

static void get_rows(struct reader *r, struct snapshot *s, char *records, size_t record_size,
                     const struct column *columns, size_t count, size_t rows)
{
    for (size_t c = 0; c < count; c++)
        for (size_t row = 0; row < rows && !r->bad; row++) {
            if (records && columns[c].metric)
                get_value(r, s, columns[c].metric, records + row * record_size);
            else
                pass_over(r, columns[c].code);
        }
}

static bool get_section(struct reader *r, struct snapshot *s, struct payload *p)
{
    struct column columns[WIRE_MAX_COLUMN];
    struct section sec = {0};
    char name[WIRE_MAX_NAME + 1];

    if (!get_name(r, name))
        return false;
    unsigned index = section_find(name);
    bool known = index < SECTIONS;
    uint64_t have = get_count(r, 1);
    uint64_t read_ns = get_varint(r) - 1;
    size_t rows = get_count(r, WIRE_MAX_ROW);
    size_t count = get_count(r, WIRE_MAX_COLUMN);
    if (known) {
        if (p->seen & 1u << index)
            return fail(r);
        p->seen |= 1u << index;
        sec = section_get(index);
    }
    if (!get_columns(r, known ? &sec : NULL, columns, count) || r->bad ||
        !rows_allowed(r, index, known ? &sec : NULL, columns, count, rows))
        return fail(r);
    if (index < ENTITY_COUNT) {
        s->have |= have ? PART(index) : 0;
        s->read_ns[index] = read_ns;
    }
    char *records = NULL;
    if (known && rows) {
        add_rows(s, index, rows);
        records = (char *)section_records(s, &p->sample, index);
    }
    get_rows(r, s, records, sec.record_size, columns, count, rows);
    return !r->bad;
}

static size_t count_rows(const struct snapshot *s)
{
    size_t rows = 0;

    for (unsigned e = 0; e < ENTITY_COUNT; e++)
        rows += snapshot_rows(s, (enum entity)e);
    return rows;
}

bool wire_read_payload(struct snapshot *s, const uint8_t *bytes, size_t len)
{
    struct reader reader = {.at = bytes, .end = bytes + len}, *r = &reader;
    struct payload p = {.sample = {UNKNOWN, UNKNOWN, UNKNOWN, 0}};
    size_t sections = get_count(r, WIRE_MAX_SECTION);

    for (size_t i = 0; i < sections; i++)
        if (!get_section(r, s, &p))
            return false;
    if (r->bad || left(r) || !(p.seen & 1u << SECTION_SAMPLE) || p.sample.simulated > 1)
        return false;
    s->seq = p.sample.seq;
    s->mono_ns = p.sample.mono_ns;
    s->wall_ns = p.sample.wall_ns;
    s->simulated = p.sample.simulated;
    for (unsigned e = 0; e < ENTITY_COUNT; e++)
        if (!(p.seen & 1u << e))
            s->read_ns[e] = s->mono_ns;

    /* Sealing drops repeats and orphans: an honest frame has none. */
    size_t rows = count_rows(s);
    snapshot_seal(s);
    return count_rows(s) == rows;
}
