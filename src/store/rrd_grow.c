/*
 * rrd_grow: more data sources for a file, see rrd_file_grow() in rrd.h.
 *
 * librrd makes a file of the new sources alone, as if last updated when the old one was; the two
 * are then put together column by column. So all that was recorded stays to the bit, what is under
 * way in the old file goes on, and what is under way in the new sources is librrd's own beginning.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#define RRD_EXPORT_DEPRECATED /* the shape of the file, with it */
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "rrd_private.h"

/* Buffered writing to the file under way. */
struct out {
    int fd, err;
    struct text text;
};

static void flush(struct out *o)
{
    if (!o->err)
        o->err = files_write(o->fd, o->text.data, o->text.len);
    text_clear(&o->text);
}

static void put(struct out *o, const void *data, size_t len)
{
    text_add(&o->text, data, len);
    if (o->text.len > (1u << 16))
        flush(o);
}

/* Taking a head apart, part by part. */
static const char *take(const char **head, size_t bytes)
{
    const char *part = *head;

    *head += bytes;
    return part;
}

static void merge_heads(struct out *o, const struct rrdcheck *a, const struct rrdcheck *b)
{
    const char *p = a->data, *q = b->data;
    stat_head_t first;

    memcpy(&first, take(&p, sizeof(first)), sizeof(first));
    take(&q, sizeof(first));
    first.ds_cnt = a->sources + b->sources;
    put(o, &first, sizeof(first));
    put(o, take(&p, a->sources * sizeof(ds_def_t)), a->sources * sizeof(ds_def_t));
    put(o, take(&q, b->sources * sizeof(ds_def_t)), b->sources * sizeof(ds_def_t));
    put(o, take(&p, a->rras * sizeof(rra_def_t)), a->rras * sizeof(rra_def_t));
    take(&q, b->rras * sizeof(rra_def_t));
    put(o, take(&p, sizeof(live_head_t)), sizeof(live_head_t));
    take(&q, sizeof(live_head_t));
    put(o, take(&p, a->sources * sizeof(pdp_prep_t)), a->sources * sizeof(pdp_prep_t));
    put(o, take(&q, b->sources * sizeof(pdp_prep_t)), b->sources * sizeof(pdp_prep_t));
    for (size_t i = 0; i < a->rras; i++) {
        put(o, take(&p, a->sources * sizeof(cdp_prep_t)), a->sources * sizeof(cdp_prep_t));
        put(o, take(&q, b->sources * sizeof(cdp_prep_t)), b->sources * sizeof(cdp_prep_t));
    }
    put(o, take(&p, a->rras * sizeof(rra_ptr_t)), a->rras * sizeof(rra_ptr_t));
}

/* Rows of the old one, each followed by as many unknowns as there are new sources. */
static void merge_rows(struct out *o, const struct rrdcheck *a, int fd, size_t more)
{
    size_t width = a->sources * sizeof(double);
    double *unknown = xcalloc(more, sizeof(*unknown));
    char *row = xmalloc(width);
    uint64_t rows = (a->file_bytes - a->head_bytes) / width;

    for (size_t i = 0; i < more; i++)
        unknown[i] = NAN;
    for (uint64_t r = 0; r < rows && !o->err; r++) {
        ssize_t n = pread(fd, row, width, (off_t)(a->head_bytes + r * width));
        if (n != (ssize_t)width)
            o->err = n < 0 ? -errno : -EIO;
        put(o, row, width);
        put(o, unknown, more * sizeof(*unknown));
    }
    flush(o);
    free(row);
    free(unknown);
}

static bool same_archives(const struct rrdcheck *a, const struct rrdcheck *b)
{
    if (a->rras != b->rras || a->step_s != b->step_s || a->last_s != b->last_s)
        return false;
    for (size_t i = 0; i < a->rras; i++) {
        struct rrdcheck_rra x = rrdcheck_rra(a, i), y = rrdcheck_rra(b, i);
        if (strcmp(x.cf, y.cf) != 0 || x.rows != y.rows || x.steps != y.steps)
            return false;
    }
    return true;
}

/* The old file and the one of new sources into a third. */
static int merge(struct rrd_store *store, const char *old, const char *extra, const char *to)
{
    struct rrdcheck a, b;
    struct out o = {.fd = -1};
    int err = 0, fd = openat(store->dir, old, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    void *head_a = rrdcheck_file(&a, store->dir, old, &err), *head_b = NULL;

    if (head_a)
        head_b = rrdcheck_file(&b, store->dir, extra, &err);
    if (fd < 0)
        err = -errno;
    else if (head_b && !same_archives(&a, &b))
        err = -EINVAL;
    if (!err) {
        unlinkat(store->dir, to, 0);
        o.fd = openat(store->dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        o.err = o.fd < 0 ? -errno : 0;
        merge_heads(&o, &a, &b);
        merge_rows(&o, &a, fd, b.sources);
        /* It takes the place of what cannot be had again. */
        if (!o.err && fdatasync(o.fd))
            o.err = -errno;
        err = o.err;
    }
    if (o.fd >= 0)
        close(o.fd);
    if (fd >= 0)
        close(fd);
    free(head_a);
    free(head_b);
    text_release(&o.text);
    return err;
}

int rrd_file_grow(struct rrd_store *store, struct rrd_file *f, uint64_t members)
{
    char extra[RRD_TEMP], to[RRD_TEMP + 8];
    struct stat before, after;
    struct rrdcheck c;
    size_t count;
    int err;
    struct rrd_column *columns = rrd_lacking(f, members, &count);
    rrd_cached_forget(store, f);
    void *head = rrdcheck_file(&c, store->dir, f->path, &err);

    if (head && count) {
        rrd_temp(f, extra);
        snprintf(to, sizeof(to), "%s.new", extra);
        uint64_t bytes = store->bytes;
        err = rrd_make(store, f, columns, count, c.last_s, extra);
        store->bytes = bytes;
        if (!err)
            err = merge(store, f->path, extra, to);
        unlinkat(store->dir, extra, 0);
        if (!err && !fstatat(store->dir, f->path, &before, AT_SYMLINK_NOFOLLOW) &&
            !fstatat(store->dir, to, &after, AT_SYMLINK_NOFOLLOW))
            store->bytes += (uint64_t)(after.st_blocks - before.st_blocks) * 512;
        if (!err && renameat(store->dir, to, store->dir, f->path))
            err = -errno;
        if (err)
            unlinkat(store->dir, to, 0);
        else
            err = rrd_file_open(store, f);
    }
    if (err)
        snprintf(store->message, sizeof(store->message), "%s: adding data sources failed: %s",
                 f->path, strerror(-err));
    free(head);
    free(columns);
    return err;
}
