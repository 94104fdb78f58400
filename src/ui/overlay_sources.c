/*
 * sources: who gave the figures, how long it took, how old they are, what did not work; and what
 * the past takes in memory.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "screen.h"

enum { NAME = 0, STATUS = 12, ELAPSED = 20, MESSAGE = 31, WIDTH = 132 };

static void report_draw(const struct paint *p, int y, const struct snapshot *s,
                        const struct report *r)
{
    const char *name = snapshot_str(s, r->collector), *message = snapshot_str(s, r->message);
    int room = p->area.cols - MESSAGE;

    paint_cell(p, y, NAME, STATUS - 1, ALIGN_LEFT, ROLE_STRONG, name ? name : "-");
    paint_text(p, y, STATUS, r->error ? ROLE_WRONG : ROLE_RUNNING, r->error ? "failed" : "ok");
    if (r->elapsed_ns != UNKNOWN)
        paint_textf(p, y, ELAPSED, ROLE_TEXT, "%6.1f ms", (double)r->elapsed_ns / 1e6);
    if (r->error && !message)
        message = strerror((int)-r->error);
    if (room > 0)
        paint_cell(p, y, MESSAGE, room, ALIGN_LEFT, r->error ? ROLE_WRONG : ROLE_DIM,
                   message ? message : "");
}

/* Which parts were read, how many rows, and how long before now; of simulated and held samples
 * before the sample itself. */
static int parts_draw(const struct ui *ui, const struct paint *p, int y)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    uint64_t now = s->simulated || ui->model.paused || ui->model.look ? s->mono_ns
                                                                      : clock_mono_ns();
    int x = paint_text(p, y, 0, ROLE_DIM, "read");
    char age[FORMAT_MAX];

    for (int e = 0; e < ENTITY_COUNT; e++) {
        const struct metric_group *g = &metric_groups[e];
        bool have = s->have & PART(e);
        char text[96];
        format_duration(age, now > s->read_ns[e] ? now - s->read_ns[e] : 0);
        if (have)
            snprintf(text, sizeof(text), "%zu %s %s ago", snapshot_rows(s, (enum entity)e),
                     snapshot_rows(s, (enum entity)e) == 1 ? g->name : g->plural, age);
        else
            snprintf(text, sizeof(text), "no %s", g->plural);
        if (x + 2 + (int)strlen(text) > p->area.cols && x > 12) {
            y++;
            x = 4;
        }
        x = paint_text(p, y, x + 2, have ? ROLE_TEXT : ROLE_WRONG, text);
    }
    return y + 1;
}

static void past_draw(const struct ui *ui, const struct paint *p, int y)
{
    const struct timeline *t = ui->model.timeline;
    char bytes[FORMAT_MAX], span[FORMAT_MAX];
    uint64_t first = timeline_first(t), last = timeline_last(t);

    format_bytes(bytes, (double)model_memory(&ui->model), FORMAT_IEC);
    format_duration(span, timeline_wall_ns(t, last) - timeline_wall_ns(t, first));
    paint_text(p, y, 0, ROLE_DIM, "past");
    paint_textf(p, y, 6, ROLE_TEXT, "%" PRIu64 " samples over %s in %sB, at most %d in %d MiB",
                last ? last - first + 1 : 0, span, bytes, MODEL_SAMPLES, (int)(MODEL_BYTES >> 20));
}

static void sources_draw(struct ui *ui, const struct paint *screen)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    struct rect room = ui->layout.screen;
    size_t lines = s->report_count + 7;

    room.y = ui->layout.title.rows;
    room.rows -= room.y;
    struct paint box = ui_paint(screen, rect_centre(room, (int)lines + 2, WIDTH), GROUND_SCREEN);
    paint_ground(&box);
    struct paint in = paint_box(&box, "data sources", "Esc closes");
    const struct past *past = ui->model.look ? ui->model.look->past : NULL;
    paint_textf(&in, 0, 0, ROLE_TEXT, "%s, sample %" PRIu64 "%s",
                past ? past->name : ui->source->name, s->seq,
                (past ? past->simulated : ui->source->simulated) ? ", simulated" : "");
    int y = parts_draw(ui, &in, 1);
    if (!past)
        past_draw(ui, &in, y++);
    y++;
    paint_text(&in, y, NAME, ROLE_DIM, "COLLECTOR");
    paint_text(&in, y, STATUS, ROLE_DIM, "STATE");
    paint_text(&in, y, ELAPSED, ROLE_DIM, "     TOOK");
    paint_text(&in, y, MESSAGE, ROLE_DIM, "MESSAGE");
    y++;
    size_t visible = (size_t)MAX(0, in.area.rows - y);
    menu_reveal(&ui->menu, s->report_count > visible ? s->report_count - visible + 1 : 1, 1);
    for (size_t i = 0; i < visible && ui->menu.top + i < s->report_count; i++)
        report_draw(&in, (int)i + y, s, &s->reports[ui->menu.top + i]);
}

static bool sources_act(struct ui *ui, enum action action)
{
    return menu_act(&ui->menu, action);
}

const struct view overlay_sources = {
    .name = "data sources", .draw = sources_draw, .act = sources_act};
