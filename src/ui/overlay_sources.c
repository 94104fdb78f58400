/*
 * sources: who gave the figures, what each reads and through what, how old that is, what it cost
 * and what did not work; what the past takes in memory; and from whom each single number comes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../sanitize.h"
#include "screen.h"

#define WIDTH 140

/* Columns of the collectors, and of the numbers. */
enum { NAME = 0, STATUS = 12, ELAPSED = 20, AGE = 31, ABOUT = 40 };
enum { ENTITY = 0, TITLE = 8, METRIC = 17, FROM = 31, HELP = 52 };

/* Where there is less, what a collector reads has lines of its own. */
#define ABOUT_ROOM 70

/* All lines: those in sight from `top` on are drawn, and all are counted. */
struct sheet {
    const struct paint *p;
    size_t at, top;
};

/* The next line's place; false when it is out of sight. */
static bool next_line(struct sheet *s, int *y)
{
    size_t at = s->at++;

    if (at < s->top || at - s->top >= (size_t)MAX(0, s->p->area.rows))
        return false;
    *y = (int)(at - s->top);
    return true;
}

/* Words over as many lines as they need; the first may be one that has begun. */
static void words(struct sheet *s, int x, enum role role, const char *text, const int *begun)
{
    int room = MAX(8, s->p->area.cols - x);

    while (*text) {
        size_t used, len = sanitize_fit(text, (size_t)room, &used);
        if (text[len]) { /* at a space, where there is one */
            size_t at = len;
            while (at && text[at] != ' ')
                at--;
            len = at ? at : len ? len : strlen(text);
        }
        int y;
        bool seen = begun ? *begun >= 0 : next_line(s, &y);
        if (begun)
            y = *begun;
        begun = NULL;
        if (seen)
            paint_textf(s->p, y, x, role, "%.*s", (int)len, text);
        text += len + strspn(text + len, " ");
    }
}

static const struct provider *provider_of(const struct ui *ui, const char *name)
{
    for (size_t i = 0; name && i < ui->source->provider_count; i++)
        if (!strcmp(ui->source->providers[i].name, name))
            return &ui->source->providers[i];
    return NULL;
}

/* The time that ages are told against: of simulated and held samples their own. */
static uint64_t now_of(const struct ui *ui)
{
    const struct snapshot *s = model_snapshot(&ui->model);

    return s->simulated || ui->model.paused || ui->model.look ? s->mono_ns : clock_mono_ns();
}

static void age(char out[FORMAT_MAX], uint64_t then, uint64_t now)
{
    if (then == UNKNOWN)
        snprintf(out, FORMAT_MAX, "-");
    else
        format_duration(out, now > then ? now - then : 0);
}

static void report_lines(const struct ui *ui, struct sheet *sheet, const struct report *r)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct paint *p = sheet->p;
    const char *name = snapshot_str(s, r->collector), *message = snapshot_str(s, r->message);
    const struct provider *provider = provider_of(ui, name);
    bool wide = p->area.cols >= ABOUT + ABOUT_ROOM;
    int x = wide ? ABOUT : 2, y = -1;
    char old[FORMAT_MAX];

    if (next_line(sheet, &y)) {
        paint_cell(p, y, NAME, STATUS - 1, ALIGN_LEFT, ROLE_STRONG, name ? name : "-");
        paint_text(p, y, STATUS, r->error ? ROLE_WRONG : ROLE_RUNNING, r->error ? "failed" : "ok");
        if (r->elapsed_ns != UNKNOWN)
            paint_textf(p, y, ELAPSED, ROLE_TEXT, "%6.1f ms", (double)r->elapsed_ns / 1e6);
        age(old, r->read_ns, now_of(ui));
        paint_cell(p, y, AGE, ABOUT - AGE - 2, ALIGN_RIGHT, ROLE_TEXT, old);
    } else {
        y = -1;
    }
    const int *begun = wide ? &y : NULL;
    if (provider) {
        words(sheet, x, ROLE_DIM, provider->about, begun);
        begun = NULL;
    }
    if (r->error && !message)
        message = strerror((int)-r->error);
    if (message)
        words(sheet, x, r->error ? ROLE_WRONG : ROLE_TEXT, message, begun);
}

/* Who gives a metric, in the order they are asked. */
static void givers(const struct ui *ui, const struct metric *m, char out[64])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < ui->source->provider_count && len < 64; i++)
        if (provider_fills(&ui->source->providers[i], m))
            len += (size_t)snprintf(out + len, 64 - len, "%s%s", len ? ", " : "",
                                    ui->source->providers[i].name);
    if (!len)
        snprintf(out, 64, "nobody here");
}

static void metric_lines(const struct ui *ui, struct sheet *sheet)
{
    const struct paint *p = sheet->p;
    char from[64];
    int y;

    sheet->at++;
    if (next_line(sheet, &y)) {
        paint_text(p, y, ENTITY, ROLE_DIM, "OF");
        paint_text(p, y, TITLE, ROLE_DIM, "NUMBER");
        paint_text(p, y, METRIC, ROLE_DIM, "METRIC");
        paint_text(p, y, FROM, ROLE_DIM, "COMES FROM");
    }
    for (int e = 0; e < ENTITY_COUNT; e++) {
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            if (!next_line(sheet, &y))
                continue;
            givers(ui, m, from);
            paint_text(p, y, ENTITY, ROLE_TEXT, metric_groups[e].name);
            paint_cell(p, y, TITLE, METRIC - TITLE - 1, ALIGN_LEFT, ROLE_STRONG, m->title);
            paint_cell(p, y, METRIC, FROM - METRIC - 1, ALIGN_LEFT, ROLE_TEXT, m->id);
            paint_cell(p, y, FROM, HELP - FROM - 1, ALIGN_LEFT, ROLE_ACCENT, from);
            paint_cell(p, y, HELP, p->area.cols - HELP, ALIGN_LEFT, ROLE_DIM, m->help);
        }
    }
}

/* Which parts were read, how many rows, and how long before now. */
static void part_lines(const struct ui *ui, struct sheet *sheet)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct paint *p = sheet->p;
    int y, x = 6;
    bool seen = next_line(sheet, &y);
    char old[FORMAT_MAX];

    if (seen)
        paint_text(p, y, 0, ROLE_DIM, "read");
    for (int e = 0; e < ENTITY_COUNT; e++) {
        const struct metric_group *g = &metric_groups[e];
        bool have = s->have & PART(e);
        char text[96];
        age(old, s->read_ns[e], now_of(ui));
        if (have)
            snprintf(text, sizeof(text), "%zu %s %s ago", snapshot_rows(s, (enum entity)e),
                     snapshot_rows(s, (enum entity)e) == 1 ? g->name : g->plural, old);
        else
            snprintf(text, sizeof(text), "no %s", g->plural);
        if (x + (int)strlen(text) > p->area.cols && x > 6) {
            seen = next_line(sheet, &y);
            x = 6;
        }
        if (seen)
            paint_text(p, y, x, have ? ROLE_TEXT : ROLE_WRONG, text);
        x += (int)strlen(text) + 2;
    }
}

static void past_lines(const struct ui *ui, struct sheet *sheet)
{
    const struct timeline *t = ui->model.timeline;
    char span[FORMAT_MAX], text[160];
    double samples = (double)timeline_memory(t), all = (double)model_memory(&ui->model);
    uint64_t first = timeline_first(t), last = timeline_last(t);
    int y = -1;

    if (next_line(sheet, &y))
        paint_text(sheet->p, y, 0, ROLE_DIM, "past");
    format_duration(span, timeline_wall_ns(t, last) - timeline_wall_ns(t, first));
    snprintf(text, sizeof(text),
             "%" PRIu64 " samples over %s in %.1f MiB, at most %d or %d MiB; graphs in %.1f MiB",
             last ? last - first + 1 : 0, span, samples / (1 << 20), MODEL_SAMPLES,
             (int)(MODEL_BYTES >> 20), (all - samples) / (1 << 20));
    words(sheet, 6, ROLE_TEXT, text, &y);
}

static void sheet_draw(const struct ui *ui, struct sheet *sheet)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct paint *p = sheet->p;
    int y;

    if (next_line(sheet, &y))
        paint_textf(p, y, 0, ROLE_TEXT, "%s, sample %" PRIu64 "%s", ui->source->name, s->seq,
                    ui->source->simulated ? ", simulated" : "");
    part_lines(ui, sheet);
    if (!ui->model.look)
        past_lines(ui, sheet);
    sheet->at++;
    if (next_line(sheet, &y)) {
        paint_text(p, y, NAME, ROLE_DIM, "COLLECTOR");
        paint_text(p, y, STATUS, ROLE_DIM, "STATE");
        paint_text(p, y, ELAPSED, ROLE_DIM, "     TOOK");
        paint_text(p, y, AGE, ROLE_DIM, "    AGE");
        if (p->area.cols >= ABOUT + ABOUT_ROOM)
            paint_text(p, y, ABOUT, ROLE_DIM, "READS");
    }
    for (size_t i = 0; i < s->report_count; i++)
        report_lines(ui, sheet, &s->reports[i]);
    if (ui->source->provider_count)
        metric_lines(ui, sheet);
}

static void sources_draw(struct ui *ui, const struct paint *screen)
{
    struct rect room = ui->layout.screen;

    room.y = ui->layout.title.rows;
    room.rows -= room.y;
    struct paint box = ui_paint(screen, rect_centre(room, room.rows, WIDTH), GROUND_SCREEN);
    paint_ground(&box);
    struct paint in = paint_box(&box, "data sources",
                                box.area.cols >= 60 ? "arrows scroll, Esc closes" : "Esc closes");

    struct paint none = in;
    none.area.rows = 0;
    struct sheet sheet = {.p = &none};
    sheet_draw(ui, &sheet);
    size_t lines = sheet.at, visible = (size_t)MAX(0, in.area.rows);
    menu_scroll(&ui->menu, lines, visible);
    sheet = (struct sheet){.p = &in, .top = ui->menu.top};
    sheet_draw(ui, &sheet);
    if (ui->menu.top + visible < lines && visible > 1) {
        char more[32];
        snprintf(more, sizeof(more), " %zu more below ", lines - visible - ui->menu.top);
        paint_before(&box, box.area.rows - 1, box.area.cols - 2, ROLE_TEXT, more);
    }
}

static bool sources_act(struct ui *ui, enum action action)
{
    return menu_act(&ui->menu, action);
}

const struct view overlay_sources = {
    .name = "data sources", .draw = sources_draw, .act = sources_act};
