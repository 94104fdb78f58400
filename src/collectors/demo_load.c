/*
 * demo_load: what the guests do in a step of simulated time, and the counters it leaves.
 *
 * Cpu time is conserved: domains get what they want while the pcpus suffice and share fairly when
 * they do not; what pcpus were busy with is what the domains used and a little more, for Xen
 * itself. Only + - * / and integers, so that the same seed gives the same bytes everywhere.
 */
#include "demo_sim.h"

#define XEN_OVERHEAD 0.002 /* of all pcpus: what no domain is charged for */

uint64_t sim_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

double sim_unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double sim_chance(struct sim *sim)
{
    sim->rng += UINT64_C(0x9e3779b97f4a7c15);
    return sim_unit(sim_mix(sim->rng));
}

double sim_between(struct sim *sim, double lo, double hi)
{
    return lo + (hi - lo) * sim_chance(sim);
}

double sim_noise(uint64_t key, double t, double period_s)
{
    double x = t / period_s + 1;
    uint64_t i = (uint64_t)x;
    double f = x - (double)i;
    double a = sim_unit(sim_mix(key ^ sim_mix(i))), b = sim_unit(sim_mix(key ^ sim_mix(i + 1)));

    return a + (b - a) * f * f * (3 - 2 * f);
}

/* ---- what guests want ---- */

/* 0.55 at night to 1 by day: a parabola for each half of 24 hours; the simulation starts by day. */
static double time_of_day(double t)
{
    double x = t / 86400 + 0.15;
    x = 2 * (x - (double)(uint64_t)x);
    double up = x < 1 ? x : x - 1;
    double hill = 4 * up * (1 - up);
    return 0.775 + (x < 1 ? 0.225 : -0.225) * hill;
}

/* The visitors that web, app, cache and database of one group have in common. */
static double traffic(const struct sim *sim, const struct guest *g, double t)
{
    uint64_t key = sim->key ^ g->group;
    double wave = sim_noise(key ^ 0x11, t, 47), rush = sim_noise(key ^ 0x12, t, 9);

    return time_of_day(t) * (0.25 + 0.55 * wave + 0.25 * rush);
}

static double batch(const struct guest *g, double t)
{
    double period = 70 + 200 * sim_unit(sim_mix(g->key ^ 2));
    double x = t / period + sim_unit(sim_mix(g->key ^ 3));
    double at = x - (double)(uint64_t)x;

    if (at > 0.55)
        return 0.02;
    double ramp = MIN(1.0, MIN(at, 0.55 - at) * period / 4);
    return ramp * (0.75 + 0.25 * sim_noise(g->key ^ 4, t, 5));
}

static double activity(const struct sim *sim, const struct guest *g, double t)
{
    double jitter = sim_noise(g->key ^ 5, t, 3), swell = sim_noise(g->key ^ 6, t, 31), burst;

    switch (g->role->shape) {
    case SHAPE_IDLE:
        burst = sim_noise(g->key ^ 7, t, 19);
        return 0.04 + 0.1 * jitter + (burst > 0.85 ? (burst - 0.85) * 4 : 0);
    case SHAPE_STEADY: return time_of_day(t) * (0.55 + 0.3 * swell + 0.1 * jitter);
    case SHAPE_TRAFFIC: return traffic(sim, g, t) * (0.85 + 0.25 * jitter);
    case SHAPE_BEHIND: return 0.1 + traffic(sim, g, MAX(0.0, t - 2)) * (0.78 + 0.2 * jitter);
    case SHAPE_BURSTY:
        burst = sim_noise(g->key ^ 7, t, 14);
        return 0.08 + 0.1 * jitter + (burst > 0.55 ? (burst - 0.55) * 2 : 0);
    case SHAPE_BATCH: return batch(g, t);
    case SHAPE_FULL: return 0.9 + 0.1 * jitter;
    }
    return 0;
}

static bool runs(const struct instance *inst)
{
    return inst->phase == PHASE_RUNNING;
}

static void set_demand(struct instance *inst, double activity_now, double t)
{
    struct guest *g = inst->guest;
    double per_vcpu = g->role->cpu_floor + (g->role->cpu_peak - g->role->cpu_floor) * activity_now;

    g->activity = activity_now;
    inst->demand = MIN(1.0, per_vcpu * g->size) * g->vcpus_online;
    inst->weight = (1 + 0.25 * g->vcpus_online) * (0.8 + 0.4 * sim_noise(g->key ^ 8, t, 4));
}

/* ---- who gets it ---- */

#define LEVEL_MAX 1024.0

/* The level, times its weight, up to which everybody's demand can be met: as the credit scheduler
 * does. */
static double fair_level(const struct sim *sim, double capacity)
{
    double lo = 0, hi = LEVEL_MAX;

    for (int i = 0; i < 28; i++) {
        double mid = (lo + hi) / 2, sum = 0;
        for (size_t j = 0; j < sim->live_count; j++)
            sum += MIN(sim->live[j]->demand, mid * sim->live[j]->weight);
        if (sum > capacity)
            hi = mid;
        else
            lo = mid;
    }
    return lo;
}

static void share(struct sim *sim, double capacity)
{
    double wanted = 0, level = LEVEL_MAX;

    for (size_t i = 0; i < sim->live_count; i++)
        wanted += sim->live[i]->demand;
    if (wanted > capacity)
        level = fair_level(sim, capacity);
    for (size_t i = 0; i < sim->live_count; i++)
        sim->live[i]->share = MIN(sim->live[i]->demand, level * sim->live[i]->weight);
    sim->contention = wanted > capacity ? 1 - capacity / wanted : 0;
}

/*
 * Add total nanoseconds to n counters, none of which can take more than `most`: evenly, but for
 * slow noise that shifts load between neighbours. Returns the exact sum of what was added.
 */
static uint64_t spread(struct sim *sim, uint64_t *counters, unsigned n, double total, uint64_t most,
                       uint64_t key)
{
    double t = (double)sim->now_ns / (double)NS_PER_S, mean = 0;
    double even = MIN(total / n, (double)most), room = MIN(even, (double)most - even);
    double carry = 0;
    uint64_t sum = 0;

    for (unsigned i = 0; i < n; i++) {
        sim->scratch[i] = sim_noise(sim_mix(key + i), t, 17);
        mean += sim->scratch[i] / n;
    }
    for (unsigned i = 0; i < n; i++) {
        carry += even + room * (sim->scratch[i] - mean);
        uint64_t ns = MIN((uint64_t)MAX(carry, 0.0), most);
        carry -= (double)ns;
        counters[i] += ns;
        sum += ns;
    }
    return sum;
}

/* ---- what they count ---- */

/* A whole number whose mean is x, so that rare events add up. */
static uint64_t whole(struct sim *sim, double x)
{
    return (uint64_t)(x + sim_chance(sim));
}

/* Packets of `size` bytes on average, within what Ethernet allows. */
static uint64_t packets_for(struct sim *sim, uint64_t bytes, unsigned size)
{
    double varied = size * sim_between(sim, 0.9, 1.1);
    return (uint64_t)((double)bytes / MAX(62.0, MIN(varied, 1500.0)));
}

static void run_vif(struct sim *sim, struct instance *inst, unsigned i, double busy, double dt)
{
    const struct role *role = inst->guest->role;
    struct vif *v = &inst->vifs[i];
    /* The second vif is the side to the back: what came in goes on, and the answers the other way.
     */
    double rx = i % 2 ? role->tx_kibps * 0.7 : role->rx_kibps;
    double tx = i % 2 ? role->rx_kibps * 0.7 : role->tx_kibps;
    double scale = busy * dt * inst->guest->size / (i + 1) * sim_between(sim, 0.85, 1.15);
    /* Broadcasts reach everybody. */
    uint64_t chatter = whole(sim, 2.5 * dt);
    uint64_t rx_bytes = (uint64_t)(1024 * rx * scale), tx_bytes = (uint64_t)(1024 * tx * scale);
    uint64_t rx_packets = packets_for(sim, rx_bytes, i % 2 ? role->tx_size : role->rx_size);
    uint64_t tx_packets = packets_for(sim, tx_bytes, i % 2 ? role->rx_size : role->tx_size);

    v->rx_bytes += rx_bytes + 68 * chatter;
    v->tx_bytes += tx_bytes;
    v->rx_packets += rx_packets + chatter;
    v->tx_packets += tx_packets;
    if (role->flags & ROLE_LOSES) {
        v->rx_drops += whole(sim, 0.004 * (double)rx_packets);
        v->tx_drops += whole(sim, 0.001 * (double)tx_packets);
        v->rx_errors += whole(sim, 0.0004 * (double)rx_packets);
        v->tx_errors += whole(sim, 0.0002 * (double)tx_packets);
    } else {
        v->rx_drops += whole(sim, 0.000002 * (double)rx_packets);
    }
    sim->io.packets += (double)(rx_packets + tx_packets + chatter) / dt;
    sim->io.bytes += (double)(rx_bytes + tx_bytes) / dt;
}

/* Of the disks the first has the system, the second most of the data, the rest little. */
static void run_vbd(struct sim *sim, struct instance *inst, unsigned i, double busy, double dt)
{
    static const double parts[][SIM_VBDS] = {
        {1}, {0.15, 0.85}, {0.1, 0.7, 0.2}, {0.1, 0.5, 0.25, 0.15}};
    const struct role *role = inst->guest->role;
    struct vbd *v = &inst->vbds[i];
    double scale = busy * dt * inst->guest->size * parts[role->vbds - 1][i];
    uint64_t rd = whole(sim, role->rd_iops * scale * sim_between(sim, 0.6, 1.4));
    uint64_t wr = whole(sim, role->wr_iops * scale * sim_between(sim, 0.6, 1.4));

    enum sim_store_id store = guest_store(inst->guest);
    *(store < SIM_STORES ? &sim->stores[store].reqs : &inst->guest->volume_reqs[i]) += rd + wr;
    v->rd_reqs += rd;
    v->wr_reqs += wr;
    v->rd_bytes += 512 * (uint64_t)((double)(rd * role->rd_sectors) * sim_between(sim, 0.8, 1.2));
    v->wr_bytes += 512 * (uint64_t)((double)(wr * role->wr_sectors) * sim_between(sim, 0.8, 1.2));
    if ((double)(rd + wr) > 400 * dt && busy > 0.6)
        v->oo_reqs += whole(sim, (double)(rd + wr) * 0.01 * (busy - 0.6));
    sim->io.requests += (double)(rd + wr) / dt;
}

/* dt: how long it has been doing so; more than a step only for the past of a host that starts. */
static uint64_t run(struct sim *sim, struct instance *inst, uint64_t dt_ns)
{
    struct guest *g = inst->guest;
    double dt = (double)dt_ns / (double)NS_PER_S;
    double served = inst->demand > 0 ? inst->share / inst->demand : 0;

    for (unsigned i = 0; i < g->role->vifs; i++)
        run_vif(sim, inst, i, g->activity * served, dt);
    for (unsigned i = 0; i < g->role->vbds; i++)
        run_vbd(sim, inst, i, g->activity * served, dt);
    return spread(sim, inst->vcpu_ns, g->vcpus_online, inst->share * (double)dt_ns, dt_ns, g->key);
}

/* ---- dom0 and the host ---- */

static double dom0_demand(const struct sim *sim)
{
    double io = sim->io.packets * 2.2e-6 + sim->io.bytes * 0.35e-9 + sim->io.requests * 22e-6;
    double wanted = 0.06 + 0.0004 * (double)sim->live_count + io + 0.55 * sim->migrating;

    return MIN(wanted, MIN(0.9 * sim->dom0_vcpus, 0.4 * sim->c.pcpus));
}

static double ewma(double old, double value, double dt, double span)
{
    return old + (value - old) * dt / (span + dt);
}

static void run_dom0_host(struct sim *sim, uint64_t used_ns, uint64_t dt_ns)
{
    uint64_t all = sim->dom0_vcpus * dt_ns, rest = all - used_ns;
    uint64_t user = (uint64_t)((double)used_ns * 0.31);
    uint64_t steal = (uint64_t)((double)rest * 0.25 * sim->contention);
    uint64_t iowait = (uint64_t)((double)(rest - steal) * MIN(0.2, sim->io.requests * 15e-6));
    double active = ((double)used_ns + (double)steal + (double)iowait) / (double)dt_ns;
    double dt = (double)dt_ns / (double)NS_PER_S;

    sim->user_ns += user;
    sim->system_ns += used_ns - user;
    sim->steal_ns += steal;
    sim->iowait_ns += iowait;
    sim->idle_ns += rest - steal - iowait;
    sim->load1 = ewma(sim->load1, active, dt, 60);
    sim->load5 = ewma(sim->load5, active, dt, 300);
    sim->load15 = ewma(sim->load15, active, dt, 900);
}

/* Pcpus: what is not idle is what the domains used, and Xen. */
static void run_pcpus(struct sim *sim, uint64_t used_ns, uint64_t dt_ns)
{
    double all = (double)dt_ns * sim->c.pcpus;
    double overhead = all * XEN_OVERHEAD * (0.2 + 0.8 * (double)used_ns / all);
    double idle = MAX(0.0, all - (double)used_ns - overhead);

    spread(sim, sim->pcpu_idle_ns, sim->c.pcpus, idle, dt_ns, sim->key ^ 0x70637075);
}

/* Memory follows its target, and an arriving domain is filled page by page. */
static void run_memory(struct sim *sim, struct instance *inst, double dt)
{
    const struct guest *g = inst->guest;
    uint64_t pace = (uint64_t)(dt * 96 * (1 << 20)) & ~UINT64_C(4095);

    if (inst->phase == PHASE_INCOMING) {
        double done = (double)(sim->now_ns - inst->since_ns) /
                      (double)(inst->until_ns - inst->since_ns);
        inst->mem_bytes = (uint64_t)((double)g->mem_target_bytes * MIN(1.0, 0.05 + 0.95 * done)) &
                          ~UINT64_C(4095);
    } else if (inst->phase == PHASE_RUNNING && inst->mem_bytes > g->mem_target_bytes) {
        inst->mem_bytes -= MIN(pace, inst->mem_bytes - g->mem_target_bytes);
    } else if (inst->phase == PHASE_RUNNING) {
        inst->mem_bytes += MIN(pace, g->mem_target_bytes - inst->mem_bytes);
    } else if (inst->phase == PHASE_DYING) {
        inst->mem_bytes = inst->mem_bytes / 2 & ~UINT64_C(4095);
    }
    if (inst->mem_bytes == g->mem_target_bytes)
        inst->agreed_ns = sim->now_ns;
}

static void count_memory(struct sim *sim)
{
    sim->mem_used = SIM_DOM0_BYTES;
    sim->migrating = 0;
    for (size_t i = 0; i < sim->live_count; i++) {
        const struct instance *inst = sim->live[i];
        /* What one that arrives will have is spoken for. */
        sim->mem_used += inst->phase == PHASE_INCOMING || inst->phase == PHASE_RUNNING
                             ? MAX(inst->mem_bytes, inst->guest->mem_target_bytes)
                             : inst->mem_bytes;
        sim->migrating += inst->phase == PHASE_INCOMING || inst->phase == PHASE_AWAY;
    }
}

/* How long the shared devices had something to do: the more there is, the more of it at once. */
static void run_stores(struct sim *sim, uint64_t dt_ns)
{
    for (size_t i = 0; i < SIM_STORES; i++) {
        struct sim_store *store = &sim->stores[i];
        double asked = (double)((store->reqs - store->settled) * SIM_REQUEST_NS);
        store->busy_ns += (uint64_t)(asked * (double)dt_ns / (asked + (double)dt_ns));
        store->settled = store->reqs;
    }
}

static double guests_capacity(const struct sim *sim, double dom0)
{
    return MAX(0.0, sim->c.pcpus * (1 - XEN_OVERHEAD) - dom0);
}

void sim_load_begin(struct sim *sim)
{
    uint64_t used = 0;
    double dom0 = 0.05 * sim->dom0_vcpus;

    for (size_t i = 0; i < sim->live_count; i++)
        set_demand(sim->live[i], sim->live[i]->guest->role->shape == SHAPE_IDLE ? 0.08 : 0.4, 0);
    share(sim, 0.8 * guests_capacity(sim, dom0));
    for (size_t i = 0; i < sim->live_count; i++) {
        double age = 0.02 + 0.97 * sim_unit(sim_mix(sim->live[i]->guest->key ^ 9));
        uint64_t age_ns = (uint64_t)(age * (double)SIM_UPTIME_NS);
        sim->live[i]->built_ns = SIM_UPTIME_NS - age_ns;
        used += run(sim, sim->live[i], age_ns);
    }
    uint64_t own = spread(sim, sim->dom0_vcpu_ns, sim->dom0_vcpus, dom0 * (double)SIM_UPTIME_NS,
                          SIM_UPTIME_NS, sim->key);
    run_dom0_host(sim, own, SIM_UPTIME_NS);
    run_stores(sim, SIM_UPTIME_NS);
    run_pcpus(sim, used + own, SIM_UPTIME_NS);
    sim->load1 = sim->load5 = sim->load15 = 0.4;
    count_memory(sim);
}

void sim_load_step(struct sim *sim)
{
    double t = (double)sim->now_ns / (double)NS_PER_S, dt = (double)sim->step_ns / (double)NS_PER_S;
    /* dom0 pays for the input and output of the step before: that of this one is not known yet. */
    double dom0 = dom0_demand(sim);
    uint64_t used = 0;

    sim->io = (struct sim_io){0};
    for (size_t i = 0; i < sim->live_count; i++) {
        struct instance *inst = sim->live[i];
        inst->demand = 0;
        if (runs(inst))
            set_demand(inst, activity(sim, inst->guest, t), t);
    }
    share(sim, guests_capacity(sim, dom0));
    for (size_t i = 0; i < sim->live_count; i++) {
        if (runs(sim->live[i]))
            used += run(sim, sim->live[i], sim->step_ns);
        run_memory(sim, sim->live[i], dt);
    }
    uint64_t own = spread(sim, sim->dom0_vcpu_ns, sim->dom0_vcpus, dom0 * (double)sim->step_ns,
                          sim->step_ns, sim->key);
    run_dom0_host(sim, own, sim->step_ns);
    run_stores(sim, sim->step_ns);
    run_pcpus(sim, used + own, sim->step_ns);
    count_memory(sim);
}
