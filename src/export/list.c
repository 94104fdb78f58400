/* list: see list.h. Columns are as wide as the table needs. */
#include "list.h"

#include <string.h>

#include "../metric.h"

#define LINE 100
#define GAP  2

enum { COLUMN_ENTITY, COLUMN_METRIC, COLUMN_KIND, COLUMN_UNIT, COLUMNS };

static const char *const titles[COLUMNS] = {"ENTITY", "METRIC", "KIND", "UNIT"};

static void cells_of(const struct metric *m, const char *cells[COLUMNS])
{
    cells[COLUMN_ENTITY] = metric_groups[m->entity].name;
    cells[COLUMN_METRIC] = m->id;
    cells[COLUMN_KIND] = kind_name(m->kind);
    cells[COLUMN_UNIT] = *unit_name(m->unit) ? unit_name(m->unit) : "-";
}

static void widen(size_t widths[COLUMNS], const char *const cells[COLUMNS])
{
    for (int c = 0; c < COLUMNS; c++)
        widths[c] = MAX(widths[c], strlen(cells[c]));
}

/* Words from text, broken so that none goes past LINE; further lines are indented. */
static void wrap(struct text *out, const char *text, size_t indent, size_t column)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > indent && column + 1 + word > LINE) {
            text_addf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            text_addc(out, ' ');
            column++;
        }
        text_add(out, text, word);
        column += word;
        text += word + (text[word] == ' ');
    }
    text_addc(out, '\n');
}

static void line(struct text *out, const size_t widths[COLUMNS], const char *const cells[COLUMNS],
                 const char *help)
{
    size_t column = 0;

    for (int c = 0; c < COLUMNS; c++) {
        text_addf(out, "%-*s", (int)(widths[c] + GAP), cells[c]);
        column += widths[c] + GAP;
    }
    wrap(out, help, column, column);
}

static void sums(struct text *out)
{
    struct text names = {0};

    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++)
            if (metric_groups[e].rows[i].flags & METRIC_SUMS)
                text_addf(&names, "%s%s", names.len ? ", " : "", metric_groups[e].rows[i].id);
    if (names.len) {
        static const char lead[] = "A domain also has the sums over its devices of:";
        text_adds(out, lead);
        wrap(out, names.data, 0, sizeof(lead) - 1);
    }
    text_release(&names);
}

void list_render(struct text *out)
{
    size_t widths[COLUMNS] = {0};
    const char *cells[COLUMNS];

    widen(widths, titles);
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            if (metric_groups[e].rows[i].flags & METRIC_INNER)
                continue;
            cells_of(&metric_groups[e].rows[i], cells);
            widen(widths, cells);
        }

    line(out, widths, titles, "WHAT IT IS");
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            if (metric_groups[e].rows[i].flags & METRIC_INNER)
                continue;
            cells_of(&metric_groups[e].rows[i], cells);
            line(out, widths, cells, metric_groups[e].rows[i].help);
        }
    text_addc(out, '\n');
    wrap(
        out,
        "A counter is a running total; its rate per second goes by its name and _rate. The rate of "
        "nanoseconds is a share: 1 is one cpu. pcpus also have busy_rate, the share that is not "
        "idle.",
        0, 0);
    sums(out);
}
