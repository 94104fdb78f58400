/* rrd_line: a sample as the line that rrd_update takes, and which columns there are. See rrd.h. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rrd_private.h"

static void add_columns(struct rrd_file *f, uint64_t from, uint64_t to)
{
    const struct layout_source *sources;
    size_t count = layout_sources(f->entity, &sources);

    for (uint64_t member = from; member < to; member++)
        for (size_t i = 0; i < count; i++) {
            array_reserve(&f->columns, &f->column_cap, f->column_count + 1, sizeof(*f->columns));
            f->columns[f->column_count++] = (struct rrd_column){&sources[i], (uint32_t)member};
        }
}

static uint64_t members_of(const struct rrd_file *f, uint64_t members)
{
    return layout_is_set(f->entity) ? MIN(MAX(members, 1), LAYOUT_SET_MAX) : 1;
}

void rrd_file_plan(struct rrd_file *f, uint64_t members)
{
    f->column_count = 0;
    f->members = members_of(f, members);
    add_columns(f, 0, f->members);
}

static bool has_column(const struct rrd_file *f, const struct layout_source *source, uint64_t index)
{
    for (size_t i = 0; i < f->column_count; i++)
        if (f->columns[i].source == source && f->columns[i].index == index)
            return true;
    return false;
}

bool rrd_file_lacks(const struct rrd_file *f, uint64_t members)
{
    const struct layout_source *sources;
    size_t count = layout_sources(f->entity, &sources), known = 0;
    uint64_t want = MAX(members_of(f, members), f->members);

    for (size_t i = 0; i < f->column_count; i++)
        known += layout_source_current(f->entity, f->columns[i].source);
    return known < count * want;
}

/* ---- a value ---- */

static void add_number(struct text *t, uint64_t n)
{
    char digits[20];
    size_t len = 0;

    do
        digits[sizeof(digits) - ++len] = (char)('0' + n % 10);
    while (n /= 10);
    text_add(t, digits + sizeof(digits) - len, len);
}

static void add_value(struct text *t, const struct layout_source *source,
                      const struct layout_sample *sample, const void *record)
{
    uint64_t n;
    double x;

    text_addc(t, ':');
    if (layout_source_value(source, sample, record, &n, &x)) {
        if (n == UNKNOWN)
            text_addc(t, 'U');
        else
            add_number(t, n);
    } else if (isfinite(x)) {
        text_addf(t, "%.10g", x);
    } else {
        text_addc(t, 'U');
    }
}

/* ---- a line ---- */

static void forget_oldest(struct rrd_store *store, struct rrd_file *f)
{
    size_t len = strlen(f->lines.data) + 1;

    memmove(f->lines.data, f->lines.data + len, f->lines.len - len);
    f->lines.len -= len;
    store->waiting -= len;
    f->line_count--;
    f->lost++;
}

/* What of a row goes into a line. */
enum part { PART_ROW, PART_GAUGES, PART_NONE };

static void add_line(const struct rrd_store *store, struct rrd_file *f, uint64_t time_s,
                     bool and_half, enum part part,
                     const void *(*record)(void *arg, uint64_t index), void *arg)
{
    add_number(&f->lines, time_s);
    if (and_half)
        text_adds(&f->lines, ".5");
    for (size_t i = 0; i < f->column_count; i++) {
        const struct layout_source *source = f->columns[i].source;
        const void *row = NULL;
        if (source && part != PART_NONE)
            row = record(arg, f->columns[i].index);
        if (!row || (part == PART_GAUGES && layout_source_counts(source)))
            text_add(&f->lines, ":U", 2);
        else
            add_value(&f->lines, source, &store->sample, row);
    }
    text_add(&f->lines, "", 1);
    f->line_count++;
}

/* After a gap longer than an archive librrd puts what was under way of its next row to where the
 * archive begins now. A line of unknowns at the end of that row has it written where it belongs. */
static void finish_rows(const struct rrd_store *store, struct rrd_file *f, uint64_t time_s)
{
    uint64_t done_s = f->last_s;

    for (size_t i = 0; f->last_s && i < store->archives.count; i++) {
        const struct archive *a = &store->archives.a[i];
        uint64_t end_s = (f->last_s + a->step_s - 1) / a->step_s * a->step_s;
        if (time_s - f->last_s <= a->keep_s || end_s <= done_s || end_s + store->step_s >= time_s)
            continue;
        add_line(store, f, end_s, false, PART_NONE, NULL, NULL);
        done_s = end_s;
    }
}

void rrd_file_add(struct rrd_store *store, struct rrd_file *f, uint64_t time_s, enum rrd_past past,
                  const void *(*record)(void *arg, uint64_t index), void *arg)
{
    size_t before = f->lines.len;

    if (time_s <= f->last_s)
        return;
    finish_rows(store, f, time_s);
    if (past == RRD_WAS_AWAY && time_s - store->step_s > f->last_s)
        add_line(store, f, time_s - store->step_s, false, PART_NONE, record, arg);
    /* Half a second before the sample what the counters were is forgotten: the rate of this step is
     * unknown and that of the next one known. In steps so short that librrd, which counts unknown
     * time in whole seconds, would take the rest of it for known, the next one is unknown too. */
    bool half = past != RRD_GOES_ON && store->step_s >= 3;
    if (half)
        add_line(store, f, time_s - 1, true, PART_GAUGES, record, arg);
    add_line(store, f, time_s, false, past == RRD_GOES_ON || half ? PART_ROW : PART_GAUGES, record,
             arg);
    f->last_s = time_s;
    store->waiting += f->lines.len - before;
    while (f->line_count > RRD_LINES || (f->line_count > 3 && store->waiting > store->waiting_max))
        forget_oldest(store, f);
}

/* ---- more columns ---- */

struct rrd_column *rrd_lacking(const struct rrd_file *f, uint64_t members, size_t *count)
{
    struct rrd_file all = {.entity = f->entity};
    size_t kept = 0;

    rrd_file_plan(&all, MAX(members_of(f, members), f->members));
    for (size_t i = 0; i < all.column_count; i++)
        if (!has_column(f, all.columns[i].source, all.columns[i].index))
            all.columns[kept++] = all.columns[i];
    *count = kept;
    return all.columns;
}
