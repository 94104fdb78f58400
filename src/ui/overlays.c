/*
 * overlays: what lies on top of a view: the stack of them, and moving in their lists.
 */
#include "../base.h"
#include "screen.h"

void overlay_open(struct ui *ui, const struct view *overlay)
{
    if (ui->overlay_count && ui->overlays[ui->overlay_count - 1] == overlay) {
        overlay_close(ui);
        return;
    }
    ui->overlay_count = 0; /* one at a time: they share a menu */
    ui->overlays[ui->overlay_count++] = overlay;
    ui->menu = (struct menu){0};
}

void overlay_close(struct ui *ui)
{
    if (ui->overlay_count)
        ui->overlay_count--;
}

bool menu_act(struct menu *m, enum action action)
{
    size_t page = MAX(m->visible, 1), last = m->count ? m->count - 1 : 0;

    switch (action) {
    case ACTION_UP: m->cursor -= MIN(m->cursor, 1); break;
    case ACTION_DOWN: m->cursor += MIN(last - m->cursor, 1); break;
    case ACTION_PAGE_UP: m->cursor -= MIN(m->cursor, page); break;
    case ACTION_PAGE_DOWN: m->cursor += MIN(last - m->cursor, page); break;
    case ACTION_FIRST: m->cursor = 0; break;
    case ACTION_LAST: m->cursor = last; break;
    default: return false;
    }
    return true;
}

void menu_scroll(struct menu *m, size_t lines, size_t visible)
{
    menu_reveal(m, lines > visible ? lines - visible + 1 : 1, 1);
    m->visible = visible; /* a page */
}

bool menu_click(struct menu *m, struct mouse mouse)
{
    size_t line = m->top + (size_t)MAX(0, mouse.y - m->at.y);

    if (!rect_has(m->at, mouse.y, mouse.x) || line >= m->count)
        return false;
    m->cursor = line;
    return true;
}

void menu_reveal(struct menu *m, size_t count, size_t visible)
{
    m->count = count;
    m->visible = visible;
    if (m->cursor >= count)
        m->cursor = count ? count - 1 : 0;
    if (m->cursor < m->top)
        m->top = m->cursor;
    if (visible && m->cursor >= m->top + visible)
        m->top = m->cursor + 1 - visible;
    if (m->top + visible > count)
        m->top = count > visible ? count - visible : 0;
}
