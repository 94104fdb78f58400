/* api_query: see api_query.h. */
#include "api_query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "api_params.h"

#define WORD_MOST 40 /* bytes of one name in a list, its NUL included */

/* ---- pieces ---- */

bool api_refuse(char wrong[API_WRONG], const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(wrong, API_WRONG, fmt, args);
    va_end(args);
    return false;
}

static const char *get(const struct api_params *p, const char *name)
{
    return p->get(p->from, name);
}

/* Digits only, up to end or one of the stops; at most what leaves room for nanoseconds. */
const char *api_digits(const char *text, uint64_t *n)
{
    const char *c = text;

    for (*n = 0; *c >= '0' && *c <= '9'; c++) {
        *n = *n * 10 + (uint64_t)(*c - '0');
        if (*n > UINT64_MAX / NS_PER_S / 10)
            return NULL;
    }
    return c == text ? NULL : c;
}

bool api_count(const struct api_params *p, const char *name, size_t fallback, size_t most,
               size_t *out, char wrong[API_WRONG])
{
    const char *text = get(p, name), *end;
    uint64_t n;

    *out = fallback;
    if (!text)
        return true;
    end = api_digits(text, &n);
    if (!end || *end)
        return api_refuse(wrong, "%s is a whole number from 0 on", name);
    *out = (size_t)MIN(n, most);
    return true;
}

/* "1795317165", "1795317165.25" or "-3600" to nanoseconds. */
static bool time_text(const char *text, uint64_t now_ns, uint64_t *out)
{
    bool before = *text == '-';
    uint64_t seconds, ns, unit = NS_PER_S / 10;
    const char *c = api_digits(text + before, &seconds);

    if (!c)
        return false;
    ns = seconds * NS_PER_S;
    if (*c == '.') {
        for (c++; *c >= '0' && *c <= '9'; c++, unit /= 10)
            ns += (uint64_t)(*c - '0') * unit;
    }
    if (*c)
        return false;
    *out = before ? now_ns - MIN(ns, now_ns) : ns;
    return true;
}

static bool time_param(const struct api_params *p, const char *name, uint64_t now_ns, uint64_t *out,
                       char wrong[API_WRONG])
{
    const char *text = get(p, name);

    if (text && !time_text(text, now_ns, out))
        return api_refuse(wrong, "%s is a time in seconds since 1970, or -N for N seconds ago",
                          name);
    return true;
}

bool api_span_parse(struct api_span *s, const struct api_params *p, uint64_t now_ns,
                    uint64_t usual_s, char wrong[API_WRONG])
{
    s->to_ns = now_ns;
    if (!time_param(p, "to", now_ns, &s->to_ns, wrong))
        return false;
    s->from_ns = s->to_ns - MIN(usual_s * NS_PER_S, s->to_ns);
    if (!time_param(p, "from", now_ns, &s->from_ns, wrong))
        return false;
    if (s->from_ns >= s->to_ns)
        return api_refuse(wrong, "from has to be before to");
    if (s->to_ns - s->from_ns > API_RANGE_MOST)
        s->from_ns = s->to_ns - API_RANGE_MOST;
    return true;
}

static bool uuid_param(const struct api_params *p, bool *given, struct uuid *out,
                       char wrong[API_WRONG])
{
    const char *text = get(p, "uuid");

    *given = text != NULL;
    if (text && !uuid_parse(text, out))
        return api_refuse(wrong, "uuid is of the form 8-4-4-4-12 hexadecimal digits");
    return true;
}

/* The next name of a list with commas; false at its end, or with word empty for one too long. */
static bool next_word(const char **list, char word[WORD_MOST])
{
    if (!**list)
        return false;
    size_t len = strcspn(*list, ",");
    word[0] = '\0';
    if (len < WORD_MOST) {
        memcpy(word, *list, len);
        word[len] = '\0';
    }
    *list += len;
    if (**list == ',')
        (*list)++;
    return true;
}

/* ---- a view of a sample ---- */

static bool is_table(const char *word, enum entity e)
{
    return !strcmp(word, e == ENTITY_HOST ? metric_groups[e].name : metric_groups[e].plural);
}

static bool tables_parse(struct api_view *v, const char *list, char wrong[API_WRONG])
{
    char word[WORD_MOST];

    v->tables = 0;
    while (next_word(&list, word)) {
        int e = 0;
        while (e < ENTITY_COUNT && !is_table(word, (enum entity)e))
            e++;
        if (e == ENTITY_COUNT)
            return api_refuse(wrong, "tables are host, pcpus, domains, vcpus, vifs and vbds");
        v->tables |= PART(e);
    }
    return true;
}

static bool same_name(const struct field *f, const char *name, struct text *scratch)
{
    text_clear(scratch);
    field_name(scratch, f);
    return !strcmp(scratch->data, name);
}

static bool fields_parse(struct api_view *v, const char *list, char wrong[API_WRONG])
{
    struct field all[FIELDS_MAX];
    size_t count = fields_list(ENTITY_DOMAIN, false, all), i;
    struct text scratch = {0};
    char word[WORD_MOST];
    bool fine = true;

    v->field_count = 0;
    while (fine && next_word(&list, word)) {
        for (i = 0; i < count && !same_name(&all[i], word, &scratch); i++)
            ;
        if (i == count)
            fine = api_refuse(wrong, "fields are those of `domtop --list-metrics`, or NAME_rate");
        else if (v->field_count == FIELDS_MAX)
            fine = api_refuse(wrong, "at most %d fields", FIELDS_MAX);
        else
            v->fields[v->field_count++] = all[i];
    }
    text_release(&scratch);
    return fine;
}

bool api_view_parse(struct api_view *v, const struct api_params *p, char wrong[API_WRONG])
{
    const char *tables = get(p, "tables"), *fields = get(p, "fields");

    v->tables = PART(ENTITY_HOST) | PART(ENTITY_PCPU) | PART(ENTITY_DOMAIN);
    v->field_count = fields_list(ENTITY_DOMAIN, false, v->fields);
    return uuid_param(p, &v->one, &v->uuid, wrong) && (!tables || tables_parse(v, tables, wrong)) &&
           (!fields || fields_parse(v, fields, wrong)) &&
           api_count(p, "recent", 0, API_RECENT_MOST, &v->recent, wrong);
}

/* ---- the past ---- */

const char *api_series_name(enum history_series series)
{
    static const char *const names[HISTORY_SERIES] = {
        [HISTORY_CPU] = "cpu", [HISTORY_MEM] = "mem", [HISTORY_RX] = "rx",
        [HISTORY_TX] = "tx",   [HISTORY_RD] = "rd",   [HISTORY_WR] = "wr",
    };

    return names[series];
}

/* A gauge or counter by its id, of a domain or of its devices. */
static const struct metric *domain_metric(const char *id)
{
    static const enum entity where[] = {ENTITY_DOMAIN, ENTITY_VIF, ENTITY_VBD};

    for (size_t i = 0; i < ARRAY_LEN(where); i++) {
        const struct metric *m = metric_find(where[i], id);
        if (m && m->kind != METRIC_INFO && m->unit != UNIT_STATE && !(m->flags & METRIC_INNER))
            return m;
    }
    return NULL;
}

static bool add_metric(struct api_graphs *g, const char *id, char wrong[API_WRONG])
{
    for (int i = 0; i < HISTORY_SERIES; i++)
        if (!strcmp(id, api_series_name((enum history_series)i))) {
            g->metrics |= 1u << i;
            return true;
        }
    const struct metric *m = g->subject.of == PAST_DOMAIN ? domain_metric(id) : NULL;
    if (!m)
        return api_refuse(wrong, "metrics are cpu, mem, rx, tx, rd, wr%s",
                          g->subject.of == PAST_DOMAIN ? ", and ids of `domtop --list-metrics`"
                                                       : "");
    for (size_t i = 0; i < g->more_count; i++)
        if (g->more[i] == m)
            return true;
    if (g->more_count == API_MORE)
        return api_refuse(wrong, "at most %d metrics", API_MORE);
    g->more[g->more_count++] = m;
    return true;
}

static bool metrics_parse(struct api_graphs *g, const char *list, char wrong[API_WRONG])
{
    char word[WORD_MOST];

    g->metrics = 0;
    while (next_word(&list, word))
        if (!add_metric(g, word, wrong))
            return false;
    return g->metrics || g->more_count || api_refuse(wrong, "metrics names none");
}

static bool subject_parse(struct past_subject *s, const struct api_params *p, char wrong[API_WRONG])
{
    const char *of = get(p, "of"), *id = get(p, "id"), *end;
    bool given;

    *s = (struct past_subject){.of = PAST_HOST};
    if (!uuid_param(p, &given, &s->uuid, wrong))
        return false;
    if (!of || !strcmp(of, "host"))
        return true;
    if (!strcmp(of, "domain")) {
        s->of = PAST_DOMAIN;
        return given || api_refuse(wrong, "of=domain needs a uuid");
    }
    if (strcmp(of, "pcpu") != 0)
        return api_refuse(wrong, "of is host, pcpu or domain");
    s->of = PAST_PCPU;
    end = id ? api_digits(id, &s->id) : NULL;
    return (end && !*end) || api_refuse(wrong, "of=pcpu needs an id, a whole number");
}

bool api_graphs_parse(struct api_graphs *g, const struct api_params *p, uint64_t now_ns,
                      char wrong[API_WRONG])
{
    const char *metrics = get(p, "metrics");

    g->more_count = 0;
    if (!subject_parse(&g->subject, p, wrong))
        return false;
    g->metrics = g->subject.of == PAST_PCPU ? 1u << HISTORY_CPU : (1u << HISTORY_SERIES) - 1;
    if (metrics && !metrics_parse(g, metrics, wrong))
        return false;
    if (g->subject.of == PAST_PCPU && g->metrics != 1u << HISTORY_CPU)
        return api_refuse(wrong, "of a pcpu there is only cpu");
    if (!api_count(p, "points", API_POINTS, API_POINTS_MOST, &g->points, wrong) ||
        !api_span_parse(&g->span, p, now_ns, 3600, wrong))
        return false;
    g->points = MAX(g->points, (size_t)1);
    return true;
}

bool api_happened_parse(struct api_happened *h, const struct api_params *p, uint64_t now_ns,
                        char wrong[API_WRONG])
{
    return uuid_param(p, &h->one, &h->uuid, wrong) &&
           api_count(p, "limit", API_EVENTS, API_EVENTS_MOST, &h->limit, wrong) &&
           api_span_parse(&h->span, p, now_ns, 86400, wrong);
}

bool api_moment_parse(uint64_t *at_ns, uint64_t *resolution_ns, const struct api_params *p,
                      uint64_t now_ns, char wrong[API_WRONG])
{
    size_t seconds;

    if (!get(p, "at"))
        return api_refuse(wrong, "at, the time of the moment, is needed");
    if (!time_param(p, "at", now_ns, at_ns, wrong) ||
        !api_count(p, "resolution", 0, (size_t)366 * 86400, &seconds, wrong))
        return false;
    *resolution_ns = seconds * NS_PER_S;
    return true;
}
