/*
 * recorder_begin: what happened while nothing was recorded to the store, told when it is again.
 *
 * The host as the store last knew it is made into a snapshot (descriptions, and what the heads of
 * files have of the last sample) and compared with the first sample as any two are. What the store
 * does not know, as a state that rrdcached still has, is unknown there, and nothing is told of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format.h"
#include "../sanitize.h"
#include "recorder_private.h"
#include "rrdcheck.h"

/* ---- how things were ---- */

static void put_facts(struct snapshot *s, const struct about_thing *t, void *record)
{
    for (size_t i = 0; i < t->fact_count; i++) {
        const struct about_fact *f = &t->facts[i];
        char *member = (char *)record + f->metric->offset;
        if (f->to_ns)
            continue;
        if (f->metric->type == TYPE_U64) {
            memcpy(member, &f->number, sizeof(f->number));
        } else if (f->metric->type == TYPE_STR) {
            strref ref = snapshot_add_cstr(s, f->text);
            memcpy(member, &ref, sizeof(ref));
        }
    }
}

/* What its file was last updated with. */
static void put_values(const struct rrdcheck *c, struct domain *d)
{
    for (size_t i = 0; i < c->sources; i++) {
        struct rrdcheck_source rrd = rrdcheck_source(c, i);
        uint64_t index, value;
        const struct layout_source *source = layout_source_find(ENTITY_DOMAIN, rrd.name, &index);
        char *end;
        if (!source || rrd.last[0] < '0' || rrd.last[0] > '9')
            continue;
        value = strtoull(rrd.last, &end, 10);
        if (source->part == LAYOUT_BIT)
            d->state = (d->state == UNKNOWN ? 0 : d->state) | (value ? source->bit : 0);
        else if (source->part == LAYOUT_VALUE && source->metric->type == TYPE_U64 && !*end)
            memcpy((char *)d + source->metric->offset, &value, sizeof(value));
    }
}

static void put_last_sample(struct recorder *r, const struct subject *sub, struct domain *d)
{
    struct rrdcheck c;
    int err;
    void *head = r->store.cached ? NULL
                                 : rrdcheck_file(&c, r->store.dir, sub->domain.file.path, &err);

    if (head && c.last_s >= r->opened_s)
        put_values(&c, d);
    free(head);
}

static void put_devices(struct snapshot *s, const struct subject *sub)
{
    for (size_t i = 0; i < sub->about.thing_count; i++) {
        const struct about_thing *t = &sub->about.things[i];
        if (t->to_ns || (t->entity != ENTITY_VIF && t->entity != ENTITY_VBD))
            continue;
        if (t->entity == ENTITY_VIF)
            put_facts(s, t, snapshot_add_vif(s, sub->domid, t->id));
        else
            put_facts(s, t, snapshot_add_vbd(s, sub->domid, t->id));
        /* Where nobody has any, they could not be read. */
        s->have |= PART(t->entity);
    }
}

/* Whether a domain that has its domid still is not the one that had it, as after a host was started
 * anew: built at another time, or with less cpu time behind it. */
static bool another_life(const struct domain *was, const struct domain *is)
{
    if (was->start_ns != UNKNOWN && is->start_ns != UNKNOWN)
        return was->start_ns != is->start_ns;
    return was->cpu_ns != UNKNOWN && is->cpu_ns != UNKNOWN && is->cpu_ns < was->cpu_ns;
}

static void put_domain(struct recorder *r, struct snapshot *was, const struct subject *sub,
                       const struct snapshot *s)
{
    struct domain *d = snapshot_add_domain(was, sub->domid);

    d->uuid = sub->uuid;
    put_last_sample(r, sub, d);
    put_facts(was, &sub->about.self, d);
    if (sub->there && s->domains[sub->row].domid == sub->domid &&
        another_life(d, &s->domains[sub->row]))
        was->domain_count--;
    else
        put_devices(was, sub);
}

/* Where a uuid is there twice, the one that was recorded. */
static void look_who_is_there(struct recorder *r, const struct snapshot *s)
{
    for (size_t row = 0; row < s->domain_count; row++) {
        struct subject *sub = subjects_find(r, &s->domains[row].uuid, false);
        if (!sub || (sub->there && s->domains[row].domid != sub->domid))
            continue;
        sub->there = true;
        sub->row = row;
    }
}

/* ---- what to tell of it ---- */

/* A start that is none: it was built before the last sample, so that the store has lost it. */
static bool was_there(const struct recorder *r, const struct domain *d, const struct subject *sub)
{
    return d && d->start_ns != UNKNOWN && d->start_ns <= r->opened_s * NS_PER_S &&
           !(sub && sub->open_life);
}

static void tell(struct recorder *r, const struct snapshot *s, const struct event *event)
{
    static const struct uuid none;
    struct journal_entry entry = {.event = *event};
    struct event *e = &entry.event;
    const struct subject *sub = subjects_find(r, &e->uuid, false);
    const struct domain *d = snapshot_domain(s, e->domid);
    char text[3 * EVENT_DETAIL], built[FORMAT_MAX] = "";
    bool starts = e->kind == EVENT_CREATED || e->kind == EVENT_STARTED;

    if ((e->domid && !memcmp(&e->uuid, &none, sizeof(none))) || (starts && was_there(r, d, sub)))
        return;
    if (starts && sub && sub->open_life)
        e->kind = EVENT_REBOOTED; /* under the domid it had: another_life() */
    if ((starts || e->kind == EVENT_REBOOTED) && d && d->start_ns != UNKNOWN)
        format_rfc3339(built, d->start_ns);
    int len = snprintf(text, sizeof(text), "while nothing was recording%s%s%s%s",
                       built[0] ? ", built at " : "", built, e->detail[0] ? ": " : "", e->detail);
    sanitize(e->detail, sizeof(e->detail), text, (size_t)len);
    recorder_tell(r, &entry);
}

void recorder_begin(struct recorder *r, struct snapshot *s, uint64_t wall_ns)
{
    struct snapshot was = {0};
    struct events events;

    if (!r->opened_s || !(s->have & PART(ENTITY_DOMAIN)))
        return;
    snapshot_reset(&was);
    was.seq = 1;
    s->wall_ns = wall_ns;
    look_who_is_there(r, s);
    for (size_t i = 0; i < r->subject_count; i++)
        if (r->subjects[i]->open_life) {
            was.have |= PART(ENTITY_DOMAIN);
            put_domain(r, &was, r->subjects[i], s);
        }
    snapshot_seal(&was);
    events_init(&events, EVENTS_OF_SAMPLE);
    events.apart = true;
    /* Of a store that knows of no domain, who is there is no news. */
    size_t added = was.have ? events_compare(&events, &was, s) : 0;
    for (size_t age = MIN(added, events_count(&events)); age-- > 0;)
        tell(r, s, events_get(&events, age));
    journal_sync(&r->journal);
    events_release(&events);
    snapshot_release(&was);
}
