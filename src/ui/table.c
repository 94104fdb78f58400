/* table: see table.h. */
#include "table.h"

#include <math.h>
#include <string.h>

#include "../base.h"
#include "../sanitize.h"

static bool keep(const void *ctx, const struct scene *scene, size_t row)
{
    const struct table *t = ctx;

    if (t->only_tagged && !tags_has(t->tags, row_domain(t->of, scene->s, row)))
        return false;
    return filter_match(&t->filter, scene, row);
}

void table_init(struct table *t, enum entity of, const char *noun, const char *nouns,
                const struct tags *tags)
{
    *t = (struct table){.of = of, .noun = noun, .nouns = nouns, .tags = tags};
    columns_build(&t->columns, of);
    t->rows.of = of;
    t->rows.keep = keep;
    t->rows.ctx = t;
}

void table_release(struct table *t)
{
    rows_release(&t->rows);
}

/* Where domains are of several hosts, which one is the first thing to know after the name. */
#define HOST_IMPORTANCE 97

static void look_hosts(struct table *t, const struct snapshot *s)
{
    size_t at = columns_find(&t->columns, "host");

    if (at < t->columns.count && s->domain_count && s->domains[0].host)
        t->columns.at[at].importance = HOST_IMPORTANCE;
}

static void measure(struct table *t, const struct scene *scene)
{
    char buf[FORMAT_MAX];

    look_hosts(t, scene->s);

    t->name_width = 0;
    for (size_t i = 0; i < scene->s->domain_count; i++) {
        const char *name = format_domain_name(scene->s, &scene->s->domains[i], buf);
        t->name_width = MAX(t->name_width, (int)sanitize_width(name));
    }
    for (size_t c = 0; c < t->columns.count; c++) {
        if (t->columns.at[c].face != FACE_RANK)
            continue;
        t->rank_max[c] = 0;
        for (size_t row = 0; row < snapshot_rows(scene->s, t->of); row++) {
            double n = column_number(&t->columns.at[c], scene, row);
            if (n > t->rank_max[c])
                t->rank_max[c] = n;
        }
    }
}

void table_order(struct table *t, const struct scene *scene, bool dom0_first, bool hold)
{
    measure(t, scene);
    if (hold)
        rows_hold(&t->rows, scene);
    else
        rows_sort(&t->rows, scene, &t->columns.at[t->sort], t->reverse, dom0_first);
}

void table_swap(struct table *t, size_t a, size_t b)
{
    struct column column = t->columns.at[a];
    double rank = t->rank_max[a];

    t->columns.at[a] = t->columns.at[b];
    t->columns.at[b] = column;
    t->rank_max[a] = t->rank_max[b];
    t->rank_max[b] = rank;
    t->sort = t->sort == a ? b : t->sort == b ? a : t->sort;
}

int table_alarm(const struct table *t, const struct scene *scene, size_t row)
{
    int most = 0;

    for (size_t i = 0; i < t->columns.count; i++)
        most = MAX(most, column_alarm(&t->columns.at[i], scene, row));
    return most;
}

size_t table_critical(const struct table *t, const struct scene *scene)
{
    const struct column *watched[COLUMNS_MAX];
    size_t count = 0, critical = 0;

    for (size_t i = 0; i < t->columns.count; i++)
        if (!isnan(t->columns.at[i].critical))
            watched[count++] = &t->columns.at[i];
    for (size_t row = 0; count && row < snapshot_rows(scene->s, t->of); row++) {
        size_t i = 0;
        while (i < count && column_alarm(watched[i], scene, row) != 2)
            i++;
        critical += i < count;
    }
    return critical;
}
