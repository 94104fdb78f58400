/*
 * input: what keys and the mouse do. The overlay on top is asked first, then the view; what neither
 * takes, and what is of no view, is done here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base.h"
#include "screen.h"
#include "term.h"
#include "theme.h"

/* Keys taken before a frame is drawn: holding a key down does not lag, and a flood of keys does
 * not keep the screen from being drawn. */
#define KEYS_PER_FRAME 64

#define DELAY_MIN 0.1
#define DELAY_MAX 86400.0

static const struct view *top_overlay(const struct ui *ui)
{
    return ui->overlay_count ? ui->overlays[ui->overlay_count - 1] : NULL;
}

static bool delay_accept(struct ui *ui, const char *text, char wrong[PROMPT_WRONG])
{
    char *end;
    double delay = strtod(text, &end);

    if (end == text || *end || !(delay >= DELAY_MIN && delay <= DELAY_MAX)) {
        snprintf(wrong, PROMPT_WRONG, "a number from 0.1 to 86400");
        return false;
    }
    ui->delay_s = delay;
    ui->delay_chosen = true;
    feed_set_delay(ui->feed, delay);
    return true;
}

static void delay_ask(struct ui *ui)
{
    struct prompt p = {.label = "Seconds between samples", .accept = delay_accept};

    snprintf(p.text, sizeof(p.text), "%g", ui->delay_s);
    prompt_open(ui, &p);
}

static void pause_toggle(struct ui *ui)
{
    if (!model_snapshot(&ui->model)->seq)
        return;
    model_pause(&ui->model, !ui->model.paused);
    ui_changed(ui);
}

/* Stepping back holds the picture first. */
static void time_step(struct ui *ui, long by)
{
    if (!model_snapshot(&ui->model)->seq)
        return;
    if (!ui->model.paused && by > 0)
        return;
    if (!ui->model.paused)
        model_pause(&ui->model, true);
    if (!model_step(&ui->model, by))
        ui_say(ui, by < 0 ? "This is the oldest sample there is" : "This is the newest sample");
    ui_changed(ui);
}

static void next_theme(struct ui *ui)
{
    theme_set((theme_current() + 1) % THEME_COUNT);
    term_redraw();
    ui_say(ui, "Colours: %s", theme_name(theme_current()));
}

static void next_glyphs(struct ui *ui)
{
    term_next_glyphs();
    ui->glyphs_chosen = true;
    ui_say(ui, "Graphs: %s", glyph_set_name(term_glyphs()));
}

static void next_units(struct ui *ui)
{
    static const char *const names[] = {"powers of 1024", "powers of 1000", "plain bytes"};

    ui->units = (ui->units + 1) % (FORMAT_RAW + 1);
    ui_say(ui, "Bytes in %s", names[ui->units]);
}

static void view_beside(struct ui *ui, size_t step)
{
    size_t at = 0;

    while (views[at] != ui->view)
        at++;
    view_show(ui, views[(at + step) % view_count]);
}

/* Esc with nothing to close lets the picture go on. */
static void close_nothing(struct ui *ui)
{
    if (ui->model.paused)
        pause_toggle(ui);
}

static void act(struct ui *ui, enum action action)
{
    const struct view *top = top_overlay(ui);

    if (top && top->act && top->act(ui, action))
        return;
    if (ui->model.look && look_act(ui, action))
        return;
    switch (action) {
    case ACTION_QUIT: ui->leave = true; return;
    case ACTION_HELP: overlay_open(ui, &overlay_help); return;
    case ACTION_SOURCES: overlay_open(ui, &overlay_sources); return;
    case ACTION_CLOSE:
        if (!top)
            break;
        overlay_close(ui);
        return;
    case ACTION_REDRAW: term_redraw(); return;
    case ACTION_PAUSE: pause_toggle(ui); return;
    case ACTION_DELAY: delay_ask(ui); return;
    case ACTION_UNITS: next_units(ui); return;
    case ACTION_CPU_SCALE:
        ui->cpu_of_host = !ui->cpu_of_host;
        ui_say(ui, "100%% cpu is %s", ui->cpu_of_host ? "the host" : "1 vcpu");
        return;
    case ACTION_TOTALS:
        if (!model_totals(&ui->model)) {
            ui_say(ui, "Of counters only rates were recorded");
            return;
        }
        ui->totals = !ui->totals;
        ui_say(ui, ui->totals ? "Totals since each began" : "Rates per second");
        ui_changed(ui);
        return;
    case ACTION_THEME: next_theme(ui); return;
    case ACTION_GLYPHS: next_glyphs(ui); return;
    case ACTION_BELL:
        ui->bell = !ui->bell;
        ui->critical = SIZE_MAX; /* what is critical already does not ring */
        ui_say(ui, "The bell is %s", ui->bell ? "on" : "off");
        return;
    case ACTION_BACK: time_step(ui, -1); return;
    case ACTION_FORWARD: time_step(ui, 1); return;
    case ACTION_BACK_FAR: time_step(ui, -60); return;
    case ACTION_FORWARD_FAR: time_step(ui, 60); return;
    case ACTION_SAMPLE: feed_now(ui->feed); return;
    default: break;
    }
    /* What lies on top keeps other keys from what it covers. */
    if (top && action != ACTION_SORT_MENU && action != ACTION_COLUMNS)
        return;
    if (action >= ACTION_VIEW_1 && action <= ACTION_VIEW_7) {
        view_show(ui, views[action - ACTION_VIEW_1]);
        return;
    }
    switch (action) {
    case ACTION_VIEW_NEXT: view_beside(ui, 1); return;
    case ACTION_VIEW_BEFORE: view_beside(ui, view_count - 1); return;
    default: break;
    }
    if (ui->view->act && ui->view->act(ui, action))
        return;
    if (action == ACTION_CLOSE)
        close_nothing(ui);
}

static void mouse_take(struct ui *ui, struct mouse mouse)
{
    const struct view *top = top_overlay(ui);

    /* What lies on top is all there is to point at: a prompt is of the view it was asked in. */
    if (top) {
        if (!top->act)
            return;
        if (mouse.what == MOUSE_UP || mouse.what == MOUSE_DOWN)
            top->act(ui, mouse.what == MOUSE_UP ? ACTION_UP : ACTION_DOWN);
        else if (!(top->mouse && top->mouse(ui, mouse)))
            overlay_close(ui);
        return;
    }
    for (size_t i = 0; i < view_count; i++) {
        const struct rect *tab = &ui->tabs[i];
        if (tab->rows && mouse.y == tab->y && mouse.x >= tab->x && mouse.x < tab->x + tab->cols) {
            view_show(ui, views[i]);
            return;
        }
    }
    if (ui->model.look && look_mouse(ui, mouse))
        return;
    if (ui->view->mouse)
        ui->view->mouse(ui, mouse);
}

bool input_take(struct ui *ui)
{
    bool any = false;
    int key, n;

    for (n = 0; n < KEYS_PER_FRAME && !ui->leave && (key = term_key()) >= 0; n++) {
        const struct view *top = top_overlay(ui);
        any = true;
        ui->said[0] = '\0';
        if (key == KEYS_MOUSE) {
            mouse_take(ui, term_mouse());
            continue;
        }
        if (top && top->type && top->type(ui, key))
            continue;
        act(ui, key_action(key));
    }
    ui->keys_left = n == KEYS_PER_FRAME;
    return any;
}
