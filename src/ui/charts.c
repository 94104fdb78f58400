/*
 * charts: how one domain went: cpu, memory against what it is told to have and may have, network,
 * disk. In boxes where there is room, else in lines.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "screen.h"

#define SAMPLES_MAX (2 * MODEL_PAST)

/* Columns of a box's first line that are neither its title nor its note. */
#define BOX_REST 9

static void bytes(char out[FORMAT_MAX], const struct ui *ui, uint64_t n)
{
    format_bytes(out, n == UNKNOWN ? NAN : (double)n, ui->units);
}

/* One graph, or two of one scale: what, in words, and what fills it. */
struct chart {
    const char *title, *brief;
    enum history_series series[2];
    enum role roles[2];
    int count;
};

enum { CHART_CPU, CHART_MEMORY, CHART_NETWORK, CHART_DISK };

static const struct chart charts[] = {
    {"cpu", "cpu", {HISTORY_CPU}, {ROLE_LOW}, 1},
    {"memory", "mem", {HISTORY_MEM}, {ROLE_MEMORY}, 1},
    {"network", "net", {HISTORY_RX, HISTORY_TX}, {ROLE_RX, ROLE_TX}, 2},
    {"disk", "disk", {HISTORY_RD, HISTORY_WR}, {ROLE_RD, ROLE_WR}, 2},
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

static void memory_note(const struct ui *ui, const struct domain *d, bool narrow, char out[160])
{
    char a[FORMAT_MAX], b[FORMAT_MAX], c[FORMAT_MAX];

    bytes(a, ui, d->mem_bytes);
    bytes(b, ui, d->mem_target_bytes);
    bytes(c, ui, d->mem_max_bytes);
    if (d->mem_max_bytes == UNKNOWN)
        snprintf(out, 160, narrow ? "%s, target %s" : "%s, target %s, no limit", a, b);
    else
        snprintf(out, 160, narrow ? "%s of %s" : "%s, target %s, max %s", a, narrow ? c : b, c);
}

/* What stands at the frame: the numbers of now. */
static void chart_note(const struct ui *ui, const struct domain *d, size_t which, bool narrow,
                       char out[160])
{
    char a[FORMAT_MAX], b[FORMAT_MAX];

    switch (which) {
    case CHART_CPU:
        format_percent(a, now_of(ui, d, "cpu_ns"));
        if (d->vcpus_max == UNKNOWN)
            snprintf(out, 160, "%s%%", a);
        else
            snprintf(out, 160, "%s%%%s, %" PRIu64 " vcpu%s", a, ui->cpu_of_host ? " of host" : "",
                     d->vcpus_max, d->vcpus_max == 1 ? "" : "s");
        return;
    case CHART_MEMORY: memory_note(ui, d, narrow, out); return;
    default:
        format_bytes(a, now_of(ui, d, which == CHART_NETWORK ? "rx_bytes" : "rd_bytes"), ui->units);
        format_bytes(b, now_of(ui, d, which == CHART_NETWORK ? "tx_bytes" : "wr_bytes"), ui->units);
        snprintf(out, 160, which == CHART_NETWORK ? "rx %s/s, tx %s/s" : "rd %s/s, wr %s/s", a, b);
        return;
    }
}

/* The value at the upper border: all vcpus, else what was greatest. */
static double chart_top(const struct domain *d, size_t which, double max)
{
    return which == CHART_CPU && d->vcpus_max != UNKNOWN ? (double)d->vcpus_max : max;
}

/* A dashed line over the whole width with words on it; it lies on what it crosses. */
static void level_line(const struct paint *p, int y, enum role role, const char *words)
{
    const char *dash = glyph_symbol(p->glyphs, SYMBOL_DASH);

    for (int x = 0; x < p->area.cols; x++)
        paint_text(p, y, x, role, dash);
    if (p->area.cols > (int)strlen(words) + 4)
        paint_textf(p, y, 2, role, " %s ", words);
}

/* The row just above what a share of the rows below the first fills. */
static int level_row(int rows, double share)
{
    return rows - 1 - (int)lround(share * (rows - 1));
}

/*
 * What a domain has, under a line at what its balloon driver is told to keep and one at the most it
 * may have: the area ends below the lines it keeps to and is cut by those it does not.
 */
static void memory_body(const struct ui *ui, const struct paint *p, const struct domain *d)
{
    float values[SAMPLES_MAX];
    size_t n = paint_samples(p, p->area.cols);
    bool limit = d->mem_max_bytes != UNKNOWN, target = d->mem_target_bytes != UNKNOWN;
    char a[FORMAT_MAX], b[FORMAT_MAX], words[2 * FORMAT_MAX + 32];

    model_past_domain(&ui->model, d, HISTORY_MEM, values, n);
    double top = greatest(values, n);
    if (limit)
        top = MAX(top, (double)d->mem_max_bytes);
    if (target)
        top = MAX(top, (double)d->mem_target_bytes);
    int rows = p->area.rows - (top > 0 && (limit || target));
    paint_graph(p, p->area.rows - rows, 0, rows, p->area.cols, values, top, ROLE_MEMORY, false);
    if (rows == p->area.rows)
        return;
    int most = limit ? level_row(p->area.rows, (double)d->mem_max_bytes / top) : -1;
    int told = target ? level_row(p->area.rows, (double)d->mem_target_bytes / top) : -1;
    bytes(a, ui, d->mem_target_bytes);
    bytes(b, ui, d->mem_max_bytes);
    if (most >= 0 && most != told) {
        snprintf(words, sizeof(words), "max %s", b);
        level_line(p, most, ROLE_DIM, words);
    }
    if (told >= 0) {
        if (most != told)
            snprintf(words, sizeof(words), "target %s", a);
        else
            snprintf(words, sizeof(words), "target %s, max %s", a, b);
        level_line(p, told, ROLE_TEXT, words);
    }
}

/* The same in one line: how it went, and where it is between nothing, target and the most. */
static void memory_line(const struct ui *ui, const struct paint *p, const struct domain *d)
{
    struct paint past = *p, now = *p;
    double most = d->mem_max_bytes == UNKNOWN ? NAN : (double)d->mem_max_bytes;
    float values[SAMPLES_MAX];

    past.area.cols = p->area.cols >= 16 && most > 0 ? (p->area.cols - 1) / 2 : p->area.cols;
    size_t n = paint_samples(&past, past.area.cols);
    model_past_domain(&ui->model, d, HISTORY_MEM, values, n);
    paint_graph(&past, 0, 0, 1, past.area.cols, values,
                most > 0 ? MAX(most, greatest(values, n)) : greatest(values, n), ROLE_MEMORY,
                false);
    if (past.area.cols == p->area.cols)
        return;
    now.area.x += past.area.cols + 1;
    now.area.cols = past.area.cols;
    paint_bar(&now, 0, 0, now.area.cols,
              d->mem_bytes == UNKNOWN ? NAN : (double)d->mem_bytes / most, ROLE_MEMORY);
    if (d->mem_target_bytes != UNKNOWN) {
        double share = MIN((double)d->mem_target_bytes / most, 1.0);
        int at = MAX(0, (int)lround(share * now.area.cols) - 1);
        paint_text(&now, 0, at, ROLE_STRONG, glyph_symbol(now.glyphs, SYMBOL_TARGET));
    }
}

/* Two series share the rows: the first above, the second below. */
static void chart_body(const struct ui *ui, const struct paint *p, const struct domain *d,
                       size_t which)
{
    const struct chart *c = &charts[which];
    float values[2][SAMPLES_MAX], peaks[2][SAMPLES_MAX];
    size_t n = paint_samples(p, p->area.cols);
    bool has_peaks = false;
    double max = 0;
    int y = 0;

    for (int i = 0; i < c->count; i++) {
        model_past_domain(&ui->model, d, c->series[i], values[i], n);
        has_peaks = model_peaks_domain(&ui->model, d, c->series[i], peaks[i], n);
        max = MAX(max, greatest(has_peaks ? peaks[i] : values[i], n));
    }
    max = chart_top(d, which, max);
    for (int i = 0; i < c->count; i++) {
        int rows = i + 1 == c->count ? p->area.rows - y : p->area.rows / 2;
        paint_graph_peaks(p, y, 0, rows, p->area.cols, values[i], has_peaks ? peaks[i] : NULL, max,
                          c->roles[i], which == CHART_CPU);
        y += rows;
    }
}

static void chart_box(const struct ui *ui, const struct paint *screen, struct rect where,
                      const struct domain *d, size_t which)
{
    struct paint box = ui_paint(screen, where, GROUND_SCREEN);
    char note[160];

    chart_note(ui, d, which, false, note);
    if ((int)(strlen(charts[which].title) + strlen(note)) + BOX_REST > where.cols)
        chart_note(ui, d, which, true, note);
    struct paint in = paint_box(&box, charts[which].title, note);
    if (which == CHART_MEMORY)
        memory_body(ui, &in, d);
    else
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
    paint_cell(&p, 0, 0, label - 1, ALIGN_LEFT, ROLE_DIM,
               label > 5 ? charts[which].title : charts[which].brief);
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
    if (which == CHART_MEMORY)
        memory_line(ui, &p, d);
    else
        chart_body(ui, &p, d, which);
}

int charts_draw(const struct ui *ui, const struct paint *screen, struct rect body,
                const struct domain *d)
{
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
    /* What its devices leave: each a line, and two about each kind, one about the last. */
    int left = body.rows - (int)(d->vcpu_count + d->vif_count + d->vbd_count) - 5;
    high = MAX(high, MIN(row ? 20 : 12, row ? left : left / 2));
    for (size_t i = 0; i < ARRAY_LEN(charts); i++) {
        int column = (int)i % across, x = body.cols * column / across;
        struct rect where = {body.y + (int)i / across * high, body.x + x, high,
                             body.cols * (column + 1) / across - x};
        chart_box(ui, screen, where, d, i);
    }
    return row ? high : 2 * high;
}
