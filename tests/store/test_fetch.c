/* fetch: values through the reading process agree with librrd's own; damage costs that file only.
 */
#include "store/fetch.h"

#include <errno.h>
#include <math.h>
#include <rrd.h>
#include <signal.h>

#include "scratch.h"
#include "unit.h"

#define START 1700000000ul

static int store_fd;
static struct fetch *fetch;
static struct fetched rows;

static void make_rrd(const char *name, unsigned samples)
{
    const char *spec[] = {"DS:a:GAUGE:20:U:U", "DS:b:DERIVE:20:0:U", "RRA:AVERAGE:0.5:1:100",
                          "RRA:AVERAGE:0.5:6:100", "RRA:MAX:0.5:6:100"};
    char value[64];
    const char *values[] = {value};

    unlink(in_scratch(name));
    assert_int_equal(rrd_create_r(in_scratch(name), 10, START - 10, (int)ARRAY_LEN(spec), spec), 0);
    for (unsigned i = 0; i < samples; i++) {
        snprintf(value, sizeof(value), "%lu:%u:%u", START + i * 10, i * 3 % 17, i * i);
        assert_int_equal(rrd_update_r(in_scratch(name), NULL, 1, values), 0);
    }
}

static int setup(void **state)
{
    (void)state;
    scratch_make();
    mkdir(in_scratch("sub"), 0700);
    store_fd = open(scratch, O_PATH | O_DIRECTORY);
    fetch = fetch_open(store_fd);
    make_rrd("sub/a.rrd", 60);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetch_close(fetch);
    fetched_release(&rows);
    close(store_fd);
    scratch_remove();
    return 0;
}

static void check_agrees(enum fetch_cf cf, unsigned long step)
{
    time_t start = START + 100, end = START + 400 - 1;
    unsigned long sources, found = step;
    char **names;
    rrd_value_t *values;

    assert_int_equal(rrd_fetch_r(in_scratch("sub/a.rrd"), cf == FETCH_PEAK ? "MAX" : "AVERAGE",
                                 &start, &end, &found, &sources, &names, &values),
                     0);
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", cf, START + 100, START + 400, step, &rows), 0);
    assert_int_equal(rows.step_s, step);
    assert_int_equal(rows.sources, 2);
    assert_string_equal(rows.names[1], "b");
    assert_true(rows.count >= 4);
    for (size_t i = 0; i < rows.count; i++) {
        size_t theirs = (rows.first_s + i * step - (size_t)start) / step - 1;
        assert_true(rows.first_s + i * step > START + 100 &&
                    rows.first_s + i * step <= START + 400);
        for (size_t k = 0; k < 2; k++) {
            double a = rows.values[i * 2 + k], b = values[theirs * 2 + k];
            assert_true(a == b || (isnan(a) && isnan(b)));
        }
    }
    for (unsigned long i = 0; i < sources; i++)
        rrd_freemem(names[i]);
    rrd_freemem(names);
    rrd_freemem(values);
}

static void test_agrees_with_librrd(void **state)
{
    (void)state;
    check_agrees(FETCH_MEAN, 10);
    check_agrees(FETCH_MEAN, 60);
    check_agrees(FETCH_PEAK, 60);
}

/* The peak of a single sample is the sample; a row is found by the end of its time. */
static void test_finest_peak_is_the_mean(void **state)
{
    (void)state;
    assert_int_equal(
        fetch_rows(fetch, "sub/a.rrd", FETCH_PEAK, START + 100, START + 200, 10, &rows), 0);
    assert_int_equal(rows.count, 10);
    assert_int_equal(rows.first_s, START + 110);
    assert_true(rows.values[4 * rows.sources] == 15 * 3 % 17);
    assert_int_equal(fetched_source(&rows, "b"), 1);
    assert_int_equal(fetched_source(&rows, "c"), -1);
}

/* Of the sources those that are asked for; which rows are known at all. */
static void test_columns(void **state)
{
    static const char *const only[] = {"c", "b"};
    struct fetched all = {0};
    struct fetch_item item = {"sub/a.rrd", FETCH_MEAN, START - 30, START + 100, 10, &rows,
                              0,           only,       2};
    (void)state;

    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START - 30, START + 100, 10, &all),
                     0);
    fetch_all(fetch, &item, 1);
    assert_int_equal(item.err, 0);
    assert_int_equal(rows.count, all.count);
    assert_int_equal(rows.first_s, all.first_s);
    assert_int_equal(rows.sources, 1);
    assert_string_equal(rows.names[0], "b");
    for (size_t i = 0; i < rows.count; i++)
        assert_memory_equal(&rows.values[i], &all.values[i * 2 + 1], sizeof(double));
    /* Rows of nothing are rows. */
    item.only_count = 1;
    fetch_all(fetch, &item, 1);
    assert_int_equal(item.err, 0);
    assert_int_equal(rows.count, all.count);
    assert_int_equal(rows.sources, 0);
    assert_int_equal(
        fetch_rows(fetch, "sub/a.rrd", FETCH_KNOWN, START - 30, START + 100, 10, &rows), 0);
    assert_int_equal(rows.count, all.count);
    assert_int_equal(rows.sources, 1);
    assert_true(isnan(rows.values[0]) && rows.values[rows.count - 1] == 1);
    for (size_t i = 0; i < rows.count; i++)
        assert_true(isnan(rows.values[i]) ==
                    (isnan(all.values[i * 2]) && isnan(all.values[i * 2 + 1])));
    item.only_count = FETCH_ONLY + 1;
    fetch_all(fetch, &item, 1);
    assert_int_equal(item.err, -EINVAL);
    fetched_release(&all);
}

/* A range that nobody should ask for is cut to what there is. */
static void test_ranges_are_cut(void **state)
{
    (void)state;
    assert_int_equal(
        fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, 0, UINT64_MAX / NS_PER_S / 4, 1, &rows), 0);
    assert_int_equal(rows.step_s, 10);
    assert_int_equal(rows.count, 100);
    assert_int_equal(rows.first_s + 99 * 10, START + 590);
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, 5, 4, 1, &rows), -EINVAL);
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, 10, 20, 10, &rows), -ENODATA);
}

static void test_what_is_no_rrd(void **state)
{
    struct stat st;
    size_t len;
    (void)state;
    char *good = scratch_read("sub/a.rrd", &len);

    assert_int_equal(fetch_rows(fetch, "sub/none.rrd", FETCH_MEAN, START, START + 60, 10, &rows),
                     -ENOENT);
    scratch_write("short.rrd", good, len - 8);
    scratch_write("empty.rrd", "", 0);
    scratch_write("text.rrd", "RRD", 3);
    mkdir(in_scratch("dir.rrd"), 0700);
    mkfifo(in_scratch("fifo.rrd"), 0600);
    assert_int_equal(symlink("sub/a.rrd", in_scratch("link.rrd")), 0);
    assert_int_equal(symlink("sub", in_scratch("way")), 0);
    static const char *const bad[] = {"short.rrd", "empty.rrd", "text.rrd",
                                      "dir.rrd",   "fifo.rrd",  "link.rrd"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(fetch_rows(fetch, bad[i], FETCH_MEAN, START, START + 60, 10, &rows),
                         -EBADMSG);
    assert_true(fetch_rows(fetch, "way/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows) < 0);
    assert_true(fetch_rows(fetch, "../a.rrd", FETCH_MEAN, START, START + 60, 10, &rows) < 0);
    assert_true(fetch_bad_count(fetch) >= ARRAY_LEN(bad));
    /* One that was made whole is read again. */
    assert_int_equal(stat(in_scratch("short.rrd"), &st), 0);
    scratch_write("short.rrd", good, len);
    assert_int_equal(fetch_rows(fetch, "short.rrd", FETCH_MEAN, START, START + 60, 10, &rows), 0);
    free(good);
}

/* A process that died or was killed is replaced, and what it was asked is asked again. */
static void test_the_process_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows), 0);
    int pid = fetch_child_pid(fetch);
    assert_true(pid > 0);
    kill(pid, SIGKILL);
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows), 0);
    assert_int_not_equal(fetch_child_pid(fetch), pid);
    assert_int_equal(fetch_bad_count(fetch), 0);
    /* One that hangs costs the deadline, and that file only. */
    kill(fetch_child_pid(fetch), SIGSTOP);
    fetch_set_deadline(fetch, NS_PER_S / 20);
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows),
                     -EBADMSG);
    assert_int_equal(fetch_bad_count(fetch), 1);
    fetch_set_deadline(fetch, NS_PER_S);
    make_rrd("b.rrd", 60);
    assert_int_equal(fetch_rows(fetch, "b.rrd", FETCH_MEAN, START, START + 60, 10, &rows), 0);
    /* The file it hung on is tried again once it changed. */
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows),
                     -EBADMSG);
    make_rrd("sub/a.rrd", 61);
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows), 0);
}

/* Many at a time: each gets its own answer, whatever is wrong with those around it. */
static void test_many_at_a_time(void **state)
{
    (void)state;
    static struct fetched outs[200];
    static struct fetch_item items[200];
    static const char *const paths[] = {"sub/a.rrd", "sub/none.rrd", "bad.rrd", "link.rrd"};
    static const int wanted[] = {0, -ENOENT, -EBADMSG, -EBADMSG};

    scratch_write("bad.rrd", "RRD", 3);
    assert_int_equal(symlink("sub/a.rrd", in_scratch("link.rrd")), 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < ARRAY_LEN(items); i++)
            items[i] = (struct fetch_item){paths[i * 7 / 3 % 4],
                                           FETCH_MEAN,
                                           START + i,
                                           START + 300 + i,
                                           10,
                                           &outs[i],
                                           0,
                                           NULL,
                                           0};
        fetch_all(fetch, items, ARRAY_LEN(items));
        for (size_t i = 0; i < ARRAY_LEN(items); i++) {
            assert_int_equal(items[i].err, wanted[i * 7 / 3 % 4]);
            assert_int_equal(outs[i].count, items[i].err ? 0 : 30);
            if (outs[i].count)
                assert_true(outs[i].first_s > items[i].from_s &&
                            outs[i].first_s <= items[i].from_s + 10);
        }
        /* The second time with a process that was killed in between. */
        kill(fetch_child_pid(fetch), SIGKILL);
    }
    assert_int_equal(fetch_bad_count(fetch), 2);
    for (size_t i = 0; i < ARRAY_LEN(outs); i++)
        fetched_release(&outs[i]);
}

/* A recorder that holds its file's lock keeps nobody from reading. */
static void test_locks_are_not_looked_at(void **state)
{
    (void)state;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(in_scratch("sub/a.rrd"), O_RDWR);

    assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows), 0);
    close(fd);
}

/* Any bytes in an answer's place are refused or true. */
static void test_answers_are_not_trusted(void **state)
{
    (void)state;
    struct text bytes = {0};

    assert_int_equal(fetch_rows(fetch, "sub/a.rrd", FETCH_MEAN, START, START + 60, 10, &rows), 0);
    fetched_encode(&bytes, &rows);
    for (size_t i = 0; i < bytes.len; i++) {
        char was = bytes.data[i];
        for (int bit = 0; bit < 8; bit++) {
            bytes.data[i] = (char)(was ^ 1 << bit);
            char *copy = malloc(bytes.len); /* of exact size: reading past it is found */
            memcpy(copy, bytes.data, bytes.len);
            if (fetched_decode(&rows, copy, bytes.len) == 0)
                assert_int_equal(rows.count * rows.sources, 12);
            else
                assert_int_equal(rows.count + rows.sources, 0);
            free(copy);
        }
        bytes.data[i] = was;
    }
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(fetched_decode(&rows, bytes.data, len), -EBADMSG);
    text_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_agrees_with_librrd, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finest_peak_is_the_mean, setup, teardown),
        cmocka_unit_test_setup_teardown(test_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ranges_are_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_rrd, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_process_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_locks_are_not_looked_at, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_are_not_trusted, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
