/*
 * header: the host at a glance: its cpus, memory, network and disks, in the size the layout gives.
 *
 * Network and disk are the sums over all domains, as the guests see them.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "screen.h"

#define LABEL 5 /* columns of "Disk " */

/* A graph's samples never are more than this. */
#define SAMPLES_MAX 640

static double busy_share(const struct snapshot *s, const struct rates *r)
{
    double busy = rate_host_busy(r, s);

    /* Without pcpus: what the domains used of what there is. */
    if (isnan(busy) && s->host.cpus != UNKNOWN && s->host.cpus)
        busy = rate_total(r, s, metric_find(ENTITY_DOMAIN, "cpu_ns")) / (double)s->host.cpus;
    return busy;
}

static double memory_share(const struct host *h)
{
    if (h->mem_bytes == UNKNOWN || h->mem_free_bytes == UNKNOWN || !h->mem_bytes)
        return NAN;
    return 1 - (double)h->mem_free_bytes / (double)h->mem_bytes;
}

static double bytes_of(uint64_t v)
{
    return v == UNKNOWN ? NAN : (double)v;
}

static void percent(char *out, double share)
{
    int n = format_percent(out, share);

    if (!isnan(share))
        snprintf(out + n, FORMAT_MAX - (size_t)n, "%%");
}

/* "of 8 x 2.40GHz" */
static void cpus_text(char *out, size_t cap, const struct host *h)
{
    char hz[FORMAT_MAX];

    out[0] = '\0';
    if (h->cpus == UNKNOWN)
        return;
    int n = snprintf(out, cap, "of %" PRIu64 " pcpu%s", h->cpus, h->cpus == 1 ? "" : "s");
    if (format_hz(hz, h->cpu_hz) > 1)
        snprintf(out + n, cap - (size_t)n, " at %s", hz);
}

static void memory_text(char *out, size_t cap, const struct ui *ui, const struct host *h)
{
    char used[FORMAT_MAX], all[FORMAT_MAX];

    format_bytes(used, bytes_of(h->mem_bytes) - bytes_of(h->mem_free_bytes), ui->units);
    format_bytes(all, bytes_of(h->mem_bytes), ui->units);
    if (h->mem_bytes == UNKNOWN)
        snprintf(out, cap, "-");
    else
        snprintf(out, cap, "%s of %s", used, all);
}

static double greatest(const float *values, size_t n)
{
    double max = 0;

    for (size_t i = 0; i < n; i++)
        if (values[i] > max)
            max = values[i];
    return max;
}

/* The newest samples of the host, and the greatest of them. */
static double past(const struct ui *ui, const struct paint *p, enum history_series series, int cols,
                   float values[SAMPLES_MAX])
{
    size_t n = paint_samples(p, cols);

    model_past_host(&ui->model, series, values, n);
    return greatest(values, n);
}

/* The same in a graph with its peaks, where there are any; max 0: the greatest fills it. Returns
 * what does. */
static double past_draw(const struct ui *ui, const struct paint *p, enum history_series series,
                        int x, int cols, double max, enum role role, bool gradient)
{
    float values[SAMPLES_MAX], peaks[SAMPLES_MAX];
    size_t n = paint_samples(p, cols);
    double most = past(ui, p, series, cols, values);
    bool has_peaks = model_peaks_host(&ui->model, series, peaks, n);

    if (has_peaks)
        most = MAX(most, greatest(peaks, n));
    if (max <= 0)
        max = most;
    paint_graph_peaks(p, 0, x, p->area.rows, cols, values, has_peaks ? peaks : NULL, max, role,
                      gradient);
    return most;
}

/* ---- in boxes ---- */

static void cpu_box(const struct ui *ui, const struct paint *screen)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    double busy = busy_share(s, model_rates(&ui->model));
    char note[3 * FORMAT_MAX], of[2 * FORMAT_MAX], share[FORMAT_MAX];

    percent(share, busy);
    cpus_text(of, sizeof(of), &s->host);
    snprintf(note, sizeof(note), "%s %s", share, of);
    struct paint box = ui_paint(screen, ui->layout.cpu, GROUND_SCREEN);
    struct paint in = paint_box(&box, "cpu", note);

    int graph = in.area.cols - 2 - pcpus_width(s, in.area.rows, in.area.cols);
    past_draw(ui, &in, HISTORY_CPU, 0, graph, 1.0, ROLE_LOW, true);
    in.area.x += graph + 2;
    in.area.cols -= graph + 2;
    pcpus_draw(ui, &in);
}

static void memory_line(const struct ui *ui, const struct paint *p, int y, const char *label,
                        uint64_t bytes, double share)
{
    char text[FORMAT_MAX];

    paint_text(p, y, 0, ROLE_DIM, label);
    format_bytes(text, bytes_of(bytes), ui->units);
    paint_before(p, y, p->area.cols - 5, ROLE_TEXT, text);
    if (!isnan(share))
        paint_textf(p, y, p->area.cols - 4, ROLE_DIM, "%3.0f%%", share * 100);
}

static double part_of(uint64_t part, uint64_t whole)
{
    return part == UNKNOWN || whole == UNKNOWN || !whole ? NAN : (double)part / (double)whole;
}

static void memory_box(const struct ui *ui, const struct paint *screen)
{
    const struct host *h = &model_snapshot(&ui->model)->host;
    char all[FORMAT_MAX];
    float values[SAMPLES_MAX];
    bool known = h->mem_bytes != UNKNOWN && h->mem_free_bytes != UNKNOWN;

    format_bytes(all, bytes_of(h->mem_bytes), ui->units);
    struct paint box = ui_paint(screen, ui->layout.mem, GROUND_SCREEN);
    struct paint in = paint_box(&box, "memory", all);

    memory_line(ui, &in, 0, "used", known ? h->mem_bytes - h->mem_free_bytes : UNKNOWN,
                memory_share(h));
    paint_bar(&in, 1, 0, in.area.cols, memory_share(h), ROLE_MEMORY);
    memory_line(ui, &in, 2, "free", h->mem_free_bytes, part_of(h->mem_free_bytes, h->mem_bytes));
    memory_line(ui, &in, 3, "dom0", h->dom0_mem_bytes, part_of(h->dom0_mem_bytes, h->mem_bytes));
    int rows = in.area.rows - 4;
    past(ui, &in, HISTORY_MEM, in.area.cols, values);
    if (rows > 0 && known)
        paint_graph(&in, 4, 0, rows, in.area.cols, values, (double)h->mem_bytes, ROLE_MEMORY,
                    false);
}

/* One direction of a kind of traffic: what, which metric, which past, which colour. */
struct traffic {
    const char *label;
    enum entity entity;
    const char *bytes, *events;
    enum history_series series;
    enum role role;
};

static const struct traffic network[2] = {
    {"rx", ENTITY_VIF, "rx_bytes", "rx_packets", HISTORY_RX, ROLE_RX},
    {"tx", ENTITY_VIF, "tx_bytes", "tx_packets", HISTORY_TX, ROLE_TX},
};
static const struct traffic disks[2] = {
    {"rd", ENTITY_VBD, "rd_bytes", "rd_reqs", HISTORY_RD, ROLE_RD},
    {"wr", ENTITY_VBD, "wr_bytes", "wr_reqs", HISTORY_WR, ROLE_WR},
};

static double total(const struct ui *ui, const struct traffic *t, const char *metric)
{
    return rate_total(model_rates(&ui->model), model_snapshot(&ui->model),
                      metric_find(t->entity, metric));
}

/* Both directions, each so many rows, with their past on one scale; returns what fills it. */
static double lines_draw(const struct ui *ui, const struct paint *p, int x, int high,
                         const struct traffic both[2])
{
    float values[2][SAMPLES_MAX], peaks[2][SAMPLES_MAX];
    char rate[FORMAT_MAX];
    bool has_peaks = false;
    int number = x + 3 + (ui->units == FORMAT_RAW ? 12 : 6);
    int graph = number + 4, cols = p->area.cols - graph;
    double max = 0;

    for (int i = 0; i < 2; i++) {
        size_t n = paint_samples(p, cols);
        max = MAX(max, past(ui, p, both[i].series, cols, values[i]));
        has_peaks = model_peaks_host(&ui->model, both[i].series, peaks[i], n);
        if (has_peaks)
            max = MAX(max, greatest(peaks[i], n));
    }
    for (int i = 0; i < 2; i++) {
        double now = total(ui, &both[i], both[i].bytes);
        format_bytes(rate, now, ui->units);
        int y = i * high, base = y + high - 1; /* words beside the foot of the graph */
        paint_text(p, base, x, both[i].role, both[i].label);
        paint_before(p, base, number, now > 0 ? ROLE_STRONG : ROLE_DIM, rate);
        paint_text(p, base, number, ROLE_DIM, "/s");
        paint_graph_peaks(p, y, graph, high, cols, values[i], has_peaks ? peaks[i] : NULL, max,
                          both[i].role, false);
    }
    return max;
}

static void traffic_box(const struct ui *ui, const struct paint *screen, struct rect where,
                        const char *title, const struct traffic both[2], const char *events)
{
    struct paint box = ui_paint(screen, where, GROUND_SCREEN);
    struct paint in = box;
    char note[FORMAT_MAX + 16], number[FORMAT_MAX], other[FORMAT_MAX];

    in.area = rect_inset(where, 1, 2);
    double max = lines_draw(ui, &in, 0, 1, both);
    format_bytes(number, max, ui->units);
    snprintf(note, sizeof(note), "peak %s/s", number);
    paint_box(&box, title, note);
    if (in.area.rows < 3)
        return;
    format_count(number, total(ui, &both[0], both[0].events));
    format_count(other, total(ui, &both[1], both[1].events));
    paint_textf(&in, 2, 0, ROLE_DIM, "%s %s/s %s, %s/s %s", events, number, both[0].label, other,
                both[1].label);
}

/* ---- in lines ---- */

static void meter_line(const struct paint *p, const char *label, double share, const char *text,
                       bool gradient)
{
    int room = p->area.cols - LABEL - 1 - (int)strlen(text);

    paint_text(p, 0, 0, ROLE_DIM, label);
    if (room >= 4 && gradient)
        paint_gradient_bar(p, 0, LABEL, room, share);
    else if (room >= 4)
        paint_bar(p, 0, LABEL, room, share, ROLE_MEMORY);
    if (room >= 0)
        paint_before(p, 0, p->area.cols, ROLE_STRONG, text);
    else
        paint_cell(p, 0, LABEL, p->area.cols - LABEL, ALIGN_LEFT, ROLE_STRONG, text);
}

static void cpu_line(const struct ui *ui, const struct paint *p, bool wide)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    double busy = busy_share(s, model_rates(&ui->model));
    char text[3 * FORMAT_MAX], share[FORMAT_MAX], of[2 * FORMAT_MAX] = "";

    percent(share, busy);
    if (wide && s->host.cpus != UNKNOWN)
        snprintf(of, sizeof(of), " of %" PRIu64 " pcpu%s", s->host.cpus,
                 s->host.cpus == 1 ? "" : "s");
    snprintf(text, sizeof(text), "%6s%s", share, of);
    meter_line(p, "CPU", busy, text, true);
}

static void memory_one(const struct ui *ui, const struct paint *p)
{
    const struct host *h = &model_snapshot(&ui->model)->host;
    char text[3 * FORMAT_MAX];

    memory_text(text, sizeof(text), ui, h);
    meter_line(p, "Mem", memory_share(h), text, false);
}

static void header_slim(const struct ui *ui, const struct paint *screen)
{
    struct paint p = ui_paint(screen, ui->layout.cpu, GROUND_SCREEN);

    cpu_line(ui, &p, p.area.cols >= 36);
    p.area = ui->layout.mem;
    memory_one(ui, &p);
}

static void header_compact(const struct ui *ui, const struct paint *screen)
{
    struct paint p = ui_paint(screen, ui->layout.cpu, GROUND_SCREEN);
    float values[SAMPLES_MAX];

    cpu_line(ui, &p, true);
    p.area = ui->layout.mem;
    memory_one(ui, &p);

    p.area = ui->layout.past;
    int cols = p.area.cols - LABEL;
    past(ui, &p, HISTORY_CPU, cols, values);
    paint_text(&p, 0, 0, ROLE_DIM, "past");
    paint_graph(&p, 0, LABEL, 1, cols, values, 1.0, ROLE_LOW, false);

    p.area = ui->layout.pcpus;
    paint_text(&p, 0, 0, ROLE_DIM, "cpus");
    p.area.x += LABEL;
    p.area.cols -= LABEL;
    pcpus_draw(ui, &p);

    p.area = ui->layout.net;
    paint_text(&p, 0, 0, ROLE_DIM, "Net");
    lines_draw(ui, &p, LABEL, 1, network);
    p.area = ui->layout.disk;
    paint_text(&p, 0, 0, ROLE_DIM, "Disk");
    lines_draw(ui, &p, LABEL, 1, disks);
}

void header_draw(struct ui *ui, const struct paint *screen)
{
    switch (ui->layout.kind) {
    case HEADER_BOXED:
        cpu_box(ui, screen);
        memory_box(ui, screen);
        traffic_box(ui, screen, ui->layout.net, "network", network, "packets");
        traffic_box(ui, screen, ui->layout.disk, "disk", disks, "requests");
        break;
    case HEADER_COMPACT: header_compact(ui, screen); break;
    case HEADER_SLIM: header_slim(ui, screen); break;
    case HEADER_NONE: break;
    }
}

/* ---- one topic, above a table of devices ---- */

/* One direction in a box of its own. */
static void direction_box(const struct ui *ui, const struct paint *screen, struct rect where,
                          const struct traffic *t, const char *title, const char *events)
{
    struct paint box = ui_paint(screen, where, GROUND_SCREEN);
    struct paint in = box;
    char note[4 * FORMAT_MAX], now[FORMAT_MAX], peak[FORMAT_MAX], count[FORMAT_MAX];

    in.area = rect_inset(where, 1, 2);
    double max = past_draw(ui, &in, t->series, 0, in.area.cols, 0, t->role, false);
    format_bytes(now, total(ui, t, t->bytes), ui->units);
    format_bytes(peak, max, ui->units);
    format_count(count, total(ui, t, t->events));
    if (where.cols >= 64)
        snprintf(note, sizeof(note), "%s/s, %s %s/s, peak %s/s", now, count, events, peak);
    else
        snprintf(note, sizeof(note), "%s/s, peak %s/s", now, peak);
    paint_box(&box, title, note);
}

static void topic_boxes(const struct ui *ui, const struct paint *screen, enum topic topic)
{
    struct rect left = ui->layout.header, right = left;
    bool net = topic == TOPIC_NETWORK;
    const struct traffic *both = net ? network : disks;
    const char *events = net ? "packets" : "requests";

    left.cols = right.cols / 2;
    right.x += left.cols;
    right.cols -= left.cols;
    direction_box(ui, screen, left, &both[0], net ? "received by guests" : "read by guests",
                  events);
    direction_box(ui, screen, right, &both[1], net ? "sent by guests" : "written by guests",
                  events);
}

void traffic_draw(const struct ui *ui, const struct paint *p, enum topic topic)
{
    lines_draw(ui, p, 0, MAX(1, p->area.rows / 2), topic == TOPIC_NETWORK ? network : disks);
}

void topic_draw(struct ui *ui, const struct paint *screen, enum topic topic)
{
    struct paint p = ui_paint(screen, rect_inset(ui->layout.header, 0, 1), GROUND_SCREEN);
    struct rect cpu = ui->layout.cpu;

    if (!p.area.rows || !model_snapshot(&ui->model)->seq)
        return;
    if (ui->layout.kind == HEADER_BOXED && topic == TOPIC_CPU) {
        ui->layout.cpu = ui->layout.header;
        cpu_box(ui, screen);
        ui->layout.cpu = cpu;
    } else if (ui->layout.kind == HEADER_BOXED) {
        topic_boxes(ui, screen, topic);
    } else if (topic == TOPIC_CPU) {
        cpu_line(ui, &p, p.area.cols >= 36);
        p.area.y++;
        p.area.rows--;
        paint_text(&p, 0, 0, ROLE_DIM, "cpus");
        p.area.x += LABEL;
        p.area.cols -= LABEL;
        pcpus_draw(ui, &p);
    } else {
        traffic_draw(ui, &p, topic);
    }
}
