/* held, held_files: records that are whole, torn, damaged, written twice and done; files that are
 * full, not there, and not files. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base.h"
#include "scratch.h"
#include "store/held.h"
#include "store/held_files.h"
#include "store/layout.h"

static void put(struct text *t, enum held_kind kind, uint64_t number, const char *bytes)
{
    struct held_head head = {.kind = kind, .number = number, .len = (uint32_t)strlen(bytes)};

    head.wall_ns = number * 1000;
    held_sign(&head);
    held_put(t, &head, bytes);
}

/* "1:one 2:two": what is read of some bytes, in a block of exactly their size. */
static const char *listed(const struct text *t, size_t from, size_t len)
{
    static char said[1024];
    char *exact = malloc(len ? len : 1);
    struct held_list l;
    size_t at = 0;

    said[0] = '\0';
    if (len)
        memcpy(exact, t->data + from, len);
    held_list_read(&l, exact, len);
    for (size_t i = 0; i < l.count; i++) {
        const struct held_record *r = &l.records[i];
        assert_int_equal(r->head.wall_ns, r->head.number * 1000);
        assert_true(held_is_ours(&r->head));
        at += (size_t)snprintf(said + at, sizeof(said) - at, "%s%d:%.*s", i ? " " : "",
                               (int)r->head.number, (int)r->head.len, r->bytes);
    }
    held_list_release(&l);
    free(exact);
    return said;
}

static void in_order(void **state)
{
    struct text t = {0};

    (void)state;
    assert_string_equal(listed(&t, 0, 0), "");
    put(&t, HELD_BEGIN, 7, "who");
    put(&t, HELD_SAMPLE, 3, "");
    put(&t, HELD_HAPPENED, 5, "what");
    assert_string_equal(listed(&t, 0, t.len), "7:who 3: 5:what");
    text_release(&t);
}

static void twice_and_done(void **state)
{
    struct text t = {0};

    (void)state;
    put(&t, HELD_SAMPLE, 1, "one");
    put(&t, HELD_HAPPENED, 2, "two");
    put(&t, HELD_SAMPLE, 3, "three");
    put(&t, HELD_HAPPENED, 2, "two and more");
    put(&t, HELD_SAMPLE, 4, "four");
    put(&t, HELD_DONE, 1, "");
    put(&t, HELD_DONE, 99, "");
    assert_string_equal(listed(&t, 0, t.len), "3:three 2:two and more 4:four");
    text_release(&t);
}

/* Cut anywhere, at both ends, and with any byte changed: the others are there. */
static void damaged(void **state)
{
    static const char *const without[] = {"2:two 3:three", "1:one 3:three", "1:one 2:two"};
    struct text t = {0};
    size_t ends[3];

    (void)state;
    put(&t, HELD_SAMPLE, 1, "one");
    ends[0] = t.len;
    put(&t, HELD_SAMPLE, 2, "two");
    ends[1] = t.len;
    put(&t, HELD_SAMPLE, 3, "three");
    ends[2] = t.len;
    for (size_t len = 0; len < t.len; len++)
        assert_string_equal(listed(&t, 0, len), len < ends[0]   ? ""
                                                : len < ends[1] ? "1:one"
                                                                : "1:one 2:two");
    for (size_t from = 1; from <= t.len; from++)
        assert_string_equal(listed(&t, from, t.len - from), from <= ends[0]   ? "2:two 3:three"
                                                            : from <= ends[1] ? "3:three"
                                                                              : "");
    for (size_t at = 0; at < t.len; at++) {
        t.data[at] ^= 0x40;
        assert_string_equal(listed(&t, 0, t.len), without[at < ends[0] ? 0 : at < ends[1] ? 1 : 2]);
        t.data[at] ^= 0x40;
    }
    text_release(&t);
}

/* A torn record whose bytes have whole ones in them costs itself; and many heads that say that much
 * follows do not cost the square of them. */
static void in_each_other(void **state)
{
    struct text in = {0}, t = {0};
    struct held_list l;

    (void)state;
    put(&in, HELD_SAMPLE, 2, "two");
    put(&t, HELD_SAMPLE, 1, "one");
    struct held_head head = {.kind = HELD_SAMPLE, .number = 9, .len = 1 << 20};
    char *zeros = calloc(1, 1 << 20);
    held_put(&t, &head, zeros);
    t.len -= (1 << 20) - 10;
    text_add(&t, in.data, in.len);
    assert_string_equal(listed(&t, 0, t.len), "1:one 2:two");
    text_clear(&t);
    for (unsigned i = 0; i < 20000; i++) {
        size_t at = t.len;
        held_put(&t, &head, zeros);
        t.len = at + sizeof(head);
    }
    text_add(&t, zeros, 1 << 20);
    uint64_t start = clock_mono_ns();
    held_list_read(&l, t.data, t.len);
    assert_true(clock_mono_ns() - start < 5 * NS_PER_S);
    held_list_release(&l);
    free(zeros);
    text_release(&in);
    text_release(&t);
}

static void other_version(void **state)
{
    struct held_head head = {0};

    (void)state;
    assert_false(held_is_ours(&head));
    held_sign(&head);
    assert_true(held_is_ours(&head));
    head.version[strlen(head.version)] = '1';
    assert_false(held_is_ours(&head));
}

/* ---- files ---- */

static int folder(void)
{
    int dir;

    scratch_remove();
    dir = open(scratch_make(), O_RDONLY | O_DIRECTORY);
    assert_true(dir >= 0);
    return dir;
}

static bool is_there(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void added_and_forgotten(void **state)
{
    struct text t = {0}, read = {0};
    struct held_files f;
    int dir = folder();

    (void)state;
    held_files_init(&f, dir);
    assert_false(held_files_read(dir, &read));
    put(&t, HELD_SAMPLE, 1, "one");
    assert_int_equal(held_files_add(&f, t.data, t.len), 0);
    held_files_close(&f); /* killed, and started again */
    text_clear(&t);
    put(&t, HELD_SAMPLE, 2, "two");
    assert_int_equal(held_files_add(&f, t.data, t.len), 0);
    assert_true(held_files_read(dir, &read));
    assert_string_equal(listed(&read, 0, read.len), "1:one 2:two");
    held_files_forget(&f);
    assert_false(is_there(dir, LAYOUT_HELD));
    assert_false(held_files_read(dir, &read));
    assert_int_equal(read.len, 0);
    assert_int_equal(held_files_add(&f, t.data, t.len), 0);
    assert_true(held_files_read(dir, &read));
    assert_string_equal(listed(&read, 0, read.len), "2:two");
    held_files_forget(&f);
    text_release(&t);
    text_release(&read);
    close(dir);
}

/* Full, it is put aside once: what was last is there, and the disk has no more than twice that. */
static void full(void **state)
{
    const size_t each = 16 << 20;
    struct held_head head = {.kind = HELD_SAMPLE, .len = (uint32_t)each};
    struct text t = {0}, read = {0};
    char *zeros = calloc(1, each);
    struct held_files f;
    struct held_list l;
    struct stat st;
    int dir = folder();

    (void)state;
    held_files_init(&f, dir);
    for (head.number = 1; head.number <= 18; head.number++) {
        text_clear(&t);
        held_put(&t, &head, zeros);
        assert_int_equal(held_files_add(&f, t.data, t.len), 0);
        assert_true(fstatat(dir, LAYOUT_HELD, &st, 0) || st.st_size < HELD_FILE_BYTES);
        assert_true(fstatat(dir, LAYOUT_HELD_OLD, &st, 0) ||
                    st.st_size < (off_t)(HELD_FILE_BYTES + 2 * each));
    }
    assert_true(held_files_read(dir, &read));
    assert_true(read.len <= HELD_FILE_BYTES + HELD_LEN_MAX);
    held_list_read(&l, read.data, read.len);
    assert_true(l.count >= 5);
    for (size_t i = 0; i < l.count; i++)
        assert_int_equal(l.records[l.count - 1 - i].head.number, 18 - i);
    held_list_release(&l);
    held_files_forget(&f);
    assert_false(is_there(dir, LAYOUT_HELD_OLD));
    free(zeros);
    text_release(&t);
    text_release(&read);
    close(dir);
}

/* A link, a pipe and a folder in its place are not followed, waited for or read. */
static void no_files(void **state)
{
    struct text read = {0};
    struct held_files f;
    int dir = folder();

    (void)state;
    held_files_init(&f, dir);
    scratch_write("other", "data", 4);
    for (unsigned what = 0; what < 3; what++) {
        assert_int_equal(what == 0   ? symlinkat("other", dir, LAYOUT_HELD)
                         : what == 1 ? mkfifoat(dir, LAYOUT_HELD, 0644)
                                     : mkdirat(dir, LAYOUT_HELD, 0755),
                         0);
        assert_true(held_files_add(&f, "more", 4) < 0);
        assert_false(held_files_read(dir, &read));
        assert_int_equal(read.len, 0);
        unlinkat(dir, LAYOUT_HELD, what == 2 ? AT_REMOVEDIR : 0);
    }
    size_t len;
    char *other = scratch_read("other", &len);
    assert_int_equal(len, 4);
    free(other);
    text_release(&read);
    close(dir);
}

/* What could be written of a record on a disk that is full goes again. */
static void half_written(void **state)
{
    struct text t = {0}, read = {0};
    struct held_files f;
    struct rlimit most = {0}, before;
    int dir = folder();

    (void)state;
    held_files_init(&f, dir);
    put(&t, HELD_SAMPLE, 1, "one");
    assert_int_equal(held_files_add(&f, t.data, t.len), 0);
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    most = before;
    most.rlim_cur = t.len + 20;
    setrlimit(RLIMIT_FSIZE, &most);
    int err = held_files_add(&f, t.data, t.len);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(err, -EFBIG);
    assert_true(held_files_read(dir, &read));
    assert_int_equal(read.len, t.len);
    assert_string_equal(listed(&read, 0, read.len), "1:one");
    held_files_forget(&f);
    text_release(&t);
    text_release(&read);
    close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),      cmocka_unit_test(twice_and_done),
        cmocka_unit_test(damaged),       cmocka_unit_test(in_each_other),
        cmocka_unit_test(other_version), cmocka_unit_test(added_and_forgotten),
        cmocka_unit_test(full),          cmocka_unit_test(no_files),
        cmocka_unit_test(half_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
