/* graph_lines: see graph_lines.h. */
#include "graph_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch_child.h"
#include "shape.h"

#define FILES_MOST 400 /* open at once, while it is drawn */

/* ---- sources ---- */

/* The head of the file last asked about: sets have hundreds of sources. */
static bool read_head(struct drawing *d, const char *path)
{
    struct shape shape;
    struct stat st;

    if (!strcmp(d->head_path, path))
        return d->head_good;
    snprintf(d->head_path, sizeof(d->head_path), "%s", path);
    d->head_good = false;
    int fd = fetch_open_file(d->r->dir, path);
    if (fd < 0)
        return false;
    d->head_good = shape_read(&shape, fd, &d->head_raw) == 0 && fstat(fd, &st) == 0 &&
                   rrdcheck(&d->head, d->head_raw.data, d->head_raw.len, (uint64_t)st.st_size) == 0;
    close(fd);
    return d->head_good;
}

static bool has_source(struct drawing *d, const char *path, const char *name)
{
    if (!read_head(d, path))
        return false;
    for (size_t i = 0; i < d->head.sources; i++)
        if (!strcmp(rrdcheck_source(&d->head, i).name, name))
            return true;
    return false;
}

struct pair graph_define(struct drawing *d, const char *path, const char *source, bool peak)
{
    struct pair p = {0};

    if (d->w.file_count >= FILES_MOST || !has_source(d, path, source))
        return p;
    size_t file = graph_file(&d->w, path);
    p.mean = ++d->next;
    graph_word(&d->w, "DEF:v%u=\001%zu:%s:AVERAGE", p.mean, file, source);
    if (!peak)
        return p;
    p.peak = ++d->next;
    graph_word(&d->w, "DEF:v%u=\001%zu:%s:MAX", p.peak, file, source);
    return p;
}

unsigned graph_compute(struct drawing *d, const char *rpn)
{
    unsigned name = ++d->next;

    graph_word(&d->lines, "CDEF:v%u=%s", name, rpn);
    return name;
}

/* The sum (or greatest) of b added to a. The peak of a sum is where one part peaks while the other
 * has its mean. */
struct pair graph_join(struct drawing *d, struct pair a, struct pair b, bool sum)
{
    char rpn[128];
    struct pair p;

    if (!a.mean)
        return b;
    if (!b.mean)
        return a;
    snprintf(rpn, sizeof(rpn), "v%u,v%u,%s", a.mean, b.mean, sum ? "ADDNAN" : "MAXNAN");
    p.mean = graph_compute(d, rpn);
    if (sum)
        snprintf(rpn, sizeof(rpn), "v%u,v%u,ADDNAN,v%u,v%u,ADDNAN,MAXNAN", a.peak, b.mean, a.mean,
                 b.peak);
    else
        snprintf(rpn, sizeof(rpn), "v%u,v%u,MAXNAN", a.peak, b.peak);
    p.peak = graph_compute(d, rpn);
    return p;
}

static struct pair scaled(struct drawing *d, struct pair p, double scale)
{
    char rpn[64];

    if (!p.mean || scale == 1)
        return p;
    snprintf(rpn, sizeof(rpn), "v%u,%.9f,*", p.mean, scale);
    p.mean = graph_compute(d, rpn);
    snprintf(rpn, sizeof(rpn), "v%u,%.9f,*", p.peak, scale);
    p.peak = graph_compute(d, rpn);
    return p;
}

static struct pair devices(struct drawing *d, struct roster_domain *domain, const struct metric *m)
{
    struct pair all = {0};

    for (size_t i = 0; i < domain->device_count; i++)
        if (domain->devices[i].entity == m->entity)
            all = graph_join(d, all, graph_define(d, domain->devices[i].path, m->id, true),
                             m->flags & METRIC_SUMS);
    return all;
}

/* Of what all devices do, what the host's file has. */
static struct pair total(struct drawing *d, const struct metric *m)
{
    char name[LAYOUT_SOURCE];

    if (!d->looked)
        d->has_totals = reader_has_totals(d->r, d->o->from_ns, d->o->to_ns);
    d->looked = true;
    if (m->entity == ENTITY_DOMAIN || !d->has_totals)
        return (struct pair){0};
    layout_total_name(name, m);
    return graph_define(d, d->r->roster.host.path, name, true);
}

static struct pair of_all_domains(struct drawing *d, const struct metric *m)
{
    struct pair all = total(d, m);
    struct roster *roster = &d->r->roster;

    if (all.mean)
        return all;
    roster_refresh(roster);
    for (size_t i = 0; i < roster->count; i++)
        all = graph_join(d, all,
                         m->entity == ENTITY_DOMAIN
                             ? graph_define(d, roster->domains[i]->self.path, m->id, true)
                             : devices(d, roster->domains[i], m),
                         m->entity == ENTITY_DOMAIN || m->flags & METRIC_SUMS);
    return all;
}

struct pair graph_metric(struct drawing *d, struct roster_domain *domain, const struct metric *m)
{
    struct pair all;
    double scale = 1;

    if (m->entity == ENTITY_HOST)
        all = graph_define(d, d->r->roster.host.path, m->id, true);
    else if (!domain)
        all = of_all_domains(d, m);
    else if (m->entity == ENTITY_DOMAIN)
        all = graph_define(d, domain->self.path, m->id, true);
    else
        all = devices(d, domain, m);
    if (m->unit == UNIT_NS)
        scale = m->kind == METRIC_COUNTER ? 1e-7 : 1e-9; /* per cent of a cpu; seconds */
    return scaled(d, all, scale);
}

/* Of the idle time that stores made before have: its mean alone, as the peak of it says nothing. */
static unsigned busy_of_idle(struct drawing *d)
{
    struct text rpn = {0};
    char source[LAYOUT_SOURCE], term[64];
    unsigned count = 0, mean = 0;

    for (unsigned id = 0; id < LAYOUT_SET_MAX && count < FILES_MOST; id++) {
        if (d->o->pcpu && id != d->o->pcpu_id)
            continue;
        snprintf(source, sizeof(source), "idle_ns_%u", id);
        struct pair one = graph_define(d, d->r->roster.pcpus.path, source, false);
        if (!one.mean)
            break;
        text_addf(&rpn, "%sv%u", count++ ? "," : "", one.mean);
    }
    if (count) {
        text_addf(&rpn, ",%u,AVG,1e9,/,1,EXC,-,100,*", count);
        mean = graph_compute(d, rpn.data);
        snprintf(term, sizeof(term), "v%u,0,MAX", mean);
        mean = graph_compute(d, term);
    }
    text_release(&rpn);
    return mean;
}

/* Per cent from a share or from nanoseconds a second, and the idle time's where it is unknown. */
static unsigned per_cent(struct drawing *d, unsigned value, double scale, unsigned before)
{
    char rpn[96];
    unsigned name;

    snprintf(rpn, sizeof(rpn), "v%u,%.9f,*,0,MAX,100,MIN", value, scale);
    name = graph_compute(d, rpn);
    if (!before)
        return name;
    snprintf(rpn, sizeof(rpn), "v%u,UN,v%u,v%u,IF", name, before, name);
    return graph_compute(d, rpn);
}

struct pair graph_busy(struct drawing *d)
{
    bool host = !d->o->pcpu;
    char source[LAYOUT_SOURCE] = LAYOUT_HOST_LOAD;

    if (!host)
        snprintf(source, sizeof(source), "busy_ns_%u",
                 (unsigned)MIN(d->o->pcpu_id, LAYOUT_SET_MAX));
    struct pair p = graph_define(d, host ? d->r->roster.host.path : d->r->roster.pcpus.path, source,
                                 true);
    unsigned before = busy_of_idle(d);
    if (!p.mean) {
        p.mean = before;
        return p;
    }
    p.mean = per_cent(d, p.mean, host ? 100 : 1e-7, before);
    p.peak = per_cent(d, p.peak, host ? 100 : 1e-7, before);
    return p;
}

/* ---- lines ---- */

static void stats(struct drawing *d, struct pair p, const char *form)
{
    graph_word(&d->lines, "VDEF:m%u=v%u,AVERAGE", p.mean, p.mean);
    graph_word(&d->lines, "GPRINT:m%u:mean %s", p.mean, form);
    if (p.peak) {
        graph_word(&d->lines, "VDEF:x%u=v%u,MAXIMUM", p.peak, p.peak);
        graph_word(&d->lines, "GPRINT:x%u:peak %s", p.peak, form);
    }
    graph_word(&d->lines, "COMMENT:\\l");
}

/* An area for the mean and a line for the peak. below: under the axis. */
void graph_area(struct drawing *d, struct pair p, unsigned colour, const char *legend,
                const char *form, bool below)
{
    const char *c = d->c->lines[colour % ARRAY_LEN(d->c->lines)];
    struct text name = {0};

    if (!p.mean)
        return;
    graph_escape(&name, legend);
    struct pair drawn = below ? scaled(d, p, -1) : p;
    graph_word(&d->lines, "AREA:v%u#%s44", drawn.mean, c);
    graph_word(&d->lines, "LINE1.2:v%u#%s:%-18s", drawn.mean, c, name.data);
    if (p.peak)
        graph_word(&d->lines, "LINE0.8:v%u#%saa::dashes=2,2", drawn.peak, c);
    stats(d, p, form);
    text_release(&name);
}

void graph_line(struct drawing *d, struct pair p, unsigned colour, const char *legend,
                const char *form)
{
    struct text name = {0};

    if (!p.mean)
        return;
    graph_escape(&name, legend);
    graph_word(&d->lines, "LINE1.5:v%u#%s:%-18s", p.mean,
               d->c->lines[colour % ARRAY_LEN(d->c->lines)], name.data);
    stats(d, p, form);
    text_release(&name);
}
