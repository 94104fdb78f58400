/*
 * rrd_back: time taken back in a file, see rrd_file_back() in rrd.h.
 *
 * The file is copied, its later rows made unknown, and its head set to where the time that stays
 * ends: the newest row of each archive, and what is under way of the next one, worked out anew from
 * the finest rows.
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

struct back {
    const struct rrdcheck *c; /* as it was */
    char *head;               /* a copy, being changed */
    int fd;                   /* of the copy of the file */
    uint64_t to_s;            /* the end of the time that stays */
    double *finest;           /* rows of the finest means, and their archive */
    struct rrdcheck_rra fine;
};

static int copy_file(int from, int to)
{
    char piece[1 << 16];
    ssize_t n;

    while ((n = read(from, piece, sizeof(piece)))) {
        if (n < 0 && errno == EINTR)
            continue;
        int err = n < 0 ? -errno : files_write(to, piece, (size_t)n);
        if (err)
            return err;
    }
    return 0;
}

static uint64_t each_s(const struct back *b, const struct rrdcheck_rra *a)
{
    return a->steps * b->c->step_s;
}

/* How many rows of an archive are later. */
static uint64_t later_rows(const struct back *b, const struct rrdcheck_rra *a)
{
    return b->c->last_s / each_s(b, a) - b->to_s / each_s(b, a);
}

static int forget_rows(const struct back *b, const struct rrdcheck_rra *a)
{
    size_t width = b->c->sources * sizeof(double);
    uint64_t later = MIN(later_rows(b, a), a->rows);
    double *unknown = xmalloc(width);
    int err = 0;

    for (size_t i = 0; i < b->c->sources; i++)
        unknown[i] = NAN;
    for (uint64_t i = 0; i < later && !err; i++) {
        uint64_t row = (a->newest + a->rows - i) % a->rows;
        ssize_t n = pwrite(b->fd, unknown, width, (off_t)(a->offset + row * width));
        if (n != (ssize_t)width)
            err = n < 0 ? -errno : -ENOSPC;
    }
    free(unknown);
    return err;
}

/* The finest mean of a source that ends at that time. */
static double fine_value(const struct back *b, size_t source, uint64_t end_s)
{
    uint64_t newest_s = b->c->last_s - b->c->last_s % b->c->step_s;
    uint64_t age = (newest_s - end_s) / b->c->step_s;

    if (age >= b->fine.rows)
        return NAN;
    return b->finest[(b->fine.newest + b->fine.rows - age) % b->fine.rows * b->c->sources + source];
}

/* What is under way of an archive's next row, as librrd counts it. */
static void under_way(const struct back *b, const struct rrdcheck_rra *a, size_t source,
                      cdp_prep_t *prep)
{
    uint64_t step_s = b->c->step_s, steps = b->to_s % each_s(b, a) / step_s, known = 0;
    bool sums = !strcmp(a->cf, "AVERAGE"), least = !strcmp(a->cf, "MIN");
    double so_far = NAN;

    /* A row may stand for any time, as its file says: the finest rows are not more than they are.
     */
    for (uint64_t n = MIN(steps, b->fine.rows); n-- > 0;) {
        double v = fine_value(b, source, b->to_s - n * step_s);
        if (isnan(v))
            continue;
        known++;
        if (isnan(so_far))
            so_far = v;
        else if (sums)
            so_far += v;
        else if (strcmp(a->cf, "LAST") == 0 || (least ? v < so_far : v > so_far))
            so_far = v;
    }
    prep->scratch[CDP_val].u_val = so_far;
    prep->scratch[CDP_unkn_pdp_cnt].u_cnt = steps - known;
}

static void change_head(struct back *b)
{
    const struct rrdcheck *c = b->c;
    char *at = b->head + sizeof(stat_head_t) + c->sources * sizeof(ds_def_t) +
               c->rras * sizeof(rra_def_t);
    live_head_t *live = (void *)at;
    pdp_prep_t *pdp = (void *)(at + sizeof(*live));
    cdp_prep_t *cdp = (void *)(pdp + c->sources);
    rra_ptr_t *newest = (void *)(cdp + c->sources * c->rras);

    live->last_up = (time_t)b->to_s;
    live->last_up_usec = 0;
    for (size_t i = 0; i < c->sources; i++) {
        memset(&pdp[i], 0, sizeof(pdp[i]));
        strcpy(pdp[i].last_ds, "U");
        pdp[i].scratch[PDP_unkn_sec_cnt].u_cnt = b->to_s % c->step_s;
    }
    for (size_t i = 0; i < c->rras; i++) {
        struct rrdcheck_rra a = rrdcheck_rra(c, i);
        uint64_t later = later_rows(b, &a) % a.rows;
        for (size_t s = 0; s < c->sources; s++)
            under_way(b, &a, s, &cdp[i * c->sources + s]);
        newest[i].cur_row = (a.newest + a.rows - later) % a.rows;
    }
}

static int read_finest(struct back *b)
{
    for (size_t i = 0; i < b->c->rras; i++) {
        b->fine = rrdcheck_rra(b->c, i);
        if (b->fine.steps == 1 && !strcmp(b->fine.cf, "AVERAGE")) {
            size_t bytes = (size_t)b->fine.rows * b->c->sources * sizeof(double);
            b->finest = xmalloc(bytes);
            ssize_t n = pread(b->fd, b->finest, bytes, (off_t)b->fine.offset);
            return n == (ssize_t)bytes ? 0 : n < 0 ? -errno : -EIO;
        }
    }
    b->fine.rows = 0;
    return 0;
}

static int change(struct back *b, const void *head)
{
    int err = read_finest(b);

    for (size_t i = 0; i < b->c->rras && !err; i++) {
        struct rrdcheck_rra a = rrdcheck_rra(b->c, i);
        err = forget_rows(b, &a);
    }
    if (err)
        return err;
    b->head = xmalloc(b->c->head_bytes);
    memcpy(b->head, head, b->c->head_bytes);
    change_head(b);
    ssize_t n = pwrite(b->fd, b->head, b->c->head_bytes, 0);
    if (n != (ssize_t)b->c->head_bytes)
        return n < 0 ? -errno : -ENOSPC;
    /* It takes the place of what cannot be had again. */
    return fdatasync(b->fd) ? -errno : 0;
}

int rrd_file_back(struct rrd_store *store, struct rrd_file *f, uint64_t time_s)
{
    char to[RRD_TEMP];
    struct rrdcheck c;
    struct back b = {.c = &c, .fd = -1, .to_s = time_s - store->step_s};
    int err, from = -1;

    rrd_cached_forget(store, f);
    void *head = rrdcheck_file(&c, store->dir, f->path, &err);
    rrd_temp(f, to);
    if (head && c.last_s > b.to_s) {
        unlinkat(store->dir, to, 0);
        from = openat(store->dir, f->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        b.fd = from < 0 ? -1 : openat(store->dir, to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        err = b.fd < 0 ? -errno : copy_file(from, b.fd);
        if (!err)
            err = change(&b, head);
        if (!err && renameat(store->dir, to, store->dir, f->path))
            err = -errno;
        if (err)
            unlinkat(store->dir, to, 0);
    }
    if (err)
        snprintf(store->message, sizeof(store->message), "%s: taking its time back failed: %s",
                 f->path, strerror(-err));
    if (b.fd >= 0)
        close(b.fd);
    if (from >= 0)
        close(from);
    free(b.head);
    free(b.finest);
    free(head);
    return err;
}
