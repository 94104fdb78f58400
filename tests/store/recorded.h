/*
 * recorded: a recorder on a folder of its own for tests, and its files read as rrdtool does.
 */
#ifndef DOMTOP_TESTS_RECORDED_H
#define DOMTOP_TESTS_RECORDED_H

#include "folder.h"
#include "unit.h"

#include <rrd.h>

#include "base.h"
#include "store/recorder.h"

#define T0   UINT64_C(1795317120) /* a whole minute */
#define STEP 10

struct env {
    struct folder *folder;
    struct recorder_config config;
    struct recorder *r;
    struct snapshot s;
    uint64_t seq;
    /* The sampler's side: what it compares each sample with. */
    struct events events;
    struct snapshot last;
    bool begun;
};

static inline int setup(void **state)
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

static inline void reopen(struct env *e)
{
    int err = 0;

    if (e->r)
        recorder_close(e->r);
    e->r = recorder_open(&e->config, &err);
    assert_int_equal(err, 0);
    assert_non_null(e->r);
    events_release(&e->events);
    events_init(&e->events, 512);
    e->events.final = true;
    snapshot_reset(&e->last);
    e->begun = false;
}

/* Tell the recorder what happened since the sample before, as a sampler does. */
static inline void tell_happened(struct env *e)
{
    if (!e->begun && e->s.have & PART(ENTITY_DOMAIN)) {
        recorder_begin(e->r, &e->s, e->s.wall_ns);
        e->begun = true;
    }
    for (size_t age = events_compare(&e->events, &e->last, &e->s); age-- > 0;)
        recorder_happened(e->r, events_get(&e->events, age), 1);
    snapshot_copy(&e->last, &e->s);
}

static inline int teardown(void **state)
{
    struct env *e = *state;
    void *folder = e->folder;

    if (e->r)
        recorder_close(e->r);
    snapshot_release(&e->s);
    snapshot_release(&e->last);
    events_release(&e->events);
    folder_drop(&folder);
    free(e);
    return 0;
}

static inline void work(struct env *e)
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

static inline void fetch(struct env *e, struct fetched *f, const char *path, const char *cf,
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

static inline void fetched_release(struct fetched *f)
{
    for (size_t i = 0; i < f->count; i++)
        rrd_freemem(f->names[i]);
    rrd_freemem(f->names);
    rrd_freemem(f->data);
}

/* The value of the row that ends at t. */
static inline double at(const struct fetched *f, const char *name, uint64_t t)
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

static inline double value(struct env *e, const char *path, const char *name, uint64_t t)
{
    struct fetched f;

    fetch(e, &f, path, "AVERAGE", t - STEP, t, STEP);
    double v = at(&f, name, t);
    fetched_release(&f);
    return v;
}

#endif
