/* store_read: see store_read.h. */
#include "store_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "../base.h"

struct device_kind {
    const char *dir; /* below /libxl/<domid>/device */
    /* below dom0's backend tree, where the toolstack has no tree of its own */
    const char *backends[4];
    const char *nodes[STORE_NODES]; /* names of the values */
};

/* So often the wait for an answer is broken off to see whether it is to go on. */
#define WAIT_MS 100
/* How often guests' agents are read: those that say something, those that are booting, others. */
#define AGENT_NS        (10 * NS_PER_S)
#define AGENT_BOOT_NS   (20 * NS_PER_S)
#define AGENT_SILENT_NS (300 * NS_PER_S)
#define BOOT_NS         (300 * NS_PER_S)

#define MIB UINT64_C(1048576)
/* The year 2286: later than that is no time, and too much for nanoseconds. */
#define TIME_MAX_S UINT64_C(9999999999)

static const struct device_kind kinds[STORE_KINDS] = {
    [STORE_VIF] = {"vif", {"vif"}, {"mac", "bridge", "script", "vifname"}},
    [STORE_VBD] = {"vbd", {"vbd", "vbd3", "qdisk", "tap"}, {"dev", "type", "params", "mode"}},
};

bool store_device_node(const char *name)
{
    for (int kind = 0; kind < STORE_KINDS; kind++)
        for (int n = 0; n < STORE_NODES; n++)
            if (!strcmp(kinds[kind].nodes[n], name))
                return true;
    return false;
}

void store_busy(struct store_access *a, bool busy)
{
    atomic_store(&a->busy_since, busy ? clock_mono_ns() : 0);
}

uint64_t store_busy_for(struct store_access *a)
{
    uint64_t since = atomic_load(&a->busy_since), now = clock_mono_ns();
    return since && now > since ? now - since : 0;
}

const char *store_ask(struct store_access *a, const char *path)
{
    const char *value = NULL;

    if (a->lost)
        return NULL;
    store_busy(a, true);
    int err = store_conn_ask(&a->conn, path);
    if (!err)
        do
            err = store_conn_answer(&a->conn, WAIT_MS, &value);
        while (err == -ETIMEDOUT && !atomic_load(&a->stop));
    store_busy(a, false);
    a->lost = err != 0;
    if (!err)
        a->answered_ns = clock_mono_ns();
    return value;
}

static char *read_node(struct store_access *a, const char *path)
{
    unsigned len = 0;

    if (a->lost)
        return NULL;
    store_busy(a, true);
    char *value = xs_read(a->xs, XBT_NULL, path, &len);
    int err = errno;
    store_busy(a, false);
    if (!value && err != ENOENT && err != EACCES && err != EINVAL)
        a->lost = true;
    return value;
}

static char *node(struct store_access *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static char *node(struct store_access *a, const char *fmt, ...)
{
    char path[STORE_PATH];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(path, sizeof(path), fmt, ap);
    va_end(ap);
    return read_node(a, path);
}

/* A value made safe; frees the raw one. */
static char *safe(char *raw)
{
    char *text = raw ? collector_text(raw, strlen(raw)) : NULL;
    free(raw);
    return text;
}

uint64_t store_parse_kib(const char *text)
{
    char *end;

    if (!text || *text < '0' || *text > '9')
        return UNKNOWN;
    errno = 0;
    uint64_t kib = strtoull(text, &end, 10);
    return errno || *end || kib > UINT64_MAX / 2048 ? UNKNOWN : kib * 1024;
}

uint64_t store_parse_time(const char *text)
{
    uint64_t s = 0, fraction = 0, unit = NS_PER_S;

    if (!text || *text < '0' || *text > '9')
        return UNKNOWN;
    for (; *text >= '0' && *text <= '9'; text++) {
        s = s * 10 + (uint64_t)(*text - '0');
        if (s > TIME_MAX_S)
            return UNKNOWN;
    }
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9' && unit > 1; text++) {
            unit /= 10;
            fraction += (uint64_t)(*text - '0') * unit;
        }
    return *text ? UNKNOWN : s * NS_PER_S + fraction;
}

static uint64_t memory_bytes(struct store_access *a, uint64_t domid, const char *name)
{
    char *raw = node(a, "/local/domain/%" PRIu64 "/memory/%s", domid, name);
    uint64_t bytes = store_parse_kib(raw);

    free(raw);
    return bytes;
}

static uint64_t agent_bytes(struct store_access *a, uint64_t domid, const char *name)
{
    char path[STORE_PATH];

    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/data/%s", domid, name);
    return store_parse_kib(store_ask(a, path));
}

static void devices_release(struct store_devices *d)
{
    for (size_t i = 0; i < d->count; i++)
        for (int n = 0; n < STORE_NODES; n++)
            free(d->at[i].values[n]);
    free(d->at);
    *d = (struct store_devices){0};
}

/*
 * Where the toolstack says a device's backend is, when that is a backend of this very device:
 * nobody but the toolstack writes below /libxl, and a path of another shape is not followed.
 */
static bool backend_of(struct store_access *a, uint64_t domid, const struct device_kind *kind,
                       const char *id, char path[STORE_PATH])
{
    char *said = node(a, "/libxl/%" PRIu64 "/device/%s/%s/backend", domid, kind->dir, id);
    unsigned owner = 0;
    int end = 0;
    bool good = false;

    if (said && sscanf(said, "/local/domain/%u/backend/%n", &owner, &end) == 1 && end)
        for (size_t b = 0; b < ARRAY_LEN(kind->backends) && kind->backends[b] && !good; b++) {
            snprintf(path, STORE_PATH, "/local/domain/%u/backend/%s/%" PRIu64 "/%.20s", owner,
                     kind->backends[b], domid, id);
            good = !strcmp(path, said);
        }
    free(said);
    return good;
}

static void add_device(struct store_access *a, struct store_devices *out, int kind, uint64_t id,
                       const char *backend)
{
    struct store_device *d = &out->at[out->count++];

    *d = (struct store_device){.id = id};
    for (int v = 0; backend && v < STORE_NODES; v++)
        d->values[v] = safe(node(a, "%s/%s", backend, kinds[kind].nodes[v]));
}

/* The devices named below a folder; true when it is there. Their backends are where the toolstack
 * says, or, for lack of one, below that folder itself. */
static bool read_folder(struct store_access *a, struct store_devices *out, int kind, uint64_t domid,
                        const char *folder, bool toolstack)
{
    char backend[STORE_PATH];
    unsigned n = 0;

    if (a->lost)
        return false;
    store_busy(a, true);
    char **ids = xs_directory(a->xs, XBT_NULL, folder, &n);
    int err = errno;
    store_busy(a, false);
    if (!ids) {
        if (err != ENOENT && err != EACCES)
            a->lost = true;
        return false;
    }
    out->at = xreallocarray(out->at, out->count + n + 1, sizeof(*out->at));
    for (unsigned i = 0; i < n; i++) {
        char *end;
        uint64_t id = strtoull(ids[i], &end, 10);
        if (end == ids[i] || *end)
            continue;
        bool there = true;
        if (toolstack)
            there = backend_of(a, domid, &kinds[kind], ids[i], backend);
        else
            snprintf(backend, sizeof(backend), "%.120s/%.20s", folder, ids[i]);
        add_device(a, out, kind, id, there ? backend : NULL);
    }
    free(ids);
    return true;
}

static void read_devices(struct store_access *a, struct store_entry *e, int kind)
{
    char folder[STORE_PATH / 2];

    e->devices[kind] = (struct store_devices){0};
    snprintf(folder, sizeof(folder), "/libxl/%" PRIu64 "/device/%s", e->domid, kinds[kind].dir);
    if (read_folder(a, &e->devices[kind], kind, e->domid, folder, true))
        return;
    /* No libxl: another toolstack, whose backends in dom0 are as trustworthy. */
    for (size_t b = 0; b < ARRAY_LEN(kinds[kind].backends) && kinds[kind].backends[b]; b++) {
        snprintf(folder, sizeof(folder), "/local/domain/0/backend/%s/%" PRIu64,
                 kinds[kind].backends[b], e->domid);
        read_folder(a, &e->devices[kind], kind, e->domid, folder, false);
    }
}

static void read_vm(struct store_access *a, struct store_entry *e)
{
    static const struct uuid none;

    /* dom0 has none; of others Xen knows it as a rule. */
    if (e->domid == 0 || memcmp(&e->uuid, &none, sizeof(none)) != 0)
        return;
    char *vm = node(a, "/local/domain/%" PRIu64 "/vm", e->domid);
    if (vm && !strncmp(vm, "/vm/", 4))
        uuid_parse(vm + 4, &e->vm);
    free(vm);
}

/* The toolstack's own record: a guest may read it, not write it. */
static void read_start(struct store_access *a, struct store_entry *e)
{
    static const struct uuid none;
    bool known = memcmp(&e->uuid, &none, sizeof(none)) != 0;
    char uuid[UUID_TEXT];

    if (e->domid == 0)
        return;
    uuid_format(known ? &e->uuid : &e->vm, uuid);
    char *text = node(a, "/vm/%s/start_time", uuid);
    e->start_ns = store_parse_time(text);
    free(text);
}

void store_read(struct store_access *a, struct store_entry *fresh, unsigned parts)
{
    if (parts & STORE_NAME) {
        fresh->name = safe(node(a, "/local/domain/%" PRIu64 "/name", fresh->domid));
        read_vm(a, fresh);
    }
    if (parts & STORE_TARGET) {
        fresh->target_bytes = memory_bytes(a, fresh->domid, "target");
        fresh->video_bytes = memory_bytes(a, fresh->domid, "videoram");
    }
    for (int kind = 0; parts & STORE_DEVICES && kind < STORE_KINDS; kind++)
        read_devices(a, fresh, kind);
    /* It is written after the name and before the devices are connected, which are watched. */
    if (parts & STORE_DEVICES)
        read_start(a, fresh);
    if (parts & STORE_AGENT) {
        fresh->guest_free_bytes = agent_bytes(a, fresh->domid, "meminfo_free");
        fresh->guest_mem_bytes = fresh->guest_free_bytes == UNKNOWN
                                     ? UNKNOWN
                                     : agent_bytes(a, fresh->domid, "meminfo_total");
    }
}

struct store_entry *store_entry_new(uint64_t domid, const struct uuid *uuid)
{
    struct store_entry *e = xcalloc(1, sizeof(*e));

    *e = (struct store_entry){.domid = domid,
                              .uuid = *uuid,
                              .start_ns = UNKNOWN,
                              .target_bytes = UNKNOWN,
                              .video_bytes = UNKNOWN,
                              .seen_ns = clock_mono_ns(),
                              .guest_mem_bytes = UNKNOWN,
                              .guest_free_bytes = UNKNOWN,
                              .dirty = STORE_NAME | STORE_TARGET | STORE_DEVICES};
    return e;
}

void store_entry_free(struct store_entry *e)
{
    for (int kind = 0; kind < STORE_KINDS; kind++)
        devices_release(&e->devices[kind]);
    free(e->name);
    free(e);
}

void store_entry_take(struct store_entry *e, struct store_entry *fresh, unsigned parts)
{
    if (parts & STORE_NAME) {
        e->vm = fresh->vm;
        if (fresh->name || !e->kept) {
            free(e->name);
            e->name = fresh->name;
        }
    }
    if (parts & STORE_TARGET && (fresh->target_bytes != UNKNOWN || !e->kept)) {
        e->target_bytes = fresh->target_bytes;
        e->video_bytes = fresh->video_bytes;
    }
    for (int kind = 0; parts & STORE_DEVICES && kind < STORE_KINDS; kind++) {
        if (e->kept && !fresh->devices[kind].count) {
            devices_release(&fresh->devices[kind]);
            continue;
        }
        devices_release(&e->devices[kind]);
        e->devices[kind] = fresh->devices[kind];
    }
    if (parts & STORE_AGENT) {
        e->guest_mem_bytes = fresh->guest_mem_bytes;
        e->guest_free_bytes = fresh->guest_free_bytes;
    }
    if (parts & STORE_DEVICES && (fresh->start_ns != UNKNOWN || !e->kept))
        e->start_ns = fresh->start_ns;
    if (parts & STORE_DEVICES)
        e->kept = false; /* the last part read after a connection broke */
}

void store_entry_drop(const struct store_entry *e, struct store_entry *fresh, unsigned parts)
{
    (void)e;
    if (parts & STORE_NAME)
        free(fresh->name);
    for (int kind = 0; parts & STORE_DEVICES && kind < STORE_KINDS; kind++)
        devices_release(&fresh->devices[kind]);
}

/* Whether a balloon driver has done what it was told: pages it cannot give up do not count. */
static bool agrees(uint64_t current, uint64_t target)
{
    uint64_t apart = current > target ? current - target : target - current;
    return apart <= target / 64 + 2 * MIB;
}

uint64_t store_balloon(struct store_entry *e, uint64_t mem_bytes, uint64_t now)
{
    uint64_t video = e->video_bytes == UNKNOWN ? 0 : e->video_bytes;

    if (e->target_bytes == UNKNOWN || e->target_bytes == 0 || mem_bytes == UNKNOWN)
        return UNKNOWN;
    if (!e->agreed_ns || agrees(mem_bytes - MIN(video, mem_bytes), e->target_bytes))
        e->agreed_ns = now;
    return now > e->agreed_ns ? now - e->agreed_ns : 0;
}

uint64_t store_agent_pause(const struct store_entry *e, uint64_t mono, uint64_t wall)
{
    bool old = e->start_ns != UNKNOWN && wall > e->start_ns && wall - e->start_ns >= BOOT_NS;

    if (e->guest_free_bytes != UNKNOWN)
        return AGENT_NS;
    /* One that was there before is not known to boot, whatever dom0's clock says. Each time as long
     * again as it has been silent: a thousand of them cost nothing to speak of. */
    uint64_t silent = mono - e->seen_ns;
    return silent < BOOT_NS && !old ? MAX(silent, AGENT_BOOT_NS) : AGENT_SILENT_NS;
}
