/*
 * rrdcheck: whether the bytes of an RRD file are safe to hand to librrd, and what its head says.
 *
 * librrd believes what it reads and crashes on damaged files. This is pure and believes nothing:
 * it accepts files as rrd_create() makes them for a store (version 3, this machine's byte order,
 * counters and gauges, AVERAGE, MAX, MIN and LAST), where every count, name, pointer and size fits.
 * Values may still be any number.
 */
#ifndef DOMTOP_RRDCHECK_H
#define DOMTOP_RRDCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RRDCHECK_FIRST       128 /* bytes that suffice for rrdcheck_head() */
#define RRDCHECK_MAX_SOURCES 16384
#define RRDCHECK_MAX_RRAS    64

struct rrdcheck_source {
    const char *name; /* within the bytes given */
    bool counter;     /* DERIVE, COUNTER or ABSOLUTE: values are rates */
    const char *last; /* what it was last updated with, as text: "1", "U"; within the bytes given */
};

struct rrdcheck_rra {
    const char *cf;       /* "AVERAGE" */
    uint64_t rows, steps; /* steps that a row stands for */
    uint64_t newest;      /* the row written last */
    uint64_t offset;      /* of its first row in the file */
};

struct rrdcheck {
    const void *data;
    uint64_t step_s, last_s;
    size_t sources, rras;
    uint64_t head_bytes, file_bytes;
};

/* The size of a file's head from its first RRDCHECK_FIRST bytes; -EBADMSG for what is no such
 * file. */
long rrdcheck_head(const void *data, size_t len);

/*
 * Check a head: data is its first len bytes, at least as many as rrdcheck_head() says, aligned as
 * for a double; file_bytes is the size of the whole file. 0 or -EBADMSG. c refers to data.
 */
int rrdcheck(struct rrdcheck *c, const void *data, size_t len, uint64_t file_bytes);

/*
 * Whether the time of its last update goes with when the file was written: false where one bit of
 * it was flipped, so that it is more than an hour later. That alone says nothing: a clock may have
 * been put back since, or the times be another machine's; but then it is not later by just what one
 * bit makes.
 */
bool rrdcheck_in_time(const struct rrdcheck *c, int64_t written_s);

/* Of a head that was found good. */
struct rrdcheck_source rrdcheck_source(const struct rrdcheck *c, size_t i);
struct rrdcheck_rra rrdcheck_rra(const struct rrdcheck *c, size_t i);

/*
 * Open and check dir/path, which is no symbolic link. Returns the head's bytes (the caller frees
 * them) and c filled; NULL with -errno in *err: -EBADMSG for a damaged one.
 */
void *rrdcheck_file(struct rrdcheck *c, int dir, const char *path, int *err);

#endif
