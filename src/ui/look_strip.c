/*
 * look_strip: what tells that one looks back, and where: the title's words, and below it the strip
 * of time: the window that graphs are of with what happened in it, and on a tall screen all that
 * was recorded with the window in it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../sanitize.h"
#include "line.h"
#include "screen.h"

#define TALL_ROWS  30
#define LEAST_ROWS 12

#define CELLS_MAX 320

int strip_rows(int rows)
{
    return rows >= TALL_ROWS ? 2 : rows >= LEAST_ROWS;
}

/* As much of a time as its neighbours on a strip of that length leave open. */
static void edge_text(char out[FORMAT_MAX], uint64_t wall_ns, uint64_t length_ns)
{
    static const struct {
        uint64_t most_s;
        int from, len;
    } parts[] = {
        {600, 11, 8},        /* 03:12:45 */
        {43200, 11, 5},      /* 03:12 */
        {1209600, 5, 11},    /* 11-22 03:12 */
        {UINT64_MAX, 0, 10}, /* 2026-11-22 */
    };
    char all[FORMAT_MAX];
    size_t i = 0;

    format_datetime(all, wall_ns);
    while (length_ns / NS_PER_S > parts[i].most_s)
        i++;
    snprintf(out, FORMAT_MAX, "%.*s", parts[i].len, all + parts[i].from);
}

/* ---- title ---- */

/* "10s samples", "5m means": how much of time each value stands for. */
static void resolution_text(char *out, size_t cap, const struct past_moment *m)
{
    char length[LOOK_LENGTH];

    if (!m->resolution_ns) { /* there is no other to tell it by */
        snprintf(out, cap, "one sample");
        return;
    }
    look_length(length, m->resolution_ns);
    snprintf(out, cap, m->resolution_ns >= 60 * NS_PER_S ? "%s means" : "%s samples", length);
}

static void play_text(char *out, size_t cap, const struct visit *l, enum glyph_set glyphs)
{
    out[0] = '\0';
    if (l->playing)
        snprintf(out, cap, " %s %gx ", glyph_symbol(glyphs, SYMBOL_PLAYING), l->speed);
}

void look_title_draw(struct ui *ui, const struct paint *screen)
{
    const struct visit *l = ui->model.look;
    const struct snapshot *s = model_snapshot(&ui->model);
    struct paint p = ui_paint(screen, ui->layout.title, GROUND_STRIP);
    char when[FORMAT_MAX] = "", ago[LOOK_LENGTH + 8] = "", length[LOOK_LENGTH], every[64] = "";
    char play[32], xen[FORMAT_MAX + 8] = "", load[3 * FORMAT_MAX] = "";
    const char *name = s->seq ? snapshot_str(s, s->host.name) : NULL;
    uint64_t now = clock_wall_ns(), at = l->found.moment.wall_ns;

    if (s->seq) {
        const char *version = snapshot_str(s, s->host.xen_version);
        format_datetime(when, s->wall_ns);
        if (version)
            snprintf(xen, sizeof(xen), "Xen %s", version);
        if (s->host.load1 >= 0 && s->host.load5 >= 0 && s->host.load15 >= 0)
            snprintf(load, sizeof(load), "load %.2f %.2f %.2f", s->host.load1, s->host.load5,
                     s->host.load15);
        look_length(length, now > at ? now - at : 0);
        if (!s->simulated)
            snprintf(ago, sizeof(ago), "%s ago", length);
        resolution_text(every, sizeof(every), &l->found.moment);
    }
    play_text(play, sizeof(play), l, p.glyphs);
    char *clock = strchr(when, ' ');
    if (clock)
        *clock++ = '\0';
    const struct segment line[] = {
        {name ? name : "(no host name)", ROLE_STRONG, 88, false},
        {xen, ROLE_TEXT, 40, false},
        {load, ROLE_DIM, 30, false},
        {l->past->name, ROLE_DIM, 50, false},
        {l->past->simulated ? " SIMULATED " : "", ROLE_BADGE, 96, true},
        {ui->replay ? " REPLAY " : " PAST ", ROLE_BADGE, 100, true},
        {play, ROLE_BADGE, 84, true},
        {when, ROLE_TEXT, 87, true},
        {clock ? clock : "", ROLE_STRONG, 95, true},
        {ago, ROLE_PAUSED, 70, true},
        {every, ROLE_DIM, 60, true},
    };
    paint_ground(&p);
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    line_draw(&p, 0, p.area.cols >= 100 ? 2 : 1, line, ARRAY_LEN(line));
}

/* ---- what is to be said of the moment ---- */

/* Of two of a moment that weigh the same the later says how it ended. */
static bool outweighs(const struct event *a, const struct event *b)
{
    enum event_weight x = event_weight(a->kind), y = event_weight(b->kind);

    return x > y || (x == y && a->wall_ns > b->wall_ns);
}

const struct event *look_event_here(const struct visit *l, size_t *others)
{
    const struct event *best = NULL;

    *others = 0;
    for (size_t i = 0; i < l->found.event_count; i++) {
        const struct event *ev = &l->found.events[i];
        if (visit_when(l, ev))
            continue;
        *others += best != NULL;
        if (!best || outweighs(ev, best))
            best = ev;
    }
    return best;
}

static enum role note_gap(char *out, size_t cap, const struct past_moment *m)
{
    char from[FORMAT_MAX], to[FORMAT_MAX];

    format_clock(from, m->gap_from_ns);
    format_clock(to, m->gap_to_ns);
    if (m->gap_from_ns && m->gap_to_ns)
        snprintf(out, cap, "nothing recorded %s-%s", from, to);
    else if (m->gap_to_ns)
        snprintf(out, cap, "nothing recorded before %s", to);
    else
        snprintf(out, cap, "nothing recorded after %s", from);
    return ROLE_PAUSED;
}

/* What is most worth knowing, in few words; its role. */
static enum role note(const struct visit *l, char *out, size_t cap)
{
    const struct past_moment *m = &l->found.moment;
    size_t others;

    out[0] = '\0';
    if (visit_reading(l)) {
        snprintf(out, cap, "reading...");
        return ROLE_PAUSED;
    }
    if (m->gap)
        return note_gap(out, cap, m);
    const struct event *ev = look_event_here(l, &others);
    if (ev) {
        int n = snprintf(out, cap, "%s %s", ev->name, event_word(ev->kind));
        if (others && n > 0 && (size_t)n < cap)
            snprintf(out + n, cap - (size_t)n, " (and %zu more)", others);
        return event_weight(ev->kind) == EVENT_BAD ? ROLE_WRONG : ROLE_ACCENT;
    }
    if (l->follow)
        snprintf(out, cap, "the end, as it grows");
    else if (visit_at_end(l))
        snprintf(out, cap, "the end");
    else if (l->found.scanning)
        snprintf(out, cap, "reading graphs...");
    return ROLE_DIM;
}

/* ---- strip ---- */

static int column_of(const struct track *t, uint64_t wall_ns)
{
    if (wall_ns < t->from_ns || wall_ns > t->to_ns || t->to_ns <= t->from_ns)
        return -1;
    double share = (double)(wall_ns - t->from_ns) / (double)(t->to_ns - t->from_ns);
    return MIN(t->at.cols - 1, (int)(share * t->at.cols));
}

/* Its ends in words, and between them the track. */
static struct track edges_draw(const struct paint *p, int y, uint64_t from_ns, uint64_t to_ns,
                               int cols)
{
    char left[FORMAT_MAX], right[FORMAT_MAX];

    edge_text(left, from_ns, to_ns - from_ns);
    edge_text(right, to_ns, to_ns - from_ns);
    int x = paint_text(p, y, 0, ROLE_DIM, left) + 1;
    int width = (int)strlen(right);
    struct rect at = {p->area.y + y, p->area.x + x, 1, MIN(cols - x - width - 1, CELLS_MAX)};
    if (at.cols >= 8)
        paint_text(p, y, x + at.cols + 1, ROLE_DIM, right);
    struct track t = {from_ns, to_ns, at};
    return t;
}

static void cell(const struct paint *p, const struct track *t, int at, enum role role,
                 enum glyph_symbol symbol)
{
    struct paint line = {.area = t->at, .ground = p->ground, .glyphs = p->glyphs};

    if (at >= 0)
        paint_text(&line, 0, at, role, glyph_symbol(p->glyphs, symbol));
}

/* What was recorded, by whether anything is known of the host then. */
static void recorded_draw(const struct visit *l, const struct paint *p, const struct track *t)
{
    const struct past_subject host = {.of = PAST_HOST, .series = HISTORY_MEM};
    float mean[CELLS_MAX], peak[CELLS_MAX];
    bool any = false;

    look_reader_graph(l->reader, &host, (size_t)t->at.cols, mean, peak);
    for (int i = 0; i < t->at.cols; i++)
        any |= !isnan(mean[i]);
    for (int i = 0; i < t->at.cols; i++) {
        double part = (double)(t->to_ns - t->from_ns) / t->at.cols;
        uint64_t at = t->from_ns + (uint64_t)((i + 0.5) * part);
        bool in = at >= l->found.first_ns && at <= l->found.last_ns;
        bool there = in && (l->found.scanning || !any || !isnan(mean[i]));
        cell(p, t, i, ROLE_BORDER, there ? SYMBOL_RECORDED : SYMBOL_GAP);
    }
}

static void events_draw(const struct visit *l, const struct paint *p, const struct track *t)
{
    static const enum glyph_symbol symbols[] = {
        [EVENT_USUAL] = SYMBOL_EVENT, [EVENT_NOTABLE] = SYMBOL_NOTABLE, [EVENT_BAD] = SYMBOL_BAD};
    static const enum role roles[] = {
        [EVENT_USUAL] = ROLE_TEXT, [EVENT_NOTABLE] = ROLE_PAUSED, [EVENT_BAD] = ROLE_WRONG};

    /* Where several share a cell the worst is seen. */
    for (enum event_weight w = EVENT_USUAL; w <= EVENT_BAD; w++)
        for (size_t i = 0; i < l->found.event_count; i++) {
            const struct event *ev = &l->found.events[i];
            if (event_weight(ev->kind) == w)
                cell(p, t, column_of(t, ev->wall_ns), roles[w], symbols[w]);
        }
}

static struct track window_line(const struct visit *l, const struct paint *p)
{
    char words[160], range[LOOK_LENGTH];
    enum role role = note(l, words, sizeof(words));
    int room = p->area.cols, width = (int)sanitize_width(words);

    visit_range_text(l, range);
    paint_before(p, 0, room, ROLE_ACCENT, range);
    room -= (int)strlen(range) + 2;
    if (width && room >= 40) {
        width = MIN(width, room / 2);
        paint_cell(p, 0, room - width, width, ALIGN_LEFT, role, words);
        room -= width + 2;
    }
    struct track t = edges_draw(p, 0, l->from_ns, l->to_ns, room);
    if (t.at.cols < 8)
        return (struct track){0};
    recorded_draw(l, p, &t);
    events_draw(l, p, &t);
    cell(p, &t, column_of(&t, l->found.moment.wall_ns), ROLE_BADGE, SYMBOL_HERE);
    return t;
}

static struct track whole_line(const struct visit *l, const struct paint *p)
{
    char length[LOOK_LENGTH], all[LOOK_LENGTH + 16];
    uint64_t first = l->found.first_ns, last = l->found.last_ns;

    if (last <= first)
        return (struct track){0};
    look_length(length, last - first);
    snprintf(all, sizeof(all), "%s recorded", length);
    paint_before(p, 1, p->area.cols, ROLE_DIM, all);
    struct track t = edges_draw(p, 1, first, last, p->area.cols - (int)strlen(all) - 2);
    if (t.at.cols < 8)
        return (struct track){0};
    double part = (double)(last - first) / t.at.cols;
    for (int i = 0; i < t.at.cols; i++) {
        uint64_t from = first + (uint64_t)(i * part), to = first + (uint64_t)((i + 1) * part);
        bool in = to > l->from_ns && from < l->to_ns;
        cell(p, &t, i, in ? ROLE_ACCENT : ROLE_BORDER, in ? SYMBOL_WINDOW : SYMBOL_RECORDED);
    }
    cell(p, &t, column_of(&t, l->found.moment.wall_ns), ROLE_BADGE, SYMBOL_HERE);
    return t;
}

void strip_draw(struct ui *ui, const struct paint *screen)
{
    const struct visit *l = ui->model.look;
    struct paint p = ui_paint(screen, ui->layout.strip, GROUND_SCREEN);

    memset(ui->tracks, 0, sizeof(ui->tracks));
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    if (!l->found.cur.seq)
        return;
    ui->tracks[0] = window_line(l, &p);
    if (p.area.rows > 1)
        ui->tracks[1] = whole_line(l, &p);
}
