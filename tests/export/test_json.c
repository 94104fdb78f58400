/*
 * What json_render writes is read back by libjson-c, which shares no code with it, and every value
 * of the metric table compared with the snapshot's own.
 */
#include "simulated.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "export/field.h"
#include "export/json.h"
#include "exported.h"
#include "hostile.h"

static struct json_object *get(const void *row, const char *key)
{
    struct json_object *object = (struct json_object *)row;
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(object, key, &value))
        fail_msg("no \"%s\" in %.200s", key, json_object_to_json_string(object));
    return value;
}

/* One line, one object, no more. */
static struct json_object *parse(const struct text *t)
{
    struct json_tokener *tok = json_tokener_new();

    assert_true(t->len > 2 && t->data[t->len - 1] == '\n');
    assert_null(memchr(t->data, '\n', t->len - 1));
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object = json_tokener_parse_ex(tok, t->data, (int)t->len - 1);
    if (!object)
        fail_msg("%s near %.60s", json_tokener_error_desc(json_tokener_get_error(tok)),
                 t->data + json_tokener_get_parse_end(tok));
    assert_int_equal(json_tokener_get_parse_end(tok), t->len - 1);
    json_tokener_free(tok);
    return object;
}

/* ---- values ---- */

static void check_text(const void *row, const char *key, const char *expected)
{
    struct json_object *value = get(row, key);

    if (!expected) {
        assert_null(value);
        return;
    }
    assert_int_equal(json_object_get_type(value), json_type_string);
    assert_string_equal(json_object_get_string(value), expected);
}

static void check_double(const void *row, const char *key, double expected)
{
    struct json_object *value = get(row, key);

    if (!isfinite(expected)) {
        assert_null(value);
        return;
    }
    assert_non_null(value);
    double d = json_object_get_double(value);
    assert_true(fabs(d - expected) <= 0.51e-6 + fabs(expected) * 1e-15);
}

static void check_u64(const void *row, const char *key, uint64_t expected)
{
    struct json_object *value = get(row, key);

    if (expected == UNKNOWN) {
        assert_null(value);
        return;
    }
    assert_int_equal(json_object_get_type(value), json_type_int);
    assert_true(json_object_get_uint64(value) == expected);
}

static void check_flag(const void *row, const char *key, uint64_t expected)
{
    struct json_object *value = get(row, key);

    assert_int_equal(json_object_get_type(value),
                     expected == UNKNOWN ? json_type_null : json_type_boolean);
    assert_int_equal(json_object_get_boolean(value), expected != UNKNOWN && expected);
}

static const struct exported fields = {check_text, check_text, check_u64, check_double, check_flag};

/* The number of keys tells of one written twice, of which a parser only keeps the last. */
static void check_domain(struct json_object *o, const struct snapshot *s, const struct rates *r,
                         size_t row)
{
    struct json_object *tables = get(o, "devices");
    int keys = exported_row(&fields, o, ENTITY_DOMAIN, s, r, row) +
               exported_sums(&fields, o, s, r, row);

    assert_int_equal(json_object_object_length(o), keys + 1);
    assert_int_equal(json_object_object_length(tables), 3);
    for (int e = ENTITY_VCPU; e <= ENTITY_VBD; e++) {
        size_t first, count;
        struct json_object *rows = get(tables, metric_groups[e].plural);
        domain_devices(&s->domains[row], (enum entity)e, &first, &count);
        if (!count && !(s->have & PART(e))) {
            assert_null(rows);
            continue;
        }
        assert_int_equal(json_object_array_length(rows), count);
        for (size_t i = 0; i < count; i++) {
            struct json_object *device = json_object_array_get_idx(rows, i);
            keys = exported_row(&fields, device, (enum entity)e, s, r, first + i);
            assert_int_equal(json_object_object_length(device), keys);
        }
    }
}

static void check_reports(struct json_object *list, const struct snapshot *s)
{
    assert_int_equal(json_object_array_length(list), s->report_count);
    for (size_t i = 0; i < s->report_count; i++) {
        const struct report *r = &s->reports[i];
        struct json_object *o = json_object_array_get_idx(list, i);
        check_text(o, "name", snapshot_str(s, r->collector));
        assert_int_equal(json_object_get_boolean(get(o, "ok")), r->error == 0);
        assert_int_equal(json_object_get_int(get(o, "error")), -r->error);
        check_double(o, "seconds", r->elapsed_ns == UNKNOWN ? NAN : (double)r->elapsed_ns / 1e9);
        check_text(o, "message", snapshot_str(s, r->message));
    }
}

static void check_sample(const struct snapshot *s, const struct rates *r)
{
    struct text t = {0};

    json_render(&t, s, r, NULL);
    struct json_object *o = parse(&t), *domains = get(o, "domains"), *pcpus = get(o, "pcpus");
    assert_int_equal(json_object_object_length(o), 10);
    assert_int_equal(json_object_get_int(get(o, "schema")), 1);
    assert_int_equal(json_object_get_boolean(get(o, "simulated")), s->simulated);
    check_u64(o, "seq", s->seq);
    check_double(o, "interval_s", r->interval_s > 0 ? r->interval_s : NAN);
    exported_row(&fields, get(o, "host"), ENTITY_HOST, s, r, 0);
    assert_int_equal(json_object_array_length(pcpus), s->pcpu_count);
    for (size_t i = 0; i < s->pcpu_count; i++)
        exported_row(&fields, json_object_array_get_idx(pcpus, i), ENTITY_PCPU, s, r, i);
    assert_int_equal(json_object_array_length(domains), s->domain_count);
    for (size_t i = 0; i < s->domain_count; i++)
        check_domain(json_object_array_get_idx(domains, i), s, r, i);
    check_reports(get(o, "collectors"), s);
    json_object_put(o);
    text_release(&t);
}

/* ---- tests ---- */

static void demo_samples(void **state)
{
    static const char *const settings[] = {"", "domains=0,pcpus=1", "domains=150"};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        struct simulated h;
        simulated_open(&h, settings[i]);
        for (int k = 0; k < 40; k++) {
            simulated_sample(&h);
            check_sample(h.now, &h.rates);
        }
        simulated_close(&h);
    }
}

static void hostile_sample(void **state)
{
    struct snapshot a = {0}, b = {0};
    struct rates r = {0};
    (void)state;

    hostile_fill(&a);
    rates_compute(&r, NULL, &a);
    check_sample(&a, &r);
    hostile_fill(&b);
    b.mono_ns = b.read_ns[ENTITY_DOMAIN] = a.mono_ns + NS_PER_S / 3;
    b.domains[1].cpu_ns++;
    rates_compute(&r, &a, &b);
    check_sample(&b, &r);
    snapshot_release(&a);
    snapshot_release(&b);
    rates_release(&r);
}

/* What nobody read is not the same as what is not there. */
static void parts_that_were_not_read(void **state)
{
    struct snapshot s = {0};
    struct rates r = {0};
    struct text t = {0};
    (void)state;

    snapshot_reset(&s);
    s.seq = 1;
    s.have = PART(ENTITY_DOMAIN) | PART(ENTITY_VIF);
    snapshot_add_domain(&s, 1);
    snapshot_seal(&s);
    rates_compute(&r, NULL, &s);
    json_render(&t, &s, &r, NULL);
    struct json_object *o = parse(&t);
    assert_null(get(o, "pcpus"));
    struct json_object *d = json_object_array_get_idx(get(o, "domains"), 0);
    assert_null(get(get(d, "devices"), "vcpus"));
    assert_null(get(get(d, "devices"), "vbds"));
    assert_int_equal(json_object_array_length(get(get(d, "devices"), "vifs")), 0);
    check_u64(d, "rx_bytes", 0);
    assert_null(get(d, "rd_bytes"));
    json_object_put(o);
    text_release(&t);
    snapshot_release(&s);
    rates_release(&r);
}

static void times(void **state)
{
    struct snapshot s = {0};
    struct rates r = {0};
    struct text t = {0};
    (void)state;

    snapshot_reset(&s);
    snapshot_seal(&s);
    s.wall_ns = UINT64_C(1795317165250000001);
    json_render(&t, &s, &r, NULL);
    assert_non_null(strstr(t.data, "\"time\":\"2026-11-22T03:12:45.250Z\","));
    assert_non_null(strstr(t.data, "\"time_unix\":1795317165.250000001,"));
    assert_non_null(strstr(t.data, "\"interval_s\":null,"));
    s.wall_ns = UNKNOWN;
    text_clear(&t);
    json_render(&t, &s, &r, NULL);
    assert_non_null(strstr(t.data, "\"time\":null,\"time_unix\":null,"));
    text_release(&t);
    snapshot_release(&s);
}

static void strings(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {NULL, "null"},
        {"", "\"\""},
        {"web-01", "\"web-01\""},
        {"\"\\/", "\"\\\"\\\\/\""},
        {"\n\t\x01\x7f", "\"\\u000a\\u0009\\u0001\\u007f\""},
        {"\u00e9\u4e2d\U0001f600", "\"\u00e9\u4e2d\U0001f600\""},
        {"</script>&amp;", "\"\\u003c/script\\u003e\\u0026amp;\""},
        {"a\u2028b\u2029c\u202a", "\"a\\u2028b\\u2029c\u202a\""},
        {"\xff", "\"\\ufffd\""},
        {"a\x80z", "\"a\\ufffdz\""},
        {"\xc0\x80", "\"\\ufffd\\ufffd\""},
        {"\xc3", "\"\\ufffd\""},
        {"\xe2\x82", "\"\\ufffd\\ufffd\""},
        {"\xe2\x82\"", "\"\\ufffd\\ufffd\\\"\""},
        {"\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
        {"\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\""},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t = {0};
        json_string(&t, cases[i].in);
        assert_string_equal(t.data, cases[i].out);
        text_release(&t);
    }
}

static void numbers(void **state)
{
    static const struct {
        double in;
        const char *out;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {0.5, "0.5"},
        {12.25, "12.25"},
        {0.000001, "0.000001"},
        {0.0000004, "0"},
        {0.9999999, "1"},
        {41.9999996, "42"},
        {123456789.123456, "123456789.123456"},
        {-2.5, "-2.5"},
        {-0.0, "0"},
        {-0.0000001, "0"},
        {0x1p53, "9007199254740992.0"},
        {1e20, "100000000000000000000.0"},
        {1.0 / 3, "0.333333"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t = {0};
        text_add_f64(&t, cases[i].in);
        assert_string_equal(t.data, cases[i].out);
        text_release(&t);
    }
    struct text t = {0};
    text_add_u64(&t, 0);
    text_addc(&t, ' ');
    text_add_u64(&t, UINT64_MAX);
    assert_string_equal(t.data, "0 18446744073709551615");
    text_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demo_samples),
        cmocka_unit_test(hostile_sample),
        cmocka_unit_test(parts_that_were_not_read),
        cmocka_unit_test(times),
        cmocka_unit_test(strings),
        cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
