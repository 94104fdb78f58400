/* check: see check.h. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sampler.h"

/* Looks until something that differs is believed to. */
#define LOOKS 4

/* How far a level that moves may lie outside of what was before and after it. */
#define SLACK 0.02

/* Rows of a table are in order of what tells them apart: a domain and a number. */
struct key {
    uint64_t domid, id;
};

static struct key key_of(const struct snapshot *s, enum entity e, size_t row)
{
    switch (e) {
    case ENTITY_PCPU: return (struct key){0, s->pcpus[row].id};
    case ENTITY_DOMAIN: return (struct key){s->domains[row].domid, 0};
    case ENTITY_VCPU: return (struct key){s->vcpus[row].domid, s->vcpus[row].id};
    case ENTITY_VIF: return (struct key){s->vifs[row].domid, s->vifs[row].id};
    case ENTITY_VBD: return (struct key){s->vbds[row].domid, s->vbds[row].id};
    default: return (struct key){0, 0};
    }
}

static int order(struct key a, struct key b)
{
    if (a.domid != b.domid)
        return a.domid < b.domid ? -1 : 1;
    return (a.id > b.id) - (a.id < b.id);
}

/* The row with this key from *at on, which moves along; NULL where there is none. */
static const void *find(const struct snapshot *s, enum entity e, struct key key, size_t *at)
{
    size_t rows = snapshot_rows(s, e);

    while (*at < rows && order(key_of(s, e, *at), key) < 0)
        (*at)++;
    return *at < rows && !order(key_of(s, e, *at), key) ? snapshot_row(s, e, *at) : NULL;
}

static bool known(const struct metric *m, const void *record)
{
    static const struct uuid none;

    switch (m->type) {
    case TYPE_STR: return metric_str(m, record) != 0;
    case TYPE_UUID: return memcmp(metric_uuid(m, record), &none, sizeof(none)) != 0;
    default: return !isnan(metric_number(m, record));
    }
}

static bool between(double x, double a, double b)
{
    double low = fmin(a, b), high = fmax(a, b), slack = SLACK * fmax(fabs(low), fabs(high));
    return x >= low - slack && x <= high + slack;
}

static bool agrees(const struct metric *m, const struct snapshot *sx, const void *x,
                   const struct snapshot *sa, const void *a, const void *b)
{
    /* Whether a domain runs at the moment is another matter at each moment. */
    const uint64_t lasting = DOMAIN_DYING | DOMAIN_SHUTDOWN | DOMAIN_CRASHED | DOMAIN_PAUSED;

    if (m->type == TYPE_STR)
        return !strcmp(snapshot_str(sx, metric_str(m, x)), snapshot_str(sa, metric_str(m, a)));
    if (m->type == TYPE_UUID)
        return !memcmp(metric_uuid(m, x), metric_uuid(m, a), sizeof(struct uuid));
    if (m->unit == UNIT_STATE)
        return (metric_u64(m, x) & lasting) == (metric_u64(m, a) & lasting) ||
               (metric_u64(m, x) & lasting) == (metric_u64(m, b) & lasting);
    if (m->kind == METRIC_COUNTER)
        return metric_u64(m, x) >= metric_u64(m, a) && metric_u64(m, x) <= metric_u64(m, b);
    return between(metric_number(m, x), metric_number(m, a), metric_number(m, b));
}

size_t check_entity(struct verdict out[VERDICTS], enum entity entity, const struct snapshot *before,
                    const struct snapshot *xenstat, const struct snapshot *after,
                    size_t *only_direct)
{
    const struct metric_group *g = &metric_groups[entity];
    size_t rows = snapshot_rows(xenstat, entity), a_at = 0, b_at = 0, matched = 0, lone = 0;

    memset(out, 0, sizeof(*out) * VERDICTS);
    for (size_t row = 0; row < rows; row++) {
        struct key key = key_of(xenstat, entity, row);
        const void *x = snapshot_row(xenstat, entity, row);
        const void *a = find(before, entity, key, &a_at), *b = find(after, entity, key, &b_at);
        if (!a || !b) {
            lone += !a && !b; /* else it came or went meanwhile */
            continue;
        }
        matched++;
        for (size_t i = 0; i < g->count && i < VERDICTS; i++) {
            const struct metric *m = &g->rows[i];
            bool by_x = known(m, x), by_direct = known(m, a) && known(m, b);
            if (by_x && by_direct && agrees(m, xenstat, x, before, a, b)) {
                out[i].agree++;
            } else if (by_x && by_direct) {
                out[i].differ++;
                out[i].example = row;
            } else {
                out[i].only_direct += by_direct;
                out[i].only_xenstat += by_x;
            }
        }
    }
    *only_direct = snapshot_rows(before, entity) - MIN(matched, snapshot_rows(before, entity));
    return lone;
}

/* ---- the command ---- */

struct engines {
    struct source *direct, *xenstat;
    struct snapshot before, reference, after;
};

static void take(struct engines *e)
{
    e->direct->sample(e->direct, &e->before, PART_ALL);
    e->xenstat->sample(e->xenstat, &e->reference, PART_ALL);
    e->direct->sample(e->direct, &e->after, PART_ALL);
}

static void value_text(const struct metric *m, const struct snapshot *s, const void *record,
                       char out[64])
{
    if (m->type == TYPE_STR)
        snprintf(out, 64, "%.60s", snapshot_str(s, metric_str(m, record)));
    else if (m->type == TYPE_UUID)
        uuid_format(metric_uuid(m, record), out);
    else
        snprintf(out, 64, "%.16g", metric_number(m, record));
}

static void say_example(const struct engines *e, const struct metric *m, size_t row)
{
    const void *x = snapshot_row(&e->reference, m->entity, row);
    struct key key = key_of(&e->reference, m->entity, row);
    size_t a_at = 0, b_at = 0;
    const void *a = find(&e->before, m->entity, key, &a_at);
    const void *b = find(&e->after, m->entity, key, &b_at);
    char xs[64], as[64], bs[64];

    value_text(m, &e->reference, x, xs);
    value_text(m, &e->before, a, as);
    value_text(m, &e->after, b, bs);
    printf("    domain %llu, number %llu: libxenstat %s, direct %s before and %s after\n",
           (unsigned long long)key.domid, (unsigned long long)key.id, xs, as, bs);
}

static void say_metric(const struct engines *e, const struct metric *m, const struct verdict *v)
{
    const char *group = metric_groups[m->entity].name;

    if (v->agree || v->differ)
        printf("%-7s %-13s %-8s %zu of %zu\n", group, m->id, v->differ ? "DIFFERS" : "agrees",
               v->differ ? v->differ : v->agree, v->agree + v->differ);
    else if (v->only_direct)
        printf("%-7s %-13s direct   %zu known to the direct engine only\n", group, m->id,
               v->only_direct);
    else if (v->only_xenstat)
        printf("%-7s %-13s xenstat  %zu known to libxenstat only\n", group, m->id, v->only_xenstat);
    if (v->differ)
        say_example(e, m, v->example);
}

/* Which metrics differed, entity by entity: what differs in one look and not in the next moved. */
static void look(const struct engines *e, struct verdict verdicts[ENTITY_COUNT][VERDICTS],
                 bool differs[ENTITY_COUNT][VERDICTS], size_t lone[ENTITY_COUNT],
                 size_t lacking[ENTITY_COUNT])
{
    for (int entity = 0; entity < ENTITY_COUNT; entity++) {
        lone[entity] = check_entity(verdicts[entity], (enum entity)entity, &e->before,
                                    &e->reference, &e->after, &lacking[entity]);
        for (size_t i = 0; i < metric_groups[entity].count; i++)
            differs[entity][i] &= verdicts[entity][i].differ > 0;
    }
}

static int report(const struct engines *e, struct verdict verdicts[ENTITY_COUNT][VERDICTS],
                  bool differs[ENTITY_COUNT][VERDICTS], const size_t lone[ENTITY_COUNT],
                  const size_t lacking[ENTITY_COUNT])
{
    size_t bad = 0;

    for (int entity = 0; entity < ENTITY_COUNT; entity++) {
        const struct metric_group *g = &metric_groups[entity];
        for (size_t i = 0; i < g->count; i++) {
            struct verdict *v = &verdicts[entity][i];
            if (!differs[entity][i]) {
                v->agree += v->differ;
                v->differ = 0;
            }
            bad += v->differ > 0;
            say_metric(e, &g->rows[i], v);
        }
        if (lacking[entity])
            printf("%-7s %zu %s that libxenstat does not list\n", g->name, lacking[entity],
                   g->plural);
        if (lone[entity])
            printf("%-7s DIFFERS: %zu %s that only libxenstat lists\n", g->name, lone[entity],
                   g->plural);
        bad += lone[entity] > 0;
    }
    printf("%s\n", bad ? "The engines differ." : "The engines agree on all that both know.");
    return bad ? EXIT_FAILED : EXIT_OK;
}

int check_run(void)
{
    static struct verdict verdicts[ENTITY_COUNT][VERDICTS];
    static bool differs[ENTITY_COUNT][VERDICTS];
    size_t lone[ENTITY_COUNT], lacking[ENTITY_COUNT];
    char message[COLLECTOR_MESSAGE];
    struct engines e = {0};

    e.direct = sampler_open(collectors_direct, message);
    if (!e.direct)
        die(EXIT_FAILED, "the direct engine: %s", message);
    e.xenstat = sampler_open(collectors_xenstat, message);
    if (!e.xenstat)
        die(EXIT_FAILED, "libxenstat: %s", message);
    memset(differs, true, sizeof(differs));
    take(&e); /* both have to read xenstore once */
    for (int i = 0; i < LOOKS; i++) {
        take(&e);
        look(&e, verdicts, differs, lone, lacking);
    }
    int status = report(&e, verdicts, differs, lone, lacking);
    snapshot_release(&e.before);
    snapshot_release(&e.reference);
    snapshot_release(&e.after);
    e.xenstat->close(e.xenstat);
    e.direct->close(e.direct);
    return status;
}
