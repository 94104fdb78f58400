/* moment: see moment.h. */
#include "moment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files that are named one by one when they cannot be read. */
#define NAMED 8

/* A domain whose number nobody wrote down, or that another has, gets one that Xen never gives. */
#define NUMBERLESS UINT64_C(1000000)

struct moment {
    struct roster *r;
    uint64_t end_s, row_s, finest_s;
    struct snapshot *prev, *cur;
    uint64_t *domids; /* of each of the roster's domains that has a life */
};

static long row_of(struct moment *m, struct window *w)
{
    return window_at(w, m->r->fetch, m->r->dir, m->end_s, m->row_s, m->finest_s);
}

static bool there(const struct moment *m, uint64_t from_ns, uint64_t to_ns)
{
    return roster_covers(from_ns, to_ns, m->end_s * NS_PER_S, m->row_s * NS_PER_S,
                         m->finest_s * NS_PER_S);
}

static void fill(struct moment *m, struct window *w, long row, uint64_t index, void *before,
                 void *at)
{
    restore_row(&w->map, &w->rows, row, index, (double)m->row_s, before, at);
}

/* ---- what is known beside numbers ---- */

/* The last value each fact had in the row's time, into a record of s. */
static void put_facts(struct moment *m, const struct about_thing *t, struct snapshot *s,
                      void *record)
{
    for (size_t i = 0; i < t->fact_count; i++) {
        const struct about_fact *f = &t->facts[i];
        if (!there(m, f->from_ns, f->to_ns) || f->metric->flags & METRIC_IDENT)
            continue;
        char *member = (char *)record + f->metric->offset;
        if (f->metric->type == TYPE_U64) {
            memcpy(member, &f->number, sizeof(f->number));
        } else if (f->metric->type == TYPE_STR) {
            strref ref = snapshot_add_cstr(s, f->text);
            memcpy(member, &ref, sizeof(ref));
        }
    }
}

static void put_facts_both(struct moment *m, const struct about_thing *t, void *before, void *at)
{
    put_facts(m, t, m->prev, before);
    put_facts(m, t, m->cur, at);
}

static const struct about_thing *thing_of(const struct moment *m, const struct about *a,
                                          enum entity entity, uint64_t id)
{
    const struct about_thing *found = NULL;

    for (size_t i = 0; i < a->thing_count; i++) {
        const struct about_thing *t = &a->things[i];
        if (t->entity == entity && t->id == id && there(m, t->from_ns, t->to_ns))
            found = t;
    }
    return found;
}

/* ---- the host ---- */

static void fill_host(struct moment *m)
{
    struct window *w = &m->r->host;
    long row = row_of(m, w);

    fill(m, w, row, 0, &m->prev->host, &m->cur->host);
    put_facts_both(m, &m->r->about.self, &m->prev->host, &m->cur->host);
    if (restore_known(&w->map, &w->rows, row))
        m->cur->have |= PART(ENTITY_HOST);
}

static void fill_pcpus(struct moment *m)
{
    struct window *w = &m->r->pcpus;
    long row = row_of(m, w);
    uint64_t members = restore_members(&w->map);

    for (uint64_t id = 0; id < members; id++) {
        if (!restore_member(&w->map, &w->rows, row, id))
            continue;
        struct pcpu *before = snapshot_add_pcpu(m->prev, id), *at = snapshot_add_pcpu(m->cur, id);
        const struct about_thing *t = thing_of(m, &m->r->about, ENTITY_PCPU, id);
        fill(m, w, row, id, before, at);
        if (t)
            put_facts_both(m, t, before, at);
        m->cur->have |= PART(ENTITY_PCPU);
    }
}

/* ---- domains ---- */

/* Whether a domain may have been there although no life says so: its file of descriptions cannot be
 * read, or it goes back no further, having had too many. */
static bool lives_missing(const struct moment *m, const struct roster_domain *d)
{
    return d->about_err || (d->about.life_count == ABOUT_CHANGES &&
                            m->end_s * NS_PER_S < d->about.lives[0].from_ns);
}

static void fill_vcpus(struct moment *m, struct roster_domain *d, uint64_t domid)
{
    struct window *w = &d->vcpus;
    long row = row_of(m, w);
    uint64_t members = restore_members(&w->map);

    for (uint64_t id = 0; id < members; id++)
        if (restore_member(&w->map, &w->rows, row, id))
            fill(m, w, row, id, snapshot_add_vcpu(m->prev, domid, id),
                 snapshot_add_vcpu(m->cur, domid, id));
}

static void fill_device(struct moment *m, struct roster_domain *d, struct window *w, uint64_t domid)
{
    const struct about_thing *t = thing_of(m, &d->about, w->entity, w->id);
    void *before, *at;

    if (!t && !lives_missing(m, d))
        return;
    long row = row_of(m, w);
    if (!t && !restore_known(&w->map, &w->rows, row))
        return;
    if (w->entity == ENTITY_VIF) {
        before = snapshot_add_vif(m->prev, domid, w->id);
        at = snapshot_add_vif(m->cur, domid, w->id);
    } else {
        before = snapshot_add_vbd(m->prev, domid, w->id);
        at = snapshot_add_vbd(m->cur, domid, w->id);
    }
    fill(m, w, row, 0, before, at);
    if (t)
        put_facts_both(m, t, before, at);
}

/* Devices whose file is gone were there all the same. */
static void add_fileless(struct moment *m, const struct roster_domain *d, uint64_t domid)
{
    for (size_t i = 0; i < d->about.thing_count; i++) {
        const struct about_thing *t = &d->about.things[i];
        bool file = false;
        for (size_t k = 0; k < d->device_count; k++)
            file |= d->devices[k].entity == t->entity && d->devices[k].id == t->id;
        if (file || !there(m, t->from_ns, t->to_ns))
            continue;
        if (t->entity == ENTITY_VIF)
            put_facts_both(m, t, snapshot_add_vif(m->prev, domid, t->id),
                           snapshot_add_vif(m->cur, domid, t->id));
        else if (t->entity == ENTITY_VBD)
            put_facts_both(m, t, snapshot_add_vbd(m->prev, domid, t->id),
                           snapshot_add_vbd(m->cur, domid, t->id));
    }
}

static const struct about_life *life_of(const struct moment *m, const struct about *a)
{
    for (size_t i = a->life_count; i-- > 0;)
        if (there(m, a->lives[i].from_ns, a->lives[i].to_ns))
            return &a->lives[i];
    return NULL;
}

static bool is_dom0(const struct uuid *uuid)
{
    static const struct uuid zero;
    return !memcmp(uuid, &zero, sizeof(zero));
}

struct numbered {
    uint64_t domid, from_ns;
    size_t index;
};

static int by_number(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;

    if (x->domid != y->domid)
        return x->domid < y->domid ? -1 : 1;
    return (x->from_ns > y->from_ns) - (x->from_ns < y->from_ns);
}

/* Xen gives a number anew, at the latest when the host was started anew: of those that had one in
 * the row's time it is the last one's. */
static void number_domains(struct moment *m)
{
    struct numbered *all = xcalloc(m->r->count + 1, sizeof(*all));
    size_t count = 0;

    m->domids = xcalloc(m->r->count + 1, sizeof(*m->domids));
    for (size_t i = 0; i < m->r->count; i++) {
        const struct about_life *life = life_of(m, &m->r->domains[i]->about);
        if (life)
            all[count++] = (struct numbered){life->domid, life->from_ns, i};
    }
    if (count)
        qsort(all, count, sizeof(*all), by_number);
    for (size_t i = 0; i < count; i++) {
        bool taken = i + 1 < count && all[i + 1].domid == all[i].domid;
        m->domids[all[i].index] = taken ? NUMBERLESS + all[i].index : all[i].domid;
    }
    free(all);
}

static void fill_domain(struct moment *m, size_t index)
{
    struct roster_domain *d = m->r->domains[index];
    const struct about_life *life = life_of(m, &d->about);

    if (!life && !lives_missing(m, d))
        return;
    long row = row_of(m, &d->self);
    if (!life && !restore_known(&d->self.map, &d->self.rows, row))
        return;
    uint64_t domid = life ? m->domids[index] : is_dom0(&d->uuid) ? 0 : NUMBERLESS + index;
    struct domain *before = snapshot_add_domain(m->prev, domid),
                  *at = snapshot_add_domain(m->cur, domid);
    before->uuid = at->uuid = d->uuid;
    fill(m, &d->self, row, 0, before, at);
    put_facts_both(m, &d->about.self, before, at);
    fill_vcpus(m, d, domid);
    for (size_t i = 0; i < d->device_count; i++)
        fill_device(m, d, &d->devices[i], domid);
    add_fileless(m, d, domid);
}

/* ---- all files at once ---- */

struct windows {
    struct window **at;
    size_t count, cap;
};

static void want(struct windows *list, struct window *w)
{
    array_reserve(&list->at, &list->cap, list->count + 1, sizeof(struct window *));
    list->at[list->count++] = w;
}

static void read_all(struct moment *m)
{
    struct windows list = {0};

    want(&list, &m->r->host);
    want(&list, &m->r->pcpus);
    for (size_t i = 0; i < m->r->count; i++) {
        struct roster_domain *d = m->r->domains[i];
        bool missing = lives_missing(m, d);
        if (!missing && !life_of(m, &d->about))
            continue;
        want(&list, &d->self);
        want(&list, &d->vcpus);
        for (size_t k = 0; k < d->device_count; k++)
            if (missing || thing_of(m, &d->about, d->devices[k].entity, d->devices[k].id))
                want(&list, &d->devices[k]);
    }
    window_read_all(list.at, list.count, m->r->fetch, m->r->dir, m->end_s, m->row_s);
    free(list.at);
}

/* ---- what is missing ---- */

static void add_reports(struct moment *m, int err, uint64_t elapsed_ns)
{
    const struct fetch *f = m->r->fetch;
    size_t bad = fetch_bad_count(f);
    char text[FETCH_PATH + 128];
    struct report *report = snapshot_add_report(m->cur, "store");

    report->elapsed_ns = elapsed_ns;
    report->error = err;
    if (err)
        report->message = snapshot_add_cstr(m->cur, "the folder of domains cannot be read");
    for (size_t i = 0; i < bad && i < NAMED; i++) {
        const struct fetch_bad *b = fetch_bad_get(f, i);
        report = snapshot_add_report(m->cur, "store");
        report->error = -EBADMSG;
        snprintf(text, sizeof(text), "%s %s", b->path, b->why);
        report->message = snapshot_add_cstr(m->cur, text);
    }
    if (bad <= NAMED)
        return;
    report = snapshot_add_report(m->cur, "store");
    report->error = -EBADMSG;
    snprintf(text, sizeof(text), "%zu more files are left out", bad - NAMED);
    report->message = snapshot_add_cstr(m->cur, text);
}

static void set_times(struct moment *m)
{
    uint64_t end_ns = m->end_s * NS_PER_S, row_ns = m->row_s * NS_PER_S;
    struct snapshot *const both[] = {m->prev, m->cur};

    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        struct snapshot *s = both[i];
        snapshot_reset(s);
        s->wall_ns = end_ns - (i ? 0 : MIN(row_ns, end_ns));
        s->mono_ns = s->wall_ns;
        s->seq = m->end_s / m->row_s + i + 1;
        for (int e = 0; e < ENTITY_COUNT; e++)
            s->read_ns[e] = s->mono_ns;
    }
}

/* ---- who shares a device ---- */

struct lies {
    const char *dev;
    struct vbd *vbd;
};

static int by_dev(const void *a, const void *b)
{
    return strcmp(((const struct lies *)a)->dev, ((const struct lies *)b)->dev);
}

/* No file keeps how many vbds lay on a device: it is counted. */
static void count_users(struct snapshot *s)
{
    struct lies *all = xcalloc(MAX(s->vbd_count, 1), sizeof(*all));
    size_t count = 0, next;

    for (size_t i = 0; i < s->vbd_count; i++)
        if (s->vbds[i].back_dev)
            all[count++] = (struct lies){snapshot_str(s, s->vbds[i].back_dev), &s->vbds[i]};
    if (count)
        qsort(all, count, sizeof(*all), by_dev);
    for (size_t i = 0; i < count; i = next) {
        next = i;
        while (next < count && !by_dev(&all[i], &all[next]))
            next++;
        for (size_t k = i; k < next; k++)
            all[k].vbd->back_users = next - i;
    }
    free(all);
}

void moment_fill(struct roster *r, uint64_t end_s, uint64_t row_s, uint64_t finest_s,
                 struct snapshot *prev, struct snapshot *cur)
{
    struct moment m = {
        .r = r, .end_s = end_s, .row_s = row_s, .finest_s = finest_s, .prev = prev, .cur = cur};
    uint64_t start = clock_mono_ns();

    set_times(&m);
    int err = roster_refresh(r);
    cur->have = PART(ENTITY_DOMAIN) | PART(ENTITY_VCPU) | PART(ENTITY_VIF) | PART(ENTITY_VBD);
    number_domains(&m);
    read_all(&m);
    fill_host(&m);
    fill_pcpus(&m);
    for (size_t i = 0; i < r->count; i++)
        fill_domain(&m, i);
    free(m.domids);
    prev->have = cur->have;
    add_reports(&m, err, clock_mono_ns() - start);
    snapshot_seal(prev);
    snapshot_seal(cur);
    count_users(prev);
    count_users(cur);
}
