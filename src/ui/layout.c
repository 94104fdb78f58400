/* layout: see layout.h. */
#include "layout.h"

#include <limits.h>

#include "../base.h"

/* From these sizes on a header has room without starving the table. */
enum {
    BOXED_COLS = 108,
    BOXED_ROWS = 32,
    TALL_ROWS = 48,
    COMPACT_COLS = 68,
    COMPACT_ROWS = 16,
    SLIM_COLS = 18,
    SLIM_ROWS = 9,
};

/* The next n rows of what is left, from the top. */
static struct rect take_rows(struct rect *left, int n)
{
    struct rect r = *left;

    r.rows = MIN(n, left->rows);
    left->y += r.rows;
    left->rows -= r.rows;
    return r;
}

static struct rect take_cols(struct rect *left, int n)
{
    struct rect r = *left;

    r.cols = MIN(n, left->cols);
    left->x += r.cols;
    left->cols -= r.cols;
    return r;
}

static enum header_kind header_kind(int rows, int cols)
{
    if (rows >= BOXED_ROWS && cols >= BOXED_COLS)
        return HEADER_BOXED;
    if (rows >= COMPACT_ROWS && cols >= COMPACT_COLS)
        return HEADER_COMPACT;
    if (rows >= SLIM_ROWS && cols >= SLIM_COLS)
        return HEADER_SLIM;
    return HEADER_NONE;
}

static int header_rows(enum header_kind kind, int rows, enum layout_scope scope)
{
    if (scope == SCOPE_BODY || kind == HEADER_NONE)
        return 0;
    if (scope == SCOPE_TOPIC)
        return kind == HEADER_BOXED ? rows >= TALL_ROWS ? 10 : 8 : 2;
    switch (kind) {
    case HEADER_BOXED: return rows >= TALL_ROWS ? 10 : 8;
    case HEADER_COMPACT: return 4;
    case HEADER_SLIM: return 2;
    case HEADER_NONE: break;
    }
    return 0;
}

/* Boxes: cpu gets what grows with the screen, the others what they need and a little more. */
static void header_boxes(struct layout *l)
{
    struct rect left = l->header;

    l->cpu = take_cols(&left, left.cols * 46 / 100);
    l->mem = take_cols(&left, MAX(26, l->header.cols * 20 / 100));
    l->net = take_rows(&left, left.rows / 2);
    l->disk = left;
}

static void header_halves(struct layout *l)
{
    struct rect right = rect_inset(l->header, 0, 1);
    struct rect left = take_cols(&right, right.cols * 55 / 100);

    take_cols(&right, 2);
    l->cpu = take_rows(&left, 1);
    l->mem = take_rows(&left, 1);
    l->past = take_rows(&left, 1);
    l->pcpus = left;
    l->net = take_rows(&right, 2);
    l->disk = right;
}

static void header_lines(struct layout *l)
{
    struct rect left = rect_inset(l->header, 0, l->header.cols > 30);

    l->cpu = take_rows(&left, 1);
    l->mem = take_rows(&left, 1);
}

void layout_screen(struct layout *l, int rows, int cols, enum layout_scope scope)
{
    struct rect left = {0, 0, MAX(rows, 0), MAX(cols, 0)};

    *l = (struct layout){.screen = left};
    l->kind = header_kind(rows, cols);
    l->title = take_rows(&left, 1);
    /* What explains gives way before the table has a row: footer, caption, heading. */
    if (left.rows >= 4) {
        left.rows--;
        l->footer = (struct rect){left.y + left.rows, 0, 1, left.cols};
    }
    l->header = take_rows(&left, header_rows(l->kind, rows, scope));
    l->caption = take_rows(&left, left.rows >= 5);
    l->heading = take_rows(&left, scope != SCOPE_BODY && left.rows >= 2);
    l->body = left;

    if (scope != SCOPE_HOST)
        return;
    switch (l->kind) {
    case HEADER_BOXED: header_boxes(l); break;
    case HEADER_COMPACT: header_halves(l); break;
    case HEADER_SLIM: header_lines(l); break;
    case HEADER_NONE: break;
    }
}

void layout_strip(struct layout *l, int rows)
{
    struct rect *const below[] = {&l->header, &l->caption, &l->heading, &l->body,
                                  &l->footer, &l->cpu,     &l->mem,     &l->net,
                                  &l->disk,   &l->past,    &l->pcpus};

    l->strip = (struct rect){l->title.y + l->title.rows, 0, rows, l->screen.cols};
    for (size_t i = 0; i < ARRAY_LEN(below); i++)
        below[i]->y += rows;
    l->screen.rows += rows;
}

struct rect rect_inset(struct rect r, int margin_y, int margin_x)
{
    margin_y = MIN(margin_y, r.rows / 2);
    margin_x = MIN(margin_x, r.cols / 2);
    return (struct rect){r.y + margin_y, r.x + margin_x, r.rows - 2 * margin_y,
                         r.cols - 2 * margin_x};
}

bool rect_has(struct rect r, int y, int x)
{
    return y >= r.y && y < r.y + r.rows && x >= r.x && x < r.x + r.cols;
}

struct rect rect_centre(struct rect r, int rows, int cols)
{
    rows = MIN(rows, r.rows);
    cols = MIN(cols, r.cols);
    return (struct rect){r.y + (r.rows - rows) / 2, r.x + (r.cols - cols) / 2, rows, cols};
}

struct heat_grid layout_heat(size_t count, int rows, int cols)
{
    struct heat_grid g = {1, 0, 0, 1};

    if (rows <= 0 || cols <= 0 || !count)
        return g;
    size_t cells = (size_t)rows * (size_t)cols;
    g.per_cell = (count + cells - 1) / cells;
    size_t used = (count + g.per_cell - 1) / g.per_cell;
    g.columns = (int)MIN(used, (size_t)MAX(8, (int)((used + (size_t)rows - 1) / (size_t)rows)));
    g.columns = MIN(g.columns, cols);
    g.rows = (int)((used + (size_t)g.columns - 1) / (size_t)g.columns);
    g.width = rows > 1 && 2 * g.columns <= cols ? 2 : 1;
    return g;
}

bool layout_meters(struct meter_grid *g, size_t count, int rows, int cols, int min_width, int gap)
{
    *g = (struct meter_grid){0, 0, 0};
    if (!count || rows <= 0 || count > (size_t)rows * (size_t)MAX(cols, 0))
        return false;
    g->columns = ((int)count + rows - 1) / rows;
    g->rows = ((int)count + g->columns - 1) / g->columns;
    g->width = (cols - (g->columns - 1) * gap) / g->columns;
    return g->width >= min_width;
}

int layout_numbers(size_t count, int rows, int cols, int width)
{
    if (!count || rows <= 0 || cols < 4 * width || count > (size_t)rows * (size_t)cols)
        return 0;
    int least = ((int)count + rows - 1) / rows;
    /* Round numbers to count from, the rounder the better. */
    for (int round = least > 16 ? 16 : least > 8 ? 8 : 4; round >= 4; round /= 2) {
        int per_line = (least + round - 1) / round * round;
        if (per_line * width <= cols && (round == 4 || per_line < (int)count))
            return per_line;
    }
    return 0;
}

/* The highest importance below `below`; INT_MIN when there is none. */
static int next_importance(const struct slot *slots, size_t count, int below)
{
    int next = INT_MIN;

    for (size_t i = 0; i < count; i++)
        if (slots[i].importance < below)
            next = MAX(next, slots[i].importance);
    return next;
}

static int class_width(const struct slot *slots, size_t count, int importance, int gap)
{
    int width = 0;

    for (size_t i = 0; i < count; i++)
        if (slots[i].importance == importance)
            width += slots[i].width + gap;
    return width;
}

size_t layout_slots(struct slot *slots, size_t count, int cols, int gap)
{
    int top = next_importance(slots, count, INT_MAX), used = -gap, x = 0;
    size_t aside = 0;
    bool any = false;

    for (size_t i = 0; i < count; i++)
        slots[i].given = 0;
    for (int class = top; class != INT_MIN; class = next_importance(slots, count, class)) {
        bool fits = used + class_width(slots, count, class, gap) <= cols;
        if (!fits && class != top)
            break;
        for (size_t i = 0; i < count; i++) {
            int least = any ? slots[i].width : 0; /* the first takes what there is */
            if (slots[i].importance != class || used + gap + least > cols)
                continue;
            any = true;
            slots[i].given = MIN(slots[i].width, cols);
            used += slots[i].given + gap;
        }
        if (!fits)
            break;
    }
    for (size_t i = 0; i < count; i++) {
        struct slot *s = &slots[i];
        if (!s->given) {
            aside++;
            continue;
        }
        int more = MAX(0, MIN(s->want - s->given, cols - used));
        s->given += more;
        used += more;
        s->x = x;
        x += s->given + gap;
    }
    return aside;
}
