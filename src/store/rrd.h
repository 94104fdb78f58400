/*
 * rrd: one RRD file of a store and what waits to be written to it. librrd's home; to be called only
 * where its crash hurts nobody: in the recorder's process.
 *
 * A sample becomes a line for each file. Lines wait in memory while the file cannot be written (not
 * made yet, locked by a reader, the disk is full or read-only) and are written together when it
 * can.
 */
#ifndef DOMTOP_RRD_H
#define DOMTOP_RRD_H

#include "../base.h"
#include "../metric.h"
#include "archives.h"
#include "layout.h"

#define RRD_LINES 360 /* lines that wait for a file at most: an hour of 10 s */

/* Where files are, how they are made, and who is told what librrd works on. */
struct rrd_store {
    int dir;          /* the store's folder */
    const char *root; /* its path, absolute: librrd takes no descriptors */
    uint64_t step_s;
    struct archives archives;
    const char *cached;      /* rrdcached's address; NULL: files are written directly */
    uint64_t cached_updates; /* that rrdcached had taken when it was last asked */
    char *working_on; /* LAYOUT_PATH bytes: the file in librrd's hands, "" for none. May be shared
                         with who has to know it after a crash. */
    struct layout_sample sample; /* the one that lines are added of */
    uint64_t bytes;              /* added to when files are made: what they take on the disk */
    uint64_t updates;            /* lines written */
    size_t waiting;              /* bytes of lines that wait, over all files */
    size_t waiting_max;          /* the oldest lines of a file go when there would be more */
    char message[256];           /* what the last failure was, in words */
};

struct rrd_file {
    enum entity entity;
    char path[LAYOUT_PATH];
    bool open;        /* it is there and was found good; what follows is known */
    uint64_t last_s;  /* of its last update, rrdcached's and what waits included */
    uint64_t given_s; /* of the last line that was written, or rrdcached took; 0: none yet */
    uint64_t size;
    struct rrd_column {
        const struct layout_source *source; /* NULL: of a later domtop; gets unknown */
        uint32_t index;                     /* member of a set */
    } * columns;                            /* in the file's order */
    size_t column_count, column_cap;
    uint64_t members;  /* of a set: sources are there for numbers below this */
    struct text lines; /* that wait, each with its NUL */
    size_t line_count;
    uint64_t lost;     /* lines that went because too many waited; the caller takes them away */
    uint64_t retry_ns; /* monotonic: not to be tried before; 0: at once */
};

void rrd_file_init(struct rrd_file *f, enum entity entity, const struct uuid *uuid, uint64_t id);
void rrd_file_release(struct rrd_store *store, struct rrd_file *f);

/* Look at the file: 0 and open, -ENOENT, -EBADMSG when it is damaged or not of this store's step,
 * or another -errno. */
int rrd_file_open(struct rrd_store *store, struct rrd_file *f);

/*
 * Make the file, with sources for members 0 to members - 1 where it is a set; its first line is
 * that of first_s. Whole or not at all: made under another name, its size checked, then renamed. 0
 * and open; -EEXIST when there is one; -ENOSPC, -EROFS and such.
 */
int rrd_file_create(struct rrd_store *store, struct rrd_file *f, uint64_t members,
                    uint64_t first_s);

/* Add the sources of a newer domtop, and of members up to members - 1: all that was recorded stays,
 * the new ones are unknown before. As rrd_file_create(), and the old one stands on failure. */
int rrd_file_grow(struct rrd_store *store, struct rrd_file *f, uint64_t members);

/* Drop what was recorded at time_s and later: a wrong clock's. What was recorded before stays, and
 * the file goes on from there. As rrd_file_create(), and the old one stands on failure. */
int rrd_file_back(struct rrd_store *store, struct rrd_file *f, uint64_t time_s);

/* Whether sources are missing for so many members. */
bool rrd_file_lacks(const struct rrd_file *f, uint64_t members);

/* What a row has to do with the one before it. */
enum rrd_past {
    RRD_GOES_ON,
    RRD_NEW,      /* nothing: its counters started elsewhere */
    RRD_WAS_AWAY, /* nothing, and the sample before did not have it */
};

/*
 * Add the line of a sample: record(arg, index) is the row to take it from; NULL is unknown. No line
 * where last_s is not before time_s. The file need not be there; then its columns are those that
 * rrd_file_plan() set.
 */
void rrd_file_add(struct rrd_store *store, struct rrd_file *f, uint64_t time_s, enum rrd_past past,
                  const void *(*record)(void *arg, uint64_t index), void *arg);

/* Columns that a new file would get. */
void rrd_file_plan(struct rrd_file *f, uint64_t members);

/*
 * Write what waits. 0; -EBADMSG: the file is damaged; -ENOENT: it is gone; another -errno with
 * store->message: it could not be written now.
 */
int rrd_file_write(struct rrd_store *store, struct rrd_file *f);

/* Forget what waits. */
void rrd_file_drop(struct rrd_store *store, struct rrd_file *f);

/* rrdcached: connect where it is wanted and is not connected. 0 or -ECONNREFUSED. */
int rrd_cached_connect(struct rrd_store *store);

/* Have rrdcached write what it holds of a file. 0 or -errno. */
int rrd_cached_flush(struct rrd_store *store, const struct rrd_file *f);

/* Each sample: whether it is another rrdcached than before, which lacks lines of a file that the
 * one before had taken: the last time that is there, or 0 when nothing is missing. One with a
 * journal
 * (-j) has them from that. */
uint64_t rrd_cached_lost(struct rrd_store *store, const struct rrd_file *f);

#endif
