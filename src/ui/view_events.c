/*
 * view_events: what happened while watching, the newest first. While the picture is held, what came
 * after the sample shown is left out. Looking back it is what happened in the window that graphs
 * are of, and an event leads to its moment.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../sanitize.h"
#include "screen.h"

/* Events later than what is shown. */
static size_t later(const struct ui *ui)
{
    const struct events *e = model_events(&ui->model);
    const struct snapshot *s = model_snapshot(&ui->model);
    size_t n = 0;

    while (ui->model.paused && n < events_count(e) && events_get(e, n)->seq > s->seq)
        n++;
    return n;
}

static enum role role_of(enum event_kind kind)
{
    switch (event_weight(kind)) {
    case EVENT_BAD: return ROLE_WRONG;
    case EVENT_NOTABLE: return ROLE_PAUSED;
    default:
        return kind == EVENT_STARTED || kind == EVENT_COLLECTOR_RECOVERED ? ROLE_RUNNING
                                                                          : ROLE_TEXT;
    }
}

static const char *mark_of(enum event_kind kind)
{
    static const char *const marks[] = {
        [EVENT_USUAL] = " ", [EVENT_NOTABLE] = "-", [EVENT_BAD] = "!"};

    return marks[event_weight(kind)];
}

/* From so many rows on one is for the titles. */
#define HEADING_ROWS 8

/* Time, mark, name, what, domid, detail: the least important step aside. */
enum { TIME, MARK, NAME, WHAT, DOMID, DETAIL, FIELDS };

static void fields_place(const struct ui *ui, struct slot slots[FIELDS], int cols)
{
    const struct slot all[FIELDS] = {
        [TIME] = {.width = 8, .want = cols >= 100 ? 19 : 8, .importance = 80},
        [MARK] = {.width = 1, .want = 1, .importance = 90},
        [NAME] = {.width = MIN(12, cols / 3),
                  .want = MIN(40, MAX(12, ui->domains.name_width)),
                  .importance = 100},
        [WHAT] = {.width = 9, .want = 14, .importance = 95},
        [DOMID] = {.width = 5, .want = 5, .importance = 40},
        [DETAIL] = {.width = 12, .want = EVENT_DETAIL, .importance = 60},
    };

    memcpy(slots, all, sizeof(all));
    layout_slots(slots, FIELDS, cols, cols >= 70 ? 2 : 1);
}

static void field(const struct paint *p, const struct slot *s, enum role role, const char *text)
{
    if (s->given)
        paint_cell(p, 0, s->x, s->given, ALIGN_LEFT, role, text);
}

/* dim: it is yet to come at the moment shown. */
static void event_draw(const struct paint *p, const struct slot slots[FIELDS],
                       const struct event *ev, bool dim)
{
    char when[FORMAT_MAX], domid[24] = "";

    if (slots[TIME].given >= 19)
        format_datetime(when, ev->wall_ns);
    else
        format_clock(when, ev->wall_ns);
    if (ev->domid != UNKNOWN)
        snprintf(domid, sizeof(domid), "%5" PRIu64, domid_own(ev->domid));
    field(p, &slots[TIME], ROLE_DIM, when);
    field(p, &slots[MARK], role_of(ev->kind), mark_of(ev->kind));
    field(p, &slots[NAME], dim || ev->domid == UNKNOWN ? ROLE_DIM : ROLE_STRONG, ev->name);
    field(p, &slots[WHAT], dim ? ROLE_DIM : role_of(ev->kind), event_word(ev->kind));
    field(p, &slots[DOMID], ROLE_DIM, domid);
    field(p, &slots[DETAIL], dim ? ROLE_DIM : ROLE_TEXT, ev->detail);
}

/* What the columns are, where there is room for more than a few events. */
static int heading_draw(const struct ui *ui, const struct paint *screen, const struct rect *body,
                        const struct slot slots[FIELDS], int margin)
{
    static const char *const titles[FIELDS] = {
        [TIME] = "TIME",  [MARK] = "",       [NAME] = "NAME",
        [WHAT] = "EVENT", [DOMID] = "DOMID", [DETAIL] = "DETAIL",
    };
    struct rect line = *body;

    if (body->rows < HEADING_ROWS || !events_count(model_events(&ui->model)))
        return 0;
    line.rows = 1;
    struct paint p = ui_paint(screen, line, GROUND_STRIP);
    paint_ground(&p);
    p.area = rect_inset(p.area, 0, margin);
    for (int i = 0; i < FIELDS; i++)
        field(&p, &slots[i], ROLE_TEXT, titles[i]);
    return 1;
}

/*
 * A mark that was moved stays on its event when newer ones come, and what is in sight with it. An
 * event is known by how many there ever were up to it.
 */
static void follow(struct ui *ui, const struct events *e, size_t skipped)
{
    struct menu *list = &ui->list;
    uint64_t newest = e->added - skipped;

    if (!ui->event || ui->model.look || ui->event > newest)
        return;
    uint64_t at = newest - ui->event;
    list->top += MAX(at, list->cursor) - list->cursor;
    list->top -= MIN(list->top, list->cursor - MIN(at, list->cursor));
    list->cursor = (size_t)at;
}

static void marked(struct ui *ui)
{
    ui->event = ui->list.cursor ? model_events(&ui->model)->added - later(ui) - ui->list.cursor : 0;
}

static void caption(struct ui *ui, const struct paint *screen, size_t count, size_t skipped)
{
    struct paint p = ui_paint(screen, ui->layout.caption, GROUND_STRIP);
    const struct events *e = model_events(&ui->model);
    size_t bad = 0;

    for (size_t i = skipped; i < events_count(e); i++)
        bad += event_weight(events_get(e, i)->kind) == EVENT_BAD;
    paint_ground(&p);
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    int x = paint_textf(&p, 0, 0, ROLE_STRONG, "%zu event%s", count, count == 1 ? "" : "s");
    if (bad)
        x = paint_textf(&p, 0, x, ROLE_WRONG, "  %zu bad", bad);
    if (e->added > events_count(e))
        x = paint_textf(&p, 0, x, ROLE_DIM, "  %" PRIu64 " forgotten", e->added - events_count(e));
    if (ui->model.look && x + 60 < p.area.cols) {
        char from[FORMAT_MAX], to[FORMAT_MAX];
        format_datetime(from, ui->model.look->from_ns);
        format_clock(to, ui->model.look->to_ns);
        x = paint_textf(&p, 0, x + 2, ROLE_DIM, "from %s to %s", from, to);
    }
    if (x + 26 < p.area.cols)
        paint_before(&p, 0, p.area.cols, ROLE_DIM, "the newest first");
}

static void events_draw(struct ui *ui, const struct paint *screen)
{
    const struct events *e = model_events(&ui->model);
    size_t skipped = later(ui), count = events_count(e) - skipped;
    struct rect body = ui->layout.body;
    struct slot slots[FIELDS];
    int margin = body.cols > 24;

    caption(ui, screen, count, skipped);
    fields_place(ui, slots, body.cols - 2 * margin);
    int heading = heading_draw(ui, screen, &body, slots, margin);
    body.y += heading;
    body.rows -= heading;
    follow(ui, e, skipped);
    menu_reveal(&ui->list, count, (size_t)MAX(0, body.rows));
    ui->list.at = body;
    if (!count) {
        const char *text = ui->model.look ? "Nothing happened in this time (- is more of it)"
                                          : "Nothing has happened since the watching began";
        struct paint p = ui_paint(screen, rect_centre(body, 1, (int)strlen(text)), GROUND_SCREEN);
        paint_cell(&p, 0, 0, p.area.cols, ALIGN_LEFT, ROLE_DIM, text);
    }
    for (int y = 0; y < body.rows && ui->list.top + (size_t)y < count; y++) {
        size_t at = ui->list.top + (size_t)y;
        struct rect line = {body.y + y, body.x, 1, body.cols};
        struct paint p = ui_paint(screen, line,
                                  at == ui->list.cursor ? GROUND_MARK : GROUND_SCREEN);
        if (at == ui->list.cursor)
            paint_ground(&p);
        p.area = rect_inset(p.area, 0, margin);
        const struct event *ev = events_get(e, skipped + at);
        event_draw(&p, slots, ev, ui->model.look && visit_when(ui->model.look, ev) > 0);
    }
}

/* To the sample that showed it; its domain is what the other views are about then. */
static bool choose_moment(struct ui *ui, const struct event *ev)
{
    char when[FORMAT_MAX];

    ui->has_subject = ev->domid != UNKNOWN;
    ui->subject = (struct row_id){.uuid = ev->uuid, .domid = ev->domid};
    format_datetime(when, ev->wall_ns);
    ui_say(ui, "%s %s: this is %s", ev->name, event_word(ev->kind), when);
    visit_at(ui->model.look, ev->wall_ns);
    return true;
}

/* The domain of the event marked, when it is still there. */
static bool choose(struct ui *ui)
{
    const struct events *e = model_events(&ui->model);
    const struct snapshot *s = model_snapshot(&ui->model);
    size_t at = ui->list.cursor + later(ui);

    if (at >= events_count(e) || (!ui->model.look && events_get(e, at)->domid == UNKNOWN))
        return true;
    const struct event *ev = events_get(e, at);
    if (ui->model.look)
        return choose_moment(ui, ev);
    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = &s->domains[i];
        if (memcmp(&d->uuid, &ev->uuid, sizeof(d->uuid)) != 0)
            continue;
        ui->subject = row_id(ENTITY_DOMAIN, s, i);
        ui->has_subject = true;
        view_show(ui, &view_detail);
        return true;
    }
    ui_say(ui, "%s is not there any more", ev->name);
    return true;
}

static bool events_act(struct ui *ui, enum action action)
{
    if (menu_act(&ui->list, action)) {
        marked(ui);
        return true;
    }
    return action == ACTION_CHOOSE && choose(ui);
}

static bool events_mouse(struct ui *ui, struct mouse mouse)
{
    if (mouse.what == MOUSE_UP || mouse.what == MOUSE_DOWN) {
        for (int i = 0; i < 3; i++)
            menu_act(&ui->list, mouse.what == MOUSE_UP ? ACTION_UP : ACTION_DOWN);
        marked(ui);
        return true;
    }
    if (!menu_click(&ui->list, mouse))
        return false;
    marked(ui);
    return mouse.what != MOUSE_DOUBLE || choose(ui);
}

/* Looking back, the mark is on what happened at the moment shown, or before it. */
static void events_sampled(struct ui *ui)
{
    if (ui->model.look)
        ui->list.cursor = look_event_age(ui);
}

const struct view view_events = {
    .name = "Events",
    .scope = SCOPE_BODY,
    .draw = events_draw,
    .act = events_act,
    .sampled = events_sampled,
    .mouse = events_mouse,
};
