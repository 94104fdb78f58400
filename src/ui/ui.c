/*
 * ui: the loop of the dashboard: waits for keys, signals and samples, and draws when one of them
 * changed something. With nothing to do it sleeps.
 */
#include "ui.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base.h"
#include "config.h"
#include "screen.h"
#include "term.h"
#include "theme.h"

/* A sample under way is waited for so long at the end: one second. */
#define PATIENCE_TICKS 100

/* Once for each row of any table that has become critical; the past rings no more. */
static void ring(struct ui *ui)
{
    const struct table *const tables[] = {&ui->domains, &ui->vcpus, &ui->vifs, &ui->vbds};
    struct scene scene = ui_scene(ui);
    size_t critical = 0;

    if (!ui->bell || ui->model.paused || ui->model.look)
        return;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        critical += table_critical(tables[i], &scene);
    if (critical > ui->critical)
        term_ring();
    ui->critical = critical;
}

struct scene ui_scene(const struct ui *ui)
{
    return (struct scene){
        .s = model_snapshot(&ui->model),
        .r = model_rates(&ui->model),
        .units = ui->units,
        .cpu_of_host = ui->cpu_of_host,
        .totals = ui->totals && model_totals(&ui->model),
    };
}

struct table *ui_table(struct ui *ui)
{
    return ui->view->table ? ui->view->table(ui) : NULL;
}

void ui_say(struct ui *ui, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(ui->said, sizeof(ui->said), fmt, ap);
    va_end(ap);
}

void ui_changed(struct ui *ui)
{
    if (ui->view->sampled)
        ui->view->sampled(ui);
    ring(ui);
}

bool ui_marked(struct ui *ui, struct row_id *id)
{
    const struct table *t = ui_table(ui);
    const struct snapshot *s = model_snapshot(&ui->model);

    if (!t || !t->rows.count)
        return false;
    const struct domain *d = row_domain(t->of, s, t->rows.order[t->rows.cursor]);
    *id = row_id(ENTITY_DOMAIN, s, (size_t)(d - s->domains));
    return true;
}

void view_show(struct ui *ui, const struct view *view)
{
    const struct view *from = ui->view;
    struct row_id marked;

    if (view == from)
        return;
    /* What is marked in one view is what the next is about. */
    bool known = ui_marked(ui, &marked);
    if (known) {
        ui->subject = marked;
        ui->has_subject = true;
        /* A mark nobody has moved is no choice: the next table begins at its top too. */
        known = ui_table(ui)->rows.follow;
    }
    known |= from == &view_detail && ui->has_subject;
    ui->chosen |= known || view == &view_detail;
    ui->view = view;
    ui->list = (struct menu){0};
    ui->event = 0;
    ui->hold_until_ns = 0;
    ui_changed(ui);
    struct table *t = ui_table(ui);
    if (t && ui->has_subject && (known || (ui->chosen && t == &ui->domains)))
        rows_find(&t->rows, model_snapshot(&ui->model), &ui->subject);
}

struct paint ui_paint(const struct paint *screen, struct rect area, enum ground ground)
{
    return (struct paint){
        .area = area, .ground = ground, .glyphs = screen->glyphs, .mark = screen->mark};
}

static void draw(struct ui *ui)
{
    int rows, cols;

    term_size(&rows, &cols);
    int strip = ui->model.look ? strip_rows(rows) : 0;
    layout_screen(&ui->layout, rows - strip, cols, ui->view->scope);
    layout_strip(&ui->layout, strip);
    struct paint screen = {ui->layout.screen, GROUND_SCREEN, term_glyphs(), model_mark(&ui->model)};

    term_frame_begin();
    if (ui->model.look)
        look_reader_frame(ui->model.look->reader);
    title_draw(ui, &screen);
    if (strip)
        strip_draw(ui, &screen);
    ui->view->draw(ui, &screen);
    footer_draw(ui, &screen);
    for (size_t i = 0; i < ui->overlay_count; i++)
        ui->overlays[i]->draw(ui, &screen);
    term_frame_end();
}

/* ---- waiting ---- */

static int sooner(int a, int b)
{
    return a < 0 ? b : MIN(a, b);
}

static int ms_until(uint64_t when, uint64_t now)
{
    return when <= now ? 0 : (int)MIN((when - now) / 1000000 + 1, 3600000);
}

/* Milliseconds until the screen has something new to say by itself; -1: never. */
static int next_change(struct ui *ui)
{
    uint64_t now = clock_mono_ns(), since = ui->feed ? feed_sampling_since(ui->feed) : 0;
    int ms = -1;

    if (ui->hold_until_ns)
        ms = ms_until(ui->hold_until_ns, now);
    if (ui->model.look) {
        int tick = visit_wait_ms(ui->model.look);
        return tick < 0 ? ms : sooner(ms, tick);
    }
    if (ui->overlay_count && ui->overlays[ui->overlay_count - 1] == &overlay_sources &&
        !ui->source->simulated)
        ms = sooner(ms, 1000); /* the ages it tells */
    if (since)                 /* the seconds it has been taking */
        return sooner(ms, ms_until(since + ((now - since) / NS_PER_S + 1) * NS_PER_S, now));
    /* The next sample may begin and be slow without anything to wake this loop. */
    uint64_t due = ui->taken_ns + (uint64_t)((ui->delay_s + 2) * (double)NS_PER_S);
    return sooner(ms, due > now ? ms_until(due, now) : 60000);
}

/* Whether rows that were held may be ordered again. */
static bool hold_end(struct ui *ui)
{
    if (!ui->hold_until_ns || clock_mono_ns() < ui->hold_until_ns)
        return false;
    ui->hold_until_ns = 0;
    ui_changed(ui);
    return true;
}

/* Wait for something and act on it. Whether the screen is to be drawn. */
static bool step(struct ui *ui)
{
    struct pollfd fds[] = {
        {.fd = term_key_fd(), .events = POLLIN},
        {.fd = term_signal_fd(), .events = POLLIN},
        {.fd = ui->feed ? feed_fd(ui->feed) : look_reader_fd(ui->model.look->reader),
         .events = POLLIN},
    };
    bool changed = false, reading = model_reading(&ui->model);
    bool now = reading || ui->keys_left;

    int ready = poll(fds, ARRAY_LEN(fds), now ? 0 : next_change(ui));
    if (ready < 0 && errno != EINTR)
        ui->leave = true;
    changed = ready < 0 || (ready == 0 && !now);
    if (ready > 0 && fds[1].revents) {
        enum term_event event = term_signals();
        ui->leave |= event == TERM_LEAVE;
        changed |= event == TERM_RESIZED;
    }
    if (ui->keys_left || (ready > 0 && fds[0].revents)) {
        bool any = input_take(ui);
        changed |= any;
        if (!any && fds[0].revents && term_gone())
            ui->leave = true;
    }
    if (ui->model.look) {
        if (ready > 0 && fds[2].revents) {
            look_take(ui);
            changed = true;
        }
        visit_tick(ui->model.look);
        return hold_end(ui) || changed;
    }
    if (ready > 0 && fds[2].revents && model_take(&ui->model, ui->feed)) {
        ui->taken_ns = clock_mono_ns();
        if (!ui->model.paused)
            ui_changed(ui);
        changed = true;
    } else if (reading) {
        model_read(&ui->model);
        changed |= !model_reading(&ui->model);
    }
    if (feed_done(ui->feed))
        ui->leave = true;
    return hold_end(ui) || changed;
}

/*
 * End the thread. One that hangs in its source cannot be ended, and the user who wants to leave is
 * not to wait for it: nothing is left to be saved.
 */
static void feed_end(struct feed *feed)
{
    const struct timespec tick = {.tv_nsec = 10 * 1000 * 1000};

    for (int ticks = 0; feed_sampling_since(feed); ticks++) {
        if (ticks == PATIENCE_TICKS)
            _exit(EXIT_OK);
        nanosleep(&tick, NULL);
    }
    feed_stop(feed);
}

/* ---- settings ---- */

static struct table *table_at(struct ui *ui, enum settings_table t)
{
    struct table *const tables[SETTINGS_TABLES] = {
        [TABLE_DOMAINS] = &ui->domains,
        [TABLE_VCPUS] = &ui->vcpus,
        [TABLE_NETWORKS] = &ui->vifs,
        [TABLE_DISKS] = &ui->vbds,
    };

    return tables[t];
}

static void settings_apply(struct ui *ui, const struct settings *s)
{
    for (int t = 0; t < SETTINGS_TABLES; t++) {
        struct table *table = table_at(ui, (enum settings_table)t);
        table->columns = s->columns[t];
        table->sort = s->sort[t];
        table->reverse = s->reverse[t];
    }
    ui->units = s->units;
    ui->cpu_of_host = s->cpu_of_host;
    ui->totals = s->totals;
    ui->bell = s->bell;
    ui->dom0_first = s->dom0_first || ui->config->dom0_first;
    ui->view = views[MIN(s->view, view_count - 1)];
    theme_set(s->theme);
    term_set_glyphs(s->glyphs);
}

/* What is now, where the user changed it: the command line and the terminal's limits are of this
 * run only. */
static void settings_take(struct ui *ui, struct settings *s)
{
    for (int t = 0; t < SETTINGS_TABLES; t++) {
        struct table *table = table_at(ui, (enum settings_table)t);
        s->columns[t] = table->columns;
        s->sort[t] = table->sort;
        s->reverse[t] = table->reverse;
    }
    s->units = ui->units;
    s->cpu_of_host = ui->cpu_of_host;
    s->totals = ui->totals;
    s->bell = ui->bell;
    if (ui->dom0_first != ui->config->dom0_first || !ui->dom0_first)
        s->dom0_first = ui->dom0_first;
    if (ui->delay_chosen)
        s->delay_s = ui->delay_s;
    for (size_t i = 0; i < view_count; i++)
        if (views[i] == ui->view)
            s->view = (unsigned)i;
    s->theme = theme_current();
    if (ui->glyphs_chosen)
        s->glyphs = term_glyphs();
}

static int thread_failed(const char *which)
{
    int err = errno;

    term_close();
    fprintf(stderr, "%s: the %s thread cannot be started: %s\n", die_name, which, strerror(err));
    return EXIT_FAILED;
}

static int loop(struct ui *ui)
{
    draw(ui);
    while (!ui->leave)
        if (step(ui) && !ui->leave)
            draw(ui);
    return EXIT_OK;
}

/* What the screen is of: a source to sample, or a past from where start says. */
struct subject {
    struct source *source;
    struct past *past;
    const struct look_start *start;
};

static int run(struct ui *ui, const struct subject *of, const struct ui_config *config)
{
    if (of->past) {
        ui->model.look = visit_open(of->past, of->start);
        return ui->model.look ? loop(ui) : thread_failed("reading");
    }
    ui->feed = feed_start(of->source, ui->delay_s, config->iterations);
    return ui->feed ? loop(ui) : thread_failed("sampling");
}

static void tables_init(struct ui *ui)
{
    table_init(&ui->domains, ENTITY_DOMAIN, "domain", "domains", &ui->tags);
    table_init(&ui->vcpus, ENTITY_VCPU, "vcpu", "vcpus", &ui->tags);
    table_init(&ui->vifs, ENTITY_VIF, "network interface", "network interfaces", &ui->tags);
    table_init(&ui->vbds, ENTITY_VBD, "disk", "disks", &ui->tags);
}

static void ui_release(struct ui *ui)
{
    table_release(&ui->domains);
    table_release(&ui->vcpus);
    table_release(&ui->vifs);
    table_release(&ui->vbds);
    tags_release(&ui->tags);
    model_release(&ui->model);
    free(ui);
}

static int show(struct ui *ui, const struct subject *of, const struct ui_config *config)
{
    struct settings *settings = xcalloc(2, sizeof(*settings)), *before = &settings[1];
    char said[SETTINGS_WRONG + 64] = "";

    if (!term_open()) {
        free(settings);
        free(ui);
        return UI_NO_SCREEN;
    }
    ui->config = config;
    ui->source = of->source ? of->source : &ui->past_source;
    if (of->past)
        ui->past_source = (struct source){.name = of->past->name, .simulated = of->past->simulated};
    keys_look_back(of->past != NULL);
    model_init(&ui->model);
    tables_init(ui);

    settings_defaults(settings);
    if (config_read(settings, said))
        ui_say(ui, "%s", said);
    *before = *settings;
    settings_apply(ui, settings);
    ui->delay_s = config->delay_s > 0     ? config->delay_s
                  : settings->delay_s > 0 ? settings->delay_s
                                          : UI_DELAY_S;

    int status = run(ui, of, config);
    if (status == EXIT_OK) {
        settings_take(ui, settings);
        bool saved = config_write(settings, before, said);
        term_close();
        if (!saved)
            fprintf(stderr, "%s: %s\n", die_name, said);
        if (ui->feed)
            feed_end(ui->feed);
        if (ui->model.look)
            visit_close(ui->model.look);
    }
    free(settings);
    ui_release(ui);
    return status;
}

int ui_run(struct source *source, const struct ui_config *config)
{
    return show(xcalloc(1, sizeof(struct ui)), &(struct subject){.source = source}, config);
}

int ui_look(struct past *past, const struct look_start *start, bool replay,
            const struct ui_config *config)
{
    struct ui *ui = xcalloc(1, sizeof(*ui));

    ui->replay = replay;
    return show(ui, &(struct subject){.past = past, .start = start}, config);
}
