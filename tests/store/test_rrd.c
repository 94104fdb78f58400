/* rrd: files as rrdtool reads them: made, updated, grown, damaged, locked, without room. */
#include "folder.h"
#include "unit.h"

#include <errno.h>
#include <rrd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base.h"
#include "store/rrd.h"
#include "store/rrdcheck.h"

#define T0 UINT64_C(1795317160)

struct env {
    struct folder *folder;
    struct rrd_store store;
    char working_on[LAYOUT_PATH];
    struct uuid uuid;
};

static int setup(void **state)
{
    struct env *e = calloc(1, sizeof(*e));
    void *folder;
    char message[ARCHIVES_MESSAGE], path[LAYOUT_PATH];

    if (folder_make(&folder))
        return -1;
    e->folder = folder;
    e->uuid.bytes[0] = 9;
    e->store = (struct rrd_store){.dir = e->folder->fd,
                                  .root = e->folder->path,
                                  .step_s = 10,
                                  .working_on = e->working_on,
                                  .waiting_max = 1 << 20};
    archives_parse(&e->store.archives, "10s:1h,1m:1d,1h:10d", 10, message);
    layout_domain(path, &e->uuid);
    mkdirat(e->folder->fd, "domains", 0755);
    mkdirat(e->folder->fd, path, 0755);
    *state = e;
    return 0;
}

static int teardown(void **state)
{
    struct env *e = *state;
    void *folder = e->folder;

    folder_drop(&folder);
    free(e);
    return 0;
}

struct rows {
    struct vcpu vcpu[8];
    size_t count;
};

static const void *vcpu_row(void *arg, uint64_t index)
{
    struct rows *r = arg;

    return index < r->count ? &r->vcpu[index] : NULL;
}

static void add(struct env *e, struct rrd_file *f, uint64_t t, enum rrd_past past, size_t count,
                uint64_t cpu_ns)
{
    struct rows rows = {.count = count};

    for (size_t i = 0; i < count; i++)
        rows.vcpu[i] = (struct vcpu){.online = i % 2, .cpu_ns = cpu_ns * (i + 1)};
    rrd_file_add(&e->store, f, t, past, vcpu_row, &rows);
}

/* The value of a source in the row that ends at t. */
static double value(struct env *e, struct rrd_file *f, const char *source, uint64_t t,
                    unsigned long step, const char *cf)
{
    char path[256], **names;
    time_t start = (time_t)(t - step), end = (time_t)t;
    unsigned long got = step, count;
    rrd_value_t *data;
    double v = -1;

    snprintf(path, sizeof(path), "%s/%s", e->folder->path, f->path);
    rrd_clear_error();
    assert_int_equal(rrd_fetch_r(path, cf, &start, &end, &got, &count, &names, &data), 0);
    assert_int_equal(got, step);
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(names[i], source))
            v = data[i];
        rrd_freemem(names[i]);
    }
    rrd_freemem(names);
    rrd_freemem(data);
    return v;
}

static void make(struct env *e, struct rrd_file *f, uint64_t members, uint64_t first_s)
{
    rrd_file_init(f, ENTITY_VCPU, &e->uuid, 0);
    assert_int_equal(rrd_file_open(&e->store, f), -ENOENT);
    rrd_file_plan(f, members);
    assert_int_equal(rrd_file_create(&e->store, f, members, first_s), 0);
}

static void made(void **state)
{
    struct env *e = *state;
    struct rrd_file f, g;
    struct stat st;

    make(e, &f, 2, T0);
    assert_int_equal(fstatat(e->folder->fd, f.path, &st, 0), 0);
    assert_int_equal(st.st_size, archives_file_bytes(&e->store.archives, 4));
    assert_true(e->store.bytes >= (uint64_t)st.st_size);
    assert_string_equal(e->working_on, "");
    for (unsigned i = 0; i < 12; i++) {
        add(e, &f, T0 + 10 * i, RRD_GOES_ON, 2, 1000 * i * i);
        assert_int_equal(rrd_file_write(&e->store, &f), 0);
    }
    assert_nan(value(e, &f, "cpu_ns_0", T0, 10, "AVERAGE"));
    assert_near(value(e, &f, "online_1", T0, 10, "AVERAGE"), 1, 0);
    for (unsigned i = 1; i < 12; i++)
        assert_near(value(e, &f, "cpu_ns_1", T0 + 10 * i, 10, "AVERAGE"), 200 * (2 * i - 1), 1e-9);
    /* A minute's mean and its highest. T0 is 40 s past the minute. */
    assert_near(value(e, &f, "cpu_ns_0", T0 + 80, 60, "AVERAGE"), 1000, 1e-6);
    assert_near(value(e, &f, "cpu_ns_0", T0 + 80, 60, "MAX"), 100 * 15, 1e-9);
    rrd_file_init(&g, ENTITY_VCPU, &e->uuid, 0);
    assert_int_equal(rrd_file_open(&e->store, &g), 0);
    assert_int_equal(g.column_count, 4);
    assert_true(g.last_s == T0 + 110 && g.members == 2);
    assert_int_equal(rrd_file_create(&e->store, &g, 2, T0), -EEXIST);
    rrd_file_release(&e->store, &f);
    rrd_file_release(&e->store, &g);
}

/* A new identity with higher counters: no spike, gauges known, the next rate known. A counter that
 * falls: unknown. */
static void identity(void **state)
{
    struct env *e = *state;
    struct rrd_file f;

    make(e, &f, 1, T0);
    add(e, &f, T0, RRD_GOES_ON, 1, 1000);
    add(e, &f, T0 + 10, RRD_GOES_ON, 1, 2000);
    add(e, &f, T0 + 20, RRD_NEW, 1, 900000000);
    add(e, &f, T0 + 30, RRD_GOES_ON, 1, 900001000);
    add(e, &f, T0 + 40, RRD_GOES_ON, 1, 5);
    add(e, &f, T0 + 50, RRD_GOES_ON, 1, 1005);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    assert_near(value(e, &f, "cpu_ns_0", T0 + 10, 10, "AVERAGE"), 100, 1e-9);
    assert_nan(value(e, &f, "cpu_ns_0", T0 + 20, 10, "AVERAGE"));
    assert_near(value(e, &f, "online_0", T0 + 20, 10, "AVERAGE"), 0, 0);
    assert_near(value(e, &f, "cpu_ns_0", T0 + 30, 10, "AVERAGE"), 100, 1e-9);
    assert_nan(value(e, &f, "cpu_ns_0", T0 + 40, 10, "AVERAGE"));
    assert_near(value(e, &f, "cpu_ns_0", T0 + 50, 10, "AVERAGE"), 100, 1e-9);
    rrd_file_release(&e->store, &f);
}

/* In steps too short for a break within them: unknown for one more, and never 0 or a spike. */
static void short_steps(void **state)
{
    struct env *e = *state;
    struct rrd_file f;
    char message[ARCHIVES_MESSAGE];

    for (unsigned step = 1; step <= 3; step++) {
        char archives[32];
        uint64_t t = T0 / step * step;
        snprintf(archives, sizeof(archives), "%us:6m", step);
        e->store.step_s = step;
        assert_int_equal(archives_parse(&e->store.archives, archives, step, message), 0);
        make(e, &f, 1, t);
        for (unsigned i = 0; i < 8; i++) {
            add(e, &f, t + step * i, i == 4 ? RRD_NEW : RRD_GOES_ON, 1,
                (i < 4 ? 0 : 900000000) + 100 * step * i);
            assert_int_equal(rrd_file_write(&e->store, &f), 0);
        }
        for (unsigned i = 1; i < 8; i++) {
            double v = value(e, &f, "cpu_ns_0", t + step * i, step, "AVERAGE");
            if (i == 4 || (i == 5 && step < 3))
                assert_nan(v);
            else
                assert_near(v, 100, 1e-9);
            assert_near(value(e, &f, "online_0", t + step * i, step, "AVERAGE"), 0, 0);
        }
        assert_int_equal(unlinkat(e->folder->fd, f.path, 0), 0);
        rrd_file_release(&e->store, &f);
    }
}

/* A set that grows keeps all that was recorded, to the bit, and what was under way. */
static void grown(void **state)
{
    struct env *e = *state;
    struct rrd_file f;

    make(e, &f, 2, T0);
    for (unsigned i = 0; i < 100; i++)
        add(e, &f, T0 + 10 * i, RRD_GOES_ON, 2, 1000 * i * i);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    assert_false(rrd_file_lacks(&f, 2));
    assert_false(rrd_file_lacks(&f, 1));
    assert_true(rrd_file_lacks(&f, 4));
    assert_int_equal(rrd_file_grow(&e->store, &f, 4), 0);
    assert_int_equal(f.column_count, 8);
    assert_int_equal(f.size, archives_file_bytes(&e->store.archives, 8));
    assert_false(rrd_file_lacks(&f, 4));
    for (unsigned i = 100; i < 130; i++)
        add(e, &f, T0 + 10 * i, RRD_GOES_ON, 4, 1000 * i * i);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    for (unsigned i = 1; i < 130; i++) {
        assert_near(value(e, &f, "cpu_ns_1", T0 + 10 * i, 10, "AVERAGE"), 200 * (2 * i - 1), 1e-6);
        double v = value(e, &f, "cpu_ns_3", T0 + 10 * i, 10, "AVERAGE");
        if (i <= 100)
            assert_nan(v);
        else
            assert_near(v, 400 * (2 * i - 1), 1e-6);
    }
    /* The minute in which it grew: of the old sources whole. */
    uint64_t minute = (T0 + 10 * 100) / 60 * 60 + 60;
    unsigned last = (unsigned)((minute - T0) / 10);
    assert_near(value(e, &f, "cpu_ns_0", minute, 60, "MAX"), 100 * (2 * last - 1), 1e-6);
    assert_near(value(e, &f, "cpu_ns_0", minute, 60, "AVERAGE"), 100 * (2 * last - 6), 1e-6);
    rrd_file_release(&e->store, &f);
}

/* Rows of both files are the same, at all resolutions. */
static void assert_same(struct env *e, struct rrd_file *f, struct rrd_file *g, uint64_t from,
                        uint64_t to)
{
    static const unsigned long steps[] = {10, 60, 3600};
    static const char *const sources[] = {"cpu_ns_0", "online_1"};
    size_t known = 0;

    for (size_t s = 0; s < ARRAY_LEN(steps); s++)
        for (int peak = 0; peak < (steps[s] > 10 ? 2 : 1); peak++)
            for (uint64_t t = from / steps[s] * steps[s]; t <= to + 7200; t += steps[s])
                for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
                    const char *cf = peak ? "MAX" : "AVERAGE";
                    double v = value(e, f, sources[i], t, steps[s], cf);
                    double w = value(e, g, sources[i], t, steps[s], cf);
                    assert_int_equal(isnan(v), isnan(w));
                    known += !isnan(v);
                    if (!isnan(v))
                        assert_near(v, w, 1e-6);
                }
    assert_true(known > 100);
}

/* Time taken back: as if what came later, right after or by a jump, had never been recorded. */
static void taken_back(void **state)
{
    struct env *e = *state;
    static const struct {
        unsigned first, count; /* of the wrong ones, in steps after the right ones */
    } wrong[] = {{0, 1}, {0, 70}, {40, 7}, {190, 9}};

    for (size_t k = 0; k < ARRAY_LEN(wrong); k++) {
        const unsigned right = 161;
        struct rrd_file f, g;
        uint64_t back = T0 + 10 * right;
        e->uuid.bytes[0] = 9;
        make(e, &f, 2, T0);
        e->uuid.bytes[0] = 8;
        char path[LAYOUT_PATH];
        layout_domain(path, &e->uuid);
        mkdirat(e->folder->fd, path, 0755);
        make(e, &g, 2, T0);
        for (unsigned i = 0; i < right; i++) {
            add(e, &f, T0 + 10 * i, RRD_GOES_ON, 2, 1000 * i * i);
            add(e, &g, T0 + 10 * i, RRD_GOES_ON, 2, 1000 * i * i);
        }
        for (unsigned i = 0; i < wrong[k].count; i++)
            add(e, &f, back + 10 * (wrong[k].first + i), RRD_GOES_ON, 2, 77000 * i);
        assert_int_equal(rrd_file_write(&e->store, &f), 0);
        assert_int_equal(rrd_file_write(&e->store, &g), 0);
        assert_int_equal(rrd_file_back(&e->store, &f, back), 0);
        assert_same(e, &f, &g, T0, back);
        /* It goes on as another counter does, and what was under way is whole. */
        f.last_s = back - 10;
        for (unsigned i = right; i < right + 90; i++) {
            add(e, &f, T0 + 10 * i, RRD_GOES_ON, 2, 1000 * i * i);
            add(e, &g, T0 + 10 * i, i == right ? RRD_NEW : RRD_GOES_ON, 2, 1000 * i * i);
        }
        assert_int_equal(rrd_file_write(&e->store, &f), 0);
        assert_int_equal(rrd_file_write(&e->store, &g), 0);
        assert_same(e, &f, &g, T0, back + 900);
        rrd_file_release(&e->store, &f);
        rrd_file_release(&e->store, &g);
        unlinkat(e->folder->fd, f.path, 0);
        rrd_file_init(&f, ENTITY_VCPU, &e->uuid, 0);
        unlinkat(e->folder->fd, f.path, 0);
        e->uuid.bytes[0] = 9;
        rrd_file_init(&f, ENTITY_VCPU, &e->uuid, 0);
        unlinkat(e->folder->fd, f.path, 0);
        rrd_file_release(&e->store, &f);
    }
}

/* Before a gap longer than an archive: the row under way then is where it belongs, and nowhere
 * else. */
static void long_gap(void **state)
{
    struct env *e = *state;
    struct rrd_file f;
    const uint64_t again = T0 + 86400 * 3;

    make(e, &f, 2, T0);
    for (unsigned i = 0; i < 35; i++) /* T0 is 40 s past the minute */
        add(e, &f, T0 + 10 * i, RRD_GOES_ON, 2, 1000 * i);
    add(e, &f, again, RRD_WAS_AWAY, 2, 77000);
    add(e, &f, again + 10, RRD_GOES_ON, 2, 79000);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    /* A day of minutes: the archive begins after the gap did. */
    for (uint64_t t = (again + 10) / 60 * 60 - 86400 + 60; t < again; t += 60) {
        assert_nan(value(e, &f, "cpu_ns_0", t, 60, "AVERAGE"));
        assert_nan(value(e, &f, "cpu_ns_0", t, 60, "MAX"));
    }
    /* Ten days of hours reach back to it. */
    uint64_t hour = (T0 + 3599) / 3600 * 3600;
    assert_near(value(e, &f, "cpu_ns_0", hour, 3600, "AVERAGE"), 100, 1e-9);
    assert_near(value(e, &f, "cpu_ns_0", hour, 3600, "MAX"), 100, 1e-9);
    assert_nan(value(e, &f, "cpu_ns_0", hour + 3600, 3600, "AVERAGE"));
    assert_nan(value(e, &f, "cpu_ns_0", again, 10, "AVERAGE"));
    assert_near(value(e, &f, "cpu_ns_0", again + 10, 10, "AVERAGE"), 200, 1e-9);
    rrd_file_release(&e->store, &f);
}

/* Sources of a later domtop stay and get unknown. */
static void newer(void **state)
{
    struct env *e = *state;
    struct rrd_file f, g;
    const char *argv[] = {"DS:later_0:GAUGE:20:U:U",  "DS:cpu_ns_0:DERIVE:20:0:U",
                          "RRA:AVERAGE:0.9999:1:360", "RRA:AVERAGE:0.9999:6:1440",
                          "RRA:MAX:0.9999:6:1440",    "RRA:AVERAGE:0.9999:360:240",
                          "RRA:MAX:0.9999:360:240"};
    char path[256];

    rrd_file_init(&f, ENTITY_VCPU, &e->uuid, 0);
    snprintf(path, sizeof(path), "%s/%s", e->folder->path, f.path);
    assert_int_equal(rrd_create_r(path, 10, (time_t)T0, 7, argv), 0);
    assert_int_equal(rrd_file_open(&e->store, &f), 0);
    assert_null(f.columns[0].source);
    assert_true(rrd_file_lacks(&f, 1));
    add(e, &f, T0 + 10, RRD_GOES_ON, 1, 1000);
    add(e, &f, T0 + 20, RRD_GOES_ON, 1, 2000);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    assert_int_equal(rrd_file_grow(&e->store, &f, 1), 0);
    assert_int_equal(f.column_count, 3);
    add(e, &f, T0 + 30, RRD_GOES_ON, 1, 3000);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    assert_near(value(e, &f, "cpu_ns_0", T0 + 20, 10, "AVERAGE"), 100, 1e-9);
    assert_near(value(e, &f, "cpu_ns_0", T0 + 30, 10, "AVERAGE"), 100, 1e-9);
    assert_near(value(e, &f, "online_0", T0 + 30, 10, "AVERAGE"), 0, 0);
    assert_nan(value(e, &f, "later_0", T0 + 30, 10, "AVERAGE"));
    rrd_file_init(&g, ENTITY_VCPU, &e->uuid, 0);
    assert_int_equal(rrd_file_open(&e->store, &g), 0);
    rrd_file_release(&e->store, &f);
    rrd_file_release(&e->store, &g);
}

/* While a reader holds a lock lines wait; then all of them are written. */
static void locked(void **state)
{
    struct env *e = *state;
    struct rrd_file f;
    int pipes[2], status;
    char byte;

    make(e, &f, 1, T0);
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (!pid) {
        struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
        int fd = openat(e->folder->fd, f.path, O_RDONLY);
        char go = fd >= 0 && !fcntl(fd, F_SETLK, &lock) ? '+' : '-';
        ssize_t n = write(pipes[1], &go, 1);
        pause();
        _exit(n != 1);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(byte, '+');
    add(e, &f, T0, RRD_GOES_ON, 1, 1000);
    assert_int_equal(rrd_file_write(&e->store, &f), -EAGAIN);
    assert_non_null(strstr(e->store.message, "could not lock"));
    add(e, &f, T0 + 10, RRD_GOES_ON, 1, 2000);
    assert_int_equal(rrd_file_write(&e->store, &f), -EAGAIN);
    assert_int_equal(f.line_count, 2);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    assert_int_equal(f.line_count, 0);
    assert_int_equal(e->store.waiting, 0);
    assert_near(value(e, &f, "cpu_ns_0", T0 + 10, 10, "AVERAGE"), 100, 1e-9);
    rrd_file_release(&e->store, &f);
    close(pipes[0]);
    close(pipes[1]);
}

/* What waits is bounded in lines and in bytes; what went is counted. */
static void bounded(void **state)
{
    struct env *e = *state;
    struct rrd_file f;

    rrd_file_init(&f, ENTITY_VCPU, &e->uuid, 0);
    rrd_file_plan(&f, 1);
    for (unsigned i = 0; i < RRD_LINES + 5; i++)
        add(e, &f, T0 + 10 * i, RRD_GOES_ON, 1, i);
    assert_int_equal(f.line_count, RRD_LINES);
    assert_int_equal(f.lost, 5);
    e->store.waiting_max = 1000;
    add(e, &f, T0 + 10 * 999, RRD_GOES_ON, 1, 1);
    assert_true(e->store.waiting <= 1000 && f.line_count > 2);
    assert_int_equal(rrd_file_create(&e->store, &f, 1, strtoull(f.lines.data, NULL, 10)), 0);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    rrd_file_release(&e->store, &f);
}

/* A file's time is when it was written, also where librrd's mapping leaves it as it is. */
static void written(void **state)
{
    const struct timespec old[2] = {{.tv_sec = T0}, {.tv_sec = T0}};
    struct env *e = *state;
    struct rrd_file f;
    struct stat st;

    rrd_file_init(&f, ENTITY_VCPU, &e->uuid, 0);
    assert_int_equal(rrd_file_create(&e->store, &f, 1, T0), 0);
    assert_int_equal(utimensat(e->folder->fd, f.path, old, 0), 0);
    add(e, &f, T0, RRD_GOES_ON, 1, 1000);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    assert_int_equal(fstatat(e->folder->fd, f.path, &st, 0), 0);
    assert_true((uint64_t)st.st_mtime + 60 > clock_wall_ns() / NS_PER_S);
    rrd_file_release(&e->store, &f);
}

static void damaged(void **state)
{
    struct env *e = *state;
    struct rrd_file f;
    int fd;

    make(e, &f, 1, T0);
    /* Cut while it is in use: librrd would die of it. */
    fd = openat(e->folder->fd, f.path, O_RDWR);
    assert_int_equal(ftruncate(fd, 5000), 0);
    add(e, &f, T0, RRD_GOES_ON, 1, 1);
    assert_int_equal(rrd_file_write(&e->store, &f), -EBADMSG);
    assert_int_equal(rrd_file_open(&e->store, &f), -EBADMSG);
    close(fd);
    /* A link in its place. */
    assert_int_equal(unlinkat(e->folder->fd, f.path, 0), 0);
    assert_int_equal(rrd_file_write(&e->store, &f), -ENOENT);
    struct rrd_file other;
    rrd_file_init(&other, ENTITY_VIF, &e->uuid, 0);
    other.entity = ENTITY_VCPU;
    rrd_file_plan(&other, 1);
    assert_int_equal(rrd_file_create(&e->store, &other, 1, T0), 0);
    assert_int_equal(symlinkat("vif-0.rrd", e->folder->fd, f.path), 0);
    assert_int_equal(rrd_file_write(&e->store, &f), -EBADMSG);
    rrd_file_release(&e->store, &other);
    assert_int_equal(rrd_file_open(&e->store, &f), -EBADMSG);
    rrd_file_release(&e->store, &f);
}

/* A disk that takes no more, here by a limit on the size of files: no file, no debris. */
static void no_room(void **state)
{
    struct env *e = *state;
    struct rrd_file f;
    struct rlimit old, limit;
    struct stat st;
    char temp[LAYOUT_PATH];

    rrd_file_init(&f, ENTITY_VCPU, &e->uuid, 0);
    rrd_file_plan(&f, 4);
    add(e, &f, T0, RRD_GOES_ON, 4, 1);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = (struct rlimit){20000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_true(rrd_file_create(&e->store, &f, 4, T0) < 0);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(fstatat(e->folder->fd, f.path, &st, 0), -1);
    layout_domain(temp, &e->uuid);
    strcat(temp, "/.vcpus.rrd");
    assert_int_equal(fstatat(e->folder->fd, temp, &st, 0), -1);
    assert_int_equal(rrd_file_create(&e->store, &f, 4, T0), 0);
    assert_int_equal(rrd_file_write(&e->store, &f), 0);
    rrd_file_release(&e->store, &f);
}

/* The size that the manual promises is that of a real file, for each entity and the defaults. */
static void sizes(void **state)
{
    struct env *e = *state;
    struct stat st;

    archives_default(&e->store.archives, 10);
    for (int entity = 0; entity < ENTITY_COUNT; entity++) {
        const struct layout_source *sources;
        struct rrd_file f;
        rrd_file_init(&f, (enum entity)entity, &e->uuid, 0);
        rrd_file_plan(&f, 1);
        assert_int_equal(rrd_file_create(&e->store, &f, 1, T0), 0);
        assert_int_equal(fstatat(e->folder->fd, f.path, &st, 0), 0);
        assert_int_equal(
            st.st_size,
            archives_file_bytes(&e->store.archives, layout_sources((enum entity)entity, &sources)));
        rrd_file_release(&e->store, &f);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(made),    TEST(identity), TEST(grown),       TEST(taken_back), TEST(long_gap),
        TEST(newer),   TEST(locked),   TEST(short_steps), TEST(bounded),    TEST(damaged),
        TEST(no_room), TEST(sizes),    TEST(written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
