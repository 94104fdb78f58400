/*
 * pcpus: each physical cpu's load in whatever room there is: as a meter, as a number, or as a cell
 * of a heat map, where one may stand for several.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "../base.h"
#include "screen.h"

#define NUMBER    4  /* columns of " 100" */
#define GRAPH_MIN 14 /* columns that a graph beside them keeps */

static double pcpu_busy(const struct snapshot *s, const struct rates *r, size_t i)
{
    static const struct metric *idle;

    if (!idle)
        idle = metric_find(ENTITY_PCPU, "idle_ns");
    return s->pcpus[i].online == 0 ? NAN : rate_shown(r, idle, i);
}

/* One cell per pcpu, or per so many with the busiest of them shown. */
static void heat_draw(const struct ui *ui, const struct paint *p)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    struct heat_grid g = layout_heat(s->pcpu_count, p->area.rows, p->area.cols);

    if (g.per_cell > 1 && p->area.rows > 1) {
        g = layout_heat(s->pcpu_count, p->area.rows - 1, p->area.cols);
        paint_textf(p, p->area.rows - 1, 0, ROLE_DIM, "a cell: busiest of %zu pcpus", g.per_cell);
    } else if (g.per_cell > 1 && p->area.cols > 24) {
        g = layout_heat(s->pcpu_count, 1, p->area.cols - 10);
        paint_textf(p, 0, g.columns + 1, ROLE_DIM, "%zu a cell", g.per_cell);
    }
    for (size_t first = 0, cell = 0; first < s->pcpu_count; first += g.per_cell, cell++) {
        double busiest = NAN;
        for (size_t i = first; i < MIN(first + g.per_cell, s->pcpu_count); i++) {
            double busy = pcpu_busy(s, model_rates(&ui->model), i);
            if (!isnan(busy) && !(busy <= busiest))
                busiest = busy;
        }
        enum role role = isnan(busiest) ? ROLE_DIM : theme_load(busiest);
        int y = (int)cell / g.columns, x = (int)cell % g.columns * g.width;
        paint_text(p, y, x, role, glyph_heat(p->glyphs, busiest));
        if (g.width > 1 && p->glyphs != GLYPH_ASCII)
            paint_text(p, y, x + 1, role, glyph_heat(p->glyphs, busiest));
    }
}

static int digits(uint64_t n)
{
    int d = 1;

    while (n >= 10) {
        n /= 10;
        d++;
    }
    return d;
}

/* A number each, in the colour of the load, with the first pcpu of a line before it. */
static bool numbers_draw(const struct ui *ui, const struct paint *p, int label)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    int per_line = layout_numbers(s->pcpu_count, p->area.rows, p->area.cols - label, NUMBER);

    for (size_t i = 0; per_line && i < s->pcpu_count; i++) {
        int y = (int)i / per_line, x = label + (int)i % per_line * NUMBER;
        double busy = pcpu_busy(s, model_rates(&ui->model), i);
        if (x == label)
            paint_textf(p, y, 0, ROLE_DIM, "%*" PRIu64, label, s->pcpus[i].id);
        if (isnan(busy))
            paint_text(p, y, x, ROLE_DIM, "   -");
        else
            paint_textf(p, y, x, theme_load(busy), "%4.0f", busy * 100);
    }
    return per_line > 0;
}

/* Whether none of the pcpus before this one has its core; its socket, its node likewise. */
static void first_of(const struct snapshot *s, size_t i, bool *core, bool *socket, bool *node)
{
    const struct pcpu *p = &s->pcpus[i];

    *core = *socket = *node = true;
    for (size_t n = 0; n < i && (*core || *socket || *node); n++) {
        const struct pcpu *q = &s->pcpus[n];
        *core &= q->core != p->core || q->socket != p->socket;
        *socket &= q->socket != p->socket;
        *node &= q->node != p->node;
    }
}

void pcpus_topology(const struct snapshot *s, char *text, size_t cap)
{
    size_t cores = 0, sockets = 0, nodes = 0;
    bool core, socket, node;

    text[0] = '\0';
    for (size_t i = 0; i < s->pcpu_count; i++) {
        const struct pcpu *p = &s->pcpus[i];
        if (p->core == UNKNOWN || p->socket == UNKNOWN || p->node == UNKNOWN)
            continue; /* offline: Xen gives it no place */
        first_of(s, i, &core, &socket, &node);
        cores += core;
        sockets += socket;
        nodes += node;
    }
    if (cores)
        snprintf(text, cap, "%zu core%s, %zu socket%s, %zu NUMA node%s", cores,
                 cores == 1 ? "" : "s", sockets, sockets == 1 ? "" : "s", nodes,
                 nodes == 1 ? "" : "s");
}

/* A meter each where they fit, else a number each, else the heat map. */
void pcpus_draw(const struct ui *ui, const struct paint *p)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    struct meter_grid g;

    if (!s->pcpu_count) {
        paint_text(p, 0, 0, ROLE_DIM, "no figures per pcpu");
        return;
    }
    int label = digits(s->pcpus[s->pcpu_count - 1].id);
    if (!layout_meters(&g, s->pcpu_count, p->area.rows, p->area.cols, label + 11, 2)) {
        if (!numbers_draw(ui, p, label))
            heat_draw(ui, p);
        return;
    }
    for (size_t i = 0; i < s->pcpu_count; i++) {
        int x = (int)i / g.rows * (g.width + 2), y = (int)i % g.rows;
        double busy = pcpu_busy(s, model_rates(&ui->model), i);
        paint_textf(p, y, x, ROLE_DIM, "%*" PRIu64, label, s->pcpus[i].id);
        paint_gradient_bar(p, y, x + label + 1, g.width - label - 6, busy);
        if (s->pcpus[i].online == 0)
            paint_text(p, y, x + g.width - 4, ROLE_DIM, " off");
        else if (isnan(busy))
            paint_text(p, y, x + g.width - 4, ROLE_DIM, "   -");
        else
            paint_textf(p, y, x + g.width - 4, busy < 0.005 ? ROLE_DIM : ROLE_TEXT, "%3.0f%%",
                        busy * 100);
    }
}

/* Three fifths, or what numbers need where meters do not fit. */
int pcpus_width(const struct snapshot *s, int rows, int cols)
{
    struct meter_grid g;
    int most = cols * 3 / 5, label, per_line;

    if (!s->pcpu_count)
        return most / 2;
    label = digits(s->pcpus[s->pcpu_count - 1].id);
    if (layout_meters(&g, s->pcpu_count, rows, most, label + 11, 2))
        return most;
    per_line = layout_numbers(s->pcpu_count, rows, cols - GRAPH_MIN - label, NUMBER);
    if (per_line)
        return label + per_line * NUMBER;
    struct heat_grid heat = layout_heat(s->pcpu_count, rows, most);
    return heat.columns * heat.width;
}

/* How high each pcpu's graph is at most, and how wide at least. */
#define PAST_ROWS 18
#define PAST_MIN  8

/* Empty rows above a graph, so that full ones do not grow together. */
static int past_gap(int high)
{
    return high > 2;
}

/* As high as they can be with the width that is worth it; 0 when there is no room for any. */
static int past_rows(struct meter_grid *g, size_t count, int rows, int cols, int label)
{
    for (int high = PAST_ROWS; high > 0; high--) {
        int least = label + 6 + (high > 1 ? 2 * PAST_MIN : PAST_MIN);
        if (layout_meters(g, count, rows / high, cols, least, 2))
            return high;
    }
    return 0;
}

static int label_width(const struct snapshot *s)
{
    return s->pcpu_count ? digits(s->pcpus[s->pcpu_count - 1].id) : 0;
}

int pcpus_past_rows(const struct snapshot *s, int rows, int cols)
{
    struct meter_grid g;
    int high = past_rows(&g, s->pcpu_count, rows, cols, label_width(s));

    return high ? g.rows * high : rows;
}

void pcpus_past_draw(const struct ui *ui, const struct paint *p)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    int label = label_width(s);
    struct meter_grid g;
    float values[2 * MODEL_PAST];
    int high = past_rows(&g, s->pcpu_count, p->area.rows, p->area.cols, label);
    int gap = past_gap(high);

    if (!high) {
        pcpus_draw(ui, p);
        return;
    }
    for (size_t i = 0; i < s->pcpu_count; i++) {
        int x = (int)i / g.rows * (g.width + 2), y = (int)i % g.rows * high;
        int cols = g.width - label - 6;
        double busy = pcpu_busy(s, model_rates(&ui->model), i);
        size_t n = paint_samples(p, cols);
        model_past_pcpu(&ui->model, s->pcpus[i].id, values, MIN(n, ARRAY_LEN(values)));
        paint_graph(p, y + gap, x + label + 1, high - gap, cols, values, 1.0, ROLE_LOW, high > 1);
        y += high - 1;
        paint_textf(p, y, x, ROLE_DIM, "%*" PRIu64, label, s->pcpus[i].id);
        if (s->pcpus[i].online == 0)
            paint_text(p, y, x + g.width - 4, ROLE_DIM, " off");
        else if (isnan(busy))
            paint_text(p, y, x + g.width - 4, ROLE_DIM, "   -");
        else
            paint_textf(p, y, x + g.width - 4, theme_load(busy), "%3.0f%%", busy * 100);
    }
}
