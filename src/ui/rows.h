/*
 * rows: the order of a table's rows, which of them is marked, and which are in sight.
 *
 * Rows are those of one entity: domains, vcpus, vifs or vbds. A mark stays on its row by identity
 * (uuid and domid, and the number of a device; the uuid alone once that domid is gone) once the
 * user has moved it; before that it stays on its place. Sort keys are read once per sort, and
 * nothing is allocated unless there are more rows than ever before.
 */
#ifndef DOMTOP_UI_ROWS_H
#define DOMTOP_UI_ROWS_H

#include "column.h"

struct row_id {
    struct uuid uuid;
    uint64_t domid;
    uint64_t device; /* 0 for a domain */
};

struct row_key; /* private */

struct rows {
    enum entity of; /* set by who owns it */

    /* Which rows are there at all; NULL: all of them. */
    bool (*keep)(const void *ctx, const struct scene *scene, size_t row);
    const void *ctx;

    uint32_t *order; /* rows of the snapshot, in the order shown */
    size_t count;
    size_t cursor, top; /* places in the order: marked, first in sight */
    bool follow;        /* the mark is on `marked`, not on a place */
    struct row_id marked;

    /* Private. */
    struct row_id *ids; /* of the order, to hold it over the next sample */
    struct row_key *keys;
    uint32_t *scratch;
    bool *seen;
    size_t order_cap, ids_cap, keys_cap, scratch_cap, seen_cap;
};

/* The identity of a row, and whether a row has it. */
struct row_id row_id(enum entity of, const struct snapshot *s, size_t row);
bool row_is(const struct row_id *id, enum entity of, const struct snapshot *s, size_t row);

/* Order the rows of a scene by a column. Unknown is last in either direction, equal ones are by
 * domid. dom0_first: dom0 above all. */
void rows_sort(struct rows *rows, const struct scene *scene, const struct column *by, bool reverse,
               bool dom0_first);

/* Keep the order there is for a new snapshot: the gone are left out, the new come last. */
void rows_hold(struct rows *rows, const struct scene *scene);

/* Move the mark by so many rows, or to a place; beyond the ends is the end. */
void rows_move(struct rows *rows, const struct snapshot *s, long by);
void rows_mark(struct rows *rows, const struct snapshot *s, size_t place);

/* Mark the first row of a domain; false when it has none here. */
bool rows_find(struct rows *rows, const struct snapshot *s, const struct row_id *domain);

/* Make the mark visible among `visible` rows, with no empty rows below that could show some. */
void rows_reveal(struct rows *rows, size_t visible);

void rows_release(struct rows *rows);

#endif
