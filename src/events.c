/* events: see events.h. */
#include "events.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format.h"
#include "sanitize.h"

/* Changes of memory that follow each other within this are one. */
#define BALLOON_NS (30 * NS_PER_S)

/* Names that libxl gives the two ends of a migration while it lasts. */
#define INCOMING "--incoming"
#define AWAY     "--migratedaway"

void events_init(struct events *e, size_t cap)
{
    *e = (struct events){.cap = cap};
}

void events_release(struct events *e)
{
    free(e->ring);
    snapshot_release(&e->last);
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

static void text_cut(char *out, size_t cap, const char *text)
{
    sanitize(out, cap, text, strlen(text));
}

/* A place for one more; the oldest goes where there is no other. */
static struct event *push(struct events *e, const struct snapshot *s, enum event_kind kind)
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

/* A toolstack takes a domain's name away before it destroys it: an event told of it before knows
 * it. */
static void remember_name(const struct events *e, struct event *ev)
{
    for (size_t age = 1; age < MIN(e->count, 64); age++) {
        const struct event *old = &e->ring[(e->first + e->count - 1 - age) % e->cap];
        if (old->domid != ev->domid || memcmp(&old->uuid, &ev->uuid, sizeof(ev->uuid)) != 0 ||
            strcmp(old->name, ev->name) == 0)
            continue;
        memcpy(ev->name, old->name, sizeof(ev->name));
        return;
    }
}

static struct event *push_domain(struct events *e, const struct snapshot *now,
                                 const struct snapshot *s, const struct domain *d,
                                 enum event_kind kind)
{
    struct event *ev = push(e, now, kind);
    char buf[FORMAT_MAX];

    ev->uuid = d->uuid;
    ev->domid = d->domid;
    text_cut(ev->name, sizeof(ev->name), format_domain_name(s, d, buf));
    if (!snapshot_str(s, d->name))
        remember_name(e, ev);
    return ev;
}

/* ---- domains ---- */

struct pair {
    struct events *e;
    const struct snapshot *prev, *cur;
};

/* The end of a name when it is this one; NULL otherwise. */
static const char *name_end(const struct snapshot *s, const struct domain *d, const char *end)
{
    const char *name = snapshot_str(s, d->name);
    size_t len = name ? strlen(name) : 0, end_len = strlen(end);

    return len > end_len && !strcmp(name + len - end_len, end) ? name + len - end_len : NULL;
}

static bool no_uuid(const struct domain *d)
{
    static const struct uuid none;

    return !memcmp(&d->uuid, &none, sizeof(none));
}

/* A domain of the same uuid under another domid; NULL when there is none. */
static const struct domain *namesake(const struct snapshot *s, const struct domain *d)
{
    if (no_uuid(d))
        return NULL;
    for (size_t i = 0; i < s->domain_count; i++)
        if (s->domains[i].domid != d->domid &&
            !memcmp(&s->domains[i].uuid, &d->uuid, sizeof(d->uuid)))
            return &s->domains[i];
    return NULL;
}

static bool has(const struct domain *d, unsigned bit)
{
    return d->state != UNKNOWN && d->state & bit;
}

static bool gains(const struct domain *before, const struct domain *now, unsigned bit)
{
    return before->state != UNKNOWN && !has(before, bit) && has(now, bit);
}

static bool loses(const struct domain *before, const struct domain *now, unsigned bit)
{
    return now->state != UNKNOWN && has(before, bit) && !has(now, bit);
}

/* Gone with its end already told, or on its way out under the name of a migration. */
static bool was_ending(const struct pair *p, const struct domain *d)
{
    return has(d, DOMAIN_SHUTDOWN | DOMAIN_DYING | DOMAIN_CRASHED) || name_end(p->prev, d, AWAY);
}

/* Whether the host of a domain was not there before: then its domains have not just started. */
static bool host_is_new(const struct snapshot *prev, const struct domain *d)
{
    for (size_t i = 0; d->host && i < prev->domain_count; i++)
        if (prev->domains[i].domid >> DOMID_BITS == d->domid >> DOMID_BITS)
            return false;
    return d->host != 0;
}

static void arrived(const struct pair *p, const struct domain *d)
{
    const struct domain *old = namesake(p->prev, d);
    const struct domain *beside = namesake(p->cur, d);
    struct event *ev;

    if (host_is_new(p->prev, d))
        return;
    if (name_end(p->cur, d, INCOMING))
        return; /* told when it has taken its own name */
    if (old && (beside || name_end(p->prev, old, AWAY) || name_end(p->prev, old, INCOMING))) {
        ev = push_domain(p->e, p->cur, p->cur, d, EVENT_MIGRATED_IN);
        snprintf(ev->detail, sizeof(ev->detail), "on this host, was domid %" PRIu64,
                 domid_own(old->domid));
    } else if (old) {
        ev = push_domain(p->e, p->cur, p->cur, d, EVENT_REBOOTED);
        snprintf(ev->detail, sizeof(ev->detail), "was domid %" PRIu64, domid_own(old->domid));
    } else {
        push_domain(p->e, p->cur, p->cur, d, has(d, DOMAIN_PAUSED) ? EVENT_CREATED : EVENT_STARTED);
    }
    if (has(d, DOMAIN_CRASHED))
        push_domain(p->e, p->cur, p->cur, d, EVENT_CRASHED);
}

static void left(const struct pair *p, const struct domain *d)
{
    if (was_ending(p, d) || namesake(p->cur, d) || name_end(p->prev, d, INCOMING))
        return;
    push_domain(p->e, p->cur, p->prev, d, EVENT_DESTROYED);
}

static void changed_name(const struct pair *p, const struct domain *before,
                         const struct domain *now)
{
    const char *a = snapshot_str(p->prev, before->name), *b = snapshot_str(p->cur, now->name);
    struct event *ev;

    if (!a || !b || !strcmp(a, b))
        return;
    if (name_end(p->prev, before, INCOMING)) {
        ev = push_domain(p->e, p->cur, p->cur, now, EVENT_MIGRATED_IN);
        if (namesake(p->cur, now) || namesake(p->prev, now))
            snprintf(ev->detail, sizeof(ev->detail), "on this host");
    } else if (name_end(p->cur, now, AWAY)) {
        ev = push_domain(p->e, p->cur, p->prev, before, EVENT_MIGRATED_OUT);
        if (namesake(p->cur, now) || namesake(p->prev, now))
            snprintf(ev->detail, sizeof(ev->detail), "on this host");
    } else if (!name_end(p->cur, now, INCOMING)) {
        char text[EVENT_DETAIL * 2];
        ev = push_domain(p->e, p->cur, p->cur, now, EVENT_RENAMED);
        snprintf(text, sizeof(text), "was %s", a);
        text_cut(ev->detail, sizeof(ev->detail), text);
    }
}

/* The newest event of this domain, by uuid; NULL when it is long forgotten. */
static struct event *newest_of(const struct pair *p, const struct domain *d)
{
    struct events *e = p->e;

    for (size_t age = 0; age < MIN(e->count, 64); age++) {
        struct event *ev = &e->ring[(e->first + e->count - 1 - age) % e->cap];
        if (ev->domid == d->domid && !memcmp(&ev->uuid, &d->uuid, sizeof(d->uuid)))
            return ev;
    }
    return NULL;
}

/* What came over is let run once it is there: that belongs to its coming. */
static bool just_came(const struct pair *p, const struct domain *now)
{
    const struct event *ev = newest_of(p, now);

    return ev && ev->kind == EVENT_MIGRATED_IN;
}

static void changed_state(const struct pair *p, const struct domain *before,
                          const struct domain *now)
{
    bool ending = has(now, DOMAIN_SHUTDOWN | DOMAIN_DYING | DOMAIN_CRASHED);

    if (gains(before, now, DOMAIN_CRASHED))
        push_domain(p->e, p->cur, p->cur, now, EVENT_CRASHED);
    else if (gains(before, now, DOMAIN_SHUTDOWN) && !has(now, DOMAIN_CRASHED) &&
             !name_end(p->cur, now, AWAY))
        push_domain(p->e, p->cur, p->cur, now, EVENT_SHUT_DOWN);
    else if (gains(before, now, DOMAIN_DYING) && !was_ending(p, before) &&
             !has(now, DOMAIN_SHUTDOWN | DOMAIN_CRASHED) && !name_end(p->cur, now, AWAY))
        push_domain(p->e, p->cur, p->prev, before, EVENT_DESTROYED);
    if (ending)
        return;
    if (gains(before, now, DOMAIN_PAUSED))
        push_domain(p->e, p->cur, p->cur, now, EVENT_PAUSED);
    if (loses(before, now, DOMAIN_PAUSED) && !just_came(p, now))
        push_domain(p->e, p->cur, p->cur, now,
                    before->cpu_ns == 0 ? EVENT_STARTED : EVENT_UNPAUSED);
}

/* The event that this one goes on with: the last of this domain, if it was of this kind and not
 * long ago. */
static struct event *balloon_before(const struct pair *p, const struct domain *d)
{
    struct event *ev = newest_of(p, d);
    bool near = ev && p->cur->wall_ns >= ev->wall_ns && p->cur->wall_ns - ev->wall_ns < BALLOON_NS;

    return near && ev->kind == EVENT_BALLOONED ? ev : NULL;
}

static void changed_target(const struct pair *p, const struct domain *before,
                           const struct domain *now)
{
    uint64_t a = before->mem_target_bytes, b = now->mem_target_bytes;
    char from[FORMAT_MAX], to[FORMAT_MAX], *rest;

    if (a == UNKNOWN || b == UNKNOWN || a == b)
        return;
    struct event *ev = balloon_before(p, now);
    format_bytes(from, (double)a, FORMAT_IEC);
    format_bytes(to, (double)b, FORMAT_IEC);
    if (ev && (rest = strstr(ev->detail, " to "))) {
        snprintf(rest, sizeof(ev->detail) - (size_t)(rest - ev->detail), " to %s", to);
        ev->wall_ns = p->cur->wall_ns;
        return;
    }
    ev = push_domain(p->e, p->cur, p->cur, now, EVENT_BALLOONED);
    snprintf(ev->detail, sizeof(ev->detail), "%s to %s", from, to);
}

/* ---- devices ---- */

struct device {
    uint64_t id;
    const char *dev;
};

static struct device device_at(const struct snapshot *s, enum entity entity, size_t row)
{
    if (entity == ENTITY_VIF)
        return (struct device){s->vifs[row].id, snapshot_str(s, s->vifs[row].dev)};
    return (struct device){s->vbds[row].id, snapshot_str(s, s->vbds[row].dev)};
}

static void push_device(const struct pair *p, const struct domain *now, enum entity entity,
                        struct device device, enum event_kind kind)
{
    struct event *ev = push_domain(p->e, p->cur, p->cur, now, kind);
    char text[EVENT_DETAIL * 2];
    const char *what = entity == ENTITY_VIF ? "vif" : "vbd";

    snprintf(text, sizeof(text), "%s %" PRIu64 "%s%.100s", what, device.id, device.dev ? ", " : "",
             device.dev ? device.dev : "");
    text_cut(ev->detail, sizeof(ev->detail), text);
}

/* Both ranges are sorted by id. */
static void changed_devices(const struct pair *p, const struct domain *before,
                            const struct domain *now, enum entity entity)
{
    size_t a, a_count, b, b_count;

    if (!(p->prev->have & p->cur->have & PART(entity)))
        return;
    domain_devices(before, entity, &a, &a_count);
    domain_devices(now, entity, &b, &b_count);
    for (size_t a_end = a + a_count, b_end = b + b_count; a < a_end || b < b_end;) {
        struct device old = a < a_end ? device_at(p->prev, entity, a) : (struct device){UNKNOWN, 0};
        struct device new = b < b_end ? device_at(p->cur, entity, b) : (struct device){UNKNOWN, 0};
        if (old.id == new.id) {
            a++;
            b++;
        } else if (b == b_end || (a < a_end && old.id < new.id)) {
            push_device(p, now, entity, old, EVENT_DEVICE_REMOVED);
            a++;
        } else {
            push_device(p, now, entity, new, EVENT_DEVICE_ADDED);
            b++;
        }
    }
}

static void stayed(const struct pair *p, const struct domain *before, const struct domain *now)
{
    changed_name(p, before, now);
    changed_state(p, before, now);
    changed_target(p, before, now);
    /* A domain on its way out loses its devices one by one, as one coming gets them. */
    if (has(now, DOMAIN_SHUTDOWN | DOMAIN_DYING | DOMAIN_CRASHED) || before->cpu_ns == 0)
        return;
    changed_devices(p, before, now, ENTITY_VIF);
    changed_devices(p, before, now, ENTITY_VBD);
}

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
                stayed(p, old, new);
            } else { /* the domid was used again */
                left(p, old);
                arrived(p, new);
            }
            i++;
            j++;
        } else if (!new || (old && old->domid < new->domid)) {
            left(p, old);
            i++;
        } else {
            arrived(p, new);
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
        struct event *ev = push(p->e, p->cur,
                                now->error ? EVENT_COLLECTOR_FAILED : EVENT_COLLECTOR_RECOVERED);
        text_cut(ev->name, sizeof(ev->name), name);
        if (now->error)
            text_cut(ev->detail, sizeof(ev->detail),
                     message ? message : strerror((int)-now->error));
    }
}

size_t events_compare(struct events *e, const struct snapshot *prev, const struct snapshot *cur)
{
    uint64_t before = e->added;

    if (!prev->seq || !cur->seq)
        return 0;
    struct pair p = {e, prev, cur};
    compare_reports(&p);
    if (!(cur->have & PART(ENTITY_DOMAIN))) {
        if (prev->have & PART(ENTITY_DOMAIN)) {
            snapshot_copy(&e->last, prev);
            e->have_last = true;
        }
        return (size_t)(e->added - before);
    }
    if (prev->have & PART(ENTITY_DOMAIN)) {
        compare_domains(&p);
    } else if (e->have_last) {
        p.prev = &e->last;
        compare_domains(&p);
    }
    e->have_last = false;
    return (size_t)(e->added - before);
}
