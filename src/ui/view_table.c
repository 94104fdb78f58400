/*
 * view_table: what all views that are tables share: order, columns, rows, keys and mouse.
 *
 * Only rows and columns in sight are formatted. While the mark is being moved the rows stay where
 * they are for a few seconds, and the screen says so.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "screen.h"

#define HOLD_NS (3 * NS_PER_S)

/* The least share of its vcpus that fills a domain's graph. */
#define PEAK_MIN 0.25

/* Columns between columns: more where there is room. */
static int gap_of(const struct ui *ui)
{
    return ui->layout.screen.cols >= 150 ? 2 : 1;
}

static size_t visible_rows(const struct ui *ui)
{
    return (size_t)MAX(0, ui->layout.body.rows);
}

/* ---- order ---- */

void table_view_sort(struct ui *ui)
{
    struct table *t = ui_table(ui);
    struct scene scene = ui_scene(ui);

    ui->hold_until_ns = 0;
    if (t && scene.s->seq)
        table_order(t, &scene, ui->dom0_first, false);
}

void table_view_sampled(struct ui *ui)
{
    struct scene scene = ui_scene(ui);

    if (scene.s->seq)
        table_order(ui_table(ui), &scene, ui->dom0_first, ui->hold_until_ns > clock_mono_ns());
}

void table_sort_by(struct ui *ui, struct table *t, size_t column)
{
    if (column >= t->columns.count)
        return;
    t->sort = column;
    t->reverse = false;
    table_view_sort(ui);
}

static bool sort_by_id(struct ui *ui, struct table *t, const char *id)
{
    size_t at = columns_find(&t->columns, id);

    if (at < t->columns.count)
        table_sort_by(ui, t, at);
    else
        ui_say(ui, "%s have no such column", t->nouns);
    return true;
}

/* ---- which columns ---- */

size_t table_place(const struct ui *ui, const struct table *t, struct slot slots[COLUMNS_MAX],
                   int cols, bool own)
{
    struct slot wanted[COLUMNS_MAX];
    size_t at[COLUMNS_MAX], count = 0, skip = own ? 0 : t->skip, skipped = 0;

    for (size_t i = 0; i < t->columns.count; i++) {
        const struct column *c = &t->columns.at[i];
        slots[i] = (struct slot){0};
        if (!column_wanted(c) || (own && (c->metric->entity != t->of || c->face == FACE_RANK)))
            continue;
        if (count && skipped < skip) {
            skipped++;
            continue;
        }
        int width = column_width(c, ui->units);
        struct slot s = {.width = width, .want = MAX(width, c->want), .importance = c->importance};
        if (!strcmp(c->id, "name") && !c->fixed) {
            /* A name is worth more than one column more: a sixth of the screen is its own. */
            s.width = MAX(width, MIN(t->name_width, cols / 6));
            s.want = MAX(s.width, MIN(t->name_width, c->want));
            if (ui->config->full_name)
                s.width = s.want = MAX(width, t->name_width);
        }
        if (c->fixed)
            s.want = s.width;
        at[count] = i;
        wanted[count++] = s;
    }
    size_t aside = layout_slots(wanted, count, cols, gap_of(ui));
    for (size_t i = 0; i < count; i++)
        slots[at[i]] = wanted[i];
    return aside + skipped;
}

/* The columns as they stand in the body. */
static size_t place(const struct ui *ui, const struct table *t, struct slot slots[COLUMNS_MAX])
{
    int cols = ui->layout.body.cols;

    return table_place(ui, t, slots, cols > 24 ? cols - 2 : cols, false);
}

/* The next column in sight to the left (-1) or right (+1) of the one sorted by. */
static void sort_beside(struct ui *ui, struct table *t, int step)
{
    struct slot slots[COLUMNS_MAX];
    long count = (long)t->columns.count, at = (long)t->sort;

    place(ui, t, slots);
    for (long tried = 0; tried < count; tried++) {
        at = (at + step + count) % count;
        /* A graph has the order of the number beside it. */
        if (slots[at].given && t->columns.at[at].face != FACE_GRAPH) {
            table_sort_by(ui, t, (size_t)at);
            return;
        }
    }
}

static void scroll_columns(struct ui *ui, struct table *t, int step)
{
    struct slot slots[COLUMNS_MAX];
    size_t aside = place(ui, t, slots);

    if (step > 0 && aside > t->skip)
        t->skip++;
    if (step < 0 && t->skip)
        t->skip--;
}

/* ---- drawing ---- */

void table_heading(const struct ui *ui, const struct paint *p, const struct table *t,
                   const struct slot *slots)
{
    struct scene scene = ui_scene(ui);

    for (size_t i = 0; i < t->columns.count; i++) {
        const struct column *c = &t->columns.at[i];
        if (slots[i].given)
            paint_cell(p, 0, slots[i].x, slots[i].given,
                       c->face == FACE_RIGHT ? ALIGN_RIGHT : ALIGN_LEFT,
                       i == t->sort ? ROLE_ACCENT : ROLE_TEXT, column_title(c, &scene));
    }
}

static void heading_draw(const struct ui *ui, const struct paint *screen, const struct table *t,
                         const struct slot *slots)
{
    struct paint p = ui_paint(screen, ui->layout.heading, GROUND_STRIP);

    paint_ground(&p);
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    table_heading(ui, &p, t, slots);
}

static void graph_draw(const struct ui *ui, const struct paint *p, int x, int cols,
                       const struct domain *d)
{
    float values[128];
    size_t n = paint_samples(p, cols);

    if (n > ARRAY_LEN(values) || d->vcpus_max == UNKNOWN)
        return;
    model_past_domain(&ui->model, d, HISTORY_CPU, values, n);
    /* The bar beside it says how much; the graph says how it moved. What is next to nothing stays
     * flat. */
    double peak = PEAK_MIN * (double)d->vcpus_max;
    for (size_t i = 0; i < n; i++)
        if (values[i] > peak)
            peak = values[i];
    paint_graph(p, 0, x, 1, cols, values, peak, ROLE_PAST, false);
}

/* Lighter than the row for a warning, the other way round when critical, and with a mark after it:
 * never the colour alone. */
static enum role alarm_role(int alarm, enum role otherwise)
{
    return alarm == 2 ? ROLE_CRITICAL : alarm == 1 ? ROLE_WARNING : otherwise;
}

static void state_draw(const struct paint *p, const struct slot *slot, const char *word)
{
    enum role role = theme_state(word);
    int x = slot->x;

    if (strcmp(word, "-") != 0)
        x = paint_text(p, 0, x, role, glyph_symbol(p->glyphs, SYMBOL_DOT));
    paint_cell(p, 0, x, slot->given - (x - slot->x), ALIGN_LEFT, role, word);
}

static void number_draw(const struct paint *p, const struct slot *slot, const char *text, int alarm)
{
    /* What does nothing steps back, so that what does something stands out. */
    bool quiet = !strcmp(text, "0") || !strcmp(text, "0.0") || !strcmp(text, "-");

    paint_cell(p, 0, slot->x, slot->given, ALIGN_RIGHT,
               alarm_role(alarm, quiet ? ROLE_DIM : ROLE_TEXT), text);
    if (alarm)
        paint_text(p, 0, slot->x + slot->given, alarm_role(alarm, ROLE_TEXT), "!");
}

static void cell_draw(const struct ui *ui, const struct paint *p, const struct table *t, size_t i,
                      const struct slot *slot, const struct scene *scene, size_t row)
{
    const struct column *c = &t->columns.at[i];
    char buf[FORMAT_MAX];
    double value;
    int alarm = column_alarm(c, scene, row);

    switch (c->face) {
    case FACE_GRAPH: graph_draw(ui, p, slot->x, slot->given, &scene->s->domains[row]); return;
    case FACE_BAR:
        value = column_number(c, scene, row);
        if (isnan(value))
            return;
        /* In the colour of what is full, not on it: a bar is no text. */
        paint_bar(p, 0, slot->x, slot->given, value,
                  alarm                          ? ROLE_FULL
                  : c->source == COLUMN_CPU_BUSY ? theme_load(value)
                                                 : ROLE_MEMORY);
        if (alarm)
            paint_text(p, 0, slot->x + slot->given, alarm_role(alarm, ROLE_TEXT), "!");
        return;
    case FACE_RANK:
        value = column_number(c, scene, row);
        if (!isnan(value) && t->rank_max[i] > 0)
            paint_bar(p, 0, slot->x, slot->given, value / t->rank_max[i], ROLE_PAST);
        return;
    case FACE_STATE: state_draw(p, slot, column_format(c, scene, row, buf)); return;
    case FACE_LEFT:
    case FACE_TAIL:
        paint_cell(p, 0, slot->x, slot->given, c->face == FACE_TAIL ? ALIGN_TAIL : ALIGN_LEFT,
                   c->type == COLUMN_TEXT ? ROLE_TEXT : ROLE_DIM,
                   column_format(c, scene, row, buf));
        return;
    case FACE_RIGHT: number_draw(p, slot, column_format(c, scene, row, buf), alarm); return;
    }
}

void table_row(const struct ui *ui, const struct paint *p, const struct table *t,
               const struct slot *slots, size_t row)
{
    struct scene scene = ui_scene(ui);

    for (size_t i = 0; i < t->columns.count; i++)
        if (slots[i].given)
            cell_draw(ui, p, t, i, &slots[i], &scene, row);
}

static void body_draw(struct ui *ui, const struct paint *screen, struct table *t,
                      const struct slot *slots)
{
    struct rows *rows = &t->rows;
    struct scene scene = ui_scene(ui);

    for (int y = 0; y < ui->layout.body.rows && rows->top + (size_t)y < rows->count; y++) {
        size_t at = rows->top + (size_t)y, row = rows->order[at];
        struct rect line = ui->layout.body;
        line.y += y;
        line.rows = 1;
        struct paint p = ui_paint(screen, line, at == rows->cursor ? GROUND_MARK : GROUND_SCREEN);
        if (at == rows->cursor)
            paint_ground(&p);
        if (p.area.cols > 24) {
            int alarm = table_alarm(t, &scene, row);
            if (tags_has(&ui->tags, row_domain(t->of, scene.s, row)))
                paint_text(&p, 0, 0, ROLE_ACCENT, glyph_symbol(p.glyphs, SYMBOL_TAG));
            else if (alarm)
                paint_text(&p, 0, 0, alarm_role(alarm, ROLE_TEXT), "!");
            p.area = rect_inset(p.area, 0, 1);
        }
        table_row(ui, &p, t, slots, row);
    }
}

/* Why there are no rows. */
static void empty_draw(struct ui *ui, const struct paint *screen, const struct table *t)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    char text[160];

    if (!s->seq)
        snprintf(text, sizeof(text), "Nothing there yet: waiting for the first sample of %s",
                 ui->source->name);
    else if (!(s->have & PART(t->of)))
        snprintf(text, sizeof(text), "No %s could be read (key ! says why)", t->nouns);
    else if (!snapshot_rows(s, t->of))
        snprintf(text, sizeof(text), "No %s", t->nouns);
    else if (t->only_tagged)
        snprintf(text, sizeof(text), "Nothing here is tagged (o shows all, t tags)");
    else
        snprintf(text, sizeof(text), "No %s fits the filter %s (\\ changes it)", t->noun,
                 t->filter.text);
    struct rect where = rect_centre(ui->layout.body, 1, (int)strlen(text));
    struct paint p = ui_paint(screen, where, GROUND_SCREEN);
    paint_cell(&p, 0, 0, where.cols, ALIGN_LEFT, ROLE_DIM, text);
}

void table_view_draw(struct ui *ui, const struct paint *screen)
{
    struct table *t = ui_table(ui);
    struct slot slots[COLUMNS_MAX];
    size_t aside = place(ui, t, slots);

    rows_reveal(&t->rows, visible_rows(ui));
    heading_draw(ui, screen, t, slots);
    if (model_snapshot(&ui->model)->seq)
        caption_draw(ui, screen, visible_rows(ui), aside);
    if (t->rows.count)
        body_draw(ui, screen, t, slots);
    else
        empty_draw(ui, screen, t);
}

/* ---- keys and mouse ---- */

/* The user is moving: rows do not jump meanwhile. */
static void hold(struct ui *ui)
{
    ui->hold_until_ns = clock_mono_ns() + HOLD_NS;
}

static bool move(struct ui *ui, struct table *t, enum action action)
{
    long page = (long)MAX(visible_rows(ui), 1), all = (long)t->rows.count;
    long by;

    switch (action) {
    case ACTION_UP: by = -1; break;
    case ACTION_DOWN: by = 1; break;
    case ACTION_PAGE_UP: by = -page; break;
    case ACTION_PAGE_DOWN: by = page; break;
    case ACTION_FIRST: by = -all; break;
    case ACTION_LAST: by = all; break;
    default: return false;
    }
    rows_move(&t->rows, model_snapshot(&ui->model), by);
    hold(ui);
    return true;
}

static void tag(struct ui *ui, struct table *t)
{
    const struct snapshot *s = model_snapshot(&ui->model);

    if (!t->rows.count)
        return;
    tags_toggle(&ui->tags, row_domain(t->of, s, t->rows.order[t->rows.cursor]));
    rows_move(&t->rows, s, 1);
    hold(ui);
}

bool table_view_act(struct ui *ui, enum action action)
{
    struct table *t = ui_table(ui);

    if (move(ui, t, action))
        return true;
    switch (action) {
    case ACTION_LEFT: scroll_columns(ui, t, -1); return true;
    case ACTION_RIGHT: scroll_columns(ui, t, 1); return true;
    case ACTION_SORT_CPU: return sort_by_id(ui, t, "cpu_ns");
    case ACTION_SORT_MEM: return sort_by_id(ui, t, "mem_bytes");
    case ACTION_SORT_TIME: return sort_by_id(ui, t, "cpu_time");
    case ACTION_SORT_NAME: return sort_by_id(ui, t, "name");
    case ACTION_SORT_LEFT: sort_beside(ui, t, -1); return true;
    case ACTION_SORT_RIGHT: sort_beside(ui, t, 1); return true;
    case ACTION_SORT_MENU: sort_menu_open(ui); return true;
    case ACTION_COLUMNS: columns_menu_open(ui); return true;
    case ACTION_SEARCH: search_open(ui); return true;
    case ACTION_SEARCH_NEXT: search_next(ui); return true;
    case ACTION_FILTER: filter_open(ui); return true;
    case ACTION_TAG: tag(ui, t); return true;
    case ACTION_UNTAG: tags_clear(&ui->tags); break;
    case ACTION_ONLY_TAGGED: t->only_tagged = !t->only_tagged; break;
    case ACTION_REVERSE: t->reverse = !t->reverse; break;
    case ACTION_PIN_DOM0: ui->dom0_first = !ui->dom0_first; break;
    case ACTION_CHOOSE:
        if (t->rows.count)
            view_show(ui, &view_detail);
        return true;
    case ACTION_CLOSE: /* Esc lets go of what narrows the table, one at a time */
        if (t->only_tagged)
            t->only_tagged = false;
        else if (t->filter.text[0])
            t->filter.text[0] = '\0';
        else
            return false;
        break;
    default: return false;
    }
    table_view_sort(ui);
    return true;
}

/* A column whose title lies at x; false when none does. */
static bool column_at(const struct ui *ui, const struct table *t, int x, size_t *column)
{
    struct slot slots[COLUMNS_MAX];

    place(ui, t, slots);
    x -= ui->layout.body.cols > 24;
    for (size_t i = 0; i < t->columns.count; i++) {
        if (!slots[i].given || x < slots[i].x || x >= slots[i].x + slots[i].given)
            continue;
        *column = i;
        return true;
    }
    return false;
}

bool table_view_mouse(struct ui *ui, struct mouse mouse)
{
    struct table *t = ui_table(ui);
    const struct rect *body = &ui->layout.body, *heading = &ui->layout.heading;
    size_t column;

    if (mouse.what == MOUSE_UP || mouse.what == MOUSE_DOWN) {
        rows_move(&t->rows, model_snapshot(&ui->model), mouse.what == MOUSE_UP ? -3 : 3);
        hold(ui);
        return true;
    }
    if (heading->rows && mouse.y == heading->y && column_at(ui, t, mouse.x, &column)) {
        if (column == t->sort)
            return table_view_act(ui, ACTION_REVERSE);
        table_sort_by(ui, t, column);
        return true;
    }
    if (mouse.y < body->y || mouse.y >= body->y + body->rows)
        return false;
    size_t at = t->rows.top + (size_t)(mouse.y - body->y);
    if (at >= t->rows.count)
        return false;
    rows_mark(&t->rows, model_snapshot(&ui->model), at);
    hold(ui);
    if (mouse.what == MOUSE_DOUBLE)
        view_show(ui, &view_detail);
    return true;
}
