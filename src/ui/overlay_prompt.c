/* prompt: one line of typing, in place of the footer. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "../base.h"
#include "../sanitize.h"
#include "screen.h"

void prompt_open(struct ui *ui, const struct prompt *p)
{
    ui->prompt = *p;
    overlay_open(ui, &overlay_prompt);
}

static void prompt_draw(struct ui *ui, const struct paint *screen)
{
    struct rect line = ui->layout.screen;

    line.y = MAX(0, line.rows - 1);
    line.rows = MIN(line.rows, 1);
    struct paint p = ui_paint(screen, line, GROUND_SCREEN);
    paint_ground(&p);
    int x = paint_text(&p, 0, p.area.cols > 24, ROLE_ACCENT, ui->prompt.label);
    x = paint_text(&p, 0, x, ROLE_TEXT, ": ");
    x = paint_text(&p, 0, x, ROLE_STRONG, ui->prompt.text);
    x = paint_text(&p, 0, x, ROLE_STRONG, "_");
    if (ui->prompt.wrong[0])
        paint_textf(&p, 0, x, ROLE_WRONG, "  %s", ui->prompt.wrong);
}

static void changed(struct ui *ui)
{
    ui->prompt.wrong[0] = '\0';
    if (ui->prompt.changed)
        ui->prompt.changed(ui, ui->prompt.text, ui->prompt.wrong);
}

/* Names are UTF-8: what can be in one can be typed. Whether it was a character that can. */
static bool add(struct prompt *p, int key)
{
    char more[PROMPT_MAX + MB_LEN_MAX], safe[3 * sizeof(more) + 1];
    size_t len = strlen(p->text);

    memcpy(more, p->text, len);
    size_t n = key < ' ' || key >= KEYS_UP ? 0 : wcrtomb(more + len, key, &(mbstate_t){0});
    if (!n || n == (size_t)-1 || len + n >= sizeof(p->text))
        return false;
    more[len += n] = '\0';
    if (sanitize(safe, sizeof(safe), more, len) != len || memcmp(safe, more, len) != 0)
        return false;
    memcpy(p->text, more, len + 1);
    return true;
}

static void drop_last(char *text)
{
    size_t len = strlen(text);

    while (len && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
        len--;
    text[len ? len - 1 : 0] = '\0';
}

static bool prompt_type(struct ui *ui, int key)
{
    struct prompt *p = &ui->prompt;

    switch (key) {
    case KEYS_ESC:
        if (p->cancelled)
            p->cancelled(ui);
        overlay_close(ui);
        return true;
    case '\n':
    case KEYS_ENTER:
        if (p->accept(ui, p->text, p->wrong))
            overlay_close(ui);
        return true;
    case KEYS_BACKSPACE:
        drop_last(p->text);
        changed(ui);
        return true;
    case KEYS_CTRL('u'):
        p->text[0] = '\0';
        changed(ui);
        return true;
    case KEYS_CTRL('l'): return false;
    default: break;
    }
    /* While searching, the keys that move look for the next. */
    if (key_action(key) == ACTION_SEARCH_NEXT || key == KEYS_DOWN) {
        if (p->changed)
            search_next(ui);
        return true;
    }
    if (add(p, key))
        changed(ui);
    return true;
}

const struct view overlay_prompt = {.name = "prompt", .draw = prompt_draw, .type = prompt_type};
