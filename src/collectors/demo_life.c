/*
 * demo_life: what befalls guests over simulated time: starts, shutdowns, reboots, crashes, pauses,
 * migrations in, out and to the same host.
 *
 * It moves instances between phases and hands out domids. It counts nothing: see demo_load.
 */
#include "demo_sim.h"

#include <string.h>

#define DOMID_LIMIT 0x7ff0u /* Xen's DOMID_FIRST_RESERVED: numbers start over before it */

enum event {
    EVENT_PAUSE,
    EVENT_CREATE,
    EVENT_REBOOT,
    EVENT_MIGRATE,
    EVENT_CRASH,
    EVENT_CREATE_AGAIN, /* jobs are the most frequent */
    EVENT_SHUTDOWN,
    EVENT_MIGRATE_HERE,
    EVENT_DESTROY,
    EVENT_BALLOON,
    EVENT_COUNT
};

static uint64_t seconds(struct sim *sim, double lo, double hi)
{
    return (uint64_t)(sim_between(sim, lo, hi) * (double)NS_PER_S);
}

/* ---- instances ---- */

/* Where domid is or would be in the list of the living. */
static size_t live_position(const struct sim *sim, unsigned domid)
{
    size_t lo = 0, hi = sim->live_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (sim->live[mid]->domid < domid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool domid_taken(const struct sim *sim, unsigned domid)
{
    size_t i = live_position(sim, domid);
    return i < sim->live_count && sim->live[i]->domid == domid;
}

/* Numbers grow, with gaps: other things than guests took some. */
static unsigned next_domid(struct sim *sim)
{
    unsigned domid = sim->last_domid + 1;

    if (sim_chance(sim) < 0.2)
        domid += 1 + (unsigned)sim_between(sim, 0, 3);
    do {
        if (domid >= DOMID_LIMIT)
            domid = 1;
    } while (domid_taken(sim, domid) && ++domid);
    sim->last_domid = domid;
    return domid;
}

static void enter(struct sim *sim, struct instance *inst, enum phase phase, uint64_t lasts_ns)
{
    inst->phase = phase;
    inst->since_ns = sim->now_ns;
    inst->until_ns = lasts_ns == SIM_NEVER ? SIM_NEVER : sim->now_ns + lasts_ns;
}

static void arrive(struct sim *sim, struct instance *inst, enum phase phase, uint64_t lasts_ns)
{
    struct guest *g = inst->guest;

    memset(inst->vcpu_ns, 0, g->vcpus * sizeof(*inst->vcpu_ns));
    memset(inst->vifs, 0, g->role->vifs * sizeof(*inst->vifs));
    memset(inst->vbds, 0, g->role->vbds * sizeof(*inst->vbds));
    inst->demand = inst->share = 0;
    inst->mem_bytes = g->mem_target_bytes;
    inst->agreed_ns = sim->now_ns;
    inst->domid = next_domid(sim);
    inst->built_ns = SIM_UPTIME_NS + sim->now_ns;
    enter(sim, inst, phase, lasts_ns);

    size_t at = live_position(sim, inst->domid);
    memmove(&sim->live[at + 1], &sim->live[at], (sim->live_count - at) * sizeof(struct instance *));
    sim->live[at] = inst;
    sim->live_count++;
}

static void leave(struct sim *sim, struct instance *inst)
{
    size_t at = live_position(sim, inst->domid);

    memmove(&sim->live[at], &sim->live[at + 1],
            (sim->live_count - at - 1) * sizeof(struct instance *));
    sim->live_count--;
    inst->phase = PHASE_ABSENT;
    inst->mem_bytes = 0;

    struct guest *g = inst->guest;
    if (inst == guest_instance(g))
        g->wake_ns = g->rest_ns == SIM_NEVER ? SIM_NEVER : sim->now_ns + g->rest_ns;
}

/* Jobs end after some minutes; everything else runs until something happens to it. */
static uint64_t lifetime(struct sim *sim, const struct guest *g)
{
    return g->role->flags & ROLE_JOB ? seconds(sim, 40, 150) : SIM_NEVER;
}

static void wake(struct sim *sim, struct guest *g)
{
    g->wake_ns = SIM_NEVER;
    if (sim->mem_used + g->mem_target_bytes > sim->mem_bytes) {
        g->wake_ns = sim->now_ns + seconds(sim, 5, 15);
        return;
    }
    if (g->role->flags & ROLE_JOB)
        sim_guest_rename_job(sim, g);
    sim->mem_used += g->mem_target_bytes;
    if (g->wake_migrating)
        arrive(sim, guest_instance(g), PHASE_INCOMING, seconds(sim, 4, 9));
    else
        arrive(sim, guest_instance(g), PHASE_RUNNING, lifetime(sim, g));
    g->wake_migrating = false;
}

/* ---- what comes after a phase ---- */

static void received(struct sim *sim, struct instance *inst)
{
    struct guest *g = inst->guest;
    struct instance *other = guest_instance(g);

    enter(sim, inst, PHASE_RUNNING, lifetime(sim, g));
    if (other != inst) {
        g->current = (unsigned)(inst - g->inst);
        if (other->phase != PHASE_ABSENT)
            enter(sim, other, PHASE_AWAY, seconds(sim, 1.5, 3));
    }
}

static void phase_over(struct sim *sim, struct instance *inst)
{
    switch (inst->phase) {
    case PHASE_PAUSED: enter(sim, inst, PHASE_RUNNING, lifetime(sim, inst->guest)); break;
    case PHASE_RUNNING: /* a job is done */
        inst->guest->rest_ns = SIM_NEVER;
        enter(sim, inst, PHASE_HALTED, seconds(sim, 1, 2));
        break;
    case PHASE_CRASHED:
    case PHASE_HALTED: enter(sim, inst, PHASE_DYING, seconds(sim, 1, 2)); break;
    case PHASE_INCOMING: received(sim, inst); break;
    case PHASE_AWAY:
    case PHASE_DYING: leave(sim, inst); break;
    case PHASE_ABSENT: break;
    }
}

/* ---- events ---- */

/* A guest that something can happen to: running, and only once on this host. */
static struct instance *pick(struct sim *sim, unsigned spared_flags)
{
    for (int tries = 0; tries < 12 && sim->live_count; tries++) {
        struct instance *inst = sim->live[(size_t)(sim_chance(sim) * (double)sim->live_count)];
        struct guest *g = inst->guest;
        if (inst == guest_instance(g) && inst->phase == PHASE_RUNNING &&
            g->inst[!g->current].phase == PHASE_ABSENT && !(g->role->flags & spared_flags) &&
            sim->now_ns - inst->since_ns >= 10 * NS_PER_S)
            return inst;
    }
    return NULL;
}

static void end(struct sim *sim, enum phase phase, double lo, double hi, uint64_t rest_ns)
{
    struct instance *inst = pick(sim, ROLE_STAYS | ROLE_PARKED | ROLE_JOB);

    if (!inst)
        return;
    inst->guest->rest_ns = rest_ns;
    enter(sim, inst, phase, seconds(sim, lo, hi));
}

static void migrate_out(struct sim *sim)
{
    struct instance *inst = pick(sim, ROLE_STAYS | ROLE_PARKED | ROLE_JOB);

    if (!inst)
        return;
    inst->guest->rest_ns = seconds(sim, 25, 70);
    inst->guest->wake_migrating = true;
    enter(sim, inst, PHASE_AWAY, seconds(sim, 2, 4));
}

/* To the host it comes from, as is done to move a guest onto patched device models. */
static void migrate_here(struct sim *sim)
{
    struct instance *inst = pick(sim, ROLE_PARKED | ROLE_JOB);

    if (!inst || sim->mem_used + inst->mem_bytes > sim->mem_bytes)
        return;
    struct guest *g = inst->guest;
    sim->mem_used += g->mem_target_bytes;
    arrive(sim, &g->inst[!g->current], PHASE_INCOMING, seconds(sim, 5, 9));
}

static void create(struct sim *sim)
{
    for (size_t i = sim->c.domains; i < sim->guest_count; i++) {
        struct guest *g = &sim->guests[i];
        if (guest_instance(g)->phase == PHASE_ABSENT && g->wake_ns == SIM_NEVER) {
            g->wake_ns = sim->now_ns;
            wake(sim, g);
            return;
        }
    }
}

static void pause_one(struct sim *sim)
{
    struct instance *inst = pick(sim, ROLE_STAYS | ROLE_PARKED | ROLE_JOB);

    if (inst)
        enter(sim, inst, PHASE_PAUSED, seconds(sim, 8, 25));
}

static void balloon(struct sim *sim)
{
    for (int tries = 0; tries < 12 && sim->live_count; tries++) {
        struct instance *inst = sim->live[(size_t)(sim_chance(sim) * (double)sim->live_count)];
        struct guest *g = inst->guest;
        if (inst->phase != PHASE_RUNNING || !(g->role->flags & ROLE_BALLOONS))
            continue;
        uint64_t quarter = g->mem_max_bytes / 4;
        g->mem_target_bytes = quarter * (2 + (uint64_t)(sim_chance(sim) * 3));
        return;
    }
}

/* Events are dealt from a shuffled deck, so that each kind comes up every few minutes. */
static enum event deal(struct sim *sim)
{
    if (sim->dealt % EVENT_COUNT == 0) {
        for (unsigned i = EVENT_COUNT - 1; i > 0; i--) {
            unsigned j = (unsigned)(sim_chance(sim) * (i + 1));
            unsigned card = sim->deck[i];
            sim->deck[i] = sim->deck[j];
            sim->deck[j] = card;
        }
    }
    return (enum event)sim->deck[sim->dealt++ % EVENT_COUNT];
}

static void happen(struct sim *sim)
{
    switch (deal(sim)) {
    case EVENT_PAUSE: pause_one(sim); break;
    case EVENT_CREATE:
    case EVENT_CREATE_AGAIN: create(sim); break;
    case EVENT_REBOOT: end(sim, PHASE_HALTED, 1, 2, 0); break;
    case EVENT_MIGRATE: migrate_out(sim); break;
    case EVENT_CRASH: end(sim, PHASE_CRASHED, 8, 20, seconds(sim, 4, 10)); break;
    case EVENT_SHUTDOWN: end(sim, PHASE_HALTED, 2, 4, seconds(sim, 30, 80)); break;
    case EVENT_MIGRATE_HERE: migrate_here(sim); break;
    case EVENT_DESTROY: end(sim, PHASE_DYING, 2, 4, seconds(sim, 20, 50)); break;
    case EVENT_BALLOON: balloon(sim); break;
    case EVENT_COUNT: break;
    }
}

/* The more guests, the more happens, but never a crowd of events. */
static double event_interval_s(const struct sim *sim)
{
    double s = 300.0 / MAX(sim->c.domains, 1u);
    return MAX(4.0, MIN(60.0, s));
}

static void schedule(struct sim *sim)
{
    double s = event_interval_s(sim) * (sim->c.calm > 0 ? sim->c.calm : 1);
    sim->next_event_ns += MAX(seconds(sim, 0.6 * s, 1.4 * s), 1);
}

void sim_life_begin(struct sim *sim)
{
    sim->live = xcalloc(2 * sim->guest_count + 1, sizeof(*sim->live));
    for (size_t i = 0; i < sim->c.domains; i++) {
        struct guest *g = &sim->guests[i];
        enum phase phase = g->role->flags & ROLE_PARKED ? PHASE_PAUSED : PHASE_RUNNING;
        arrive(sim, guest_instance(g), phase, SIM_NEVER);
        sim->mem_used += g->mem_target_bytes;
    }
    sim->mem_used += SIM_DOM0_BYTES;
    for (unsigned i = 0; i < EVENT_COUNT; i++)
        sim->deck[i] = i;
    sim->next_event_ns = seconds(sim, 6, 20); /* nobody should wait long for the first */
}

void sim_life_step(struct sim *sim)
{
    /* From the end, as phases that are over take instances out of the list. */
    for (size_t i = sim->live_count; i-- > 0;)
        if (i < sim->live_count && sim->live[i]->until_ns <= sim->now_ns)
            phase_over(sim, sim->live[i]);
    for (size_t i = 0; i < sim->guest_count; i++)
        if (sim->guests[i].wake_ns <= sim->now_ns)
            wake(sim, &sim->guests[i]);

    /* After a long step what would have happened in between is not made up for. */
    for (int n = 0; n < 8 && sim->next_event_ns <= sim->now_ns; n++) {
        happen(sim);
        schedule(sim);
    }
    if (sim->next_event_ns <= sim->now_ns) {
        sim->next_event_ns = sim->now_ns;
        schedule(sim);
    }
}
