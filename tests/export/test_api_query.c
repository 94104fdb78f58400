/* The parameters of the API: what is taken, what is cut to its limit, what is refused. */
#include "unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base.h"
#include "export/api_query.h"

#define NOW (UINT64_C(1795317165) * NS_PER_S)

/* "a=1&b=2", not decoded: enough for what is tested. */
static const char *get(const void *from, const char *name)
{
    static char values[8][80];
    static unsigned turn;
    const char *at = from;
    size_t len = strlen(name);

    while (at && *at) {
        const char *end = strchr(at, '&');
        size_t n = end ? (size_t)(end - at) : strlen(at);
        if (n > len && at[len] == '=' && !strncmp(at, name, len)) {
            char *value = values[turn++ % ARRAY_LEN(values)];
            snprintf(value, sizeof(values[0]), "%.*s", (int)(n - len - 1), at + len + 1);
            return value;
        }
        at = end ? end + 1 : NULL;
    }
    return NULL;
}

static bool graphs(struct api_graphs *g, const char *query)
{
    char wrong[API_WRONG] = "";
    bool fine = api_graphs_parse(g, &(struct api_params){get, query}, NOW, wrong);

    assert_int_equal(fine, wrong[0] == '\0');
    return fine;
}

static bool view(struct api_view *v, const char *query)
{
    char wrong[API_WRONG] = "";
    bool fine = api_view_parse(v, &(struct api_params){get, query}, wrong);

    assert_int_equal(fine, wrong[0] == '\0');
    return fine;
}

static void times(void **state)
{
    static const struct {
        const char *query;
        uint64_t from_ns, to_ns;
    } cases[] = {
        {"", NOW - 3600 * NS_PER_S, NOW},
        {"from=1000&to=2000", 1000 * NS_PER_S, 2000 * NS_PER_S},
        {"from=1000.25&to=1000.250000001", UINT64_C(1000250000000), UINT64_C(1000250000001)},
        {"from=1.9999999999&to=2", UINT64_C(1999999999), 2 * NS_PER_S},
        {"from=-60", NOW - 60 * NS_PER_S, NOW},
        {"from=-120&to=-60", NOW - 120 * NS_PER_S, NOW - 60 * NS_PER_S},
        {"to=1795310000", UINT64_C(1795306400) * NS_PER_S, UINT64_C(1795310000) * NS_PER_S},
        /* Before 1970 there is nothing. */
        {"from=-1800000000", NOW - API_RANGE_MOST, NOW},
        {"from=0&to=100", 0, 100 * NS_PER_S},
        /* Cut to the longest range there is. */
        {"from=1&to=1795317165", NOW - API_RANGE_MOST, NOW},
    };
    struct api_graphs g;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(graphs(&g, cases[i].query));
        assert_true(g.span.from_ns == cases[i].from_ns);
        assert_true(g.span.to_ns == cases[i].to_ns);
    }
}

static void times_refused(void **state)
{
    static const char *const cases[] = {
        "from=",
        "from=x",
        "from=1x",
        "from=1.2.3",
        "from=--1",
        "from=1e9",
        "from= 1",
        "from=+1",
        "from=2000&to=1000",
        "from=5&to=5",
        "to=-",
        "from=99999999999999999999999",
        "to=18446744073709551615",
    };
    struct api_graphs g;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (graphs(&g, cases[i]))
            fail_msg("%s was taken", cases[i]);
}

static void whose_graphs(void **state)
{
    static const char uuid[] = "01020304-0506-0708-090a-0b0c0d0e0f10";
    struct api_graphs g;
    char query[120];
    (void)state;

    assert_true(graphs(&g, "of=host&metrics=cpu,mem"));
    assert_int_equal(g.subject.of, PAST_HOST);
    assert_int_equal(g.metrics, 1u << HISTORY_CPU | 1u << HISTORY_MEM);
    assert_int_equal(g.points, API_POINTS);
    snprintf(query, sizeof(query), "of=domain&uuid=%s&points=7", uuid);
    assert_true(graphs(&g, query));
    assert_int_equal(g.subject.of, PAST_DOMAIN);
    assert_int_equal(g.subject.uuid.bytes[15], 0x10);
    assert_int_equal(g.points, 7);
    assert_int_equal(g.metrics, (1u << HISTORY_SERIES) - 1);
    assert_true(graphs(&g, "of=pcpu&id=300"));
    assert_int_equal(g.subject.of, PAST_PCPU);
    assert_int_equal(g.subject.id, 300);
    assert_int_equal(g.metrics, 1u << HISTORY_CPU);
    assert_true(graphs(&g, "points=999999999"));
    assert_int_equal(g.points, API_POINTS_MOST);
    assert_true(graphs(&g, "points=0"));
    assert_int_equal(g.points, 1);
}

static void graphs_refused(void **state)
{
    static const char *const cases[] = {
        "of=domain",
        "of=domain&uuid=1",
        "of=pcpu",
        "of=pcpu&id=-1",
        "of=pcpu&id=1x",
        "of=pcpu&id=1&metrics=mem",
        "of=vbd",
        "metrics=",
        "metrics=cpu,",
        "metrics=nothing",
        "metrics=cpu,,mem",
        "points=-1",
        "points=1.5",
        "points=",
        "of=",
        "of=domain&uuid=01020304-0506-0708-090a-0b0c0d0e0f1",
        "of=domain&uuid=../../../../etc/passwd",
        "metrics=cpucpucpucpucpucpucpucpucpucpucpucpucpucpu",
    };
    struct api_graphs g;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        /* A comma at the end is no name more. */
        bool fine = !strcmp(cases[i], "metrics=cpu,");
        if (graphs(&g, cases[i]) != fine)
            fail_msg("%s", cases[i]);
    }
}

static void views(void **state)
{
    struct api_view v;
    struct text name = {0};
    (void)state;

    assert_true(view(&v, ""));
    assert_int_equal(v.tables, PART(ENTITY_HOST) | PART(ENTITY_PCPU) | PART(ENTITY_DOMAIN));
    assert_true(v.field_count > 40);
    assert_false(v.one);
    assert_int_equal(v.recent, 0);
    assert_true(view(&v, "tables=vbds,vifs&fields=name,cpu_ns_rate,rx_bytes&recent=100000"));
    assert_int_equal(v.tables, PART(ENTITY_VBD) | PART(ENTITY_VIF));
    assert_int_equal(v.field_count, 3);
    field_name(&name, &v.fields[1]);
    assert_string_equal(name.data, "cpu_ns_rate");
    assert_true(v.fields[2].sum);
    assert_int_equal(v.recent, API_RECENT_MOST);
    assert_true(view(&v, "tables=&uuid=00000000-0000-0000-0000-000000000000"));
    assert_int_equal(v.tables, 0);
    assert_true(v.one);
    assert_false(view(&v, "tables=domain"));
    assert_false(view(&v, "tables=hosts"));
    assert_false(view(&v, "fields=name,<b>"));
    assert_false(view(&v, "fields=cpu_ns_rate_rate"));
    assert_false(view(&v, "uuid=x"));
    assert_false(view(&v, "recent=x"));
    text_release(&name);
}

/* A list longer than what get() can give. */
static const char *fields_given(const void *from, const char *name)
{
    return strcmp(name, "fields") ? NULL : from;
}

/* As many as there is room for, and not one more. */
static void too_many_fields(void **state)
{
    static char list[FIELDS_MAX * 6 + 8];
    struct api_view v;
    char wrong[API_WRONG];
    (void)state;

    strcpy(list, "name");
    for (int i = 1; i <= FIELDS_MAX; i++)
        strcat(list, ",name");
    struct api_params p = {get, NULL};
    assert_true(api_view_parse(&v, &p, wrong));
    p = (struct api_params){fields_given, list};
    assert_false(api_view_parse(&v, &p, wrong));
    list[FIELDS_MAX * 5 - 1] = '\0';
    assert_true(api_view_parse(&v, &p, wrong));
    assert_int_equal(v.field_count, FIELDS_MAX);
}

static void others(void **state)
{
    struct api_happened h;
    uint64_t at, resolution;
    char wrong[API_WRONG];
    (void)state;

    assert_true(api_happened_parse(&h, &(struct api_params){get, "limit=3"}, NOW, wrong));
    assert_int_equal(h.limit, 3);
    assert_true(h.span.from_ns == NOW - 86400 * NS_PER_S);
    assert_false(h.one);
    assert_true(api_happened_parse(&h, &(struct api_params){get, "limit=99999"}, NOW, wrong));
    assert_int_equal(h.limit, API_EVENTS_MOST);
    assert_false(api_happened_parse(&h, &(struct api_params){get, "uuid="}, NOW, wrong));

    assert_true(
        api_moment_parse(&at, &resolution, &(struct api_params){get, "at=1.5"}, NOW, wrong));
    assert_int_equal(at, 1500000000);
    assert_int_equal(resolution, 0);
    struct api_params both = {get, "at=-10&resolution=60"};
    assert_true(api_moment_parse(&at, &resolution, &both, NOW, wrong));
    assert_true(at == NOW - 10 * NS_PER_S && resolution == 60 * NS_PER_S);
    assert_false(api_moment_parse(&at, &resolution, &(struct api_params){get, ""}, NOW, wrong));
    assert_false(api_moment_parse(&at, &resolution, &(struct api_params){get, "at=x"}, NOW, wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),        cmocka_unit_test(times_refused),
        cmocka_unit_test(whose_graphs), cmocka_unit_test(graphs_refused),
        cmocka_unit_test(views),        cmocka_unit_test(too_many_fields),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
