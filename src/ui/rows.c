/* rows: see rows.h. */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"

struct row_key {
    bool pinned;
    union {
        double number;
        const char *text;
        const struct uuid *uuid;
    };
};

/* One comparator per type; each puts the unknown last whatever the direction. */
static int compare_numbers(double a, double b, int direction)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return direction * ((a > b) - (a < b));
}

static int compare_texts(const char *a, const char *b, int direction)
{
    if (!a || !b)
        return !a - !b;
    return direction * strverscmp(a, b); /* web-9 before web-10 */
}

static int compare_uuids(const struct uuid *a, const struct uuid *b)
{
    int order = memcmp(a, b, sizeof(*a));

    return (order > 0) - (order < 0);
}

struct by {
    const struct row_key *keys;
    enum column_type type;
    int direction;
};

static int compare_rows(uint32_t row_a, uint32_t row_b, const void *ctx)
{
    const struct by *by = ctx;
    const struct row_key *a = &by->keys[row_a], *b = &by->keys[row_b];
    int direction = by->direction;

    if (a->pinned != b->pinned)
        return a->pinned ? -1 : 1;
    switch (by->type) {
    case COLUMN_NUMBER: return compare_numbers(a->number, b->number, direction);
    case COLUMN_TEXT: return compare_texts(a->text, b->text, direction);
    case COLUMN_UUID: return direction * compare_uuids(a->uuid, b->uuid);
    }
    return 0;
}

static void reserve(struct rows *rows, size_t count)
{
    array_reserve(&rows->order, &rows->order_cap, count, sizeof(*rows->order));
    array_reserve(&rows->ids, &rows->ids_cap, count, sizeof(*rows->ids));
    array_reserve(&rows->keys, &rows->keys_cap, count, sizeof(*rows->keys));
    array_reserve(&rows->scratch, &rows->scratch_cap, count, sizeof(*rows->scratch));
    array_reserve(&rows->seen, &rows->seen_cap, count, sizeof(*rows->seen));
}

static struct row_key key_of(const struct scene *scene, const struct column *by, size_t row,
                             bool dom0_first)
{
    struct row_key key = {.pinned = dom0_first &&
                                    domid_own(row_domain(by->of, scene->s, row)->domid) == 0};

    switch (by->type) {
    case COLUMN_NUMBER: key.number = column_number(by, scene, row); break;
    case COLUMN_TEXT: key.text = column_text(by, scene, row); break;
    case COLUMN_UUID: key.uuid = column_uuid(by, scene, row); break;
    }
    return key;
}

static uint64_t device_of(enum entity of, const struct snapshot *s, size_t row)
{
    switch (of) {
    case ENTITY_VCPU: return s->vcpus[row].id;
    case ENTITY_VIF: return s->vifs[row].id;
    case ENTITY_VBD: return s->vbds[row].id;
    default: return 0;
    }
}

struct row_id row_id(enum entity of, const struct snapshot *s, size_t row)
{
    const struct domain *d = row_domain(of, s, row);

    return (struct row_id){d->uuid, d->domid, device_of(of, s, row)};
}

static bool same_domain(const struct row_id *id, const struct domain *d)
{
    return id->domid == d->domid && !memcmp(&id->uuid, &d->uuid, sizeof(id->uuid));
}

bool row_is(const struct row_id *id, enum entity of, const struct snapshot *s, size_t row)
{
    return id->device == device_of(of, s, row) && same_domain(id, row_domain(of, s, row));
}

/* The row that has an identity; false when there is none. */
static bool row_of(const struct rows *rows, const struct snapshot *s, const struct row_id *id,
                   size_t *row)
{
    const struct domain *d = snapshot_domain(s, id->domid);
    size_t first, count;

    if (!d || !same_domain(id, d))
        return false;
    if (rows->of == ENTITY_DOMAIN) {
        *row = (size_t)(d - s->domains);
        return true;
    }
    domain_devices(d, rows->of, &first, &count);
    for (*row = first; *row < first + count; ++*row)
        if (device_of(rows->of, s, *row) == id->device)
            return true;
    return false;
}

/* The same domain under a new domid, as after a reboot: the mark goes with it. */
static bool settle_uuid(struct rows *rows)
{
    static const struct uuid none; /* of dom0, and of domains built without one */
    const struct row_id *was = &rows->marked;

    for (size_t i = 0; i < rows->count && memcmp(&was->uuid, &none, sizeof(none)) != 0; i++) {
        const struct row_id *id = &rows->ids[i];
        if (memcmp(&id->uuid, &was->uuid, sizeof(id->uuid)) != 0 || id->device != was->device)
            continue;
        rows->cursor = i;
        rows->marked = *id;
        return true;
    }
    return false;
}

/* After the order changed: remember whose rows these are, and find the mark again. */
static void settle(struct rows *rows, const struct snapshot *s)
{
    bool found = false;

    for (size_t i = 0; i < rows->count; i++) {
        rows->ids[i] = row_id(rows->of, s, rows->order[i]);
        if (rows->follow && !found && !memcmp(&rows->marked, &rows->ids[i], sizeof(rows->marked))) {
            rows->cursor = i;
            found = true;
        }
    }
    if (rows->follow && !found)
        found = settle_uuid(rows);
    rows->cursor = rows->count ? MIN(rows->cursor, rows->count - 1) : 0;
    /* A row that is gone leaves the mark to the one that took its place. */
    if (rows->follow && !found && rows->count)
        rows->marked = rows->ids[rows->cursor];
}

static bool kept(const struct rows *rows, const struct scene *scene, size_t row)
{
    return !rows->keep || rows->keep(rows->ctx, scene, row);
}

void rows_sort(struct rows *rows, const struct scene *scene, const struct column *by, bool reverse,
               bool dom0_first)
{
    size_t all = snapshot_rows(scene->s, rows->of);

    reserve(rows, all);
    rows->count = 0;
    for (size_t row = 0; row < all; row++) {
        if (!kept(rows, scene, row))
            continue;
        rows->order[rows->count++] = (uint32_t)row;
        rows->keys[row] = key_of(scene, by, row, dom0_first);
    }
    struct by how = {rows->keys, by->type, by->descending != reverse ? -1 : 1};
    sort_rows(rows->order, rows->scratch, rows->count, compare_rows, &how);
    settle(rows, scene->s);
}

void rows_hold(struct rows *rows, const struct scene *scene)
{
    const struct snapshot *s = scene->s;
    size_t all = snapshot_rows(s, rows->of), count = 0, row;

    reserve(rows, MAX(rows->count, all));
    memset(rows->seen, 0, all * sizeof(*rows->seen));
    for (size_t i = 0; i < rows->count; i++) {
        if (!row_of(rows, s, &rows->ids[i], &row))
            continue;
        rows->order[count++] = (uint32_t)row;
        rows->seen[row] = true;
    }
    for (row = 0; row < all; row++)
        if (!rows->seen[row] && kept(rows, scene, row))
            rows->order[count++] = (uint32_t)row;
    rows->count = count;
    settle(rows, s);
}

void rows_mark(struct rows *rows, const struct snapshot *s, size_t place)
{
    if (!rows->count)
        return;
    rows->cursor = MIN(place, rows->count - 1);
    rows->follow = true;
    rows->marked = row_id(rows->of, s, rows->order[rows->cursor]);
}

void rows_move(struct rows *rows, const struct snapshot *s, long by)
{
    size_t to = rows->cursor;

    if (!rows->count)
        return;
    if (by < 0)
        to -= MIN(to, (size_t)-by);
    else
        to += MIN(rows->count - 1 - to, (size_t)by);
    rows_mark(rows, s, to);
}

bool rows_find(struct rows *rows, const struct snapshot *s, const struct row_id *domain)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (!same_domain(domain, row_domain(rows->of, s, rows->order[i])))
            continue;
        rows_mark(rows, s, i);
        return true;
    }
    return false;
}

void rows_reveal(struct rows *rows, size_t visible)
{
    if (!visible)
        return;
    if (rows->cursor < rows->top)
        rows->top = rows->cursor;
    if (rows->cursor >= rows->top + visible)
        rows->top = rows->cursor + 1 - visible;
    if (rows->top + visible > rows->count)
        rows->top = rows->count > visible ? rows->count - visible : 0;
}

void rows_release(struct rows *rows)
{
    free(rows->order);
    free(rows->ids);
    free(rows->keys);
    free(rows->scratch);
    free(rows->seen);
    *rows = (struct rows){0};
}
