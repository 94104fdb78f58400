/*
 * recorder_work: what is done between samples, and how a row gets into its file. See
 * recorder_private.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "recorder_private.h"

/* ---- the queue ---- */

void work_add(struct recorder *r, struct subject *s, struct target *t)
{
    bool *queued = s ? &s->queued : &t->queued;

    if (*queued)
        return;
    if (r->work_count == r->work_cap) {
        size_t cap = MAX(64, 2 * r->work_cap);
        struct work *works = xcalloc(cap, sizeof(*works));
        for (size_t i = 0; i < r->work_count; i++)
            works[i] = r->works[(r->work_first + i) % r->work_cap];
        free(r->works);
        r->works = works;
        r->work_first = 0;
        r->work_cap = cap;
    }
    r->works[(r->work_first + r->work_count++) % r->work_cap] = (struct work){s, t};
    *queued = true;
}

static bool belongs(const struct work *w, const struct subject *s)
{
    if (w->subject)
        return w->subject == s;
    if (w->target == &s->domain || w->target == &s->vcpus)
        return true;
    for (size_t i = 0; i < s->device_count; i++)
        if (w->target == s->devices[i])
            return true;
    return false;
}

void work_forget(struct recorder *r, const struct subject *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->work_count; i++) {
        struct work w = r->works[(r->work_first + i) % r->work_cap];
        if (!belongs(&w, s))
            r->works[(r->work_first + kept++) % r->work_cap] = w;
    }
    r->work_count = kept;
}

/* ---- a file ---- */

/* Look for the file at first sight. False when nothing can be recorded to it now. */
static bool target_know(struct recorder *r, struct target *t, uint64_t time_s)
{
    int err;

    if (t->known)
        return true;
    if (t->file.retry_ns > clock_mono_ns())
        return false;
    err = rrd_file_open(&r->store, &t->file);
    bool ahead = !err && t->file.last_s > time_s;
    if (ahead && r->set_aside) {
        err = -EBADMSG;
    } else if (ahead) {
        t->back_s = time_s;
        t->file.last_s = time_s - r->store.step_s;
        work_add(r, NULL, t);
    }
    if (err == -EBADMSG) {
        t->file.open = false;
        t->file.last_s = 0;
        err = recorder_set_aside(r, t->file.path,
                                 ahead ? "it is from the future" : "it is damaged");
        err = err ? err : -ENOENT;
    }
    if (err == -ENOENT)
        rrd_file_plan(&t->file, t->members);
    else if (err) {
        char message[256];
        snprintf(message, sizeof(message), "%s: %s", t->file.path, strerror(-err));
        recorder_failed(r, message);
        t->file.retry_ns = clock_mono_ns() + RETRY_NS;
        return false;
    }
    t->known = true;
    /* Of an older domtop: it lacks what this one can say. */
    if (t->file.open && rrd_file_lacks(&t->file, t->members))
        work_add(r, NULL, t);
    return true;
}

/* The file is not what it was: what waits is for a new one. */
static void target_lost(struct recorder *r, struct target *t, int err)
{
    if (err == -EBADMSG)
        err = recorder_set_aside(r, t->file.path, "it is damaged");
    else
        recorder_failed(r, r->store.message);
    if (err && err != -ENOENT)
        return;
    t->file.open = false;
    t->back_s = 0;
    /* Its columns may be others than a new one's. */
    rrd_file_drop(&r->store, &t->file);
    rrd_file_plan(&t->file, t->members);
    work_add(r, NULL, t);
}

static void target_write(struct recorder *r, struct target *t)
{
    int err = rrd_file_write(&r->store, &t->file);

    if (err == -EBADMSG || err == -ENOENT)
        target_lost(r, t, err);
    else if (err && (err != -EAGAIN || t->file.line_count > 3)) /* readers lock for a moment */
        recorder_failed(r, r->store.message);
    r->lost += t->file.lost;
    t->file.lost = 0;
}

static void target_forget(struct recorder *r, struct target *t)
{
    rrd_file_drop(&r->store, &t->file);
    t->file.open = t->known = false;
    t->file.last_s = t->file.retry_ns = t->seen_s = t->back_s = 0;
}

static void target_last(struct recorder *r, struct target *t)
{
    if (t->file.open)
        target_write(r, t);
}

void targets_write(struct recorder *r)
{
    target_last(r, &r->host);
    target_last(r, &r->pcpus);
    for (size_t i = 0; i < r->alive_count; i++) {
        struct subject *s = r->alive[i];
        target_last(r, &s->domain);
        target_last(r, &s->vcpus);
        for (size_t k = 0; k < s->device_count; k++)
            target_last(r, s->devices[k]);
    }
}

void targets_forget(struct recorder *r)
{
    target_forget(r, &r->host);
    target_forget(r, &r->pcpus);
    for (size_t i = 0; i < r->subject_count; i++) {
        struct subject *s = r->subjects[i];
        target_forget(r, &s->domain);
        target_forget(r, &s->vcpus);
        for (size_t k = 0; k < s->device_count; k++)
            target_forget(r, s->devices[k]);
    }
}

static int make_folders(struct recorder *r, const char *path)
{
    char folder[LAYOUT_PATH];
    char *slash;
    int fd;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (!slash)
        return 0;
    *slash = '\0';
    fd = files_folder(r->store.dir, LAYOUT_DOMAINS);
    if (fd >= 0) {
        close(fd);
        fd = files_folder(r->store.dir, folder);
    }
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int target_make(struct recorder *r, struct target *t)
{
    struct rrd_file *f = &t->file;
    int err;

    if (!f->line_count)
        return 0; /* nothing to write yet: with the next sample */
    err = make_folders(r, f->path);
    if (!err)
        err = rrd_file_create(&r->store, f, t->members, strtoull(f->lines.data, NULL, 10));
    else
        snprintf(r->store.message, sizeof(r->store.message), "%s: %s", f->path, strerror(-err));
    if (err == -EEXIST) { /* somebody put it back */
        rrd_file_drop(&r->store, f);
        t->known = false;
        return 0;
    }
    if (!err)
        target_write(r, t);
    return err;
}

static int target_back(struct recorder *r, struct target *t)
{
    int err = rrd_file_back(&r->store, &t->file, t->back_s);

    if (err == -EBADMSG || err == -ENOENT)
        target_lost(r, t, err);
    else if (err)
        return err;
    t->back_s = 0;
    return 0;
}

static int target_work(struct recorder *r, struct target *t)
{
    int err = t->back_s ? target_back(r, t) : 0;

    if (err)
        return err;
    if (!t->file.open)
        return target_make(r, t);
    if (!rrd_file_lacks(&t->file, t->members))
        return 0;
    /* What waits has the columns the file has now. */
    target_write(r, t);
    return t->file.line_count ? -EAGAIN : rrd_file_grow(&r->store, &t->file, t->members);
}

/* What is only late is done rather than lines given up for it: samples that were held come many at
 * once. */
static void target_hurry(struct recorder *r, struct target *t)
{
    if (t->file.line_count + 4 > RRD_LINES && (t->back_s || !t->file.open) &&
        t->file.retry_ns <= clock_mono_ns() && target_work(r, t)) {
        recorder_failed(r, r->store.message);
        t->file.retry_ns = clock_mono_ns() + RETRY_NS;
    }
}

void target_record(struct recorder *r, struct target *t, uint64_t time_s, enum rrd_past past,
                   const void *(*record)(void *arg, uint64_t index), void *arg)
{
    target_hurry(r, t);
    if (!target_know(r, t, time_s))
        return;
    rrd_file_add(&r->store, &t->file, time_s, past, record, arg);
    t->seen_s = time_s;
    if (t->file.open && !t->back_s)
        target_write(r, t);
    if (!t->file.open || t->back_s ||
        (t->members > t->file.members && rrd_file_lacks(&t->file, t->members)))
        work_add(r, NULL, t);
}

int recorder_describe(struct recorder *r, struct about *about, const char *path)
{
    uint64_t before = files_bytes(r->store.dir, path);
    int err = about_write(about, r->store.dir, path);

    if (!err)
        r->store.bytes += files_bytes(r->store.dir, path) - before;
    return err;
}

static int subject_work(struct recorder *r, struct subject *s)
{
    char path[2 * LAYOUT_PATH];
    int err;

    layout_domain(path, &s->uuid);
    strcat(path, "/" LAYOUT_DOMAIN);
    err = make_folders(r, path);
    if (!err)
        err = recorder_describe(r, &s->about, path);
    if (err)
        snprintf(r->store.message, sizeof(r->store.message), "%s: %s", path, strerror(-err));
    else if (!s->alive && !s->open_life)
        about_release(&s->about);
    return err;
}

/* ---- a piece ---- */

static struct work take_first(struct recorder *r)
{
    struct work w = r->works[r->work_first];

    r->work_first = (r->work_first + 1) % r->work_cap;
    r->work_count--;
    if (w.subject)
        w.subject->queued = false;
    else
        w.target->queued = false;
    return w;
}

bool recorder_work(struct recorder *r)
{
    struct work w = {0};
    uint64_t now = clock_mono_ns();
    int err;

    if (!r->work_count)
        return retention_apply(r);
    /* What is to wait keeps nothing from being done. */
    for (size_t most = r->work_count; most; most--) {
        w = take_first(r);
        if (w.subject || w.target->file.retry_ns <= now)
            break;
        work_add(r, NULL, w.target);
        w.target = NULL;
    }
    if (!w.subject && !w.target)
        return false;
    err = w.subject ? subject_work(r, w.subject) : target_work(r, w.target);
    if (!err)
        return true;
    recorder_failed(r, r->store.message);
    if (!w.subject)
        w.target->file.retry_ns = now + RETRY_NS;
    work_add(r, w.subject, w.target);
    return !w.subject;
}
