/* settings: see settings.h. */
#include "settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sanitize.h"

#define LINE_MAX_BYTES 2048
#define WIDTH_MOST     60
#define DELAY_LEAST    0.1
#define DELAY_MOST     86400.0

static const struct {
    const char *name, *sort;
    enum entity of;
} tables[SETTINGS_TABLES] = {
    [TABLE_DOMAINS] = {"domains", "cpu_ns", ENTITY_DOMAIN},
    [TABLE_VCPUS] = {"vcpus", "cpu_ns", ENTITY_VCPU},
    [TABLE_NETWORKS] = {"networks", "traffic", ENTITY_VIF},
    [TABLE_DISKS] = {"disks", "traffic", ENTITY_VBD},
};

/* Words for a choice, by its number. */
static const char *const view_words[] = {"domains", "detail", "vcpus", "networks",
                                         "disks",   "host",   "events"};
static const char *const unit_words[] = {"iec", "si", "raw"};
static const char *const theme_words[] = {"dark", "light", "colour-blind", "mono"};
static const char *const glyph_words[] = {"ascii", "blocks", "dots"};
static const char *const cpu_words[] = {"vcpu", "host"};
static const char *const number_words[] = {"rates", "totals"};
static const char *const switch_words[] = {"off", "on"};

static void threshold(struct settings *s, enum settings_table t, const char *id, double warn,
                      double critical)
{
    size_t at = columns_find(&s->columns[t], id);

    if (at == s->columns[t].count)
        return;
    s->columns[t].at[at].warn = warn;
    s->columns[t].at[at].critical = critical;
}

void settings_defaults(struct settings *s)
{
    *s = (struct settings){.theme = THEME_DARK, .glyphs = GLYPH_BRAILLE};
    for (int t = 0; t < SETTINGS_TABLES; t++) {
        columns_build(&s->columns[t], tables[t].of);
        s->sort[t] = columns_find(&s->columns[t], tables[t].sort);
    }
    threshold(s, TABLE_DOMAINS, "cpu_busy", 85, 97);
    threshold(s, TABLE_VCPUS, "cpu_busy", 90, 99);
    threshold(s, TABLE_NETWORKS, "rx_errors", 1, 100);
    threshold(s, TABLE_NETWORKS, "tx_errors", 1, 100);
    threshold(s, TABLE_NETWORKS, "rx_drops", 1, 100);
    threshold(s, TABLE_NETWORKS, "tx_drops", 1, 100);
    threshold(s, TABLE_DISKS, "oo_reqs", 1, 100);
}

/* ---- reading ---- */

struct line {
    char text[LINE_MAX_BYTES];
    char *name, *value; /* in text */
    char why[SETTINGS_WRONG / 2];
};

static bool no(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool no(struct line *l, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(l->why, sizeof(l->why), fmt, ap);
    va_end(ap);
    return false;
}

static bool choose(struct line *l, const char *const *words, size_t count, unsigned *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(words[i], l->value)) {
            *out = (unsigned)i;
            return true;
        }
    }
    return no(l, "%.20s cannot be \"%.20s\"", l->name, l->value);
}

static bool number(struct line *l, double least, double most, double *out)
{
    char *end;
    double n = strtod(l->value, &end);

    if (!isdigit((unsigned char)*l->value) || *end || !(n >= least && n <= most))
        return no(l, "%.40s takes a number from %g to %g", l->name, least, most);
    *out = n;
    return true;
}

/* The table whose name follows `prefix.`, and what follows that; false when it is another name. */
static bool table_of(const char *name, const char *prefix, enum settings_table *t,
                     const char **rest)
{
    size_t len = strlen(prefix);

    if (strncmp(name, prefix, len) != 0 || name[len] != '.')
        return false;
    for (int i = 0; i < SETTINGS_TABLES; i++) {
        size_t n = strlen(tables[i].name);
        if (strncmp(name + len + 1, tables[i].name, n) != 0)
            continue;
        *t = (enum settings_table)i;
        *rest = name + len + 1 + n;
        return !**rest || **rest == '.';
    }
    return false;
}

static bool take_sort(struct settings *s, struct line *l, enum settings_table t)
{
    char *save = NULL, *id = strtok_r(l->value, " \t", &save), *more = strtok_r(NULL, " \t", &save);
    size_t at = id ? columns_find(&s->columns[t], id) : s->columns[t].count;

    if (at == s->columns[t].count)
        return no(l, "%.20s has no column \"%.20s\"", tables[t].name, id ? id : "");
    if (more && strcmp(more, "reverse") != 0)
        return no(l, "after the column may come \"reverse\"");
    s->sort[t] = at;
    s->reverse[t] = more != NULL;
    return true;
}

static bool width_of(const char *text, int *out)
{
    char *end;
    long n = strtol(text, &end, 10);

    *out = (int)n;
    return isdigit((unsigned char)*text) && !*end && n >= 1 && n <= WIDTH_MOST;
}

/* The columns named come first, in that order; the others are not shown. */
static bool take_columns(struct settings *s, struct line *l, enum settings_table t)
{
    struct columns *old = &s->columns[t], new = {.count = 0};
    bool used[COLUMNS_MAX] = {false};
    char *save = NULL, sort[COLUMN_ID];

    snprintf(sort, sizeof(sort), "%s", old->at[s->sort[t]].id);
    for (char *id = strtok_r(l->value, " \t", &save); id; id = strtok_r(NULL, " \t", &save)) {
        char *colon = strchr(id, ':');
        int width = 0;
        if (colon)
            *colon++ = '\0';
        size_t at = columns_find(old, id);
        if (at == old->count || used[at])
            return no(l,
                      at == old->count ? "%.20s has no column \"%.20s\"" : "%.20s: \"%.20s\" twice",
                      tables[t].name, id);
        if (colon && !width_of(colon, &width))
            return no(l, "a column is 1 to %d wide, not \"%.20s\"", WIDTH_MOST, colon);
        used[at] = true;
        new.at[new.count] = old->at[at];
        new.at[new.count].hidden = false;
        new.at[new.count].fixed = width;
        if (!new.at[new.count].importance)
            new.at[new.count].importance = COLUMN_WANTED;
        new.count++;
    }
    if (!new.count)
        return no(l, "no column would be left");
    for (size_t i = 0; i < old->count; i++) {
        if (used[i])
            continue;
        new.at[new.count] = old->at[i];
        new.at[new.count++].hidden = true;
    }
    *old = new;
    s->sort[t] = columns_find(old, sort);
    return true;
}

static bool take_threshold(struct settings *s, struct line *l, enum settings_table t,
                           const char *id, bool critical)
{
    size_t at = columns_find(&s->columns[t], id);
    double value = NAN;

    if (at == s->columns[t].count)
        return no(l, "%.20s has no column \"%.20s\"", tables[t].name, id);
    if (s->columns[t].at[at].type != COLUMN_NUMBER)
        return no(l, "%.20s is not a number", id);
    if (strcmp(l->value, "off") != 0 && !number(l, 0, 1e18, &value))
        return false;
    if (critical)
        s->columns[t].at[at].critical = value;
    else
        s->columns[t].at[at].warn = value;
    return true;
}

#define CHOOSE(words, member)                                                                      \
    do {                                                                                           \
        if (!choose(l, words, ARRAY_LEN(words), &n))                                               \
            return false;                                                                          \
        member = n;                                                                                \
        return true;                                                                               \
    } while (0)

static bool take(struct settings *s, struct line *l)
{
    enum settings_table t;
    const char *rest;
    unsigned n = 0;

    if (!strcmp(l->name, "delay"))
        return number(l, DELAY_LEAST, DELAY_MOST, &s->delay_s);
    if (!strcmp(l->name, "view"))
        CHOOSE(view_words, s->view);
    if (!strcmp(l->name, "units"))
        CHOOSE(unit_words, s->units);
    if (!strcmp(l->name, "theme"))
        CHOOSE(theme_words, s->theme);
    if (!strcmp(l->name, "graphs"))
        CHOOSE(glyph_words, s->glyphs);
    if (!strcmp(l->name, "cpu"))
        CHOOSE(cpu_words, s->cpu_of_host);
    if (!strcmp(l->name, "numbers"))
        CHOOSE(number_words, s->totals);
    if (!strcmp(l->name, "bell"))
        CHOOSE(switch_words, s->bell);
    if (!strcmp(l->name, "dom0_first"))
        CHOOSE(switch_words, s->dom0_first);
    if (table_of(l->name, "sort", &t, &rest) && !*rest)
        return take_sort(s, l, t);
    if (table_of(l->name, "columns", &t, &rest) && !*rest)
        return take_columns(s, l, t);
    if (table_of(l->name, "warn", &t, &rest) && *rest)
        return take_threshold(s, l, t, rest + 1, false);
    if (table_of(l->name, "critical", &t, &rest) && *rest)
        return take_threshold(s, l, t, rest + 1, true);
    return no(l, "there is no setting \"%.40s\"", l->name);
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    for (size_t len = strlen(text); len && isspace((unsigned char)text[len - 1]);)
        text[--len] = '\0';
    return text;
}

static bool take_line(struct settings *s, const char *text, size_t len, struct line *l)
{
    if (len >= sizeof(l->text))
        return no(l, "the line is too long");
    if (memchr(text, '\0', len))
        return no(l, "there is a NUL byte in it");
    memcpy(l->text, text, len);
    l->text[len] = '\0';
    l->text[strcspn(l->text, "#")] = '\0';
    l->name = trim(l->text);
    if (!*l->name)
        return true;
    char *equals = strchr(l->name, '=');
    if (!equals)
        return no(l, "there is no = in it");
    *equals = '\0';
    l->value = trim(equals + 1);
    l->name = trim(l->name);
    return take(s, l);
}

size_t settings_parse(struct settings *s, const char *text, size_t len, char wrong[SETTINGS_WRONG])
{
    size_t bad = 0, number_of = 0;

    wrong[0] = '\0';
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end ? (size_t)(end - (text + at)) : len - at;
        struct line l;
        l.why[0] = '\0';
        number_of++;
        if (!take_line(s, text + at, line_len, &l) && !bad++) {
            char safe[sizeof(l.why) * 3 + 1];
            sanitize(safe, sizeof(safe), l.why, strlen(l.why));
            snprintf(wrong, SETTINGS_WRONG, "line %zu: %.120s", number_of, safe);
        }
        at += line_len + 1;
    }
    return bad;
}

/* ---- writing ---- */

static void print_table(const struct settings *s, enum settings_table t, struct text *out)
{
    const struct columns *c = &s->columns[t];
    struct settings *usual = xmalloc(sizeof(*usual));

    settings_defaults(usual);
    text_addf(out, "\nsort.%s = %s%s\n", tables[t].name, c->at[s->sort[t]].id,
              s->reverse[t] ? " reverse" : "");
    text_addf(out, "columns.%s =", tables[t].name);
    for (size_t i = 0; i < c->count; i++) {
        if (!column_wanted(&c->at[i]))
            continue;
        text_addf(out, " %s", c->at[i].id);
        if (c->at[i].fixed)
            text_addf(out, ":%d", c->at[i].fixed);
    }
    text_addc(out, '\n');
    for (size_t i = 0; i < c->count; i++) {
        const struct column *col = &c->at[i];
        const struct column *was = &usual->columns[t].at[columns_find(&usual->columns[t], col->id)];
        const double values[] = {col->warn, col->critical, was->warn, was->critical};
        for (int k = 0; k < 2; k++) {
            if (isnan(values[k]) && isnan(values[k + 2]))
                continue;
            text_addf(out, "%s.%s.%s = ", k ? "critical" : "warn", tables[t].name, col->id);
            if (isnan(values[k]))
                text_adds(out, "off\n");
            else
                text_addf(out, "%.17g\n", values[k]);
        }
    }
    free(usual);
}

void settings_print(const struct settings *s, struct text *out)
{
    text_adds(out,
              "# domtop's settings, written when it ends; domtop.conf(5) says what they mean.\n");
    if (s->delay_s > 0)
        text_addf(out, "delay = %.15g\n", s->delay_s);
    text_addf(out, "view = %s\n", view_words[s->view]);
    text_addf(out, "units = %s\n", unit_words[s->units]);
    text_addf(out, "cpu = %s\n", cpu_words[s->cpu_of_host]);
    text_addf(out, "numbers = %s\n", number_words[s->totals]);
    text_addf(out, "theme = %s\n", theme_words[s->theme]);
    text_addf(out, "graphs = %s\n", glyph_words[s->glyphs]);
    text_addf(out, "bell = %s\n", switch_words[s->bell]);
    text_addf(out, "dom0_first = %s\n", switch_words[s->dom0_first]);
    for (int t = 0; t < SETTINGS_TABLES; t++)
        print_table(s, (enum settings_table)t, out);
}
