/*
 * report_html: a report as one HTML file that needs nothing else: no script, nothing loaded, light
 * and dark as the reader's screen is. Graphs are inline SVG. See report.h.
 *
 * Names and details are whoever's: all text passes escape().
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format.h"
#include "report.h"

#define EVENTS_MOST 500
#define MARKS_APART 0.5

/* The size of a large graph's drawing and of a small one's; the page scales them. */
#define WIDE   400.0
#define HIGH   92.0
#define SMALL  160.0
#define LITTLE 24.0

static const char style[] =
    ":root{--paper:#fbfbfa;--ink:#1d2126;--soft:#68707a;--line:#dfe2e6;--card:#fff;--mean:#2867b2;"
    "--peak:#e07b39;--bad:#c0392b;--gap:#b9bec633}"
    "@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e4e7ea;--soft:#949ca6;"
    "--line:#2d3238;--card:#1b1f23;--mean:#6aa7ea;--peak:#f0a063;--bad:#ff7566;--gap:#80889433}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.45 system-ui,sans-serif}main{max-width:1080px;margin:0 auto;padding:28px 20px}"
    "h1{font-size:26px;margin:0}h2{font-size:17px;margin:34px 0 10px}p{margin:4px 0}"
    ".soft,th,figcaption{color:var(--soft)}.bad{color:var(--bad);font-weight:600}"
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:14px}"
    "figure,.card{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:12px 14px}figcaption b{color:var(--ink)}svg{display:block;width:100%;height:auto}"
    "svg.s{width:160px;height:24px}.scroll{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th{font-weight:500;text-align:right;font-size:13px}td{text-align:right;"
    "border-top:1px solid var(--line)}th,td{padding:4px 8px;white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left}td.name,td.text{text-align:left;"
    "white-space:normal;overflow-wrap:anywhere}th.text{text-align:left}"
    "td.name{min-width:9em}th:last-child,td:last-child{width:180px}"
    ".m{fill:var(--mean);fill-opacity:.25;stroke:var(--mean);stroke-width:1.5}"
    ".p{fill:none;stroke:var(--peak);stroke-width:1.2}.g{fill:var(--gap)}"
    ".e{stroke:var(--bad);stroke-width:1;stroke-dasharray:3 3}"
    ".a{fill:var(--soft);font-size:11px}.r{stroke:var(--line)}"
    ".key i{display:inline-block;width:10px;height:10px;border-radius:2px;margin:0 5px 0 12px}"
    "@media print{body{background:#fff}figure,.card{break-inside:avoid}}";

/* ---- text ---- */

static void escape(struct text *out, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '&': text_adds(out, "&amp;"); break;
        case '<': text_adds(out, "&lt;"); break;
        case '>': text_adds(out, "&gt;"); break;
        case '"': text_adds(out, "&quot;"); break;
        case '\'': text_adds(out, "&#39;"); break;
        default:
            if ((unsigned char)*text >= ' ')
                text_addc(out, *text);
            break;
        }
    }
}

static void number(struct text *out, enum report_series series, double value)
{
    char text[FORMAT_MAX];

    report_number(text, series, value);
    escape(out, text);
}

static void time_of(struct text *out, const struct account *a, uint64_t wall_ns)
{
    char text[FORMAT_MAX];

    report_time(text, a, wall_ns);
    escape(out, text);
}

/* ---- graphs ---- */

static double x_of(size_t part, double width)
{
    return (double)part * width / REPORT_PARTS;
}

static double greatest(const struct report_value *v)
{
    double top = 0;

    for (size_t i = 0; v->parts && i < REPORT_PARTS; i++) {
        if ((double)v->peaks[i] > top)
            top = (double)v->peaks[i];
        if ((double)v->parts[i] > top)
            top = (double)v->parts[i];
    }
    return top > 0 ? top : 1;
}

/* One line for each stretch of known parts; the mean's are closed to areas. */
static void curve(struct text *out, const float *parts, bool area, double width, double height,
                  double top)
{
    for (size_t i = 0; i < REPORT_PARTS; i++) {
        if (isnan(parts[i]))
            continue;
        size_t end = i;
        while (end < REPORT_PARTS && !isnan(parts[end]))
            end++;
        text_addf(out, "<path class=\"%c\" d=\"M", area ? 'm' : 'p');
        if (area)
            text_addf(out, "%.1f %.1fL", x_of(i, width), height);
        for (size_t k = i; k < end; k++)
            text_addf(out, "%.1f %.1f %.1f %.1f ", x_of(k, width),
                      height - (double)parts[k] / top * height, x_of(k + 1, width),
                      height - (double)parts[k] / top * height);
        if (area)
            text_addf(out, "%.1f %.1fZ", x_of(end, width), height);
        text_adds(out, "\"/>");
        i = end;
    }
}

static double x_at(const struct account *a, uint64_t wall_ns, double width)
{
    if (wall_ns <= a->from_ns)
        return 0;
    if (wall_ns >= a->to_ns)
        return width;
    return (double)(wall_ns - a->from_ns) / (double)(a->to_ns - a->from_ns) * width;
}

static void marks(struct text *out, const struct account *a)
{
    for (size_t i = 0; i < a->gap_count; i++) {
        double from = x_at(a, a->gaps[i].from_ns, WIDE), to = x_at(a, a->gaps[i].to_ns, WIDE);
        text_addf(out,
                  "<rect class=\"g\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%.0f\">"
                  "<title>not recorded</title></rect>",
                  from, MAX(1, to - from), HIGH);
    }
    double last = -1;
    for (size_t i = 0; i < a->event_count; i++) {
        const struct event *e = &a->events[i];
        double x = x_at(a, e->wall_ns, WIDE);
        /* Where many fall on one place the first of them marks it. */
        if (event_weight(e->kind) != EVENT_BAD || x < last + MARKS_APART)
            continue;
        last = x;
        text_addf(out, "<path class=\"e\" d=\"M%.1f 0V%.0f\"><title>", x, HIGH);
        time_of(out, a, e->wall_ns);
        text_addc(out, ' ');
        escape(out, e->name);
        text_addc(out, ' ');
        escape(out, event_word(e->kind));
        text_adds(out, "</title></path>");
    }
}

/* What the host cannot have more of; 0: nobody knows. */
static double most_of(const struct account *a, enum report_series series)
{
    if (series == REPORT_CPU)
        return 1;
    return series == REPORT_MEM && a->mem_bytes != UNKNOWN ? (double)a->mem_bytes : 0;
}

static void big_graph(struct text *out, const struct account *a, const char *title,
                      enum report_series series, const struct report_value *v)
{
    double top = greatest(v) * 1.15, most = most_of(a, series); /* room for the scale */
    if (most > 0)
        top = MIN(top, MAX(most, greatest(v)));

    text_adds(out, "<figure><figcaption><b>");
    escape(out, title);
    text_adds(out, "</b> mean ");
    number(out, series, v->mean);
    text_adds(out, ", peak ");
    number(out, series, v->peak);
    if (v->at_ns) {
        text_adds(out, " at ");
        time_of(out, a, v->at_ns);
    }
    text_addf(out, "</figcaption><svg viewBox=\"0 -4 %.0f %.0f\" role=\"img\">", WIDE, HIGH + 22);
    text_addf(out, "<path class=\"r\" d=\"M0 0H%.0fM0 %.0fH%.0fM0 %.0fH%.0f\"/>", WIDE, HIGH / 2,
              WIDE, HIGH, WIDE);
    if (v->parts) {
        curve(out, v->parts, true, WIDE, HIGH, top);
        curve(out, v->peaks, false, WIDE, HIGH, top);
    }
    marks(out, a);
    text_adds(out, "<text class=\"a\" x=\"4\" y=\"12\">");
    number(out, series, top);
    text_addf(out, "</text><text class=\"a\" x=\"0\" y=\"%.0f\">", HIGH + 15);
    time_of(out, a, a->from_ns);
    text_addf(out, "</text><text class=\"a\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">", WIDE,
              HIGH + 15);
    time_of(out, a, a->to_ns);
    text_adds(out, "</text></svg></figure>\n");
}

static void small_graph(struct text *out, const struct report_value *v)
{
    text_addf(out,
              "<svg class=\"s\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" "
              "aria-hidden=\"true\">",
              SMALL, LITTLE);
    if (v->parts) {
        curve(out, v->parts, true, SMALL, LITTLE, greatest(v));
        curve(out, v->peaks, false, SMALL, LITTLE, greatest(v));
    }
    text_adds(out, "</svg>");
}

/* ---- the page ---- */

static void head(struct text *out, const struct account *a)
{
    const char *host = a->host ? a->host : a->store;
    char text[FORMAT_MAX];

    text_adds(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
                   "style-src 'unsafe-inline'\"><meta name=\"color-scheme\" content=\"light dark\">"
                   "<title>What happened on ");
    escape(out, host);
    text_adds(out, "</title><style>");
    text_adds(out, style);
    text_adds(out, "</style></head><body><main>\n<h1>What happened on ");
    escape(out, host);
    text_adds(out, "</h1><p>");
    format_datetime(text, a->from_ns);
    escape(out, text);
    text_adds(out, " to ");
    format_datetime(text, a->to_ns);
    escape(out, text);
    format_duration(text, a->to_ns - a->from_ns);
    text_addf(out, " (%s)</p>", text);
    if (a->simulated)
        text_adds(out, "<p class=\"bad\">SIMULATED: this host does not exist</p>");
    text_adds(out, "<p class=\"soft\">");
    if (a->xen) {
        text_adds(out, "Xen ");
        escape(out, a->xen);
        text_adds(out, ". ");
    }
    if (a->pcpus != UNKNOWN)
        text_addf(out, "%" PRIu64 " pcpus. ", a->pcpus);
    if (a->mem_bytes != UNKNOWN) {
        format_bytes(text, (double)a->mem_bytes, FORMAT_IEC);
        text_addf(out, "%s memory. ", text);
    }
    format_percent(text, (double)a->recorded_ns / (double)(a->to_ns - a->from_ns));
    text_addf(out, "%zu domains. %s%% of the time was recorded, ", a->domain_count, text);
    format_duration(text, a->resolution_ns);
    text_addf(out, "in values of %s.</p>\n", text);
}

static void limits(struct text *out, const struct account *a)
{
    for (size_t i = 0; i < a->saturation_count; i++) {
        const struct report_saturation *s = &a->saturation[i];
        char time[FORMAT_MAX], share[FORMAT_MAX];
        if (isnan(s->share))
            continue;
        format_duration(time, s->time_ns);
        format_percent(share, s->share);
        if (s->time_ns)
            text_addf(out,
                      "<p class=\"bad\">The %s was above %.0f%% for %s (%s%% of the time).</p>",
                      s->what, s->limit * 100, time, share);
        else
            text_addf(out, "<p class=\"soft\">The %s was never above %.0f%%.</p>", s->what,
                      s->limit * 100);
    }
}

static void host(struct text *out, const struct account *a)
{
    static const char *const names[] = {"CPU",
                                        "Memory in use",
                                        "Network, to guests",
                                        "Network, from guests",
                                        "Disks, read by guests",
                                        "Disks, written by guests"};

    text_adds(out, "<h2>Host</h2>");
    limits(out, a);
    text_adds(out, "<p class=\"soft key\"><i style=\"background:var(--mean)\"></i>mean"
                   "<i style=\"background:var(--peak)\"></i>peak"
                   "<i style=\"background:var(--bad)\"></i>event"
                   "<i style=\"background:var(--gap)\"></i>not recorded</p><div class=\"grid\">\n");
    for (int s = 0; s <= REPORT_WR; s++)
        big_graph(out, a, names[s], (enum report_series)s, &a->host_values[s]);
    text_adds(out, "</div>\n");
}

static void row(struct text *out, const struct account *a, const struct report_domain *d,
                enum report_table table)
{
    const struct report_table_info *t = report_table(table);
    const char *which;
    const struct report_value *peak = report_peak(d, table, &which);
    char uuid[UUID_TEXT];

    text_adds(out, "<tr><td class=\"name\">");
    escape(out, report_name(d, uuid));
    if (!d->there)
        text_adds(out, " <span class=\"soft\" title=\"gone by the end\">\u2020</span>");
    text_adds(out, "</td><td>");
    number(out, t->a, d->values[t->a].mean);
    if (t->a != t->b) {
        text_adds(out, "</td><td>");
        number(out, t->b, d->values[t->b].mean);
    }
    text_adds(out, "</td><td>");
    number(out, t->a, peak->peak);
    text_addf(out, "</td><td class=\"text soft\">%s</td><td>", which);
    time_of(out, a, peak->at_ns);
    text_adds(out, "</td><td>");
    small_graph(out, peak);
    text_adds(out, "</td></tr>\n");
}

static void tables(struct text *out, const struct account *a)
{
    size_t *order = xcalloc(a->top + 1, sizeof(*order));

    for (int i = 0; i < REPORT_TABLES; i++) {
        const struct report_table_info *t = report_table((enum report_table)i);
        size_t count = report_rank(a, (enum report_table)i, order, a->top);
        if (!count)
            continue;
        text_addf(out, "<h2>%s</h2><div class=\"card scroll\"><table><tr><th>domain</th>",
                  t->title);
        if (t->a == t->b)
            text_adds(out, "<th>mean</th>");
        else
            text_addf(out, "<th>%s</th><th>%s</th>", t->a_word, t->b_word);
        text_adds(out, "<th>peak</th><th></th><th>at</th><th></th></tr>\n");
        for (size_t k = 0; k < count; k++)
            row(out, a, &a->domains[order[k]], (enum report_table)i);
        text_adds(out, "</table></div>\n");
    }
    free(order);
}

static void what_happened(struct text *out, const struct account *a)
{
    size_t matter = 0, left;

    for (size_t i = 0; i < a->event_count; i++)
        matter += event_weight(a->events[i].kind) != EVENT_USUAL;
    left = matter;
    text_adds(out, "<h2>Events</h2><div class=\"card scroll\"><table>");
    for (size_t i = 0; i < a->event_count; i++) {
        const struct event *e = &a->events[i];
        enum event_weight w = event_weight(e->kind);
        if (w == EVENT_USUAL || left-- > EVENTS_MOST)
            continue;
        text_adds(out, "<tr><td>");
        time_of(out, a, e->wall_ns);
        text_adds(out, "</td><td class=\"name\">");
        escape(out, e->name);
        text_addf(out, "</td><td class=\"text%s\">", w == EVENT_BAD ? " bad" : "");
        escape(out, event_word(e->kind));
        text_adds(out, "</td><td class=\"text\">");
        escape(out, e->detail);
        text_adds(out, "</td></tr>\n");
    }
    text_adds(out, "</table><p class=\"soft\">");
    if (matter > EVENTS_MOST)
        text_addf(out, "The last %d of %zu that matter, of %zu events.", EVENTS_MOST, matter,
                  a->event_count);
    else
        text_addf(out, "%zu of %zu events, those that matter.", matter, a->event_count);
    if (a->events_cut)
        text_adds(out, " There were more: these are the newest.");
    text_adds(out, "</p></div>\n");
    if (a->gap_count)
        text_adds(out, "<h2>Not recorded</h2>");
    for (size_t i = 0; i < a->gap_count; i++) {
        text_adds(out, "<p>");
        time_of(out, a, a->gaps[i].from_ns);
        text_adds(out, " to ");
        time_of(out, a, a->gaps[i].to_ns);
        text_adds(out, a->gaps[i].why ? ": " : "");
        escape(out, a->gaps[i].why);
        text_adds(out, "</p>");
    }
    if (a->damage.len)
        text_adds(out, "<h2>Left out</h2>");
    for (const char *line = a->damage.len ? a->damage.data : ""; *line;) {
        size_t len = strcspn(line, "\n");
        struct text one = {0};
        text_add(&one, line, len);
        text_adds(out, "<p>");
        escape(out, one.data);
        text_adds(out, "</p>");
        text_release(&one);
        line += len + (line[len] == '\n');
    }
}

void report_html(struct text *out, const struct account *a)
{
    char made[FORMAT_MAX];

    head(out, a);
    host(out, a);
    tables(out, a);
    what_happened(out, a);
    format_datetime(made, a->made_ns);
    text_addf(out,
              "<p class=\"soft\">domtop " DOMTOP_VERSION ", %s. Means are over the time a domain "
              "was there.</p></main></body></html>\n",
              made);
}
