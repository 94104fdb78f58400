/*
 * title and footer: the first and the last line of the screen. Which host this is and whether it is
 * simulated or held; and what is wrong, or else which keys there are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../sanitize.h"
#include "line.h"
#include "screen.h"

/* A sample is slow when it takes longer than this. */
#define SLOW_NS (2 * NS_PER_S)

static void delay_text(char *out, size_t cap, double delay_s)
{
    int decimals = delay_s == (double)(long)delay_s ? 0 : 1;

    snprintf(out, cap, "every %.*fs", decimals, delay_s);
}

/* "up 23d04h", empty while unknown. */
static void prefixed(char *out, size_t cap, const char *prefix, const char *text)
{
    snprintf(out, cap, "%s%s", prefix, text);
    if (!strcmp(text, "-"))
        out[0] = '\0';
}

void title_draw(struct ui *ui, const struct paint *screen)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct host *h = &s->host;
    struct paint p = ui_paint(screen, ui->layout.title, GROUND_STRIP);
    char up[FORMAT_MAX + 8] = "", xen[FORMAT_MAX + 8] = "", every[32], when[FORMAT_MAX] = "";
    char load[3 * FORMAT_MAX] = "", buf[FORMAT_MAX];
    char behind[FORMAT_MAX + 16] = "";
    const char *name = "domtop";

    if (ui->model.look) {
        look_title_draw(ui, screen);
        return;
    }
    if (s->seq) {
        const char *version = snapshot_str(s, h->xen_version);
        name = snapshot_str(s, h->name);
        prefixed(xen, sizeof(xen), "Xen ", version ? version : "-");
        format_duration(buf, h->uptime_ns);
        prefixed(up, sizeof(up), "up ", buf);
        if (h->load1 >= 0 && h->load5 >= 0 && h->load15 >= 0)
            snprintf(load, sizeof(load), "load %.2f %.2f %.2f", h->load1, h->load5, h->load15);
        format_datetime(when, s->wall_ns);
    }
    if (model_behind(&ui->model)) {
        format_duration(buf, ui->model.cur.wall_ns - s->wall_ns);
        snprintf(behind, sizeof(behind), "%s back", buf);
    }
    bool simulated = s->simulated || ui->source->simulated;
    /* Whole however narrow: without the spaces around it where those would cost a letter. */
    const char *badge = p.area.cols > 11 ? " SIMULATED " : "SIMULATED";
    delay_text(every, sizeof(every), ui->source->pace ? feed_delay(ui->feed) : ui->delay_s);
    /* The date is less important than the time: two segments of one text. */
    char *clock = strchr(when, ' ');
    if (clock)
        *clock++ = '\0';

    paint_ground(&p);
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    const struct segment line[] = {
        {name ? name : "(no host name)", ROLE_STRONG, 90, false},
        {xen, ROLE_TEXT, 60, false},
        {up, ROLE_TEXT, 70, false},
        {load, ROLE_DIM, 40, false},
        {simulated ? badge : "", ROLE_BADGE, 100, true},
        {ui->model.paused ? " PAUSED " : "", ROLE_BADGE, 95, true},
        {behind, ROLE_PAUSED, 92, true},
        {every, ROLE_DIM, 50, true},
        {when, ROLE_DIM, 30, true},
        {clock ? clock : "", ROLE_TEXT, 80, true},
    };
    line_draw(&p, 0, p.area.cols >= 60 ? 2 : 1, line, ARRAY_LEN(line));
}

/* ---- footer ---- */

/* What is wrong, in words; empty when all is well. */
static void problem(struct ui *ui, char *out, size_t cap)
{
    const struct snapshot *s = model_snapshot(&ui->model);
    uint64_t since = ui->feed ? feed_sampling_since(ui->feed) : 0, now = clock_mono_ns();
    const struct report *first = NULL;
    size_t failed = 0;

    out[0] = '\0';
    if (since && now > since && now - since >= SLOW_NS && !ui->source->pace) {
        snprintf(out, cap, "sample under way for %" PRIu64 " s", (now - since) / NS_PER_S);
        return;
    }
    for (size_t i = 0; i < s->report_count; i++) {
        if (!s->reports[i].error)
            continue;
        if (!failed++)
            first = &s->reports[i];
    }
    if (first) {
        const char *name = snapshot_str(s, first->collector);
        const char *message = snapshot_str(s, first->message);
        int n = snprintf(out, cap, "%s failed: %s", name ? name : "a source",
                         message ? message : strerror((int)-first->error));
        if (failed > 1 && n > 0 && (size_t)n < cap)
            snprintf(out + n, cap - (size_t)n, " (and %zu more)", failed - 1);
    } else if (ui->model.status < 0) {
        snprintf(out, cap, "the sample failed: %s", strerror(-ui->model.status));
    }
}

static int hint_width(const struct key *k)
{
    char name[KEY_NAME];

    return (int)(strlen(keys_name(k->codes[0], name)) + 1 + strlen(k->hint) + 2);
}

static int hint_draw(const struct paint *p, int x, const struct key *k)
{
    char name[KEY_NAME];

    x = paint_text(p, 0, x, ROLE_KEY, keys_name(k->codes[0], name));
    return 2 + paint_text(p, 0, x + 1, ROLE_DIM, k->hint);
}

/* As many as fit; the last one, how to leave, always. */
static void hints_draw(const struct paint *p, int x)
{
    const struct key *quit = &keys[key_count - 1];
    int room = p->area.cols - hint_width(quit) + 2;

    for (const struct key *k = keys; k < quit; k++)
        if (k->hint && x + hint_width(k) <= room)
            x = hint_draw(p, x, k);
    hint_draw(p, x, quit);
}

/* The least that is kept for the hints beside the tabs. */
#define HINTS_MIN 15
/* The same for what is wrong. */
#define WRONG_MIN 40

/* " 1 Domains", with a space after the last and the one in view. */
static int tabs_width(void)
{
    int width = 2;

    for (size_t i = 0; i < view_count; i++)
        width += (int)strlen(views[i]->name) + 3;
    return width;
}

static int tab_draw(struct ui *ui, const struct paint *p, int x, size_t i, bool named)
{
    bool here = views[i] == ui->view;
    char text[32];

    snprintf(text, sizeof(text), named || here ? " %zu %s" : " %zu", i + 1, views[i]->name);
    int end = paint_text(p, 0, x, here ? ROLE_TAB : ROLE_DIM, text);
    if (here)
        end = paint_text(p, 0, end, ROLE_TAB, " ");
    ui->tabs[i] = (struct rect){p->area.y, p->area.x + x, 1, end - x};
    return end;
}

/* The same with a number for each but the one in view. */
static int tabs_few(const struct ui *ui)
{
    return (int)view_count * 2 + (int)strlen(ui->view->name) + 3;
}

/* All of them by name where that leaves `rest`, else the others by number, else the one in view. */
static int tabs_draw(struct ui *ui, const struct paint *p, int rest)
{
    int x = 0;
    bool named = p->area.cols >= tabs_width() + rest;

    for (size_t i = 0; i < view_count; i++)
        if (named || p->area.cols >= tabs_few(ui) + rest || views[i] == ui->view)
            x = tab_draw(ui, p, x, i, named);
    return x + 2;
}

void footer_draw(struct ui *ui, const struct paint *screen)
{
    struct paint p = ui_paint(screen, ui->layout.footer, GROUND_SCREEN);
    int margin = p.area.cols > 24;
    char what[256];

    memset(ui->tabs, 0, sizeof(ui->tabs));
    if (!p.area.rows)
        return;
    if (ui->said[0]) { /* until the next key */
        paint_cell(&p, 0, margin, p.area.cols - margin, ALIGN_LEFT, ROLE_ACCENT, ui->said);
        return;
    }
    problem(ui, what, sizeof(what));
    if (!what[0]) {
        hints_draw(&p, tabs_draw(ui, &p, HINTS_MIN));
        return;
    }
    /* All of it, or as much as leaves the tabs their numbers. */
    int needed = MIN((int)sanitize_width(what) + 4, MAX(p.area.cols / 2, WRONG_MIN));
    int x = p.area.cols >= tabs_few(ui) + needed ? tabs_draw(ui, &p, needed) : margin;
    x = paint_text(&p, 0, x, ROLE_WRONG, "! ");
    paint_cell(&p, 0, x, p.area.cols - x, ALIGN_LEFT, ROLE_WRONG, what);
}
