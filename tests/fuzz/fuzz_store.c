/*
 * fuzz_store: any bytes to the parsers of a store: a line of the journal, a description, the head
 * of an RRD file, settings' archives. The first byte says which. What is accepted must hold what
 * the headers promise, and come back the same when written. With FUZZ_SEEDS=FOLDER in the
 * environment it writes seeds there at start.
 */
#include "fuzz.h"

#include <zlib.h>

#include "base.h"
#include "sanitize.h"
#include "store/about.h"
#include "store/archives.h"
#include "store/journal.h"
#include "store/layout.h"
#include "store/rrdcheck.h"

static void check_text(const char *text)
{
    char safe[8192];

    sanitize(safe, sizeof(safe), text, strlen(text));
    CHECK(!strcmp(safe, text));
}

static void try_line(const char *data, size_t len)
{
    struct journal_entry a, b;
    struct text framed = {0}, again = {0};

    journal_parse(data, len, &a);
    /* With a checksum that fits, for otherwise none would get past it. */
    text_addf(&framed, "%08lx ", crc32(0, (const Bytef *)data, (uInt)len));
    text_add(&framed, data, len);
    if (journal_parse(framed.data, framed.len, &a)) {
        check_text(a.event.name);
        check_text(a.event.detail);
        check_text(a.kind);
        CHECK(a.event.kind == EVENT_KINDS || !strcmp(journal_word(a.event.kind), a.kind));
        journal_format(&again, &a);
        CHECK(again.len > 1 && again.data[again.len - 1] == '\n');
        CHECK(!memchr(again.data, '\n', again.len - 1));
        CHECK(journal_parse(again.data, again.len - 1, &b));
        CHECK(!memcmp(&a.event, &b.event, sizeof(a.event)) && !strcmp(a.kind, b.kind));
        CHECK(a.to_ns == b.to_ns && (!a.to_ns || a.from_ns == b.from_ns));
    }
    text_release(&framed);
    text_release(&again);
}

static void check_thing(const struct about_thing *t)
{
    for (size_t i = 0; i < t->fact_count; i++) {
        const struct about_fact *f = &t->facts[i];
        CHECK(f->metric->entity == t->entity);
        CHECK((f->metric->type == TYPE_STR) == (f->text != NULL));
        if (f->text)
            check_text(f->text);
    }
}

static void try_about(enum entity entity, const char *data, size_t len)
{
    struct about a, b;
    struct text first = {0}, second = {0};

    if (about_parse(&a, entity, data, len) == 0) {
        check_thing(&a.self);
        for (size_t i = 0; i < a.thing_count; i++)
            check_thing(&a.things[i]);
        CHECK(a.life_count <= ABOUT_CHANGES);
        about_format(&first, &a);
        CHECK(about_parse(&b, entity, first.data, first.len) == 0);
        about_format(&second, &b);
        CHECK(first.len == second.len && !memcmp(first.data, second.data, first.len));
        about_release(&b);
    } else {
        CHECK(!a.self.fact_count && !a.thing_count && !a.life_count);
    }
    about_release(&a);
    text_release(&first);
    text_release(&second);
}

static void try_rrd(const uint8_t *data, size_t len)
{
    struct rrdcheck c;
    void *exact = fuzz_exact(data, len); /* aligned too */
    uint64_t at;

    if (rrdcheck(&c, exact, len, len) == 0) {
        CHECK(c.head_bytes <= len && c.sources && c.rras && c.step_s);
        for (size_t i = 0; i < c.sources; i++) {
            const char *name = rrdcheck_source(&c, i).name;
            CHECK(strlen(name) < LAYOUT_SOURCE);
            for (unsigned e = 0; e < ENTITY_COUNT; e++)
                layout_source_find((enum entity)e, name, &at);
        }
        for (size_t i = 0; i < c.rras; i++) {
            struct rrdcheck_rra r = rrdcheck_rra(&c, i);
            CHECK(r.newest < r.rows && r.offset + r.rows * c.sources * 8 <= len);
        }
    }
    free(exact);
}

static void try_archives(const char *data, size_t len)
{
    char *text = fuzz_text(data, len), message[ARCHIVES_MESSAGE] = "", again[ARCHIVES_TEXT];
    struct archives a, b;
    enum entity entity;
    uint64_t id;

    if (archives_parse(&a, text, 10, message) == 0) {
        archives_format(&a, again);
        CHECK(archives_parse(&b, again, 10, message) == 0 && !memcmp(&a, &b, sizeof(a)));
        CHECK(archives_file_bytes(&a, 1) > 0);
    } else {
        CHECK(message[0]);
    }
    layout_day_parse(text, &id);
    layout_rrd_parse(text, &entity, &id);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *rest = (const char *)data + 1;

    if (!size)
        return 0;
    size--;
    switch (data[0] % 5) {
    case 0: try_line(rest, size); break;
    case 1: try_about(ENTITY_DOMAIN, rest, size); break;
    case 2: try_about(ENTITY_HOST, rest, size); break;
    case 3: try_rrd(data + 1, size); break;
    case 4: try_archives(rest, size); break;
    }
    return 0;
}

static void write_seed(const char *folder, const char *name, char which, const char *data,
                       size_t len)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    CHECK(f && fputc(which, f) != EOF && fwrite(data, 1, len, f) == len);
    fclose(f);
}

static void put(struct text *t, const char *name, size_t field)
{
    char bytes[128] = {0};

    snprintf(bytes, sizeof(bytes), "%s", name);
    text_add(t, bytes, field);
}

static void put_number(struct text *t, uint64_t n)
{
    text_add(t, &n, sizeof(n));
}

/* A small RRD file: one source, one archive of two rows. */
static void rrd_seed(struct text *t)
{
    double cookie = 8.642135E130, xff = 0.5;
    char zero[128] = {0};

    put(t, "RRD", 4);
    put(t, "0003", 12);
    text_add(t, &cookie, sizeof(cookie));
    put_number(t, 1);
    put_number(t, 1);
    put_number(t, 10);
    text_add(t, zero, 80);
    put(t, "cpu_ns", 20);
    put(t, "DERIVE", 20);
    put_number(t, 20);
    text_add(t, zero, 72);
    put(t, "AVERAGE", 24);
    put_number(t, 2);
    put_number(t, 1);
    text_add(t, &xff, sizeof(xff));
    text_add(t, zero, 72);
    put_number(t, 1795317160);
    put_number(t, 0);
    put(t, "U", 112);
    text_add(t, zero, 80);
    put_number(t, 1);
    text_add(t, zero, 16);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char about[] =
        "{\"schema\": 1, \"uuid\": \"00000000-0000-0000-0000-000000000001\", \"from\": 5,"
        "\"lives\": [{\"domid\": 7, \"from\": 5, \"to\": 9}], \"facts\": {\"name\": [{\"value\": "
        "\"web\", \"from\": 5}]}, \"vifs\": [{\"id\": 0, \"from\": 5, \"facts\": {\"mac\": "
        "[{\"value\": \"00:16:3e:00:00:01\", \"from\": 5}]}}], \"vbds\": [], \"more\": {}}";
    const char *folder = getenv("FUZZ_SEEDS");
    struct journal_entry e = {
        .event = {.wall_ns = 1795317160000000000, .kind = EVENT_GAP, .domid = 7, .name = "web"},
        .from_ns = 1,
        .to_ns = 2};
    struct text t = {0};
    struct rrdcheck c;

    (void)argc, (void)argv;
    if (!folder)
        return 0;
    journal_format(&t, &e);
    write_seed(folder, "line", 0, t.data + 9, t.len - 10);
    write_seed(folder, "domain", 1, about, sizeof(about) - 1);
    write_seed(folder, "host", 2, about, sizeof(about) - 1);
    text_clear(&t);
    rrd_seed(&t);
    CHECK(rrdcheck(&c, t.data, t.len, t.len) == 0);
    write_seed(folder, "rrd", 3, t.data, t.len);
    write_seed(folder, "archives", 4, "10s:1d,1m:7d", 12);
    text_release(&t);
    return 0;
}
