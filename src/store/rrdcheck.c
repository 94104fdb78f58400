/* rrdcheck: see rrdcheck.h. The shape of the file is <rrd_format.h>'s. */
#include "rrdcheck.h"

#include <errno.h>
#include <fcntl.h>
#define RRD_EXPORT_DEPRECATED /* the shape of the file, with it */
#include <rrd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base.h"

/* Seconds since 1970: 2000 to the year 10000, far from any overflow in librrd. */
#define EARLIEST INT64_C(946684800)
#define LATEST   INT64_C(253402300800)
#define MOST_S   (UINT64_C(100) * 366 * 86400) /* a row stands for no longer */

/* The lowest bit of a time that does harm; and a file is written so soon after its last sample, or
 * within a step. */
#define FLIPPED   INT64_C(4096)
#define WRITTEN_S UINT64_C(300)

struct parts {
    const stat_head_t *head;
    const ds_def_t *ds;
    const rra_def_t *rra;
    const live_head_t *live;
    const pdp_prep_t *pdp;
    const rra_ptr_t *ptr;
};

static uint64_t head_bytes(uint64_t ds, uint64_t rra)
{
    return sizeof(stat_head_t) + ds * sizeof(ds_def_t) + rra * sizeof(rra_def_t) +
           sizeof(live_head_t) + ds * sizeof(pdp_prep_t) + ds * rra * sizeof(cdp_prep_t) +
           rra * sizeof(rra_ptr_t);
}

static struct parts parts_of(const struct rrdcheck *c)
{
    const char *p = c->data;
    struct parts parts;

    parts.head = (const void *)p;
    p += sizeof(*parts.head);
    parts.ds = (const void *)p;
    p += c->sources * sizeof(*parts.ds);
    parts.rra = (const void *)p;
    p += c->rras * sizeof(*parts.rra);
    parts.live = (const void *)p;
    p += sizeof(*parts.live);
    parts.pdp = (const void *)p;
    p += c->sources * sizeof(*parts.pdp) + c->sources * c->rras * sizeof(cdp_prep_t);
    parts.ptr = (const void *)p;
    return parts;
}

long rrdcheck_head(const void *data, size_t len)
{
    stat_head_t h;

    if (len < sizeof(h))
        return -EBADMSG;
    memcpy(&h, data, sizeof(h));
    if (memcmp(h.cookie, "RRD", 4) != 0 || memcmp(h.version, "0003", 5) != 0 ||
        h.float_cookie != FLOAT_COOKIE || h.ds_cnt < 1 || h.ds_cnt > RRDCHECK_MAX_SOURCES ||
        h.rra_cnt < 1 || h.rra_cnt > RRDCHECK_MAX_RRAS || h.pdp_step < 1 || h.pdp_step > MOST_S)
        return -EBADMSG;
    return (long)head_bytes(h.ds_cnt, h.rra_cnt);
}

static bool one_of(const char *text, size_t cap, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strnlen(text, cap) < cap && !strcmp(text, words[i]))
            return true;
    return false;
}

static bool good_source(const ds_def_t *ds, const pdp_prep_t *pdp)
{
    static const char *const types[] = {"GAUGE", "DERIVE", "COUNTER", "ABSOLUTE"};
    size_t len = strnlen(ds->ds_nam, sizeof(ds->ds_nam));

    if (len < 1 || len == sizeof(ds->ds_nam) ||
        strspn(ds->ds_nam, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            len)
        return false;
    return one_of(ds->dst, sizeof(ds->dst), types, ARRAY_LEN(types)) &&
           ds->par[DS_mrhb_cnt].u_cnt >= 1 && ds->par[DS_mrhb_cnt].u_cnt <= MOST_S &&
           strnlen(pdp->last_ds, sizeof(pdp->last_ds)) < sizeof(pdp->last_ds);
}

static bool good_rra(const rra_def_t *rra, const rra_ptr_t *ptr, const struct rrdcheck *c)
{
    static const char *const cfs[] = {"AVERAGE", "MAX", "MIN", "LAST"};
    double xff = rra->par[RRA_cdp_xff_val].u_val;
    uint64_t room = (c->file_bytes - c->head_bytes) / c->sources / sizeof(rrd_value_t);

    return one_of(rra->cf_nam, sizeof(rra->cf_nam), cfs, ARRAY_LEN(cfs)) && rra->row_cnt >= 1 &&
           rra->row_cnt <= room && rra->pdp_cnt >= 1 && rra->pdp_cnt <= MOST_S / c->step_s &&
           xff >= 0 && xff < 1 && ptr->cur_row < rra->row_cnt;
}

int rrdcheck(struct rrdcheck *c, const void *data, size_t len, uint64_t file_bytes)
{
    long need = rrdcheck_head(data, len);
    uint64_t rows = 0;

    *c = (struct rrdcheck){0};
    if (need < 0 || (size_t)need > len || (uint64_t)need > file_bytes)
        return -EBADMSG;
    const stat_head_t *h = data;
    *c = (struct rrdcheck){.data = data,
                           .step_s = h->pdp_step,
                           .sources = h->ds_cnt,
                           .rras = h->rra_cnt,
                           .head_bytes = (uint64_t)need,
                           .file_bytes = file_bytes};
    struct parts p = parts_of(c);
    if (p.live->last_up < EARLIEST || p.live->last_up > LATEST || p.live->last_up_usec < 0 ||
        p.live->last_up_usec > 999999)
        return -EBADMSG;
    c->last_s = (uint64_t)p.live->last_up;
    for (size_t i = 0; i < c->sources; i++)
        if (!good_source(&p.ds[i], &p.pdp[i]))
            return -EBADMSG;
    for (size_t i = 0; i < c->rras; i++) {
        if (!good_rra(&p.rra[i], &p.ptr[i], c))
            return -EBADMSG;
        rows += p.rra[i].row_cnt;
    }
    return file_bytes == c->head_bytes + rows * c->sources * sizeof(rrd_value_t) ? 0 : -EBADMSG;
}

bool rrdcheck_in_time(const struct rrdcheck *c, int64_t written_s)
{
    int64_t last_s = (int64_t)c->last_s, about_s = (int64_t)MAX(WRITTEN_S, c->step_s);

    if (last_s <= written_s + 2 * about_s)
        return true;
    for (int64_t bit = FLIPPED; bit <= LATEST; bit *= 2) {
        int64_t off_s = (last_s & ~bit) - written_s;
        if (last_s & bit && off_s <= about_s && off_s >= -about_s)
            return false;
    }
    return true;
}

struct rrdcheck_source rrdcheck_source(const struct rrdcheck *c, size_t i)
{
    struct parts p = parts_of(c);
    const ds_def_t *ds = &p.ds[i];

    return (struct rrdcheck_source){ds->ds_nam, strcmp(ds->dst, "GAUGE") != 0, p.pdp[i].last_ds};
}

struct rrdcheck_rra rrdcheck_rra(const struct rrdcheck *c, size_t i)
{
    struct parts p = parts_of(c);
    struct rrdcheck_rra r = {p.rra[i].cf_nam, p.rra[i].row_cnt, p.rra[i].pdp_cnt, p.ptr[i].cur_row,
                             c->head_bytes};

    for (size_t before = 0; before < i; before++)
        r.offset += p.rra[before].row_cnt * c->sources * sizeof(rrd_value_t);
    return r;
}

static int read_head(int fd, void **out, struct rrdcheck *c)
{
    char first[RRDCHECK_FIRST];
    struct stat st;
    long need;

    if (fstat(fd, &st))
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EBADMSG;
    ssize_t n = pread(fd, first, sizeof(first), 0);
    if (n < 0)
        return -errno;
    need = rrdcheck_head(first, (size_t)n);
    if (need < 0 || need > st.st_size)
        return -EBADMSG;
    *out = xmalloc((size_t)need);
    n = pread(fd, *out, (size_t)need, 0);
    if (n < 0)
        return -errno;
    int err = rrdcheck(c, *out, (size_t)n, (uint64_t)st.st_size);
    return err || rrdcheck_in_time(c, st.st_mtime) ? err : -EBADMSG;
}

void *rrdcheck_file(struct rrdcheck *c, int dir, const char *path, int *err)
{
    int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    void *head = NULL;

    if (fd < 0) {
        /* A symbolic link where a file of ours was is no file of ours. */
        *err = errno == ELOOP ? -EBADMSG : -errno;
        return NULL;
    }
    *err = read_head(fd, &head, c);
    close(fd);
    if (*err) {
        free(head);
        return NULL;
    }
    return head;
}
