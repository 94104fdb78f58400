/* journal: what is written is read, in order and by time; damage costs the line it hit. */
#include "folder.h"
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base.h"
#include "store/journal.h"
#include "store/layout.h"

#define NOON (UINT64_C(1795348800) * NS_PER_S) /* 2026-11-22 */
#define DAY  (86400 * NS_PER_S)

struct found {
    struct journal_entry e[64];
    size_t count, most;
};

static bool keep(void *arg, const struct journal_entry *e)
{
    struct found *f = arg;

    f->e[f->count++] = *e;
    return !f->most || f->count < f->most;
}

static struct journal_entry entry(uint64_t wall_ns, enum event_kind kind, const char *name)
{
    struct journal_entry e = {.event = {.wall_ns = wall_ns, .kind = kind, .domid = 7}};

    memset(&e.event.uuid, 0xab, sizeof(e.event.uuid));
    snprintf(e.event.name, sizeof(e.event.name), "%s", name);
    snprintf(e.event.detail, sizeof(e.event.detail), "was \"%s\" \\", name);
    return e;
}

static void append(struct journal *j, uint64_t wall_ns, enum event_kind kind, const char *name)
{
    struct journal_entry e = entry(wall_ns, kind, name);

    assert_int_equal(journal_append(j, &e), 0);
}

static void there_and_back(void **state)
{
    struct folder *f = *state;
    struct journal j;
    struct found found = {0};

    journal_init(&j, f->fd);
    assert_int_equal(journal_read(f->fd, 0, UINT64_MAX, keep, &found), 0); /* no journal yet */
    for (unsigned k = 0; k < EVENT_KINDS; k++)
        append(&j, NOON + k * NS_PER_S, (enum event_kind)k, "wéb \"1\"");
    struct journal_entry gap = entry(NOON + DAY, EVENT_GAP, "");
    gap.from_ns = NOON;
    gap.to_ns = NOON + DAY;
    gap.event.domid = UNKNOWN;
    assert_int_equal(journal_append(&j, &gap), 0);
    journal_close(&j);
    assert_int_equal(journal_read(f->fd, 0, UINT64_MAX, keep, &found), 0);
    assert_int_equal(found.count, EVENT_KINDS + 1);
    for (unsigned k = 0; k < EVENT_KINDS; k++) {
        struct journal_entry e = entry(NOON + k * NS_PER_S, (enum event_kind)k, "wéb \"1\"");
        assert_memory_equal(&found.e[k].event, &e.event, sizeof(e.event));
        assert_string_equal(found.e[k].kind, journal_word((enum event_kind)k));
    }
    assert_true(found.e[EVENT_KINDS].from_ns == NOON && found.e[EVENT_KINDS].to_ns == NOON + DAY);
    assert_true(found.e[EVENT_KINDS].event.domid == UNKNOWN);
}

static void by_time(void **state)
{
    struct folder *f = *state;
    struct journal j;
    struct found found = {0};

    journal_init(&j, f->fd);
    for (unsigned d = 0; d < 5; d++)
        append(&j, NOON + d * DAY, EVENT_CRASHED, "web");
    journal_close(&j);
    journal_read(f->fd, NOON + DAY, NOON + 3 * DAY, keep, &found);
    assert_int_equal(found.count, 3);
    assert_true(found.e[0].event.wall_ns == NOON + DAY);
    assert_true(found.e[2].event.wall_ns == NOON + 3 * DAY);
    found = (struct found){.most = 2};
    journal_read(f->fd, 0, UINT64_MAX, keep, &found);
    assert_int_equal(found.count, 2);
}

static void write_raw(struct folder *f, const char *bytes, size_t len)
{
    char path[LAYOUT_PATH];

    layout_day(path, NOON);
    int fd = openat(f->fd, path, O_WRONLY | O_APPEND);
    assert_true(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

/* A line torn by a crash, one changed on the disk, one far too long, an empty one, NULs. */
static void damage(void **state)
{
    struct folder *f = *state;
    struct journal j;
    struct found found = {0};
    struct text t = {0};
    char *lng = xmalloc(200000);

    journal_init(&j, f->fd);
    append(&j, NOON, EVENT_CRASHED, "first");
    journal_close(&j);
    struct journal_entry e = entry(NOON, EVENT_CRASHED, "torn");
    journal_format(&t, &e);
    write_raw(f, t.data, t.len / 2);
    journal_init(&j, f->fd);
    append(&j, NOON + 1, EVENT_CRASHED, "second");
    t.data[40] ^= 1;
    write_raw(f, t.data, t.len);
    write_raw(f, "\n\0\0\0\n", 5);
    memset(lng, 'x', 200000);
    lng[199999] = '\n';
    write_raw(f, lng, 200000);
    append(&j, NOON + 2, EVENT_CRASHED, "third");
    journal_close(&j);
    journal_read(f->fd, 0, UINT64_MAX, keep, &found);
    assert_int_equal(found.count, 3);
    assert_string_equal(found.e[0].event.name, "first");
    assert_string_equal(found.e[1].event.name, "second");
    assert_string_equal(found.e[2].event.name, "third");
    text_release(&t);
    free(lng);
}

static void unknown_kind(void **state)
{
    struct folder *f = *state;
    struct journal_entry e = entry(NOON, EVENT_KINDS, "n"), back;
    struct text t = {0};

    (void)f;
    strcpy(e.kind, "eaten_by_bear");
    journal_format(&t, &e);
    assert_true(journal_parse(t.data, t.len - 1, &back));
    assert_int_equal(back.event.kind, EVENT_KINDS);
    assert_string_equal(back.kind, "eaten_by_bear");
    assert_false(journal_parse(t.data, t.len - 2, &back));
    text_release(&t);
}

/* A file that can take no more: the error is told, and what was torn does not harm what follows. */
static void full(void **state)
{
    struct folder *f = *state;
    struct journal j;
    struct journal_entry e = entry(NOON, EVENT_CRASHED, "web");
    struct found found = {0};
    struct rlimit old, limit;

    journal_init(&j, f->fd);
    append(&j, NOON, EVENT_CRASHED, "first");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = (struct rlimit){300, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_true(journal_append(&j, &e) < 0);
    assert_true(journal_append(&j, &e) < 0);
    setrlimit(RLIMIT_FSIZE, &old);
    append(&j, NOON + 1, EVENT_CRASHED, "second");
    journal_close(&j);
    journal_read(f->fd, 0, UINT64_MAX, keep, &found);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.e[1].event.name, "second");
}

static void no_links(void **state)
{
    struct folder *f = *state;
    struct journal j;
    struct journal_entry e = entry(NOON, EVENT_CRASHED, "web");

    assert_int_equal(symlinkat("/tmp", f->fd, "journal"), 0);
    journal_init(&j, f->fd);
    assert_true(journal_append(&j, &e) < 0);
    journal_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_and_back, folder_make, folder_drop),
        cmocka_unit_test_setup_teardown(by_time, folder_make, folder_drop),
        cmocka_unit_test_setup_teardown(damage, folder_make, folder_drop),
        cmocka_unit_test_setup_teardown(unknown_kind, folder_make, folder_drop),
        cmocka_unit_test_setup_teardown(full, folder_make, folder_drop),
        cmocka_unit_test_setup_teardown(no_links, folder_make, folder_drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
