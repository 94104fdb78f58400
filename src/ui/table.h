/*
 * table: what the user has made of one table: its columns and order, which rows are shown, and the
 * mark. Knows no screen.
 */
#ifndef DOMTOP_UI_TABLE_H
#define DOMTOP_UI_TABLE_H

#include "filter.h"
#include "rows.h"
#include "tags.h"

struct table {
    enum entity of;
    const char *noun, *nouns; /* "disk", "disks" */
    struct columns columns;   /* in the order shown */
    struct rows rows;
    size_t sort; /* of columns */
    bool reverse;
    struct filter filter;
    bool only_tagged;
    const struct tags *tags;
    int name_width;               /* of the widest name */
    size_t skip;                  /* columns scrolled out on the left, after the first */
    double rank_max[COLUMNS_MAX]; /* the greatest value of a FACE_RANK column */
};

void table_init(struct table *t, enum entity of, const char *noun, const char *nouns,
                const struct tags *tags);
void table_release(struct table *t);

/* Order for a new sample, or keep the order there is. */
void table_order(struct table *t, const struct scene *scene, bool dom0_first, bool hold);

/* Change the columns: exchange two neighbours (the sort follows its column). */
void table_swap(struct table *t, size_t a, size_t b);

/* Whether any of the row's columns calls for attention: 0, 1 warning, 2 critical. */
int table_alarm(const struct table *t, const struct scene *scene, size_t row);

/* How many rows, shown or not, have something critical. */
size_t table_critical(const struct table *t, const struct scene *scene);

#endif
