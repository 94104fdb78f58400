/* report: ranking, and three renderings that hold whatever names are in it. */
#include "export/report.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "hostile.h"
#include "unit.h"

#define HOUR (3600 * NS_PER_S)
#define FROM UINT64_C(1795230000)

static struct account a;

static void set_value(struct report_value *v, double mean, double peak)
{
    *v = (struct report_value){.mean = mean, .share = 1, .peak = peak, .at_ns = a.from_ns + HOUR};
    v->parts = xcalloc(REPORT_PARTS, sizeof(float));
    v->peaks = xcalloc(REPORT_PARTS, sizeof(float));
    for (size_t i = 0; i < REPORT_PARTS; i++) {
        v->parts[i] = i % 10 == 3 ? NAN : (float)mean;
        v->peaks[i] = i % 10 == 3 ? NAN : (float)peak;
    }
}

static void unknown(struct report_value *v)
{
    *v = (struct report_value){.mean = NAN, .peak = NAN};
}

/* A domain for each name, the first with the least of everything. */
static void fill(const char *const *names, size_t count)
{
    report_init(&a);
    a.store = xstrdup("/var/lib/domtop");
    a.host = xstrdup(count ? names[0] : "xen-1");
    a.from_ns = FROM * NS_PER_S;
    a.to_ns = a.from_ns + 6 * HOUR;
    a.made_ns = a.to_ns + HOUR;
    a.resolution_ns = 10 * NS_PER_S;
    a.recorded_ns = 5 * HOUR;
    a.pcpus = 8;
    for (int s = 0; s < REPORT_SERIES; s++)
        unknown(&a.host_values[s]);
    set_value(&a.host_values[REPORT_CPU], 0.4, 0.97);
    unknown(&a.dom0_cpu);
    a.saturation[a.saturation_count++] = (struct report_saturation){"CPU of the host", 0.9, 0.02,
                                                                    430 * NS_PER_S};
    a.domains = xcalloc(count + 1, sizeof(*a.domains));
    a.events = xcalloc(count + 1, sizeof(*a.events));
    for (size_t i = 0; i < count; i++) {
        struct report_domain *d = &a.domains[a.domain_count++];
        d->name = i % 7 == 6 ? NULL : xstrdup(names[i]);
        memset(d->uuid.bytes, (int)i + 1, sizeof(d->uuid.bytes));
        d->there = i % 2;
        for (int s = 0; s < REPORT_SERIES; s++)
            unknown(&d->values[s]);
        set_value(&d->values[REPORT_CPU], 0.1 * (double)(i + 1), 0.2 * (double)(i + 1));
        if (i % 3)
            set_value(&d->values[REPORT_RX], 1e5 * (double)(i + 1), 1e6);
        struct event *e = &a.events[a.event_count++];
        e->kind = i % 2 ? EVENT_CRASHED : EVENT_RENAMED;
        e->wall_ns = a.from_ns + i * NS_PER_S;
        e->domid = i;
        snprintf(e->name, sizeof(e->name), "%.60s", names[i]);
        snprintf(e->detail, sizeof(e->detail), "%.100s", names[i]);
    }
    a.gaps = xcalloc(1, sizeof(*a.gaps));
    a.gaps[a.gap_count++] = (struct report_gap){a.from_ns + HOUR, a.from_ns + 2 * HOUR,
                                                xstrdup(count ? names[count - 1] : "it was off")};
    text_adds(&a.damage, "domains/x/vif-0.rrd is damaged and left out: it is no whole RRD file\n");
}

static void test_ranks_by_all_of_it(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    size_t order[3];
    const char *which;
    (void)state;

    fill(names, 5);
    assert_int_equal(report_rank(&a, TABLE_CPU, order, 3), 3);
    assert_int_equal(order[0], 4);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 2);
    /* Busy for a tenth of the time is less than half as busy for all of it. */
    a.domains[4].values[REPORT_CPU].share = 0.1;
    assert_int_equal(report_rank(&a, TABLE_CPU, order, 3), 3);
    assert_int_equal(order[0], 3);
    /* Who had nothing, or nobody knows what, is in no table. */
    assert_int_equal(report_rank(&a, TABLE_DISK, order, 3), 0);
    assert_int_equal(report_rank(&a, TABLE_NET, order, 3), 3);
    assert_ptr_equal(report_peak(&a.domains[1], TABLE_NET, &which),
                     &a.domains[1].values[REPORT_RX]);
    assert_string_equal(which, "in");
    report_release(&a);
}

static void test_text_is_80_columns(void **state)
{
    static const char *const names[] = {"db-primary", "web-01",
                                        "a-name-of-a-domain-that-is-far-longer-than-a-column"};
    struct text out = {0};
    (void)state;

    for (int utf8 = 0; utf8 < 2; utf8++) {
        fill(names, 3);
        text_clear(&out);
        report_text(&out, &a, utf8);
        size_t columns = 0;
        for (size_t i = 0; i < out.len; i++) {
            if (out.data[i] == '\n') {
                assert_true(columns <= 80 || strstr(out.data, "renamed"));
                columns = 0;
            } else if (((unsigned char)out.data[i] & 0xc0) != 0x80) {
                columns++;
            }
            assert_true(utf8 || (unsigned char)out.data[i] < 0x80);
        }
        assert_non_null(strstr(out.data, "db-primary"));
        assert_non_null(strstr(out.data, "Disks, written by guests"));
        assert_non_null(strstr(out.data, "above 90% for 7m10s (2.0% of the time)"));
        assert_non_null(strstr(out.data, "Left out"));
        assert_non_null(strstr(out.data, "97.0%"));
        report_release(&a);
    }
    text_release(&out);
}

static void test_json_is_json(void **state)
{
    struct text out = {0};
    struct json_object *o, *v, *d;
    (void)state;

    fill(hostile_names, ARRAY_LEN(hostile_names));
    report_json(&out, &a);
    o = json_tokener_parse(out.data);
    assert_non_null(o);
    assert_true(json_object_object_get_ex(o, "schema", &v) && json_object_get_int(v) == 1);
    assert_true(json_object_object_get_ex(o, "domains", &d));
    assert_int_equal(json_object_array_length(d), ARRAY_LEN(hostile_names));
    assert_true(json_object_object_get_ex(json_object_array_get_idx(d, 0), "name", &v));
    assert_string_equal(json_object_get_string(v), hostile_names[0]);
    assert_true(json_object_object_get_ex(o, "mem_bytes", &v) && !v);
    assert_true(json_object_object_get_ex(o, "events", &v));
    assert_int_equal(json_object_array_length(v), ARRAY_LEN(hostile_names));
    assert_true(json_object_object_get_ex(o, "events_cut", &v) && !json_object_get_boolean(v));
    assert_true(json_object_object_get_ex(o, "left_out", &v));
    assert_int_equal(json_object_array_length(v), 1);
    json_object_put(o);
    text_release(&out);
    report_release(&a);
}

/* All markup is ours: each '<' begins a tag that report_html.c writes. */
static void test_html_escapes(void **state)
{
    static const char *const tags[] = {
        "!doctype", "html", "head",  "meta", "title", "style",  "body",       "main", "h1",
        "h2",       "p",    "i",     "b",    "div",   "figure", "figcaption", "svg",  "path",
        "rect",     "text", "table", "tr",   "th",    "td",     "span"};
    struct text out = {0};
    (void)state;

    fill(hostile_names, ARRAY_LEN(hostile_names));
    a.top = 100;
    report_html(&out, &a);
    for (const char *p = out.data; (p = strchr(p, '<')); p++) {
        const char *tag = p + 1 + (p[1] == '/');
        size_t len = strcspn(tag, " >"), known = 0;
        for (size_t i = 0; i < ARRAY_LEN(tags); i++)
            known += strlen(tags[i]) == len && !memcmp(tag, tags[i], len);
        if (!known)
            fail_msg("<%.40s", tag);
    }
    assert_null(strstr(out.data, "<script"));
    assert_non_null(strstr(out.data, "&lt;/script&gt;&lt;!--"));
    assert_null(strstr(out.data, "src="));
    assert_null(strstr(out.data, "nan"));
    /* A peak of 97 % leaves room for 3 more: there is no host of 111 %. */
    assert_non_null(strstr(out.data, "<text class=\"a\" x=\"4\" y=\"12\">100.0%</text>"));
    text_release(&out);
    report_release(&a);
}

/* That there were more events than are told is said. */
static void test_says_what_it_left_out(void **state)
{
    static const char *const names[] = {"a", "b"};
    struct text out = {0};
    (void)state;

    for (int cut = 0; cut < 2; cut++) {
        fill(names, 2);
        a.events_cut = cut;
        text_clear(&out);
        report_text(&out, &a, false);
        assert_int_equal(strstr(out.data, "There were more: these are of the newest 2") != NULL,
                         cut);
        text_clear(&out);
        report_json(&out, &a);
        assert_int_equal(strstr(out.data, "\"events_cut\":true") != NULL, cut);
        text_clear(&out);
        report_html(&out, &a);
        assert_int_equal(strstr(out.data, "There were more") != NULL, cut);
        report_release(&a);
    }
    text_release(&out);
}

/* Nothing known at all is told as such. */
static void test_empty(void **state)
{
    struct text out = {0};
    (void)state;

    fill(NULL, 0);
    report_text(&out, &a, true);
    report_json(&out, &a);
    report_html(&out, &a);
    assert_non_null(strstr(out.data, "0 domains"));
    text_release(&out);
    report_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_by_all_of_it),    cmocka_unit_test(test_text_is_80_columns),
        cmocka_unit_test(test_json_is_json),          cmocka_unit_test(test_html_escapes),
        cmocka_unit_test(test_says_what_it_left_out), cmocka_unit_test(test_empty),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
