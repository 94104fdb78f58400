/* layout: see layout.h. */
#include "layout.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base.h"

void layout_domain(char out[LAYOUT_PATH], const struct uuid *uuid)
{
    char text[UUID_TEXT];

    uuid_format(uuid, text);
    snprintf(out, LAYOUT_PATH, LAYOUT_DOMAINS "/%s", text);
}

void layout_rrd(char out[LAYOUT_PATH], enum entity entity, const struct uuid *uuid, uint64_t id)
{
    size_t len;

    if (entity == ENTITY_HOST || entity == ENTITY_PCPU) {
        snprintf(out, LAYOUT_PATH, "%s.rrd", entity == ENTITY_HOST ? "host" : "pcpus");
        return;
    }
    layout_domain(out, uuid);
    len = strlen(out);
    switch (entity) {
    case ENTITY_VCPU: snprintf(out + len, LAYOUT_PATH - len, "/vcpus.rrd"); break;
    case ENTITY_VIF: snprintf(out + len, LAYOUT_PATH - len, "/vif-%" PRIu64 ".rrd", id); break;
    case ENTITY_VBD: snprintf(out + len, LAYOUT_PATH - len, "/vbd-%" PRIu64 ".rrd", id); break;
    default: snprintf(out + len, LAYOUT_PATH - len, "/domain.rrd"); break;
    }
}

/* Digits in the shortest form, up to `end`. */
static bool parse_id(const char *text, const char *end, uint64_t *id)
{
    if (text == end || (*text == '0' && text + 1 != end))
        return false;
    for (*id = 0; text != end; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (*text < '0' || *text > '9' || *id > (UINT64_MAX - digit) / 10)
            return false;
        *id = *id * 10 + digit;
    }
    return true;
}

bool layout_rrd_parse(const char *name, enum entity *entity, uint64_t *id)
{
    size_t len = strlen(name);

    *id = 0;
    if (!strcmp(name, "domain.rrd"))
        *entity = ENTITY_DOMAIN;
    else if (!strcmp(name, "vcpus.rrd"))
        *entity = ENTITY_VCPU;
    else if (len > 8 && !strcmp(name + len - 4, ".rrd") && !strncmp(name, "vif-", 4))
        *entity = ENTITY_VIF;
    else if (len > 8 && !strcmp(name + len - 4, ".rrd") && !strncmp(name, "vbd-", 4))
        *entity = ENTITY_VBD;
    else
        return false;
    return layout_is_set(*entity) || *entity == ENTITY_DOMAIN ||
           parse_id(name + 4, name + len - 4, id);
}

void layout_day(char out[LAYOUT_PATH], uint64_t wall_ns)
{
    time_t t = (time_t)(wall_ns / NS_PER_S);
    struct tm tm;

    gmtime_r(&t, &tm);
    snprintf(out, LAYOUT_PATH, LAYOUT_JOURNAL "/%04d-%02d-%02d.log", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday);
}

bool layout_day_parse(const char *name, uint64_t *wall_ns)
{
    char again[LAYOUT_PATH];
    struct tm tm = {0};

    if (strlen(name) != 14 || sscanf(name, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) < 3)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t t = timegm(&tm);
    /* Years that nanoseconds can tell, and names that are as we write them. */
    if (t < 0 || (uint64_t)t > UINT64_MAX / NS_PER_S)
        return false;
    *wall_ns = (uint64_t)t * NS_PER_S;
    layout_day(again, *wall_ns);
    return !strcmp(again + strlen(LAYOUT_JOURNAL "/"), name);
}

bool layout_is_set(enum entity entity)
{
    return entity == ENTITY_PCPU || entity == ENTITY_VCPU;
}

/* ---- data sources ---- */

static const struct {
    unsigned bit;
    const char *word;
} bits[] = {
    {DOMAIN_RUNNING, "running"},   {DOMAIN_BLOCKED, "blocked"}, {DOMAIN_PAUSED, "paused"},
    {DOMAIN_SHUTDOWN, "shutdown"}, {DOMAIN_CRASHED, "crashed"},
};

/* An entity's sources: of new files, then what older ones have in place of some. */
static struct row {
    struct layout_source sources[LAYOUT_MAX_ROW];
    size_t count, known;
} rows[ENTITY_COUNT];

static void add_source(struct row *row, const struct metric *m, enum layout_part part, unsigned bit)
{
    if (row->known < LAYOUT_MAX_ROW)
        row->sources[row->known++] = (struct layout_source){m, part, bit};
}

static void add_metric(struct row *row, const struct metric *m)
{
    if (m->unit == UNIT_STATE)
        for (size_t i = 0; i < ARRAY_LEN(bits); i++)
            add_source(row, m, LAYOUT_BIT, bits[i].bit);
    else
        add_source(row, m, m->flags & METRIC_IDLE ? LAYOUT_BUSY : LAYOUT_VALUE, 0);
}

/* Of what devices have, for the host. */
static void add_totals(struct row *row)
{
    static const enum entity devices[] = {ENTITY_VIF, ENTITY_VBD};
    unsigned place = 0;

    for (size_t e = 0; e < ARRAY_LEN(devices); e++) {
        const struct metric_group *g = &metric_groups[devices[e]];
        for (size_t i = 0; i < g->count && place < LAYOUT_TOTALS; i++)
            if (metric_is_recorded(&g->rows[i]))
                add_source(row, &g->rows[i], LAYOUT_TOTAL, place++);
    }
}

static const struct row *row_of(enum entity entity)
{
    const struct metric_group *g = &metric_groups[entity];
    struct row *row = &rows[entity];

    if (row->known)
        return row;
    for (size_t i = 0; i < g->count; i++)
        if (metric_is_recorded(&g->rows[i]))
            add_metric(row, &g->rows[i]);
    if (entity == ENTITY_HOST) {
        add_source(row, metric_find(ENTITY_PCPU, "idle_ns"), LAYOUT_LOAD, 0);
        add_totals(row);
    }
    row->count = row->known;
    for (size_t i = 0; i < g->count; i++)
        if (g->rows[i].flags & METRIC_IDLE)
            add_source(row, &g->rows[i], LAYOUT_VALUE, 0);
    return row;
}

size_t layout_sources(enum entity entity, const struct layout_source **out)
{
    const struct row *row = row_of(entity);

    *out = row->sources;
    return row->count;
}

bool layout_source_current(enum entity entity, const struct layout_source *source)
{
    const struct row *row = row_of(entity);

    return source >= row->sources && source < row->sources + row->count;
}

bool layout_source_counts(const struct layout_source *source)
{
    return source->part != LAYOUT_LOAD && source->part != LAYOUT_TOTAL &&
           source->metric->kind == METRIC_COUNTER;
}

double layout_source_least(const struct layout_source *source)
{
    return source->part == LAYOUT_BUSY ? -0.25 * NS_PER_S : 0;
}

static const char *bit_word(unsigned bit)
{
    for (size_t i = 0; i < ARRAY_LEN(bits); i++)
        if (bits[i].bit == bit)
            return bits[i].word;
    return "";
}

void layout_total_name(char out[LAYOUT_SOURCE], const struct metric *m)
{
    snprintf(out, LAYOUT_SOURCE, "all_%s", m->id);
}

/* The name without a member's number. */
static void base_name(char out[LAYOUT_SOURCE], const struct layout_source *source)
{
    static const char idle[] = "idle";
    const char *id = source->metric->id;

    switch (source->part) {
    case LAYOUT_VALUE: snprintf(out, LAYOUT_SOURCE, "%s", id); break;
    case LAYOUT_BIT: snprintf(out, LAYOUT_SOURCE, "%s_%s", id, bit_word(source->bit)); break;
    case LAYOUT_BUSY: snprintf(out, LAYOUT_SOURCE, "busy%s", id + strlen(idle)); break;
    case LAYOUT_LOAD: snprintf(out, LAYOUT_SOURCE, LAYOUT_HOST_LOAD); break;
    case LAYOUT_TOTAL: layout_total_name(out, source->metric); break;
    }
}

void layout_source_name(char out[LAYOUT_SOURCE], const struct layout_source *source, uint64_t index)
{
    base_name(out, source);
    if (source->part == LAYOUT_LOAD || source->part == LAYOUT_TOTAL ||
        !layout_is_set(source->metric->entity))
        return;
    size_t len = strlen(out);
    snprintf(out + len, LAYOUT_SOURCE - len, "_%u", (unsigned)index);
}

const struct layout_source *layout_source_find(enum entity entity, const char *name,
                                               uint64_t *index)
{
    const struct row *row = row_of(entity);
    char mine[LAYOUT_SOURCE];
    size_t len = strlen(name);

    *index = 0;
    if (layout_is_set(entity)) {
        const char *last = strrchr(name, '_');
        if (!last || !parse_id(last + 1, name + strlen(name), index) || *index >= LAYOUT_SET_MAX)
            return NULL;
        len = (size_t)(last - name);
    }
    for (size_t i = 0; i < row->known; i++) {
        base_name(mine, &row->sources[i]);
        if (strlen(mine) == len && !memcmp(mine, name, len))
            return &row->sources[i];
    }
    return NULL;
}

/* ---- values ---- */

/* Xen counts from before dom0's clock does, so that idle time may be ahead of it; librrd takes no
 * difference between numbers of different signs. */
#define BUSY_BEGIN (UINT64_C(1) << 62)

static double greatest(const struct snapshot *s, const struct rates *r, const struct metric *m)
{
    double most = NAN;

    for (size_t row = 0; row < snapshot_rows(s, m->entity); row++) {
        double v = m->kind == METRIC_COUNTER ? rate_get(r, m, row)
                                             : metric_number(m, snapshot_row(s, m->entity, row));
        if (!(most >= v) && !isnan(v))
            most = v;
    }
    return most;
}

static double total(const struct snapshot *s, const struct rates *r, const struct metric *m)
{
    double v = m->flags & METRIC_SUMS ? rate_total(r, s, m) : greatest(s, r, m);

    /* As in a device's own file, where librrd makes the rate. */
    return m->kind == METRIC_COUNTER && m->unit == UNIT_NS ? v * (double)NS_PER_S : v;
}

struct layout_sample layout_sample(const struct snapshot *s, const struct rates *r)
{
    const struct row *row = row_of(ENTITY_HOST);
    struct layout_sample sample = {.idle_ns = s->read_ns[ENTITY_PCPU],
                                   .load = rate_host_busy(r, s)};

    for (size_t i = 0; i < row->count; i++)
        if (row->sources[i].part == LAYOUT_TOTAL)
            sample.totals[row->sources[i].bit] = total(s, r, row->sources[i].metric);
    return sample;
}

static uint64_t busy_ns(const struct pcpu *p, uint64_t idle, uint64_t read_ns)
{
    if (p->online == 0 || idle == UNKNOWN)
        return UNKNOWN;
    return BUSY_BEGIN + (p->read_ns == UNKNOWN ? read_ns : p->read_ns) - idle;
}

bool layout_source_value(const struct layout_source *source, const struct layout_sample *sample,
                         const void *record, uint64_t *whole, double *fraction)
{
    *whole = UNKNOWN;
    *fraction = NAN;
    if (source->part == LAYOUT_LOAD) {
        *fraction = sample->load;
        return false;
    }
    if (source->part == LAYOUT_TOTAL) {
        *fraction = sample->totals[source->bit];
        return false;
    }
    if (source->metric->type == TYPE_F64) {
        *fraction = metric_f64(source->metric, record);
        return false;
    }
    uint64_t n = metric_u64(source->metric, record);
    *whole = n == UNKNOWN                  ? UNKNOWN
             : source->part == LAYOUT_BIT  ? (n & source->bit) != 0
             : source->part == LAYOUT_BUSY ? busy_ns(record, n, sample->idle_ns)
                                           : n;
    return true;
}
