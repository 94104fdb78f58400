/*
 * spine: at which times anything was recorded, at each resolution: where samples are, and gaps.
 *
 * It is that of the host's own file; where that cannot be read, of the pcpus' or of dom0's.
 */
#ifndef DOMTOP_SPINE_H
#define DOMTOP_SPINE_H

#include "archives.h"
#include "window.h"

#define SPINE_FILES 3

/* The rows of one archive. */
struct spine_rows {
    uint64_t step_s, first_s; /* the first row's time ends at first_s */
    size_t count;
    uint8_t *known; /* of each row whether anything is */

    /* Private. */
    size_t cap, most; /* most: rows that the file has at most */
};

struct spine {
    struct spine_rows archives[ARCHIVES_MAX]; /* finest first */
    size_t count;

    /* Private. */
    int dir;
    struct fetch *fetch;
    struct window_stamp stamps[SPINE_FILES]; /* of all files that may be read */
    size_t of;                               /* the one that was */
    bool read;
};

/* Of a store with these archives; dir and fetch stay the caller's. */
void spine_init(struct spine *s, int dir, struct fetch *fetch, const struct archives *a);
void spine_release(struct spine *s);

/* See what was recorded since. 0; -ENODATA: nothing is; or -errno. */
int spine_refresh(struct spine *s);

/* The first and the last sample. False when there is none. */
bool spine_span(const struct spine *s, uint64_t *first_s, uint64_t *last_s);

/* Which archive to take for a time: the finest with rows of at least step_s that still has it, else
 * the coarsest. */
size_t spine_choose(const struct spine *s, uint64_t at_s, uint64_t step_s);

/*
 * When the row ends that stands for a time: at the finest resolution the sample at or before it; at
 * a coarser one the row whose time holds it, unless that is not over yet.
 */
uint64_t spine_row(const struct spine *s, size_t archive, uint64_t at_s);

/* Whether anything is known of the row that ends then. */
bool spine_known(const struct spine *s, size_t archive, uint64_t end_s);

/* The nearest known row that ends before (after) that time, at a resolution of at least step_s;
 * false when there is none. archive is set to where. */
bool spine_before(const struct spine *s, uint64_t end_s, uint64_t step_s, uint64_t *found_s,
                  size_t *archive);
bool spine_after(const struct spine *s, uint64_t end_s, uint64_t step_s, uint64_t *found_s,
                 size_t *archive);

#endif
