/*
 * timeline_pack: see timeline_pack.h.
 *
 * A frame is a run of bytes: the sample's own fields, then for each entity how its rows follow from
 * those of the sample before (taken over, left out, new), then for each metric whether any row
 * changed and if so by how much, then the reports. Integers are LEB128, differences zigzagged.
 */
#include "timeline_pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"

/* ---- numbers ---- */

/* Bytes that a number takes at most. */
#define NUMBER_MAX 10

static void put(struct text *out, uint64_t n)
{
    if (out->cap - out->len < NUMBER_MAX + 1)
        array_reserve(&out->data, &out->cap, out->len + NUMBER_MAX + 1, 1);
    for (; n >= 0x80; n >>= 7)
        out->data[out->len++] = (char)(0x80 | (n & 0x7f));
    out->data[out->len++] = (char)n;
    out->data[out->len] = '\0';
}

static void put_change(struct text *out, uint64_t before, uint64_t now)
{
    uint64_t change = now - before; /* wraps, and unwraps again in get_change() */

    put(out, change << 1 ^ (change >> 63 ? UINT64_MAX : 0));
}

struct reader {
    const unsigned char *at;
};

static uint64_t get(struct reader *r)
{
    uint64_t n = 0;
    int shift = 0;

    for (; *r->at & 0x80; shift += 7)
        n |= (uint64_t)(*r->at++ & 0x7f) << shift;
    return n | (uint64_t)*r->at++ << shift;
}

static uint64_t get_change(struct reader *r, uint64_t before)
{
    uint64_t n = get(r);

    return before + (n >> 1 ^ (n & 1 ? UINT64_MAX : 0));
}

/* 0: unknown; else its length + 1 and its bytes. */
static void put_str(struct text *out, const char *s)
{
    put(out, s ? strlen(s) + 1 : 0);
    if (s)
        text_adds(out, s);
}

static strref get_str(struct reader *r, struct snapshot *s)
{
    uint64_t len = get(r);
    strref ref = 0;

    if (len) {
        ref = snapshot_add_str(s, (const char *)r->at, (size_t)len - 1);
        r->at += len - 1;
    }
    return ref;
}

/* ---- rows ---- */

struct key {
    uint64_t domid, id;
    const struct uuid *uuid; /* of a domain */
};

static struct key key_of(const struct snapshot *s, enum entity e, size_t row)
{
    switch (e) {
    case ENTITY_PCPU: return (struct key){0, s->pcpus[row].id, NULL};
    case ENTITY_DOMAIN: return (struct key){s->domains[row].domid, 0, &s->domains[row].uuid};
    case ENTITY_VCPU: return (struct key){s->vcpus[row].domid, s->vcpus[row].id, NULL};
    case ENTITY_VIF: return (struct key){s->vifs[row].domid, s->vifs[row].id, NULL};
    case ENTITY_VBD: return (struct key){s->vbds[row].domid, s->vbds[row].id, NULL};
    default: return (struct key){0, 0, NULL};
    }
}

static int key_compare(struct key a, struct key b)
{
    if (a.domid != b.domid)
        return a.domid < b.domid ? -1 : 1;
    return (a.id > b.id) - (a.id < b.id);
}

/* How the next row comes about, as a run of so many alike. */
enum step { STEP_TAKE, STEP_LEAVE, STEP_NEW, STEP_END };

static enum step next_step(const struct snapshot *prev, const struct snapshot *cur, enum entity e,
                           size_t i, size_t j)
{
    size_t before = snapshot_rows(prev, e), now = snapshot_rows(cur, e);

    if (i == before && j == now)
        return STEP_END;
    if (i == before)
        return STEP_NEW;
    if (j == now)
        return STEP_LEAVE;
    struct key a = key_of(prev, e, i), b = key_of(cur, e, j);
    int order = key_compare(a, b);
    if (order)
        return order < 0 ? STEP_LEAVE : STEP_NEW;
    /* A domid used again: the one goes, the other comes. */
    if (a.uuid && memcmp(a.uuid, b.uuid, sizeof(*a.uuid)) != 0)
        return STEP_LEAVE;
    return STEP_TAKE;
}

/* Rows of prev that rows of cur follow from, SIZE_MAX for new ones. Grows as needed. */
struct origins {
    size_t *of;
    size_t cap;
};

static void put_rows(struct text *out, const struct snapshot *prev, const struct snapshot *cur,
                     enum entity e, struct origins *o)
{
    size_t i = 0, j = 0, run = 0;
    enum step step = STEP_TAKE, next;

    array_reserve(&o->of, &o->cap, snapshot_rows(cur, e) + 1, sizeof(*o->of));
    assert(o->of);
    do {
        next = next_step(prev, cur, e, i, j);
        if (next != step) {
            if (run)
                put(out, (uint64_t)run << 2 | step);
            step = next;
            run = 0;
        }
        run++;
        if (next == STEP_TAKE || next == STEP_NEW)
            o->of[j++] = next == STEP_TAKE ? i : SIZE_MAX;
        if (next == STEP_TAKE || next == STEP_LEAVE)
            i++;
    } while (next != STEP_END);
    put(out, STEP_END);
    for (j = 0; j < snapshot_rows(cur, e); j++) {
        if (o->of[j] == SIZE_MAX) {
            put(out, key_of(cur, e, j).domid);
            put(out, key_of(cur, e, j).id);
        }
    }
}

static void row_add(struct snapshot *s, enum entity e, uint64_t domid, uint64_t id)
{
    switch (e) {
    case ENTITY_PCPU: snapshot_add_pcpu(s, id); break;
    case ENTITY_DOMAIN: snapshot_add_domain(s, domid); break;
    case ENTITY_VCPU: snapshot_add_vcpu(s, domid, id); break;
    case ENTITY_VIF: snapshot_add_vif(s, domid, id); break;
    case ENTITY_VBD: snapshot_add_vbd(s, domid, id); break;
    default: break;
    }
}

static void get_rows(struct reader *r, const struct snapshot *prev, struct snapshot *cur,
                     enum entity e, struct origins *o)
{
    size_t i = 0, count = 0;
    uint64_t op;

    while ((op = get(r)) != STEP_END) {
        for (uint64_t n = op >> 2; n; n--) {
            if ((op & 3) != STEP_LEAVE) {
                array_reserve(&o->of, &o->cap, count + 1, sizeof(*o->of));
                o->of[count++] = (op & 3) == STEP_TAKE ? i : SIZE_MAX;
            }
            i += (op & 3) != STEP_NEW;
        }
    }
    for (size_t j = 0; j < count && e != ENTITY_HOST; j++) {
        bool new = o->of[j] == SIZE_MAX;
        struct key key = new ? (struct key){0, 0, NULL} : key_of(prev, e, o->of[j]);
        if (new) {
            key.domid = get(r);
            key.id = get(r);
        }
        row_add(cur, e, key.domid, key.id);
    }
    assert(o->of || !count);
    if (e == ENTITY_HOST && count && o->of[0] == SIZE_MAX) {
        get(r);
        get(r);
    }
}

/* ---- values ---- */

static const void *member(const struct metric *m, const void *record)
{
    return (const char *)record + m->offset;
}

/* As metric_u64(), which is too far away for a loop this tight. */
static uint64_t u64_of(const struct metric *m, const void *record)
{
    return *(const uint64_t *)member(m, record);
}

static size_t size_of(const struct metric *m)
{
    return m->type == TYPE_STR    ? sizeof(strref)
           : m->type == TYPE_UUID ? sizeof(struct uuid)
                                  : sizeof(uint64_t);
}

static bool same_value(const struct metric *m, const struct snapshot *prev, const void *before,
                       const struct snapshot *cur, const void *now)
{
    if (m->type == TYPE_U64)
        return u64_of(m, before) == u64_of(m, now);
    if (m->type != TYPE_STR)
        return !memcmp(member(m, before), member(m, now), size_of(m));
    const char *a = snapshot_str(prev, metric_str(m, before));
    const char *b = snapshot_str(cur, metric_str(m, now));
    return a && b ? !strcmp(a, b) : a == b;
}

/* What a new row follows from: nothing known. */
static const struct snapshot *blank(void)
{
    static struct pcpu pcpu;
    static struct domain domain;
    static struct vcpu vcpu;
    static struct vif vif;
    static struct vbd vbd;
    static const struct snapshot s = {
        .pcpus = &pcpu, .domains = &domain, .vcpus = &vcpu, .vifs = &vif, .vbds = &vbd};

    return &s;
}

/* One table of a sample: a thousand domains have many rows, and each is asked for often. */
struct span {
    const struct snapshot *s;
    const char *first;
    size_t size, count;
};

static struct span span_of(const struct snapshot *s, enum entity e)
{
    static const size_t sizes[ENTITY_COUNT] = {
        [ENTITY_HOST] = sizeof(struct host),     [ENTITY_PCPU] = sizeof(struct pcpu),
        [ENTITY_DOMAIN] = sizeof(struct domain), [ENTITY_VCPU] = sizeof(struct vcpu),
        [ENTITY_VIF] = sizeof(struct vif),       [ENTITY_VBD] = sizeof(struct vbd),
    };
    size_t count = snapshot_rows(s, e);

    return (struct span){s, count ? snapshot_row(s, e, 0) : NULL, sizes[e], count};
}

static const void *span_row(const struct span *t, size_t row)
{
    return t->first + row * t->size;
}

/* What a column is made from: the rows now, those before, and which follows from which. */
struct follow {
    const struct metric *m;
    struct span prev, cur, nothing;
    const size_t *of;
};

static struct follow follow_of(const struct metric *m, const struct snapshot *prev,
                               const struct snapshot *cur, const struct origins *o)
{
    enum entity e = m->entity;

    return (struct follow){
        m, span_of(prev, e), span_of(cur, e), {blank(), snapshot_row(blank(), e, 0), 0, 1}, o->of};
}

/* The row before, and in *s whose strings it has. */
static const void *origin(const struct follow *f, size_t row, const struct snapshot **s)
{
    const struct span *from = f->of[row] == SIZE_MAX ? &f->nothing : &f->prev;

    *s = from->s;
    return span_row(from, f->of[row] == SIZE_MAX ? 0 : f->of[row]);
}

static void put_value(struct text *out, const struct metric *m, const struct snapshot *prev,
                      const void *before, const struct snapshot *cur, const void *now)
{
    switch (m->type) {
    case TYPE_U64: put_change(out, u64_of(m, before), u64_of(m, now)); break;
    case TYPE_STR:
        put(out, !same_value(m, prev, before, cur, now));
        if (!same_value(m, prev, before, cur, now))
            put_str(out, snapshot_str(cur, metric_str(m, now)));
        break;
    default: text_add(out, member(m, now), size_of(m)); break;
    }
}

static void put_column(struct text *out, const struct follow *f)
{
    size_t rows = f->cur.count, same = 0;
    const struct snapshot *from;

    for (; same < rows; same++) {
        const void *before = origin(f, same, &from);
        if (!same_value(f->m, from, before, f->cur.s, span_row(&f->cur, same)))
            break;
    }
    put(out, same < rows);
    for (size_t row = 0; same < rows && row < rows; row++) {
        const void *before = origin(f, row, &from);
        put_value(out, f->m, from, before, f->cur.s, span_row(&f->cur, row));
    }
}

static void get_value(struct reader *r, bool changed, const struct metric *m,
                      const struct snapshot *from, const void *before, struct snapshot *cur,
                      void *record)
{
    void *now = (char *)record + m->offset;

    switch (m->type) {
    case TYPE_U64:
        *(uint64_t *)now = changed ? get_change(r, u64_of(m, before)) : u64_of(m, before);
        break;
    case TYPE_STR:
        if (changed && get(r))
            *(strref *)now = get_str(r, cur);
        else
            *(strref *)now = snapshot_add_cstr(cur, snapshot_str(from, metric_str(m, before)));
        break;
    default:
        memcpy(now, changed ? (const void *)r->at : member(m, before), size_of(m));
        if (changed)
            r->at += size_of(m);
        break;
    }
}

static void get_column(struct reader *r, const struct follow *f, struct snapshot *cur)
{
    bool changed = get(r);
    const struct snapshot *from;

    for (size_t row = 0; row < f->cur.count; row++) {
        const void *before = origin(f, row, &from);
        /* The rows of the sample being made are ours to write. */
        void *record = (void *)(uintptr_t)span_row(&f->cur, row);
        get_value(r, changed, f->m, from, before, cur, record);
    }
}

/* ---- frames ---- */

void timeline_pack(struct text *out, const struct snapshot *prev, const struct snapshot *cur)
{
    struct origins o = {0};

    put_change(out, prev->seq, cur->seq);
    put_change(out, prev->mono_ns, cur->mono_ns);
    put_change(out, prev->wall_ns, cur->wall_ns);
    put(out, cur->simulated);
    put(out, cur->have);
    for (int e = 0; e < ENTITY_COUNT; e++) {
        put_change(out, cur->mono_ns, cur->read_ns[e]);
        put_rows(out, prev, cur, (enum entity)e, &o);
        if (e == ENTITY_HOST && !prev->seq)
            o.of[0] = SIZE_MAX;
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            struct follow f = follow_of(&metric_groups[e].rows[i], prev, cur, &o);
            put_column(out, &f);
        }
    }
    put(out, cur->report_count);
    for (size_t i = 0; i < cur->report_count; i++) {
        const struct report *r = &cur->reports[i];
        put_str(out, snapshot_str(cur, r->collector));
        put_change(out, 0, (uint64_t)r->error);
        put_change(out, cur->mono_ns, r->read_ns);
        put_change(out, 0, r->elapsed_ns);
        put_change(out, 0, r->restarts);
        put_change(out, 0, r->updates);
        put_change(out, 0, r->failures);
        put_str(out, snapshot_str(cur, r->message));
    }
    free(o.of);
}

void timeline_unpack(const unsigned char *bytes, size_t len, const struct snapshot *prev,
                     struct snapshot *cur)
{
    struct reader r = {bytes};
    struct origins o = {0};

    array_reserve(&o.of, &o.cap, 1, sizeof(*o.of));
    snapshot_reset(cur);
    cur->seq = get_change(&r, prev->seq);
    cur->mono_ns = get_change(&r, prev->mono_ns);
    cur->wall_ns = get_change(&r, prev->wall_ns);
    cur->simulated = get(&r);
    cur->have = (uint32_t)get(&r);
    for (int e = 0; e < ENTITY_COUNT; e++) {
        cur->read_ns[e] = get_change(&r, cur->mono_ns);
        get_rows(&r, prev, cur, (enum entity)e, &o);
        assert(o.of);
        if (e == ENTITY_HOST && !prev->seq)
            o.of[0] = SIZE_MAX;
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            struct follow f = follow_of(&metric_groups[e].rows[i], prev, cur, &o);
            get_column(&r, &f, cur);
        }
    }
    for (uint64_t n = get(&r); n; n--) {
        strref name = get_str(&r, cur);
        struct report *report = snapshot_add_report(cur, NULL);
        report->collector = name;
        report->error = (int64_t)get_change(&r, 0);
        report->read_ns = get_change(&r, cur->mono_ns);
        report->elapsed_ns = get_change(&r, 0);
        report->restarts = get_change(&r, 0);
        report->updates = get_change(&r, 0);
        report->failures = get_change(&r, 0);
        strref message = get_str(&r, cur);
        report->message = message;
    }
    assert(r.at == bytes + len);
    free(o.of);
    snapshot_seal(cur);
}
