/*
 * What csv_render writes is read back by a strict reader of RFC 4180, and every value of the metric
 * table compared with the snapshot's own.
 */
#include "simulated.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/csv.h"
#include "exported.h"
#include "hostile.h"

/* ---- a reader of RFC 4180 ---- */

#define COLUMNS_MAX 128

struct reader {
    const char *at, *end;
    char *fields[COLUMNS_MAX];
    size_t count;
};

static void forget(struct reader *r)
{
    while (r->count)
        free(r->fields[--r->count]);
}

static void read_quoted(struct reader *r, struct text *field)
{
    r->at++;
    for (;;) {
        assert_true(r->at < r->end);
        if (*r->at == '"' && (r->at + 1 == r->end || r->at[1] != '"'))
            break;
        r->at += *r->at == '"';
        text_addc(field, *r->at++);
    }
    r->at++;
}

/* In a field without quotes there is no quote, comma or line break. */
static void read_plain(struct reader *r, struct text *field)
{
    while (r->at < r->end && *r->at != ',' && *r->at != '\r') {
        assert_true(*r->at != '"' && *r->at != '\n');
        text_addc(field, *r->at++);
    }
}

/* The next record; false at the end. */
static bool read_record(struct reader *r)
{
    forget(r);
    if (r->at == r->end)
        return false;
    for (;;) {
        struct text field = {0};
        text_adds(&field, "");
        if (r->at < r->end && *r->at == '"')
            read_quoted(r, &field);
        else
            read_plain(r, &field);
        assert_true(r->count < COLUMNS_MAX);
        r->fields[r->count++] = field.data ? field.data : xstrdup("");
        assert_true(r->at < r->end);
        if (*r->at != ',')
            break;
        r->at++;
    }
    assert_true(r->end - r->at >= 2 && r->at[0] == '\r' && r->at[1] == '\n');
    r->at += 2;
    return true;
}

static struct reader reader_of(const struct text *t)
{
    return (struct reader){.at = t->data, .end = t->data ? t->data + t->len : NULL};
}

/* ---- values ---- */

/* A header and a record of the same table. */
struct table {
    struct reader header, row;
};

/* The field under a heading, which must be there exactly once. */
static const char *get(const void *row, const char *name)
{
    const struct table *t = row;
    const char *found = NULL;

    for (size_t i = 0; i < t->header.count; i++)
        if (!strcmp(t->header.fields[i], name)) {
            assert_null(found);
            found = t->row.fields[i];
        }
    if (!found)
        fail_msg("no column %s", name);
    return found;
}

static void check_word(const void *row, const char *name, const char *expected)
{
    assert_string_equal(get(row, name), expected ? expected : "");
}

static void check_name(const void *row, const char *name, const char *expected)
{
    const char *field = get(row, name);

    if (expected && *expected && strchr("=+-@\t\r\n", *expected)) {
        assert_int_equal(field[0], '\'');
        field++;
    }
    assert_string_equal(field, expected ? expected : "");
}

static void check_u64(const void *row, const char *name, uint64_t expected)
{
    char text[24] = "";

    if (expected != UNKNOWN)
        snprintf(text, sizeof(text), "%llu", (unsigned long long)expected);
    assert_string_equal(get(row, name), text);
}

static void check_double(const void *row, const char *name, double expected)
{
    const char *field = get(row, name);
    char *end;

    if (!isfinite(expected)) {
        assert_string_equal(field, "");
        return;
    }
    assert_int_equal(strspn(field, "-0123456789."), strlen(field));
    double d = strtod(field, &end);
    assert_true(end > field && !*end);
    assert_true(fabs(d - expected) <= 0.51e-6 + fabs(expected) * 1e-15);
}

static const struct exported fields = {check_name, check_word, check_u64, check_double, check_u64};

static void check_owner(const struct table *t, enum entity e, const struct snapshot *s, size_t row)
{
    const struct domain *d = &s->domains[snapshot_parent(s, e, row)];
    char uuid[UUID_TEXT];

    uuid_format(&d->uuid, uuid);
    check_u64(t, "domid", d->domid);
    check_word(t, "uuid", uuid);
    check_name(t, "domain", snapshot_str(s, d->name));
}

static void check_entity(const struct snapshot *s, const struct rates *r, enum entity e)
{
    struct text header = {0}, body = {0};
    struct table t;

    csv_header(&header, e, false);
    csv_render(&body, s, r, NULL, e);
    t.header = reader_of(&header);
    t.row = reader_of(&body);
    assert_true(read_record(&t.header));
    assert_true(t.header.at == t.header.end);
    assert_string_equal(t.header.fields[0], "time");
    assert_string_equal(t.header.fields[1], "simulated");
    for (size_t row = 0; row < snapshot_rows(s, e); row++) {
        assert_true(read_record(&t.row));
        assert_int_equal(t.row.count, t.header.count);
        assert_string_equal(get(&t, "time"), "2026-11-22T03:12:45.250Z");
        assert_string_equal(get(&t, "simulated"), s->simulated ? "1" : "0");
        exported_row(&fields, &t, e, s, r, row);
        if (e == ENTITY_DOMAIN)
            exported_sums(&fields, &t, s, r, row);
        if (e == ENTITY_VCPU || e == ENTITY_VIF || e == ENTITY_VBD)
            check_owner(&t, e, s, row);
    }
    assert_false(read_record(&t.row));
    forget(&t.header);
    text_release(&header);
    text_release(&body);
}

/* ---- tests ---- */

static void demo_samples(void **state)
{
    struct simulated h;
    (void)state;

    simulated_open(&h, "domains=60");
    for (int i = 0; i < 40; i++) {
        simulated_sample(&h);
        h.now->wall_ns = UINT64_C(1795317165250000000);
        for (int e = 0; e < ENTITY_COUNT; e++)
            check_entity(h.now, &h.rates, (enum entity)e);
    }
    simulated_close(&h);
}

static void hostile_sample(void **state)
{
    struct snapshot s = {0};
    struct rates r = {0};
    (void)state;

    hostile_fill(&s);
    rates_compute(&r, NULL, &s);
    for (int e = 0; e < ENTITY_COUNT; e++)
        check_entity(&s, &r, (enum entity)e);
    snapshot_release(&s);
    rates_release(&r);
}

static void exact_text(void **state)
{
    struct snapshot s = {0};
    struct rates r = {0};
    struct text t = {0};
    (void)state;

    snapshot_reset(&s);
    s.seq = 1;
    s.wall_ns = UINT64_C(1795317165250000000);
    s.simulated = true;
    snapshot_add_domain(&s, 7)->name = snapshot_add_cstr(&s, "=cmd|' /C calc'!A0,\"x\"");
    struct vcpu *v = snapshot_add_vcpu(&s, 7, 2);
    v->online = 1;
    snapshot_seal(&s);
    rates_compute(&r, NULL, &s);
    csv_header(&t, ENTITY_VCPU, false);
    csv_render(&t, &s, &r, NULL, ENTITY_VCPU);
    assert_string_equal(
        t.data, "time,simulated,domid,uuid,domain,host,id,online,cpu_ns,cpu_ns_rate,pcpu\r\n"
                "2026-11-22T03:12:45.250Z,1,7,00000000-0000-0000-0000-000000000000,"
                "\"'=cmd|' /C calc'!A0,\"\"x\"\"\",,2,1,,,\r\n");
    text_release(&t);
    snapshot_release(&s);
    rates_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demo_samples),
        cmocka_unit_test(hostile_sample),
        cmocka_unit_test(exact_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
