/* rrd: see rrd.h. The file's life; its lines are made in rrd_line.c, growing is rrd_grow.c's, going
 * back rrd_back.c's. */
#include "rrd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "files.h"
#include "rrd_private.h"
#include "rrdcheck.h"

/* A row is known where any of its time is: of the 8640 steps of a day, one is more than this. */
#define XFF "0.9999"

/* Left free on the disk for the journal and what is said about domains. */
#define RESERVE (UINT64_C(4) << 20)

/* The time of a file that is written is no older. */
#define TOUCH_S 60

void rrd_file_init(struct rrd_file *f, enum entity entity, const struct uuid *uuid, uint64_t id)
{
    *f = (struct rrd_file){.entity = entity};
    layout_rrd(f->path, entity, uuid, id);
}

void rrd_file_release(struct rrd_store *store, struct rrd_file *f)
{
    rrd_file_drop(store, f);
    free(f->columns);
    text_release(&f->lines);
    *f = (struct rrd_file){0};
}

void rrd_path(const struct rrd_store *store, const char *path, char out[RRD_PATH])
{
    snprintf(out, RRD_PATH, "%s/%s", store->root, path);
}

void rrd_begin(struct rrd_store *store, const struct rrd_file *f)
{
    memcpy(store->working_on, f->path, sizeof(f->path));
    /* What a crash leaves has to be there: not after the call that crashes. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    rrd_clear_error();
}

void rrd_end(struct rrd_store *store)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    store->working_on[0] = '\0';
}

/* ---- what is there ---- */

void rrd_take_columns(struct rrd_file *f, const struct rrdcheck *c)
{
    uint64_t index;

    array_reserve(&f->columns, &f->column_cap, c->sources, sizeof(*f->columns));
    f->column_count = c->sources;
    f->members = 0;
    for (size_t i = 0; i < c->sources; i++) {
        const char *name = rrdcheck_source(c, i).name;
        f->columns[i].source = layout_source_find(f->entity, name, &index);
        f->columns[i].index = (uint32_t)index;
        if (f->columns[i].source)
            f->members = MAX(f->members, index + 1);
    }
    f->size = c->file_bytes;
    f->open = true;
}

int rrd_file_open(struct rrd_store *store, struct rrd_file *f)
{
    struct rrdcheck c;
    int err;
    void *head = rrdcheck_file(&c, store->dir, f->path, &err);

    f->open = false;
    if (head && c.step_s != store->step_s)
        err = -EBADMSG;
    if (head && !err) {
        rrd_take_columns(f, &c);
        f->last_s = MAX(f->last_s, c.last_s);
    }
    free(head);
    return err;
}

/* ---- making one ---- */

struct words {
    const char **at;
    size_t count, cap;
};

static void add_word(struct words *w, const char *text)
{
    array_reserve(&w->at, &w->cap, w->count + 1, sizeof(*w->at));
    w->at[w->count++] = xstrdup(text);
}

static void words_release(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free((char *)w->at[i]);
    free(w->at);
}

/* rrd_create's words for these columns and the store's archives. */
static void definitions(struct words *w, const struct rrd_store *store,
                        const struct rrd_column *columns, size_t count)
{
    char word[128], name[LAYOUT_SOURCE], least[32] = "U";
    uint64_t step = store->step_s;

    for (size_t i = 0; i < count; i++) {
        bool counter = layout_source_counts(columns[i].source);
        if (counter)
            snprintf(least, sizeof(least), "%.0f", layout_source_least(columns[i].source));
        layout_source_name(name, columns[i].source, columns[i].index);
        /* One sample may be missing: the next one's rate is then that of both. */
        snprintf(word, sizeof(word), "DS:%s:%s:%" PRIu64 ":%s:U", name,
                 counter ? "DERIVE" : "GAUGE", 2 * step, counter ? least : "U");
        add_word(w, word);
    }
    for (size_t i = 0; i < store->archives.count; i++) {
        const struct archive *a = &store->archives.a[i];
        for (int peak = 0; peak < (i ? 2 : 1); peak++) {
            snprintf(word, sizeof(word), "RRA:%s:" XFF ":%" PRIu64 ":%" PRIu64,
                     peak ? "MAX" : "AVERAGE", a->step_s / step, a->keep_s / a->step_s);
            add_word(w, word);
        }
    }
}

static bool has_room(const struct rrd_store *store, uint64_t bytes)
{
    struct statvfs v;

    return fstatvfs(store->dir, &v) || (uint64_t)v.f_bavail * v.f_frsize >= bytes + RESERVE;
}

/* librrd reports a full disk with no word, or not at all. */
static int check_made(struct rrd_store *store, const char *temp, uint64_t size)
{
    struct rrdcheck c;
    struct stat st;
    int err;
    void *head = rrdcheck_file(&c, store->dir, temp, &err);

    free(head);
    if (err || fstatat(store->dir, temp, &st, AT_SYMLINK_NOFOLLOW) || c.file_bytes != size)
        return -ENOSPC;
    store->bytes += (uint64_t)st.st_blocks * 512;
    return 0;
}

int rrd_make(struct rrd_store *store, const struct rrd_file *f, const struct rrd_column *columns,
             size_t count, uint64_t last_s, const char *temp)
{
    uint64_t size = archives_file_bytes(&store->archives, count);
    char path[RRD_PATH];
    struct words w = {0};
    int err;

    if (!has_room(store, size)) {
        snprintf(store->message, sizeof(store->message), "%s: no room for it on the disk", f->path);
        return -ENOSPC;
    }
    unlinkat(store->dir, temp, 0);
    rrd_path(store, temp, path);
    definitions(&w, store, columns, count);
    rrd_begin(store, f);
    err = rrd_create_r(path, store->step_s, (time_t)last_s, (int)w.count, w.at);
    rrd_end(store);
    words_release(&w);
    if (!err)
        err = check_made(store, temp, size);
    else
        err = rrd_errno(store, temp);
    if (err) {
        snprintf(store->message, sizeof(store->message), "%s: making it failed: %s%s%s", f->path,
                 strerror(-err), rrd_test_error() ? ": " : "",
                 rrd_test_error() ? rrd_get_error() : "");
        unlinkat(store->dir, temp, 0);
    }
    return err;
}

void rrd_temp(const struct rrd_file *f, char out[RRD_TEMP])
{
    const char *slash = strrchr(f->path, '/'), *name = slash ? slash + 1 : f->path;

    memcpy(out, f->path, (size_t)(name - f->path));
    out[name - f->path] = '.';
    memcpy(out + (name - f->path) + 1, name, strlen(name) + 1);
}

int rrd_file_create(struct rrd_store *store, struct rrd_file *f, uint64_t members, uint64_t first_s)
{
    char temp[RRD_TEMP];
    struct stat st;
    int err;

    if (!fstatat(store->dir, f->path, &st, AT_SYMLINK_NOFOLLOW))
        return -EEXIST;
    if (!f->line_count)
        rrd_file_plan(f, members);
    rrd_temp(f, temp);
    err = rrd_make(store, f, f->columns, f->column_count, first_s - store->step_s, temp);
    if (err)
        return err;
    if (renameat(store->dir, temp, store->dir, f->path)) {
        err = -errno;
        store->bytes -= files_bytes(store->dir, temp);
        unlinkat(store->dir, temp, 0);
        return err;
    }
    f->open = true;
    f->size = archives_file_bytes(&store->archives, f->column_count);
    return 0;
}

/* ---- writing ---- */

int rrd_errno(const struct rrd_store *store, const char *path)
{
    int fd = openat(store->dir, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int err = 0;

    if (fd < 0)
        return errno == ENOENT ? -ENOSPC : -errno;
    if (!fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK)
        err = -EAGAIN; /* somebody else's */
    close(fd);
    return err ? err : -EIO;
}

void rrd_file_drop(struct rrd_store *store, struct rrd_file *f)
{
    store->waiting -= f->lines.len;
    text_clear(&f->lines);
    f->line_count = 0;
}

/* Whether it still is the file that was looked at; librrd would follow a link, and die of a file
 * that was cut. */
static int check_same(const struct rrd_store *store, const struct rrd_file *f)
{
    struct stat st;

    if (fstatat(store->dir, f->path, &st, AT_SYMLINK_NOFOLLOW))
        return -errno;
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != f->size)
        return -EBADMSG;
    /* librrd writes through a mapping, of which a tmpfs keeps no time: rrdcheck_in_time() needs it.
     */
    if (clock_wall_ns() / NS_PER_S > (uint64_t)st.st_mtime + TOUCH_S)
        utimensat(store->dir, f->path, NULL, AT_SYMLINK_NOFOLLOW);
    return 0;
}

int rrd_update_file(const char *path, size_t count, const char **lines)
{
    int failed;

    failed = rrd_updatex_r(path, NULL, RRD_SKIP_PAST_UPDATES, (int)count, lines);
    return failed ? -EIO : 0;
}

/* Why librrd refused: the file's fault or the world's. */
static int diagnose(struct rrd_store *store, struct rrd_file *f, int err)
{
    struct rrdcheck c;
    char said[128];
    int bad;

    snprintf(said, sizeof(said), "%.127s", rrd_test_error() ? rrd_get_error() : "");
    free(rrdcheck_file(&c, store->dir, f->path, &bad));
    if (bad == -EBADMSG || bad == -ENOENT)
        err = bad;
    else if (err != -ECONNREFUSED)
        err = rrd_errno(store, f->path);
    if (err == -ECONNREFUSED)
        snprintf(store->message, sizeof(store->message), "rrdcached at %s: %s", store->cached,
                 said[0] ? said : "no answer");
    else
        snprintf(store->message, sizeof(store->message), "%s: %s%s%s", f->path, strerror(-err),
                 said[0] ? ": " : "", said);
    return err;
}

int rrd_file_write(struct rrd_store *store, struct rrd_file *f)
{
    const char *lines[RRD_LINES + 2], *line = f->lines.data;
    char path[RRD_PATH];
    size_t count = 0;
    int err;

    if (!f->line_count)
        return 0;
    err = check_same(store, f);
    if (err) {
        snprintf(store->message, sizeof(store->message), "%s: %s", f->path,
                 err == -ENOENT ? "it is gone" : "it is not the file it was");
        return err;
    }
    for (; count < f->line_count; line += strlen(line) + 1)
        lines[count++] = line;
    rrd_path(store, f->path, path);
    rrd_begin(store, f);
    err = store->cached ? rrd_cached_update(store, path, count, lines)
                        : rrd_update_file(path, count, lines);
    rrd_end(store);
    if (err)
        return diagnose(store, f, err);
    store->updates += count;
    f->given_s = strtoull(lines[count - 1], NULL, 10);
    rrd_file_drop(store, f);
    return 0;
}
