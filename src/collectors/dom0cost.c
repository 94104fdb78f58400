/*
 * dom0cost: what each guest costs dom0: cpu time of its netback and blkback threads, its device
 * model and its tapdisks.
 *
 * Threads are found in the process table, which is looked through now and then and when the devices
 * changed, a few hundred names then and none in between; the ones that serve somebody are read in
 * each sample through descriptors kept open. A kernel thread's time is in nanoseconds (schedstat);
 * a process of several threads has ticks only (stat).
 *
 * What a thread used before it ended stays in its guest's sum: counters must not fall when a guest
 * connects its disk anew. A guest with a device that has carried something, and nobody found who
 * works for it, costs what is not known.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base.h"
#include "collector.h"
#include "procstat.h"

#define LOOK_NS  (10 * NS_PER_S) /* between two looks through the process table */
#define HASTY_NS (1 * NS_PER_S)  /* the same when devices changed, or one carries something */
#define YOUNG_NS (5 * NS_PER_S)  /* a process may yet become another program */
#define KINDS    (SERVES_TAP + 1)
#define VIFS     64 /* bits in a set of a guest's vifs, which have few */

struct worker {
    unsigned long pid;
    int fd;
    enum served_as as;
    uint64_t domid, vif, ns, counted;
    bool ticks; /* fd is a stat, not a schedstat */
    bool fresh; /* not read yet */
};

struct cost {
    uint64_t domid;
    struct uuid uuid;
    uint64_t ns[KINDS];
    bool found[KINDS]; /* somebody works for it as this, or did */
    uint64_t vifs;     /* those whose netback was found, a bit each */
    bool used, sampled;
};

struct dom0cost {
    struct worker *workers; /* by pid */
    size_t count, cap;
    struct cost *costs; /* by domid */
    size_t cost_count, cost_cap;
    unsigned long *others; /* pids that serve nobody and never will, ascending */
    size_t other_count, other_cap;
    unsigned long *before; /* the same at the look before; scratch */
    size_t before_cap;
    DIR *proc;
    uint64_t looked_ns, tick_ns;
    size_t devices; /* at the last look, those of `unfound` twice */
    size_t unfound; /* devices that nobody was found for */
};

static int dom0cost_open(void **state, char message[COLLECTOR_MESSAGE])
{
    struct dom0cost *c = xcalloc(1, sizeof(*c));
    long ticks = sysconf(_SC_CLK_TCK);

    (void)message;
    c->tick_ns = NS_PER_S / (uint64_t)(ticks > 0 ? ticks : 100);
    *state = c;
    return 0;
}

static void dom0cost_close(void *state)
{
    struct dom0cost *c = state;

    for (size_t i = 0; i < c->count; i++)
        close(c->workers[i].fd);
    free(c->workers);
    free(c->costs);
    free(c->others);
    free(c->before);
    if (c->proc)
        closedir(c->proc);
    free(c);
}

/* ---- who works for whom ---- */

static ssize_t read_proc(int proc, unsigned long pid, const char *file, char *text, size_t cap)
{
    char path[64];

    snprintf(path, sizeof(path), "%lu/%s", pid, file);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, cap);
    if (fd >= 0)
        close(fd);
    return n;
}

/* A tapdisk says whom it serves in no command line: by the names of its records, in a folder that
 * must be root's, as anybody may make one there. */
static enum served_as tapdisk_serves(unsigned long pid, uint64_t *domid)
{
    char path[64];
    enum served_as as = SERVES_NOBODY;
    struct stat st;

    snprintf(path, sizeof(path), "/dev/shm/td3-%lu", pid);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    const struct dirent *entry;
    unsigned owner;
    while (dir && as == SERVES_NOBODY && (entry = readdir(dir)))
        if (sscanf(entry->d_name, "vbd-%u-", &owner) == 1) {
            *domid = owner;
            as = SERVES_TAP;
        }
    if (dir)
        closedir(dir);
    return as;
}

/*
 * Whose netback has this name: the interface's that is called so now, else what the kernel called
 * it first. Where the two are at odds, or two domains' names are cut to the same, nobody's: better
 * unknown than another's.
 */
static enum served_as netback_serves(const struct snapshot *s, const char *comm, struct worker *w)
{
    const struct vif *found = NULL;
    uint64_t domid, id;
    bool first = thread_name_parse(comm, &domid, &id) == SERVES_NET;

    for (size_t i = 0; i < s->vif_count; i++) {
        const struct vif *v = &s->vifs[i];
        if (!v->dev || !thread_name_of_vif(comm, snapshot_str(s, v->dev)))
            continue;
        if (found && (found->domid != v->domid || found->id != v->id))
            return SERVES_NOBODY;
        found = v;
    }
    if (found && first && (found->domid != domid || found->id != id))
        return SERVES_NOBODY;
    if (!found && !first)
        return SERVES_NOBODY;
    w->domid = found ? found->domid : domid;
    w->vif = found ? found->id : id;
    return SERVES_NET;
}

/* undecided: who serves nobody may yet. A device model is its toolstack's process until it is
 * executed, a tapdisk has its records when it is given a disk, a thread gets its name a moment
 * late, and the interface it is named after may not be known yet. */
static enum served_as identify(const struct dom0cost *c, const struct snapshot *s, struct worker *w,
                               bool *kernel, bool *undecided)
{
    char text[4096];
    struct procstat stat;
    int proc = dirfd(c->proc);
    ssize_t n = read_proc(proc, w->pid, "stat", text, sizeof(text));

    if (n <= 0 || !procstat_parse(text, (size_t)n, &stat))
        return SERVES_NOBODY;
    *kernel = stat.kernel;
    *undecided = stat.start * c->tick_ns + YOUNG_NS > clock_boot_ns();
    if (stat.kernel && thread_name_any_vif(stat.comm)) {
        *undecided = true;
        return netback_serves(s, stat.comm, w);
    }
    if (stat.kernel)
        return thread_name_parse(stat.comm, &w->domid, &w->vif);
    if (!strncmp(stat.comm, "tapdisk", 7)) {
        *undecided = true;
        return tapdisk_serves(w->pid, &w->domid);
    }
    if (!strstr(stat.comm, "qemu"))
        return SERVES_NOBODY;
    n = read_proc(proc, w->pid, "cmdline", text, sizeof(text));
    return n > 0 ? command_line_parse(text, (size_t)n, &w->domid) : SERVES_NOBODY;
}

static int by_pid(const void *a, const void *b)
{
    unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;
    return (x > y) - (x < y);
}

/* A worker begins with its pid. */
_Static_assert(offsetof(struct worker, pid) == 0, "by_pid() compares it");

/* Add it when it serves somebody. False when it serves nobody and never will. */
static bool worker_add(struct dom0cost *c, const struct snapshot *s, unsigned long pid)
{
    struct worker w = {.pid = pid, .fd = -1, .fresh = true};
    char path[64];
    bool kernel = false, undecided = true;

    w.as = identify(c, s, &w, &kernel, &undecided);
    if (w.as == SERVES_NOBODY)
        return undecided;
    w.ticks = !kernel;
    snprintf(path, sizeof(path), "%lu/%s", pid, kernel ? "schedstat" : "stat");
    w.fd = openat(dirfd(c->proc), path, O_RDONLY | O_CLOEXEC);
    if (w.fd < 0)
        return true; /* it has ended, or there is no descriptor left: not known for good */
    array_reserve(&c->workers, &c->cap, c->count + 1, sizeof(*c->workers));
    c->workers[c->count++] = w;
    return true;
}

/* qsort would take memory to find out that all is in order, as the kernel lists them. */
static void sort_by_pid(void *rows, size_t count, size_t size)
{
    for (size_t i = 1; i < count; i++)
        if (by_pid((char *)rows + (i - 1) * size, (char *)rows + i * size) > 0) {
            qsort(rows, count, size, by_pid);
            return;
        }
}

static int look(struct dom0cost *c, const struct snapshot *s)
{
    const struct dirent *entry;
    size_t known = c->other_count, others = 0, workers = c->count;

    if (!c->proc && !(c->proc = opendir("/proc")))
        return -errno;
    rewinddir(c->proc);
    array_reserve(&c->before, &c->before_cap, known, sizeof(*c->before));
    if (known)
        memcpy(c->before, c->others, known * sizeof(*c->before));
    while ((entry = readdir(c->proc))) {
        char *end;
        unsigned long pid = strtoul(entry->d_name, &end, 10);
        if (*end || !pid ||
            (workers && bsearch(&pid, c->workers, workers, sizeof(*c->workers), by_pid)))
            continue;
        /* One that served nobody is asked again only when it was missing from a look. */
        bool asked = known && bsearch(&pid, c->before, known, sizeof(pid), by_pid);
        if (!asked && worker_add(c, s, pid))
            continue;
        array_reserve(&c->others, &c->other_cap, others + 1, sizeof(*c->others));
        c->others[others++] = pid;
    }
    c->other_count = others;
    sort_by_pid(c->others, others, sizeof(*c->others));
    sort_by_pid(c->workers, c->count, sizeof(*c->workers));
    return 0;
}

/* ---- what they use ---- */

/* False when it has ended. */
static bool worker_read(const struct dom0cost *c, struct worker *w)
{
    char text[1024];
    ssize_t n = pread(w->fd, text, sizeof(text), 0);
    struct procstat stat;
    uint64_t ns = UNKNOWN;

    if (n > 0 && !w->ticks)
        ns = schedstat_parse(text, (size_t)n);
    else if (n > 0 && procstat_parse(text, (size_t)n, &stat))
        ns = (stat.user + stat.system) * c->tick_ns;
    if (ns == UNKNOWN)
        return false;
    w->ns = MAX(w->ns, ns);
    return true;
}

static struct cost *cost_find(struct dom0cost *c, uint64_t domid)
{
    size_t low = 0, high = c->cost_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c->costs[mid].domid < domid)
            low = mid + 1;
        else
            high = mid;
    }
    return low < c->cost_count && c->costs[low].domid == domid ? &c->costs[low] : NULL;
}

static int by_domid(const void *a, const void *b)
{
    const struct cost *x = a, *y = b;
    return (x->domid > y->domid) - (x->domid < y->domid);
}

/* Bring the costs in line with the domains. A new domain starts at nothing. */
static void match_costs(struct dom0cost *c, const struct snapshot *s)
{
    size_t kept = 0, known = c->cost_count;
    bool added = false;

    for (size_t i = 0; i < known; i++)
        c->costs[i].used = false;
    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = &s->domains[i];
        if (d->domid == 0)
            continue;
        c->cost_count = known;
        struct cost *cost = cost_find(c, d->domid);
        if (cost && memcmp(&cost->uuid, &d->uuid, sizeof(d->uuid)) != 0)
            *cost = (struct cost){.domid = d->domid, .uuid = d->uuid};
        if (cost)
            cost->used = true;
        added |= !cost;
    }
    c->cost_count = known;
    for (size_t i = 0; i < known; i++)
        if (c->costs[i].used)
            c->costs[kept++] = c->costs[i];
    c->cost_count = known = kept;
    if (!added)
        return;
    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = &s->domains[i];
        size_t count = c->cost_count;
        c->cost_count = known;
        bool there = d->domid == 0 || cost_find(c, d->domid);
        c->cost_count = count;
        if (there)
            continue;
        array_reserve(&c->costs, &c->cost_cap, count + 1, sizeof(*c->costs));
        c->costs[c->cost_count++] = (struct cost){.domid = d->domid, .uuid = d->uuid};
    }
    qsort(c->costs, c->cost_count, sizeof(*c->costs), by_domid);
}

static uint64_t vif_bit(uint64_t id)
{
    return UINT64_C(1) << id % VIFS;
}

static void account(struct dom0cost *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->count; i++) {
        struct worker *w = &c->workers[i];
        bool lives = worker_read(c, w);
        struct cost *cost = cost_find(c, w->domid);
        /* One found late has used what nobody saw: better too little than a spike. */
        if (w->fresh && cost && cost->sampled)
            w->counted = w->ns;
        w->fresh = false;
        if (cost) {
            cost->ns[w->as] += w->ns - w->counted;
            cost->found[w->as] = true;
            cost->vifs |= w->as == SERVES_NET ? vif_bit(w->vif) : 0;
        }
        w->counted = w->ns;
        if (lives)
            c->workers[kept++] = *w;
        else
            close(w->fd);
    }
    c->count = kept;
}

/* Whether a counter says that there was something; a device that has not come to that costs
 * nothing, whoever will work for it. */
static bool some(uint64_t counter)
{
    return counter != UNKNOWN && counter;
}

/* How many of its devices somebody must have worked for as this who was not found. */
static void count_unfound(const struct snapshot *s, const struct domain *d, struct cost *cost,
                          size_t unfound[KINDS])
{
    uint64_t there = 0;

    for (uint32_t i = 0; i < d->vif_count; i++) {
        const struct vif *v = &s->vifs[d->vif_first + i];
        there |= vif_bit(v->id);
        if (some(v->rx_packets) || some(v->tx_packets))
            unfound[SERVES_NET] += !(cost->vifs & vif_bit(v->id));
    }
    cost->vifs &= there; /* one that comes under the same number is another */
    for (uint32_t i = 0; i < d->vbd_count; i++) {
        const struct vbd *v = &s->vbds[d->vbd_first + i];
        enum served_as as = v->backend == VBD_BLKBACK    ? SERVES_BLK
                            : v->backend == VBD_TAPDISK3 ? SERVES_TAP
                            : v->backend == VBD_QDISK    ? SERVES_DM
                                                         : SERVES_NOBODY;
        if (as != SERVES_NOBODY && (some(v->rd_reqs) || some(v->wr_reqs)))
            unfound[as] += !cost->found[as];
    }
}

static void fill(struct dom0cost *c, struct snapshot *s)
{
    c->unfound = 0;
    for (size_t i = 0; i < s->domain_count; i++) {
        struct domain *d = &s->domains[i];
        struct cost *cost = cost_find(c, d->domid);
        size_t unfound[KINDS] = {0};
        if (!cost)
            continue;
        cost->sampled = true;
        count_unfound(s, d, cost, unfound);
        d->net_ns = unfound[SERVES_NET] ? UNKNOWN : cost->ns[SERVES_NET];
        d->blk_ns = unfound[SERVES_BLK] ? UNKNOWN : cost->ns[SERVES_BLK];
        d->dm_ns = unfound[SERVES_DM] ? UNKNOWN : cost->ns[SERVES_DM];
        d->tap_ns = unfound[SERVES_TAP] ? UNKNOWN : cost->ns[SERVES_TAP];
        for (int as = 0; as < KINDS; as++)
            c->unfound += unfound[as];
    }
}

static int dom0cost_collect(void *state, struct snapshot *s, unsigned want,
                            char message[COLLECTOR_MESSAGE])
{
    struct dom0cost *c = state;
    uint64_t now = clock_mono_ns();
    size_t devices = s->domain_count + s->vif_count + s->vbd_count + c->unfound;

    (void)want;
    snapshot_seal(s);
    if (!c->looked_ns || now - c->looked_ns > (devices == c->devices ? LOOK_NS : HASTY_NS)) {
        int err = look(c, s);
        if (err) {
            snprintf(message, COLLECTOR_MESSAGE, "/proc: %s", strerror(-err));
            return err;
        }
        c->looked_ns = now;
        c->devices = devices;
    }
    match_costs(c, s);
    account(c);
    fill(c, s);
    return 0;
}

const struct collector collector_dom0cost = {
    .name = "dom0cost",
    .about = "cpu time of dom0's netback, blkback, device model and tapdisk threads, from /proc",
    .fills = "domain: net_ns blk_ns dm_ns tap_ns",
    .parts = PART(ENTITY_VCPU),
    .open = dom0cost_open,
    .collect = dom0cost_collect,
    .close = dom0cost_close,
};
