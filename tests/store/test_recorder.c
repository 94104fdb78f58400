/*
 * recorder: half a simulated day, in files that say at every resolution what the samples said; then
 * what a store goes through: domains that go and come, damage, a restart, limits.
 */
#include "folder.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <rrd.h>

#include "base.h"
#include "collectors/demo.h"
#include "store/about.h"
#include "store/layout.h"
#include "store/recorder.h"
#include "store/rrdcheck.h"

#define T0   UINT64_C(1795317120) /* a whole minute */
#define STEP 10

struct env {
    struct folder *folder;
    struct recorder_config config;
    struct recorder *r;
    struct snapshot s;
    uint64_t seq;
};

static int setup(void **state)
{
    struct env *e = calloc(1, sizeof(*e));
    void *folder;
    char message[ARCHIVES_MESSAGE];

    if (folder_make(&folder))
        return -1;
    e->folder = folder;
    e->config.root = e->folder->path;
    e->config.settings.step_s = STEP;
    archives_parse(&e->config.settings.archives, "10s:3h,1m:12h,10m:10d,1h:30d", STEP, message);
    *state = e;
    return 0;
}

static void reopen(struct env *e)
{
    int err = 0;

    if (e->r)
        recorder_close(e->r);
    e->r = recorder_open(&e->config, &err);
    assert_int_equal(err, 0);
    assert_non_null(e->r);
}

static int teardown(void **state)
{
    struct env *e = *state;
    void *folder = e->folder;

    if (e->r)
        recorder_close(e->r);
    snapshot_release(&e->s);
    folder_drop(&folder);
    free(e);
    return 0;
}

static void work(struct env *e)
{
    while (recorder_work(e->r))
        ;
}

/* ---- reading what was written, as rrdtool does ---- */

struct fetched {
    time_t start;
    unsigned long step, count;
    size_t rows;
    char **names;
    rrd_value_t *data;
};

static void fetch(struct env *e, struct fetched *f, const char *path, const char *cf,
                  uint64_t start, uint64_t end, unsigned long step)
{
    char full[256];
    time_t from = (time_t)start, to = (time_t)end;

    snprintf(full, sizeof(full), "%s/%s", e->folder->path, path);
    rrd_clear_error();
    f->step = step;
    if (rrd_fetch_r(full, cf, &from, &to, &f->step, &f->count, &f->names, &f->data))
        fail_msg("%s", rrd_get_error());
    assert_int_equal(f->step, step);
    f->start = from;
    f->rows = (size_t)((to - from) / (time_t)step);
}

static void fetched_release(struct fetched *f)
{
    for (size_t i = 0; i < f->count; i++)
        rrd_freemem(f->names[i]);
    rrd_freemem(f->names);
    rrd_freemem(f->data);
}

/* The value of the row that ends at t. */
static double at(const struct fetched *f, const char *name, uint64_t t)
{
    for (size_t i = 0; i < f->count; i++)
        if (!strcmp(f->names[i], name)) {
            size_t row = (size_t)((t - (uint64_t)f->start) / f->step) - 1;
            assert_true(row < f->rows);
            return f->data[row * f->count + i];
        }
    fail_msg("no source %s", name);
    return 0;
}

static double value(struct env *e, const char *path, const char *name, uint64_t t)
{
    struct fetched f;

    fetch(e, &f, path, "AVERAGE", t - STEP, t, STEP);
    double v = at(&f, name, t);
    fetched_release(&f);
    return v;
}

/* ---- a day ---- */

#define SAMPLES (12 * 360)

/* What the samples said, of some sources. */
static struct series {
    enum entity entity;
    const char *name;
    const char *path;
    bool counter;
    double *values; /* one per step; NaN unknown */
    uint64_t before, domid;
} series[] = {
    {ENTITY_HOST, "user_ns", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_HOST, "load1", NULL, false, NULL, UNKNOWN, 0},
    {ENTITY_DOMAIN, "cpu_ns", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_DOMAIN, "mem_bytes", NULL, false, NULL, UNKNOWN, 0},
    {ENTITY_DOMAIN, "wait_est", NULL, false, NULL, UNKNOWN, 0},
    {ENTITY_VIF, "rx_bytes", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_VBD, "wr_bytes", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_VBD, "rd_lat", NULL, false, NULL, UNKNOWN, 0},
};

static void note(struct series *v, const struct snapshot *s, const struct domain *d, size_t i)
{
    const struct metric *m = metric_find(v->entity, v->name);
    if (v->entity != ENTITY_HOST && (!d || (v->entity == ENTITY_VIF && !d->vif_count) ||
                                     (v->entity == ENTITY_VBD && !d->vbd_count))) {
        v->values[i] = NAN;
        v->before = UNKNOWN;
        return;
    }
    if (v->entity != ENTITY_HOST && d->domid != v->domid)
        v->before = UNKNOWN;
    v->domid = d ? d->domid : 0;
    size_t row = v->entity == ENTITY_VIF   ? d->vif_first
                 : v->entity == ENTITY_VBD ? d->vbd_first
                                           : 0;
    const void *record = v->entity == ENTITY_HOST     ? (const void *)&s->host
                         : v->entity == ENTITY_DOMAIN ? (const void *)d
                                                      : snapshot_row(s, v->entity, row);

    if (!v->counter) {
        v->values[i] = metric_number(m, record);
        return;
    }
    uint64_t now = metric_u64(m, record);
    v->values[i] = i && now != UNKNOWN && v->before != UNKNOWN && now >= v->before
                       ? (double)(now - v->before) / STEP
                       : NAN;
    v->before = now;
}

static void compare(struct env *e, const struct series *v, const char *path, uint64_t step,
                    const char *cf, uint64_t end)
{
    struct fetched f;
    size_t per = step / STEP, known = 0;
    uint64_t oldest = step == STEP ? end - 3 * 3600 + 10 * STEP
                      : step == 60 ? MAX(T0, end - 43200 + 600)
                                   : T0;

    fetch(e, &f, path, cf, oldest - step, end, (unsigned long)step);
    for (uint64_t t = (oldest - STEP + 2 * step - 1) / step * step; t <= end; t += step) {
        double sum = 0, most = NAN;
        size_t n = 0;
        for (size_t i = 0; i < per; i++) {
            /* The sample of time x is that of the step that ends at x. */
            double x = v->values[(t - T0) / STEP - i];
            if (isnan(x))
                continue;
            n++;
            sum += x;
            if (isnan(most) || x > most)
                most = x;
        }
        double want = !n ? NAN : cf[0] == 'M' ? most : sum / (double)n, got = at(&f, v->name, t);
        if (isnan(want) != isnan(got) || fabs(want - got) > 1e-6 * fabs(want) + 1e-9)
            fail_msg("%s %s %s step %u at %u: %g, not %g", path, v->name, cf, (unsigned)step,
                     (unsigned)(t - T0), got, want);
        known += n > 0;
    }
    if (!known)
        fail_msg("%s %s: nothing was known", path, v->name);
    fetched_release(&f);
}

static void a_day(void **state)
{
    struct env *e = *state;
    struct demo_config demo;
    char message[160], paths[ENTITY_COUNT][LAYOUT_PATH];
    struct uuid uuid = {{0}};
    uint64_t vif = 0, vbd = 0, domid = UNKNOWN;

    demo_defaults(&demo);
    assert_int_equal(demo_parse(&demo, "domains=3,pcpus=2,seed=5,step=10", message), 0);
    demo.start_wall_ns = T0 * NS_PER_S;
    struct source *source = demo_open(&demo);
    reopen(e);
    for (size_t k = 0; k < ARRAY_LEN(series); k++)
        series[k].values = xcalloc(SAMPLES, sizeof(double));
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_int_equal(source->sample(source, &e->s, PART_ALL), 0);
        const struct domain *d = NULL;
        for (size_t k = 0; k < e->s.domain_count; k++) {
            const struct domain *x = &e->s.domains[k];
            if (i ? !memcmp(&x->uuid, &uuid, sizeof(uuid))
                  : x->domid && x->vif_count && x->vbd_count)
                /* Twice while it migrates: the one that was recorded so far. */
                if (!d || x->domid == domid)
                    d = x;
        }
        assert_true(d || i);
        domid = d ? d->domid : UNKNOWN;
        if (!i) {
            uuid = d->uuid;
            vif = e->s.vifs[d->vif_first].id;
            vbd = e->s.vbds[d->vbd_first].id;
        }
        for (size_t k = 0; k < ARRAY_LEN(series); k++)
            note(&series[k], &e->s, d, i);
        recorder_sample(e->r, &e->s, T0 + i * STEP);
        work(e);
    }
    struct recorder_state st = recorder_state(e->r);
    assert_int_equal(st.to_do, 0);
    assert_int_equal(st.lost, 0);
    assert_int_equal(st.waiting, 0);
    assert_false(st.failing);
    uint64_t end = T0 + (SAMPLES - 1) * STEP;
    layout_rrd(paths[ENTITY_HOST], ENTITY_HOST, &uuid, 0);
    layout_rrd(paths[ENTITY_DOMAIN], ENTITY_DOMAIN, &uuid, 0);
    layout_rrd(paths[ENTITY_VIF], ENTITY_VIF, &uuid, vif);
    layout_rrd(paths[ENTITY_VBD], ENTITY_VBD, &uuid, vbd);
    for (size_t k = 0; k < ARRAY_LEN(series); k++) {
        const char *path = paths[series[k].entity];
        compare(e, &series[k], path, 10, "AVERAGE", end / 10 * 10);
        static const uint64_t steps[] = {60, 600, 3600};
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
            compare(e, &series[k], path, steps[i], "AVERAGE", end / steps[i] * steps[i]);
            compare(e, &series[k], path, steps[i], "MAX", end / steps[i] * steps[i]);
        }
        free(series[k].values);
    }
    source->close(source);
}

/* ---- a store's life ---- */

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
    recorder_sample(e->r, &e->s, T0 + i * STEP);
    work(e);
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

#define WEB "domains/01010101-0101-0101-0101-010101010101/"
#define DB  "domains/02020202-0202-0202-0202-020202020202/"

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
    for (uint64_t i = 0; i < 10; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        add_domain(e, 8, 2, 1000 * i);
        record(e, i);
    }
    reopen(e);
    assert_true(recorder_last(e->r) == T0 + 90);
    for (uint64_t i = 10; i < 20; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        record(e, i);
    }
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

/* A dead domain's files go in time, the living stay. */
static void old_dead(void **state)
{
    struct env *e = *state;
    struct journal_entry gone;
    struct stat st;

    e->config.keep_dead_s = 200;
    reopen(e);
    for (uint64_t i = 0; i < 40; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        if (i < 10)
            add_domain(e, 8, 2, 1000 * i);
        record(e, i);
        assert_int_equal(fstatat(e->folder->fd, DB "domain.rrd", &st, 0), i <= 29 ? 0 : -1);
    }
    assert_int_equal(fstatat(e->folder->fd, WEB "domain.rrd", &st, 0), 0);
    assert_int_equal(told(e, EVENT_REMOVED, &gone), 1);
    assert_string_equal(gone.event.name, "db");
    assert_int_equal(gone.event.uuid.bytes[0], 2);
    assert_int_equal(fstatat(e->folder->fd, "domains/02020202-0202-0202-0202-020202020202", &st, 0),
                     -1);
}

/* The one that died first goes first; a store of the living alone stays, and says so once. */
static void size_limit(void **state)
{
    struct env *e = *state;
    struct recorder_state all, after;
    struct stat st;

    e->config.max_bytes = 1;
    reopen(e);
    for (uint64_t i = 0; i < 10; i++) {
        sample_begin(e, i);
        add_domain(e, 7, 1, 1000 * i);
        add_domain(e, 8, 2, 1000 * i);
        record(e, i);
    }
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
        snapshot_add_pcpu(&e->s, 0)->idle_ns = 1000 * i;
        if (i >= 10)
            snapshot_add_pcpu(&e->s, 5)->idle_ns = 3000 * i;
        record(e, i);
    }
    for (uint64_t i = 1; i < 20; i++) {
        assert_near(value(e, WEB "vcpus.rrd", "cpu_ns_0", T0 + i * STEP), 100, 1e-9);
        assert_near(value(e, "pcpus.rrd", "idle_ns_0", T0 + i * STEP), 100, 1e-9);
        if (i > 11) {
            assert_near(value(e, WEB "vcpus.rrd", "cpu_ns_3", T0 + i * STEP), 200, 1e-9);
            assert_near(value(e, "pcpus.rrd", "idle_ns_5", T0 + i * STEP), 300, 1e-9);
            assert_nan(value(e, "pcpus.rrd", "idle_ns_3", T0 + i * STEP));
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_day),    TEST(identities), TEST(device_away),  TEST(restart),   TEST(damage),
        TEST(old_dead), TEST(size_limit), TEST(oldest_first), TEST(more_cpus), TEST(not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
