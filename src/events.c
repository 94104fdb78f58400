/* events: see events.h. */
#include "events.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "events_private.h"
#include "format.h"
#include "sanitize.h"

void events_init(struct events *e, size_t cap)
{
    *e = (struct events){.cap = cap};
}

void events_release(struct events *e)
{
    free(e->ring);
    for (size_t k = 0; k < KEPT_COUNT; k++)
        snapshot_release(&e->kept[k].s);
    *e = (struct events){0};
}

size_t events_count(const struct events *e)
{
    return e->count;
}

const struct event *events_get(const struct events *e, size_t age)
{
    return &e->ring[(e->first + e->count - 1 - age) % e->cap];
}

const char *event_word(enum event_kind kind)
{
    static const char *const words[EVENT_KINDS] = {
        [EVENT_CREATED] = "created",
        [EVENT_STARTED] = "started",
        [EVENT_REBOOTED] = "rebooted",
        [EVENT_PAUSED] = "paused",
        [EVENT_UNPAUSED] = "unpaused",
        [EVENT_CRASHED] = "crashed",
        [EVENT_SHUT_DOWN] = "shut down",
        [EVENT_DESTROYED] = "destroyed",
        [EVENT_MIGRATED_IN] = "migrated in",
        [EVENT_MIGRATED_OUT] = "migrated out",
        [EVENT_BALLOONED] = "ballooned",
        [EVENT_RENAMED] = "renamed",
        [EVENT_SUSPENDED] = "suspended",
        [EVENT_RESUMED] = "resumed",
        [EVENT_RESTORED] = "restored",
        [EVENT_DEVICE_ADDED] = "device added",
        [EVENT_DEVICE_REMOVED] = "device removed",
        [EVENT_COLLECTOR_FAILED] = "failed",
        [EVENT_COLLECTOR_RECOVERED] = "recovered",
        [EVENT_RECORDING_STARTED] = "recording",
        [EVENT_RECORDING_STOPPED] = "stopped",
        [EVENT_GAP] = "gap",
        [EVENT_STORE_BAD] = "store failing",
        [EVENT_STORE_OKAY] = "store okay",
        [EVENT_REMOVED] = "removed",
    };

    return words[kind];
}

enum event_weight event_weight(enum event_kind kind)
{
    switch (kind) {
    case EVENT_CRASHED:
    case EVENT_COLLECTOR_FAILED:
    case EVENT_STORE_BAD: return EVENT_BAD;
    case EVENT_PAUSED:
    case EVENT_SUSPENDED:
    case EVENT_SHUT_DOWN:
    case EVENT_DESTROYED:
    case EVENT_MIGRATED_OUT:
    case EVENT_DEVICE_REMOVED:
    case EVENT_RECORDING_STOPPED:
    case EVENT_GAP:
    case EVENT_REMOVED: return EVENT_NOTABLE;
    default: return EVENT_USUAL;
    }
}

/* ---- the ring ---- */

void events_text(char *out, size_t cap, const char *text)
{
    sanitize(out, cap, text, strlen(text));
}

struct event *events_push(struct events *e, const struct snapshot *s, enum event_kind kind)
{
    if (!e->ring)
        e->ring = xcalloc(e->cap, sizeof(*e->ring));
    if (e->count == e->cap)
        e->first = (e->first + 1) % e->cap;
    else
        e->count++;
    e->added++;
    struct event *ev = &e->ring[(e->first + e->count - 1) % e->cap];
    *ev = (struct event){.wall_ns = s->wall_ns, .seq = s->seq, .kind = kind, .domid = UNKNOWN};
    return ev;
}

/* A toolstack takes a domain's name away before it destroys it, and one that comes back has none at
 * first: the sample before, or an event told of the same, knows it. A name in parentheses is none.
 */
static void remember_name(const struct events *e, struct event *ev)
{
    static const struct uuid none;
    bool by_uuid = memcmp(&ev->uuid, &none, sizeof(none)) != 0;

    for (size_t age = 1; age < e->count; age++) {
        const struct event *old = events_get(e, age);
        if ((!by_uuid && old->domid != ev->domid) ||
            memcmp(&old->uuid, &ev->uuid, sizeof(ev->uuid)) != 0 || old->name[0] == '(')
            continue;
        memcpy(ev->name, old->name, sizeof(ev->name));
        return;
    }
}

struct event *events_push_domain(const struct pair *p, const struct snapshot *s,
                                 const struct domain *d, enum event_kind kind)
{
    struct event *ev = events_push(p->e, p->cur, kind);
    char buf[FORMAT_MAX];

    ev->uuid = d->uuid;
    ev->domid = d->domid;
    const struct domain *before = snapshot_domain(p->prev, d->domid);
    if (!snapshot_str(s, d->name) && before && domain_same(before, d) &&
        snapshot_str(p->prev, before->name)) {
        s = p->prev;
        d = before;
    }
    events_text(ev->name, sizeof(ev->name), format_domain_name(s, d, buf));
    if (!snapshot_str(s, d->name))
        remember_name(p->e, ev);
    return ev;
}

/* ---- domains ---- */

/* Both lists are sorted by domid. */
static void compare_domains(const struct pair *p)
{
    const struct snapshot *a = p->prev, *b = p->cur;

    assert((a->domains || !a->domain_count) && (b->domains || !b->domain_count));
    for (size_t i = 0, j = 0; i < a->domain_count || j < b->domain_count;) {
        const struct domain *old = i < a->domain_count ? &a->domains[i] : NULL;
        const struct domain *new = j < b->domain_count ? &b->domains[j] : NULL;
        if (old && new && old->domid == new->domid) {
            if (domain_same(old, new)) {
                events_stayed(p, old, new);
            } else { /* the domid was used again */
                events_left(p, old);
                events_arrived(p, new);
            }
            i++;
            j++;
        } else if (!new || (old && old->domid < new->domid)) {
            events_left(p, old);
            i++;
        } else {
            events_arrived(p, new);
            j++;
        }
    }
}

/* ---- collectors ---- */

static const struct report *report_of(const struct snapshot *s, const char *collector)
{
    for (size_t i = 0; collector && i < s->report_count; i++) {
        const char *name = snapshot_str(s, s->reports[i].collector);
        if (name && !strcmp(name, collector))
            return &s->reports[i];
    }
    return NULL;
}

static void compare_reports(const struct pair *p)
{
    for (size_t i = 0; i < p->cur->report_count; i++) {
        const struct report *now = &p->cur->reports[i];
        const char *name = snapshot_str(p->cur, now->collector);
        const char *message = snapshot_str(p->cur, now->message);
        const struct report *before = report_of(p->prev, name);
        if (!before || !before->error == !now->error)
            continue;
        struct event *ev = events_push(
            p->e, p->cur, now->error ? EVENT_COLLECTOR_FAILED : EVENT_COLLECTOR_RECOVERED);
        events_text(ev->name, sizeof(ev->name), name);
        if (now->error)
            events_text(ev->detail, sizeof(ev->detail),
                        message ? message : strerror((int)-now->error));
    }
}

/* ---- what was last read ---- */

_Static_assert(ARRAY_LEN(((struct events *)0)->kept) == KEPT_COUNT, "as events.h has it");

static const enum entity kept_entity[KEPT_COUNT] = {
    [KEPT_DOMAINS] = ENTITY_DOMAIN,
    [KEPT_VIFS] = ENTITY_VIF,
    [KEPT_VBDS] = ENTITY_VBD,
};

static bool has_part(const struct snapshot *s, size_t kept)
{
    unsigned parts = PART(ENTITY_DOMAIN) | PART(kept_entity[kept]);

    return (s->have & parts) == parts;
}

/* The last sample before cur that had it: as a rule prev. */
static const struct snapshot *last_with(const struct events *e, const struct snapshot *prev,
                                        size_t kept)
{
    if (has_part(prev, kept))
        return prev;
    return e->kept[kept].there ? &e->kept[kept].s : NULL;
}

/* prev is the last for a while that has what cur has not. */
static void keep(struct events *e, const struct snapshot *prev, const struct snapshot *cur)
{
    for (size_t k = 0; k < KEPT_COUNT; k++) {
        if (has_part(cur, k)) {
            e->kept[k].there = false;
        } else if (has_part(prev, k)) {
            snapshot_copy(&e->kept[k].s, prev);
            e->kept[k].there = true;
        }
    }
}

size_t events_compare(struct events *e, const struct snapshot *prev, const struct snapshot *cur)
{
    uint64_t before = e->added;
    struct pair p = {.e = e, .prev = prev, .cur = cur};

    if (!prev->seq || !cur->seq)
        return 0;
    compare_reports(&p);
    p.prev = last_with(e, prev, KEPT_DOMAINS);
    p.devices[KEPT_VIFS] = last_with(e, prev, KEPT_VIFS);
    p.devices[KEPT_VBDS] = last_with(e, prev, KEPT_VBDS);
    if (p.prev && has_part(cur, KEPT_DOMAINS))
        compare_domains(&p);
    keep(e, prev, cur);
    return (size_t)(e->added - before);
}
