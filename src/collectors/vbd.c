/*
 * vbd: counters of each vbd, and how busy what lies behind it is.
 *
 * blkback's counters are five files a vbd in sysfs, kept open and read in place. For most hosts
 * that is what a sample costs, so they are left alone while nothing can have moved: every request
 * of a blkback ends in dom0's account of the block device behind it, which is read anyway for its
 * latency. A vbd on a device whose account cannot be relied on, or was seen to stand still
 * while counters moved, is read in full. tapdisk3 keeps a record in shared memory. Those of
 * device models are listed here and counted by qdisk.c.
 *
 * Devices are looked for when the kernel says that some came or went (uevents), and now and then.
 */
#include <dirent.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../base.h"
#include "collector.h"
#include "vbd_dev.h"

#define RESCAN    64              /* samples until devices are looked for without being told */
#define CHECK     64              /* samples until a vbd at rest was read all the same */
#define NEWS_MOST 256             /* datagrams of news taken in one sample */
#define FILES     ((rlim_t)65536) /* descriptors that are enough for 1000 domains of ten vbds */

struct vbds {
    struct mnl_socket *news;
    DIR *bus;
    struct dev **devs; /* by domid and number */
    size_t count, cap;
    struct backs backs;
    unsigned rescan_in, turn;
    char buffer[8192];
};

/* Five descriptors a vbd are more than a shell's usual limit allows, and more than the kernel's own
 * hard limit of 4096 where no service manager raised it, which root may. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FILES)
        return;
    rlim_t hard = limit.rlim_max;
    limit.rlim_cur = limit.rlim_max = MAX(hard, FILES);
    if (setrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max = hard;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int vbd_open(void **state, char message[COLLECTOR_MESSAGE])
{
    struct vbds *v = xcalloc(1, sizeof(*v));

    raise_file_limit();
    v->news = mnl_socket_open2(NETLINK_KOBJECT_UEVENT, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!v->news || mnl_socket_bind(v->news, 1, MNL_SOCKET_AUTOPID) < 0) {
        int err = errno ? errno : EIO;
        snprintf(message, COLLECTOR_MESSAGE, "no socket for the kernel's device events: %s",
                 strerror(err));
        if (v->news)
            mnl_socket_close(v->news);
        free(v);
        return -err;
    }
    *state = v;
    return 0;
}

static void vbd_close(void *state)
{
    struct vbds *v = state;

    for (size_t i = 0; i < v->count; i++)
        dev_free(v->devs[i]);
    backs_release(&v->backs);
    free(v->devs);
    if (v->bus)
        closedir(v->bus);
    mnl_socket_close(v->news);
    free(v);
}

/* ---- looking for devices ---- */

static uint64_t backend_of(const char *kind)
{
    static const struct {
        const char *kind;
        enum vbd_backend backend;
    } kinds[] = {
        {"vbd", VBD_BLKBACK}, {"tap", VBD_BLKTAP}, {"vbd3", VBD_TAPDISK3}, {"qdisk", VBD_QDISK}};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(kinds[i].kind, kind))
            return kinds[i].backend;
    return UNKNOWN;
}

static int by_identity(const void *a, const void *b)
{
    const struct dev *x = *(struct dev *const *)a, *y = *(struct dev *const *)b;

    if (x->name.domid != y->name.domid)
        return x->name.domid < y->name.domid ? -1 : 1;
    if (x->name.id != y->name.id)
        return x->name.id < y->name.id ? -1 : 1;
    return (x->backend > y->backend) - (x->backend < y->backend);
}

static void dev_found(struct vbds *v, const struct backend_name *name, size_t sorted)
{
    struct dev key = {.name = *name, .backend = backend_of(name->kind)}, *wanted = &key, **found;

    if (key.backend == UNKNOWN)
        return;
    found = sorted ? bsearch(&wanted, v->devs, sorted, sizeof(struct dev *), by_identity) : NULL;
    struct dev *d = found ? *found : xcalloc(1, sizeof(*d));
    if (!found) {
        *d = key;
        d->tap.fd = -1;
        array_reserve(&v->devs, &v->cap, v->count + 1, sizeof(struct dev *));
        v->devs[v->count++] = d;
    }
    d->used = true;
    dev_again(d);
}

static struct tapdisk *tapdisk_of(void *ctx, uint64_t domid, uint64_t id)
{
    struct vbds *v = ctx;
    struct dev key = {.name = {.domid = domid, .id = id}, .backend = VBD_TAPDISK3}, *wanted = &key;
    struct dev **found = bsearch(&wanted, v->devs, v->count, sizeof(struct dev *), by_identity);

    return found ? &(*found)->tap : NULL;
}

/* Once for all tapdisks, when one of them has no record. */
static void find_records(struct vbds *v)
{
    bool missing = false;

    for (size_t i = 0; i < v->count; i++) {
        struct tapdisk *t = &v->devs[i]->tap;
        if (v->devs[i]->backend != VBD_TAPDISK3 || tapdisk_there(t))
            continue;
        tapdisk_close(t);
        missing = true;
    }
    if (missing)
        tapdisk_look(tapdisk_of, v);
}

static void forget_unused(struct vbds *v)
{
    size_t kept = 0;

    for (size_t i = 0; i < v->count; i++) {
        if (v->devs[i]->used)
            v->devs[kept++] = v->devs[i];
        else
            dev_free(v->devs[i]);
    }
    v->count = kept;
    for (size_t i = 0; i < v->backs.count; i++)
        v->backs.at[i]->used = false;
    for (size_t i = 0; i < v->count; i++)
        if (v->devs[i]->back)
            v->devs[i]->back->used = true;
    backs_forget_unused(&v->backs);
}

/* qsort would take memory to find that out. */
static bool in_order(const struct vbds *v)
{
    for (size_t i = 1; i < v->count; i++)
        if (by_identity(&v->devs[i - 1], &v->devs[i]) > 0)
            return false;
    return true;
}

static int rescan(struct vbds *v)
{
    const struct dirent *entry;
    struct backend_name name;
    size_t sorted = v->count;

    if (!v->bus && !(v->bus = opendir(VBD_BUS)))
        return -errno;
    rewinddir(v->bus);
    for (size_t i = 0; i < v->count; i++)
        v->devs[i]->used = false;
    while ((entry = readdir(v->bus)))
        if (backend_name_parse(entry->d_name, &name))
            dev_found(v, &name, sorted);
    forget_unused(v);
    if (!in_order(v))
        qsort(v->devs, v->count, sizeof(struct dev *), by_identity);
    find_records(v);
    v->rescan_in = RESCAN;
    return 0;
}

static void take_news(struct vbds *v)
{
    for (int i = 0; i < NEWS_MOST; i++) {
        ssize_t n = mnl_socket_recvfrom(v->news, v->buffer, sizeof(v->buffer));
        if (n < 0 && errno == EAGAIN)
            return;
        /* An overflow is news too. */
        if (n < 0 || memmem(v->buffer, (size_t)n, "xen-backend", strlen("xen-backend")))
            v->rescan_in = 0;
    }
}

/* ---- into the snapshot ---- */

static void fill_counters(struct vbd *row, const struct dev *d)
{
    const uint64_t *c = d->counters;

    row->oo_reqs = c[OO];
    row->rd_reqs = c[RD];
    row->wr_reqs = c[WR];
    row->rd_bytes = c[RD_SECT] == UNKNOWN ? UNKNOWN : c[RD_SECT] * 512;
    row->wr_bytes = c[WR_SECT] == UNKNOWN ? UNKNOWN : c[WR_SECT] * 512;
}

static void fill_back(struct vbd *row, const struct back *b)
{
    row->back_users = b->users;
    if (!back_told(b))
        return;
    row->back_queue = b->stat.in_flight;
    row->back_busy_ns = b->stat.busy_ns;
    row->rd_lat_ns = b->rd_lat;
    row->wr_lat_ns = b->wr_lat;
}

static void fill_tapdisk(struct vbd *row, struct tapdisk *t)
{
    if (!tapdisk_read(t))
        return;
    row->oo_reqs = t->now.oo_reqs;
    row->rd_reqs = t->now.rd_reqs;
    row->wr_reqs = t->now.wr_reqs;
    row->rd_bytes = t->now.rd_bytes;
    row->wr_bytes = t->now.wr_bytes;
    row->back_queue = t->now.rd_reqs + t->now.wr_reqs -
                      MIN(t->now.rd_done + t->now.wr_done, t->now.rd_reqs + t->now.wr_reqs);
    row->rd_lat_ns = t->rd_lat;
    row->wr_lat_ns = t->wr_lat;
    row->rd_time_ns = t->now.rd_ns;
    row->wr_time_ns = t->now.wr_ns;
}

static void add_vbd(struct snapshot *s, struct dev *d)
{
    strref back = d->back ? snapshot_add_cstr(s, d->back->name) : 0;
    struct vbd *row = snapshot_add_vbd(s, d->name.domid, d->name.id);

    row->backend = d->backend;
    row->back_dev = back;
    if (d->known)
        fill_counters(row, d);
    if (d->back)
        fill_back(row, d->back);
    if (d->backend == VBD_TAPDISK3)
        fill_tapdisk(row, &d->tap);
}

static int vbd_collect(void *state, struct snapshot *s, unsigned want,
                       char message[COLLECTOR_MESSAGE])
{
    struct vbds *v = state;
    size_t starved = 0;

    (void)want;
    take_news(v);
    int err = v->rescan_in-- ? 0 : rescan(v);
    /* Without Xen's bus there is no vbd, and nothing wrong. */
    if (err && err != -ENOENT) {
        v->rescan_in = 0;
        snprintf(message, COLLECTOR_MESSAGE, "%s: %s", VBD_BUS, strerror(-err));
        return err;
    }
    s->read_ns[ENTITY_VBD] = clock_mono_ns();
    backs_read(&v->backs);
    for (size_t i = 0; i < v->backs.count; i++)
        v->backs.at[i]->users = 0;
    for (size_t i = 0; i < v->count; i++) {
        struct dev *d = v->devs[i];
        if (d->backend == VBD_BLKBACK || d->backend == VBD_BLKTAP)
            dev_read(d, &v->backs, (i + v->turn) % CHECK == 0);
        if (d->back)
            d->back->users++;
        starved += d->starved;
    }
    v->turn++;
    for (size_t i = 0; i < v->count; i++)
        add_vbd(s, v->devs[i]);
    s->have |= PART(ENTITY_VBD);
    if (!starved)
        return 0;
    snprintf(message, COLLECTOR_MESSAGE,
             "no descriptors left: the counters of %zu vbds are unknown; raise the limit "
             "(`ulimit -n`)",
             starved);
    return -EMFILE;
}

const struct collector collector_vbd = {
    .name = "vbd",
    .about = "counters of vbds and of the devices behind them, from sysfs and tapdisk3",
    .fills = "vbd: id backend oo_reqs rd_reqs wr_reqs rd_bytes wr_bytes back_dev back_users "
             "back_queue back_busy rd_lat wr_lat rd_time wr_time",
    .parts = PART(ENTITY_VBD),
    .open = vbd_open,
    .collect = vbd_collect,
    .close = vbd_close,
};
