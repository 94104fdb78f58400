/* about: see about.h. What a snapshot adds to what is known; the file is about_json.c's. */
#include "about.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "about_private.h"
#include "files.h"

void about_init(struct about *a, enum entity entity, const struct uuid *uuid)
{
    *a = (struct about){.self.entity = entity};
    if (uuid)
        a->uuid = *uuid;
}

static void thing_release(struct about_thing *t)
{
    for (size_t i = 0; i < t->fact_count; i++)
        free(t->facts[i].text);
    free(t->facts);
}

void about_release(struct about *a)
{
    about_extra_release(a);
    for (size_t i = 0; i < a->thing_count; i++)
        thing_release(&a->things[i]);
    free(a->things);
    free(a->lives);
    thing_release(&a->self);
    *a = (struct about){0};
}

/* ---- growing, within bounds: the oldest go ---- */

struct about_fact *about_add_fact(struct about_thing *t, const struct metric *m)
{
    size_t count = 0, oldest = 0;

    for (size_t i = t->fact_count; i-- > 0;)
        if (t->facts[i].metric == m) {
            count++;
            oldest = i;
        }
    if (count >= ABOUT_CHANGES) {
        free(t->facts[oldest].text);
        memmove(&t->facts[oldest], &t->facts[oldest + 1],
                (t->fact_count - oldest - 1) * sizeof(*t->facts));
        t->fact_count--;
    }
    array_reserve(&t->facts, &t->fact_cap, t->fact_count + 1, sizeof(*t->facts));
    struct about_fact *f = &t->facts[t->fact_count++];
    *f = (struct about_fact){.metric = m, .number = UNKNOWN};
    return f;
}

struct about_life *about_add_life(struct about *a)
{
    if (a->life_count >= ABOUT_CHANGES)
        memmove(a->lives, a->lives + 1, --a->life_count * sizeof(*a->lives));
    array_reserve(&a->lives, &a->life_cap, a->life_count + 1, sizeof(*a->lives));
    struct about_life *life = &a->lives[a->life_count++];
    *life = (struct about_life){0};
    return life;
}

struct about_thing *about_add_thing(struct about *a, enum entity entity, uint64_t id)
{
    size_t count = 0, oldest = 0;

    for (size_t i = a->thing_count; i-- > 0;)
        if (a->things[i].entity == entity && a->things[i].id == id) {
            count++;
            oldest = i;
        }
    if (count >= ABOUT_CHANGES) {
        thing_release(&a->things[oldest]);
        memmove(&a->things[oldest], &a->things[oldest + 1],
                (a->thing_count - oldest - 1) * sizeof(*a->things));
        a->thing_count--;
    }
    array_reserve(&a->things, &a->thing_cap, a->thing_count + 1, sizeof(*a->things));
    struct about_thing *t = &a->things[a->thing_count++];
    *t = (struct about_thing){.entity = entity, .id = id};
    return t;
}

/* ---- what a snapshot says ---- */

/* Identity is a life's or a thing's; where a vcpu ran last changes with each sample. */
static bool is_fact(const struct metric *m)
{
    return m->kind == METRIC_INFO && m->type != TYPE_UUID && !(m->flags & METRIC_IDENT);
}

static struct about_fact *current(struct about_thing *t, const struct metric *m)
{
    for (size_t i = t->fact_count; i-- > 0;)
        if (t->facts[i].metric == m)
            return t->facts[i].to_ns ? NULL : &t->facts[i];
    return NULL;
}

static void observe_fact(struct about *a, struct about_thing *t, const struct metric *m,
                         const struct snapshot *s, const void *record, uint64_t wall_ns)
{
    struct about_fact *f = current(t, m);
    const char *text = m->type == TYPE_STR ? snapshot_str(s, metric_str(m, record)) : NULL;
    uint64_t number = m->type == TYPE_U64 ? metric_u64(m, record) : UNKNOWN;

    if (!text && number == UNKNOWN)
        return;
    if (f && (text ? !strcmp(f->text, text) : f->number == number))
        return;
    if (f)
        f->to_ns = wall_ns;
    f = about_add_fact(t, m);
    f->from_ns = wall_ns;
    f->number = number;
    f->text = text ? xstrdup(text) : NULL;
    a->changed = true;
}

static void observe_thing(struct about *a, struct about_thing *t, const struct snapshot *s,
                          const void *record, uint64_t wall_ns)
{
    const struct metric_group *g = &metric_groups[t->entity];

    for (size_t i = 0; i < g->count; i++)
        if (is_fact(&g->rows[i]))
            observe_fact(a, t, &g->rows[i], s, record, wall_ns);
}

static struct about_thing *present(struct about *a, enum entity entity, uint64_t id)
{
    for (size_t i = a->thing_count; i-- > 0;)
        if (a->things[i].entity == entity && a->things[i].id == id)
            return a->things[i].to_ns ? NULL : &a->things[i];
    return NULL;
}

static uint64_t device_id(const struct snapshot *s, enum entity entity, size_t row)
{
    switch (entity) {
    case ENTITY_PCPU: return s->pcpus[row].id;
    case ENTITY_VIF: return s->vifs[row].id;
    default: return s->vbds[row].id;
    }
}

static void thing_end(struct about *a, struct about_thing *t, uint64_t wall_ns)
{
    if (t->to_ns)
        return;
    t->to_ns = wall_ns;
    for (size_t i = 0; i < t->fact_count; i++)
        if (!t->facts[i].to_ns)
            t->facts[i].to_ns = wall_ns;
    a->changed = true;
}

static void observe_devices(struct about *a, const struct snapshot *s, enum entity entity,
                            size_t first, size_t count, uint64_t wall_ns)
{
    size_t row;

    if (!(s->have & PART(entity)))
        return;
    for (row = first; row < first + count; row++) {
        uint64_t id = device_id(s, entity, row);
        struct about_thing *t = present(a, entity, id);
        if (!t) {
            t = about_add_thing(a, entity, id);
            t->from_ns = wall_ns;
            a->changed = true;
        }
        observe_thing(a, t, s, snapshot_row(s, entity, row), wall_ns);
    }
    for (size_t i = 0; i < a->thing_count; i++) {
        struct about_thing *t = &a->things[i];
        if (t->entity != entity || t->to_ns)
            continue;
        for (row = first; row < first + count && device_id(s, entity, row) != t->id; row++)
            ;
        if (row == first + count)
            thing_end(a, t, wall_ns);
    }
}

void about_observe_host(struct about *a, const struct snapshot *s, uint64_t wall_ns)
{
    if (!a->self.from_ns) {
        a->self.from_ns = wall_ns;
        a->changed = true;
    }
    observe_thing(a, &a->self, s, &s->host, wall_ns);
    observe_devices(a, s, ENTITY_PCPU, 0, s->pcpu_count, wall_ns);
}

static void observe_life(struct about *a, uint64_t domid, uint64_t wall_ns)
{
    struct about_life *life = a->life_count ? &a->lives[a->life_count - 1] : NULL;

    if (life && !life->to_ns && life->domid == domid)
        return;
    if (life && !life->to_ns)
        life->to_ns = wall_ns;
    life = about_add_life(a);
    life->domid = domid;
    life->from_ns = wall_ns;
    a->changed = true;
}

void about_observe_domain(struct about *a, const struct snapshot *s, size_t row, uint64_t wall_ns)
{
    const struct domain *d = &s->domains[row];

    if (!a->self.from_ns)
        a->self.from_ns = wall_ns;
    a->self.to_ns = 0;
    observe_life(a, d->domid, wall_ns);
    observe_thing(a, &a->self, s, d, wall_ns);
    observe_devices(a, s, ENTITY_VIF, d->vif_first, d->vif_count, wall_ns);
    observe_devices(a, s, ENTITY_VBD, d->vbd_first, d->vbd_count, wall_ns);
}

void about_end(struct about *a, uint64_t wall_ns)
{
    struct about_life *life = a->life_count ? &a->lives[a->life_count - 1] : NULL;

    if (life && !life->to_ns) {
        life->to_ns = MAX(wall_ns, life->from_ns);
        a->changed = true;
    }
    for (size_t i = 0; i < a->thing_count; i++)
        thing_end(a, &a->things[i], MAX(wall_ns, a->things[i].from_ns));
    thing_end(a, &a->self, MAX(wall_ns, a->self.from_ns));
}

/* Whether a span of time stays, cut where it has to be. */
static bool cut_span(struct about *a, uint64_t *from_ns, uint64_t *to_ns, uint64_t wall_ns)
{
    if (*from_ns <= wall_ns && *to_ns <= wall_ns)
        return true;
    a->changed = true;
    if (*from_ns > wall_ns && *to_ns)
        return false;
    *from_ns = MIN(*from_ns, wall_ns);
    *to_ns = MIN(*to_ns, wall_ns);
    return true;
}

static void cut_facts(struct about *a, struct about_thing *t, uint64_t wall_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->fact_count; i++) {
        struct about_fact *f = &t->facts[i];
        if (cut_span(a, &f->from_ns, &f->to_ns, wall_ns))
            t->facts[kept++] = *f;
        else
            free(f->text);
    }
    t->fact_count = kept;
}

void about_take_back(struct about *a, uint64_t wall_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->life_count; i++)
        if (cut_span(a, &a->lives[i].from_ns, &a->lives[i].to_ns, wall_ns))
            a->lives[kept++] = a->lives[i];
    a->life_count = kept;
    kept = 0;
    for (size_t i = 0; i < a->thing_count; i++) {
        struct about_thing *t = &a->things[i];
        if (cut_span(a, &t->from_ns, &t->to_ns, wall_ns)) {
            cut_facts(a, t, wall_ns);
            a->things[kept++] = *t;
        } else {
            thing_release(t);
        }
    }
    a->thing_count = kept;
    /* Its own end, where it has one, is that of its last life. */
    a->self.from_ns = MIN(a->self.from_ns, wall_ns);
    a->self.to_ns = MIN(a->self.to_ns, wall_ns);
    cut_facts(a, &a->self, wall_ns);
}

/* ---- looking back ---- */

const struct about_fact *about_fact_at(const struct about_thing *t, const char *metric_id,
                                       uint64_t wall_ns)
{
    const struct about_fact *best = NULL;

    for (size_t i = 0; i < t->fact_count; i++) {
        const struct about_fact *f = &t->facts[i];
        if (!strcmp(f->metric->id, metric_id) && f->from_ns <= wall_ns &&
            (!f->to_ns || f->to_ns >= wall_ns))
            best = f;
    }
    return best;
}

const struct about_life *about_life_at(const struct about *a, uint64_t wall_ns)
{
    for (size_t i = a->life_count; i-- > 0;)
        if (a->lives[i].from_ns <= wall_ns && (!a->lives[i].to_ns || a->lives[i].to_ns >= wall_ns))
            return &a->lives[i];
    return NULL;
}

bool about_there(const struct about_thing *t, uint64_t wall_ns)
{
    return t->from_ns <= wall_ns && (!t->to_ns || t->to_ns >= wall_ns);
}

/* ---- the file ---- */

int about_read(struct about *a, enum entity entity, int dir, const char *path)
{
    struct text t = {0};
    int err = files_read(dir, path, ABOUT_MOST, &t);

    if (err)
        about_init(a, entity, NULL);
    else
        err = about_parse(a, entity, t.data ? t.data : "", t.len);
    text_release(&t);
    return err;
}

int about_write(struct about *a, int dir, const char *path)
{
    struct text t = {0};
    int err;

    about_format(&t, a);
    err = files_replace(dir, path, t.data, t.len);
    text_release(&t);
    if (!err)
        a->changed = false;
    return err;
}
