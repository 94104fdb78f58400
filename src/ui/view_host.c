/*
 * view_host: the machine itself: each pcpu with its past, who has the memory, and how dom0 fares.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "line.h"
#include "screen.h"

/* A part of a whole, with a name. */
struct part {
    const char *name;
    double amount;
    enum role role;
};

#define PARTS 4

static double amount(uint64_t n)
{
    return n == UNKNOWN ? NAN : (double)n;
}

static double known(double n)
{
    return n > 0 ? n : 0;
}

/* Parts of the whole beside each other, each in its own glyph. */
static void parts_bar(const struct paint *p, int y, int x, int cols, const struct part parts[PARTS],
                      double whole)
{
    double done = 0;
    int from = 0;

    if (!(whole > 0))
        return;
    for (int i = 0; i < PARTS; i++) {
        done += known(parts[i].amount);
        int to = MIN(cols, (int)lround(done / whole * cols));
        for (; from < to; from++)
            paint_text(p, y, x + from, parts[i].role, glyph_part(p->glyphs, i));
    }
    for (; from < cols; from++)
        paint_text(p, y, x + from, ROLE_TRACK, glyph_symbol(p->glyphs, SYMBOL_BETWEEN));
}

static void part_line(const struct paint *p, int y, int which, const struct part *part,
                      const char *text, double share)
{
    int x = paint_text(p, y, 0, part->role, glyph_part(p->glyphs, which));

    paint_text(p, y, x + 1, ROLE_TEXT, part->name);
    paint_before(p, y, p->area.cols - 6, isnan(part->amount) ? ROLE_DIM : ROLE_STRONG, text);
    if (!isnan(share))
        paint_textf(p, y, p->area.cols - 5, ROLE_DIM, "%4.0f%%", share * 100);
}

/* ---- memory ---- */

/* What Xen itself keeps is what is left over: an estimate. */
static void memory_parts(const struct snapshot *s, struct part parts[PARTS])
{
    double dom0 = NAN, guests = 0, all = amount(s->host.mem_bytes);
    double free_bytes = amount(s->host.mem_free_bytes);

    for (size_t i = 0; i < s->domain_count; i++) {
        double mem = amount(s->domains[i].mem_bytes);
        if (domid_own(s->domains[i].domid) == 0)
            dom0 = isnan(dom0) ? mem : dom0 + known(mem);
        else
            guests += known(mem);
    }
    double rest = all - free_bytes - known(dom0) - guests;
    parts[0] = (struct part){"Xen (est.)", rest >= 0 ? rest : NAN, ROLE_PAST};
    parts[1] = (struct part){"dom0", dom0, ROLE_TX};
    parts[2] = (struct part){"guests", s->have & PART(ENTITY_DOMAIN) ? guests : NAN, ROLE_MEMORY};
    parts[3] = (struct part){"free", free_bytes, ROLE_DIM};
}

static void memory_box(const struct ui *ui, const struct paint *screen, struct rect where)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    struct paint box = ui_paint(screen, where, GROUND_SCREEN);
    struct part parts[PARTS];
    double all = amount(s->host.mem_bytes);
    char text[FORMAT_MAX];
    float values[2 * MODEL_PAST];

    format_bytes(text, all, ui->units);
    struct paint in = paint_box(&box, "memory", text);
    memory_parts(s, parts);
    parts_bar(&in, 0, 0, in.area.cols, parts, all);
    for (int i = 0; i < PARTS; i++) {
        format_bytes(text, parts[i].amount, ui->units);
        part_line(&in, i + 1, i, &parts[i], text, parts[i].amount / all);
    }
    int rows = in.area.rows - PARTS - 2;
    if (rows < 1)
        return;
    paint_text(&in, PARTS + 1, 0, ROLE_DIM, "in use");
    model_past_host(&ui->model, HISTORY_MEM, values, paint_samples(&in, in.area.cols));
    paint_graph(&in, PARTS + 2, 0, rows, in.area.cols, values, all, ROLE_MEMORY, false);
}

/* ---- dom0 ---- */

static double dom0_share(const struct ui *ui, const char *id, double whole)
{
    double rate = rate_get(model_rates(&ui->model), metric_find(ENTITY_HOST, id), 0);

    return whole > 0 ? rate / whole : NAN;
}

/* Of what its vcpus had: steal is the time that Xen ran somebody else instead. */
static void dom0_parts(const struct ui *ui, struct part parts[PARTS], double *idle)
{
    static const char *const ids[] = {"user_ns", "system_ns", "iowait_ns", "steal_ns", "idle_ns"};
    static const char *const names[] = {"user", "system", "I/O wait", "steal"};
    static const enum role roles[] = {ROLE_LOW, ROLE_MID, ROLE_TX, ROLE_FULL};
    double whole = 0;

    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        whole += known(dom0_share(ui, ids[i], 1));
    for (int i = 0; i < PARTS; i++)
        parts[i] = (struct part){names[i], dom0_share(ui, ids[i], whole), roles[i]};
    *idle = dom0_share(ui, "idle_ns", whole);
}

static void dom0_box(const struct ui *ui, const struct paint *screen, struct rect where)
{
    const struct host *h = &model_snapshot(&ui->model)->host;
    struct paint box = ui_paint(screen, where, GROUND_SCREEN);
    struct part parts[PARTS];
    char text[FORMAT_MAX], a[FORMAT_MAX], b[FORMAT_MAX], load[64] = "";
    double idle;
    int y = PARTS + 1;

    if (h->load1 >= 0 && h->load5 >= 0 && h->load15 >= 0)
        snprintf(load, sizeof(load), "load %.2f %.2f %.2f", h->load1, h->load5, h->load15);
    struct paint in = paint_box(&box, "dom0", load);
    dom0_parts(ui, parts, &idle);
    parts_bar(&in, 0, 0, in.area.cols, parts, 1);
    for (int i = 0; i < PARTS; i++) {
        format_percent(text, parts[i].amount);
        part_line(&in, i + 1, i, &parts[i], text, NAN);
        paint_text(&in, i + 1, in.area.cols - 5, ROLE_DIM, "%");
    }
    if (y >= in.area.rows)
        return;
    format_bytes(a, amount(h->dom0_free_bytes), ui->units);
    format_bytes(b, amount(h->dom0_cache_bytes), ui->units);
    format_bytes(text, amount(h->dom0_mem_bytes), ui->units);
    paint_textf(&in, y++, 0, ROLE_DIM, "memory %s, %s cache, %s free", text, b, a);
    format_bytes(a, amount(h->swap_used_bytes), ui->units);
    format_bytes(b, amount(h->swap_bytes), ui->units);
    if (y < in.area.rows)
        paint_textf(&in, y, 0, ROLE_DIM, "swap %s of %s", a, b);
}

/* ---- traffic ---- */

static void traffic_box(const struct ui *ui, const struct paint *screen, struct rect where,
                        const char *title, enum topic topic)
{
    struct paint box = ui_paint(screen, where, GROUND_SCREEN);
    struct paint in = paint_box(&box, title, "all guests");

    traffic_draw(ui, &in, topic);
}

/* ---- all of it ---- */

static void caption(struct ui *ui, const struct paint *screen)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    struct paint p = ui_paint(screen, ui->layout.caption, GROUND_STRIP);
    char cpus[64] = "", hz[FORMAT_MAX], busy[FORMAT_MAX + 8], text[FORMAT_MAX];
    double share = rate_host_busy(model_rates(&ui->model), s);
    size_t off = 0;
    char offline[32] = "", topology[80];

    pcpus_topology(s, topology, sizeof(topology));
    for (size_t i = 0; i < s->pcpu_count; i++)
        off += s->pcpus[i].online == 0;
    if (off)
        snprintf(offline, sizeof(offline), "%zu offline", off);
    format_hz(hz, s->host.cpu_hz);
    if (s->host.cpus != UNKNOWN)
        snprintf(cpus, sizeof(cpus), "%" PRIu64 " pcpu%s at %.16s", s->host.cpus,
                 s->host.cpus == 1 ? "" : "s", hz);
    format_percent(text, share);
    snprintf(busy, sizeof(busy), "%s%% busy", text);
    const struct segment line[] = {
        {cpus, ROLE_STRONG, 90, false},
        {offline, ROLE_PAUSED, 80, false},
        {isnan(share) ? "" : busy, isnan(share) ? ROLE_DIM : theme_load(share), 95, false},
        {topology, ROLE_DIM, 30, true},
    };
    paint_ground(&p);
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    line_draw(&p, 0, 2, line, ARRAY_LEN(line));
}

/* Without room for boxes: a line each. */
static void lines_draw(const struct ui *ui, const struct paint *screen, struct rect room)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    struct paint p = ui_paint(screen, rect_inset(room, 0, room.cols > 24), GROUND_SCREEN);
    struct part memory[PARTS], dom0[PARTS];
    double idle;
    int y = 0;

    memory_parts(s, memory);
    dom0_parts(ui, dom0, &idle);
    paint_text(&p, y, 0, ROLE_DIM, "mem");
    parts_bar(&p, y++, 5, p.area.cols - 5, memory, amount(s->host.mem_bytes));
    for (int i = 0, x = 5; i < PARTS; i++) {
        char text[FORMAT_MAX];
        format_bytes(text, memory[i].amount, ui->units);
        x = paint_text(&p, y, x, memory[i].role, glyph_part(p.glyphs, i));
        x = paint_textf(&p, y, x, ROLE_TEXT, " %s %s  ", memory[i].name, text);
        if (i == 1 && p.area.cols < 60) {
            x = 5;
            y++;
        }
    }
    y++;
    paint_text(&p, y, 0, ROLE_DIM, "dom0");
    parts_bar(&p, y++, 5, p.area.cols - 5, dom0, 1);
    for (int i = 0, x = 5; i < PARTS; i++) {
        char text[FORMAT_MAX];
        format_percent(text, dom0[i].amount);
        x = paint_text(&p, y, x, dom0[i].role, glyph_part(p.glyphs, i));
        x = paint_textf(&p, y, x, ROLE_TEXT, " %s %s%%  ", dom0[i].name, text);
        if (i == 1 && p.area.cols < 60) {
            x = 5;
            y++;
        }
    }
    y++;
    paint_text(&p, y, 0, ROLE_DIM, "cpus");
    p.area.y += y;
    p.area.rows -= y;
    p.area.x += 5;
    p.area.cols -= 5;
    if (p.area.rows > 0 && p.area.cols > 0)
        pcpus_draw(ui, &p);
}

/* Rows of the boxes below the pcpus that are worth it. */
#define BOTTOM_MOST 20

static void host_draw(struct ui *ui, const struct paint *screen)
{
    struct rect room = ui->layout.body, top = room, bottom = room;
    const struct snapshot *s = model_snapshot(&ui->model);

    if (!s->seq) {
        const char *text = "Nothing there yet: waiting for the first sample";
        struct paint p = ui_paint(screen, rect_centre(room, 1, (int)strlen(text)), GROUND_SCREEN);
        paint_cell(&p, 0, 0, p.area.cols, ALIGN_LEFT, ROLE_DIM, text);
        return;
    }
    caption(ui, screen);
    if (room.rows < 18 || room.cols < 64) {
        lines_draw(ui, screen, room);
        return;
    }
    bottom.rows = MIN(MAX(8, room.rows * 2 / 5), 14);
    top.rows = room.rows - bottom.rows;
    /* What the graphs leave is for the boxes below. */
    int spare = top.rows - 2 - pcpus_past_rows(s, top.rows - 2, room.cols - 4);
    bottom.rows += MIN(spare, BOTTOM_MOST - MIN(bottom.rows, BOTTOM_MOST));
    top.rows = room.rows - bottom.rows;
    bottom.y += top.rows;
    struct paint box = ui_paint(screen, top, GROUND_SCREEN);
    struct paint in = paint_box(&box, "pcpus", NULL);
    pcpus_past_draw(ui, &in);

    int across = room.cols >= 110 ? 3 : 2;
    struct rect part = bottom;
    part.cols = room.cols / across;
    memory_box(ui, screen, part);
    part.x += part.cols;
    part.cols = across == 3 ? room.cols / across : room.cols - part.cols;
    dom0_box(ui, screen, part);
    if (across < 3)
        return;
    part.x += part.cols;
    part.cols = room.cols - 2 * (room.cols / 3);
    struct rect disk = part;
    part.rows /= 2;
    disk.y += part.rows;
    disk.rows -= part.rows;
    traffic_box(ui, screen, part, "network", TOPIC_NETWORK);
    traffic_box(ui, screen, disk, "disk", TOPIC_DISK);
}

const struct view view_host = {.name = "Host", .scope = SCOPE_BODY, .draw = host_draw};
