/*
 * fetch: values of the RRD files beneath a folder, read by librrd in a process of its own.
 *
 * That process (fetch_child.h) may crash or hang on a damaged file: it is ended, another takes its
 * place, and the file is not tried again until it changes. Nothing is locked, opened for writing or
 * reached through a symbolic link.
 *
 * One call at a time, from the process that opened it.
 */
#ifndef DOMTOP_FETCH_H
#define DOMTOP_FETCH_H

#include "fetched.h"

/* FETCH_KNOWN: of each row one value, 1 where any source has a mean, else NaN. */
enum fetch_cf { FETCH_MEAN, FETCH_PEAK, FETCH_KNOWN };

#define FETCH_PATH 128 /* of a file, beneath the folder, with its NUL */
#define FETCH_ONLY 16  /* sources by name, of one file */

/* A file that was left out. */
struct fetch_bad {
    char path[FETCH_PATH];
    int64_t mtime_ns, size; /* as it was then */
    char why[96];           /* "is damaged and left out: its header is not whole" */
    bool again;             /* it is tried again, whether it changed or not */
};

struct fetch;

/* Beneath the folder that store_fd is open on, which stays the caller's and has to stay open. The
 * process is started when it is first needed. */
struct fetch *fetch_open(int store_fd);
void fetch_close(struct fetch *f);

/*
 * The rows of a file whose times end after from_s and at to_s at the latest, one row standing for
 * step_s, or where there is no such archive for as near to it as there is: see out->step_s. Of very
 * many it is the first ones: see out->more.
 *
 * 0; -ENOENT: no such file; -EBADMSG: it is damaged (see fetch_bad_get()); -ENODATA: it has nothing
 * of the kind (no such archive); else what the system said. out is empty then.
 */
int fetch_rows(struct fetch *f, const char *path, enum fetch_cf cf, uint64_t from_s, uint64_t to_s,
               uint64_t step_s, struct fetched *out);

/* One of several: what fetch_rows() takes, and gives. only: of the file's sources those of these
 * names, as far as it has them; NULL: all. */
struct fetch_item {
    const char *path;
    enum fetch_cf cf;
    uint64_t from_s, to_s, step_s;
    struct fetched *out;
    int err;
    const char *const *only;
    size_t only_count; /* up to FETCH_ONLY */
};

/* The same for many files, of which the process reads the next while this one takes the last: twice
 * as fast. */
void fetch_all(struct fetch *f, struct fetch_item *items, size_t count);

/* Files that were left out and have not changed since they were. */
size_t fetch_bad_count(const struct fetch *f);
const struct fetch_bad *fetch_bad_get(const struct fetch *f, size_t i);

/* Say of a file that it cannot be used: err is what reading it gave, -EBADMSG that it is damaged,
 * and why in which way. For files that are not librrd's, and folders. */
void fetch_bad_add(struct fetch *f, const char *path, int err, const char *why);
/* It can be. */
void fetch_bad_drop(struct fetch *f, const char *path);

/* How long one file may take; 2 s at first. For tests. */
void fetch_set_deadline(struct fetch *f, uint64_t ns);

/* The process, 0 while there is none. For tests. */
int fetch_child_pid(const struct fetch *f);

#endif
