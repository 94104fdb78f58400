/*
 * fetched: values of one RRD file over a span of time, and the bytes in which the process that
 * reads files hands them over.
 *
 * Whoever takes such bytes does not trust them: librrd made them from a file that may be damaged.
 * A decoder that is given anything either refuses or yields rows whose every count is true.
 */
#ifndef DOMTOP_FETCHED_H
#define DOMTOP_FETCHED_H

#include "../base.h"

#define FETCHED_NAME        20 /* of a data source, with its NUL */
#define FETCHED_MAX_SOURCES 8192u
#define FETCHED_MAX_ROWS    (1u << 17)
#define FETCHED_MAX_VALUES  (16u << 20) /* rows times sources: 128 MiB */

/* Rows of a file of so many sources that are given at a time. */
static inline size_t fetched_most(size_t sources)
{
    return MIN(FETCHED_MAX_ROWS, FETCHED_MAX_VALUES / MAX(sources, 1)) - 2;
}

/* What a child answers: this many bytes, then as many as it says. */
#define FETCHED_HEADER 16

struct fetched {
    uint64_t step_s;  /* each row stands for so long a time */
    uint64_t first_s; /* when the first row's time ends, in seconds since 1970 */
    size_t count, sources;
    bool more; /* of the time asked for there is more: ask again from the last one's end */
    char (*names)[FETCHED_NAME]; /* of the sources, in the file's order */
    double *values;              /* [row][source]; NaN is unknown */

    /* Private. */
    size_t names_cap, values_cap;
};

void fetched_release(struct fetched *r);

/* The source's place, or -1. */
int fetched_source(const struct fetched *r, const char *name);

/* Whether a name is 1 to 19 of [A-Za-z0-9_-], as librrd has them. */
bool fetched_name_good(const char *name);

/* The header of an answer: status is 0 or -errno, len how many bytes follow. */
void fetched_encode_header(uint8_t out[FETCHED_HEADER], int status, uint64_t len);

/* False for what is no header. status is 0 or below. */
bool fetched_decode_header(const uint8_t in[FETCHED_HEADER], int *status, uint64_t *len);

/* The rest of an answer whose status is 0. */
void fetched_encode(struct text *out, const struct fetched *r);

/* 0, or -EBADMSG; r is then empty. */
int fetched_decode(struct fetched *r, const void *data, size_t len);

#endif
