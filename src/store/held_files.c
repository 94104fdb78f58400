/* held_files: see held_files.h. */
#include "held_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "held.h"
#include "layout.h"

/* One record more than there has to be. */
#define READ_MOST (HELD_FILE_BYTES + (size_t)HELD_LEN_MAX)

void held_files_init(struct held_files *f, int dir)
{
    *f = (struct held_files){.dir = dir, .fd = -1};
}

void held_files_close(struct held_files *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* A descriptor or -errno. */
static int open_file(int dir, const char *name, int flags, uint64_t *bytes)
{
    int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644), err;
    struct stat st;

    if (fd < 0)
        return -errno;
    err = fstat(fd, &st) ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
    if (err) {
        close(fd);
        return err;
    }
    *bytes = (uint64_t)st.st_size;
    return fd;
}

/* Full: begin another. */
static void turn(struct held_files *f)
{
    if (renameat(f->dir, LAYOUT_HELD, f->dir, LAYOUT_HELD_OLD))
        return; /* tried again with the next */
    held_files_close(f);
}

int held_files_add(struct held_files *f, const char *data, size_t len)
{
    if (f->fd < 0)
        f->fd = open_file(f->dir, LAYOUT_HELD, O_WRONLY | O_CREAT | O_APPEND, &f->bytes);
    if (f->fd < 0)
        return f->fd;
    if (f->bytes >= 2 * (uint64_t)HELD_FILE_BYTES)
        return -EFBIG; /* it cannot be renamed */
    int err = files_write(f->fd, data, len);
    /* What was half written and stays there is passed over by who reads. */
    if (err && ftruncate(f->fd, (off_t)f->bytes))
        held_files_close(f);
    if (err)
        return err;
    f->bytes += len;
    if (f->bytes >= HELD_FILE_BYTES)
        turn(f);
    return 0;
}

void held_files_forget(struct held_files *f)
{
    held_files_close(f);
    unlinkat(f->dir, LAYOUT_HELD, 0);
    unlinkat(f->dir, LAYOUT_HELD_OLD, 0);
}

/* The last bytes of a file, `most` of them. */
static void read_end(int fd, uint64_t bytes, size_t most, struct text *out)
{
    uint64_t at = bytes > most ? bytes - most : 0;
    char *buf = xmalloc(1 << 20);
    ssize_t n;

    while (most && (n = pread(fd, buf, MIN(most, (size_t)1 << 20), (off_t)at)) > 0) {
        text_add(out, buf, (size_t)n);
        at += (uint64_t)n;
        most -= (size_t)n;
    }
    free(buf);
}

bool held_files_read(int dir, struct text *out)
{
    static const char *const names[] = {LAYOUT_HELD_OLD, LAYOUT_HELD};
    uint64_t bytes[2] = {0, 0};
    int fds[2];

    text_clear(out);
    for (size_t i = 0; i < 2; i++)
        fds[i] = open_file(dir, names[i], O_RDONLY, &bytes[i]);
    if (fds[0] >= 0)
        read_end(fds[0], bytes[0], READ_MOST - (size_t)MIN(bytes[1], READ_MOST), out);
    if (fds[1] >= 0)
        read_end(fds[1], bytes[1], READ_MOST, out);
    for (size_t i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return fds[0] >= 0 || fds[1] >= 0;
}
