/* files: see files.h. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 16 /* of folders: we make none so deep */

int files_read(int dir, const char *path, size_t max, struct text *t)
{
    int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), err = 0;
    struct stat st;
    ssize_t n = 1;

    text_clear(t);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st))
        err = -errno;
    else if (!S_ISREG(st.st_mode))
        err = -EINVAL;
    while (!err && n) {
        char buf[16384];
        n = read(fd, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            err = -errno;
        else if (t->len + (size_t)n > max)
            err = -EFBIG;
        else
            text_add(t, buf, (size_t)n);
    }
    close(fd);
    return err;
}

int files_write(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -EIO;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int files_replace(int dir, const char *path, const char *data, size_t len)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char temp[256];
    int fd, err;

    if (snprintf(temp, sizeof(temp), "%.*s.%s.new", (int)(name - path), path, name) >=
        (int)sizeof(temp))
        return -ENAMETOOLONG;
    fd = openat(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    err = files_write(fd, data, len);
    if (!err && fdatasync(fd))
        err = -errno;
    if (close(fd) && !err)
        err = -errno;
    if (!err && renameat(dir, temp, dir, path))
        err = -errno;
    if (err)
        unlinkat(dir, temp, 0);
    return err;
}

uint64_t files_bytes(int dir, const char *path)
{
    struct stat st;

    return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) ? 0 : (uint64_t)st.st_blocks * 512;
}

static uint64_t tree(int dir, const char *path, bool remove, unsigned depth)
{
    struct stat st, in;
    uint64_t bytes = 0;
    struct dirent *d;

    if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW))
        return 0;
    bool folder = S_ISDIR(st.st_mode);
    if (folder && depth) {
        int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *list = fd < 0 ? NULL : fdopendir(fd);
        if (!list && fd >= 0)
            close(fd);
        while (list && (d = readdir(list)))
            if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
                !fstatat(fd, d->d_name, &in, AT_SYMLINK_NOFOLLOW) && in.st_dev == st.st_dev)
                bytes += tree(fd, d->d_name, remove, depth - 1);
        if (list)
            closedir(list);
    }
    if (remove && unlinkat(dir, path, folder ? AT_REMOVEDIR : 0))
        return bytes;
    return bytes + (uint64_t)st.st_blocks * 512;
}

uint64_t files_tree(int dir, const char *path)
{
    return tree(dir, path, false, DEPTH);
}

uint64_t files_remove(int dir, const char *path)
{
    return tree(dir, path, true, DEPTH);
}

int files_folder(int dir, const char *path)
{
    int fd;

    if (mkdirat(dir, path, 0755) && errno != EEXIST)
        return -errno;
    fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}
