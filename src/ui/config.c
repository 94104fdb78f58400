/* config: see config.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAID (SETTINGS_WRONG + 64)

/* The folder that holds domtop's; false where there is none to be had. */
static bool base_folder(char out[PATH_MAX])
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = -1;

    /* By the XDG specification one that is not absolute does not count. */
    if (xdg && xdg[0] == '/')
        n = snprintf(out, PATH_MAX, "%s", xdg);
    else if (home && home[0] == '/')
        n = snprintf(out, PATH_MAX, "%s/.config", home);
    return n > 0 && n < PATH_MAX - 64;
}

static bool path_of(char out[PATH_MAX])
{
    if (!base_folder(out))
        return false;
    strcat(out, "/domtop/domtop.conf");
    return true;
}

/* Root takes no orders from a file that others can write. */
static const char *distrust(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "is no plain file";
    if (geteuid() != 0)
        return NULL;
    if (st->st_uid != 0)
        return "is not root's, so it is not trusted";
    return st->st_mode & (S_IWGRP | S_IWOTH) ? "can be written by others, so it is not trusted"
                                             : NULL;
}

static char *read_all(int fd, size_t *len)
{
    char *data = xmalloc(SETTINGS_MAX);
    ssize_t n;

    *len = 0;
    while (*len < SETTINGS_MAX && (n = read(fd, data + *len, SETTINGS_MAX - *len)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(data);
            return NULL;
        }
        *len += (size_t)n;
    }
    return data;
}

bool config_read(struct settings *s, char said[SAID])
{
    char path[PATH_MAX], wrong[SETTINGS_WRONG];
    struct stat st;
    const char *why;
    size_t len;

    if (!path_of(path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return false;
    if (fd < 0 || fstat(fd, &st) < 0) {
        snprintf(said, SAID, "domtop.conf cannot be read: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return true;
    }
    why = distrust(&st);
    char *data = why ? NULL : read_all(fd, &len);
    if (!why && !data)
        why = strerror(errno);
    close(fd);
    if (why) {
        snprintf(said, SAID, "domtop.conf %s", why);
        return true;
    }
    size_t bad = settings_parse(s, data, len, wrong);
    free(data);
    if (bad > 1)
        snprintf(said, SAID, "domtop.conf %s (and %zu more)", wrong, bad - 1);
    else if (bad)
        snprintf(said, SAID, "domtop.conf %s", wrong);
    return bad > 0;
}

/* ---- writing ---- */

/* Make a folder and those above it that are missing. */
static int folders_make(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int err = mkdir(path, 0700) < 0 && errno != EEXIST ? errno : 0;
        *slash = '/';
        if (err)
            return -err;
    }
    return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno != EINTR)
            return -errno;
        data += MAX(n, 0);
        len -= (size_t)MAX(n, 0);
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/* That the name now means the new file is to survive a crash too. */
static void folder_sync(const char *path)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Root writes nothing of its own into another's home, as after sudo. */
static int may_write(const char *path)
{
    char folder[PATH_MAX];
    struct stat st;

    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0';
    if (stat(folder, &st) < 0)
        return -errno;
    return st.st_uid == geteuid() ? 0 : -EPERM;
}

static int replace(const char *path, const char *data, size_t len)
{
    char temp[PATH_MAX + 32];
    int err, fd;

    snprintf(temp, sizeof(temp), "%s.%ld", path, (long)getpid());
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    err = write_all(fd, data, len);
    if (close(fd) < 0 && !err)
        err = -errno;
    if (!err && rename(temp, path) < 0)
        err = -errno;
    if (err)
        unlink(temp);
    else
        folder_sync(path);
    return err;
}

bool config_write(const struct settings *s, const struct settings *before, char said[SAID])
{
    struct text now = {0}, then = {0};
    char path[PATH_MAX], real[PATH_MAX];
    int err = 0;

    settings_print(s, &now);
    settings_print(before, &then);
    bool same = now.len == then.len && !memcmp(now.data, then.data, now.len);
    if (!same && path_of(path)) {
        /* A link stays one: what it points to is replaced. */
        const char *to = realpath(path, real) ? real : path;
        if (to == path)
            err = folders_make(path);
        if (!err)
            err = may_write(to);
        if (!err)
            err = replace(to, now.data, now.len);
        if (err)
            snprintf(said, SAID, "the settings could not be saved: %s", strerror(-err));
    }
    text_release(&now);
    text_release(&then);
    return err == 0;
}
