/*
 * What the API answers is read back by libjson-c and compared with the snapshot, the rates and the
 * past it was made of.
 */
#include "simulated.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "export/api.h"
#include "hostile.h"

static struct json_object *get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(object, key, &value))
        fail_msg("no \"%s\" in %.200s", key, json_object_to_json_string(object));
    return value;
}

static struct json_object *parse(struct text *t)
{
    struct json_tokener *tok = json_tokener_new();

    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object = json_tokener_parse_ex(tok, t->data, (int)t->len - 1);
    if (!object)
        fail_msg("%s near %.60s", json_tokener_error_desc(json_tokener_get_error(tok)),
                 t->data + json_tokener_get_parse_end(tok));
    assert_int_equal(json_tokener_get_parse_end(tok), t->len - 1);
    assert_int_equal(t->data[t->len - 1], '\n');
    json_tokener_free(tok);
    /* Harmless where it is put into a page. */
    assert_null(strpbrk(t->data, "<>&"));
    text_release(t);
    return object;
}

static struct json_object *cell(struct json_object *table, size_t row, const char *field)
{
    struct json_object *fields = get(table, "fields");
    struct json_object *cells = json_object_array_get_idx(get(table, "rows"), row);

    assert_int_equal(json_object_array_length(fields), json_object_array_length(cells));
    for (size_t i = 0; i < json_object_array_length(fields); i++)
        if (!strcmp(json_object_get_string(json_object_array_get_idx(fields, i)), field))
            return json_object_array_get_idx(cells, i);
    fail_msg("no field %s", field);
    return NULL;
}

static void check_number(struct json_object *value, double expected)
{
    if (!isfinite(expected)) {
        assert_null(value);
        return;
    }
    assert_non_null(value);
    /* Large rates are rounded to a tenth. */
    double eps = fabs(expected) >= 100 ? 0.0501 : 0.51e-6;
    assert_true(fabs(json_object_get_double(value) - expected) <= eps + fabs(expected) * 1e-12);
}

static size_t rows(struct json_object *table)
{
    return json_object_array_length(get(table, "rows"));
}

/* Every table, all of a domain's fields. */
static struct api_view all_tables(void)
{
    struct api_view v = {.tables = PART_ALL};

    v.field_count = fields_list(ENTITY_DOMAIN, false, v.fields);
    return v;
}

/* ---- a sample ---- */

static void check_tables(struct json_object *o, const struct snapshot *s, const struct rates *r)
{
    struct json_object *domains = get(o, "domains"), *vifs = get(o, "vifs");
    const struct metric *cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    const struct metric *rx = metric_find(ENTITY_VIF, "rx_bytes");

    assert_int_equal(rows(domains), s->domain_count);
    assert_int_equal(rows(get(o, "pcpus")), s->pcpu_count);
    assert_int_equal(rows(get(o, "vcpus")), s->vcpu_count);
    assert_int_equal(rows(get(o, "vbds")), s->vbd_count);
    for (size_t i = 0; i < s->domain_count; i++) {
        const char *name = snapshot_str(s, s->domains[i].name);
        struct json_object *given = cell(domains, i, "name");
        assert_string_equal(given ? json_object_get_string(given) : "", name ? name : "");
        assert_true(json_object_get_uint64(cell(domains, i, "domid")) == s->domains[i].domid);
        check_number(cell(domains, i, "cpu_ns_rate"), rate_get(r, cpu, i));
        check_number(cell(domains, i, "rx_bytes_rate"), rate_sum(r, s, rx, i));
    }
    for (size_t i = 0; i < s->vif_count; i++) {
        char uuid[UUID_TEXT];
        uuid_format(&s->domains[snapshot_parent(s, ENTITY_VIF, i)].uuid, uuid);
        assert_string_equal(json_object_get_string(cell(vifs, i, "uuid")), uuid);
        assert_true(json_object_get_uint64(cell(vifs, i, "domid")) == s->vifs[i].domid);
        check_number(cell(vifs, i, "rx_bytes_rate"), rate_get(r, rx, i));
    }
}

static void check_totals(struct json_object *o, const struct snapshot *s, const struct rates *r)
{
    struct json_object *t = get(o, "totals"), *states = get(t, "states");
    size_t sum = 0;

    check_number(get(t, "busy"), rate_host_busy(r, s));
    check_number(get(t, "tx"), rate_total(r, s, metric_find(ENTITY_VIF, "tx_bytes")));
    check_number(get(t, "wr"), rate_total(r, s, metric_find(ENTITY_VBD, "wr_bytes")));
    assert_int_equal(json_object_get_int(get(t, "domains")), s->domain_count);
    json_object_object_foreach(states, word, n)
    {
        (void)word;
        sum += (size_t)json_object_get_int(n);
    }
    assert_int_equal(sum, s->domain_count);
}

static void samples(void **state)
{
    static const char *const settings[] = {"", "domains=0,pcpus=1", "domains=150"};
    struct api_view v = all_tables();
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        struct simulated h;
        simulated_open(&h, settings[i]);
        for (int k = 0; k < 20; k++) {
            struct text t = {0};
            simulated_sample(&h);
            api_sample_render(
                &t, &(struct api_sample){.s = h.now, .r = &h.rates, .delay_s = 2.5, .store = "/x"},
                &v);
            struct json_object *o = parse(&t);
            assert_int_equal(json_object_get_int(get(o, "schema")), API_SCHEMA);
            assert_true(json_object_get_boolean(get(o, "simulated")));
            check_number(get(o, "interval"), h.rates.interval_s > 0 ? h.rates.interval_s : NAN);
            check_number(get(o, "delay"), 2.5);
            assert_string_equal(json_object_get_string(get(o, "store")), "/x");
            check_tables(o, h.now, &h.rates);
            check_totals(o, h.now, &h.rates);
            json_object_put(o);
        }
        simulated_close(&h);
    }
}

/* Names that mean something, numbers at their ends, kinds nobody has heard of. */
static void hostile_sample(void **state)
{
    struct snapshot s = {0};
    struct rates r = {0};
    struct text t = {0};
    struct api_view v = all_tables();
    (void)state;

    hostile_fill(&s);
    rates_compute(&r, NULL, &s);
    api_sample_render(&t, &(struct api_sample){.s = &s, .r = &r}, &v);
    struct json_object *o = parse(&t);
    check_tables(o, &s, &r);
    assert_null(get(o, "interval"));
    assert_null(get(o, "delay"));
    assert_null(get(o, "store"));
    json_object_put(o);
    api_domains_render(&t, &s);
    o = parse(&t);
    assert_int_equal(rows(get(o, "domains")), s.domain_count);
    assert_int_equal(json_object_array_length(get(get(o, "domains"), "fields")), 5);
    json_object_put(o);
    snapshot_release(&s);
    rates_release(&r);
}

static void one_domain(void **state)
{
    struct simulated h;
    struct text t = {0};
    struct api_view v = all_tables();
    (void)state;

    simulated_open(&h, "");
    simulated_sample(&h);
    v.one = true;
    v.uuid = h.now->domains[3].uuid;
    v.tables = PART(ENTITY_DOMAIN) | PART(ENTITY_VCPU) | PART(ENTITY_VIF);
    api_sample_render(&t, &(struct api_sample){.s = h.now, .r = &h.rates}, &v);
    struct json_object *o = parse(&t);
    assert_int_equal(rows(get(o, "domains")), 1);
    assert_true(json_object_get_uint64(cell(get(o, "domains"), 0, "domid")) ==
                h.now->domains[3].domid);
    assert_int_equal(rows(get(o, "vcpus")), h.now->domains[3].vcpu_count);
    assert_int_equal(rows(get(o, "vifs")), h.now->domains[3].vif_count);
    assert_false(json_object_object_get_ex(o, "vbds", NULL));
    assert_false(json_object_object_get_ex(o, "host", NULL));
    json_object_put(o);
    simulated_close(&h);
}

/* What nobody read is null, not an empty table. */
static void parts_that_were_not_read(void **state)
{
    struct snapshot s = {0};
    struct rates r = {0};
    struct text t = {0};
    struct api_view v = all_tables();
    (void)state;

    snapshot_reset(&s);
    s.have = PART(ENTITY_VBD);
    s.wall_ns = UINT64_C(1795317165250999999);
    snapshot_seal(&s);
    rates_compute(&r, NULL, &s);
    api_sample_render(&t, &(struct api_sample){.s = &s, .r = &r}, &v);
    assert_non_null(strstr(t.data, "\"time\":1795317165.250,"));
    struct json_object *o = parse(&t);
    assert_null(get(o, "vifs"));
    assert_int_equal(rows(get(o, "vbds")), 0);
    json_object_put(o);
    snapshot_release(&s);
    rates_release(&r);
}

static void last_values(void *from, const struct domain *d, enum history_series series, float *out,
                        size_t n)
{
    (void)from;
    for (size_t i = 0; i < n; i++)
        out[i] = d ? (float)d->domid + (float)i / 4 : (float)series * 1000;
    out[0] = NAN;
}

static void recent_samples(void **state)
{
    struct simulated h;
    struct text t = {0};
    struct api_view v = {.tables = 0, .recent = 5};
    struct api_recent recent = {.get = last_values, .len = 3};
    (void)state;

    simulated_open(&h, "");
    simulated_sample(&h);
    api_sample_render(&t, &(struct api_sample){.s = h.now, .r = &h.rates, .recent = &recent}, &v);
    struct json_object *o = parse(&t), *r = get(o, "recent");
    struct json_object *cpu = get(get(r, "domains"), "cpu");
    assert_int_equal(json_object_array_length(cpu), h.now->domain_count);
    struct json_object *first = json_object_array_get_idx(cpu, 0);
    assert_int_equal(json_object_array_length(first), 3);
    assert_null(json_object_array_get_idx(first, 0));
    check_number(json_object_array_get_idx(first, 2), 0.5);
    check_number(json_object_array_get_idx(get(get(r, "host"), "wr"), 1), 5000);
    json_object_put(o);
    simulated_close(&h);
}

static void a_moment(void **state)
{
    struct snapshot s = {0};
    struct rates r = {0};
    struct text t = {0};
    struct api_view v = {.tables = 0};
    struct past_moment found = {.wall_ns = 20 * NS_PER_S,
                                .resolution_ns = 10 * NS_PER_S,
                                .gap = true,
                                .gap_from_ns = 20 * NS_PER_S};
    (void)state;

    snapshot_reset(&s);
    snapshot_seal(&s);
    struct api_sample x = {.s = &s, .r = &r, .found = &found, .asked_ns = 60 * NS_PER_S};
    api_sample_render(&t, &x, &v);
    struct json_object *o = parse(&t), *m = get(o, "moment");
    check_number(get(m, "asked"), 60);
    check_number(get(m, "time"), 20);
    check_number(get(m, "resolution"), 10);
    assert_true(json_object_get_boolean(get(m, "gap")));
    check_number(get(m, "gap_from"), 20);
    assert_null(get(m, "gap_to"));
    json_object_put(o);
    snapshot_release(&s);
}

/* ---- the past ---- */

static int answer; /* of the past below */

static int graph(struct past *self, const struct past_subject *subject, uint64_t from_ns,
                 uint64_t to_ns, size_t n, float *mean, float *peak)
{
    (void)self, (void)from_ns, (void)to_ns;
    for (size_t i = 0; i < n; i++) {
        mean[i] = i == 1 ? NAN : (float)(subject->series + 1) * 0.1f;
        peak[i] = i == 1 ? INFINITY : 1e9f;
    }
    return subject->series == HISTORY_RD ? answer : 0;
}

static int happened(struct past *self, uint64_t from_ns, uint64_t to_ns, struct event *out,
                    size_t cap, size_t *count)
{
    (void)self, (void)from_ns, (void)to_ns;
    *count = MIN(cap, (size_t)6);
    for (size_t i = 0; i < *count; i++) {
        size_t n = 6 - *count + i;
        out[i] = (struct event){.wall_ns = n * NS_PER_S, .kind = EVENT_CRASHED, .domid = n};
        out[i].uuid.bytes[0] = (uint8_t)(n % 2);
        strcpy(out[i].name, "<b>\"&'");
    }
    if (*count)
        out[*count - 1].domid = UNKNOWN;
    return answer;
}

static struct past fake = {.graph = graph, .events = happened};

static void graphs(void **state)
{
    struct api_graphs g = {.subject = {.of = PAST_DOMAIN, .uuid = {{0xab}}},
                           .metrics = 1u << HISTORY_CPU | 1u << HISTORY_RD,
                           .points = 4,
                           .span = {100 * NS_PER_S, 110 * NS_PER_S}};
    struct text t = {0};
    (void)state;

    answer = 0;
    assert_int_equal(api_graphs_render(&t, &fake, &g), 0);
    struct json_object *o = parse(&t), *series = get(o, "series"), *cpu = get(series, "cpu");
    assert_string_equal(json_object_get_string(get(o, "uuid")),
                        "ab000000-0000-0000-0000-000000000000");
    check_number(get(o, "from"), 100);
    check_number(get(o, "step"), 2.5);
    assert_int_equal(json_object_object_length(series), 2);
    assert_int_equal(json_object_array_length(get(cpu, "mean")), 4);
    check_number(json_object_array_get_idx(get(cpu, "mean"), 0), 0.1);
    assert_null(json_object_array_get_idx(get(cpu, "mean"), 1));
    assert_null(json_object_array_get_idx(get(cpu, "peak"), 1));
    check_number(json_object_array_get_idx(get(cpu, "peak"), 3), 1e9);
    json_object_put(o);

    /* One that fails leaves nothing half said. */
    answer = -ENOENT;
    text_adds(&t, "before");
    assert_int_equal(api_graphs_render(&t, &fake, &g), -ENOENT);
    assert_string_equal(t.data, "before");
    text_release(&t);
}

static void events(void **state)
{
    struct api_happened h = {.limit = 10, .span = {0, 100 * NS_PER_S}};
    struct text t = {0};
    (void)state;

    answer = 0;
    assert_int_equal(api_events_render(&t, &fake, &h), 0);
    struct json_object *o = parse(&t), *list = get(o, "events");
    assert_int_equal(json_object_array_length(list), 6);
    assert_false(json_object_get_boolean(get(o, "more")));
    struct json_object *e = json_object_array_get_idx(list, 1);
    check_number(get(e, "time"), 1);
    assert_string_equal(json_object_get_string(get(e, "kind")), "crashed");
    assert_string_equal(json_object_get_string(get(e, "weight")), "bad");
    assert_string_equal(json_object_get_string(get(e, "name")), "<b>\"&'");
    check_number(get(e, "domid"), 1);
    /* Of a collector there is neither. */
    e = json_object_array_get_idx(list, 5);
    assert_null(get(e, "uuid"));
    assert_null(get(e, "domid"));
    json_object_put(o);

    /* The newest, when there are more than were asked for. */
    h.limit = 2;
    assert_int_equal(api_events_render(&t, &fake, &h), 0);
    o = parse(&t);
    list = get(o, "events");
    assert_int_equal(json_object_array_length(list), 2);
    check_number(get(json_object_array_get_idx(list, 0), "time"), 4);
    assert_true(json_object_get_boolean(get(o, "more")));
    json_object_put(o);

    /* Of one domain, who was in those that were odd; the collector's is nobody's. */
    h = (struct api_happened){.limit = 1, .one = true, .uuid = {{1}}, .span = {0, NS_PER_S}};
    assert_int_equal(api_events_render(&t, &fake, &h), 0);
    o = parse(&t);
    list = get(o, "events");
    assert_int_equal(json_object_array_length(list), 1);
    check_number(get(json_object_array_get_idx(list, 0), "time"), 3);
    assert_true(json_object_get_boolean(get(o, "more")));
    json_object_put(o);

    answer = -EIO;
    assert_int_equal(api_events_render(&t, &fake, &h), -EIO);
    assert_null(t.data);
}

static void what_there_is(void **state)
{
    struct text t = {0};
    (void)state;

    api_past_render(&t, "/var/lib/<domtop>", 5 * NS_PER_S, 9 * NS_PER_S);
    struct json_object *o = parse(&t);
    assert_string_equal(json_object_get_string(get(o, "store")), "/var/lib/<domtop>");
    check_number(get(o, "first"), 5);
    check_number(get(o, "last"), 9);
    json_object_put(o);
    api_past_render(&t, NULL, 0, 0);
    o = parse(&t);
    assert_null(get(o, "store"));
    assert_null(get(o, "first"));
    json_object_put(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples),        cmocka_unit_test(hostile_sample),
        cmocka_unit_test(one_domain),     cmocka_unit_test(parts_that_were_not_read),
        cmocka_unit_test(recent_samples), cmocka_unit_test(a_moment),
        cmocka_unit_test(graphs),         cmocka_unit_test(events),
        cmocka_unit_test(what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
