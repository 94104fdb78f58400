/*
 * retention: the files of dead domains go when they are older than was asked for, or while the
 * store takes more than it may: the one that died first goes first. Never a living domain's. What
 * was set aside as damaged goes before them, for nobody looks back on it. Days of the journal go
 * when no archive reaches back to them. See recorder_private.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../format.h"
#include "files.h"
#include "recorder_private.h"

#define STEADY_S   3600
#define PUT_OFF_NS (3600 * NS_PER_S)

static struct subject *first_dead(struct recorder *r)
{
    struct subject *first = NULL;

    for (size_t i = 0; i < r->subject_count; i++) {
        struct subject *s = r->subjects[i];
        if (!s->alive && !s->open_life && !s->queued && (!first || s->dead_s < first->dead_s))
            first = s;
    }
    return first;
}

/* Remove a folder and the files in it; how many bytes they took. */
static uint64_t remove_folder(struct recorder *r, const char *path)
{
    int fd = openat(r->store.dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    uint64_t bytes = 0;
    struct dirent *d;
    struct stat st;

    if (!list) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while ((d = readdir(list)))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
            !fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) && !unlinkat(fd, d->d_name, 0))
            bytes += (uint64_t)st.st_blocks * 512;
    closedir(list);
    unlinkat(r->store.dir, path, AT_REMOVEDIR);
    return bytes;
}

/* What cannot be removed is not tried again at each sample. */
static void put_off(struct recorder *r, const char *path)
{
    char message[LAYOUT_PATH + NAME_MAX];

    snprintf(message, sizeof(message), "%s cannot be removed", path);
    r->removal_ns = clock_mono_ns() + PUT_OFF_NS;
    recorder_failed(r, message);
}

static void remove_subject(struct recorder *r, struct subject *s, const char *why)
{
    char path[LAYOUT_PATH], died[FORMAT_MAX], name[EVENT_NAME] = "", text[EVENT_DETAIL];
    struct journal_entry e;
    uint64_t bytes;

    subject_load(r, s);
    for (size_t i = 0; i < s->about.self.fact_count; i++)
        if (!strcmp(s->about.self.facts[i].metric->id, "name") && s->about.self.facts[i].text)
            snprintf(name, sizeof(name), "%.63s", s->about.self.facts[i].text);
    format_rfc3339(died, s->dead_s * NS_PER_S);
    snprintf(text, sizeof(text), "%s; last seen %s", why, died);
    e = recorder_entry(EVENT_REMOVED, clock_wall_ns(), &s->uuid, text);
    snprintf(e.event.name, sizeof(e.event.name), "%s", name);
    /* Said before it is done: what is half gone was told of. */
    recorder_tell(r, &e);
    journal_sync(&r->journal);
    layout_domain(path, &s->uuid);
    bytes = remove_folder(r, path);
    r->store.bytes -= MIN(bytes, r->store.bytes);
    if (!bytes && files_bytes(r->store.dir, path))
        put_off(r, path);
    else
        subjects_remove(r, s);
}

/* When a file was set aside, as its name says: false for one that somebody else put there. */
static bool set_aside_at(const char *name, uint64_t *ms)
{
    const char *dot = strrchr(name, '.');
    char *end;

    if (!dot || dot[1] < '0' || dot[1] > '9')
        return false;
    *ms = strtoull(dot + 1, &end, 10);
    return !*end;
}

/* The name of what was set aside first in this folder. */
static bool first_damaged(int folder, char name[NAME_MAX + 1])
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    uint64_t ms, first = 0;
    bool found = false;
    struct dirent *d;

    if (!list) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    while ((d = readdir(list))) {
        if (!set_aside_at(d->d_name, &ms) || (found && ms >= first))
            continue;
        found = true;
        first = ms;
        snprintf(name, NAME_MAX + 1, "%s", d->d_name);
    }
    closedir(list);
    return found;
}

static void tell_damaged(struct recorder *r, const char *name, const char *why)
{
    static const char of_domain[] = LAYOUT_DOMAINS "_";
    char text[EVENT_DETAIL], whose[UUID_TEXT];
    const char *file = name;
    struct uuid uuid = {{0}};
    struct journal_entry e;

    /* "domains_UUID_vif-0.rrd.TIME": whose it was goes into the event's own field. */
    if (!strncmp(name, of_domain, strlen(of_domain)) &&
        strlen(name) > strlen(of_domain) + UUID_TEXT &&
        name[strlen(of_domain) + UUID_TEXT - 1] == '_') {
        snprintf(whose, sizeof(whose), "%.36s", name + strlen(of_domain));
        if (uuid_parse(whose, &uuid))
            file = name + strlen(of_domain) + UUID_TEXT;
    }
    snprintf(text, sizeof(text), "damaged %.*s; %.60s", (int)MIN(40, strrchr(file, '.') - file),
             file, why);
    e = recorder_entry(EVENT_REMOVED, clock_wall_ns(), &uuid, text);
    recorder_tell(r, &e);
    journal_sync(&r->journal);
}

/* False when there is none. */
static bool remove_damaged(struct recorder *r, const char *why)
{
    int folder = openat(r->store.dir, LAYOUT_DAMAGED,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char name[NAME_MAX + 1];
    bool found = folder >= 0 && first_damaged(folder, name);

    if (found) {
        tell_damaged(r, name, why);
        uint64_t bytes = files_remove(folder, name);
        r->store.bytes -= MIN(bytes, r->store.bytes);
        if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            put_off(r, name);
    }
    if (folder >= 0)
        close(folder);
    return found;
}

/* Once a day. */
static void forget_days(struct recorder *r, uint64_t now_s)
{
    const struct archives *a = &r->config.settings.archives;
    uint64_t keep_s = a->a[a->count - 1].keep_s, day_ns;
    int fd = openat(r->store.dir, LAYOUT_JOURNAL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *d;

    if (!list) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((d = readdir(list)))
        if (layout_day_parse(d->d_name, &day_ns) && day_ns / NS_PER_S + 86400 + keep_s < now_s) {
            uint64_t bytes = files_remove(fd, d->d_name);
            r->store.bytes -= MIN(bytes, r->store.bytes);
        }
    closedir(list);
}

bool retention_apply(struct recorder *r)
{
    const struct recorder_config *c = &r->config;
    uint64_t now_s = r->last_s; /* the recorded time */
    /* After a jump it is to stand for a while: a clock that is wrong removes nothing. */
    bool steady = now_s >= r->steady_s + STEADY_S;
    struct subject *dead;

    if (!r->looked)
        return false; /* who lives is not known yet */
    if (steady && r->checked_day != now_s / 86400 + 1) {
        r->checked_day = now_s / 86400 + 1;
        forget_days(r, now_s);
    }
    bool over = c->max_bytes && r->store.bytes > c->max_bytes;
    if ((!c->keep_dead_s && !over) || r->removal_ns > clock_mono_ns())
        return false;
    struct statvfs disk;
    if (!fstatvfs(r->store.dir, &disk) && disk.f_flag & ST_RDONLY)
        return false; /* nothing goes, and nothing is told of it */
    dead = first_dead(r);
    if (dead && steady && c->keep_dead_s && dead->dead_s + c->keep_dead_s < now_s) {
        char keep[24], text[EVENT_DETAIL];
        duration_format(keep, sizeof(keep), c->keep_dead_s);
        snprintf(text, sizeof(text), "gone for more than %s", keep);
        remove_subject(r, dead, text);
        return true;
    }
    if (over) {
        char size[FORMAT_MAX], text[EVENT_DETAIL];
        format_bytes(size, (double)c->max_bytes, FORMAT_IEC);
        snprintf(text, sizeof(text), "the store takes more than %s", size);
        if (remove_damaged(r, text))
            return true;
        if (dead) {
            remove_subject(r, dead, text);
            return true;
        }
    }
    if (over && !r->over_limit) {
        static const char text[] = "the store takes more than it may, and no domain is dead";
        if (r->config.log)
            r->config.log(text);
        recorder_event(r, EVENT_STORE_BAD, 0, text);
    }
    r->over_limit = over;
    return false;
}
