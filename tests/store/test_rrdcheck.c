/* rrdcheck: a head as rrd_create makes it is read; each field that librrd believes in is looked at.
 */
#include "folder.h"
#include "unit.h"

#include <errno.h>

#include "base.h"
#include "store/rrdcheck.h"
#include "store/shape.h"

/* One source, one archive of two rows: where things are in it. */
enum {
    FLOAT = 16,
    SOURCES = 24,
    RRAS = 32,
    STEP = 40,
    NAME = 128,
    TYPE = 148,
    BEAT = 168,
    CF = 248,
    ROWS = 272,
    STEPS = 280,
    XFF = 288,
    LAST = 368,
    USEC = 376,
    READING = 384,
    NEWEST = 576,
    SIZE = 600
};

static double file[SIZE / 8];
static char *const bytes = (char *)file;

static void put(size_t at, uint64_t n)
{
    memcpy(bytes + at, &n, sizeof(n));
}

static void put_double(size_t at, double n)
{
    memcpy(bytes + at, &n, sizeof(n));
}

static void good(void)
{
    memset(bytes, 0, SIZE);
    memcpy(bytes, "RRD", 4);
    memcpy(bytes + 4, "0003", 5);
    put_double(FLOAT, 8.642135E130);
    put(SOURCES, 1);
    put(RRAS, 1);
    put(STEP, 10);
    strcpy(bytes + NAME, "cpu_ns");
    strcpy(bytes + TYPE, "DERIVE");
    put(BEAT, 20);
    strcpy(bytes + CF, "AVERAGE");
    put(ROWS, 2);
    put(STEPS, 1);
    put_double(XFF, 0.5);
    put(LAST, 1795317160);
    strcpy(bytes + READING, "U");
    put(NEWEST, 1);
}

static int check(size_t size)
{
    struct rrdcheck c;

    return rrdcheck(&c, bytes, MIN(size, SIZE), size);
}

static void accepted(void **state)
{
    struct rrdcheck c;

    (void)state;
    good();
    assert_int_equal(rrdcheck(&c, bytes, SIZE, SIZE), 0);
    assert_int_equal(rrdcheck_head(bytes, RRDCHECK_FIRST), 584);
    assert_int_equal(c.step_s, 10);
    assert_int_equal(c.last_s, 1795317160);
    assert_int_equal(c.sources, 1);
    assert_string_equal(rrdcheck_source(&c, 0).name, "cpu_ns");
    assert_true(rrdcheck_source(&c, 0).counter);
    struct rrdcheck_rra r = rrdcheck_rra(&c, 0);
    assert_string_equal(r.cf, "AVERAGE");
    assert_true(r.rows == 2 && r.steps == 1 && r.newest == 1 && r.offset == 584);
}

static void numbers(void **state)
{
    static const struct {
        size_t at;
        uint64_t bad[4];
    } fields[] = {
        {SOURCES, {0, 2, UINT64_MAX, UINT64_C(1) << 61}},
        {RRAS, {0, 2, UINT64_MAX, 65}},
        {STEP, {0, UINT64_MAX, UINT64_C(1) << 40, UINT64_C(1) << 63}},
        {BEAT, {0, UINT64_MAX, UINT64_C(1) << 40, UINT64_C(1) << 63}},
        {ROWS, {0, 1, 3, UINT64_MAX}},
        {STEPS, {0, UINT64_MAX, UINT64_C(1) << 40, UINT64_C(1) << 62}},
        {XFF, {0x7ff8000000000000, 0x7ff0000000000000, 0x3ff0000000000000, 0xbff0000000000000}},
        {LAST, {0, 1, UINT64_MAX, UINT64_C(1) << 50}},
        {USEC, {1000000, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(1) << 40}},
        {NEWEST, {2, 3, UINT64_MAX, UINT64_C(1) << 61}},
        {FLOAT, {0, 1, UINT64_MAX, 0x3ff0000000000000}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        for (size_t k = 0; k < 4; k++) {
            good();
            put(fields[i].at, fields[i].bad[k]);
            if (check(SIZE) != -EBADMSG)
                fail_msg("accepted: %llx at %zu", (unsigned long long)fields[i].bad[k],
                         fields[i].at);
        }
}

static void words(void **state)
{
    static const struct {
        size_t at;
        const char *bad;
    } fields[] = {
        {0, "RRX"},        {4, "0001"},
        {4, "0004"},       {NAME, ""},
        {NAME, "a b"},     {NAME, "a:b"},
        {NAME, "\x80"},    {NAME, "abcdefghijabcdefghijk"},
        {TYPE, "COMPUTE"}, {TYPE, "derive"},
        {TYPE, ""},        {CF, "HWPREDICT"},
        {CF, "FAILURES"},  {CF, "SEASONAL"},
        {CF, ""},          {READING, "123456789012345678901234567890"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        good();
        memcpy(bytes + fields[i].at, fields[i].bad,
               strlen(fields[i].bad) + (fields[i].at != READING));
        if (check(SIZE) != -EBADMSG)
            fail_msg("accepted: '%s' at %zu", fields[i].bad, fields[i].at);
    }
}

static void lengths(void **state)
{
    (void)state;
    good();
    for (size_t size = 0; size < 2 * SIZE; size++)
        assert_int_equal(check(size), size == SIZE ? 0 : -EBADMSG);
}

static void files(void **state)
{
    struct folder *f = *state;
    struct rrdcheck c;
    int err;

    good();
    int fd = openat(f->fd, "a", O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, bytes, SIZE), SIZE);
    close(fd);
    void *head = rrdcheck_file(&c, f->fd, "a", &err);
    assert_non_null(head);
    assert_int_equal(c.file_bytes, SIZE);
    free(head);
    assert_int_equal(symlinkat("a", f->fd, "link"), 0);
    assert_null(rrdcheck_file(&c, f->fd, "link", &err));
    assert_int_equal(err, -EBADMSG);
    assert_null(rrdcheck_file(&c, f->fd, "none", &err));
    assert_int_equal(err, -ENOENT);
    assert_int_equal(mkfifoat(f->fd, "pipe", 0644), 0);
    assert_null(rrdcheck_file(&c, f->fd, "pipe", &err));
    assert_int_equal(err, -EBADMSG);
}

static bool whole(struct folder *f, const char *name, uint64_t last_s, int64_t written_s)
{
    struct timespec times[2] = {{.tv_sec = written_s}, {.tv_sec = written_s}};
    struct rrdcheck c;
    struct shape shape;
    struct text raw = {0};
    int err;

    good();
    put(LAST, last_s);
    int fd = openat(f->fd, name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(fd, bytes, SIZE), SIZE);
    assert_int_equal(futimens(fd, times), 0);
    void *head = rrdcheck_file(&c, f->fd, name, &err);
    assert_int_equal(err, head ? 0 : -EBADMSG);
    assert_int_equal(shape_read(&shape, fd, &raw), err);
    free(head);
    text_release(&raw);
    close(fd);
    return head;
}

/* One bit of the time of the last update, against when the file was written. */
static void flipped(void **state)
{
    const uint64_t last = 1795317160; /* it has bit 12, and an hour later it has not */
    const int64_t written[] = {0, 1, 9, 250};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(written); i++)
        for (unsigned n = 0; n < 2 * 38; n++) {
            uint64_t at = n % 2 ? last : last + 3600, t = at ^ UINT64_C(1) << n / 2;
            bool later = t > at && n / 2 >= 12;
            if (t >= UINT64_C(946684800) && t <= UINT64_C(253402300800))
                assert_int_equal(whole(*state, "a", t, (int64_t)at + written[i]), !later);
        }
    /* Written under a clock that was ahead, copied later or made so by hand. */
    assert_true(whole(*state, "a", last + 86400 * 700, (int64_t)last + 86400 * 700));
    assert_true(whole(*state, "a", last, (int64_t)last + 86400 * 700));
    assert_true(whole(*state, "a", last, 0));
    /* Written after such a clock was put back, by whole hours as a time zone does, or by days. */
    for (uint64_t hours = 1; hours <= 12; hours++)
        assert_true(whole(*state, "a", last + 3600 * hours, (int64_t)last));
    assert_true(whole(*state, "a", last + 86400 * 2, (int64_t)last));
    assert_true(whole(*state, "a", last + 86400 * 700, (int64_t)last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),
        cmocka_unit_test(numbers),
        cmocka_unit_test(words),
        cmocka_unit_test(lengths),
        cmocka_unit_test_setup_teardown(files, folder_make, folder_drop),
        cmocka_unit_test_setup_teardown(flipped, folder_make, folder_drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
