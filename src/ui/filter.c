/* filter: see filter.h. */
#include "filter.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base.h"

/* What nests deeper was not typed by a person. */
#define DEPTH_MAX 12

struct parser {
    const char *at;
    const struct columns *columns;
    struct filter *f;
    char *wrong;
    int depth;
};

static int fail(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int fail(struct parser *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (!p->wrong[0])
        vsnprintf(p->wrong, FILTER_WRONG, fmt, ap);
    va_end(ap);
    return -1;
}

static void skip_space(struct parser *p)
{
    while (*p->at == ' ')
        p->at++;
}

static int node_new(struct parser *p, enum filter_kind kind)
{
    if (p->f->count == FILTER_NODES)
        return fail(p, "that is too much at once");
    p->f->nodes[p->f->count] = (struct filter_node){.kind = kind, .left = -1, .right = -1};
    return p->f->count++;
}

static int node_join(struct parser *p, enum filter_kind kind, int left, int right)
{
    int n = left < 0 || right < 0 ? -1 : node_new(p, kind);

    if (n >= 0) {
        p->f->nodes[n].left = left;
        p->f->nodes[n].right = right;
    }
    return n;
}

/* ---- columns ---- */

/* A title as it is typed: "rx/s" is rx, "cpu%" is cpu. */
static bool is_title(const char *title, const char *name)
{
    size_t len = strlen(title);

    if (len && !strcasecmp(title, name))
        return true;
    if (len > 2 && !strcmp(title + len - 2, "/s"))
        len -= 2;
    else if (len > 1 && title[len - 1] == '%')
        len--;
    return len && strlen(name) == len && !strncasecmp(title, name, len);
}

static const struct column *column_named(const struct columns *c, const char *name)
{
    static const char *const aliases[][2] = {
        {"cpu", "cpu_ns"},  {"busy", "cpu_busy"}, {"mem", "mem_bytes"},
        {"max", "mem_max"}, {"rx", "rx_bytes"},   {"tx", "tx_bytes"},
        {"rd", "rd_bytes"}, {"wr", "wr_bytes"},   {"time", "cpu_time"},
    };

    for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
        if (!strcasecmp(aliases[i][0], name))
            name = aliases[i][1];
    for (size_t i = 0; i < c->count; i++)
        if (!strcasecmp(c->at[i].id, name))
            return &c->at[i];
    for (size_t i = 0; i < c->count; i++)
        if (is_title(c->at[i].title, name))
            return &c->at[i];
    return NULL;
}

/* ---- values ---- */

static double suffix_of(const char *s, bool bytes, bool time)
{
    static const char letters[] = "kmgt";
    double thousand = bytes ? 1024 : 1000, factor = 1;

    if (!*s || !strcmp(s, "%"))
        return 1;
    if (time) {
        static const char units[] = "smhd";
        static const double seconds[] = {1, 60, 3600, 86400};
        const char *u = strchr(units, s[0]);
        return u && !s[1] ? seconds[u - units] : NAN;
    }
    const char *l = strchr(letters, tolower((unsigned char)*s));
    if (!l)
        return NAN;
    for (int i = 0; i <= l - letters; i++)
        factor *= thousand;
    s++;
    if (bytes && (*s == 'B' || *s == 'b'))
        s++;
    if (!strcmp(s, "/s"))
        s += 2;
    return *s ? NAN : factor;
}

static bool parse_number(const struct column *c, const char *text, double *out)
{
    char *end;
    bool bytes = c->metric->unit == UNIT_BYTES || c->source == COLUMN_TRAFFIC;
    bool time = c->metric->unit == UNIT_NS && c->source == COLUMN_TOTAL;

    /* strtod knows more than people type: inf, nan, hexadecimal. */
    if (text[strspn(text, "+-.")] == '\0' || strpbrk(text, "xXnN") ||
        !isdigit((unsigned char)text[strspn(text, "+-.")]))
        return false;
    *out = strtod(text, &end);
    *out *= suffix_of(end, bytes, time);
    return isfinite(*out);
}

/* Whether the column's values are compared as numbers. */
static bool has_numbers(const struct column *c)
{
    return c->type == COLUMN_NUMBER && c->source != COLUMN_STATE && c->source != COLUMN_ONLINE;
}

/* ---- grammar ---- */

static bool ends_word(char c)
{
    return !c || strchr(" ()|&!<>=~\"", c) != NULL;
}

/* A word or a quoted text; empty where there is none. */
static bool take_word(struct parser *p, char out[FILTER_TEXT])
{
    size_t len = 0;
    bool quoted = *p->at == '"';

    p->at += quoted;
    while (*p->at && len + 1 < FILTER_TEXT && (quoted ? *p->at != '"' : !ends_word(*p->at)))
        out[len++] = *p->at++;
    out[len] = '\0';
    if (quoted && *p->at != '"') {
        fail(p, "a quote is not closed");
        return false;
    }
    p->at += quoted;
    return true;
}

static bool take_op(struct parser *p, enum filter_op *op)
{
    static const struct {
        const char *text;
        enum filter_op op;
    } ops[] = {{">=", OP_AT_LEAST}, {"<=", OP_AT_MOST}, {"!=", OP_UNEQUAL}, {"==", OP_EQUAL},
               {">", OP_GREATER},   {"<", OP_LESS},     {"=", OP_EQUAL},    {"~", OP_CONTAINS}};

    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        if (strncmp(p->at, ops[i].text, strlen(ops[i].text)) != 0)
            continue;
        *op = ops[i].op;
        p->at += strlen(ops[i].text);
        return true;
    }
    return false;
}

static int comparison(struct parser *p, const char *name, enum filter_op op)
{
    const struct column *c = column_named(p->columns, name);
    char value[FILTER_TEXT];
    double number = 0;

    skip_space(p);
    if (!c)
        return fail(p, "there is no column \"%.20s\"", name);
    if (!take_word(p, value))
        return -1;
    if (!*value)
        return fail(p, "%.20s is to be compared with what?", name);
    bool orders = op == OP_GREATER || op == OP_AT_LEAST || op == OP_LESS || op == OP_AT_MOST;
    bool numeric = has_numbers(c) && op != OP_CONTAINS && parse_number(c, value, &number);
    if (orders && !has_numbers(c))
        return fail(p, "%.20s is a text: use = != or ~", name);
    if (orders && !numeric)
        return fail(p, "\"%.20s\" is not a number", value);
    int n = node_new(p, numeric ? FILTER_NUMBER : FILTER_STRING);
    if (n < 0)
        return n;
    struct filter_node *node = &p->f->nodes[n];
    node->op = op;
    node->column = *c;
    node->number = number;
    snprintf(node->text, sizeof(node->text), "%s", value);
    return n;
}

static int either(struct parser *p);

static int term(struct parser *p)
{
    char word[FILTER_TEXT];
    enum filter_op op;
    int n;

    skip_space(p);
    if (p->depth >= DEPTH_MAX)
        return fail(p, "that nests too deep");
    if (*p->at == '!' && p->at[1] != '=') {
        p->at++;
        p->depth++;
        n = term(p);
        p->depth--;
        return n < 0 ? n : node_join(p, FILTER_NOT, n, n);
    }
    if (*p->at == '(') {
        p->at++;
        p->depth++;
        n = either(p);
        p->depth--;
        skip_space(p);
        if (n < 0)
            return n;
        if (*p->at != ')')
            return fail(p, "a bracket is not closed");
        p->at++;
        return n;
    }
    bool quoted = *p->at == '"';
    if (!take_word(p, word))
        return -1;
    if (!*word)
        return *p->at ? fail(p, "\"%c\" stands where a word should", *p->at)
                      : fail(p, "something is missing at the end");
    /* `cpu > 50` as well as `cpu>50`. */
    const char *after = p->at;
    skip_space(p);
    if (!quoted && take_op(p, &op))
        return comparison(p, word, op);
    p->at = after;
    n = node_new(p, FILTER_WORD);
    if (n >= 0)
        snprintf(p->f->nodes[n].text, FILTER_TEXT, "%s", word);
    return n;
}

static int both(struct parser *p)
{
    int n = term(p);

    for (;;) {
        skip_space(p);
        if (n < 0 || !*p->at || *p->at == '|' || *p->at == ')')
            return n;
        p->at += *p->at == '&';
        p->at += *p->at == '&';
        n = node_join(p, FILTER_AND, n, term(p));
    }
}

static int either(struct parser *p)
{
    int n = both(p);

    while (n >= 0 && *p->at == '|') {
        p->at++;
        p->at += *p->at == '|';
        n = node_join(p, FILTER_OR, n, both(p));
    }
    return n;
}

static bool is_word_column(const struct column *c)
{
    return c->source == COLUMN_STATE || c->type != COLUMN_NUMBER || !strcmp(c->id, "domid");
}

bool filter_compile(struct filter *f, const struct columns *columns, const char *text,
                    char wrong[FILTER_WRONG])
{
    struct filter *new = xcalloc(1, sizeof(*new));
    struct parser p = {.at = text, .columns = columns, .f = new, .wrong = wrong};
    bool fine = true;

    wrong[0] = '\0';
    snprintf(new->text, sizeof(new->text), "%s", text);
    skip_space(&p);
    if (*p.at) {
        new->root = either(&p);
        if (new->root >= 0 && *p.at)
            new->root = fail(&p, "\"%c\" has no counterpart", *p.at);
        fine = new->root >= 0;
    } else {
        new->text[0] = '\0';
    }
    for (size_t i = 0; fine && i < columns->count; i++)
        if (is_word_column(&columns->at[i]))
            new->words.at[new->words.count++] = columns->at[i];
    if (fine)
        *f = *new;
    free(new);
    return fine;
}

/* ---- matching ---- */

static bool word_in(const struct column *c, const struct scene *scene, size_t row, const char *word)
{
    char buf[FORMAT_MAX];
    const char *value = column_format(c, scene, row, buf);

    if (c->type == COLUMN_UUID)
        return strlen(word) > 3 && !strncasecmp(value, word, strlen(word));
    if (c->source == COLUMN_STATE || c->type == COLUMN_NUMBER)
        return !strcasecmp(value, word);
    return strcasestr(value, word) != NULL;
}

bool filter_word(const struct columns *columns, const struct scene *scene, size_t row,
                 const char *word)
{
    for (size_t i = 0; i < columns->count; i++)
        if (is_word_column(&columns->at[i]) && word_in(&columns->at[i], scene, row, word))
            return true;
    return false;
}

static bool number_match(const struct filter_node *n, const struct scene *scene, size_t row)
{
    double v = column_spoken(&n->column, scene, row);

    switch (n->op) {
    case OP_GREATER: return v > n->number;
    case OP_AT_LEAST: return v >= n->number;
    case OP_LESS: return v < n->number;
    case OP_AT_MOST: return v <= n->number;
    case OP_EQUAL: return v == n->number;
    default: return v != n->number;
    }
}

static bool string_match(const struct filter_node *n, const struct scene *scene, size_t row)
{
    char buf[FORMAT_MAX];
    const char *v = column_format(&n->column, scene, row, buf);

    switch (n->op) {
    case OP_CONTAINS: return strcasestr(v, n->text) != NULL;
    case OP_UNEQUAL: return strcasecmp(v, n->text) != 0;
    default: return !strcasecmp(v, n->text);
    }
}

static bool node_match(const struct filter *f, int at, const struct scene *scene, size_t row)
{
    const struct filter_node *n = &f->nodes[at];

    switch (n->kind) {
    case FILTER_WORD: return filter_word(&f->words, scene, row, n->text);
    case FILTER_NUMBER: return number_match(n, scene, row);
    case FILTER_STRING: return string_match(n, scene, row);
    case FILTER_NOT: return !node_match(f, n->left, scene, row);
    case FILTER_AND:
        return node_match(f, n->left, scene, row) && node_match(f, n->right, scene, row);
    case FILTER_OR:
        return node_match(f, n->left, scene, row) || node_match(f, n->right, scene, row);
    }
    return true;
}

bool filter_match(const struct filter *f, const struct scene *scene, size_t row)
{
    return !f->text[0] || node_match(f, f->root, scene, row);
}
