/* help: all keys and what they do, from the key table. */
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "screen.h"

/* A column of text: names of keys, and a sentence; wider where there is room. */
#define COLUMN      38
#define COLUMN_MOST 44
#define NAMES       12
#define LINES       96

/* A line is a group's name, a key, or empty between groups. */
struct line {
    const char *group;
    const struct key *key;
};

static size_t lines_of(enum key_group from, enum key_group to, struct line lines[LINES])
{
    size_t n = 0;

    for (enum key_group g = from; g < to; g++) {
        if (n)
            lines[n++] = (struct line){0};
        lines[n++] = (struct line){.group = key_group_name(g)};
        for (size_t i = 0; i < key_count && n + 2 < LINES; i++)
            if (keys[i].group == g)
                lines[n++] = (struct line){.key = &keys[i]};
    }
    return n;
}

static void lines_draw(const struct paint *p, int x, const struct line *lines, size_t count,
                       size_t top)
{
    char names[KEY_NAMES];

    for (size_t i = top; i < count && i - top < (size_t)p->area.rows; i++) {
        int y = (int)(i - top);
        if (lines[i].group)
            paint_text(p, y, x, ROLE_ACCENT, lines[i].group);
        if (!lines[i].key)
            continue;
        keys_names(lines[i].key, names);
        paint_text(p, y, x, ROLE_KEY, names);
        paint_text(p, y, x + NAMES, ROLE_TEXT, lines[i].key->help);
    }
}

static void help_draw(struct ui *ui, const struct paint *screen)
{
    struct line left[LINES], right[LINES];
    /* Two columns where they fit; one to scroll in where they do not. */
    bool two = ui->layout.screen.cols >= 2 * COLUMN + 4;
    int column = MAX(COLUMN, MIN(COLUMN_MOST, (ui->layout.screen.cols - 4) / 2));
    size_t n_left = lines_of(KEYS_MOVING, two ? KEYS_FINDING : KEY_GROUPS, left);
    size_t n_right = two ? lines_of(KEYS_FINDING, KEY_GROUPS, right) : 0;
    size_t count = MAX(n_left, n_right);
    struct rect room = ui->layout.screen;
    char note[32] = "Esc closes";

    room.y = ui->layout.title.rows;
    room.rows -= room.y;
    struct paint box = ui_paint(
        screen, rect_centre(room, (int)count + 2, (two ? 2 * column : column) + 4), GROUND_SCREEN);
    size_t visible = (size_t)MAX(0, box.area.rows - 2);
    if (count > visible)
        snprintf(note, sizeof(note), "%zu-%zu of %zu", ui->menu.top + 1,
                 MIN(count, ui->menu.top + visible), count);
    paint_ground(&box);
    struct paint in = paint_box(&box, "help", note);
    menu_scroll(&ui->menu, count, visible);
    lines_draw(&in, 0, left, n_left, ui->menu.top);
    if (two)
        lines_draw(&in, column, right, n_right, ui->menu.top);
}

static bool help_act(struct ui *ui, enum action action)
{
    return menu_act(&ui->menu, action);
}

const struct view overlay_help = {.name = "help", .draw = help_draw, .act = help_act};
