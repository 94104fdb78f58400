/*
 * vbd: disks that come, go and are replaced, and devices of dom0's with and without an account of
 * what they do, in a sysfs made up here. Stands in for libc's and libmnl's ways to it.
 */
#include "../unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"
#include "collectors/collector.h"

#define BUS "/sys/bus/xen-backend/devices"
#define CHECK                                                                                      \
    64 /* samples until a vbd at rest was read all the same, and devices were looked for */

static char root[] = "/tmp/domtop-vbd-XXXXXX";
static bool news;
static bool of_all;   /* devices' accounts are in the file of all of them, and nowhere else */
static unsigned more; /* so many devices that no vbd lies on are in it too */

/* ---- a sysfs ---- */

static const char *within(const char *path)
{
    static char full[512];

    if (strncmp(path, "/sys/", 5) != 0 && strcmp(path, "/proc/diskstats") != 0)
        return path;
    snprintf(full, sizeof(full), "%s%s", root, path);
    return full;
}

int open(const char *path, int flags, ...)
{
    return (int)syscall(SYS_openat, AT_FDCWD, within(path), flags, 0);
}

DIR *opendir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? NULL : fdopendir(fd);
}

ssize_t readlink(const char *path, char *text, size_t cap)
{
    return syscall(SYS_readlinkat, AT_FDCWD, within(path), text, cap);
}

int access(const char *path, int mode)
{
    return (int)syscall(SYS_faccessat, AT_FDCWD, within(path), mode);
}

/* What was open of a device that went says so, also when another of its name has come. */
ssize_t pread(int fd, void *bytes, size_t len, off_t at)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && st.st_nlink == 0) {
        errno = ENODEV;
        return -1;
    }
    return syscall(SYS_pread64, fd, bytes, len, at);
}

/* ---- the kernel's news ---- */

struct mnl_socket {
    int unused;
};

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
    static struct mnl_socket one;

    (void)bus, (void)flags;
    return &one;
}

int mnl_socket_bind(struct mnl_socket *s, unsigned groups, pid_t pid)
{
    (void)s, (void)groups, (void)pid;
    return 0;
}

int mnl_socket_close(struct mnl_socket *s)
{
    (void)s;
    return 0;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *bytes, size_t len)
{
    static const char event[] = "add@/devices/vbd-7-51712\0SUBSYSTEM=xen-backend";

    (void)s;
    if (!news) {
        errno = EAGAIN;
        return -1;
    }
    news = false;
    assert_true(len >= sizeof(event));
    memcpy(bytes, event, sizeof(event));
    return sizeof(event);
}

/* ---- devices ---- */

static void run(const char *command, const char *path)
{
    char line[600];

    snprintf(line, sizeof(line), "cd %s && %s .%s", root, command, path);
    assert_int_equal(system(line), 0);
}

static void put(const char *folder, const char *file, const char *text)
{
    char path[512];

    snprintf(path, sizeof(path), "%s%s/%s", root, folder, file);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void requests(unsigned reads, unsigned writes)
{
    char text[32];

    put(BUS "/vbd-7-51712/statistics", "oo_req", "0\n");
    put(BUS "/vbd-7-51712/statistics", "rd_sect", "8\n");
    put(BUS "/vbd-7-51712/statistics", "wr_sect", "8\n");
    snprintf(text, sizeof(text), "%u\n", reads);
    put(BUS "/vbd-7-51712/statistics", "rd_req", text);
    snprintf(text, sizeof(text), "%u\n", writes);
    put(BUS "/vbd-7-51712/statistics", "wr_req", text);
}

static void attach(const char *physical, unsigned reads, unsigned writes)
{
    run("mkdir -p", BUS "/vbd-7-51712/statistics");
    put(BUS "/vbd-7-51712", "physical_device", physical);
    requests(reads, writes);
    news = true;
}

static void detach(void)
{
    run("rm -r", BUS "/vbd-7-51712");
    news = true;
}

/* In the file of all: the line of 7:N, a name being its last letter, in place of the one it had. */
static void put_line(char n, const char *stat)
{
    static char lines[10][160];
    char text[2000 + 64 * 40] = "", *at = text;

    if (!stat)
        memset(lines, 0, sizeof(lines));
    else if (*stat)
        snprintf(lines[n - '0'], sizeof(lines[0]), "   7       %c loop%c %s", n, n, stat);
    else
        lines[n - '0'][0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        at = stpcpy(at, lines[i]);
    for (unsigned i = 0; i < more; i++)
        at += sprintf(at, " 259 %7u nvme0n%u 1 2 3 4 5 6 7 8 0 10 11\n", i, i);
    run("mkdir -p", "/proc");
    put("/proc", "diskstats", text);
}

static void account(const char *dev, unsigned reads, unsigned in_flight)
{
    char folder[64], text[128];

    snprintf(folder, sizeof(folder), "/sys/devices/%s", dev);
    snprintf(text, sizeof(text), "%8u 0 %u %u 0 0 0 0 %u %u %u\n", reads, 8 * reads, 2 * reads,
             in_flight, reads, reads);
    put(folder, "stat", of_all ? "" : text);
    if (of_all)
        put_line(dev[strlen(dev) - 1], text + strspn(text, " "));
}

/* A block device 7:N; iostats NULL: a partition, without a queue of its own. */
static void block(const char *dev, char n, const char *iostats, bool mq)
{
    char path[96];

    snprintf(path, sizeof(path), "/sys/devices/%s/queue", dev);
    run("mkdir -p", path);
    if (iostats)
        put(path, "iostats", iostats);
    else
        run("rmdir", path);
    snprintf(path, sizeof(path), "/sys/devices/%s/mq", dev);
    if (mq)
        run("mkdir -p", path);
    run("mkdir -p", "/sys/dev/block");
    snprintf(path, sizeof(path), "%s/sys/dev/block/7:%c", root, n);
    char target[64];
    snprintf(target, sizeof(target), "../../devices/%s", dev);
    assert_int_equal(symlink(target, path), 0);
}

/* A vbd on a device that counts everything. */
static void on_loop6(void)
{
    block("loop6", '6', "1\n", true);
    account("loop6", 1000, 0);
    attach("7:6\n", 10, 20);
}

/* ---- samples ---- */

static void *state;
static struct snapshot s;

static const struct vbd *sample(void)
{
    char message[COLLECTOR_MESSAGE] = "";

    snapshot_reset(&s);
    unit_domain(&s, 7, 7);
    assert_int_equal(collector_vbd.collect(state, &s, PART_ALL, message), 0);
    snapshot_seal(&s);
    return s.vbd_count ? s.vbds : NULL;
}

static bool on(const struct vbd *v, const char *dev)
{
    return v->back_dev && !strcmp(snapshot_str(&s, v->back_dev), dev);
}

static void fresh(void)
{
    char message[COLLECTOR_MESSAGE];

    run("rm -rf", "/sys");
    run("mkdir -p", BUS);
    news = false;
    more = 0;
    put_line('0', NULL);
    if (!of_all)
        run("rm", "/proc/diskstats");
    assert_int_equal(collector_vbd.open(&state, message), 0);
}

static int begin(void **table)
{
    of_all = *table;
    fresh();
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    collector_vbd.close(state);
    return 0;
}

/* Between two samples a disk is replaced by another under its name, and nobody asks anything of
 * either: it is unknown once, and then another. */
static void replaced(void **unused)
{
    (void)unused;
    block("loop6", '6', "1\n", true);
    block("loop7", '7', "1\n", true);
    account("loop6", 1000, 0);
    account("loop7", 2000, 0);
    attach("7:6\n", 10, 20);
    for (int i = 0; i < 3; i++) {
        const struct vbd *v = sample();
        assert_int_equal(v->rd_reqs, 10);
        assert_int_equal(v->backend, VBD_BLKBACK);
        assert_true(on(v, "loop6"));
    }
    detach();
    attach("7:7\n", 500, 0);
    const struct vbd *v = sample();
    assert_int_equal(v->rd_reqs, UNKNOWN);
    v = sample();
    assert_int_equal(v->rd_reqs, 500);
    assert_true(on(v, "loop7"));
    /* Without news it is found when devices are looked for all the same. */
    detach();
    attach("7:6\n", 3, 0);
    news = false;
    for (int i = 0; i < CHECK + 2; i++)
        v = sample();
    assert_int_equal(v->rd_reqs, 3);
    detach();
    assert_null(sample());
}

/* What lies on a device that counts everything is read only when that has counted something. */
static void at_rest(void **unused)
{
    const struct vbd *v = NULL;
    int changed = -1;

    (void)unused;
    on_loop6();
    for (int i = 0; i < 4; i++)
        sample();
    requests(11, 20);
    assert_int_equal(sample()->rd_reqs, 10);
    account("loop6", 1000, 1);
    assert_int_equal(sample()->rd_reqs, 11);
    requests(12, 20);
    assert_int_equal(sample()->rd_reqs, 12); /* one is under way */
    account("loop6", 1001, 0);
    sample();
    sample();
    /* One that turns out to have lied is read each time from then on, and told no more of. */
    requests(20, 20);
    for (int i = 0; i < CHECK + 2; i++) {
        v = sample();
        if (changed < 0 && v->rd_reqs == 20)
            changed = i;
    }
    assert_true(changed >= 0 && changed <= CHECK);
    requests(21, 20);
    v = sample();
    assert_int_equal(v->rd_reqs, 21);
    assert_int_equal(v->back_queue, UNKNOWN);
    account("loop6", 1002, 0);
    v = sample();
    assert_int_equal(v->back_queue, 0);
    assert_int_equal(v->back_busy_ns, 1002 * 1000000ull);
}

/* Whether queue, busy time and latency are known, all of them or none. */
static bool told(const struct vbd *v)
{
    bool known = v->back_queue != UNKNOWN;

    assert_true(on(v, "loop6"));
    assert_int_equal(known, v->back_busy_ns != UNKNOWN);
    if (!known)
        assert_true(v->rd_lat_ns == UNKNOWN && v->wr_lat_ns == UNKNOWN);
    return known;
}

/* An account that was turned off says nothing, whatever it counted before; until it counts. */
static void turned_off(void **unused)
{
    (void)unused;
    block("loop6", '6', "0\n", true);
    account("loop6", 1000, 0);
    attach("7:6\n", 10, 20);
    for (unsigned i = 0; i < 5; i++) {
        requests(10 + i, 20);
        const struct vbd *v = sample();
        assert_false(told(v));
        assert_int_equal(v->rd_reqs, 10 + i);
    }
    account("loop6", 1001, 0);
    const struct vbd *v = sample();
    assert_true(told(v));
    assert_int_equal(v->rd_lat_ns, 2000000);
    /* Off again. */
    requests(30, 20);
    assert_false(told(sample()));
    assert_false(told(sample()));
    assert_false(told(sample()));
}

/* A driver that keeps no account: 0 is what it says, and true only of a disk that was never asked.
 */
static void never_counts(void **unused)
{
    (void)unused;
    block("loop6", '6', "1\n", false);
    account("loop6", 0, 0);
    attach("7:6\n", 0, 0);
    assert_false(told(sample())); /* not read yet */
    for (int i = 0; i < 3; i++)
        assert_true(told(sample()));
    requests(0, 1);
    for (unsigned i = 1; i < 5; i++) {
        requests(0, i);
        const struct vbd *v = sample();
        assert_false(told(v));
        assert_int_equal(v->wr_reqs, i);
    }
    /* Nor does it say anything when the guest is quiet. */
    for (int i = 0; i < 5; i++)
        assert_false(told(sample()));
}

/* One that was counted by the vbd already, and is in the account a sample later. */
static void a_moment_late(void **unused)
{
    (void)unused;
    block("loop6", '6', "1\n", false);
    account("loop6", 0, 0);
    attach("7:6\n", 0, 0);
    for (int i = 0; i < 3; i++)
        sample();
    requests(1, 0);
    assert_false(told(sample()));
    account("loop6", 0, 1);
    assert_true(told(sample()));
    account("loop6", 1, 0);
    requests(2, 0);
    assert_true(told(sample()));
    account("loop6", 2, 0);
    assert_true(told(sample()));
    for (int i = 0; i < 5; i++)
        assert_true(told(sample()));
}

/* The disk above a partition says how its account is kept. */
static void partition(void **unused)
{
    static const struct {
        const char *iostats;
        bool mq, told, at_rest;
    } cases[] = {
        {"1\n", true, true, true}, {"0\n", true, false, false}, {"1\n", false, true, true}};

    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        end(NULL), fresh();
        block("vda", '1', cases[i].iostats, cases[i].mq);
        block("vda/loop6", '6', NULL, false);
        account("vda/loop6", 1000, 0);
        attach("7:6\n", 10, 0);
        for (int n = 0; n < 4; n++)
            sample();
        assert_int_equal(told(sample()), cases[i].told);
        requests(11, 0);
        assert_int_equal(sample()->rd_reqs, cases[i].at_rest ? 10 : 11);
    }
}

/* A device that is not in the file of all, as while others come and go, is asked for its own. */
static void left_out(void **unused)
{
    (void)unused;
    on_loop6();
    for (int i = 0; i < 4; i++)
        sample();
    for (unsigned i = 0; i < 3; i++) {
        /* Nor is it taken for moved where only the spaces are others. */
        put_line('6', "");
        put("/sys/devices/loop6", "stat", "    1000 0 8000 2000 0 0 0 0 0 1000 1000\n");
        requests(11 + i, 20);
        assert_int_equal(sample()->rd_reqs, 10);
        put_line('6', "1000 0 8000 2000 0 0 0 0 0 1000 1000\n");
        assert_int_equal(sample()->rd_reqs, 10);
    }
    put_line('6', "");
    put("/sys/devices/loop6", "stat", "    1001 0 8008 2004 0 0 0 0 0 1002 1002\n");
    const struct vbd *v = sample();
    assert_int_equal(v->rd_reqs, 13);
    assert_int_equal(v->rd_lat_ns, 4000000);
    assert_int_equal(v->back_busy_ns, 1002 * 1000000ull);
    put("/sys/devices/loop6", "stat", "");
    assert_false(told(sample()));
}

/* Among many that no vbd lies on, the few that one does are asked for their own. */
static void few_of_many(void **unused)
{
    (void)unused;
    on_loop6();
    sample();
    assert_true(told(sample()));
    end(NULL), fresh();
    more = 40;
    on_loop6();
    sample();
    assert_true(told(sample())); /* the first time, to count them */
    assert_false(told(sample()));
    put("/sys/devices/loop6", "stat", "1000 0 8000 2000 0 0 0 0 3 1000 1000\n");
    assert_int_equal(sample()->back_queue, 3);
}

int main(void)
{
    static char yes;
/* Each with a file for each device, and with one for all. */
#define VBD_TEST(f)                                                                                \
    cmocka_unit_test_prestate_setup_teardown(f, begin, end, NULL),                                 \
        cmocka_unit_test_prestate_setup_teardown(f, begin, end, &yes)
    const struct CMUnitTest tests[] = {
        VBD_TEST(replaced),
        VBD_TEST(at_rest),
        VBD_TEST(turned_off),
        VBD_TEST(never_counts),
        VBD_TEST(a_moment_late),
        VBD_TEST(partition),
        cmocka_unit_test_prestate_setup_teardown(left_out, begin, end, &yes),
        cmocka_unit_test_prestate_setup_teardown(few_of_many, begin, end, &yes),
    };

    if (!mkdtemp(root))
        return 1;
    int failed = cmocka_run_group_tests_name("vbd", tests, NULL, NULL);
    snapshot_release(&s);
    run("rm -rf", "/sys");
    rmdir(root);
    return failed;
}
