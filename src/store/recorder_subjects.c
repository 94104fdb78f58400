/* recorder_subjects: the domains a store knows, by uuid. See recorder_private.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "recorder_private.h"
#include "rrdcheck.h"

/* ---- by uuid ---- */

static size_t hash(const struct uuid *u)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < sizeof(u->bytes); i++)
        h = (h ^ u->bytes[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

static void table_put(struct recorder *r, uint32_t number)
{
    size_t at = hash(&r->subjects[number - 1]->uuid) & (r->table_size - 1);

    while (r->table[at])
        at = (at + 1) & (r->table_size - 1);
    r->table[at] = number;
}

static void table_build(struct recorder *r)
{
    free(r->table);
    for (r->table_size = 64; r->table_size < 4 * (r->subject_count + 1); r->table_size *= 2)
        ;
    r->table = xcalloc(r->table_size, sizeof(*r->table));
    for (size_t i = 0; i < r->subject_count; i++)
        table_put(r, (uint32_t)(i + 1));
}

struct subject *subjects_find(struct recorder *r, const struct uuid *uuid, bool add)
{
    if (!r->table)
        table_build(r);
    for (size_t at = hash(uuid) & (r->table_size - 1); r->table[at];
         at = (at + 1) & (r->table_size - 1)) {
        struct subject *s = r->subjects[r->table[at] - 1];
        if (!memcmp(&s->uuid, uuid, sizeof(*uuid)))
            return s;
    }
    if (!add)
        return NULL;
    struct subject *s = xcalloc(1, sizeof(*s));
    s->uuid = *uuid;
    s->domid = UNKNOWN;
    rrd_file_init(&s->domain.file, ENTITY_DOMAIN, uuid, 0);
    rrd_file_init(&s->vcpus.file, ENTITY_VCPU, uuid, 0);
    array_reserve(&r->subjects, &r->subject_cap, r->subject_count + 1, sizeof(*r->subjects));
    r->subjects[r->subject_count++] = s;
    if (2 * r->subject_count > r->table_size)
        table_build(r);
    else
        table_put(r, (uint32_t)r->subject_count);
    return s;
}

static void subject_free(struct recorder *r, struct subject *s)
{
    about_release(&s->about);
    rrd_file_release(&r->store, &s->domain.file);
    rrd_file_release(&r->store, &s->vcpus.file);
    for (size_t i = 0; i < s->device_count; i++) {
        rrd_file_release(&r->store, &s->devices[i]->file);
        free(s->devices[i]);
    }
    free(s->devices);
    free(s);
}

void subjects_remove(struct recorder *r, struct subject *s)
{
    for (size_t i = 0; i < r->subject_count; i++)
        if (r->subjects[i] == s) {
            r->subjects[i] = r->subjects[--r->subject_count];
            break;
        }
    table_build(r);
    work_forget(r, s);
    subject_free(r, s);
}

void subjects_release(struct recorder *r)
{
    for (size_t i = 0; i < r->subject_count; i++)
        subject_free(r, r->subjects[i]);
    free(r->subjects);
    free(r->alive);
    free(r->table);
}

struct target *subject_device(struct recorder *r, struct subject *s, enum entity entity,
                              uint64_t id)
{
    (void)r;
    for (size_t i = 0; i < s->device_count; i++)
        if (s->devices[i]->id == id && s->devices[i]->file.entity == entity)
            return s->devices[i];
    struct target *t = xcalloc(1, sizeof(*t));
    t->id = id;
    rrd_file_init(&t->file, entity, &s->uuid, id);
    array_reserve(&s->devices, &s->device_cap, s->device_count + 1, sizeof(*s->devices));
    return s->devices[s->device_count++] = t;
}

/* ---- what the store holds ---- */

static void about_path(const struct subject *s, char out[2 * LAYOUT_PATH])
{
    layout_domain(out, &s->uuid);
    strcat(out, "/" LAYOUT_DOMAIN);
}

void subject_load(struct recorder *r, struct subject *s)
{
    char path[2 * LAYOUT_PATH];
    int err;

    if (s->about.self.entity == ENTITY_DOMAIN)
        return;
    about_path(s, path);
    err = about_read(&s->about, ENTITY_DOMAIN, r->store.dir, path);
    if (err == -EBADMSG || err == -EFBIG || err == -ELOOP || err == -EINVAL)
        recorder_set_aside(r, path, "it is damaged");
    s->about.uuid = s->uuid;
    if (s->about.life_count)
        s->open_life = !s->about.lives[s->about.life_count - 1].to_ns;
}

/* When the recorder before saw it last, where it did not see its end. */
static uint64_t last_recorded(struct recorder *r, struct subject *s)
{
    struct rrdcheck c;
    int err;
    void *head = rrdcheck_file(&c, r->store.dir, s->domain.file.path, &err);

    free(head);
    return head ? c.last_s : 0;
}

/* A file under way when the recorder before ended; what waits for its time is not. */
static bool is_left_over(const char *name)
{
    return name[0] == '.' && strcmp(name, LAYOUT_HELD) != 0 && strcmp(name, LAYOUT_HELD_OLD) != 0;
}

/* whole: with all beneath it, else the files in it. */
static void scan_folder(struct recorder *r, int above, const char *name, bool whole)
{
    int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *d;

    if (!list) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((d = readdir(list))) {
        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
            continue;
        if (is_left_over(d->d_name))
            unlinkat(fd, d->d_name, 0);
        else if (d->d_name[0] != '.')
            r->store.bytes += whole ? files_tree(fd, d->d_name) : files_bytes(fd, d->d_name);
    }
    closedir(list);
}

static void scan_subject(struct recorder *r, int domains, const char *name)
{
    char path[2 * LAYOUT_PATH];
    struct uuid uuid;
    struct stat st;

    if (!uuid_parse(name, &uuid))
        return;
    struct subject *s = subjects_find(r, &uuid, true);
    scan_folder(r, domains, name, false);
    subject_load(r, s);
    if (s->about.life_count)
        s->dead_s = s->about.lives[s->about.life_count - 1].to_ns / NS_PER_S;
    if (!s->dead_s)
        s->dead_s = last_recorded(r, s);
    layout_domain(path, &uuid);
    if (!s->dead_s && !fstatat(r->store.dir, path, &st, AT_SYMLINK_NOFOLLOW))
        s->dead_s = (uint64_t)st.st_mtime;
    s->seen_s = s->dead_s;
    if (s->open_life)
        s->domid = s->about.lives[s->about.life_count - 1].domid;
    else
        about_release(&s->about);
}

void subjects_scan(struct recorder *r)
{
    int fd = openat(r->store.dir, LAYOUT_DOMAINS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *d;

    scan_folder(r, r->store.dir, ".", false);
    scan_folder(r, r->store.dir, LAYOUT_JOURNAL, false);
    scan_folder(r, r->store.dir, LAYOUT_DAMAGED, true);
    if (!list) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((d = readdir(list)))
        scan_subject(r, fd, d->d_name);
    closedir(list);
}
