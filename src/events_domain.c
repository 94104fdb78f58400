/*
 * events_domain: what happened to one domain: that it came, went, or was changed. See events.h for
 * how a reboot, a restore and a migration are told apart.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "events_private.h"
#include "format.h"

/* Changes of memory that follow each other within this are one. */
#define BALLOON_NS (30 * NS_PER_S)

/* Names that libxl gives the two ends of a migration while it lasts. */
#define INCOMING "--incoming"
#define AWAY     "--migratedaway"

/* Reasons of a shutdown, of xen/include/public/sched.h. */
#define REASON_REBOOT   1
#define REASON_SUSPEND  2
#define REASON_WATCHDOG 4

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

static bool same_host(const struct domain *a, const struct domain *b)
{
    return a->domid >> DOMID_BITS == b->domid >> DOMID_BITS;
}

static bool suspended(const struct domain *d)
{
    return has(d, DOMAIN_SHUTDOWN) && d->shutdown == REASON_SUSPEND;
}

/* Came from elsewhere, or is there twice. */
static void migrated_in(const struct pair *p, const struct domain *d, const struct domain *old)
{
    struct event *ev = events_push_domain(p, p->cur, d, EVENT_MIGRATED_IN);
    const char *host = snapshot_str(p->prev, old->host);

    if (same_host(old, d))
        snprintf(ev->detail, sizeof(ev->detail), "on this host, was domid %" PRIu64,
                 domid_own(old->domid));
    else if (host)
        snprintf(ev->detail, sizeof(ev->detail), "from %.80s", host);
}

static void rebooted(const struct pair *p, const struct domain *d, const struct domain *old)
{
    struct event *ev = events_push_domain(p, p->cur, d, EVENT_REBOOTED);
    bool seen = has(old, DOMAIN_DYING | DOMAIN_CRASHED) ||
                (has(old, DOMAIN_SHUTDOWN) && old->shutdown != UNKNOWN);

    snprintf(ev->detail, sizeof(ev->detail), "was domid %" PRIu64 "%s%s", domid_own(old->domid),
             seen ? "" : ", or restored", seen || p->e->apart ? "" : ": its end was not seen");
}

/* The newest event of this uuid under whatever domid; NULL when it is long forgotten. */
static const struct event *newest_of_uuid(const struct events *e, const struct domain *d)
{
    for (size_t age = 0; age < e->count && !no_uuid(d); age++) {
        const struct event *ev = events_get(e, age);
        if (!memcmp(&ev->uuid, &d->uuid, sizeof(d->uuid)))
            return ev;
    }
    return NULL;
}

/* Its domid before, when it goes on from where it was suspended; UNKNOWN when it does not. */
static uint64_t restored_from(const struct pair *p, const struct domain *d,
                              const struct domain *old)
{
    if (old)
        return suspended(old) ? old->domid : UNKNOWN;
    const struct event *ev = newest_of_uuid(p->e, d);
    return ev && ev->kind == EVENT_SUSPENDED ? ev->domid : UNKNOWN;
}

/* Just being made: its name comes in a moment, and then it is told of. */
static bool is_nameless_yet(const struct snapshot *s, const struct domain *d)
{
    return !snapshot_str(s, d->name) && has(d, DOMAIN_PAUSED) && d->cpu_ns == 0 &&
           !has(d, DOMAIN_SHUTDOWN | DOMAIN_DYING | DOMAIN_CRASHED);
}

void events_arrived(const struct pair *p, const struct domain *d)
{
    const struct domain *old = namesake(p->prev, d);
    const struct domain *beside = namesake(p->cur, d);
    uint64_t before = UNKNOWN;

    if (host_is_new(p->prev, d))
        return;
    if (name_end(p->cur, d, INCOMING) || (beside && is_nameless_yet(p->cur, d)))
        return; /* told when it has taken its own name */
    if (old && (beside || !same_host(old, d) || name_end(p->prev, old, AWAY) ||
                name_end(p->prev, old, INCOMING))) {
        migrated_in(p, d, old);
    } else if ((before = restored_from(p, d, old)) != UNKNOWN) {
        struct event *ev = events_push_domain(p, p->cur, d, EVENT_RESTORED);
        snprintf(ev->detail, sizeof(ev->detail), "was domid %" PRIu64, domid_own(before));
    } else if (old) {
        rebooted(p, d, old);
    } else if (!is_nameless_yet(p->cur, d)) {
        events_push_domain(p, p->cur, d, has(d, DOMAIN_PAUSED) ? EVENT_CREATED : EVENT_STARTED);
    }
    if (has(d, DOMAIN_CRASHED))
        events_push_domain(p, p->cur, d, EVENT_CRASHED);
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

static bool just_came(const struct pair *p, const struct domain *now);

/* That it left was told, when it took its last name; a toolstack takes that away before it goes. */
static bool has_left(const struct pair *p, const struct domain *d)
{
    const struct event *ev = newest_of(p, d);

    return ev && ev->kind == EVENT_MIGRATED_OUT;
}

/* The other end of a migration on this host goes on, and that this one had gone was not told: it
 * took its last name and went between two samples. */
static bool left_for_here(const struct pair *p, const struct domain *d)
{
    const struct domain *other = namesake(p->cur, d);

    return other && same_host(other, d) && namesake(p->prev, d) && !just_came(p, d) &&
           !has_left(p, d) && !name_end(p->prev, d, INCOMING) && !name_end(p->prev, d, AWAY) &&
           !has(d, DOMAIN_CRASHED);
}

void events_left(const struct pair *p, const struct domain *d)
{
    if (left_for_here(p, d)) {
        struct event *ev = events_push_domain(p, p->prev, d, EVENT_MIGRATED_OUT);
        snprintf(ev->detail, sizeof(ev->detail), "on this host");
        return;
    }
    if (was_ending(p, d) || namesake(p->cur, d) || name_end(p->prev, d, INCOMING))
        return;
    struct event *ev = events_push_domain(p, p->prev, d, EVENT_DESTROYED);
    if (!p->e->apart)
        events_text(ev->detail, sizeof(ev->detail), "its end was not seen between samples");
}

static void changed_name(const struct pair *p, const struct domain *before,
                         const struct domain *now)
{
    const char *a = snapshot_str(p->prev, before->name), *b = snapshot_str(p->cur, now->name);
    struct event *ev;

    if (b && is_nameless_yet(p->prev, before) && !newest_of(p, now)) {
        const struct domain *other = namesake(p->cur, now);
        if (!other)
            other = namesake(p->prev, now);
        if (name_end(p->cur, now, INCOMING))
            return;
        if (other)
            migrated_in(p, now, other);
        else if (has(now, DOMAIN_PAUSED))
            events_push_domain(p, p->cur, now, EVENT_CREATED);
        return;
    }
    if (!a || !b || !strcmp(a, b))
        return;
    if (name_end(p->prev, before, INCOMING)) {
        ev = events_push_domain(p, p->cur, now, EVENT_MIGRATED_IN);
        if (namesake(p->cur, now) || namesake(p->prev, now))
            snprintf(ev->detail, sizeof(ev->detail), "on this host");
    } else if (name_end(p->cur, now, AWAY)) {
        ev = events_push_domain(p, p->prev, before, EVENT_MIGRATED_OUT);
        if (namesake(p->cur, now) || namesake(p->prev, now))
            snprintf(ev->detail, sizeof(ev->detail), "on this host");
    } else if (!name_end(p->cur, now, INCOMING) && !name_end(p->prev, before, AWAY)) {
        char text[EVENT_DETAIL * 2];
        ev = events_push_domain(p, p->cur, now, EVENT_RENAMED);
        snprintf(text, sizeof(text), "was %s", a);
        events_text(ev->detail, sizeof(ev->detail), text);
    }
}

/* What came over is let run once it is there: that belongs to its coming. */
static bool just_came(const struct pair *p, const struct domain *now)
{
    const struct event *ev = newest_of(p, now);

    return ev && (ev->kind == EVENT_MIGRATED_IN || ev->kind == EVENT_RESTORED);
}

/* A suspended one beside its other end is in the middle of a migration, which is told as such. */
static void shut_down(const struct pair *p, const struct domain *now)
{
    if (suspended(now)) {
        if (!namesake(p->cur, now))
            events_push_domain(p, p->cur, now, EVENT_SUSPENDED);
        return;
    }
    struct event *ev = events_push_domain(p, p->cur, now, EVENT_SHUT_DOWN);
    if (now->shutdown == REASON_REBOOT)
        events_text(ev->detail, sizeof(ev->detail), "to reboot");
    else if (now->shutdown == REASON_WATCHDOG)
        events_text(ev->detail, sizeof(ev->detail), "by its watchdog");
}

static void changed_state(const struct pair *p, const struct domain *before,
                          const struct domain *now)
{
    bool ending = has(now, DOMAIN_SHUTDOWN | DOMAIN_DYING | DOMAIN_CRASHED);

    if (gains(before, now, DOMAIN_CRASHED))
        events_push_domain(p, p->cur, now, EVENT_CRASHED);
    else if (gains(before, now, DOMAIN_SHUTDOWN) && !has(now, DOMAIN_CRASHED) &&
             !name_end(p->cur, now, AWAY))
        shut_down(p, now);
    else if (gains(before, now, DOMAIN_DYING) && !was_ending(p, before) &&
             !has(now, DOMAIN_SHUTDOWN | DOMAIN_CRASHED) && !name_end(p->cur, now, AWAY))
        events_push_domain(p, p->prev, before, EVENT_DESTROYED);
    if (ending)
        return;
    if (suspended(before))
        events_push_domain(p, p->cur, now, EVENT_RESUMED);
    if (gains(before, now, DOMAIN_PAUSED))
        events_push_domain(p, p->cur, now, EVENT_PAUSED);
    if (loses(before, now, DOMAIN_PAUSED) && !just_came(p, now) && !name_end(p->cur, now, INCOMING))
        events_push_domain(p, p->cur, now, before->cpu_ns == 0 ? EVENT_STARTED : EVENT_UNPAUSED);
}

/* The event that this one goes on with: the last of this domain, if it was of this kind and not
 * long ago. */
static struct event *balloon_before(const struct pair *p, const struct domain *d)
{
    struct event *ev = p->e->final ? NULL : newest_of(p, d);
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
    ev = events_push_domain(p, p->cur, now, EVENT_BALLOONED);
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
    struct event *ev = events_push_domain(p, p->cur, now, kind);
    char text[EVENT_DETAIL * 2];
    const char *what = entity == ENTITY_VIF ? "vif" : "vbd";

    snprintf(text, sizeof(text), "%s %" PRIu64 "%s%.100s", what, device.id, device.dev ? ", " : "",
             device.dev ? device.dev : "");
    events_text(ev->detail, sizeof(ev->detail), text);
}

/* A domain as it was when its devices were last read; NULL when it was not there then. */
static const struct domain *as_read(const struct pair *p, const struct snapshot *s,
                                    const struct domain *before)
{
    const struct domain *d = s == p->prev ? before : s ? snapshot_domain(s, before->domid) : NULL;

    return d && domain_same(d, before) ? d : NULL;
}

/* Both ranges are sorted by id. */
static void changed_devices(const struct pair *p, const struct domain *before,
                            const struct domain *now, enum entity entity)
{
    const struct snapshot *s = p->devices[entity == ENTITY_VIF ? KEPT_VIFS : KEPT_VBDS];
    const struct domain *read = as_read(p, s, before);
    size_t a, a_count, b, b_count;

    if (!read || read->cpu_ns == 0 || !(p->cur->have & PART(entity)))
        return;
    domain_devices(read, entity, &a, &a_count);
    domain_devices(now, entity, &b, &b_count);
    for (size_t a_end = a + a_count, b_end = b + b_count; a < a_end || b < b_end;) {
        struct device old = a < a_end ? device_at(s, entity, a) : (struct device){UNKNOWN, 0};
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

void events_stayed(const struct pair *p, const struct domain *before, const struct domain *now)
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
