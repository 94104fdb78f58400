/*
 * find: searching and filtering the table in view, as the user types.
 */
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "screen.h"

/* Mark the first row from place `from` on that has the word, going round at the end. */
static bool search_from(struct ui *ui, size_t from)
{
    struct table *t = ui_table(ui);
    struct scene scene = ui_scene(ui);

    for (size_t i = 0; i < t->rows.count; i++) {
        size_t at = (from + i) % t->rows.count;
        if (!filter_word(&t->columns, &scene, t->rows.order[at], ui->search))
            continue;
        rows_mark(&t->rows, scene.s, at);
        ui->hold_until_ns = clock_mono_ns() + 3 * NS_PER_S;
        return true;
    }
    return false;
}

static void search_changed(struct ui *ui, const char *text, char wrong[PROMPT_WRONG])
{
    snprintf(ui->search, sizeof(ui->search), "%s", text);
    if (*text && !search_from(ui, ui->found))
        snprintf(wrong, PROMPT_WRONG, "nothing like it here");
}

static bool search_accept(struct ui *ui, const char *text, char wrong[PROMPT_WRONG])
{
    (void)wrong;
    snprintf(ui->search, sizeof(ui->search), "%s", text);
    return true;
}

static void search_cancelled(struct ui *ui)
{
    rows_mark(&ui_table(ui)->rows, model_snapshot(&ui->model), ui->found);
}

void search_open(struct ui *ui)
{
    ui->found = ui_table(ui)->rows.cursor;
    prompt_open(ui, &(struct prompt){.label = "Search",
                                     .accept = search_accept,
                                     .changed = search_changed,
                                     .cancelled = search_cancelled});
}

void search_next(struct ui *ui)
{
    struct table *t = ui_table(ui);

    if (!t)
        return;
    if (!ui->search[0])
        ui_say(ui, "Nothing was searched for yet: press /");
    else if (!search_from(ui, t->rows.cursor + 1))
        ui_say(ui, "Nothing like \"%.40s\" here", ui->search);
}

/* ---- filter ---- */

static void filter_changed(struct ui *ui, const char *text, char wrong[PROMPT_WRONG])
{
    struct table *t = ui_table(ui);

    if (filter_compile(&t->filter, &t->columns, text, wrong))
        table_view_sort(ui);
}

static bool filter_accept(struct ui *ui, const char *text, char wrong[PROMPT_WRONG])
{
    filter_changed(ui, text, wrong);
    return !wrong[0];
}

/* The one there was before the asking. */
static void filter_cancelled(struct ui *ui)
{
    char wrong[PROMPT_WRONG];

    filter_changed(ui, ui->filter_before, wrong);
}

void filter_open(struct ui *ui)
{
    struct prompt p = {.label = "Show only",
                       .accept = filter_accept,
                       .changed = filter_changed,
                       .cancelled = filter_cancelled};

    snprintf(ui->filter_before, sizeof(ui->filter_before), "%s", ui_table(ui)->filter.text);
    snprintf(p.text, sizeof(p.text), "%s", ui_table(ui)->filter.text);
    prompt_open(ui, &p);
}
