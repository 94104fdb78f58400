/*
 * facts: of one domain what has no graph and is in no table of its devices: what it costs dom0, how
 * long it waits, its share by the scheduler, its memory by its own word and where that is at odds
 * with what it was told. In a line, or in two on a narrow screen that is high; the least important
 * steps aside. What is not known is not there.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "line.h"
#include "screen.h"

/* From these sizes on they are shown; so many columns have all of them in a line; so many rows
 * spare a second one. */
enum { FACTS_ROWS = 15, FACTS_COLS = 100, FACTS_HIGH = 26 };

#define FACTS_MAX 12
#define FACT_SIZE 128

/* A line of them, put together one after the other. */
struct facts {
    struct segment at[FACTS_MAX];
    char texts[FACTS_MAX][FACT_SIZE];
    size_t count;
};

void facts_age(char out[FORMAT_MAX], uint64_t ns)
{
    uint64_t minutes = ns / NS_PER_S / 60, hours = minutes / 60;

    if (hours >= 24)
        snprintf(out, FORMAT_MAX, "%" PRIu64 "d %" PRIu64 "h", hours / 24, hours % 24);
    else if (hours)
        snprintf(out, FORMAT_MAX, "%" PRIu64 "h %" PRIu64 "m", hours, minutes % 60);
    else if (minutes)
        snprintf(out, FORMAT_MAX, "%" PRIu64 "m", minutes);
    else
        snprintf(out, FORMAT_MAX, "%" PRIu64 "s", ns / NS_PER_S);
}

/* Room for a fact's text, which is the caller's to fill. */
static char *fact(struct facts *f, enum role role, int importance, bool right)
{
    char *text = f->texts[f->count];

    f->at[f->count++] = (struct segment){text, role, importance, right};
    return text;
}

/* The sum first, or what is known of it, then what it went into; a part that is next to nothing is
 * not worth its place. */
static void cost_facts(struct facts *f, const struct ui *ui, const struct domain *d, bool narrow)
{
    const struct {
        const char *metric, *name;
    } parts[] = {{"net_ns", "net"},
                 {"blk_ns", "disk"},
                 {"dm_ns", narrow ? "model" : "device model"},
                 {"tap_ns", "tapdisk"}};
    struct scene scene = ui_scene(ui);
    size_t row = (size_t)(d - scene.s->domains), len = 0, known = 0;
    char value[FORMAT_MAX];
    bool all;
    double least = column_dom0_least(&scene, row, &all);

    if ((!all && !(least > 0)) || domid_own(d->domid) == 0)
        return;
    format_percent(value, least);
    snprintf(fact(f, ROLE_TEXT, 100, false), FACT_SIZE, "costs dom0 %s%s%%", all ? "" : "at least ",
             value);
    char *text = fact(f, ROLE_DIM, 60, false);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        double n = rate_get(scene.r, metric_find(ENTITY_DOMAIN, parts[i].metric), row);
        format_percent(value, n);
        if (isnan(n) || !strcmp(value, "0.0"))
            continue;
        len += (size_t)snprintf(text + len, FACT_SIZE - len, "%s%s %s", known++ ? ", " : "",
                                parts[i].name, value);
    }
}

static void scheduler_facts(struct facts *f, const struct domain *d)
{
    if (d->weight != UNKNOWN)
        snprintf(fact(f, ROLE_DIM, 50, true), FACT_SIZE, "weight %" PRIu64, d->weight);
    if (d->cap == 0)
        snprintf(fact(f, ROLE_DIM, 40, true), FACT_SIZE, "no cap");
    else if (d->cap != UNKNOWN)
        snprintf(fact(f, ROLE_TEXT, 85, true), FACT_SIZE, "cap %" PRIu64 "%%", d->cap);
}

static void bytes_fact(struct facts *f, const struct ui *ui, int importance, const char *what,
                       uint64_t bytes)
{
    char text[FORMAT_MAX];

    if (!bytes || bytes == UNKNOWN)
        return;
    format_bytes(text, (double)bytes, ui->units);
    snprintf(fact(f, ROLE_TEXT, importance, false), FACT_SIZE, "%s %s", what, text);
}

static void memory_facts(struct facts *f, const struct ui *ui, const struct domain *d, bool narrow)
{
    char has[FORMAT_MAX], spare[FORMAT_MAX];
    bool all = d->guest_mem_bytes != UNKNOWN, rest = d->guest_free_bytes != UNKNOWN;

    if (d->balloon_ns != UNKNOWN && d->balloon_ns) {
        facts_age(has, d->balloon_ns);
        snprintf(fact(f, ROLE_STRONG, 95, false), FACT_SIZE, "off target for %s", has);
    }
    format_bytes(has, all ? (double)d->guest_mem_bytes : NAN, ui->units);
    format_bytes(spare, rest ? (double)d->guest_free_bytes : NAN, ui->units);
    if (all && rest && !narrow)
        snprintf(fact(f, ROLE_TEXT, 80, false), FACT_SIZE, "guest says %s of %s free", spare, has);
    else if (rest)
        snprintf(fact(f, ROLE_TEXT, 80, false), FACT_SIZE, "guest says %s free", spare);
    else if (all)
        snprintf(fact(f, ROLE_TEXT, 80, false), FACT_SIZE, "guest says it has %s", has);
    bytes_fact(f, ui, 75, "paged out", d->mem_paged_bytes);
    bytes_fact(f, ui, 70, "shared", d->mem_shared_bytes);
    bytes_fact(f, ui, 65, "claimed", d->mem_claim_bytes);
}

static void facts_line(const struct paint *screen, struct rect body, int y, const struct facts *f)
{
    struct rect where = {body.y + y, body.x, 1, body.cols};
    struct paint p = ui_paint(screen, where, GROUND_STRIP);

    paint_ground(&p);
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    line_draw(&p, 0, 2, f->at, f->count);
}

int facts_draw(const struct ui *ui, const struct paint *screen, struct rect body,
               const struct domain *d)
{
    struct facts first = {.count = 0}, second = {.count = 0};
    bool narrow = body.cols < FACTS_COLS, two = narrow && body.rows >= FACTS_HIGH;
    char wait[FORMAT_MAX];
    int lines = 0;

    if (body.rows < FACTS_ROWS)
        return 0;
    cost_facts(&first, ui, d, narrow);
    if (!isnan(d->wait_est)) {
        format_percent(wait, d->wait_est);
        snprintf(fact(&first, ROLE_TEXT, 90, false), FACT_SIZE, "est. wait %s%%", wait);
    }
    memory_facts(two ? &second : &first, ui, d, narrow && !two);
    scheduler_facts(&first, d);
    if (first.count)
        facts_line(screen, body, lines++, &first);
    if (second.count)
        facts_line(screen, body, lines++, &second);
    return lines;
}
