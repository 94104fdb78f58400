/*
 * restore: rows of a snapshot from what was recorded of them.
 *
 * Of a counter only its rate was kept, so two rows are made whose difference over the interval is
 * that rate; how high the counter stood nobody knows any more. A gauge is the same in both. What
 * was not recorded stays unknown.
 */
#ifndef DOMTOP_RESTORE_H
#define DOMTOP_RESTORE_H

#include "fetched.h"
#include "layout.h"

/* Which source of a file is what: made once for the rows of a file. */
struct restore_map {
    struct restore_slot {
        const struct layout_source *source; /* NULL for one this domtop does not know */
        uint64_t index;                     /* the member's number in a set */
    } * slots;
    size_t count, cap;
};

/* peaks: what is in rows are those. */
void restore_map_make(struct restore_map *map, enum entity entity, const struct fetched *rows,
                      bool peaks);
void restore_map_release(struct restore_map *map);

/* The row whose time ends at end_s, or holds it where rows stand for longer than was asked for; -1
 * when there is none. */
long restore_find(const struct fetched *rows, uint64_t end_s);

/* Whether anything is known in a row; of a set, of its member `index`. */
bool restore_known(const struct restore_map *map, const struct fetched *rows, long row);
bool restore_member(const struct restore_map *map, const struct fetched *rows, long row,
                    uint64_t index);

/* Members a set can have: one more than the highest number. */
uint64_t restore_members(const struct restore_map *map);

/* Fill the records of one row (of a set's member `index`), `seconds` before the end of its time and
 * at it. */
void restore_row(const struct restore_map *map, const struct fetched *rows, long row,
                 uint64_t index, double seconds, void *before, void *at);

#endif
