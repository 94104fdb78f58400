/*
 * folder: a folder of a test's own, gone with all beneath it when the test ends.
 */
#ifndef DOMTOP_TESTS_FOLDER_H
#define DOMTOP_TESTS_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    char path[64];
    int fd;
};

static inline int folder_forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

/* Use as cmocka's setup and teardown: *state is a struct folder. */
static inline int folder_make(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    const char *shm = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

    snprintf(f->path, sizeof(f->path), "%s/domtop-test-XXXXXX", shm);
    if (!mkdtemp(f->path))
        return -1;
    f->fd = open(f->path, O_RDONLY | O_DIRECTORY);
    *state = f;
    return f->fd < 0;
}

static inline int folder_drop(void **state)
{
    struct folder *f = *state;

    nftw(f->path, folder_forget, 16, FTW_DEPTH | FTW_PHYS);
    close(f->fd);
    free(f);
    return 0;
}

#endif
