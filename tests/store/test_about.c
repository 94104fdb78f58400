/* about: what a row of samples says of a domain and the host, in a file and back. */
#include "folder.h"
#include "unit.h"

#include <errno.h>

#include "base.h"
#include "store/about.h"
#include "store/layout.h"

#define S NS_PER_S

static void name(struct snapshot *s, struct domain *d, const char *text)
{
    d->name = snapshot_add_cstr(s, text);
}

/* Two lives, a new name, a vif that goes and comes with another MAC. */
static void observe_all(struct about *a)
{
    struct snapshot s = {0};

    about_init(a, ENTITY_DOMAIN, &(struct uuid){{1, 2, 3}});
    for (unsigned i = 1; i <= 6; i++) {
        unit_sample(&s, i, i);
        struct domain *d = unit_domain(&s, i < 5 ? 7 : 9, 1);
        name(&s, d, i < 3 ? "web-1" : "web \"2\" \\ é");
        d->type = DOMAIN_PVH;
        if (i == 4)
            s.have &= ~PART(ENTITY_VIF); /* not read: nothing is known to have changed */
        else if (i != 3)
            snapshot_add_vif(&s, d->domid, 0)->mac = snapshot_add_cstr(
                &s, i < 3 ? "00:16:3e:00:00:01" : "00:16:3e:00:00:02");
        snapshot_add_vbd(&s, i < 5 ? 7 : 9, 51712)->backend = VBD_QDISK;
        snapshot_seal(&s);
        a->changed = false;
        about_observe_domain(a, &s, 0, i * S);
        assert_int_equal(a->changed, i != 2 && i != 4 && i != 6);
    }
    snapshot_release(&s);
}

static void check_all(const struct about *a)
{
    assert_int_equal(a->life_count, 2);
    assert_true(a->lives[0].domid == 7 && a->lives[0].from_ns == 1 * S &&
                a->lives[0].to_ns == 5 * S);
    assert_true(a->lives[1].domid == 9 && a->lives[1].from_ns == 5 * S && a->lives[1].to_ns == 0);
    assert_string_equal(about_fact_at(&a->self, "name", 2 * S)->text, "web-1");
    assert_string_equal(about_fact_at(&a->self, "name", 3 * S)->text, "web \"2\" \\ é");
    assert_string_equal(about_fact_at(&a->self, "name", 99 * S)->text, "web \"2\" \\ é");
    assert_null(about_fact_at(&a->self, "name", S - 1));
    assert_null(about_fact_at(&a->self, "cpupool", 3 * S));
    assert_true(about_fact_at(&a->self, "type", 3 * S)->number == DOMAIN_PVH);
    assert_true(about_life_at(a, 4 * S)->domid == 7 && about_life_at(a, 6 * S)->domid == 9);
    assert_null(about_life_at(a, S / 2));
    assert_int_equal(a->thing_count, 3);
    size_t vifs = 0;
    for (size_t i = 0; i < a->thing_count; i++) {
        const struct about_thing *t = &a->things[i];
        if (t->entity == ENTITY_VBD) {
            assert_true(t->id == 51712 && t->from_ns == S && !t->to_ns);
            assert_true(about_fact_at(t, "backend", 2 * S)->number == VBD_QDISK);
        } else if (vifs++ == 0) {
            assert_true(t->from_ns == 1 * S && t->to_ns == 3 * S && about_there(t, 2 * S));
            assert_string_equal(about_fact_at(t, "mac", 2 * S)->text, "00:16:3e:00:00:01");
            assert_null(about_fact_at(t, "mac", 4 * S));
        } else {
            assert_true(t->from_ns == 5 * S && !t->to_ns && !about_there(t, 4 * S));
            assert_string_equal(about_fact_at(t, "mac", 6 * S)->text, "00:16:3e:00:00:02");
        }
    }
}

static void domain(void **state)
{
    struct folder *f = *state;
    struct about a, b;
    struct text t = {0}, u = {0};

    observe_all(&a);
    check_all(&a);
    assert_int_equal(about_write(&a, f->fd, LAYOUT_DOMAIN), 0);
    assert_int_equal(about_read(&b, ENTITY_DOMAIN, f->fd, LAYOUT_DOMAIN), 0);
    check_all(&b);
    assert_int_equal(b.uuid.bytes[1], 2);
    about_format(&t, &a);
    about_format(&u, &b);
    assert_string_equal(t.data, u.data);
    about_end(&b, 6 * S);
    assert_true(b.changed && b.lives[1].to_ns == 6 * S && b.self.to_ns == 6 * S);
    assert_null(about_fact_at(&b.self, "name", 7 * S));
    assert_string_equal(about_fact_at(&b.self, "name", 6 * S)->text, "web \"2\" \\ é");
    text_release(&t);
    text_release(&u);
    about_release(&a);
    about_release(&b);
}

static void host(void **state)
{
    struct snapshot s = {0};
    struct about a, b;
    struct text t = {0};

    (void)state;
    about_init(&a, ENTITY_HOST, NULL);
    unit_sample(&s, 1, 1);
    s.host.xen_version = snapshot_add_cstr(&s, "4.17.7");
    for (unsigned i = 0; i < 4; i++)
        snapshot_add_pcpu(&s, i)->core = i / 2;
    snapshot_seal(&s);
    about_observe_host(&a, &s, S);
    about_format(&t, &a);
    assert_int_equal(about_parse(&b, ENTITY_HOST, t.data, t.len), 0);
    assert_string_equal(about_fact_at(&b.self, "xen_version", S)->text, "4.17.7");
    assert_int_equal(b.thing_count, 4);
    assert_true(about_fact_at(&b.things[3], "core", S)->number == 1);
    about_release(&a);
    about_release(&b);
    text_release(&t);
    snapshot_release(&s);
}

/* What a later domtop added stays when this one writes. */
static void extra(void **state)
{
    static const char json[] = "{\"schema\": 1, \"uuid\": \"00000000-0000-0000-0000-000000000001\","
                               "\"from\": 5, \"colour\": {\"red\": [1, 2]}}";
    struct about a;
    struct text t = {0};

    (void)state;
    assert_int_equal(about_parse(&a, ENTITY_DOMAIN, json, strlen(json)), 0);
    about_format(&t, &a);
    assert_non_null(strstr(t.data, "\"colour\": {\"red\":[1,2]}"));
    about_release(&a);
    text_release(&t);
}

static void damaged(void **state)
{
    static const struct {
        const char *json;
        int err;
    } bad[] = {
        {"", -EBADMSG},
        {"{}", -EBADMSG},
        {"[]", -EBADMSG},
        {"{\"schema\": 1}", -EBADMSG},
        {"{\"schema\": 2}", -EPROTONOSUPPORT},
        {"{\"schema\": -1}", -EBADMSG},
        {"{\"schema\": 1, \"uuid\": \"x\"}", -EBADMSG},
        {"{\"schema\": 1, \"uuid\": \"00000000-0000-0000-0000-000000000001\"", -EBADMSG},
    };
    static const char odd[] =
        "{\"schema\": 1, \"uuid\": \"00000000-0000-0000-0000-000000000001\", \"lives\": [1, {}, "
        "{\"domid\": 1}, {\"domid\": 1, \"from\": 5}], \"facts\": {\"name\": [{\"value\": 7, "
        "\"from\": 1}, {\"value\": \"a\\u202eb\\n\", \"from\": 2}, []], \"type\": {}}, \"vifs\": "
        "3}";
    struct about a;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(about_parse(&a, ENTITY_DOMAIN, bad[i].json, strlen(bad[i].json)),
                         bad[i].err);
        about_release(&a);
    }
    assert_int_equal(about_parse(&a, ENTITY_DOMAIN, odd, strlen(odd)), 0);
    assert_int_equal(a.life_count, 1);
    assert_int_equal(a.self.fact_count, 1);
    assert_string_equal(a.self.facts[0].text, "a\xef\xbf\xbd"
                                              "b\xef\xbf\xbd");
    about_release(&a);
}

/* A name that changes for ever costs no more than so much. */
static void bounded(void **state)
{
    struct snapshot s = {0};
    struct about a;
    char text[32];

    (void)state;
    about_init(&a, ENTITY_DOMAIN, &(struct uuid){{0}});
    for (unsigned i = 1; i <= 3 * ABOUT_CHANGES; i++) {
        unit_sample(&s, i, i);
        struct domain *d = unit_domain(&s, i, 1);
        snprintf(text, sizeof(text), "n%u", i);
        name(&s, d, text);
        if (i % 2)
            snapshot_add_vif(&s, i, 0);
        snapshot_seal(&s);
        about_observe_domain(&a, &s, 0, i * S);
    }
    assert_int_equal(a.life_count, ABOUT_CHANGES);
    assert_int_equal(a.self.fact_count, ABOUT_CHANGES);
    assert_int_equal(a.thing_count, ABOUT_CHANGES);
    assert_string_equal(about_fact_at(&a.self, "name", 3 * ABOUT_CHANGES * S)->text, "n768");
    about_release(&a);
    snapshot_release(&s);
}

/* Taken back to between its two lives, and to before all of it. */
static void taken_back(void **state)
{
    struct about a;

    (void)state;
    observe_all(&a);
    a.changed = false;
    about_take_back(&a, 6 * S);
    assert_false(a.changed);
    check_all(&a);
    about_take_back(&a, 4 * S);
    assert_true(a.changed);
    assert_int_equal(a.life_count, 2);
    assert_true(a.lives[0].from_ns == 1 * S && a.lives[0].to_ns == 4 * S);
    assert_true(a.lives[1].from_ns == 4 * S && a.lives[1].to_ns == 0);
    assert_string_equal(about_fact_at(&a.self, "name", 2 * S)->text, "web-1");
    assert_string_equal(about_fact_at(&a.self, "name", 4 * S)->text, "web \"2\" \\ é");
    about_take_back(&a, S / 2);
    assert_int_equal(a.life_count, 1);
    assert_true(a.lives[0].domid == 9 && a.lives[0].from_ns == S / 2 && a.lives[0].to_ns == 0);
    assert_string_equal(about_fact_at(&a.self, "name", S / 2)->text, "web \"2\" \\ é");
    assert_true(a.self.from_ns == S / 2);
    for (size_t i = 0; i < a.thing_count; i++)
        assert_true(a.things[i].from_ns == S / 2 && a.things[i].to_ns == 0);
    about_release(&a);
}

/* More devices than any domain has are not all taken: each is looked for among those before it. */
static void devices_without_end(void **state)
{
    struct text json = {0};
    struct about a;
    (void)state;

    text_adds(&json,
              "{\"schema\": 1, \"uuid\": \"01010101-0101-0101-0101-010101010101\", \"vifs\": [");
    for (int i = 0; i < 100000; i++)
        text_addf(&json, "%s{\"id\": %d, \"from\": 1}", i ? "," : "", i);
    text_adds(&json, "]}");
    assert_true(json.len < ABOUT_MOST);
    assert_int_equal(about_parse(&a, ENTITY_DOMAIN, json.data, json.len), 0);
    assert_int_equal(a.thing_count, ABOUT_THINGS);
    about_release(&a);
    text_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(domain, folder_make, folder_drop),
        cmocka_unit_test(taken_back),
        cmocka_unit_test(host),
        cmocka_unit_test(extra),
        cmocka_unit_test(damaged),
        cmocka_unit_test(bounded),
        cmocka_unit_test(devices_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
