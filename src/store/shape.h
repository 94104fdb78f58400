/*
 * shape: what an RRD file's header says that a reader needs: how fine its archives are and how far
 * they reach.
 */
#ifndef DOMTOP_SHAPE_H
#define DOMTOP_SHAPE_H

#include "../base.h"

#define SHAPE_ARCHIVES 64

struct shape_archive {
    bool peak;                /* MAX; else AVERAGE */
    uint64_t step_s;          /* of a row */
    uint64_t first_s, last_s; /* rows' times end after first_s and at last_s at the latest */
};

struct shape {
    uint64_t step_s;    /* of a sample */
    uint64_t updated_s; /* the last sample's time */
    size_t sources, archives;
    struct shape_archive archive[SHAPE_ARCHIVES];
};

/* Read and check the header of the file that fd is open on; raw is set to its bytes. 0, -EBADMSG
 * for what is no whole RRD file, or -errno. */
int shape_read(struct shape *s, int fd, struct text *raw);

/* Whether those bytes are still the file's: nobody wrote to it since. */
bool shape_same(int fd, const struct text *raw);

/*
 * The archive whose rows are nearest to step_s, and of those that are as near the one that reaches
 * back to from_s. Where a row is one sample, its peak is its mean. False when there is none.
 */
bool shape_choose(const struct shape *s, bool peak, uint64_t step_s, uint64_t from_s,
                  struct shape_archive *out);

#endif
