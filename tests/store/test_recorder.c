/*
 * recorder: what a store goes through: domains that go and come, damage, restarts, limits.
 */
#include "recorded.h"

#include <dirent.h>
#include <errno.h>

#include "store/about.h"
#include "store/layout.h"
#include "store/rrdcheck.h"
#include "store/stamp.h"

static void sample_begin(struct env *e, uint64_t i)
{
    unit_sample(&e->s, ++e->seq, (double)(i * STEP));
    e->s.wall_ns = (T0 + i * STEP) * NS_PER_S + 1000;
}

static struct domain *add_domain(struct env *e, uint64_t domid, uint8_t byte, uint64_t cpu_ns)
{
    struct domain *d = unit_domain(&e->s, domid, byte);

    d->cpu_ns = cpu_ns;
    d->state = DOMAIN_RUNNING;
    d->name = snapshot_add_cstr(&e->s, byte == 1 ? "web" : "db");
    snapshot_add_vcpu(&e->s, domid, 0)->cpu_ns = cpu_ns;
    snapshot_add_vif(&e->s, domid, 0)->rx_bytes = cpu_ns;
    return d;
}

static void record(struct env *e, uint64_t i)
{
    snapshot_seal(&e->s);
    tell_happened(e);
    recorder_sample(e->r, &e->s, T0 + i * STEP);
    work(e);
}

/* Samples with web, and with db in those before `dead`. */
static void record_both(struct env *e, uint64_t from, uint64_t to, uint64_t dead)
{
    for (uint64_t i = from; i < to; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        if (i < dead)
            add_domain(e, 8, 2, 1000 * i);
        record(e, i);
    }
}

struct found {
    struct journal_entry e[256];
    size_t count;
};

static bool keep(void *arg, const struct journal_entry *entry)
{
    struct found *f = arg;

    f->e[f->count++] = *entry;
    return f->count < ARRAY_LEN(f->e);
}

/* How many events of a kind the journal has; the last of them. */
static size_t told(struct env *e, enum event_kind kind, struct journal_entry *last)
{
    static struct found f;
    size_t count = 0;

    f.count = 0;
    journal_read(e->folder->fd, 0, UINT64_MAX, keep, &f);
    for (size_t i = 0; i < f.count; i++)
        if (f.e[i].event.kind == kind) {
            count++;
            if (last)
                *last = f.e[i];
        }
    return count;
}

#define WEB   "domains/01010101-0101-0101-0101-010101010101/"
#define DB    "domains/02020202-0202-0202-0202-020202020202/"
#define NEW   "domains/03030303-0303-0303-0303-030303030303/"
#define THIRD "domains/03030303-0303-0303-0303-030303030303/"

/* A reboot, a migration within the host, a device that was away: no spike, nothing mixed. */
static void identities(void **state)
{
    struct env *e = *state;

    reopen(e);
    for (uint64_t i = 0; i < 20; i++) {
        sample_begin(e, i);
        if (i < 5)
            add_domain(e, 7, 1, 1000 * i);
        else if (i < 10) /* rebooted: its counters are far ahead */
            add_domain(e, 8, 1, 9000000 + 1000 * i);
        else {
            if (i < 15)
                add_domain(e, 8, 1, 9000000 + 1000 * i);
            if (i > 12) /* the other end of a migration: there twice for a while */
                add_domain(e, 9, 1, 50000000 + 3000 * i);
        }
        record(e, i);
    }
    for (uint64_t i = 1; i < 20; i++) {
        double v = value(e, WEB "domain.rrd", "cpu_ns", T0 + i * STEP);
        double w = value(e, WEB "vif-0.rrd", "rx_bytes", T0 + i * STEP);
        if (i == 5 || i == 15) {
            assert_nan(v);
            assert_nan(w);
        } else {
            assert_near(v, i < 15 ? 100 : 300, 1e-9);
            assert_near(w, i < 15 ? 100 : 300, 1e-9);
        }
        assert_near(value(e, WEB "domain.rrd", "state_running", T0 + i * STEP), 1, 0);
        assert_near(value(e, WEB "domain.rrd", "state_crashed", T0 + i * STEP), 0, 0);
    }
    struct about a;
    assert_int_equal(about_read(&a, ENTITY_DOMAIN, e->folder->fd, WEB LAYOUT_DOMAIN), 0);
    assert_int_equal(a.life_count, 3);
    assert_true(a.lives[1].domid == 8 && a.lives[1].from_ns == (T0 + 50) * NS_PER_S);
    about_release(&a);
    assert_int_equal(told(e, EVENT_REBOOTED, NULL), 1);
}

/* A vif that is taken away and put back counts anew, however high. */
static void device_away(void **state)
{
    struct env *e = *state;

    reopen(e);
    for (uint64_t i = 0; i < 12; i++) {
        sample_begin(e, i);
        struct domain *d = unit_domain(&e->s, 7, 1);
        d->cpu_ns = 1000 * i;
        if (i != 5)
            snapshot_add_vif(&e->s, 7, 0)->rx_bytes = 1000 * i + (i > 5 ? 900000000 : 0);
        record(e, i);
    }
    for (uint64_t i = 1; i < 12; i++) {
        double v = value(e, WEB "vif-0.rrd", "rx_bytes", T0 + i * STEP);
        if (i == 5 || i == 6)
            assert_nan(v);
        else
            assert_near(v, 100, 1e-9);
        assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + i * STEP), 100, 1e-9);
    }
    assert_int_equal(told(e, EVENT_DEVICE_REMOVED, NULL), 1);
    assert_int_equal(told(e, EVENT_DEVICE_ADDED, NULL), 1);
}

/* A restart: the counters go on where nothing is missing; a gap is told; who went meanwhile ended.
 */
static void restart(void **state)
{
    struct env *e = *state;
    struct journal_entry gap;
    struct about a;

    reopen(e);
    record_both(e, 0, 10, 10);
    reopen(e);
    assert_true(recorder_last(e->r) == T0 + 90);
    record_both(e, 10, 20, 0);
    for (uint64_t i = 1; i < 20; i++)
        assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + i * STEP), 100, 1e-9);
    assert_int_equal(told(e, EVENT_GAP, NULL), 0);
    assert_int_equal(about_read(&a, ENTITY_DOMAIN, e->folder->fd, DB LAYOUT_DOMAIN), 0);
    assert_int_equal(a.life_count, 1);
    assert_true(a.lives[0].to_ns == (T0 + 90) * NS_PER_S);
    about_release(&a);
    reopen(e);
    sample_begin(e, 50);
    add_domain(e, 7, 1, 1000 * 50);
    record(e, 50);
    assert_nan(value(e, WEB "domain.rrd", "cpu_ns", T0 + 30 * STEP));
    assert_int_equal(told(e, EVENT_GAP, &gap), 1);
    assert_true(gap.from_ns == (T0 + 190) * NS_PER_S && gap.to_ns == (T0 + 500) * NS_PER_S);
    assert_int_equal(about_read(&a, ENTITY_DOMAIN, e->folder->fd, WEB LAYOUT_DOMAIN), 0);
    assert_int_equal(a.life_count, 1);
    about_release(&a);
}

/* The last of a kind that was told of that time. */
static bool told_at(struct env *e, enum event_kind kind, uint64_t at_s, struct journal_entry *last)
{
    static struct found f;

    f.count = 0;
    journal_read(e->folder->fd, at_s * NS_PER_S, at_s * NS_PER_S, keep, &f);
    while (f.count && f.e[f.count - 1].event.kind != kind)
        f.count--;
    if (f.count)
        *last = f.e[f.count - 1];
    return f.count;
}

static void overwrite(struct env *e, const char *path, const char *bytes)
{
    int fd = openat(e->folder->fd, path, O_WRONLY | O_TRUNC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    close(fd);
}

static size_t damaged_files(struct env *e)
{
    char path[128];
    size_t count = 0;
    struct dirent *d;

    snprintf(path, sizeof(path), "%s/damaged", e->folder->path);
    DIR *list = opendir(path);
    while (list && (d = readdir(list)))
        count += d->d_name[0] != '.';
    if (list)
        closedir(list);
    return count;
}

/* Damage at start and while recording: set aside, made anew, told, the others untouched. */
static void damage(void **state)
{
    struct env *e = *state;
    struct journal_entry bad;
    struct stat st;

    reopen(e);
    for (uint64_t i = 0; i < 40; i++) {
        if (i == 10)
            overwrite(e, WEB "domain.rrd", "gone");
        if (i == 20) {
            recorder_close(e->r);
            e->r = NULL;
            overwrite(e, WEB "vcpus.rrd", "RRD");
            overwrite(e, WEB LAYOUT_DOMAIN, "{");
            overwrite(e, LAYOUT_HOST, "");
            reopen(e);
        }
        if (i == 30) {
            assert_int_equal(unlinkat(e->folder->fd, WEB "vif-0.rrd", 0), 0);
            assert_int_equal(symlinkat("/etc/passwd", e->folder->fd, WEB "vif-0.rrd"), 0);
        }
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        add_domain(e, 8, 2, 1000 * i);
        record(e, i);
    }
    assert_int_equal(damaged_files(e), 5);
    assert_int_equal(told(e, EVENT_STORE_BAD, &bad), 5);
    assert_int_equal(bad.event.uuid.bytes[3], 1);
    assert_string_equal(bad.event.detail, "vif-0.rrd: it is damaged, set aside");
    assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + 19 * STEP), 100, 1e-9);
    assert_near(value(e, WEB "vcpus.rrd", "cpu_ns_0", T0 + 39 * STEP), 100, 1e-9);
    assert_near(value(e, WEB "vif-0.rrd", "rx_bytes", T0 + 39 * STEP), 100, 1e-9);
    assert_int_equal(fstatat(e->folder->fd, WEB "vif-0.rrd", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISREG(st.st_mode));
    for (uint64_t i = 1; i < 40; i++)
        assert_near(value(e, DB "domain.rrd", "cpu_ns", T0 + i * STEP), 100, 1e-9);
}

/* One bit of the time of a file's last update, which was at_s; it was written then. */
static void flip(struct env *e, const char *path, uint64_t at_s)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)at_s}, {.tv_sec = (time_t)at_s}};
    const uint64_t bad = at_s ^ UINT64_C(1) << 28;
    char head[65536];
    int fd = openat(e->folder->fd, path, O_RDWR);
    ssize_t n = read(fd, head, sizeof(head));
    char *found = n < 0 ? NULL : memmem(head, (size_t)n, &at_s, sizeof(at_s));

    assert_non_null(found);
    assert_true(bad > at_s);
    assert_int_equal(pwrite(fd, &bad, sizeof(bad), found - head), sizeof(bad));
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

/* It keeps nothing from being recorded, and drops nothing of what is there. */
static void flipped(void **state)
{
    struct env *e = *state;

    reopen(e);
    record_both(e, 0, 20, 20);
    recorder_close(e->r);
    e->r = NULL;
    flip(e, "host.rrd", T0 + 19 * STEP);
    flip(e, WEB "domain.rrd", T0 + 19 * STEP);
    reopen(e);
    assert_int_equal(recorder_last(e->r), 0);
    record_both(e, 20, 30, 30);
    assert_int_equal(damaged_files(e), 2);
    assert_int_equal(told(e, EVENT_STORE_BAD, NULL), 2);
    assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + 25 * STEP), 100, 1e-9);
    assert_near(value(e, DB "domain.rrd", "cpu_ns", T0 + 15 * STEP), 100, 1e-9);
    assert_near(value(e, DB "domain.rrd", "cpu_ns", T0 + 25 * STEP), 100, 1e-9);
}

/* A dead domain's files go in time, the living stay. */
static void old_dead(void **state)
{
    struct env *e = *state;
    struct journal_entry gone;
    struct stat st;

    e->config.keep_dead_s = 200;
    reopen(e);
    for (uint64_t i = 0; i < 40; i++) {
        record_both(e, i, i + 1, 10);
        assert_int_equal(fstatat(e->folder->fd, DB "domain.rrd", &st, 0), i <= 29 ? 0 : -1);
    }
    assert_int_equal(fstatat(e->folder->fd, WEB "domain.rrd", &st, 0), 0);
    assert_int_equal(told(e, EVENT_REMOVED, &gone), 1);
    assert_string_equal(gone.event.name, "db");
    assert_int_equal(gone.event.uuid.bytes[0], 2);
    assert_int_equal(fstatat(e->folder->fd, "domains/02020202-0202-0202-0202-020202020202", &st, 0),
                     -1);
}

/* A clock that was ahead is put right, with a restart between or without: what it recorded goes,
 * all before stays, and what began under its times began when they ended. */
static void clock_put_right(void **state)
{
    struct env *e = *state;
    const uint64_t ahead = 400;
    struct journal_entry said;
    struct about a;

    for (int restart = 0; restart < 2; restart++) {
        uint64_t first = restart ? 70 : 20;
        if (!restart)
            reopen(e);
        for (uint64_t i = first - 20; i < first + 20; i++) {
            bool wrong = i >= first && i < first + 8;
            uint64_t at = wrong ? i + ahead : i;
            if (restart && i == first + 8)
                reopen(e);
            sample_begin(e, i);
            add_domain(e, 7, 1, 1000 * i);
            if (i >= first + 2)
                add_domain(e, 8 + (uint64_t)restart, 2, 1000 * i);
            e->s.wall_ns = (T0 + at * STEP) * NS_PER_S + 1000;
            record(e, at);
        }
        for (uint64_t i = first - 19; i < first + 20; i++) {
            double v = value(e, WEB "domain.rrd", "cpu_ns", T0 + i * STEP);
            double up = value(e, DB "domain.rrd", "state_running", T0 + i * STEP);
            /* Of the first after it nothing is known of counters. */
            if (i >= first && i <= first + 8)
                assert_nan(v);
            else
                assert_near(v, 100, 1e-6);
            if (i >= first + 8)
                assert_near(up, 1, 0);
            else if (i >= first || !restart)
                assert_nan(up);
        }
        for (uint64_t i = first; i < first + 8; i++)
            assert_nan(value(e, WEB "domain.rrd", "state_running", T0 + (ahead + i) * STEP));
        assert_int_equal(about_read(&a, ENTITY_DOMAIN, e->folder->fd, DB LAYOUT_DOMAIN), 0);
        assert_true(a.lives[a.life_count - 1].from_ns == (T0 + (first + 8) * STEP) * NS_PER_S);
        about_release(&a);
        assert_int_equal(about_read(&a, ENTITY_DOMAIN, e->folder->fd, WEB LAYOUT_DOMAIN), 0);
        assert_int_equal(a.life_count, 1);
        assert_true(a.lives[0].from_ns == T0 * NS_PER_S);
        about_release(&a);
        /* Told at the time that is right, and at the end of those that were not. */
        assert_int_equal(told(e, EVENT_STORE_BAD, &said), 2 * (1 + restart));
        for (int there = 0; there < 2; there++) {
            const uint64_t from_s = T0 + (ahead + first + (uint64_t)restart) * STEP;
            const uint64_t to_s = T0 + (ahead + first + 7) * STEP;
            assert_true(told_at(e, EVENT_STORE_BAD, there ? to_s : T0 + (first + 8) * STEP, &said));
            assert_non_null(strstr(said.event.detail, there ? "until here" : "is dropped"));
            assert_true(said.from_ns == from_s * NS_PER_S && said.to_ns == to_s * NS_PER_S);
        }
        assert_int_equal(told(e, EVENT_GAP, &said), 2 * (1 + restart));
        assert_true(said.from_ns == (T0 + (first - 1) * STEP) * NS_PER_S);
        assert_true(said.to_ns == (T0 + (first + 8) * STEP) * NS_PER_S);
        /* The domain that was seen under wrong times alone is no other after. */
        for (uint64_t i = first + 20; i < first + 30; i++) {
            sample_begin(e, i);
            add_domain(e, 7, 1, 1000 * i);
            record(e, i);
        }
    }
}

/* Samples from..to-1 by a clock that is ahead by so many seconds, as serve passes them on: those
 * held are recorded when their time is known. */
static void sampled(struct env *e, struct stamp *s, uint64_t from, uint64_t to, uint64_t ahead_s)
{
    static uint64_t held[1000];
    static size_t count;

    for (uint64_t i = from; i < to; i++) {
        const uint64_t mono_s = 1000 + i * STEP;
        held[count++] = i;
        assert_true(count < ARRAY_LEN(held));
        if (stamp_judge(s, (T0 + i * STEP + ahead_s) * NS_PER_S, mono_s * NS_PER_S, false) !=
            STAMP_RECORD)
            continue;
        for (size_t n = 0; n < count; n++) {
            uint64_t at_s = stamp_take(s, (1000 + held[n] * STEP) * NS_PER_S);
            sample_begin(e, held[n]);
            add_domain(e, 7, 1, 1000 * held[n]);
            e->s.wall_ns = at_s * NS_PER_S;
            if (at_s)
                record(e, (at_s - T0) / STEP);
        }
        count = 0;
    }
}

/* A clock that nobody keeps is days ahead for minutes: nothing is lost, of no archive, and what was
 * sampled meanwhile has its time. */
static void wrong_for_minutes(void **state)
{
    struct env *e = *state;
    const struct runs none = {0};
    const uint64_t days[] = {2, 700}, samples[] = {6, 42};
    uint64_t i = 300;
    struct stamp s;

    reopen(e);
    stamp_init(&s, STEP, &none);
    sampled(e, &s, 0, i, 0);
    for (size_t d = 0; d < 2; d++)
        for (size_t n = 0; n < 2; n++) {
            sampled(e, &s, i, i + samples[n], days[d] * 86400);
            sampled(e, &s, i + samples[n], i + samples[n] + 20, 0);
            i += samples[n] + 20;
        }
    for (uint64_t k = 1; k < i; k++)
        assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + k * STEP), 100, 1e-6);
    struct fetched hours;
    fetch(e, &hours, WEB "domain.rrd", "AVERAGE", T0 / 3600 * 3600, T0 + i * STEP, 3600);
    assert_near(at(&hours, "cpu_ns", T0 / 3600 * 3600 + 3600), 100, 1e-6);
    fetched_release(&hours);
    assert_int_equal(told(e, EVENT_STORE_BAD, NULL), 0);
    assert_int_equal(told(e, EVENT_GAP, NULL), 0);
}

/* One that is ahead for so long that it is believed, and then put right: what was recorded under it
 * is a gap, that is told; and what was before and is after is there as far as the archives reach.
 */
static void wrong_for_an_hour(void **state)
{
    struct env *e = *state;
    const struct runs none = {0};
    struct journal_entry gap;
    struct fetched f;
    struct stamp s;

    reopen(e);
    stamp_init(&s, STEP, &none);
    sampled(e, &s, 0, 360, 0);
    sampled(e, &s, 360, 720, 2 * 86400);
    assert_true(recorder_last(e->r) == T0 + 2 * 86400 + 719 * STEP);
    sampled(e, &s, 720, 1100, 0);
    for (uint64_t k = 721; k < 1100; k++)
        assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + k * STEP), 100, 1e-6);
    /* Of 10 minutes there were rows for longer than it was ahead. */
    fetch(e, &f, WEB "domain.rrd", "AVERAGE", T0 / 600 * 600, T0 + 3600, 600);
    for (uint64_t t = T0 / 600 * 600 + 1200; t <= T0 + 3600; t += 600)
        assert_near(at(&f, "cpu_ns", t), 100, 1e-6);
    fetched_release(&f);
    assert_true(told_at(e, EVENT_GAP, T0 + 720 * STEP, &gap));
    assert_true(gap.from_ns == (T0 + 359 * STEP) * NS_PER_S);
    assert_true(gap.to_ns == (T0 + 720 * STEP) * NS_PER_S);
}

/* What was held until the clock was put right comes at once, and may be more than waits for a file:
 * none of it is lost, of new files either. */
static void many_held(void **state)
{
    struct env *e = *state;
    const uint64_t ahead = 540, held = 500;

    reopen(e);
    record_both(e, 0, 20, 20);
    record_both(e, ahead, ahead + 8, 0);
    for (uint64_t i = 30; i < 30 + held; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        add_domain(e, 9, 3, 1000 * i);
        snapshot_seal(&e->s);
        recorder_sample(e->r, &e->s, T0 + i * STEP);
    }
    work(e);
    assert_int_equal(recorder_counts(e->r).lost, 0);
    for (uint64_t i = 31; i < 30 + held; i++) {
        assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + i * STEP), 100, 1e-6);
        assert_near(value(e, THIRD "domain.rrd", "cpu_ns", T0 + i * STEP), 100, 1e-6);
    }
    assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + 19 * STEP), 100, 1e-6);
}

/* Where more than the last run is later than the time that came to be, nothing is dropped. */
static void long_ago(void **state)
{
    struct env *e = *state;
    struct journal_entry said;

    reopen(e);
    for (uint64_t i = 0; i < 60; i++) {
        uint64_t at = i < 20 ? 1000 + i : i < 40 ? 1100 + i : i;
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        e->s.wall_ns = (T0 + at * STEP) * NS_PER_S + 1000;
        record(e, at);
    }
    assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + 45 * STEP), 100, 1e-6);
    assert_nan(value(e, WEB "domain.rrd", "state_running", T0 + 1010 * STEP));
    assert_int_equal(told(e, EVENT_STORE_BAD, &said), 6);
    assert_int_equal(damaged_files(e), 4); /* the host, and of the domain: it, vcpus, vif */
}

/* A clock that is set years ahead makes nobody old: it has to stand for an hour. */
static void old_by_a_jump(void **state)
{
    struct env *e = *state;
    const uint64_t jump = 400 * 8640;
    struct stat st;

    e->config.keep_dead_s = 200;
    reopen(e);
    record_both(e, 0, 12, 3);
    for (uint64_t i = jump; i <= jump + 361; i += i < jump + 350 ? 50 : 1) {
        record_both(e, i, i + 1, 0);
        assert_int_equal(fstatat(e->folder->fd, DB "domain.rrd", &st, 0), i < jump + 360 ? 0 : -1);
    }
    assert_int_equal(told(e, EVENT_REMOVED, NULL), 1);
}

/* The one that died first goes first; a store of the living alone stays, and says so once. */
static void size_limit(void **state)
{
    struct env *e = *state;
    struct recorder_state all, after;
    struct stat st;

    e->config.max_bytes = 1;
    reopen(e);
    record_both(e, 0, 10, 10);
    all = recorder_state(e->r);
    assert_int_equal(told(e, EVENT_REMOVED, NULL), 0);
    assert_int_equal(told(e, EVENT_STORE_BAD, NULL), 1);
    assert_int_equal(fstatat(e->folder->fd, WEB "domain.rrd", &st, 0), 0);
    recorder_close(e->r);
    e->r = NULL;
    e->config.max_bytes = all.bytes - 1;
    reopen(e);
    /* Both are dead to who has just started; the first sample says who lives. */
    work(e);
    assert_int_equal(told(e, EVENT_REMOVED, NULL), 0);
    sample_begin(e, 10);
    add_domain(e, 8, 2, 10000);
    record(e, 10);
    assert_int_equal(told(e, EVENT_REMOVED, NULL), 1);
    assert_int_equal(fstatat(e->folder->fd, WEB "domain.rrd", &st, 0), -1);
    assert_int_equal(fstatat(e->folder->fd, DB "domain.rrd", &st, 0), 0);
    after = recorder_state(e->r);
    assert_true(after.bytes < all.bytes);
}

/* What was set aside goes before a dead domain, the oldest first and no more than need be, and is
 * told; what somebody else put there stays. */
static void damaged_first(void **state)
{
    static const char old[] = "damaged/domains_01010101-0101-0101-0101-010101010101_vif-0.rrd.1000";
    static const char newer[] = "damaged/host.json.20000", notes[] = "damaged/notes.txt";
    static const char big[64 << 10];
    struct env *e = *state;
    struct journal_entry gone;
    struct stat st;

    reopen(e);
    record_both(e, 0, 10, 5);
    recorder_close(e->r);
    e->r = NULL;
    assert_int_equal(mkdirat(e->folder->fd, "damaged", 0755), 0);
    for (int i = 0; i < 3; i++) {
        const char *const paths[] = {newer, old, notes};
        int fd = openat(e->folder->fd, paths[i], O_WRONLY | O_CREAT | O_EXCL, 0644);
        assert_int_equal(write(fd, big, sizeof(big)), sizeof(big));
        assert_int_equal(fsync(fd), 0);
        close(fd);
    }
    reopen(e);
    uint64_t all = recorder_state(e->r).bytes;
    for (uint64_t n = 1; n <= 3; n++) {
        recorder_close(e->r);
        e->r = NULL;
        e->config.max_bytes = all - (n - 1) * sizeof(big) - sizeof(big) / 2;
        reopen(e);
        record_both(e, 9 + n, 10 + n, 0);
        assert_int_equal(told(e, EVENT_REMOVED, &gone), n);
        assert_int_equal(fstatat(e->folder->fd, old, &st, 0), -1);
        assert_int_equal(fstatat(e->folder->fd, newer, &st, 0), n < 2 ? 0 : -1);
        assert_int_equal(fstatat(e->folder->fd, DB "domain.rrd", &st, 0), n < 3 ? 0 : -1);
        assert_true(recorder_state(e->r).bytes <= e->config.max_bytes);
        if (n == 1) {
            assert_int_equal(gone.event.uuid.bytes[0], 1);
            assert_memory_equal(gone.event.detail, "damaged vif-0.rrd; the store takes more", 39);
        } else if (n == 2) {
            assert_memory_equal(gone.event.detail, "damaged host.json", 17);
        }
    }
    assert_int_equal(fstatat(e->folder->fd, notes, &st, 0), 0);
    assert_int_equal(fstatat(e->folder->fd, WEB "domain.rrd", &st, 0), 0);
}

static void write_file(struct env *e, const char *path, size_t len)
{
    int fd = openat(e->folder->fd, path, O_WRONLY | O_CREAT | O_EXCL, 0644);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    while (len--)
        assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(fsync(fd), 0);
    close(fd);
}

/* A folder in a file's place is counted, set aside and removed with all that is in it. */
static void damaged_folder(void **state)
{
    struct env *e = *state;
    struct journal_entry gone;
    struct stat st;

    reopen(e);
    record_both(e, 0, 5, 0);
    recorder_close(e->r);
    e->r = NULL;
    assert_int_equal(unlinkat(e->folder->fd, WEB "vif-0.rrd", 0), 0);
    assert_int_equal(mkdirat(e->folder->fd, WEB "vif-0.rrd", 0755), 0);
    assert_int_equal(mkdirat(e->folder->fd, WEB "vif-0.rrd/deep", 0755), 0);
    write_file(e, WEB "vif-0.rrd/deep/big", 50000);
    reopen(e);
    uint64_t before = recorder_state(e->r).bytes;
    record_both(e, 5, 10, 0);
    assert_int_equal(damaged_files(e), 1);
    assert_true(recorder_state(e->r).bytes >= before + 50000);
    recorder_close(e->r);
    e->r = NULL;
    e->config.max_bytes = 1;
    reopen(e);
    before = recorder_state(e->r).bytes;
    record_both(e, 10, 11, 0);
    assert_int_equal(told(e, EVENT_REMOVED, &gone), 1);
    assert_int_equal(gone.event.uuid.bytes[0], 1);
    assert_memory_equal(gone.event.detail, "damaged vif-0.rrd;", 18);
    assert_int_equal(damaged_files(e), 0);
    assert_true(recorder_state(e->r).bytes + 50000 <= before);
    assert_int_equal(fstatat(e->folder->fd, WEB "vif-0.rrd", &st, 0), 0);
}

/* What the recorder believes that the store takes is what whoever starts anew finds. */
static void counted(void **state)
{
    const uint64_t later = 40 * 8640;
    struct env *e = *state;

    e->config.keep_dead_s = 100;
    reopen(e);
    record_both(e, 0, 12, 5);
    for (uint64_t i = 12; i < 100; i++) { /* each for one sample, and told of in the journal */
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        add_domain(e, 8 + i, (uint8_t)(i + 10), 1000 * i);
        record(e, i);
    }
    /* So much later that days of the journal are removed too. */
    record_both(e, later, later + 1, 0);
    record_both(e, later + 361, later + 370, 0);
    uint64_t believed = recorder_state(e->r).bytes;
    reopen(e);
    assert_int_equal(believed, recorder_state(e->r).bytes);
}

/* Who went while nobody recorded ended, also when the first samples do not say who lives; and until
 * one does nobody is taken for dead. */
static void restart_blind(void **state)
{
    struct env *e = *state;
    struct about a;
    struct stat st;

    reopen(e);
    record_both(e, 0, 10, 5);
    recorder_close(e->r);
    e->r = NULL;
    e->config.max_bytes = 1;
    reopen(e);
    sample_begin(e, 10);
    e->s.have = PART(ENTITY_HOST);
    record(e, 10);
    assert_int_equal(told(e, EVENT_REMOVED, NULL), 0);
    sample_begin(e, 11);
    add_domain(e, 9, 2, 1000);
    record(e, 11);
    assert_int_equal(told(e, EVENT_REMOVED, NULL), 1);
    assert_int_equal(fstatat(e->folder->fd, DB "domain.rrd", &st, 0), 0);
    assert_int_equal(fstatat(e->folder->fd, WEB "domain.rrd", &st, 0), -1);
    /* And without a limit it is written down. */
    recorder_close(e->r);
    e->r = NULL;
    e->config.max_bytes = 0;
    reopen(e);
    sample_begin(e, 12);
    e->s.have = PART(ENTITY_HOST);
    record(e, 12);
    sample_begin(e, 13);
    add_domain(e, 10, 3, 1000);
    record(e, 13);
    assert_int_equal(about_read(&a, ENTITY_DOMAIN, e->folder->fd, DB LAYOUT_DOMAIN), 0);
    assert_int_equal(a.life_count, 2);
    assert_true(a.lives[1].to_ns == (T0 + 110) * NS_PER_S);
    about_release(&a);
}

/* Of several dead ones the first goes first, and no more than need be. */
static void oldest_first(void **state)
{
    struct env *e = *state;
    struct journal_entry gone;

    e->config.max_bytes = UINT64_MAX;
    reopen(e);
    for (uint64_t i = 0; i < 20; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        if (i < 10)
            add_domain(e, 8, 2, 1000 * i);
        if (i < 5)
            add_domain(e, 9, 3, 1000 * i);
        if (i < 15)
            add_domain(e, 10, 4, 1000 * i);
        record(e, i);
    }
    struct recorder_state all = recorder_state(e->r);
    for (unsigned n = 1; n <= 3; n++) {
        static const uint8_t order[] = {3, 2, 4};
        recorder_close(e->r);
        e->r = NULL;
        e->config.max_bytes = all.bytes - n * (all.bytes / 6);
        reopen(e);
        sample_begin(e, 19 + n);
        add_domain(e, 7, 1, 1000 * (19 + n));
        record(e, 19 + n);
        assert_int_equal(told(e, EVENT_REMOVED, &gone), n);
        assert_int_equal(gone.event.uuid.bytes[0], order[n - 1]);
    }
}

/* What cannot be made is no reason not to make the others, also at the end. */
static void one_that_cannot(void **state)
{
    struct env *e = *state;
    struct stat st;

    reopen(e);
    write_file(e, "domains/02020202-0202-0202-0202-020202020202", 1);
    record_both(e, 0, 3, 3);
    sample_begin(e, 3);
    add_domain(e, 8, 2, 3000);
    add_domain(e, 9, 3, 3000);
    snapshot_seal(&e->s);
    recorder_sample(e->r, &e->s, T0 + 3 * STEP);
    recorder_close(e->r);
    e->r = NULL;
    assert_int_equal(fstatat(e->folder->fd, THIRD "domain.rrd", &st, 0), 0);
    assert_int_equal(fstatat(e->folder->fd, THIRD "vif-0.rrd", &st, 0), 0);
    assert_int_equal(fstatat(e->folder->fd, THIRD LAYOUT_DOMAIN, &st, 0), 0);
}

/* More vcpus and pcpus than before: all that was recorded stays. */
static void more_cpus(void **state)
{
    struct env *e = *state;

    reopen(e);
    for (uint64_t i = 0; i < 20; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        for (uint64_t v = 1; v < (i < 10 ? 1 : 4); v++)
            snapshot_add_vcpu(&e->s, 7, v)->cpu_ns = 2000 * i;
        snapshot_add_pcpu(&e->s, 0)->idle_ns = i * STEP * NS_PER_S - 1000 * i;
        if (i >= 10)
            snapshot_add_pcpu(&e->s, 5)->idle_ns = i * STEP * NS_PER_S - 3000 * i;
        record(e, i);
    }
    for (uint64_t i = 1; i < 20; i++) {
        assert_near(value(e, WEB "vcpus.rrd", "cpu_ns_0", T0 + i * STEP), 100, 1e-9);
        assert_near(value(e, "pcpus.rrd", "busy_ns_0", T0 + i * STEP), 100, 1e-9);
        if (i > 11) {
            assert_near(value(e, WEB "vcpus.rrd", "cpu_ns_3", T0 + i * STEP), 200, 1e-9);
            assert_near(value(e, "pcpus.rrd", "busy_ns_5", T0 + i * STEP), 300, 1e-9);
            assert_nan(value(e, "pcpus.rrd", "busy_ns_3", T0 + i * STEP));
        }
    }
}

/* What nobody read is unknown, and no reason to think a device gone. */
static void not_read(void **state)
{
    struct env *e = *state;

    reopen(e);
    for (uint64_t i = 0; i < 12; i++) {
        sample_begin(e, i);
        if (i < 5 || i > 7)
            add_domain(e, 7, 1, 1000 * i);
        else
            e->s.have = PART(ENTITY_HOST);
        record(e, i);
    }
    assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + 4 * STEP), 100, 1e-9);
    assert_nan(value(e, WEB "domain.rrd", "cpu_ns", T0 + 6 * STEP));
    assert_near(value(e, WEB "domain.rrd", "cpu_ns", T0 + 9 * STEP), 100, 1e-9);
    assert_int_equal(told(e, EVENT_DESTROYED, NULL), 0);
    assert_int_equal(told(e, EVENT_STARTED, NULL), 0);
}

/* Whether the journal has this of that domain, once; "-" is nothing at all of it. */
static void assert_told(struct env *e, uint8_t byte, const char *want)
{
    static struct found f;
    char text[512] = "-";

    f.count = 0;
    journal_read(e->folder->fd, 0, UINT64_MAX, keep, &f);
    for (size_t i = 0; i < f.count; i++)
        if (f.e[i].event.uuid.bytes[0] == byte) {
            size_t len = text[0] == '-' ? 0 : strlen(text);
            snprintf(text + len, sizeof(text) - len, "%s%s %s: %s", len ? "; " : "",
                     journal_word(f.e[i].event.kind), f.e[i].event.name, f.e[i].event.detail);
        }
    assert_string_equal(text, want);
}

static struct domain *add_named(struct env *e, uint64_t domid, uint8_t byte, const char *name)
{
    strref ref = snapshot_add_cstr(&e->s, name);
    struct domain *d = add_domain(e, domid, byte, 1000);

    d->name = ref;
    d->mem_target_bytes = UINT64_C(4) << 30;
    return d;
}

static void add_known(struct env *e, bool after)
{
    static const char *const same[] = {"same", "same", "same"};
    struct domain *d;

    add_named(e, 0, 0, "Domain-0");
    add_named(e, 7, 1, after ? "shop" : "web");
    if (!after)
        add_named(e, 8, 2, "db");
    add_named(e, after ? 15 : 9, 3, "mail");
    d = add_named(e, 10, 4, "build");
    d->state = after ? DOMAIN_CRASHED : DOMAIN_RUNNING;
    d = add_named(e, 12, 5, "host's");
    d->start_ns = (after ? T0 + 200 : T0 - 50) * NS_PER_S;
    d = add_named(e, 13, 6, "was crashed");
    d->state = DOMAIN_CRASHED;
    d = add_named(e, 14, 7, "plugged");
    d->state = after ? DOMAIN_PAUSED : DOMAIN_BLOCKED;
    d->mem_target_bytes = (uint64_t)(after ? 2 : 4) << 30;
    snapshot_add_vif(&e->s, 14, after ? 2 : 1);
    snapshot_add_vbd(&e->s, 13, 51712);
    d = add_named(e, 16, 8, "less cpu");
    d->cpu_ns = after ? 10 : 1000;
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        add_named(e, 30 + i, (uint8_t)(30 + i), same[i]);
}

/* What happened while nothing was recorded is told when it is again: once, and nothing of a store
 * that is new, or that knows of no domain. */
static void while_away(void **state)
{
    struct env *e = *state;

    reopen(e);
    sample_begin(e, 0);
    e->s.have = PART(ENTITY_HOST);
    record(e, 0);
    for (uint64_t i = 1; i < 10; i++) {
        if (i == 1)
            reopen(e);
        sample_begin(e, i);
        add_known(e, false);
        record(e, i);
    }
    for (uint8_t byte = 1; byte < 40; byte++)
        assert_told(e, byte, "-");
    for (uint64_t i = 30; i < 36; i++) {
        if (i == 30 || i == 33)
            reopen(e);
        sample_begin(e, i);
        if (i != 30) {
            add_known(e, true);
            add_named(e, 20, 20, "new")->start_ns = (T0 + 250) * NS_PER_S;
            add_named(e, 21, 21, "new too");
            add_named(e, 22, 22, "not new")->start_ns = (T0 - 1000) * NS_PER_S;
            add_named(e, 23, 0, "nobody's")->uuid = (struct uuid){{0}};
        } else {
            e->s.have = PART(ENTITY_HOST); /* who is there is not known at once */
        }
        record(e, i);
    }
#define AWAY "while nothing was recording"
    assert_told(e, 1, "renamed shop: " AWAY ": was web");
    assert_told(e, 2, "destroyed db: " AWAY);
    assert_told(e, 3, "rebooted mail: " AWAY ": was domid 9, or restored");
    assert_told(e, 4, "crashed build: " AWAY);
    assert_told(e, 5, "rebooted host's: " AWAY ", built at 2026-11-22T03:15:20.000Z");
    assert_told(e, 6, "-");
    assert_told(e, 7,
                "paused plugged: " AWAY "; ballooned plugged: " AWAY ": 4.0G to 2.0G; "
                "device_removed plugged: " AWAY ": vif 1; device_added plugged: " AWAY ": vif 2");
    assert_told(e, 8, "rebooted less cpu: " AWAY);
    assert_told(e, 20, "started new: " AWAY ", built at 2026-11-22T03:16:10.000Z");
    assert_told(e, 21, "started new too: " AWAY);
    assert_told(e, 22, "-");
    for (uint8_t byte = 30; byte < 33; byte++)
        assert_told(e, byte, "-");
    assert_int_equal(told(e, EVENT_STARTED, NULL), 2);
}

/* A recorder that is started anew by the same sampler has missed nothing: it is not told who is
 * there, and tells nothing by itself. */
static void recorder_alone_anew(void **state)
{
    struct env *e = *state;

    reopen(e);
    record_both(e, 0, 10, 10);
    e->events.count = 0;
    struct snapshot last = e->last;
    e->last = (struct snapshot){0};
    reopen(e);
    snapshot_release(&e->last);
    e->last = last;
    e->begun = true;
    record_both(e, 10, 12, 0);
    assert_told(e, 2, "destroyed db: its end was not seen between samples");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(identities),
        TEST(device_away),
        TEST(restart),
        TEST(damage),
        TEST(flipped),
        TEST(clock_put_right),
        TEST(wrong_for_minutes),
        TEST(wrong_for_an_hour),
        TEST(many_held),
        TEST(long_ago),
        TEST(old_dead),
        TEST(old_by_a_jump),
        TEST(size_limit),
        TEST(oldest_first),
        TEST(more_cpus),
        TEST(not_read),
        TEST(damaged_first),
        TEST(counted),
        TEST(damaged_folder),
        TEST(restart_blind),
        TEST(one_that_cannot),
        TEST(while_away),
        TEST(recorder_alone_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
