/* about_json: the file of an about, see about.h. Reads what comes, keeps what it does not know. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "../sanitize.h"
#include "about.h"
#include "about_private.h"

#define TEXT_MAX 2048 /* as long as values in xenstore may be */

/* ---- writing ---- */

static void add_string(struct text *out, const char *value)
{
    text_addc(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_addc(out, '\\');
        if ((unsigned char)*value >= ' ')
            text_addc(out, *value);
    }
    text_addc(out, '"');
}

static void add_span(struct text *out, uint64_t from_ns, uint64_t to_ns)
{
    text_addf(out, "\"from\": %" PRIu64, from_ns);
    if (to_ns)
        text_addf(out, ", \"to\": %" PRIu64, to_ns);
}

static void add_facts(struct text *out, const struct about_thing *t)
{
    const struct metric_group *g = &metric_groups[t->entity];
    const char *between = "";

    text_adds(out, "\"facts\": {");
    for (size_t m = 0; m < g->count; m++) {
        bool any = false;
        for (size_t i = 0; i < t->fact_count; i++) {
            const struct about_fact *f = &t->facts[i];
            if (f->metric != &g->rows[m])
                continue;
            if (any)
                text_adds(out, ", {\"value\": ");
            else
                text_addf(out, "%s\"%s\": [{\"value\": ", between, f->metric->id);
            any = true;
            between = ",\n    ";
            if (f->text)
                add_string(out, f->text);
            else
                text_addf(out, "%" PRIu64, f->number);
            text_adds(out, ", ");
            add_span(out, f->from_ns, f->to_ns);
            text_addc(out, '}');
        }
        if (any)
            text_addc(out, ']');
    }
    text_addc(out, '}');
}

static void add_things(struct text *out, const struct about *a, enum entity entity)
{
    const char *between = "\n  ";

    text_addf(out, ",\n\"%s\": [", metric_groups[entity].plural);
    for (size_t i = 0; i < a->thing_count; i++) {
        const struct about_thing *t = &a->things[i];
        if (t->entity != entity)
            continue;
        text_addf(out, "%s{\"id\": %" PRIu64 ", ", between, t->id);
        add_span(out, t->from_ns, t->to_ns);
        text_adds(out, ", ");
        add_facts(out, t);
        text_addc(out, '}');
        between = ",\n  ";
    }
    text_addc(out, ']');
}

void about_format(struct text *out, const struct about *a)
{
    char uuid[UUID_TEXT];

    text_addf(out, "{\"schema\": %d", ABOUT_SCHEMA);
    if (a->self.entity == ENTITY_DOMAIN) {
        uuid_format(&a->uuid, uuid);
        text_addf(out, ", \"uuid\": \"%s\"", uuid);
    }
    text_adds(out, ", ");
    add_span(out, a->self.from_ns, a->self.to_ns);
    if (a->self.entity == ENTITY_DOMAIN) {
        text_adds(out, ",\n\"lives\": [");
        for (size_t i = 0; i < a->life_count; i++) {
            text_addf(out, "%s{\"domid\": %" PRIu64 ", ", i ? ", " : "", a->lives[i].domid);
            add_span(out, a->lives[i].from_ns, a->lives[i].to_ns);
            text_addc(out, '}');
        }
        text_addc(out, ']');
    }
    text_adds(out, ",\n");
    add_facts(out, &a->self);
    if (a->self.entity == ENTITY_DOMAIN) {
        add_things(out, a, ENTITY_VIF);
        add_things(out, a, ENTITY_VBD);
    } else {
        add_things(out, a, ENTITY_PCPU);
    }
    if (a->extra) {
        struct json_object_iterator it = json_object_iter_begin(a->extra);
        struct json_object_iterator end = json_object_iter_end(a->extra);
        for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
            /* Anybody's words, so json-c's quoting. */
            struct json_object *name = json_object_new_string(json_object_iter_peek_name(&it));
            struct json_object *v = json_object_iter_peek_value(&it);
            text_addf(out, ",\n%s", json_object_to_json_string_ext(name, JSON_C_TO_STRING_PLAIN));
            text_addf(out, ": %s", json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN));
            json_object_put(name);
        }
    }
    text_adds(out, "}\n");
}

/* ---- reading ---- */

/* False when it is not there or no whole number from 0 on. */
static bool get_number(struct json_object *o, const char *key, uint64_t *out)
{
    struct json_object *v = NULL;

    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v) ||
        !json_object_is_type(v, json_type_int) || json_object_get_int64(v) < 0)
        return false;
    *out = json_object_get_uint64(v);
    return true;
}

static bool get_span(struct json_object *o, uint64_t *from_ns, uint64_t *to_ns)
{
    *to_ns = 0;
    get_number(o, "to", to_ns);
    return get_number(o, "from", from_ns);
}

/* The array of that name; NULL where there is none. */
static struct json_object *get_array(struct json_object *o, const char *key, size_t *len)
{
    struct json_object *v = NULL;

    *len = 0;
    if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_array))
        return NULL;
    *len = json_object_array_length(v);
    return v;
}

static void take_fact(struct about_thing *t, const struct metric *m, struct json_object *o)
{
    struct json_object *v = NULL;
    char text[TEXT_MAX];
    uint64_t from, to, number = UNKNOWN;
    bool string = m->type == TYPE_STR;

    if (!get_span(o, &from, &to) || !json_object_object_get_ex(o, "value", &v))
        return;
    if (string ? !json_object_is_type(v, json_type_string) : !get_number(o, "value", &number))
        return;
    if (string)
        sanitize(text, sizeof(text), json_object_get_string(v),
                 (size_t)json_object_get_string_len(v));
    struct about_fact *f = about_add_fact(t, m);
    f->from_ns = from;
    f->to_ns = to;
    f->number = number;
    f->text = string ? xstrdup(text) : NULL;
}

static void take_facts(struct about_thing *t, struct json_object *o)
{
    const struct metric_group *g = &metric_groups[t->entity];
    struct json_object *facts = NULL, *list;
    size_t len;

    if (!json_object_object_get_ex(o, "facts", &facts) ||
        !json_object_is_type(facts, json_type_object))
        return;
    for (size_t m = 0; m < g->count; m++) {
        const struct metric *row = &g->rows[m];
        if (row->kind != METRIC_INFO || (row->type != TYPE_STR && row->type != TYPE_U64))
            continue;
        list = get_array(facts, row->id, &len);
        for (size_t i = 0; i < len; i++)
            take_fact(t, row, json_object_array_get_idx(list, i));
    }
}

static void take_things(struct about *a, enum entity entity, struct json_object *o)
{
    size_t len;
    struct json_object *list = get_array(o, metric_groups[entity].plural, &len);
    uint64_t id, from, to;

    for (size_t i = 0; i < len && a->thing_count < ABOUT_THINGS; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        if (!get_number(item, "id", &id) || !get_span(item, &from, &to))
            continue;
        struct about_thing *t = about_add_thing(a, entity, id);
        t->from_ns = from;
        t->to_ns = to;
        take_facts(t, item);
    }
}

static void take_lives(struct about *a, struct json_object *o)
{
    size_t len;
    struct json_object *list = get_array(o, "lives", &len);
    uint64_t domid, from, to;

    for (size_t i = 0; i < len; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        if (get_number(item, "domid", &domid) && get_span(item, &from, &to))
            *about_add_life(a) = (struct about_life){domid, from, to};
    }
}

static int take(struct about *a, struct json_object *o)
{
    static const char *const known[] = {"schema", "uuid",  "from", "to",  "lives",
                                        "facts",  "pcpus", "vifs", "vbds"};
    struct json_object *uuid = NULL;
    uint64_t schema;

    if (!get_number(o, "schema", &schema))
        return -EBADMSG;
    if (schema > ABOUT_SCHEMA)
        return -EPROTONOSUPPORT;
    get_span(o, &a->self.from_ns, &a->self.to_ns);
    take_facts(&a->self, o);
    if (a->self.entity == ENTITY_DOMAIN) {
        if (!json_object_object_get_ex(o, "uuid", &uuid) ||
            !json_object_is_type(uuid, json_type_string) ||
            !uuid_parse(json_object_get_string(uuid), &a->uuid))
            return -EBADMSG;
        take_lives(a, o);
        take_things(a, ENTITY_VIF, o);
        take_things(a, ENTITY_VBD, o);
    } else {
        take_things(a, ENTITY_PCPU, o);
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        json_object_object_del(o, known[i]);
    if (json_object_object_length(o))
        a->extra = json_object_get(o);
    return 0;
}

int about_parse(struct about *a, enum entity entity, const char *json, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(16);
    struct json_object *o;
    int err = -EBADMSG;

    about_init(a, entity, NULL);
    if (!tokener)
        die(EXIT_FAILED, "out of memory");
    o = len <= ABOUT_MOST ? json_tokener_parse_ex(tokener, json, (int)len) : NULL;
    if (json_object_is_type(o, json_type_object))
        err = take(a, o);
    json_object_put(o);
    json_tokener_free(tokener);
    if (err) {
        about_release(a);
        about_init(a, entity, NULL);
    }
    return err;
}

void about_extra_release(struct about *a)
{
    json_object_put(a->extra);
    a->extra = NULL;
}
