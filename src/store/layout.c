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

size_t layout_sources(enum entity entity, const struct layout_source **out)
{
    static struct layout_source sources[ENTITY_COUNT][LAYOUT_MAX_ROW];
    static size_t counts[ENTITY_COUNT];
    const struct metric_group *g = &metric_groups[entity];
    size_t n = 0;

    *out = sources[entity];
    if (counts[entity])
        return counts[entity];
    for (const struct metric *m = g->rows; m < g->rows + g->count; m++) {
        if (m->kind == METRIC_INFO || m->flags & METRIC_LIVE)
            continue;
        size_t parts = m->unit == UNIT_STATE ? ARRAY_LEN(bits) : 1;
        for (size_t i = 0; i < parts && n < LAYOUT_MAX_ROW; i++)
            sources[entity][n++] = (struct layout_source){m,
                                                          m->unit == UNIT_STATE ? bits[i].bit : 0};
    }
    return counts[entity] = n;
}

static const char *bit_word(unsigned bit)
{
    for (size_t i = 0; i < ARRAY_LEN(bits); i++)
        if (bits[i].bit == bit)
            return bits[i].word;
    return "";
}

void layout_source_name(char out[LAYOUT_SOURCE], const struct layout_source *source, uint64_t index)
{
    const char *id = source->metric->id;

    if (source->bit)
        snprintf(out, LAYOUT_SOURCE, "%s_%s", id, bit_word(source->bit));
    else if (layout_is_set(source->metric->entity))
        snprintf(out, LAYOUT_SOURCE, "%s_%u", id, (unsigned)index);
    else
        snprintf(out, LAYOUT_SOURCE, "%s", id);
}

const struct layout_source *layout_source_find(enum entity entity, const char *name,
                                               uint64_t *index)
{
    const struct layout_source *sources;
    size_t count = layout_sources(entity, &sources);
    char mine[LAYOUT_SOURCE];
    size_t len = strlen(name);

    *index = 0;
    if (layout_is_set(entity)) {
        const char *last = strrchr(name, '_');
        if (!last || !parse_id(last + 1, name + strlen(name), index) || *index >= LAYOUT_SET_MAX)
            return NULL;
        len = (size_t)(last - name);
    }
    for (size_t i = 0; i < count; i++) {
        if (sources[i].bit)
            layout_source_name(mine, &sources[i], 0);
        else
            snprintf(mine, sizeof(mine), "%s", sources[i].metric->id);
        if (strlen(mine) == len && !memcmp(mine, name, len))
            return &sources[i];
    }
    return NULL;
}

double layout_source_value(const struct layout_source *source, const void *record)
{
    if (!source->bit)
        return metric_number(source->metric, record);
    uint64_t state = metric_u64(source->metric, record);
    return state == UNKNOWN ? NAN : state & source->bit ? 1 : 0;
}
