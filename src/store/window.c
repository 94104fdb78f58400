/* window: see window.h. */
#include "window.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Rows kept on either side of the one asked for. */
#define AROUND 24

struct window_stamp window_stamp(int dir, const char *path)
{
    struct stat st;

    if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return (struct window_stamp){0};
    return (struct window_stamp){.mtime_ns = (int64_t)st.st_mtim.tv_sec * (int64_t)NS_PER_S +
                                             st.st_mtim.tv_nsec,
                                 .size = (uint64_t)st.st_size,
                                 .inode = (uint64_t)st.st_ino};
}

bool window_same(const struct window_stamp *a, const struct window_stamp *b)
{
    return a->mtime_ns == b->mtime_ns && a->size == b->size && a->inode == b->inode;
}

void window_release(struct window *w)
{
    fetched_release(&w->rows);
    restore_map_release(&w->map);
}

/* Whether what is kept answers for that row. What is written does not change, but there may be more
 * of it by now. */
static bool answers(const struct window *w, int dir, uint64_t end_s, uint64_t step_s)
{
    if (w->step_s != step_s || end_s <= w->from_s || end_s > w->to_s)
        return false;
    if (w->rows.count && end_s <= w->rows.first_s + (w->rows.count - 1) * w->rows.step_s)
        return true;
    struct window_stamp now = window_stamp(dir, w->path);
    return window_same(&w->stamp, &now);
}

static void make_map(struct window *w)
{
    restore_map_make(&w->map, w->entity, &w->rows, w->cf == FETCH_PEAK);
}

/* Make the row's values of those of the samples in its time. */
static void fold(struct fetched *r, enum fetch_cf cf, uint64_t end_s, uint64_t step_s)
{
    for (size_t k = 0; k < r->sources; k++) {
        double sum = 0, peak = NAN;
        size_t known = 0;
        for (size_t i = 0; i < r->count; i++) {
            double value = r->values[i * r->sources + k];
            if (isnan(value))
                continue;
            sum += value;
            peak = fmax(peak, value);
            known++;
        }
        /* In the first row's place, of which later sources are still to be read. */
        r->values[k] = cf == FETCH_PEAK ? peak : known ? sum / (double)known : NAN;
    }
    r->count = 1;
    r->first_s = end_s;
    r->step_s = step_s;
}

/* Say what is about to be read. */
static struct fetch_item prepare(struct window *w, int dir, uint64_t from_s, uint64_t to_s,
                                 uint64_t step_s, uint64_t row_s)
{
    w->stamp = window_stamp(dir, w->path);
    w->from_s = from_s;
    w->to_s = to_s;
    w->step_s = step_s;
    return (struct fetch_item){w->path, w->cf, from_s, to_s, row_s, &w->rows, 0, NULL, 0};
}

static void load(struct window *w, struct fetch *f, int dir, uint64_t from_s, uint64_t to_s,
                 uint64_t step_s, uint64_t row_s)
{
    struct fetch_item item = prepare(w, dir, from_s, to_s, step_s, row_s);

    fetch_all(f, &item, 1);
    w->err = item.err;
    make_map(w);
}

static uint64_t around_from(uint64_t end_s, uint64_t step_s)
{
    return end_s > AROUND * step_s ? end_s - AROUND * step_s : 0;
}

void window_read_all(struct window *const *windows, size_t count, struct fetch *f, int dir,
                     uint64_t end_s, uint64_t step_s)
{
    struct fetch_item *items = xcalloc(count + 1, sizeof(*items));
    struct window **asked = xcalloc(count + 1, sizeof(*asked));
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (answers(windows[i], dir, end_s, step_s))
            continue;
        items[n] = prepare(windows[i], dir, around_from(end_s, step_s), end_s + AROUND * step_s,
                           step_s, step_s);
        asked[n++] = windows[i];
    }
    fetch_all(f, items, n);
    for (size_t i = 0; i < n; i++) {
        asked[i]->err = items[i].err;
        make_map(asked[i]);
    }
    free(items);
    free(asked);
}

long window_at(struct window *w, struct fetch *f, int dir, uint64_t end_s, uint64_t step_s,
               uint64_t finest_s)
{
    if (!answers(w, dir, end_s, step_s))
        load(w, f, dir, around_from(end_s, step_s), end_s + AROUND * step_s, step_s, step_s);
    long row = restore_find(&w->rows, end_s);
    if (row >= 0 || step_s <= finest_s || w->err == -ENOENT)
        return row;
    /* The file may have ended within the row's time. */
    load(w, f, dir, end_s > step_s ? end_s - step_s : 0, end_s, step_s, finest_s);
    if (w->rows.count && w->rows.step_s <= finest_s)
        fold(&w->rows, w->cf, end_s, step_s);
    return restore_find(&w->rows, end_s);
}
