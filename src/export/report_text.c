/* report_text: a report for a terminal or a mail: 80 columns. See report.h. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format.h"
#include "report.h"

#define COLUMNS     78
#define NAME_WIDE   24
#define EVENTS_MOST 40

struct page {
    struct text *out;
    const struct account *a;
    bool utf8;
};

/* ---- pieces ---- */

/* What is not sanitised should not come here; where it does it moves no cursor. */
static void plain(struct page *p, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text_addc(p->out, (unsigned char)text[i] < ' ' || text[i] == '\x7f' ? '?' : text[i]);
}

/* Text of `wide` columns: cut at a character's border, filled with blanks. Wide characters are not
 * told apart: a name of them makes its line longer. */
static void column(struct page *p, const char *text, size_t wide, bool right)
{
    size_t cells = 0, len = 0;

    while (text[len]) {
        size_t next = len + 1;
        while (((unsigned char)text[next] & 0xc0) == 0x80)
            next++;
        if (cells == wide)
            break;
        len = next;
        cells++;
    }
    for (size_t i = cells; right && i < wide; i++)
        text_addc(p->out, ' ');
    plain(p, text, len);
    for (size_t i = cells; !right && i < wide; i++)
        text_addc(p->out, ' ');
}

/* Right-aligned in `wide` columns; a number that is wider stays whole. */
static void number(struct page *p, enum report_series series, double value, int wide)
{
    char text[FORMAT_MAX];

    report_number(text, series, value);
    text_addf(p->out, "%*s", wide, text);
}

static void at(struct page *p, uint64_t wall_ns, int wide)
{
    char text[FORMAT_MAX];

    report_time(text, p->a, wall_ns);
    text_addf(p->out, "%*s", wide, text);
}

static void heading(struct page *p, const char *title)
{
    size_t used = strlen(title) + 1;

    text_addf(p->out, "\n%s ", title);
    for (; used < COLUMNS; used++)
        text_adds(p->out, p->utf8 ? "\u2500" : "-");
    text_addc(p->out, '\n');
}

/* A graph of `wide` columns: the highest of the parts in each, against the highest of all. */
static void graph(struct page *p, const float *parts, size_t wide)
{
    static const char *const blocks[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const marks[] = {"_", ".", ",", ":", "-", "=", "+", "#"};
    float top = 0;

    for (size_t i = 0; parts && i < REPORT_PARTS; i++)
        if (parts[i] > top)
            top = parts[i];
    for (size_t i = 0; parts && i < wide; i++) {
        size_t from = i * REPORT_PARTS / wide, to = (i + 1) * REPORT_PARTS / wide;
        float most = NAN;
        for (size_t k = from; k < MAX(to, from + 1); k++)
            if (!(most >= parts[k]))
                most = parts[k];
        if (isnan(most)) {
            text_addc(p->out, ' ');
            continue;
        }
        size_t level = top > 0 ? (size_t)(most / top * 7.999F) : 0;
        text_adds(p->out, (p->utf8 ? blocks : marks)[MIN(level, (size_t)7)]);
    }
}

/* ---- the head ---- */

static void share(char out[FORMAT_MAX], double part)
{
    int len = format_percent(out, part);

    snprintf(out + len, (size_t)(FORMAT_MAX - len), "%s", isnan(part) ? "" : "%");
}

static void head(struct page *p)
{
    const struct account *a = p->a;
    char from[FORMAT_MAX], to[FORMAT_MAX], span[FORMAT_MAX], seen[FORMAT_MAX], rows[FORMAT_MAX],
        percent[FORMAT_MAX];
    size_t gone = 0;

    for (size_t i = 0; i < a->domain_count; i++)
        gone += !a->domains[i].there;
    format_datetime(from, a->from_ns);
    format_datetime(to, a->to_ns);
    format_duration(span, a->to_ns - a->from_ns);
    format_duration(seen, a->recorded_ns);
    format_duration(rows, a->resolution_ns);
    share(percent, (double)a->recorded_ns / (double)(a->to_ns - a->from_ns));
    text_adds(p->out, "What happened on ");
    plain(p, a->host ? a->host : a->store, strlen(a->host ? a->host : a->store));
    text_addf(p->out, "\n%s to %s (%s)\n", from, to, span);
    for (size_t i = 0; i < COLUMNS; i++)
        text_adds(p->out, p->utf8 ? "\u2550" : "=");
    text_addc(p->out, '\n');
    if (a->simulated)
        text_adds(p->out, "SIMULATED: this host does not exist\n");
    if (a->xen)
        text_addf(p->out, "Xen %s", a->xen);
    if (a->pcpus != UNKNOWN)
        text_addf(p->out, "%s%" PRIu64 " pcpus", a->xen ? ", " : "", a->pcpus);
    if (a->mem_bytes != UNKNOWN) {
        char mem[FORMAT_MAX];
        format_bytes(mem, (double)a->mem_bytes, FORMAT_IEC);
        text_addf(p->out, ", %s memory", mem);
    }
    text_addf(p->out, "\n%zu domains, %zu of them gone by the end\n", a->domain_count, gone);
    text_addf(p->out, "Recorded: %s of it (%s), values of %s\n", seen, percent, rows);
}

/* ---- the host ---- */

static void host_row(struct page *p, const char *name, enum report_series series,
                     const struct report_value *v)
{
    text_adds(p->out, "  ");
    column(p, name, NAME_WIDE, false);
    number(p, series, v->mean, 8);
    number(p, series, v->peak, 8);
    text_adds(p->out, "  ");
    at(p, v->at_ns, 12);
    text_adds(p->out, "  ");
    graph(p, v->peaks, 20);
    text_addc(p->out, '\n');
}

static void host(struct page *p)
{
    static const char *const names[] = {"CPU, of all pcpus",     "Memory in use",
                                        "Network, to guests",    "Network, from guests",
                                        "Disks, read by guests", "Disks, written by guests"};

    heading(p, "Host");
    text_addf(p->out, "  %-*s%8s%8s  %12s\n", NAME_WIDE, "", "mean", "peak", "at");
    for (int s = 0; s <= REPORT_WR; s++)
        host_row(p, names[s], (enum report_series)s, &p->a->host_values[s]);
    host_row(p, "CPU of dom0", REPORT_CPU, &p->a->dom0_cpu);
    for (size_t i = 0; i < p->a->saturation_count; i++) {
        const struct report_saturation *s = &p->a->saturation[i];
        char percent[FORMAT_MAX], time[FORMAT_MAX];
        if (isnan(s->share))
            continue;
        share(percent, s->share);
        format_duration(time, s->time_ns);
        if (s->time_ns)
            text_addf(p->out, "  ! The %s was above %.0f%% for %s (%s of the time).\n", s->what,
                      s->limit * 100, time, percent);
        else
            text_addf(p->out, "  The %s was never above %.0f%%.\n", s->what, s->limit * 100);
    }
}

/* ---- domains ---- */

static void name_column(struct page *p, const struct report_domain *d)
{
    char uuid[UUID_TEXT];

    text_addf(p->out, "%s ", d->there ? " " : p->utf8 ? "\u2020" : "+");
    column(p, report_name(d, uuid), NAME_WIDE, false);
}

static void one_row(struct page *p, const struct report_domain *d, enum report_table table)
{
    const struct report_table_info *t = report_table(table);
    const struct report_value *v = &d->values[t->a];

    name_column(p, d);
    number(p, t->a, v->mean, 8);
    number(p, t->a, v->peak, 8);
    text_adds(p->out, "  ");
    at(p, v->at_ns, 12);
    text_adds(p->out, "  ");
    graph(p, v->peaks, 20);
    text_addc(p->out, '\n');
}

static void two_row(struct page *p, const struct report_domain *d, enum report_table table)
{
    const struct report_table_info *t = report_table(table);
    const char *which;
    const struct report_value *v = report_peak(d, table, &which);

    name_column(p, d);
    number(p, t->a, d->values[t->a].mean, 8);
    number(p, t->b, d->values[t->b].mean, 8);
    number(p, t->a, v->peak, 8);
    text_addf(p->out, " %-5s", which);
    at(p, v->at_ns, 13);
    text_adds(p->out, "  ");
    graph(p, v->peaks, 8);
    text_addc(p->out, '\n');
}

static void table(struct page *p, enum report_table which)
{
    const struct report_table_info *t = report_table(which);
    size_t *order = xcalloc(p->a->top + 1, sizeof(*order));
    size_t count = report_rank(p->a, which, order, p->a->top);

    if (count) {
        heading(p, t->title);
        if (t->a == t->b)
            text_addf(p->out, "  %-*s%8s%8s  %12s\n", NAME_WIDE, "domain", "mean", "peak", "at");
        else
            text_addf(p->out, "  %-*s%8s%8s%8s      %13s\n", NAME_WIDE, "domain", t->a_word,
                      t->b_word, "peak", "at");
    }
    for (size_t i = 0; i < count; i++) {
        if (t->a == t->b)
            one_row(p, &p->a->domains[order[i]], which);
        else
            two_row(p, &p->a->domains[order[i]], which);
    }
    free(order);
}

/* ---- what happened ---- */

static void one_event(struct page *p, const struct event *e)
{
    static const char marks[] = {[EVENT_USUAL] = ' ', [EVENT_NOTABLE] = ' ', [EVENT_BAD] = '!'};

    text_addf(p->out, "%c ", marks[event_weight(e->kind)]);
    at(p, e->wall_ns, 12);
    text_adds(p->out, "  ");
    column(p, e->name, 20, false);
    text_addf(p->out, " %s%s", event_word(e->kind), e->detail[0] ? ": " : "");
    plain(p, e->detail, strlen(e->detail));
    text_addc(p->out, '\n');
}

static void counts(struct page *p)
{
    size_t of[EVENT_KINDS] = {0}, used = 0;
    char one[64];

    for (size_t i = 0; i < p->a->event_count; i++)
        of[p->a->events[i].kind]++;
    for (int k = 0; k < EVENT_KINDS; k++) {
        if (!of[k])
            continue;
        size_t len = (size_t)snprintf(one, sizeof(one), "%zu %s", of[k],
                                      event_word((enum event_kind)k));
        if (used && used + len + 2 > COLUMNS) {
            text_adds(p->out, ",\n");
            used = 0;
        }
        text_addf(p->out, "%s%s", used ? ", " : "  ", one);
        used += len + 2;
    }
    text_adds(p->out, used ? "\n" : "  nothing\n");
}

static void events(struct page *p)
{
    size_t notable = 0, left;

    heading(p, "Events");
    counts(p);
    for (size_t i = 0; i < p->a->event_count; i++)
        notable += event_weight(p->a->events[i].kind) != EVENT_USUAL;
    left = notable;
    for (size_t i = 0; i < p->a->event_count; i++) {
        if (event_weight(p->a->events[i].kind) == EVENT_USUAL)
            continue;
        if (left-- > EVENTS_MOST)
            continue;
        one_event(p, &p->a->events[i]);
    }
    if (notable > EVENTS_MOST)
        text_addf(p->out, "  (the last %d of %zu that matter; --format json has %s)\n", EVENTS_MOST,
                  notable, p->a->events_cut ? "those" : "all");
    if (p->a->events_cut)
        text_addf(p->out, "  There were more: these are of the newest %zu alone.\n",
                  p->a->event_count);
}

static void gaps(struct page *p)
{
    if (!p->a->gap_count)
        return;
    heading(p, "Not recorded");
    for (size_t i = 0; i < p->a->gap_count; i++) {
        const struct report_gap *g = &p->a->gaps[i];
        char time[FORMAT_MAX];
        format_duration(time, g->to_ns - g->from_ns);
        text_adds(p->out, "  ");
        at(p, g->from_ns, 12);
        text_adds(p->out, " to ");
        at(p, g->to_ns, 12);
        text_addf(p->out, "  %-8s", time);
        plain(p, g->why ? g->why : "", g->why ? strlen(g->why) : 0);
        text_addc(p->out, '\n');
    }
}

static void damage(struct page *p)
{
    if (!p->a->damage.len)
        return;
    heading(p, "Left out");
    for (const char *line = p->a->damage.data; *line;) {
        size_t len = strcspn(line, "\n");
        text_adds(p->out, "  ");
        plain(p, line, len);
        text_addc(p->out, '\n');
        line += len + (line[len] == '\n');
    }
}

void report_text(struct text *out, const struct account *a, bool utf8)
{
    struct page p = {out, a, utf8};
    bool gone = false;

    for (size_t i = 0; i < a->domain_count; i++)
        gone |= !a->domains[i].there;
    head(&p);
    host(&p);
    for (int t = 0; t < REPORT_TABLES; t++)
        table(&p, (enum report_table)t);
    if (gone)
        text_addf(out, "\n  %s gone by the end. Means are over the time a domain was there.\n",
                  utf8 ? "\u2020" : "+");
    events(&p);
    gaps(&p);
    damage(&p);
}
