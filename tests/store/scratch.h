/* scratch: a temporary folder for a test of the store, and files in it. */
#ifndef DOMTOP_TESTS_SCRATCH_H
#define DOMTOP_TESTS_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[256];

static inline int scratch_remove_one(const char *path, const struct stat *st, int flag,
                                     struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void scratch_remove(void)
{
    if (scratch[0])
        nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    scratch[0] = '\0';
}

/* In memory where there is such a place: thousands of files are written in it. */
static inline const char *scratch_make(void)
{
    const char *tmp = getenv("TMPDIR");

    if (!tmp)
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scratch, sizeof(scratch), "%s/domtop-test-XXXXXX", tmp);
    if (!mkdtemp(scratch)) {
        perror(scratch);
        exit(1);
    }
    atexit(scratch_remove);
    return scratch;
}

/* The path of a file in it; valid until the call after the next three. */
static inline const char *in_scratch(const char *name)
{
    static char paths[4][1024];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
    return path;
}

static inline void scratch_write(const char *name, const void *data, size_t len)
{
    FILE *f = fopen(in_scratch(name), "wb");

    if (!f || fwrite(data, 1, len, f) != len || fclose(f) != 0) {
        perror(name);
        exit(1);
    }
}

/* All of a file; the caller frees it. */
static inline char *scratch_read(const char *name, size_t *len)
{
    FILE *f = fopen(in_scratch(name), "rb");
    struct stat st;

    if (!f || fstat(fileno(f), &st) < 0) {
        perror(name);
        exit(1);
    }
    char *data = malloc((size_t)st.st_size + 1);
    *len = fread(data, 1, (size_t)st.st_size, f);
    fclose(f);
    return data;
}

#endif
