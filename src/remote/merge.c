/* merge: see merge.h. What a row holds is by the metric table, so that a new metric comes along. */
#include "merge.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../metric.h"

/* Strings of a record that was copied from another snapshot, by their references there. */
static void copy_strings(struct snapshot *out, enum entity e, void *record,
                         const struct snapshot *from)
{
    const struct metric_group *g = &metric_groups[e];

    for (size_t i = 0; i < g->count; i++) {
        if (g->rows[i].type != TYPE_STR)
            continue;
        strref *at = (strref *)((char *)record + g->rows[i].offset);
        *at = snapshot_add_cstr(out, snapshot_str(from, *at));
    }
}

/* What is not known any more of a host that does not answer: all but who is who. */
static void forget(enum entity e, void *record)
{
    const struct metric_group *g = &metric_groups[e];

    for (size_t i = 0; i < g->count; i++) {
        const struct metric *m = &g->rows[i];
        char *at = (char *)record + m->offset;
        if (m->kind == METRIC_INFO || m->flags & METRIC_IDENT)
            continue;
        if (m->type == TYPE_U64)
            memset(at, 0xff, sizeof(uint64_t));
        else if (m->type == TYPE_F64)
            memcpy(at, &(double){NAN}, sizeof(double));
    }
}

/* On our clock. */
static uint64_t shifted(const struct merge_host *h, uint64_t ns)
{
    return ns == UNKNOWN ? UNKNOWN : ns + h->shift_ns;
}

static void add_domain(struct snapshot *out, const struct merge_host *h, uint64_t number,
                       const struct domain *d)
{
    const struct snapshot *s = h->newest;
    struct domain *to;

    if (d->domid >> DOMID_BITS)
        return; /* none of Xen's */
    to = snapshot_add_domain(out, 0);
    *to = *d;
    copy_strings(out, ENTITY_DOMAIN, to, s);
    to->domid = number << DOMID_BITS | d->domid;
    to->host = snapshot_add_cstr(out, h->name);
    to->read_ns = shifted(h, s->read_ns[ENTITY_DOMAIN]);
    to->vcpu_count = to->vif_count = to->vbd_count = 0;
    if (!h->live)
        forget(ENTITY_DOMAIN, to);
}

/* The record of a device, whose first two members are its domain's domid and its number. */
static void add_device(struct snapshot *out, const struct merge_host *h, uint64_t number,
                       enum entity e, const void *record)
{
    uint64_t domid = *(const uint64_t *)record;
    void *to = NULL;

    if (domid >> DOMID_BITS)
        return;
    switch (e) {
    case ENTITY_VCPU: to = snapshot_add_vcpu(out, 0, 0); break;
    case ENTITY_VIF: to = snapshot_add_vif(out, 0, 0); break;
    default: to = snapshot_add_vbd(out, 0, 0); break;
    }
    static const size_t sizes[ENTITY_COUNT] = {[ENTITY_VCPU] = sizeof(struct vcpu),
                                               [ENTITY_VIF] = sizeof(struct vif),
                                               [ENTITY_VBD] = sizeof(struct vbd)};
    memcpy(to, record, sizes[e]);
    copy_strings(out, e, to, h->newest);
    *(uint64_t *)to = number << DOMID_BITS | domid;
    if (!h->live)
        forget(e, to);
}

/* Numbers for a host's pcpus that no other host's have; new ones when it has more than it had. */
static void number_pcpus(struct merge_host *hosts, size_t count, struct merge_host *h)
{
    const struct snapshot *s = h->newest;
    uint64_t last = s->pcpu_count ? s->pcpus[s->pcpu_count - 1].id : 0, end = 0;

    if (!s->pcpu_count || last < h->pcpu_room || last > 65535)
        return;
    for (size_t i = 0; i < count; i++)
        end = MAX(end, hosts[i].pcpu_base + hosts[i].pcpu_room);
    h->pcpu_base = end;
    h->pcpu_room = last + 1;
}

static void add_pcpus(struct snapshot *out, const struct merge_host *h)
{
    const struct snapshot *s = h->newest;

    for (size_t i = 0; i < s->pcpu_count && h->live; i++) {
        if (s->pcpus[i].id >= h->pcpu_room)
            continue;
        struct pcpu *p = snapshot_add_pcpu(out, 0);
        *p = s->pcpus[i];
        p->id += h->pcpu_base;
        p->read_ns = shifted(h, s->read_ns[ENTITY_PCPU]);
    }
}

static void add_rows(struct snapshot *out, const struct merge_host *h, uint64_t number)
{
    static const enum entity devices[] = {ENTITY_VCPU, ENTITY_VIF, ENTITY_VBD};
    const struct snapshot *s = h->newest;

    for (size_t i = 0; i < s->domain_count; i++)
        add_domain(out, h, number, &s->domains[i]);
    for (size_t e = 0; e < ARRAY_LEN(devices); e++)
        for (size_t i = 0; i < snapshot_rows(s, devices[e]); i++)
            add_device(out, h, number, devices[e], snapshot_row(s, devices[e], i));
    add_pcpus(out, h);
}

static void sum(uint64_t *to, uint64_t n)
{
    if (n != UNKNOWN)
        *to = *to == UNKNOWN ? n : *to + n;
}

/* Levels add up; counters of different clocks, and what is one host's own, do not. */
static void add_host(struct snapshot *out, const struct merge_host *h, bool first)
{
    const struct host *from = &h->newest->host;
    struct host *to = &out->host;
    const char *version = snapshot_str(h->newest, from->xen_version);
    const char *there = snapshot_str(out, to->xen_version);

    sum(&to->cpus, from->cpus);
    sum(&to->mem_bytes, from->mem_bytes);
    sum(&to->mem_free_bytes, from->mem_free_bytes);
    sum(&to->dom0_mem_bytes, from->dom0_mem_bytes);
    sum(&to->dom0_free_bytes, from->dom0_free_bytes);
    sum(&to->dom0_cache_bytes, from->dom0_cache_bytes);
    sum(&to->swap_bytes, from->swap_bytes);
    sum(&to->swap_used_bytes, from->swap_used_bytes);
    if (first) {
        to->cpu_hz = from->cpu_hz;
        to->xen_version = snapshot_add_cstr(out, version);
    } else {
        if (to->cpu_hz != from->cpu_hz)
            to->cpu_hz = UNKNOWN;
        if (!version || !there || strcmp(version, there) != 0)
            to->xen_version = 0;
    }
}

/* How a host fares, and what on it does not work. */
static void add_report(struct snapshot *out, const struct merge_host *h)
{
    struct report *r = snapshot_add_report(out, h->name);
    const struct snapshot *s = h->newest;
    char text[2 * MERGE_TEXT];

    r->elapsed_ns = h->elapsed_ns;
    r->error = h->live ? 0 : h->error ? h->error : -ETIMEDOUT;
    if (!h->live) {
        snprintf(text, sizeof(text), "%s: %s", h->where, h->problem);
    } else {
        snprintf(text, sizeof(text), "%zu domains, from %s", s->domain_count, h->where);
        for (size_t i = 0; i < s->report_count; i++) {
            const struct report *its = &s->reports[i];
            const char *name = snapshot_str(s, its->collector),
                       *why = snapshot_str(s, its->message);
            if (!its->error)
                continue;
            snprintf(
                text, sizeof(text), "its %.40s failed: %.160s", name ? name : "?",
                why ? why
                    : strerror((int)(its->error < 0 && its->error > -4096 ? -its->error : EIO)));
            r->error = its->error;
            break;
        }
    }
    r->message = snapshot_add_cstr(out, text);
}

void merge_hosts(struct snapshot *out, struct merge_host *hosts, size_t count, uint64_t seq,
                 uint64_t mono_ns, uint64_t wall_ns)
{
    char name[64];
    size_t live = 0;

    snapshot_reset(out);
    out->seq = seq;
    out->mono_ns = mono_ns;
    out->wall_ns = wall_ns;
    for (size_t i = 0; i < count; i++) {
        struct merge_host *h = &hosts[i];
        add_report(out, h);
        if (!h->newest)
            continue;
        number_pcpus(hosts, count, h);
        add_rows(out, h, i);
        if (!h->live)
            continue;
        out->have |= h->newest->have;
        out->simulated = out->simulated || h->newest->simulated;
        add_host(out, h, live++ == 0);
    }
    for (int e = 0; e < ENTITY_COUNT; e++)
        out->read_ns[e] = mono_ns;
    if (live == count)
        snprintf(name, sizeof(name), "%zu hosts", count);
    else
        snprintf(name, sizeof(name), "%zu of %zu hosts", live, count);
    out->host.name = snapshot_add_cstr(out, name);
    snapshot_seal(out);
}

void merge_one(struct snapshot *out, const struct merge_host *h, uint64_t seq, uint64_t mono_ns,
               uint64_t wall_ns)
{
    if (h->newest) {
        snapshot_copy(out, h->newest);
        out->mono_ns = shifted(h, h->newest->mono_ns);
        for (int e = 0; e < ENTITY_COUNT; e++)
            out->read_ns[e] = shifted(h, h->newest->read_ns[e]);
    } else {
        snapshot_reset(out);
    }
    out->seq = seq;
    if (!h->live) {
        out->mono_ns = mono_ns;
        out->wall_ns = wall_ns;
        out->have = 0;
        for (int e = 0; e < ENTITY_COUNT; e++)
            for (size_t i = 0; i < snapshot_rows(out, (enum entity)e); i++)
                forget((enum entity)e, (void *)snapshot_row(out, (enum entity)e, i));
    }
    struct report *r = snapshot_add_report(out, "service");
    char text[2 * MERGE_TEXT];
    r->elapsed_ns = h->elapsed_ns;
    r->error = h->live ? 0 : h->error ? h->error : -ETIMEDOUT;
    if (h->live)
        snprintf(text, sizeof(text), "through the service at %s", h->where);
    else
        snprintf(text, sizeof(text), "%s: %s", h->where, h->problem);
    r->message = snapshot_add_cstr(out, text);
    snapshot_seal(out);
}
