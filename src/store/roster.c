/* roster: see roster.h. */
#include "roster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

static void window_init(const struct roster *r, struct window *w, enum entity entity,
                        const struct uuid *uuid, uint64_t id)
{
    *w = (struct window){.entity = entity, .id = id, .cf = r->cf};
    layout_rrd(w->path, entity, uuid, id);
}

void roster_init(struct roster *r, int dir, struct fetch *fetch, enum fetch_cf cf)
{
    *r = (struct roster){.dir = dir, .fetch = fetch, .cf = cf, .about_err = -ENOENT};
    window_init(r, &r->host, ENTITY_HOST, NULL, 0);
    window_init(r, &r->pcpus, ENTITY_PCPU, NULL, 0);
    about_init(&r->about, ENTITY_HOST, NULL);
}

static void devices_release(struct roster_domain *d)
{
    for (size_t i = 0; i < d->device_count; i++)
        window_release(&d->devices[i]);
    d->device_count = 0;
}

static void domain_free(struct roster_domain *d)
{
    devices_release(d);
    free(d->devices);
    window_release(&d->self);
    window_release(&d->vcpus);
    about_release(&d->about);
    free(d);
}

void roster_release(struct roster *r)
{
    for (size_t i = 0; i < r->count; i++)
        domain_free(r->domains[i]);
    free(r->domains);
    window_release(&r->host);
    window_release(&r->pcpus);
    about_release(&r->about);
}

static int by_uuid(const void *a, const void *b)
{
    const struct roster_domain *const *x = a, *const *y = b;
    return memcmp(&(*x)->uuid, &(*y)->uuid, sizeof(struct uuid));
}

struct roster_domain *roster_find(const struct roster *r, const struct uuid *uuid)
{
    struct roster_domain key = {.uuid = *uuid}, *p = &key, **found;

    if (!r->count)
        return NULL;
    found = bsearch(&p, r->domains, r->count, sizeof(*r->domains), by_uuid);
    return found ? *found : NULL;
}

/* ---- a domain's folder ---- */

static int by_device(const void *a, const void *b)
{
    const struct window *x = a, *y = b;

    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void add_device(const struct roster *r, struct roster_domain *d, const char *name)
{
    enum entity entity;
    uint64_t id;
    size_t same = 0;

    if (!layout_rrd_parse(name, &entity, &id) || layout_is_set(entity) || entity == ENTITY_DOMAIN)
        return;
    for (size_t i = 0; i < d->device_count; i++)
        same += d->devices[i].entity == entity;
    if (same >= ROSTER_DEVICES)
        return;
    array_reserve(&d->devices, &d->device_cap, d->device_count + 1, sizeof(*d->devices));
    window_init(r, &d->devices[d->device_count++], entity, &d->uuid, id);
}

static DIR *open_list(int dir, const char *path)
{
    int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);

    if (!list && fd >= 0)
        close(fd);
    return list;
}

static void list_devices(struct roster *r, struct roster_domain *d)
{
    char path[LAYOUT_PATH];
    struct dirent *entry;

    layout_domain(path, &d->uuid);
    DIR *list = open_list(r->dir, path);
    /* What was kept of each file stays with it when the list is the same. */
    struct window *old = d->devices;
    size_t old_count = d->device_count;
    d->devices = NULL;
    d->device_count = d->device_cap = 0;
    while (list && (entry = readdir(list)))
        add_device(r, d, entry->d_name);
    if (list)
        closedir(list);
    if (d->device_count)
        qsort(d->devices, d->device_count, sizeof(*d->devices), by_device);
    for (size_t i = 0, k = 0; i < old_count; i++) {
        while (k < d->device_count && by_device(&d->devices[k], &old[i]) < 0)
            k++;
        if (k < d->device_count && by_device(&d->devices[k], &old[i]) == 0)
            d->devices[k] = old[i];
        else
            window_release(&old[i]);
    }
    free(old);
}

static int read_about(struct roster *r, struct about *about, enum entity entity, const char *path)
{
    about_release(about);
    int err = about_read(about, entity, r->dir, path);
    bool system = err != -EPROTONOSUPPORT && err != -EFBIG && err != -ELOOP && err != -EINVAL;
    if (err && err != -ENOENT)
        fetch_bad_add(r->fetch, path, system ? err : -EBADMSG,
                      err == -EPROTONOSUPPORT ? "a later domtop wrote it" : "it cannot be read");
    else
        fetch_bad_drop(r->fetch, path);
    return err;
}

void roster_refresh_domain(struct roster *r, struct roster_domain *d)
{
    char path[LAYOUT_PATH];

    layout_domain(path, &d->uuid);
    struct window_stamp now = window_stamp(r->dir, path);
    /* Files in it are replaced, never written over: then the folder changes too. */
    if (window_same(&now, &d->stamp))
        return;
    d->stamp = now;
    d->described = false;
    list_devices(r, d);
}

#define DESCRIPTION (LAYOUT_PATH + sizeof(LAYOUT_DOMAIN) + 1)

static void description(const struct roster_domain *d, char out[DESCRIPTION])
{
    char path[LAYOUT_PATH];

    layout_domain(path, &d->uuid);
    snprintf(out, DESCRIPTION, "%s/%s", path, LAYOUT_DOMAIN);
}

void roster_describe(struct roster *r, struct roster_domain *d)
{
    char path[DESCRIPTION];

    roster_refresh_domain(r, d);
    if (d->described)
        return;
    description(d, path);
    d->about_err = read_about(r, &d->about, ENTITY_DOMAIN, path);
    d->described = true;
}

/* The longest part of a text that is written down as it is. */
static const char *plain_part(const char *text, size_t *len)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const char *found = text;

    *len = 0;
    for (const char *at = text; *at;) {
        size_t n = strspn(at, plain);
        if (n > *len) {
            *len = n;
            found = at;
        }
        at += n ? n : 1;
    }
    return found;
}

bool roster_may_mention(const struct roster *r, const struct roster_domain *d, const char *text)
{
    char path[DESCRIPTION];
    struct text raw = {0};
    size_t len;
    const char *part = plain_part(text, &len);

    description(d, path);
    bool may = !files_read(r->dir, path, ABOUT_MOST, &raw) && raw.len &&
               memmem(raw.data, raw.len, part, len);
    text_release(&raw);
    return may;
}

/* ---- the folder of domains ---- */

static struct roster_domain *domain_new(const struct roster *r, const struct uuid *uuid)
{
    struct roster_domain *d = xcalloc(1, sizeof(*d));

    d->uuid = *uuid;
    d->about_err = -ENOENT;
    about_init(&d->about, ENTITY_DOMAIN, uuid);
    window_init(r, &d->self, ENTITY_DOMAIN, uuid, 0);
    window_init(r, &d->vcpus, ENTITY_VCPU, uuid, 0);
    return d;
}

/* The domain that a folder's name stands for: one that is known, or a new one behind those. */
static void see_domain(struct roster *r, size_t *more, const char *name)
{
    struct uuid uuid;
    char again[UUID_TEXT];

    if (!uuid_parse(name, &uuid) || r->count + *more >= ROSTER_DOMAINS)
        return;
    uuid_format(&uuid, again);
    if (strcmp(name, again) != 0)
        return;
    struct roster_domain *d = roster_find(r, &uuid);
    if (!d) {
        d = domain_new(r, &uuid);
        array_reserve(&r->domains, &r->cap, r->count + *more + 1, sizeof(*r->domains));
        r->domains[r->count + (*more)++] = d;
    }
    d->present = true;
}

static int list_domains(struct roster *r)
{
    DIR *list = open_list(r->dir, LAYOUT_DOMAINS);
    struct dirent *entry;
    size_t more = 0, kept = 0;

    if (!list)
        return errno == ENOENT ? 0 : -errno;
    for (size_t i = 0; i < r->count; i++)
        r->domains[i]->present = false;
    while ((entry = readdir(list)))
        see_domain(r, &more, entry->d_name);
    closedir(list);
    for (size_t i = 0; i < r->count + more; i++) {
        if (r->domains[i]->present)
            r->domains[kept++] = r->domains[i];
        else
            domain_free(r->domains[i]);
    }
    r->count = kept;
    if (kept)
        qsort(r->domains, kept, sizeof(*r->domains), by_uuid);
    return 0;
}

int roster_list(struct roster *r)
{
    struct window_stamp folder = window_stamp(r->dir, LAYOUT_DOMAINS);

    if (r->read && window_same(&folder, &r->folder))
        return 0;
    int err = list_domains(r);
    if (err) {
        fetch_bad_add(r->fetch, LAYOUT_DOMAINS, err, "");
        return err;
    }
    fetch_bad_drop(r->fetch, LAYOUT_DOMAINS);
    r->folder = folder;
    r->read = true;
    return 0;
}

int roster_refresh(struct roster *r)
{
    struct window_stamp self = window_stamp(r->dir, LAYOUT_HOST);
    int err = roster_list(r);

    if (!window_same(&self, &r->self)) {
        r->self = self;
        r->about_err = read_about(r, &r->about, ENTITY_HOST, LAYOUT_HOST);
    }
    for (size_t i = 0; i < r->count; i++)
        roster_describe(r, r->domains[i]);
    return err;
}

int roster_see(struct roster *r, const struct uuid *uuid, struct roster_domain **found)
{
    int err = roster_list(r);

    *found = roster_find(r, uuid);
    if (*found)
        roster_refresh_domain(r, *found);
    return err;
}

bool roster_covers(uint64_t from_ns, uint64_t to_ns, uint64_t end_ns, uint64_t row_ns,
                   uint64_t step_ns)
{
    return from_ns - from_ns % step_ns <= end_ns &&
           (!to_ns || to_ns - to_ns % step_ns + row_ns > end_ns);
}
