/* tapdisk: records in shared memory are read when they are root's, and only then. */
#include "../unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/tapdisk.h"

/* A number of a domain that no host has. */
#define DOMID 4000000000u
#define NAME  "vbd-4000000000-51712"

static char folder[64], other[64], file[128];

static void record(uint64_t reads, uint64_t us)
{
    struct {
        uint32_t version, pad;
        uint64_t n[11];
    } r = {.version = 1, .n = {1, reads + 1, reads, 8 * reads, us, 0, 0, 0, 0, 0, 0}};
    int fd = open(file, O_WRONLY | O_CREAT, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, &r, sizeof(r)), sizeof(r));
    close(fd);
}

static struct tapdisk *wanted(void *ctx, uint64_t domid, uint64_t id)
{
    return domid == DOMID && id == 51712 ? ctx : NULL;
}

static struct tapdisk looked(void)
{
    struct tapdisk t = {.fd = -1};

    tapdisk_look(wanted, &t);
    return t;
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/dev/shm/td3-%d", (int)getpid());
    snprintf(other, sizeof(other), "/dev/shm/other-%d", (int)getpid());
    snprintf(file, sizeof(file), "%s/" NAME, folder);
    return geteuid() == 0 ? mkdir(folder, 0755) : 0;
}

static int end(void **state)
{
    (void)state;
    unlink(file);
    unlink(folder);
    rmdir(folder);
    rmdir(other);
    return 0;
}

#define ONLY_ROOT()                                                                                \
    do {                                                                                           \
        (void)state;                                                                               \
        if (geteuid() != 0)                                                                        \
            skip();                                                                                \
    } while (0)

static void a_record(void **state)
{
    ONLY_ROOT();
    record(10, 1000);
    struct tapdisk t = looked();
    assert_true(tapdisk_read(&t));
    assert_int_equal(t.now.rd_reqs, 11);
    assert_int_equal(t.now.rd_bytes, 10 * 8 * 512);
    assert_int_equal(t.rd_lat, UNKNOWN);
    record(14, 1800);
    assert_true(tapdisk_read(&t));
    assert_int_equal(t.rd_lat, 200000);
    /* Another of the same name takes its place: found at the next look. */
    assert_true(tapdisk_there(&t));
    unlink(file);
    assert_false(tapdisk_there(&t));
    record(3, 30);
    tapdisk_look(wanted, &t);
    assert_true(tapdisk_read(&t));
    assert_int_equal(t.now.rd_reqs, 4);
    tapdisk_close(&t);
    unlink(file);
    t = looked();
    assert_int_equal(t.fd, -1);
    assert_false(tapdisk_read(&t));
}

static void what_is_refused(void **state)
{
    ONLY_ROOT();
    record(10, 1000);
    assert_int_equal(chown(file, 65534, 65534), 0);
    assert_int_equal(looked().fd, -1);
    unlink(file);
    assert_int_equal(symlink("/etc/passwd", file), 0);
    assert_int_equal(looked().fd, -1);
    unlink(file);
    assert_int_equal(mkfifo(file, 0644), 0);
    assert_int_equal(looked().fd, -1);
    unlink(file);
    record(10, 1000);
    assert_int_equal(chown(folder, 65534, 65534), 0);
    assert_int_equal(looked().fd, -1);
    assert_int_equal(chown(folder, 0, 0), 0);
    assert_int_equal(rename(folder, other), 0);
    assert_int_equal(symlink(other, folder), 0);
    assert_int_equal(looked().fd, -1);
    unlink(folder);
    assert_int_equal(rename(other, folder), 0);
    struct tapdisk t = looked();
    assert_true(t.fd >= 0);
    tapdisk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_record),
                                       cmocka_unit_test(what_is_refused)};

    return cmocka_run_group_tests_name("tapdisk", tests, begin, end);
}
