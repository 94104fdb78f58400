/* graph: see graph.h. What to draw; graph_lines.c says how, graph_draw.c has it drawn. */
#include "graph.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_lines.h"

#define DEADLINE_NS (20 * NS_PER_S)
#define EVENTS_MOST 40
#define EVENTS_READ 4000
#define TITLE       256
/* Of several lines over each other each point stands for so many, to be told apart. */
#define LINE_PIXELS 3

/* No line is near the red of a mark. */
static const struct colours light = {"fbfbfa",
                                     "1d2126",
                                     "dfe2e6",
                                     "9aa1a9",
                                     "c0392b",
                                     {"2867b2", "e07b39", "2f9e62", "8f5bb5", "1f9aa8", "b58a1b",
                                      "5d6b7a", "c4588f", "6f8f2f", "8a6244"}};
static const struct colours dark = {"14171a",
                                    "e4e7ea",
                                    "2d3238",
                                    "68707a",
                                    "ff7566",
                                    {"6aa7ea", "f0a063", "5fc98d", "b98be0", "56c4d1", "e0b94a",
                                     "9aa8b8", "ea86b9", "a3c25c", "c4a484"}};

/* ---- what can be asked for ---- */

enum kind { KIND_CPU, KIND_MEMORY, KIND_NETWORK, KIND_DISK, KIND_LATENCY, KIND_METRIC };

static const struct {
    const char *word, *title, *axis, *form;
    enum entity entity;
    const char *a, *b; /* metrics */
    const char *a_legend, *b_legend;
} kinds[] = {
    [KIND_CPU] = {"cpu", "CPU", "% of a cpu", "%7.1lf %%", ENTITY_DOMAIN, "cpu_ns", NULL, "cpu",
                  NULL},
    [KIND_MEMORY] = {"memory", "Memory", "bytes", "%7.1lf %sB", ENTITY_DOMAIN, "mem_bytes",
                     "mem_target", "memory", "target"},
    [KIND_NETWORK] = {"network", "Network", "bytes per second", "%7.1lf %sB/s", ENTITY_VIF,
                      "rx_bytes", "tx_bytes", "to the guest", "from the guest"},
    [KIND_DISK] = {"disk", "Disk", "bytes per second", "%7.1lf %sB/s", ENTITY_VBD, "rd_bytes",
                   "wr_bytes", "read", "written"},
    [KIND_LATENCY] = {"latency", "Disk latency", "seconds", "%7.1lf %ss", ENTITY_VBD, "rd_lat",
                      "wr_lat", "read", "write"},
};

static int kind_of(const char *word, enum kind *kind, const struct metric **m, bool host)
{
    static const enum entity order[] = {ENTITY_DOMAIN, ENTITY_VIF, ENTITY_VBD};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(word, kinds[i].word)) {
            *kind = (enum kind)i;
            return 0;
        }
    *kind = KIND_METRIC;
    *m = host ? metric_find(ENTITY_HOST, word) : NULL;
    for (size_t i = 0; i < ARRAY_LEN(order) && !*m; i++)
        *m = metric_find(order[i], word);
    return *m && metric_is_recorded(*m) && (*m)->unit != UNIT_STATE ? 0 : -EINVAL;
}

static void used_memory(struct drawing *d)
{
    struct pair all = graph_define(d, d->r->roster.host.path, "mem_bytes", false),
                left = graph_define(d, d->r->roster.host.path, "mem_free", false), used = {0};
    char rpn[64];

    if (!all.mean || !left.mean)
        return;
    snprintf(rpn, sizeof(rpn), "v%u,v%u,-", all.mean, left.mean);
    used.mean = graph_compute(d, rpn);
    graph_area(d, used, 0, "in use", kinds[KIND_MEMORY].form, false);
    graph_line(d, all, 1, "all there is", kinds[KIND_MEMORY].form);
}

static void draw_kind(struct drawing *d, struct roster_domain *domain, enum kind kind)
{
    const struct metric *a = metric_find(kinds[kind].entity, kinds[kind].a);
    const struct metric *b = kinds[kind].b ? metric_find(kinds[kind].entity, kinds[kind].b) : NULL;
    const char *form = kinds[kind].form;

    if (kind == KIND_CPU && !domain) {
        graph_area(d, graph_busy(d), 0, d->o->pcpu ? "busy" : "busy, of all", form, false);
        return;
    }
    if (kind == KIND_MEMORY && !domain) {
        used_memory(d);
        return;
    }
    struct pair first = graph_metric(d, domain, a),
                second = b ? graph_metric(d, domain, b) : (struct pair){0};
    bool guests = kind == KIND_NETWORK && !domain;
    graph_area(d, first, 0, guests ? "to guests" : kinds[kind].a_legend, form, false);
    if (kind == KIND_NETWORK || kind == KIND_DISK) {
        graph_area(d, second, 1, guests ? "from guests" : kinds[kind].b_legend, form, true);
        graph_word(&d->lines, "HRULE:0#%s", d->c->axis);
    } else if (kind == KIND_LATENCY) {
        graph_area(d, second, 1, kinds[kind].b_legend, form, false);
    } else if (second.mean) {
        second.peak = 0;
        graph_line(d, second, 1, kinds[kind].b_legend, form);
    }
}

static void metric_form(const struct metric *m, const char **axis, const char **form)
{
    bool rate = m->kind == METRIC_COUNTER;

    *form = "%8.1lf %s";
    *axis = rate ? "per second" : "";
    if (m->unit == UNIT_BYTES) {
        *axis = rate ? "bytes per second" : "bytes";
        *form = rate ? "%7.1lf %sB/s" : "%7.1lf %sB";
    } else if (m->unit == UNIT_NS) {
        *axis = rate ? "% of a cpu" : "seconds";
        *form = rate ? "%7.1lf %%" : "%7.1lf %ss";
    }
}

/* ---- who ---- */

static const char *name_of(const struct roster_domain *d, uint64_t wall_ns, char buf[UUID_TEXT])
{
    const char *name = NULL;

    for (size_t i = 0; i < d->about.self.fact_count; i++) {
        const struct about_fact *f = &d->about.self.facts[i];
        if (!strcmp(f->metric->id, "name") && f->text && (!name || f->from_ns <= wall_ns))
            name = f->text;
    }
    if (name)
        return name;
    uuid_format(&d->uuid, buf);
    return buf;
}

static struct roster_domain *find_domain(struct reader *r, const char *text, uint64_t from_ns,
                                         uint64_t to_ns)
{
    struct roster_domain *found = NULL;
    uint64_t found_ns = 0;
    struct uuid uuid;

    if (uuid_parse(text, &uuid)) {
        roster_see(&r->roster, &uuid, &found);
        if (found)
            roster_describe(&r->roster, found);
        return found;
    }
    for (size_t i = 0; i < r->roster.count; i++) {
        const struct about_thing *self = &r->roster.domains[i]->about.self;
        if (!roster_may_mention(&r->roster, r->roster.domains[i], text))
            continue;
        roster_describe(&r->roster, r->roster.domains[i]);
        for (size_t k = 0; k < self->fact_count; k++) {
            const struct about_fact *f = &self->facts[k];
            /* Of those that had the name, the last in the span; else the last. */
            bool within = f->from_ns <= to_ns && (!f->to_ns || f->to_ns >= from_ns);
            uint64_t rank = (within ? UINT64_C(1) << 63 : 0) + f->from_ns;
            if (f->text && !strcmp(f->metric->id, "name") && !strcmp(f->text, text) &&
                rank >= found_ns) {
                found = r->roster.domains[i];
                found_ns = rank;
            }
        }
    }
    return found;
}

static void draw_top(struct drawing *d, const struct metric *a, const struct metric *b,
                     const char *form)
{
    struct roster *roster = &d->r->roster;
    struct reader_rank ranks[GRAPH_TOP_MOST];
    char buf[UUID_TEXT];
    size_t count = store_past_rank(&d->r->past, d->o->from_ns, d->o->to_ns,
                                   (const struct metric *const[]){a, b}, b ? 2 : 1, ranks,
                                   MIN(d->o->top, GRAPH_TOP_MOST));

    for (size_t i = 0; i < count; i++) {
        struct roster_domain *domain = roster_find(roster, &ranks[i].uuid);
        roster_describe(roster, domain);
        struct pair p = graph_metric(d, domain, a);
        if (b)
            p = graph_join(d, p, graph_metric(d, domain, b), true);
        graph_line(d, p, (unsigned)i, name_of(domain, d->o->to_ns, buf), form);
    }
}

/* ---- around it ---- */

static void frame(struct drawing *d, const char *title, const char *axis, const char *unit_base)
{
    const struct graph_options *o = d->o;
    const struct colours *c = d->c;
    unsigned width = MAX(GRAPH_SMALLEST, MIN(o->width, GRAPH_LARGEST));
    unsigned height = MAX(GRAPH_SMALLEST, MIN(o->height, GRAPH_LARGEST));
    uint64_t pixel_s = (o->to_ns - o->from_ns) / NS_PER_S / width;

    graph_word(&d->w, "graph");
    graph_word(&d->w, "-");
    graph_word(&d->w, "--imgformat=%s", o->svg ? "SVG" : "PNG");
    graph_word(&d->w, "--start=%" PRIu64, o->from_ns / NS_PER_S);
    graph_word(&d->w, "--end=%" PRIu64, o->to_ns / NS_PER_S);
    graph_word(&d->w, "--width=%u", width);
    graph_word(&d->w, "--height=%u", height);
    graph_word(&d->w, "--full-size-mode");
    if (o->top && pixel_s)
        graph_word(&d->w, "--step=%" PRIu64, LINE_PIXELS * pixel_s);
    graph_word(&d->w, "--title=%s", title);
    graph_word(&d->w, "--vertical-label=%s", axis);
    graph_word(&d->w, "--base=%s", unit_base);
    graph_word(&d->w, "--lower-limit=0");
    graph_word(&d->w, "--border=0");
    graph_word(&d->w, "--slope-mode");
    graph_word(&d->w, GRAPH_FONT);
    graph_word(&d->w, "--font=TITLE:11:DejaVu Sans");
    graph_word(&d->w, "--font=AXIS:8:DejaVu Sans");
    graph_word(&d->w, "--font=UNIT:8:DejaVu Sans");
    graph_word(&d->w, "--font=WATERMARK:1:DejaVu Sans");
    graph_word(&d->w, "--color=BACK#%s", c->back);
    graph_word(&d->w, "--color=CANVAS#%s", c->back);
    graph_word(&d->w, "--color=FONT#%s", c->ink);
    graph_word(&d->w, "--color=GRID#%s", c->grid);
    graph_word(&d->w, "--color=MGRID#%s", c->grid);
    graph_word(&d->w, "--color=AXIS#%s", c->axis);
    graph_word(&d->w, "--color=ARROW#%s", c->axis);
    graph_word(&d->w, "--color=FRAME#%s", c->back);
    graph_word(&d->w, "--grid-dash=1:0");
}

static void mark_events(struct drawing *d, struct roster_domain *domain)
{
    struct event *events = xcalloc(EVENTS_READ, sizeof(*events));
    size_t count = 0, marked = 0;
    bool said[EVENT_KINDS] = {false};
    struct past *p = &d->r->past;

    p->events(p, d->o->from_ns, d->o->to_ns, events, EVENTS_READ, &count);
    for (size_t i = count; i-- > 0 && marked < EVENTS_MOST;) {
        const struct event *e = &events[i];
        bool its = domain && !memcmp(&e->uuid, &domain->uuid, sizeof(e->uuid)) &&
                   e->domid != UNKNOWN;
        if (domain ? !its || event_weight(e->kind) == EVENT_USUAL
                   : event_weight(e->kind) != EVENT_BAD)
            continue;
        marked++;
        graph_word(&d->lines, "VRULE:%" PRIu64 "#%s%s:%s:dashes=3,3", e->wall_ns / NS_PER_S,
                   event_weight(e->kind) == EVENT_BAD ? d->c->bad : d->c->axis, "",
                   said[e->kind] ? "" : event_word(e->kind));
        said[e->kind] = true;
    }
    if (marked)
        graph_word(&d->lines, "COMMENT:\\l");
    free(events);
}

static void join_words(struct graph_words *w, struct graph_words *more)
{
    for (size_t i = 0; i < more->count; i++) {
        array_reserve(&w->at, &w->cap, w->count + 1, sizeof(*w->at));
        w->at[w->count++] = more->at[i];
    }
    more->count = 0;
}

static void draw_all(struct drawing *d, struct roster_domain *domain, enum kind kind,
                     const struct metric *m)
{
    const char *axis, *form, *what = kind == KIND_METRIC ? m->help : kinds[kind].title;
    static const char simulated[] = " (SIMULATED)";
    char title[TITLE + sizeof(simulated)], buf[UUID_TEXT];
    bool bytes = kind == KIND_MEMORY || (m && m->unit == UNIT_BYTES);

    if (kind == KIND_METRIC) {
        metric_form(m, &axis, &form);
    } else {
        axis = kinds[kind].axis;
        form = kinds[kind].form;
    }
    if (kind == KIND_CPU && !domain && !d->o->top)
        axis = "% busy";
    if (d->o->top)
        snprintf(title, TITLE, "%s: the domains with most of it", what);
    else if (d->o->pcpu)
        snprintf(title, TITLE, "%s of pcpu %" PRIu64, what, d->o->pcpu_id);
    else
        snprintf(title, TITLE, "%s: %s", domain ? name_of(domain, d->o->to_ns, buf) : "Host", what);
    if (d->r->past.simulated)
        strcat(title, simulated);
    frame(d, title, axis, bytes ? "1024" : "1000");
    if (d->o->top && kind == KIND_METRIC)
        draw_top(d, m, NULL, form);
    else if (d->o->top)
        draw_top(d, metric_find(kinds[kind].entity, kinds[kind].a),
                 kind == KIND_MEMORY || !kinds[kind].b
                     ? NULL
                     : metric_find(kinds[kind].entity, kinds[kind].b),
                 form);
    else if (kind == KIND_METRIC)
        graph_area(d, graph_metric(d, domain, m), 0, m->id, form, false);
    else
        draw_kind(d, domain, kind);
    mark_events(d, domain);
}

/* What is asked for, which is there; 0, or -errno with a sentence. */
static int find_subject(struct drawing *d, struct roster_domain **domain, enum kind *kind,
                        const struct metric **m, char message[READER_MESSAGE])
{
    const struct graph_options *o = d->o;
    struct reader *r = d->r;

    /* What the host's own files say needs no look at all the domains. */
    if (o->domain || o->top)
        roster_list(&r->roster);
    if (o->domain)
        *domain = find_domain(r, o->domain, o->from_ns, o->to_ns);
    if (o->domain && !*domain) {
        snprintf(message, READER_MESSAGE, "no domain \"%.80s\" was recorded", o->domain);
        return -ENOENT;
    }
    if (kind_of(o->metric, kind, m, !*domain && !o->top)) {
        snprintf(message, READER_MESSAGE,
                 "no graph of \"%.40s\": cpu, memory, network, disk, latency or a metric that is "
                 "recorded (domtop --list-metrics)",
                 o->metric);
        return -EINVAL;
    }
    if (o->pcpu && *kind != KIND_CPU) {
        snprintf(message, READER_MESSAGE, "of a pcpu there is a graph of cpu only");
        return -ENODATA;
    }
    return 0;
}

int store_past_graph(struct past *past, const struct graph_options *o, struct text *out,
                     char message[READER_MESSAGE])
{
    struct reader *r = (struct reader *)past;
    struct drawing d = {.r = r, .o = o, .c = o->dark ? &dark : &light};
    struct roster_domain *domain = NULL;
    const struct metric *m = NULL;
    struct graph_drawer drawer;
    enum kind kind;
    int err = find_subject(&d, &domain, &kind, &m, message);

    if (err)
        return err;
    err = graph_drawer_start(&drawer, r->dir);
    draw_all(&d, domain, kind, m);
    if (!d.w.file_count) {
        snprintf(message, READER_MESSAGE, "nothing of it was recorded, or its files are damaged");
        err = -ENODATA;
    } else {
        join_words(&d.w, &d.lines);
        if (!err)
            err = graph_drawer_draw(&drawer, &d.w, DEADLINE_NS, out);
        if (err)
            snprintf(message, READER_MESSAGE, "drawing failed: %s",
                     err == -EBADMSG     ? "librrd refused what is recorded"
                     : err == -ETIMEDOUT ? "it takes too long"
                                         : strerror(-err));
    }
    graph_drawer_end(&drawer);
    graph_words_release(&d.w);
    graph_words_release(&d.lines);
    text_release(&d.head_raw);
    return err;
}

int graph_picture(struct past *past, const struct past_picture *p, struct text *out,
                  char message[PAST_MESSAGE])
{
    char uuid[UUID_TEXT];

    uuid_format(&p->subject.uuid, uuid);
    return store_past_graph(past,
                            &(struct graph_options){
                                .domain = p->subject.of == PAST_DOMAIN ? uuid : NULL,
                                .metric = p->what,
                                .pcpu = p->subject.of == PAST_PCPU,
                                .pcpu_id = p->subject.id,
                                .top = p->top,
                                .from_ns = p->from_ns,
                                .to_ns = p->to_ns,
                                .width = p->width,
                                .height = p->height,
                                .svg = p->svg,
                                .dark = p->dark,
                            },
                            out, message);
}
