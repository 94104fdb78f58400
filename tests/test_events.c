/* events: each kind is told once, from two samples, and nothing is told that did not happen. */
#include "unit.h"

#include <stdio.h>

#include "base.h"
#include "events.h"
#include "simulated.h"

struct watch {
    struct snapshot prev, cur;
    struct events events;
};

static int setup(void **state)
{
    static struct watch w;

    memset(&w, 0, sizeof(w));
    events_init(&w.events, 8);
    unit_sample(&w.prev, 1, 0);
    unit_sample(&w.cur, 2, 1);
    w.prev.wall_ns = 10 * NS_PER_S;
    w.cur.wall_ns = 11 * NS_PER_S;
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct watch *w = *state;

    events_release(&w->events);
    snapshot_release(&w->prev);
    snapshot_release(&w->cur);
    return 0;
}

static struct domain *add(struct snapshot *s, uint64_t domid, uint8_t uuid, const char *name,
                          unsigned bits)
{
    strref ref = snapshot_add_cstr(s, name);
    struct domain *d = unit_domain(s, domid, uuid);

    d->name = ref;
    d->state = bits;
    d->cpu_ns = 5;
    return d;
}

static void compare(struct watch *w)
{
    snapshot_seal(&w->prev);
    snapshot_seal(&w->cur);
    events_compare(&w->events, &w->prev, &w->cur);
}

static const struct event *only(struct watch *w, enum event_kind kind)
{
    assert_int_equal(events_count(&w->events), 1);
    const struct event *ev = events_get(&w->events, 0);
    assert_string_equal(event_word(ev->kind), event_word(kind));
    assert_int_equal(ev->wall_ns, 11 * NS_PER_S);
    return ev;
}

/* Samples that follow each other: the last one's domain, then the new one's. */
static struct domain *next(struct watch *w)
{
    struct snapshot old = w->prev;

    w->prev = w->cur;
    w->cur = old;
    unit_sample(&w->cur, w->prev.seq + 1, 2);
    w->cur.wall_ns = 11 * NS_PER_S;
    return w->prev.domain_count ? &w->prev.domains[0] : NULL;
}

static void nothing_happened(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 1, "a", DOMAIN_BLOCKED);
    compare(w);
    assert_int_equal(events_count(&w->events), 0);
    w->prev.seq = 0; /* the first sample has no before */
    add(&w->cur, 2, 2, "b", 0);
    compare(w);
    assert_int_equal(events_count(&w->events), 0);
}

static void created_and_started(void **state)
{
    struct watch *w = *state;

    add(&w->cur, 1, 1, "a", DOMAIN_PAUSED)->cpu_ns = 0;
    compare(w);
    const struct event *ev = only(w, EVENT_CREATED);
    assert_string_equal(ev->name, "a");
    assert_int_equal(ev->domid, 1);
    assert_int_equal(ev->uuid.bytes[0], 1);

    w->events.count = 0;
    add(&w->prev, 1, 1, "a", DOMAIN_PAUSED)->cpu_ns = 0;
    w->cur.domains[0].state = DOMAIN_RUNNING;
    compare(w);
    only(w, EVENT_STARTED);
}

static void started_at_once(void **state)
{
    struct watch *w = *state;

    add(&w->cur, 1, 1, "a", DOMAIN_RUNNING);
    compare(w);
    only(w, EVENT_STARTED);
}

static void paused_and_unpaused(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_BLOCKED);
    add(&w->cur, 1, 1, "a", DOMAIN_BLOCKED | DOMAIN_PAUSED);
    compare(w);
    only(w, EVENT_PAUSED);
    w->events.count = 0;
    events_compare(&w->events, &w->cur, &w->prev);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_UNPAUSED);
}

static void crashed(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 1, "a", DOMAIN_CRASHED | DOMAIN_SHUTDOWN | DOMAIN_PAUSED);
    compare(w);
    only(w, EVENT_CRASHED);
}

static void shut_down_then_gone(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 1, "a", DOMAIN_SHUTDOWN);
    compare(w);
    only(w, EVENT_SHUT_DOWN);
    /* Its leaving is no news. */
    w->prev.domains[0].state = DOMAIN_SHUTDOWN;
    w->cur.domain_count = 0;
    compare(w);
    only(w, EVENT_SHUT_DOWN);
}

static void destroyed(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    compare(w);
    assert_string_equal(only(w, EVENT_DESTROYED)->name, "a");
    assert_string_equal(events_get(&w->events, 0)->detail, "its end was not seen between samples");
    /* Seen as it goes, it did not shut down. */
    w->events.count = 0;
    add(&w->cur, 1, 1, "a", DOMAIN_DYING);
    compare(w);
    assert_string_equal(only(w, EVENT_DESTROYED)->detail, "");
}

/* xl takes the name away a while before the domain is gone. */
static void destroyed_without_a_name(void **state)
{
    struct watch *w = *state;

    add(&w->cur, 1, 1, "a", DOMAIN_RUNNING);
    compare(w);
    add(&w->prev, 1, 1, NULL, DOMAIN_RUNNING);
    w->cur.domain_count = 0;
    compare(w);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_DESTROYED);
    assert_string_equal(events_get(&w->events, 0)->name, "a");
}

/* Nothing was told of it before, and its name goes as it does. */
static void crashed_without_a_name(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 1, NULL, DOMAIN_CRASHED);
    compare(w);
    assert_string_equal(only(w, EVENT_CRASHED)->name, "a");
}

/* The toolstack names it a moment after Xen has it. */
static void created_without_a_name(void **state)
{
    struct watch *w = *state;

    add(&w->cur, 1, 1, NULL, DOMAIN_PAUSED)->cpu_ns = 0;
    compare(w);
    assert_int_equal(events_count(&w->events), 0);
    next(w);
    add(&w->cur, 1, 1, "a", DOMAIN_PAUSED)->cpu_ns = 0;
    compare(w);
    assert_string_equal(only(w, EVENT_CREATED)->name, "a");
    next(w);
    add(&w->cur, 1, 1, "a", DOMAIN_RUNNING);
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_STARTED);
}

static void rebooted(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 5, 1, "a", DOMAIN_RUNNING);
    compare(w);
    const struct event *ev = only(w, EVENT_REBOOTED);
    assert_int_equal(ev->domid, 5);
    /* Whoever looks every 10 s may see no end of it. */
    assert_string_equal(ev->detail, "was domid 1, or restored: its end was not seen");
    w->events.count = 0;
    w->prev.domains[0].state = DOMAIN_SHUTDOWN;
    w->prev.domains[0].shutdown = 1;
    compare(w);
    assert_string_equal(only(w, EVENT_REBOOTED)->detail, "was domid 1");
    w->events.count = 0;
    w->prev.domains[0].state = DOMAIN_CRASHED;
    w->prev.domains[0].shutdown = 3;
    compare(w);
    assert_string_equal(only(w, EVENT_REBOOTED)->detail, "was domid 1");
    w->events.count = 0;
    w->prev.domains[0].state = DOMAIN_SHUTDOWN; /* an engine that has no reason */
    w->prev.domains[0].shutdown = UNKNOWN;
    compare(w);
    assert_string_equal(only(w, EVENT_REBOOTED)->detail,
                        "was domid 1, or restored: its end was not seen");
}

static void reasons_of_a_shutdown(void **state)
{
    static const struct {
        uint64_t reason;
        const char *detail;
    } cases[] = {{0, ""}, {1, "to reboot"}, {4, "by its watchdog"}, {UNKNOWN, ""}};
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 1, "a", DOMAIN_SHUTDOWN);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        w->events.count = 0;
        w->cur.domains[0].shutdown = cases[i].reason;
        compare(w);
        assert_string_equal(only(w, EVENT_SHUT_DOWN)->detail, cases[i].detail);
    }
}

static void suspend(struct watch *w)
{
    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 1, "a", DOMAIN_SHUTDOWN)->shutdown = 2;
    compare(w);
    only(w, EVENT_SUSPENDED);
}

/* Saved, and restored at once, or after samples without it: no reboot, and no start. */
static void saved_and_restored(void **state)
{
    struct watch *w = *state;

    for (int away = 0; away < 4; away++) {
        unit_sample(&w->prev, 1, 0);
        unit_sample(&w->cur, 2, 1);
        w->cur.wall_ns = 11 * NS_PER_S;
        w->events.count = 0;
        suspend(w);
        for (int i = 0; i < away; i++) {
            next(w);
            add(&w->cur, 3, 3, "b", DOMAIN_RUNNING);
            if (i == 0) /* started, which is not it */
                add(&w->prev, 3, 3, "b", DOMAIN_RUNNING);
            compare(w);
        }
        assert_int_equal(events_count(&w->events), 1); /* its leaving is no news */
        next(w);
        if (away) /* still there beside it */
            add(&w->cur, 3, 3, "b", DOMAIN_RUNNING);
        add(&w->cur, 7, 1, away % 2 ? "a" : NULL, DOMAIN_PAUSED)->cpu_ns = 0;
        compare(w);
        assert_int_equal(events_count(&w->events), 2);
        const struct event *ev = events_get(&w->events, 0);
        assert_int_equal(ev->kind, EVENT_RESTORED);
        assert_int_equal(ev->domid, 7);
        assert_string_equal(ev->name, "a");
        assert_string_equal(ev->detail, "was domid 1");
        /* That it is let run belongs to it. */
        next(w);
        if (away)
            add(&w->cur, 3, 3, "b", DOMAIN_RUNNING);
        add(&w->cur, 7, 1, "a", DOMAIN_RUNNING);
        compare(w);
        assert_int_equal(events_count(&w->events), 2);
    }
}

/* A checkpoint, or a migration that failed. */
static void suspended_and_resumed(void **state)
{
    struct watch *w = *state;

    suspend(w);
    next(w);
    add(&w->cur, 1, 1, "a", DOMAIN_RUNNING);
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_RESUMED);
    /* It is not restored by being born again later. */
    next(w);
    compare(w);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_DESTROYED);
    next(w);
    add(&w->cur, 9, 1, "a", DOMAIN_RUNNING);
    compare(w);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_STARTED);
}

/* What is the same uuid on another host has come over; it did not reboot. */
static void migrated_between_hosts(void **state)
{
    struct watch *w = *state;
    uint64_t a = UINT64_C(1) << DOMID_BITS, b = UINT64_C(2) << DOMID_BITS;

    for (int both = 0; both < 2; both++) {
        unit_sample(&w->prev, 1, 0);
        unit_sample(&w->cur, 2, 1);
        w->cur.wall_ns = 11 * NS_PER_S;
        w->events.count = 0;
        strref host = snapshot_add_cstr(&w->prev, "left");
        add(&w->prev, a + 1, 1, "web", DOMAIN_RUNNING)->host = host;
        add(&w->prev, b + 1, 2, "other", DOMAIN_RUNNING);
        host = snapshot_add_cstr(&w->cur, "right");
        if (both)
            add(&w->cur, a + 1, 1, "web", DOMAIN_RUNNING);
        add(&w->cur, b + 1, 2, "other", DOMAIN_RUNNING);
        add(&w->cur, b + 4, 1, "web", DOMAIN_RUNNING)->host = host;
        compare(w);
        assert_string_equal(only(w, EVENT_MIGRATED_IN)->detail, "from left");
    }
}

static void a_domid_used_again(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 2, "b", DOMAIN_RUNNING);
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
    assert_int_equal(events_get(&w->events, 1)->kind, EVENT_DESTROYED);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_STARTED);
}

/* Two domains, one uuid, for a moment: nothing but the migration is told. */
static void migrated_on_this_host(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->cur, 1, 1, "a", DOMAIN_RUNNING);
    strref incoming = snapshot_add_cstr(&w->cur, "a--incoming");
    struct domain *other = add(&w->cur, 2, 1, NULL, DOMAIN_PAUSED);
    other->cpu_ns = 0;
    compare(w); /* at first without a name */
    assert_int_equal(events_count(&w->events), 0);
    unit_sample(&w->prev, 1, 0);
    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);
    add(&w->prev, 2, 1, NULL, DOMAIN_PAUSED)->cpu_ns = 0;
    w->cur.domains[1].name = incoming;
    compare(w);
    assert_int_equal(events_count(&w->events), 0);
    unit_sample(&w->prev, 1, 0);
    add(&w->prev, 1, 1, "a", DOMAIN_RUNNING);

    add(&w->prev, 2, 1, "a--incoming", DOMAIN_PAUSED);
    w->cur.domains[0].state = DOMAIN_SHUTDOWN;
    w->cur.domains[0].shutdown = 2;
    compare(w);
    assert_int_equal(events_count(&w->events), 0);
    unit_sample(&w->cur, 3, 2);
    w->cur.wall_ns = 11 * NS_PER_S;
    add(&w->cur, 1, 1, "a--migratedaway", DOMAIN_SHUTDOWN);
    add(&w->cur, 2, 1, "a", DOMAIN_PAUSED);
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
    assert_int_equal(events_get(&w->events, 1)->kind, EVENT_MIGRATED_OUT);
    assert_string_equal(events_get(&w->events, 1)->name, "a");
    assert_string_equal(events_get(&w->events, 1)->detail, "on this host");
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_MIGRATED_IN);
    assert_int_equal(events_get(&w->events, 0)->domid, 2);

    /* That it was suspended for that, that it is let run, and that the old one goes, belongs to
     * it. */
    unit_sample(&w->prev, 4, 3);
    add(&w->prev, 1, 1, "a--migratedaway", DOMAIN_SHUTDOWN);
    add(&w->prev, 2, 1, "a", DOMAIN_PAUSED)->cpu_ns = 0;
    unit_sample(&w->cur, 5, 4);
    add(&w->cur, 2, 1, "a", DOMAIN_RUNNING);
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
}

/* What xl does for a migration to the same host, a thing at a time. */
static const struct {
    struct {
        bool there;
        const char *name;
        unsigned bits;
    } old, new;
} steps[] = {
    {{true, "a", DOMAIN_RUNNING}, {false, NULL, 0}},
    {{true, "a", DOMAIN_RUNNING}, {true, NULL, DOMAIN_PAUSED}},
    {{true, "a", DOMAIN_RUNNING}, {true, "a--incoming", DOMAIN_PAUSED}},
    {{true, "a", DOMAIN_SHUTDOWN}, {true, "a--incoming", DOMAIN_PAUSED}},
    {{true, "a--migratedaway", DOMAIN_SHUTDOWN}, {true, "a--incoming", DOMAIN_PAUSED}},
    {{true, "a--migratedaway", DOMAIN_SHUTDOWN}, {true, "a", DOMAIN_PAUSED}},
    {{true, "a--migratedaway", DOMAIN_SHUTDOWN}, {true, "a", DOMAIN_RUNNING}},
    {{true, "a--migratedaway", DOMAIN_SHUTDOWN | DOMAIN_DYING}, {true, "a", DOMAIN_RUNNING}},
    {{true, NULL, DOMAIN_SHUTDOWN | DOMAIN_DYING}, {true, "a", DOMAIN_RUNNING}},
    {{false, NULL, 0}, {true, "a", DOMAIN_RUNNING}},
};

/* A sample of a step; names are read later, and may be of one before. */
static void sample_step(struct snapshot *s, uint64_t seq, size_t step, size_t old_lag,
                        size_t new_lag)
{
    unit_sample(s, seq, seq);
    s->wall_ns = (10 + seq) * NS_PER_S;
    if (steps[step].old.there)
        add(s, 1, 1, steps[step - MIN(step, old_lag)].old.name, steps[step].old.bits)
            ->shutdown = steps[step].old.bits & DOMAIN_SHUTDOWN ? 2 : UNKNOWN;
    if (steps[step].new.there) {
        struct domain *d = add(s, 2, 1, steps[step - MIN(step, new_lag)].new.name,
                               steps[step].new.bits);
        d->cpu_ns = steps[step].new.bits &DOMAIN_RUNNING ? 5 : 0;
    }
    snapshot_seal(s);
}

/* What is told of it in the steps of a set, with names so late, but for the end. */
static void migrate(struct watch *w, unsigned set, size_t old_lag, size_t new_lag)
{
    const size_t end = ARRAY_LEN(steps) - 1;
    uint64_t seq = 1;

    w->events.count = 0;
    sample_step(&w->prev, seq, 0, 0, 0);
    for (size_t i = 1; i <= end; i++) {
        if (i < end && !(set & 1u << (i - 1)))
            continue;
        sample_step(&w->cur, ++seq, i, old_lag, i < end ? new_lag : 0);
        events_compare(&w->events, &w->prev, &w->cur);
        struct snapshot old = w->prev;
        w->prev = w->cur;
        w->cur = old;
    }
}

/* Whichever of the steps samples see, and however late names come: it is one migration, and nothing
 * else. */
static void migrated_on_this_host_in_steps(void **state)
{
    struct watch *w = *state;

    for (unsigned set = 1; set < 1u << (ARRAY_LEN(steps) - 2); set++)
        for (size_t lags = 0; lags < 16; lags++) {
            size_t in = 0, out = 0;
            migrate(w, set, lags % 4, lags / 4);
            for (size_t age = 0; age < events_count(&w->events); age++) {
                const struct event *ev = events_get(&w->events, age);
                assert_non_null(strstr(ev->detail, "on this host"));
                assert_string_equal(ev->name, "a");
                in += ev->kind == EVENT_MIGRATED_IN && ev->domid == 2;
                out += ev->kind == EVENT_MIGRATED_OUT && ev->domid == 1;
            }
            if (in != 1 || out != 1 || events_count(&w->events) != 2)
                fail_msg("steps %x, names %zu and %zu late: %zu events", set, lags % 4, lags / 4,
                         events_count(&w->events));
        }
    /* Of which no sample sees anything, nobody knows what it was. */
    migrate(w, 0, 0, 0);
    assert_int_equal(events_count(&w->events), 1);
    assert_string_equal(events_get(&w->events, 0)->detail,
                        "was domid 1, or restored: its end was not seen");
}

/* The last name of the end that goes is not always seen. */
static void migrated_on_this_host_quickly(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", DOMAIN_SHUTDOWN)->shutdown = 2;
    add(&w->prev, 2, 1, "a--incoming", DOMAIN_PAUSED);
    add(&w->cur, 2, 1, "a", DOMAIN_RUNNING);
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
    for (size_t age = 0; age < 2; age++) {
        const struct event *ev = events_get(&w->events, age);
        bool out = ev->kind == EVENT_MIGRATED_OUT;
        assert_true(out || ev->kind == EVENT_MIGRATED_IN);
        assert_int_equal(ev->domid, out ? 1 : 2);
        assert_string_equal(ev->detail, "on this host");
        assert_string_equal(ev->name, "a");
    }
    /* One that did not come to be is no more than gone, and neither is one that had just come. */
    unit_sample(&w->prev, 3, 2);
    unit_sample(&w->cur, 4, 3);
    add(&w->prev, 2, 1, "a", DOMAIN_RUNNING);
    add(&w->prev, 3, 1, "a--incoming", DOMAIN_PAUSED);
    add(&w->cur, 2, 1, "a", DOMAIN_RUNNING);
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
}

static void ballooned_once(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", 0)->mem_target_bytes = UINT64_C(4) << 30;
    add(&w->cur, 1, 1, "a", 0)->mem_target_bytes = UINT64_C(3) << 30;
    compare(w);
    assert_string_equal(only(w, EVENT_BALLOONED)->detail, "4.0G to 3.0G");
    /* One that follows at once goes on with it. */
    w->prev.domains[0].mem_target_bytes = UINT64_C(3) << 30;
    w->cur.domains[0].mem_target_bytes = UINT64_C(2) << 30;
    compare(w);
    assert_string_equal(only(w, EVENT_BALLOONED)->detail, "4.0G to 2.0G");
    w->cur.wall_ns += 40 * NS_PER_S;
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
    /* What has been passed on stays as it was. */
    w->events.final = true;
    compare(w);
    assert_int_equal(events_count(&w->events), 3);
    assert_string_equal(events_get(&w->events, 0)->detail, "3.0G to 2.0G");
}

static void renamed(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", 0);
    add(&w->cur, 1, 1, "b", 0);
    compare(w);
    const struct event *ev = only(w, EVENT_RENAMED);
    assert_string_equal(ev->name, "b");
    assert_string_equal(ev->detail, "was a");
}

static void devices(void **state)
{
    struct watch *w = *state;

    add(&w->prev, 1, 1, "a", 0);
    add(&w->cur, 1, 1, "a", 0);
    snapshot_add_vif(&w->prev, 1, 0);
    snapshot_add_vif(&w->cur, 1, 0);
    snapshot_add_vif(&w->cur, 1, 1);
    strref xvda = snapshot_add_cstr(&w->prev, "xvda");
    snapshot_add_vbd(&w->prev, 1, 51712)->dev = xvda;
    compare(w);
    assert_int_equal(events_count(&w->events), 2);
    assert_int_equal(events_get(&w->events, 1)->kind, EVENT_DEVICE_ADDED);
    assert_string_equal(events_get(&w->events, 1)->detail, "vif 1");
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_DEVICE_REMOVED);
    assert_string_equal(events_get(&w->events, 0)->detail, "vbd 51712, xvda");

    /* Nobody looked: nothing is known to be gone. */
    w->events.count = 0;
    w->cur.have &= ~(PART(ENTITY_VBD) | PART(ENTITY_VIF));
    compare(w);
    assert_int_equal(events_count(&w->events), 0);
}

/* A part that could not be read for a while: what changed meanwhile is told when it can be. */
static void devices_that_could_not_be_read(void **state)
{
    static const unsigned missing[] = {PART(ENTITY_VIF), PART(ENTITY_VBD),
                                       PART(ENTITY_VIF) | PART(ENTITY_VBD), PART(ENTITY_DOMAIN)};
    struct watch *w = *state;

    for (size_t m = 0; m < ARRAY_LEN(missing); m++) {
        unit_sample(&w->prev, 1, 0);
        unit_sample(&w->cur, 2, 1);
        w->events.count = 0;
        for (unsigned away = 1; away <= 3; away++) {
            struct snapshot *s = away == 1 ? &w->prev : &w->cur;
            if (away > 1)
                s->have &= ~missing[m];
            if (s->have & PART(ENTITY_DOMAIN)) {
                add(s, 1, 1, "a", 0);
                add(s, 2, 2, "b", 0);
            }
            if (s->have & PART(ENTITY_VIF))
                snapshot_add_vif(s, 2, 0);
            if (s->have & PART(ENTITY_VBD))
                snapshot_add_vbd(s, 2, 51712);
            if (away > 1) {
                compare(w);
                next(w);
            }
        }
        assert_int_equal(events_count(&w->events), 0);
        /* The vif is another and the vbd is gone; c came meanwhile, and with what it has. */
        add(&w->cur, 1, 1, "a", 0);
        add(&w->cur, 2, 2, "b", 0);
        add(&w->prev, 3, 3, "c", 0);
        add(&w->cur, 3, 3, "c", 0);
        snapshot_add_vif(&w->cur, 2, 1);
        snapshot_add_vif(&w->cur, 3, 0);
        if (missing[m] == PART(ENTITY_DOMAIN))
            w->prev.domain_count = 0;
        if (!(missing[m] & PART(ENTITY_VIF)))
            snapshot_add_vif(&w->prev, 3, 0);
        compare(w);
        size_t news = missing[m] == PART(ENTITY_DOMAIN);
        assert_int_equal(events_count(&w->events), 3 + news);
        assert_string_equal(events_get(&w->events, news + 2)->detail, "vif 0");
        assert_int_equal(events_get(&w->events, news + 2)->kind, EVENT_DEVICE_REMOVED);
        assert_int_equal(events_get(&w->events, news + 1)->kind, EVENT_DEVICE_ADDED);
        assert_string_equal(events_get(&w->events, news)->detail, "vbd 51712");
        assert_int_equal(events_get(&w->events, news)->kind, EVENT_DEVICE_REMOVED);
        /* Told once. */
        next(w);
        add(&w->cur, 1, 1, "a", 0);
        add(&w->cur, 2, 2, "b", 0);
        add(&w->cur, 3, 3, "c", 0);
        snapshot_add_vif(&w->cur, 2, 1);
        snapshot_add_vif(&w->cur, 3, 0);
        compare(w);
        assert_int_equal(events_count(&w->events), 3 + news);
    }
}

static void collectors(void **state)
{
    struct watch *w = *state;

    snapshot_add_report(&w->prev, "xenstore")->error = 0;
    strref why = snapshot_add_cstr(&w->cur, "no answer");
    struct report *r = snapshot_add_report(&w->cur, "xenstore");
    r->error = -5;
    r->message = why;
    compare(w);
    const struct event *ev = only(w, EVENT_COLLECTOR_FAILED);
    assert_string_equal(ev->name, "xenstore");
    assert_string_equal(ev->detail, "no answer");
    assert_int_equal(ev->domid, UNKNOWN);
    events_compare(&w->events, &w->cur, &w->prev);
    assert_int_equal(events_get(&w->events, 0)->kind, EVENT_COLLECTOR_RECOVERED);
}

/* A sample without domains is not the end of all of them. */
static void domains_that_could_not_be_read(void **state)
{
    struct watch *w = *state;
    struct snapshot later = {0};

    add(&w->prev, 1, 1, "a", 0);
    add(&w->prev, 2, 2, "b", 0);
    w->cur.have = 0;
    compare(w);
    assert_int_equal(events_count(&w->events), 0);
    unit_sample(&later, 3, 2);
    later.wall_ns = 11 * NS_PER_S;
    add(&later, 1, 1, "a", 0);
    snapshot_seal(&later);
    events_compare(&w->events, &w->cur, &later);
    assert_string_equal(only(w, EVENT_DESTROYED)->name, "b");
    snapshot_release(&later);
}

static void the_oldest_go(void **state)
{
    struct watch *w = *state;
    char name[8];

    for (uint8_t i = 1; i <= 20; i++) {
        snprintf(name, sizeof(name), "d%u", i);
        add(&w->cur, i, i, name, DOMAIN_RUNNING);
    }
    compare(w);
    assert_int_equal(events_count(&w->events), 8);
    assert_string_equal(events_get(&w->events, 0)->name, "d20");
    assert_string_equal(events_get(&w->events, 7)->name, "d13");
}

static void long_names(void **state)
{
    struct watch *w = *state;
    char name[300];

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    add(&w->prev, 1, 1, name, 0);
    add(&w->cur, 1, 1, "b", 0);
    compare(w);
    assert_int_equal(strlen(only(w, EVENT_RENAMED)->detail), EVENT_DETAIL - 1);
}

/* A simulated host lives through all of it, and every domain that comes or goes is told of. */
static void a_simulated_life(void **state)
{
    struct simulated h;
    struct events e;
    size_t kinds[EVENT_KINDS] = {0};

    (void)state;
    events_init(&e, 10000);
    simulated_open(&h, "domains=30,seed=3,step=2");
    for (int i = 0; i < 900; i++) {
        simulated_sample(&h);
        events_compare(&e, h.before, h.now);
    }
    for (size_t i = 0; i < events_count(&e); i++)
        kinds[events_get(&e, i)->kind]++;
    for (int k = EVENT_CREATED; k <= EVENT_BALLOONED; k++)
        if (k != EVENT_CREATED) /* its guests run at once */
            assert_true(kinds[k] > 0);
    assert_int_equal(kinds[EVENT_RENAMED], 0);
    assert_int_equal(kinds[EVENT_COLLECTOR_FAILED], 0);
    simulated_close(&h);
    events_release(&e);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_happened),
        TEST(created_and_started),
        TEST(started_at_once),
        TEST(paused_and_unpaused),
        TEST(crashed),
        TEST(shut_down_then_gone),
        TEST(destroyed),
        TEST(destroyed_without_a_name),
        TEST(crashed_without_a_name),
        TEST(created_without_a_name),
        TEST(rebooted),
        TEST(reasons_of_a_shutdown),
        TEST(saved_and_restored),
        TEST(suspended_and_resumed),
        TEST(migrated_between_hosts),
        TEST(a_domid_used_again),
        TEST(migrated_on_this_host),
        TEST(migrated_on_this_host_quickly),
        TEST(migrated_on_this_host_in_steps),
        TEST(ballooned_once),
        TEST(renamed),
        TEST(devices),
        TEST(devices_that_could_not_be_read),
        TEST(collectors),
        TEST(domains_that_could_not_be_read),
        TEST(the_oldest_go),
        TEST(long_names),
        TEST(a_simulated_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
