/*
 * window: one RRD file's means or peaks, with the rows around the time last asked for kept, so that
 * stepping from a moment to the next reads nothing.
 */
#ifndef DOMTOP_WINDOW_H
#define DOMTOP_WINDOW_H

#include "fetch.h"
#include "restore.h"

/* By which a change of a file or folder is noticed. */
struct window_stamp {
    int64_t mtime_ns;
    uint64_t size, inode;
};

/* All zero where there is none. */
struct window_stamp window_stamp(int dir, const char *path);
bool window_same(const struct window_stamp *a, const struct window_stamp *b);

struct window {
    char path[LAYOUT_PATH]; /* beneath the store */
    enum entity entity;
    uint64_t id; /* of a vif or vbd */
    enum fetch_cf cf;

    struct fetched rows; /* of the last window_at() */
    struct restore_map map;

    /* Private. */
    uint64_t from_s, to_s, step_s; /* what rows was asked for; 0: nothing yet */
    int err;
    struct window_stamp stamp;
};

void window_release(struct window *w);

/*
 * The row of step_s whose time ends at end_s, in w->rows; -1 where there is none. finest_s: what a
 * sample stands for in this store, of which a file's last row is made up when the file ended before
 * that row's time was over.
 */
long window_at(struct window *w, struct fetch *f, int dir, uint64_t end_s, uint64_t step_s,
               uint64_t finest_s);

/* Read the rows around that time of all these windows together, where window_at() would read each.
 */
void window_read_all(struct window *const *windows, size_t count, struct fetch *f, int dir,
                     uint64_t end_s, uint64_t step_s);

#endif
