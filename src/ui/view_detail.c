/*
 * view_detail: one domain in full: who it is, how it went, and all its vcpus, vifs and vbds. Its
 * tables have the columns of the views of all vcpus, networks and disks.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "line.h"
#include "screen.h"

#define SAMPLES_MAX (2 * MODEL_PAST)

static const struct domain *subject(const struct ui *ui)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct domain *d = ui->has_subject ? snapshot_domain(s, ui->subject.domid) : NULL;

    return d && row_is(&ui->subject, ENTITY_DOMAIN, s, (size_t)(d - s->domains)) ? d : NULL;
}

/* ---- who it is ---- */

static void bytes(char out[FORMAT_MAX], const struct ui *ui, uint64_t n)
{
    format_bytes(out, n == UNKNOWN ? NAN : (double)n, ui->units);
}

static void identity_draw(struct ui *ui, const struct paint *screen, const struct domain *d)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    struct paint p = ui_paint(screen, ui->layout.caption, GROUND_STRIP);
    const char *word = domain_state_word(d->state), *type = domain_type_name(d->type);
    char buf[FORMAT_MAX], domid[32], uuid[UUID_TEXT], pool[32] = "", state[32],
                                                      used[FORMAT_MAX + 16];

    snprintf(domid, sizeof(domid), "domid %" PRIu64, d->domid);
    uuid_format(&d->uuid, uuid);
    if (d->cpupool != UNKNOWN)
        snprintf(pool, sizeof(pool), "pool %" PRIu64, d->cpupool);
    snprintf(state, sizeof(state), "%s%s", glyph_symbol(p.glyphs, SYMBOL_DOT), word);
    format_duration(buf, d->cpu_ns);
    snprintf(used, sizeof(used), "cpu time %s", buf);
    const struct segment line[] = {
        {format_domain_name(s, d, buf), ROLE_STRONG, 100, false},
        {state, theme_state(word), 95, false},
        {type ? type : "", ROLE_TEXT, 80, false},
        {domid, ROLE_TEXT, 90, false},
        {tags_has(&ui->tags, d) ? "tagged" : "", ROLE_ACCENT, 70, false},
        {used, ROLE_DIM, 40, true},
        {pool, ROLE_DIM, 30, true},
        {uuid, ROLE_TEXT, 60, true},
    };
    paint_ground(&p);
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    line_draw(&p, 0, p.area.cols >= 60 ? 2 : 1, line, ARRAY_LEN(line));
}

/* ---- how it went ---- */

/* One graph, or two of one scale: what, in words, and what fills it. */
struct chart {
    const char *title;
    enum history_series series[2];
    enum role roles[2];
    int count;
};

static const struct chart charts[] = {
    {"cpu", {HISTORY_CPU}, {ROLE_LOW}, 1},
    {"memory", {HISTORY_MEM}, {ROLE_MEMORY}, 1},
    {"network", {HISTORY_RX, HISTORY_TX}, {ROLE_RX, ROLE_TX}, 2},
    {"disk", {HISTORY_RD, HISTORY_WR}, {ROLE_RD, ROLE_WR}, 2},
};

static double greatest(const float *values, size_t n)
{
    double max = 0;

    for (size_t i = 0; i < n; i++)
        if (values[i] > max)
            max = values[i];
    return max;
}

static double now_of(const struct ui *ui, const struct domain *d, const char *id)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    size_t at = columns_find(&ui->domains.columns, id);
    struct scene scene = ui_scene(ui);

    scene.totals = false;
    return column_number(&ui->domains.columns.at[at], &scene, (size_t)(d - s->domains));
}

/* What stands at the frame: the numbers of now. */
static void chart_note(const struct ui *ui, const struct domain *d, size_t which, bool narrow,
                       char out[160])
{
    char a[FORMAT_MAX], b[FORMAT_MAX], c[FORMAT_MAX];

    switch (which) {
    case 0:
        format_percent(a, now_of(ui, d, "cpu_ns"));
        if (d->vcpus_max == UNKNOWN)
            snprintf(out, 160, "%s%%", a);
        else
            snprintf(out, 160, "%s%%%s, %" PRIu64 " vcpu%s", a, ui->cpu_of_host ? " of host" : "",
                     d->vcpus_max, d->vcpus_max == 1 ? "" : "s");
        return;
    case 1:
        bytes(a, ui, d->mem_bytes);
        bytes(b, ui, d->mem_target_bytes);
        bytes(c, ui, d->mem_max_bytes);
        snprintf(out, 160, narrow ? "%s of %s" : "%s, target %s, max %s", a, narrow ? c : b, c);
        return;
    default:
        format_bytes(a, now_of(ui, d, which == 2 ? "rx_bytes" : "rd_bytes"), ui->units);
        format_bytes(b, now_of(ui, d, which == 2 ? "tx_bytes" : "wr_bytes"), ui->units);
        snprintf(out, 160, which == 2 ? "rx %s/s, tx %s/s" : "rd %s/s, wr %s/s", a, b);
        return;
    }
}

/* The value at the upper border: all vcpus, all memory it may have, else what was greatest. */
static double chart_top(const struct domain *d, size_t which, double max)
{
    if (which == 0 && d->vcpus_max != UNKNOWN)
        return (double)d->vcpus_max;
    if (which == 1 && d->mem_max_bytes != UNKNOWN && (double)d->mem_max_bytes >= max)
        return (double)d->mem_max_bytes;
    return max;
}

/* Two series share the rows: the first above, the second below. */
static void chart_body(const struct ui *ui, const struct paint *p, const struct domain *d,
                       size_t which)
{
    const struct chart *c = &charts[which];
    float values[2][SAMPLES_MAX];
    size_t n = paint_samples(p, p->area.cols);
    double max = 0;
    int y = 0;

    for (int i = 0; i < c->count; i++) {
        model_past_domain(&ui->model, d, c->series[i], values[i], n);
        max = MAX(max, greatest(values[i], n));
    }
    max = chart_top(d, which, max);
    for (int i = 0; i < c->count; i++) {
        int rows = i + 1 == c->count ? p->area.rows - y : p->area.rows / 2;
        paint_graph(p, y, 0, rows, p->area.cols, values[i], max, c->roles[i], which == 0);
        y += rows;
    }
}

static void chart_box(const struct ui *ui, const struct paint *screen, struct rect where,
                      const struct domain *d, size_t which)
{
    struct paint box = ui_paint(screen, where, GROUND_SCREEN);
    char note[160];

    chart_note(ui, d, which, where.cols < 56, note);
    struct paint in = paint_box(&box, charts[which].title, note);
    chart_body(ui, &in, d, which);
}

/* A line each: label, graph, numbers. */
static void chart_line(const struct ui *ui, const struct paint *screen, struct rect where,
                       const struct domain *d, size_t which)
{
    struct paint p = ui_paint(screen, where, GROUND_SCREEN);
    char note[160];
    int label = p.area.cols >= 60 ? 9 : 5, numbers;

    chart_note(ui, d, which, p.area.cols < 60, note);
    numbers = MIN((int)strlen(note), p.area.cols - label);
    paint_cell(&p, 0, 0, label - 1, ALIGN_LEFT, ROLE_DIM, charts[which].title);
    if (p.area.cols >= 70)
        numbers = MAX(numbers, 34);
    paint_cell(&p, 0, label, numbers, ALIGN_LEFT, ROLE_STRONG, note);
    p.area = (struct rect){where.y, where.x + label + numbers + 2, 1,
                           where.cols - label - numbers - 2};
    if (p.area.cols < 8)
        return;
    if (charts[which].count == 2) { /* beside each other */
        struct paint half = p;
        float values[2][SAMPLES_MAX];
        double max = 0;
        half.area.cols = (p.area.cols - 1) / 2;
        size_t n = paint_samples(&half, half.area.cols);
        for (int i = 0; i < 2; i++) {
            model_past_domain(&ui->model, d, charts[which].series[i], values[i], n);
            max = MAX(max, greatest(values[i], n));
        }
        for (int i = 0; i < 2; i++) {
            paint_graph(&half, 0, 0, 1, half.area.cols, values[i], max, charts[which].roles[i],
                        false);
            half.area.x += half.area.cols + 1;
        }
        return;
    }
    chart_body(ui, &p, d, which);
}

/* Rows that the charts take of the body: in boxes where there is room, else in lines. */
static int charts_draw(struct ui *ui, const struct paint *screen, const struct domain *d)
{
    struct rect body = ui->layout.body;
    bool row = body.cols >= 150, boxed = body.rows >= 26 && body.cols >= 84;
    int lines = body.rows >= 14 ? 4 : body.rows >= 7 ? 2 : 0;

    if (!boxed) {
        for (int i = 0; i < lines; i++) {
            struct rect line = rect_inset(body, 0, body.cols > 24);
            line.y += i;
            line.rows = 1;
            chart_line(ui, screen, line, d, (size_t)i);
        }
        return lines;
    }
    int across = row ? 4 : 2, high = row ? MIN(12, body.rows / 4) : MIN(9, body.rows / 4);
    for (size_t i = 0; i < ARRAY_LEN(charts); i++) {
        int column = (int)i % across, x = body.cols * column / across;
        struct rect where = {body.y + (int)i / across * high, body.x + x, high,
                             body.cols * (column + 1) / across - x};
        chart_box(ui, screen, where, d, i);
    }
    return row ? high : 2 * high;
}

/* ---- its devices: a list to scroll in ---- */

struct section {
    struct table *table;
    size_t first, count;
    struct slot slots[COLUMNS_MAX];
};

static void sections_of(struct ui *ui, const struct domain *d, int cols, struct section out[3])
{
    struct table *tables[3] = {&ui->vcpus, &ui->vifs, &ui->vbds};

    for (int i = 0; i < 3; i++) {
        out[i].table = tables[i];
        domain_devices(d, tables[i]->of, &out[i].first, &out[i].count);
        table_place(ui, tables[i], out[i].slots, cols, true);
    }
}

/* A section is its heading and its rows, or a word where it has none, and an empty line. */
static size_t section_lines(const struct section *s)
{
    return s->count + 2;
}

static void section_line(struct ui *ui, const struct paint *screen, struct rect line,
                         const struct section *s, size_t at)
{
    const struct snapshot *snap = model_snapshot(&ui->model);
    struct paint p = ui_paint(screen, line, at ? GROUND_SCREEN : GROUND_STRIP);

    if (at == 0) {
        paint_ground(&p);
        p.area = rect_inset(p.area, 0, p.area.cols > 24);
        if (s->count)
            table_heading(ui, &p, s->table, s->slots);
        else if (snap->have & PART(s->table->of))
            paint_textf(&p, 0, 0, ROLE_DIM, "no %s", s->table->nouns);
        else
            paint_textf(&p, 0, 0, ROLE_DIM, "%s could not be read (key ! says why)",
                        s->table->nouns);
        return;
    }
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    if (at <= s->count)
        table_row(ui, &p, s->table, s->slots, s->first + at - 1);
}

static void devices_draw(struct ui *ui, const struct paint *screen, const struct domain *d,
                         struct rect room)
{
    struct section sections[3];
    size_t total = 0, line = 0;
    size_t visible = (size_t)MAX(0, room.rows);

    sections_of(ui, d, room.cols > 24 ? room.cols - 2 : room.cols, sections);
    for (int i = 0; i < 3; i++)
        total += section_lines(&sections[i]);
    total--; /* nothing follows the last */
    /* The list has no mark: what moves is its first line. */
    menu_reveal(&ui->list, total > visible ? total - visible + 1 : 1, 1);
    for (int i = 0; i < 3; i++) {
        for (size_t at = 0; at < section_lines(&sections[i]); at++, line++) {
            if (line < ui->list.top || line >= ui->list.top + visible)
                continue;
            struct rect where = {room.y + (int)(line - ui->list.top), room.x, 1, room.cols};
            section_line(ui, screen, where, &sections[i], at);
        }
    }
    if (ui->list.top + visible < total && room.rows > 1 && room.cols > 30) {
        struct paint p = ui_paint(screen, room, GROUND_SCREEN);
        char more[32];
        snprintf(more, sizeof(more), " %zu more below ", total - ui->list.top - visible);
        paint_before(&p, room.rows - 1, room.cols, ROLE_BADGE, more);
    }
}

static void detail_draw(struct ui *ui, const struct paint *screen)
{
    const struct domain *d = subject(ui);
    struct rect room = ui->layout.body;

    if (!d) {
        const char *text = !model_snapshot(&ui->model)->seq ? "Nothing there yet"
                           : ui->has_subject ? "This domain is not there any more (1 shows all)"
                                             : "No domain is marked (1 shows all)";
        struct paint p = ui_paint(screen, rect_centre(room, 1, (int)strlen(text)), GROUND_SCREEN);
        paint_cell(&p, 0, 0, p.area.cols, ALIGN_LEFT, ROLE_DIM, text);
        return;
    }
    identity_draw(ui, screen, d);
    int used = charts_draw(ui, screen, d);
    room.y += used;
    room.rows -= used;
    devices_draw(ui, screen, d, room);
}

/* The domain before or after it in the order of the table of domains. */
static void neighbour(struct ui *ui, int step)
{
    struct rows *rows = &ui->domains.rows;
    const struct snapshot *s = model_snapshot(&ui->model);

    struct scene scene = ui_scene(ui);

    /* Its order is of the last sample it was looked at. */
    table_order(&ui->domains, &scene, ui->dom0_first, false);
    if (!rows->count)
        return;
    if (subject(ui))
        rows_find(rows, s, &ui->subject);
    rows_move(rows, s, step);
    ui->subject = rows->marked;
    ui->has_subject = true;
    ui->list = (struct menu){0};
}

static bool detail_act(struct ui *ui, enum action action)
{
    const struct domain *d = subject(ui);

    if (menu_act(&ui->list, action))
        return true;
    switch (action) {
    case ACTION_LEFT: neighbour(ui, -1); return true;
    case ACTION_RIGHT: neighbour(ui, 1); return true;
    case ACTION_TAG:
        if (d)
            tags_toggle(&ui->tags, d);
        return true;
    case ACTION_CLOSE: view_show(ui, &view_domains); return true;
    default: return false;
    }
}

static bool detail_mouse(struct ui *ui, struct mouse mouse)
{
    if (mouse.what != MOUSE_UP && mouse.what != MOUSE_DOWN)
        return false;
    for (int i = 0; i < 3; i++)
        menu_act(&ui->list, mouse.what == MOUSE_UP ? ACTION_UP : ACTION_DOWN);
    return true;
}

const struct view view_detail = {
    .name = "Detail",
    .scope = SCOPE_BODY,
    .draw = detail_draw,
    .act = detail_act,
    .mouse = detail_mouse,
};
