/*
 * sort and columns: menus of all columns of the table in view, those that have no room in it too:
 * to sort by, and to choose, order and size.
 */

#include "../base.h"
#include "screen.h"

enum { WIDTH = 104, HELP = 11 };

/* A column's name in the menu: its title, or what it is where it has none. */
static const char *name_of(const struct column *c)
{
    return *c->title ? c->title : "BUSY";
}

static void menu_draw(struct ui *ui, const struct paint *screen, const char *title,
                      const char *note, bool choosing)
{
    const struct table *t = ui_table(ui);
    struct rect room = ui->layout.screen;
    size_t count = t->columns.count;

    room.y = ui->layout.title.rows;
    room.rows -= room.y;
    struct paint box = ui_paint(screen, rect_centre(room, (int)count + 2, WIDTH), GROUND_SCREEN);
    paint_ground(&box);
    struct paint in = paint_box(&box, title, note);
    menu_reveal(&ui->menu, count, (size_t)in.area.rows);
    ui->menu.at = in.area;
    for (size_t i = 0; i < (size_t)in.area.rows && ui->menu.top + i < count; i++) {
        size_t at = ui->menu.top + i;
        const struct column *c = &t->columns.at[at];
        struct paint line = in;
        int x = 0;
        line.area.y += (int)i;
        line.area.rows = 1;
        line.ground = at == ui->menu.cursor ? GROUND_MARK : GROUND_SCREEN;
        paint_ground(&line);
        if (choosing) {
            bool on = column_wanted(c);
            paint_text(&line, 0, 0, on ? ROLE_RUNNING : ROLE_DIM, on ? "[x]" : "[ ]");
            if (c->fixed)
                paint_textf(&line, 0, 4, ROLE_ACCENT, "%2d", c->fixed);
            x = 7;
        }
        paint_cell(&line, 0, x, HELP - 1, ALIGN_LEFT, at == t->sort ? ROLE_ACCENT : ROLE_STRONG,
                   name_of(c));
        paint_cell(&line, 0, x + HELP, in.area.cols - HELP - x, ALIGN_LEFT, ROLE_DIM, c->help);
    }
}

static void sort_draw(struct ui *ui, const struct paint *screen)
{
    menu_draw(ui, screen, "sort by", "Enter takes, Esc closes", false);
}

static void sort_take(struct ui *ui)
{
    struct table *t = ui_table(ui);

    table_sort_by(ui, t, MIN(ui->menu.cursor, t->columns.count - 1));
    overlay_close(ui);
}

static bool sort_act(struct ui *ui, enum action action)
{
    if (menu_act(&ui->menu, action))
        return true;
    if (action != ACTION_CHOOSE)
        return false;
    sort_take(ui);
    return true;
}

static bool sort_mouse(struct ui *ui, struct mouse mouse)
{
    if (!menu_click(&ui->menu, mouse))
        return false;
    sort_take(ui);
    return true;
}

static const struct view overlay_sort = {
    .name = "sort by", .draw = sort_draw, .act = sort_act, .mouse = sort_mouse};

void sort_menu_open(struct ui *ui)
{
    struct table *t = ui_table(ui);

    overlay_open(ui, &overlay_sort);
    ui->menu = (struct menu){.cursor = t->sort, .count = t->columns.count};
}

/* ---- choosing columns ---- */

#define FIXED_MAX 60

static void columns_draw(struct ui *ui, const struct paint *screen)
{
    bool wide = ui->layout.screen.cols >= 76;

    menu_draw(ui, screen, "columns",
              wide ? "Space on/off, < > move, - + width, = own width" : "Space < > - + =", true);
}

static void toggle(struct column *c)
{
    if (column_wanted(c)) {
        c->hidden = true;
        return;
    }
    c->hidden = false;
    if (!c->importance)
        c->importance = COLUMN_WANTED;
}

static void move_column(struct ui *ui, struct table *t, int step)
{
    size_t at = ui->menu.cursor;

    if ((step < 0 && at == 0) || (step > 0 && at + 1 >= t->columns.count))
        return;
    table_swap(t, at, at + (size_t)step);
    ui->menu.cursor += (size_t)step;
}

static bool columns_type(struct ui *ui, int key)
{
    struct table *t = ui_table(ui);
    struct column *c = &t->columns.at[MIN(ui->menu.cursor, t->columns.count - 1)];
    int width = column_width(c, ui->units);

    switch (key) {
    case ' ':
    case '\n':
    case KEYS_ENTER: toggle(c); return true;
    case '<':
    case ',':
    case KEYS_LEFT: move_column(ui, t, -1); return true;
    case '>':
    case '.':
    case KEYS_RIGHT: move_column(ui, t, 1); return true;
    case '-': c->fixed = MAX(1, width - 1); return true;
    case '+': c->fixed = MIN(FIXED_MAX, width + 1); return true;
    case '=': c->fixed = 0; return true;
    default: return false;
    }
}

static bool columns_act(struct ui *ui, enum action action)
{
    return menu_act(&ui->menu, action);
}

static bool columns_mouse(struct ui *ui, struct mouse mouse)
{
    if (!menu_click(&ui->menu, mouse))
        return false;
    toggle(&ui_table(ui)->columns.at[ui->menu.cursor]);
    return true;
}

static const struct view overlay_columns = {.name = "columns",
                                            .draw = columns_draw,
                                            .act = columns_act,
                                            .type = columns_type,
                                            .mouse = columns_mouse};

void columns_menu_open(struct ui *ui)
{
    struct table *t = ui_table(ui);

    overlay_open(ui, &overlay_columns);
    ui->menu.count = t->columns.count;
}
