/* column: see column.h. */
#include "column.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"

/* Bytes in full: a terabyte has 13 digits, with room to tell two columns apart. */
#define RAW_WIDTH 13

/*
 * The tables as they are shown, from left to right. NULL and 0 are as the metric has it. Pairs of
 * the same importance stand or step aside together.
 */
struct recipe {
    const char *id; /* of the column; NULL: the metric's */
    const char *metric;
    enum entity entity;
    enum column_source source;
    enum column_face face;
    int width, want, importance;
    const char *title, *help;
};

/* clang-format off */
static const struct recipe of_domains[] = {
    {NULL,        "name",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   8, 40, 100, NULL, NULL},
    {NULL,        "host",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   6, 16,   0, NULL, NULL},
    {NULL,        "state",      ENTITY_DOMAIN, COLUMN_STATE,    FACE_STATE, 10, 10,  80, NULL, "What it is doing, in one word."},
    {"cpu_busy",  "cpu_ns",     ENTITY_DOMAIN, COLUMN_CPU_BUSY, FACE_BAR,    6, 12,  75, "", "Cpu time used, as share of all its vcpus."},
    {NULL,        "cpu_ns",     ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  6,  6,  95, NULL, "Cpu time used: 100 % is one vcpu, or all of the host (key c)."},
    {"cpu_past",  "cpu_ns",     ENTITY_DOMAIN, COLUMN_CPU_PAST, FACE_GRAPH, 10, 24,  56, "CPU PAST", "Cpu over the last samples, against its own peak in them."},
    {NULL,        "vcpus",      ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  5,  5,  62, NULL, NULL},
    {NULL,        "wait_est",   ENTITY_DOMAIN, COLUMN_SHARE,    FACE_RIGHT,  9,  9,  38, "EST.WAIT%", NULL},
    {"dom0_ns",   "net_ns",     ENTITY_DOMAIN, COLUMN_DOM0,     FACE_RIGHT,  5,  5,  46, "D0%", "Cpu time dom0 spent on it: network, disks, device model, tapdisks."},
    {NULL,        "mem_bytes",  ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  6,  6,  90, NULL, NULL},
    {"mem_share", "mem_bytes",  ENTITY_DOMAIN, COLUMN_MEM_HOST, FACE_RIGHT,  5,  5,  40, "MEM%", "Its memory as share of the host's."},
    {"mem_full",  "mem_bytes",  ENTITY_DOMAIN, COLUMN_MEM_FULL, FACE_BAR,    6,  8,  34, "OF MAX", "Its memory as share of the most it may have."},
    {NULL,        "mem_max",    ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  6,  6,  36, NULL, NULL},
    {NULL,        "mem_target", ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  6,  6,  26, NULL, NULL},
    {NULL,        "rx_bytes",   ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  72, NULL, NULL},
    {NULL,        "tx_bytes",   ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  72, NULL, NULL},
    {NULL,        "rd_bytes",   ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  70, NULL, NULL},
    {NULL,        "wr_bytes",   ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  70, NULL, NULL},
    {NULL,        "rd_reqs",    ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  44, NULL, NULL},
    {NULL,        "wr_reqs",    ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  44, NULL, NULL},
    {"cpu_time",  "cpu_ns",     ENTITY_DOMAIN, COLUMN_TOTAL,    FACE_RIGHT,  7,  7,  50, "CPUTIME", "Cpu time used since it started."},
    {NULL,        "domid",      ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  5,  5,  54, NULL, NULL},
    {NULL,        "type",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   4,  4,  48, NULL, NULL},
    {"vifs",      "id",         ENTITY_VIF,    COLUMN_DEVICES,  FACE_RIGHT,  4,  4,  20, "VIFS", "Network interfaces it has."},
    {"vbds",      "id",         ENTITY_VBD,    COLUMN_DEVICES,  FACE_RIGHT,  4,  4,  20, "VBDS", "Disks it has."},
    {NULL,        "rx_packets", ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  16, NULL, NULL},
    {NULL,        "tx_packets", ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  16, NULL, NULL},
    {NULL,        "uuid",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,  36, 36,   8, NULL, NULL},
};

static const struct recipe of_vcpus[] = {
    {NULL,        "name",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   8, 40, 100, "DOMAIN", "Name of the domain it belongs to."},
    {NULL,        "host",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   6, 16,   0, NULL, NULL},
    {NULL,        "id",         ENTITY_VCPU,   COLUMN_VALUE,    FACE_RIGHT,  4,  4,  98, NULL, NULL},
    {NULL,        "online",     ENTITY_VCPU,   COLUMN_ONLINE,   FACE_STATE,  9,  9,  70, "STATUS", "Whether the guest has the vcpu online."},
    {"cpu_busy",  "cpu_ns",     ENTITY_VCPU,   COLUMN_CPU_BUSY, FACE_BAR,    8, 40,  75, "", "Cpu time used, as share of one pcpu."},
    {NULL,        "cpu_ns",     ENTITY_VCPU,   COLUMN_VALUE,    FACE_RIGHT,  6,  6,  95, NULL, NULL},
    {NULL,        "pcpu",       ENTITY_VCPU,   COLUMN_VALUE,    FACE_RIGHT,  4,  4,  58, NULL, NULL},
    {"cpu_time",  "cpu_ns",     ENTITY_VCPU,   COLUMN_TOTAL,    FACE_RIGHT,  7,  7,  60, "CPUTIME", "Cpu time used since its domain started."},
    {NULL,        "state",      ENTITY_DOMAIN, COLUMN_STATE,    FACE_STATE, 10, 10,  55, NULL, "What its domain is doing, in one word."},
    {NULL,        "domid",      ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  5,  5,  50, NULL, NULL},
    {NULL,        "type",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   4,  4,  30, NULL, NULL},
};

static const struct recipe of_vifs[] = {
    {NULL,        "name",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   8, 40, 100, "DOMAIN", "Name of the domain it belongs to."},
    {NULL,        "host",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   6, 16,   0, NULL, NULL},
    {NULL,        "dev",        ENTITY_VIF,    COLUMN_VALUE,    FACE_LEFT,   8, 14,  85, NULL, NULL},
    {NULL,        "bridge",     ENTITY_VIF,    COLUMN_VALUE,    FACE_LEFT,   8, 14,  80, NULL, NULL},
    {NULL,        "master",     ENTITY_VIF,    COLUMN_VALUE,    FACE_LEFT,   8, 14,  25, NULL, NULL},
    {NULL,        "mac",        ENTITY_VIF,    COLUMN_VALUE,    FACE_LEFT,  17, 17,  40, NULL, NULL},
    {"traffic",   "rx_bytes",   ENTITY_VIF,    COLUMN_TRAFFIC,  FACE_RANK,   7, 30,  60, "TRAFFIC", "Both directions, against the busiest."},
    {NULL,        "rx_bytes",   ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  95, NULL, NULL},
    {NULL,        "tx_bytes",   ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  95, NULL, NULL},
    {NULL,        "rx_packets", ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  70, NULL, NULL},
    {NULL,        "tx_packets", ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  70, NULL, NULL},
    {NULL,        "rx_errors",  ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  5,  5,  50, NULL, NULL},
    {NULL,        "tx_errors",  ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  5,  5,  50, NULL, NULL},
    {NULL,        "rx_drops",   ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  55, NULL, NULL},
    {NULL,        "tx_drops",   ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  55, NULL, NULL},
    {NULL,        "domid",      ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  5,  5,  35, NULL, NULL},
    {NULL,        "id",         ENTITY_VIF,    COLUMN_VALUE,    FACE_RIGHT,  3,  3,  30, NULL, NULL},
    {NULL,        "script",     ENTITY_VIF,    COLUMN_VALUE,    FACE_LEFT,  10, 32,  20, NULL, NULL},
};

static const struct recipe of_vbds[] = {
    {NULL,        "name",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   8, 40, 100, "DOMAIN", "Name of the domain it belongs to."},
    {NULL,        "host",       ENTITY_DOMAIN, COLUMN_VALUE,    FACE_LEFT,   6, 16,   0, NULL, NULL},
    {NULL,        "dev",        ENTITY_VBD,    COLUMN_VALUE,    FACE_LEFT,   6,  8,  90, NULL, NULL},
    {NULL,        "back_dev",   ENTITY_VBD,    COLUMN_ON,       FACE_TAIL,   8, 10,  67, NULL, "Block device of dom0 that it lies on; x4: with it 4 disks share that and its figures."},
    {NULL,        "backend",    ENTITY_VBD,    COLUMN_VALUE,    FACE_LEFT,   8,  8,  60, NULL, NULL},
    {"traffic",   "rd_bytes",   ENTITY_VBD,    COLUMN_TRAFFIC,  FACE_RANK,   7, 22,  58, "TRAFFIC", "Both directions, against the busiest."},
    {NULL,        "rd_bytes",   ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  95, NULL, NULL},
    {NULL,        "wr_bytes",   ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  95, NULL, NULL},
    {NULL,        "rd_reqs",    ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  75, NULL, NULL},
    {NULL,        "wr_reqs",    ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  75, NULL, NULL},
    {NULL,        "oo_reqs",    ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  5,  5,  70, NULL, NULL},
    {NULL,        "rd_lat",     ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  5,  5,  68, NULL, NULL},
    {NULL,        "wr_lat",     ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  5,  5,  68, NULL, NULL},
    {NULL,        "back_queue", ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  5,  5,  64, NULL, NULL},
    {NULL,        "back_busy",  ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  5,  5,  64, NULL, NULL},
    {NULL,        "path",       ENTITY_VBD,    COLUMN_VALUE,    FACE_TAIL,  14, 60,  65, NULL, NULL},
    {NULL,        "mode",       ENTITY_VBD,    COLUMN_VALUE,    FACE_LEFT,   4,  4,  45, NULL, NULL},
    {NULL,        "driver",     ENTITY_VBD,    COLUMN_VALUE,    FACE_LEFT,   6,  6,  40, NULL, NULL},
    {NULL,        "domid",      ENTITY_DOMAIN, COLUMN_VALUE,    FACE_RIGHT,  5,  5,  35, NULL, NULL},
    {NULL,        "id",         ENTITY_VBD,    COLUMN_VALUE,    FACE_RIGHT,  6,  6,  20, NULL, NULL},
};
/* clang-format on */

static const struct {
    const struct recipe *recipes;
    size_t count;
} tables[ENTITY_COUNT] = {
    [ENTITY_DOMAIN] = {of_domains, ARRAY_LEN(of_domains)},
    [ENTITY_VCPU] = {of_vcpus, ARRAY_LEN(of_vcpus)},
    [ENTITY_VIF] = {of_vifs, ARRAY_LEN(of_vifs)},
    [ENTITY_VBD] = {of_vbds, ARRAY_LEN(of_vbds)},
};

static enum column_type type_of(const struct metric *m, enum column_source source)
{
    if (source != COLUMN_VALUE && source != COLUMN_ON)
        return COLUMN_NUMBER;
    if (m->type == TYPE_UUID)
        return COLUMN_UUID;
    return m->type == TYPE_STR ? COLUMN_TEXT : COLUMN_NUMBER;
}

static void add(struct columns *c, enum entity of, const struct metric *m, const struct recipe *r)
{
    if (c->count == COLUMNS_MAX || !m)
        return;
    struct column *col = &c->at[c->count++];
    *col = (struct column){
        .metric = m,
        .of = of,
        .source = r->source,
        .type = type_of(m, r->source),
        .face = r->face,
        .width = r->width ? r->width : m->width,
        .want = r->want ? r->want : m->width,
        .importance = r->importance,
        .title = r->title ? r->title : m->title,
        .help = r->help ? r->help : m->help,
        .warn = NAN,
        .critical = NAN,
    };
    bool label = m->kind == METRIC_INFO && r->source == COLUMN_VALUE;
    col->descending = col->type == COLUMN_NUMBER && !label && r->source != COLUMN_STATE;
    snprintf(col->id, sizeof(col->id), "%s", r->id ? r->id : m->id);
}

/* Whether a table can show it: its rows' own, of their domain, or summed up from devices. */
static bool belongs(const struct metric *m, enum entity of)
{
    return m->entity == of || (of == ENTITY_DOMAIN && m->flags & METRIC_SUMS);
}

void columns_build(struct columns *c, enum entity of)
{
    c->count = 0;
    for (size_t i = 0; i < tables[of].count; i++) {
        const struct recipe *r = &tables[of].recipes[i];
        add(c, of, metric_find(r->entity, r->metric), r);
    }
    for (int e = 0; e < ENTITY_COUNT; e++) {
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            if (!belongs(m, of) || m->flags & METRIC_INNER || columns_find(c, m->id) < c->count)
                continue;
            bool text = m->type == TYPE_STR || m->type == TYPE_UUID;
            add(c, of, m,
                &(struct recipe){.source = COLUMN_VALUE, .face = text ? FACE_LEFT : FACE_RIGHT});
        }
    }
}

bool column_wanted(const struct column *c)
{
    return c->importance > 0 && !c->hidden;
}

size_t columns_find(const struct columns *c, const char *id)
{
    size_t i = 0;

    while (i < c->count && strcmp(c->at[i].id, id) != 0)
        i++;
    return i;
}

static bool is_cpu(const struct column *c)
{
    return c->source == COLUMN_VALUE && !strcmp(c->metric->id, "cpu_ns");
}

/* Whether its rate is a share of time, said as per cent. */
static bool is_time_rate(const struct column *c)
{
    return c->source == COLUMN_VALUE && c->metric->unit == UNIT_NS &&
           c->metric->kind == METRIC_COUNTER;
}

/* Whether a scene shows the counter's total in place of its rate. */
static bool as_total(const struct column *c, const struct scene *scene)
{
    return scene->totals && c->source == COLUMN_VALUE && c->metric->kind == METRIC_COUNTER;
}

int column_width(const struct column *c, enum format_units units)
{
    bool bytes = c->metric->unit == UNIT_BYTES && c->face == FACE_RIGHT;
    int width = bytes && units == FORMAT_RAW && c->source == COLUMN_VALUE ? MAX(c->width, RAW_WIDTH)
                                                                          : c->width;

    return c->fixed ? c->fixed : width;
}

/* What a rate's title is without its "/s". */
static const char *total_title(const struct column *c)
{
    static const struct {
        const char *id, *title;
    } titles[] = {
        {"cpu_ns", "CPUSEC"}, {"rx_bytes", "RX"},     {"tx_bytes", "TX"},     {"rd_bytes", "RD"},
        {"wr_bytes", "WR"},   {"rx_packets", "RXPK"}, {"tx_packets", "TXPK"}, {"rd_reqs", "RDOP"},
        {"wr_reqs", "WROP"},  {"oo_reqs", "OO"},
    };

    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        if (!strcmp(titles[i].id, c->metric->id))
            return titles[i].title;
    return c->title;
}

const char *column_title(const struct column *c, const struct scene *scene)
{
    if (as_total(c, scene))
        return total_title(c);
    return is_cpu(c) && scene->cpu_of_host ? "HOST%" : c->title;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static double number(uint64_t value)
{
    return value == UNKNOWN ? NAN : (double)value;
}

const struct domain *row_domain(enum entity of, const struct snapshot *s, size_t row)
{
    return &s->domains[of == ENTITY_DOMAIN ? row : snapshot_parent(s, of, row)];
}

/* The record that has the metric: the row's own, or its domain's. */
static const void *record_of(const struct column *c, const struct scene *scene, size_t row)
{
    if (c->metric->entity == c->of)
        return snapshot_row(scene->s, c->of, row);
    return row_domain(c->of, scene->s, row);
}

/* What needs attention first. */
static double state_rank(uint64_t state)
{
    static const char *const ranks[] = {"crashed", "dying", "shutdown", "paused",
                                        "running", "ready", "blocked"};
    const char *word = domain_state_word(state);

    for (size_t i = 0; i < ARRAY_LEN(ranks); i++)
        if (!strcmp(word, ranks[i]))
            return (double)i;
    return NAN;
}

static double value_number(const struct column *c, const struct scene *scene, size_t row)
{
    const struct metric *m = c->metric;

    if (m->type == TYPE_STR || m->type == TYPE_UUID)
        return NAN;
    bool sums = c->of == ENTITY_DOMAIN && m->entity != ENTITY_DOMAIN;
    if (sums && (m->kind != METRIC_COUNTER || scene->totals))
        return number(metric_sum(m, scene->s, row));
    if (sums)
        return rate_sum(scene->r, scene->s, m, row);
    if (m->unit == UNIT_DOMID)
        return number(domid_own(metric_u64(m, record_of(c, scene, row))));
    if (m->kind != METRIC_COUNTER || scene->totals)
        return metric_number(m, record_of(c, scene, row));
    double rate = rate_shown(scene->r, m, row);
    return is_cpu(c) && scene->cpu_of_host ? share(rate, number(scene->s->host.cpus)) : rate;
}

/* Both directions of a vif or vbd; one that is known stands for both. */
static double traffic(const struct column *c, const struct scene *scene, size_t row)
{
    const char *other = c->of == ENTITY_VIF ? "tx_bytes" : "wr_bytes";
    const struct metric *second = metric_find(c->of, other);
    double a = rate_get(scene->r, c->metric, row), b = rate_get(scene->r, second, row);

    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    return a + b;
}

double column_dom0_least(const struct scene *scene, size_t row, bool *all)
{
    static const char *const parts[] = {"net_ns", "blk_ns", "dm_ns", "tap_ns"};
    double sum = 0;

    *all = true;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        double part = rate_get(scene->r, metric_find(ENTITY_DOMAIN, parts[i]), row);
        *all &= !isnan(part);
        sum += isnan(part) ? 0 : part;
    }
    return sum;
}

/* Unknown when a part is, as the sum of the others is too low. */
static double dom0_cost(const struct scene *scene, size_t row)
{
    bool all;
    double least = column_dom0_least(scene, row, &all);

    return all ? least : NAN;
}

double column_number(const struct column *c, const struct scene *scene, size_t row)
{
    const struct domain *d = NULL;
    size_t first, count;

    if (c->source != COLUMN_VALUE)
        d = row_domain(c->of, scene->s, row);
    switch (c->source) {
    case COLUMN_VALUE: return value_number(c, scene, row);
    case COLUMN_TOTAL: return metric_number(c->metric, record_of(c, scene, row));
    case COLUMN_STATE: return state_rank(d->state);
    case COLUMN_CPU_BUSY:
    case COLUMN_CPU_PAST:
        return share(rate_get(scene->r, c->metric, row),
                     c->of == ENTITY_DOMAIN ? number(d->vcpus_max) : 1);
    case COLUMN_MEM_HOST: return share(number(d->mem_bytes), number(scene->s->host.mem_bytes));
    case COLUMN_MEM_FULL: return share(number(d->mem_bytes), number(d->mem_max_bytes));
    case COLUMN_DEVICES:
        domain_devices(d, c->metric->entity, &first, &count);
        return scene->s->have & PART(c->metric->entity) ? (double)count : NAN;
    case COLUMN_TRAFFIC: return traffic(c, scene, row);
    case COLUMN_ONLINE:
    case COLUMN_SHARE: return metric_number(c->metric, record_of(c, scene, row));
    case COLUMN_DOM0: return dom0_cost(scene, row);
    case COLUMN_ON: return NAN;
    }
    return NAN;
}

/* Whether its number is a share, said as per cent. */
static bool is_share(const struct column *c, const struct scene *scene)
{
    switch (c->source) {
    case COLUMN_CPU_BUSY:
    case COLUMN_CPU_PAST:
    case COLUMN_MEM_HOST:
    case COLUMN_MEM_FULL:
    case COLUMN_SHARE:
    case COLUMN_DOM0: return true;
    case COLUMN_VALUE: return is_time_rate(c) && !scene->totals;
    default: return false;
    }
}

double column_spoken(const struct column *c, const struct scene *scene, size_t row)
{
    double n = column_number(c, scene, row);

    if (is_share(c, scene))
        return n * 100;
    bool seconds = c->metric->unit == UNIT_NS && (c->source == COLUMN_TOTAL || as_total(c, scene));
    return seconds ? n / 1e9 : n;
}

int column_alarm(const struct column *c, const struct scene *scene, size_t row)
{
    if ((isnan(c->warn) && isnan(c->critical)) || c->type != COLUMN_NUMBER)
        return 0;
    struct scene rates = *scene; /* a total only grows: thresholds are for rates */
    rates.totals = false;
    double n = column_spoken(c, &rates, row);
    return n >= c->critical ? 2 : n >= c->warn;
}

/* Where nobody says which bridge a vif was told to join, the one that it is in. */
static const struct metric *metric_known(const struct metric *m, const void *record)
{
    bool untold = m->entity == ENTITY_VIF && !strcmp(m->id, "bridge") && !metric_str(m, record);
    return untold ? metric_find(ENTITY_VIF, "master") : m;
}

const char *column_text(const struct column *c, const struct scene *scene, size_t row)
{
    const void *record = record_of(c, scene, row);
    return snapshot_str(scene->s, metric_str(metric_known(c->metric, record), record));
}

const struct uuid *column_uuid(const struct column *c, const struct scene *scene, size_t row)
{
    return metric_uuid(c->metric, record_of(c, scene, row));
}

static const char *online_word(uint64_t online)
{
    return online == UNKNOWN ? "-" : online ? "online" : "offline";
}

/* A device of its own, or one with others: then its figures are of them all. */
static void on_format(char buf[FORMAT_MAX], const struct metric *m, const struct scene *scene,
                      const struct vbd *v)
{
    size_t len = (size_t)format_value(buf, m, scene->s, v, scene->units);
    char others[24];

    if (!v->back_dev || v->back_users == UNKNOWN || v->back_users < 2)
        return;
    snprintf(others, sizeof(others), " x%" PRIu64, v->back_users);
    if (len + strlen(others) < FORMAT_MAX)
        memcpy(buf + len, others, strlen(others) + 1);
}

const char *column_format(const struct column *c, const struct scene *scene, size_t row,
                          char buf[FORMAT_MAX])
{
    const struct metric *m = c->metric;
    const void *record = c->of == ENTITY_DOMAIN && m->entity != ENTITY_DOMAIN
                             ? NULL
                             : record_of(c, scene, row);
    double n;

    switch (c->source) {
    case COLUMN_STATE: return domain_state_word(row_domain(c->of, scene->s, row)->state);
    case COLUMN_ONLINE: return online_word(metric_u64(m, record));
    case COLUMN_MEM_HOST:
    case COLUMN_MEM_FULL:
    case COLUMN_CPU_PAST:
    case COLUMN_SHARE:
    case COLUMN_DOM0:
    case COLUMN_CPU_BUSY: format_percent(buf, column_number(c, scene, row)); return buf;
    case COLUMN_DEVICES: format_count(buf, column_number(c, scene, row)); return buf;
    case COLUMN_TRAFFIC: format_bytes(buf, column_number(c, scene, row), scene->units); return buf;
    case COLUMN_TOTAL: format_value(buf, m, scene->s, record, scene->units); return buf;
    case COLUMN_ON: on_format(buf, m, scene, record); return buf;
    case COLUMN_VALUE: break;
    }
    if (m->entity == ENTITY_DOMAIN && !strcmp(m->id, "name"))
        return format_domain_name(scene->s, record, buf);
    if (record && (m->kind != METRIC_COUNTER || scene->totals)) {
        format_value(buf, metric_known(m, record), scene->s, record, scene->units);
        return buf;
    }
    n = column_number(c, scene, row);
    if (as_total(c, scene) && m->unit == UNIT_NS)
        format_duration(buf, isnan(n) ? UNKNOWN : (uint64_t)n);
    else
        format_rate(buf, m, n, scene->units);
    return buf;
}
