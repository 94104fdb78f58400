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

static const struct domain *subject(const struct ui *ui)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct domain *d = ui->has_subject ? snapshot_domain(s, ui->subject.domid) : NULL;

    return d && row_is(&ui->subject, ENTITY_DOMAIN, s, (size_t)(d - s->domains)) ? d : NULL;
}

/* ---- who it is ---- */

/* When it was built; dom0 comes with the host. What lies in the future nobody knows: a clock was
 * set. */
static uint64_t started(const struct snapshot *s, const struct domain *d)
{
    uint64_t start = d->start_ns;

    if (domid_own(d->domid) == 0 && start == UNKNOWN && s->host.uptime_ns <= s->wall_ns)
        start = s->wall_ns - s->host.uptime_ns;
    return start <= s->wall_ns ? start : UNKNOWN;
}

/* Returns the lines of the body it takes: one where not all of it fits into the caption. */
static int identity_draw(struct ui *ui, const struct paint *screen, const struct domain *d)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    int more = ui->layout.body.cols < 140 && ui->layout.body.rows >= 16;
    const char *word = domain_state_word(d->state), *type = domain_type_name(d->type);
    char buf[FORMAT_MAX], domid[32], uuid[UUID_TEXT], pool[32] = "", state[32];
    char used[FORMAT_MAX + 16], up[FORMAT_MAX + 8] = "", since[FORMAT_MAX + 16] = "";

    snprintf(domid, sizeof(domid), "domid %" PRIu64, domid_own(d->domid));
    uuid_format(&d->uuid, uuid);
    if (d->cpupool != UNKNOWN)
        snprintf(pool, sizeof(pool), "pool %" PRIu64, d->cpupool);
    snprintf(state, sizeof(state), "%s%s", glyph_symbol(screen->glyphs, SYMBOL_DOT), word);
    format_duration(buf, d->cpu_ns);
    snprintf(used, sizeof(used), "cpu time %s", buf);
    uint64_t start = started(s, d);
    if (start != UNKNOWN) {
        facts_age(buf, s->wall_ns - start);
        snprintf(up, sizeof(up), "up %s", buf);
        format_datetime(buf, start);
        snprintf(since, sizeof(since), "started %s", buf);
    }
    const struct segment who[] = {
        {format_domain_name(s, d, buf), ROLE_STRONG, 100, false},
        {state, theme_state(word), 95, false},
        {type ? type : "", ROLE_TEXT, 80, false},
        {domid, ROLE_TEXT, 90, false},
        {tags_has(&ui->tags, d) ? "tagged" : "", ROLE_ACCENT, 70, false},
        {more ? "" : up, ROLE_TEXT, 75, false},
        {more ? "" : since, ROLE_DIM, 50, false},
        {more ? "" : used, ROLE_DIM, 40, true},
        {more ? "" : pool, ROLE_DIM, 30, true},
        {uuid, ROLE_TEXT, 60, true},
    };
    const struct segment when[] = {
        {up, ROLE_TEXT, 90, false},
        {since, ROLE_DIM, 80, false},
        {used, ROLE_DIM, 70, true},
        {pool, ROLE_DIM, 60, true},
    };
    for (int y = 0; y <= more; y++) {
        struct paint p = ui_paint(screen, ui->layout.caption, GROUND_STRIP);
        p.area.y += y;
        paint_ground(&p);
        p.area = rect_inset(p.area, 0, p.area.cols > 24);
        line_draw(&p, 0, p.area.cols >= 60 ? 2 : 1, y ? when : who,
                  y ? ARRAY_LEN(when) : ARRAY_LEN(who));
    }
    return more;
}

/* ---- its devices: a list to scroll in ---- */

struct section {
    struct table *table;
    size_t first, count;
    size_t across; /* so many of it beside each other, filled one after the other */
    int width;
    struct slot slots[COLUMNS_MAX];
};

/* The columns that a vcpu is worth, and those between two. */
#define VCPU_COLS 52
#define VCPU_GAP  3

/* A section is its heading and its rows, or a word where it has none, and an empty line. */
static size_t section_rows(const struct section *s)
{
    return (s->count + s->across - 1) / s->across;
}

static size_t section_lines(const struct section *s)
{
    return section_rows(s) + 2;
}

/* All of them; nothing follows the last. */
static size_t sections_lines(const struct section sections[3])
{
    size_t lines = 0;

    for (int i = 0; i < 3; i++)
        lines += section_lines(&sections[i]);
    return lines - 1;
}

static void sections_of(struct ui *ui, const struct domain *d, int rows, int cols,
                        struct section out[3])
{
    struct table *tables[3] = {&ui->vcpus, &ui->vifs, &ui->vbds};
    size_t most = (size_t)MAX(1, (cols + VCPU_GAP) / (VCPU_COLS + VCPU_GAP));

    for (int i = 0; i < 3; i++) {
        out[i] = (struct section){.table = tables[i], .across = 1};
        domain_devices(d, tables[i]->of, &out[i].first, &out[i].count);
    }
    /* Many vcpus are beside each other where that saves scrolling. */
    while (out[0].across < most && sections_lines(out) > (size_t)MAX(0, rows))
        out[0].across++;
    for (int i = 0; i < 3; i++) {
        out[i].width = (cols + VCPU_GAP) / (int)out[i].across - VCPU_GAP;
        table_place(ui, tables[i], out[i].slots, out[i].width, true);
    }
}

/* Its heading (0) or one line of rows, as often as they are beside each other. */
static void parts_draw(const struct ui *ui, const struct paint *line, const struct section *s,
                       size_t at)
{
    for (size_t i = 0; i < s->across; i++) {
        size_t row = i * section_rows(s) + at - 1;
        struct paint p = *line;
        p.area.x += (int)i * (s->width + VCPU_GAP);
        p.area.cols = s->width;
        if (!at)
            table_heading(ui, &p, s->table, s->slots);
        else if (at <= section_rows(s) && row < s->count)
            table_row(ui, &p, s->table, s->slots, s->first + row);
    }
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
            parts_draw(ui, &p, s, 0);
        else if (snap->have & PART(s->table->of))
            paint_textf(&p, 0, 0, ROLE_DIM, "no %s", s->table->nouns);
        else
            paint_textf(&p, 0, 0, ROLE_DIM, "%s could not be read (key ! says why)",
                        s->table->nouns);
        return;
    }
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    parts_draw(ui, &p, s, at);
}

static void devices_draw(struct ui *ui, const struct paint *screen, const struct domain *d,
                         struct rect room)
{
    struct section sections[3];
    size_t visible = (size_t)MAX(0, room.rows), line = 0;

    sections_of(ui, d, room.rows, room.cols > 24 ? room.cols - 2 : room.cols, sections);
    size_t total = sections_lines(sections);
    menu_scroll(&ui->list, total, visible);
    /* What there is more of is said on a line of its own. */
    bool more = ui->list.top + visible < total && room.rows > 1 && room.cols > 30;
    visible -= more;
    for (int i = 0; i < 3; i++) {
        for (size_t at = 0; at < section_lines(&sections[i]); at++, line++) {
            if (line < ui->list.top || line >= ui->list.top + visible)
                continue;
            struct rect where = {room.y + (int)(line - ui->list.top), room.x, 1, room.cols};
            section_line(ui, screen, where, &sections[i], at);
        }
    }
    if (more) {
        struct paint p = ui_paint(screen, room, GROUND_SCREEN);
        char text[40];
        snprintf(text, sizeof(text), " %zu more lines below ", total - ui->list.top - visible);
        paint_before(&p, room.rows - 1, room.cols, ROLE_BADGE, text);
    }
}

static void detail_draw(struct ui *ui, const struct paint *screen)
{
    const struct domain *d = subject(ui);
    struct rect room = ui->layout.body;

    if (!d) {
        const struct snapshot *s = model_snapshot(&ui->model);
        const char *text = !s->seq           ? "Nothing there yet"
                           : ui->has_subject ? "This domain is not there any more (1 shows all)"
                                             : "No domains";
        struct paint p = ui_paint(screen, rect_centre(room, 1, (int)strlen(text)), GROUND_SCREEN);
        paint_cell(&p, 0, 0, p.area.cols, ALIGN_LEFT, ROLE_DIM, text);
        return;
    }
    int used = identity_draw(ui, screen, d);
    room.y += used;
    room.rows -= used;
    used = facts_draw(ui, screen, room, d);
    room.y += used;
    room.rows -= used;
    used = charts_draw(ui, screen, room, d);
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

/* A reboot gives it a new domid: it is the same domain to whoever looks at it. */
static void follow(struct ui *ui)
{
    static const struct uuid none;
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct uuid *uuid = &ui->subject.uuid;

    for (size_t i = 0; i < s->domain_count && memcmp(uuid, &none, sizeof(none)) != 0; i++) {
        if (memcmp(uuid, &s->domains[i].uuid, sizeof(*uuid)) != 0)
            continue;
        ui->subject = row_id(ENTITY_DOMAIN, s, i);
        return;
    }
}

/* Where nothing was marked yet, the first of all is what there is to see. */
static void detail_sampled(struct ui *ui)
{
    if (!ui->has_subject && model_snapshot(&ui->model)->domain_count)
        neighbour(ui, 0);
    else if (ui->has_subject && !subject(ui))
        follow(ui);
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
    .sampled = detail_sampled,
    .mouse = detail_mouse,
};
