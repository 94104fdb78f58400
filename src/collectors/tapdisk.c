/* tapdisk: see tapdisk.h. */
#include "tapdisk.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base.h"
#include "../snapshot.h"

#define SHARED "/dev/shm"

static bool of_root(int fd, mode_t kind)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_uid == 0 && (st.st_mode & S_IFMT) == kind;
}

bool tapdisk_there(const struct tapdisk *t)
{
    struct stat st;
    return t->fd >= 0 && fstat(t->fd, &st) == 0 && st.st_nlink > 0;
}

static void record_open(struct tapdisk *t, int folder, const char *file)
{
    tapdisk_close(t);
    t->fd = openat(folder, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (t->fd >= 0 && !of_root(t->fd, S_IFREG))
        tapdisk_close(t);
}

/* The records in one tapdisk's folder. */
static void look_into(int shared, const char *name,
                      struct tapdisk *(*wanted)(void *ctx, uint64_t domid, uint64_t id), void *ctx)
{
    int fd = openat(shared, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 && of_root(fd, S_IFDIR) ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    struct backend_name record;

    if (!dir && fd >= 0)
        close(fd);
    while (dir && (entry = readdir(dir))) {
        if (!backend_name_parse(entry->d_name, &record) || strcmp(record.kind, "vbd") != 0)
            continue;
        struct tapdisk *t = wanted(ctx, record.domid, record.id);
        if (t && !tapdisk_there(t))
            record_open(t, fd, entry->d_name);
    }
    if (dir)
        closedir(dir);
}

void tapdisk_look(struct tapdisk *(*wanted)(void *ctx, uint64_t domid, uint64_t id), void *ctx)
{
    DIR *dir = opendir(SHARED);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (!strncmp(entry->d_name, "td3-", 4))
            look_into(dirfd(dir), entry->d_name, wanted, ctx);
    if (dir)
        closedir(dir);
}

bool tapdisk_read(struct tapdisk *t)
{
    char bytes[TAPSTAT_BYTES];
    struct tapstat now;
    ssize_t n = t->fd < 0 ? -1 : pread(t->fd, bytes, sizeof(bytes), 0);

    if (n < 0 || !tapstat_parse(bytes, (size_t)n, &now))
        return t->known = false;
    if (t->known) {
        t->rd_lat = blkstat_latency(t->now.rd_done, t->now.rd_ns, now.rd_done, now.rd_ns,
                                    t->rd_lat);
        t->wr_lat = blkstat_latency(t->now.wr_done, t->now.wr_ns, now.wr_done, now.wr_ns,
                                    t->wr_lat);
    } else {
        t->rd_lat = t->wr_lat = UNKNOWN;
    }
    t->now = now;
    return t->known = true;
}

void tapdisk_close(struct tapdisk *t)
{
    if (t->fd >= 0)
        close(t->fd);
    *t = (struct tapdisk){.fd = -1, .rd_lat = UNKNOWN, .wr_lat = UNKNOWN};
}
