/* spine: see spine.h. */
#include "spine.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are read once more: who writes may have been at them. */
#define UNDER_WAY 3

void spine_init(struct spine *s, int dir, struct fetch *fetch, const struct archives *a)
{
    *s = (struct spine){.dir = dir, .fetch = fetch, .count = a->count};
    for (size_t i = 0; i < a->count; i++) {
        s->archives[i].step_s = a->a[i].step_s;
        s->archives[i].most = a->a[i].keep_s / a->a[i].step_s;
    }
}

void spine_release(struct spine *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->archives[i].known);
    *s = (struct spine){0};
}

/* ---- reading ---- */

static uint64_t end_of(const struct spine_rows *a, size_t row)
{
    return a->first_s + row * a->step_s;
}

static void take(struct spine_rows *a, const struct fetched *rows)
{
    if (a->count && rows->first_s != end_of(a, a->count))
        a->count = 0;
    if (!a->count)
        a->first_s = rows->first_s;
    array_reserve(&a->known, &a->cap, a->count + rows->count, 1);
    for (size_t i = 0; i < rows->count; i++)
        a->known[a->count++] = !isnan(rows->values[i]);
}

/* The file has room for so many: older ones are there no more. */
static void drop_oldest(struct spine_rows *a)
{
    size_t over = a->count > a->most ? a->count - a->most : 0;

    if (!over)
        return;
    memmove(a->known, a->known + over, a->count - over);
    a->first_s = end_of(a, over);
    a->count -= over;
}

/* One archive of a file: what came since where it goes on, else all of it. */
static int read_archive(struct spine *s, const char *path, struct spine_rows *a, bool goes_on)
{
    struct fetched rows = {0};
    /* Beyond any archive: what there is. */
    uint64_t far_s = UINT64_MAX / NS_PER_S / 4, from_s = 0;
    /* The newest may have been under way. */
    size_t kept = goes_on && a->count > UNDER_WAY ? a->count - UNDER_WAY : 0;
    int err = 0;

    if (kept)
        from_s = end_of(a, kept - 1);
    for (bool more = true, first = true; more; first = false) {
        err = fetch_rows(s->fetch, path, FETCH_KNOWN, from_s, far_s, a->step_s, &rows);
        if (first && (!err || err == -ENODATA))
            a->count = kept; /* of a file that cannot be read nothing is known */
        if (err || rows.step_s != a->step_s || !rows.count || rows.sources != 1)
            break;
        take(a, &rows);
        more = rows.more && end_of(a, a->count - 1) > from_s;
        from_s = end_of(a, a->count - 1);
    }
    drop_oldest(a);
    fetched_release(&rows);
    return err && err != -ENODATA ? err : a->count ? 0 : -ENODATA;
}

/* All archives of one file. */
static int read_from(struct spine *s, const char *path, bool goes_on)
{
    int last = -ENODATA;

    for (size_t i = 0; i < s->count; i++) {
        int err = read_archive(s, path, &s->archives[i], goes_on);
        if (err && err != -ENODATA)
            return err;
        if (!err)
            last = 0;
    }
    return last;
}

int spine_refresh(struct spine *s)
{
    static const struct uuid dom0;
    static const enum entity order[SPINE_FILES] = {ENTITY_HOST, ENTITY_PCPU, ENTITY_DOMAIN};
    char path[SPINE_FILES][LAYOUT_PATH];
    struct window_stamp now[SPINE_FILES];
    bool was = s->read, same = was;
    size_t of = s->of;
    int err = -ENODATA;

    for (size_t i = 0; i < SPINE_FILES; i++) {
        layout_rrd(path[i], order[i], &dom0, 0);
        now[i] = window_stamp(s->dir, path[i]);
        /* One that comes after the one that was read says nothing. */
        same &= (was && i > of) || window_same(&now[i], &s->stamps[i]);
    }
    if (same)
        return 0;
    for (size_t i = 0; i < SPINE_FILES; i++) {
        bool goes_on = was && of == i && now[i].inode && now[i].inode == s->stamps[i].inode;
        int status = read_from(s, path[i], goes_on);
        s->read = status == 0;
        s->of = i;
        s->stamps[i] = now[i];
        if (s->read)
            return 0;
        /* A file that is not there says less than one that cannot be read. */
        if (status != -ENOENT && status != -ENODATA)
            err = status;
    }
    return err;
}

/* ---- asking ---- */

static bool first_known(const struct spine_rows *a, uint64_t *end_s)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->known[i]) {
            *end_s = end_of(a, i);
            return true;
        }
    return false;
}

static bool last_known(const struct spine_rows *a, uint64_t *end_s)
{
    for (size_t i = a->count; i-- > 0;)
        if (a->known[i]) {
            *end_s = end_of(a, i);
            return true;
        }
    return false;
}

bool spine_span(const struct spine *s, uint64_t *first_s, uint64_t *last_s)
{
    uint64_t first = 0, step = 0, end;

    *last_s = 0;
    for (size_t i = s->count; i-- > 0;) {
        const struct spine_rows *a = &s->archives[i];
        if (last_known(a, &end))
            *last_s = MAX(*last_s, end);
        if (!first_known(a, &end))
            continue;
        /* A finer archive says more exactly what a coarser one holds in its first row. */
        if (!step || end + step <= first + a->step_s || (end <= first && end + step > first)) {
            first = end;
            step = a->step_s;
        }
    }
    *first_s = first;
    return step != 0;
}

/* Whether it still has the row that stands for a time: not only one beside it. */
static bool reaches(const struct spine *s, size_t archive, uint64_t at_s)
{
    const struct spine_rows *a = &s->archives[archive];

    return a->count && spine_row(s, archive, at_s) >= a->first_s;
}

size_t spine_choose(const struct spine *s, uint64_t at_s, uint64_t step_s)
{
    size_t coarsest = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct spine_rows *a = &s->archives[i];
        if (!a->count)
            continue;
        coarsest = i;
        if (a->step_s >= step_s && reaches(s, i, at_s))
            return i;
    }
    return coarsest;
}

uint64_t spine_row(const struct spine *s, size_t archive, uint64_t at_s)
{
    const struct spine_rows *a = &s->archives[archive];
    uint64_t finest = s->archives[0].step_s, sample = at_s - at_s % finest;

    if (!a->count || a->step_s == finest)
        return sample;
    uint64_t end = (sample + a->step_s - 1) / a->step_s * a->step_s;
    return end > end_of(a, a->count - 1) && end >= a->step_s
               ? MAX(end - a->step_s, sample - sample % a->step_s)
               : end;
}

static bool known_at(const struct spine_rows *a, uint64_t end_s)
{
    if (!a->count || end_s < a->first_s || (end_s - a->first_s) % a->step_s)
        return false;
    uint64_t row = (end_s - a->first_s) / a->step_s;
    return row < a->count && a->known[row];
}

bool spine_known(const struct spine *s, size_t archive, uint64_t end_s)
{
    return known_at(&s->archives[archive], end_s);
}

bool spine_before(const struct spine *s, uint64_t end_s, uint64_t step_s, uint64_t *found_s,
                  size_t *archive)
{
    bool found = false;

    /* A coarser archive may hold an earlier time only. */
    for (size_t i = 0; i < s->count && !found; i++) {
        const struct spine_rows *a = &s->archives[i];
        if ((a->step_s < step_s && i + 1 < s->count) || !a->count || a->first_s >= end_s)
            continue;
        size_t row = MIN((size_t)((end_s - 1 - a->first_s) / a->step_s), a->count - 1);
        for (size_t k = row + 1; k-- > 0 && !found;)
            if (a->known[k]) {
                *found_s = end_of(a, k);
                *archive = i;
                found = true;
            }
    }
    return found;
}

bool spine_after(const struct spine *s, uint64_t end_s, uint64_t step_s, uint64_t *found_s,
                 size_t *archive)
{
    uint64_t covered_s = UINT64_MAX; /* finer archives have all from then on */
    bool found = false;

    for (size_t i = 0; i < s->count; i++) {
        const struct spine_rows *a = &s->archives[i];
        if ((a->step_s < step_s && i + 1 < s->count) || !a->count)
            continue;
        size_t row = end_s < a->first_s ? 0 : (size_t)((end_s - a->first_s) / a->step_s) + 1;
        while (row < a->count && !a->known[row])
            row++;
        if (row < a->count && end_of(a, row) < covered_s) {
            *found_s = end_of(a, row);
            *archive = i;
            found = true;
        }
        covered_s = MIN(covered_s, a->first_s);
    }
    return found;
}
