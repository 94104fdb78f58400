/*
 * demo_rows: what one sample shows of the simulated host: the snapshot's rows, names and states.
 *
 * It only reads the simulation; nothing moves here.
 */
#include "demo_sim.h"

#include <string.h>

#define SWAP_BYTES (UINT64_C(2) << 30)

/* A short text put together; too long is cut. */
struct word {
    char text[80];
    size_t len;
};

static void put(struct word *w, const char *s)
{
    while (*s && w->len < sizeof(w->text))
        w->text[w->len++] = *s++;
}

static void put_number(struct word *w, unsigned n)
{
    char digits[12];
    size_t i = sizeof(digits);

    digits[--i] = '\0';
    do
        digits[--i] = (char)('0' + n % 10);
    while (n /= 10);
    put(w, digits + i);
}

static strref word_ref(struct snapshot *s, const struct word *w)
{
    return snapshot_add_str(s, w->text, w->len);
}

/* What lies behind a disk. On a shared device the figures are of all that is there. */
struct behind {
    strref dev;
    uint64_t users, reqs, busy_ns;
};

/* What many rows of one snapshot share. */
struct shared {
    strref bridges[SIM_VIFS];
    strref script, read_only, writable;
    strref drivers[VBD_BACKENDS];
    strref disks[SIM_VBDS];
    struct behind stores[SIM_STORES];
};

static const char *const bridges[SIM_VIFS] = {"xenbr0", "xenbr1", "xenbr-dmz"};
static const char *const disks[SIM_VBDS] = {"xvda", "xvdb", "xvdc", "xvdd"};
static const char *const volumes[SIM_VBDS] = {"root", "data", "log", "swap"};
static const char *const stores[SIM_STORES] = {[STORE_IMAGES] = "md1", [STORE_VHDS] = "sdb"};
static const char *const drivers[VBD_BACKENDS] = {
    [VBD_BLKBACK] = "phy", [VBD_BLKTAP] = "tap", [VBD_TAPDISK3] = "tap", [VBD_QDISK] = "qdisk"};

static void add_shared(struct shared *sh, struct snapshot *s)
{
    for (unsigned i = 0; i < SIM_VIFS; i++)
        sh->bridges[i] = snapshot_add_cstr(s, bridges[i]);
    for (unsigned i = 0; i < SIM_VBDS; i++)
        sh->disks[i] = snapshot_add_cstr(s, disks[i]);
    for (unsigned i = 0; i < VBD_BACKENDS; i++)
        sh->drivers[i] = snapshot_add_cstr(s, drivers[i]);
    sh->script = snapshot_add_cstr(s, "vif-bridge");
    sh->read_only = snapshot_add_cstr(s, "r");
    sh->writable = snapshot_add_cstr(s, "w");
}

/* 00:16:3e is the prefix that Xen guests use. */
static strref add_mac(struct snapshot *s, const struct guest *g, unsigned vif)
{
    static const char hex[] = "0123456789abcdef";
    char mac[] = "00:16:3e:00:00:00";
    uint64_t bits = sim_mix(g->key ^ 0x6d6163 ^ ((uint64_t)vif << 32));

    for (int i = 9; i < 17; i++)
        if (mac[i] != ':') {
            mac[i] = hex[bits & 15];
            bits >>= 4;
        }
    return snapshot_add_str(s, mac, sizeof(mac) - 1);
}

static strref add_path(struct snapshot *s, const struct guest *g, unsigned disk)
{
    bool block = g->role->backend == VBD_BLKBACK;
    struct word path = {.len = 0};

    put(&path, block ? "/dev/vg0/" : g->role->backend == VBD_TAPDISK3 ? "/srv/vhd/" : "/srv/xen/");
    put(&path, g->name);
    put(&path, "-");
    put(&path, volumes[disk]);
    put(&path, block ? "" : g->role->backend == VBD_TAPDISK3 ? ".vhd" : ".qcow2");
    return word_ref(s, &path);
}

static void add_behind(struct vbd *v, const struct behind *b)
{
    v->back_dev = b->dev;
    v->back_users = b->users;
    v->back_queue = b->reqs % 3;
    v->back_busy_ns = b->busy_ns;
    v->rd_lat_ns = 180000 + b->reqs % 40 * 1000;
    v->wr_lat_ns = 90000 + b->reqs % 60 * 1000;
    bool told = v->backend != VBD_BLKBACK;
    v->rd_time_ns = told ? v->rd_reqs * 200000 : UNKNOWN;
    v->wr_time_ns = told ? v->wr_reqs * 120000 : UNKNOWN;
}

/* While it migrates to this same host a guest is here twice, and its volumes have two users. */
static struct behind volume_behind(struct snapshot *s, const struct guest *g, unsigned disk)
{
    struct word dev = {.len = 0};
    uint64_t reqs = g->volume_reqs[disk], users = 0;

    for (size_t i = 0; i < ARRAY_LEN(g->inst); i++)
        users += g->inst[i].phase != PHASE_ABSENT;
    put(&dev, "dm-");
    put_number(&dev, g->volume + disk);
    return (struct behind){word_ref(s, &dev), users, reqs, reqs * SIM_REQUEST_NS};
}

static bool has_cdrom(const struct guest *g)
{
    return g->role->type == DOMAIN_HVM;
}

/* Emptied installers' drives are there too: their image is. */
static void add_stores(struct shared *sh, struct snapshot *s, const struct sim *sim)
{
    for (size_t i = 0; i < SIM_STORES; i++)
        sh->stores[i] = (struct behind){snapshot_add_cstr(s, stores[i]), 0, sim->stores[i].reqs,
                                        sim->stores[i].busy_ns};
    for (size_t i = 0; i < sim->live_count; i++) {
        const struct guest *g = sim->live[i]->guest;
        if (guest_store(g) < SIM_STORES)
            sh->stores[guest_store(g)].users += g->role->vbds;
        sh->stores[STORE_IMAGES].users += has_cdrom(g);
    }
}

/* The empty installer's drive that emulated machines keep. */
static void add_cdrom(struct snapshot *s, const struct instance *inst, const struct shared *sh)
{
    struct vbd *v = snapshot_add_vbd(s, inst->domid, 5632);

    *v = (struct vbd){.domid = inst->domid, .id = 5632, .backend = VBD_QDISK};
    v->dev = snapshot_add_cstr(s, "hdc");
    v->driver = sh->drivers[VBD_QDISK];
    v->path = snapshot_add_cstr(s, "/srv/xen/install.iso");
    v->mode = sh->read_only;
    add_behind(v, &sh->stores[STORE_IMAGES]);
}

static void add_devices(struct snapshot *s, const struct instance *inst, const struct shared *sh)
{
    const struct guest *g = inst->guest;

    for (unsigned i = 0; i < g->vcpus; i++) {
        struct vcpu *v = snapshot_add_vcpu(s, inst->domid, i);
        v->online = i < g->vcpus_online;
        v->cpu_ns = inst->vcpu_ns[i];
        v->pcpu = (inst->domid + i) % s->pcpu_count;
    }
    for (unsigned i = 0; i < g->role->vifs; i++) {
        struct vif *v = snapshot_add_vif(s, inst->domid, i);
        struct word dev = {.len = 0};
        put(&dev, "vif");
        put_number(&dev, inst->domid);
        put(&dev, ".");
        put_number(&dev, i);
        *v = inst->vifs[i];
        v->domid = inst->domid;
        v->id = i;
        v->dev = word_ref(s, &dev);
        v->mac = add_mac(s, g, i);
        v->bridge = v->master = sh->bridges[i];
        v->script = sh->script;
    }
    if (has_cdrom(g))
        add_cdrom(s, inst, sh);
    for (unsigned i = 0; i < g->role->vbds; i++) {
        enum sim_store_id store = guest_store(g);
        struct behind behind = store < SIM_STORES ? sh->stores[store] : volume_behind(s, g, i);
        struct vbd *v = snapshot_add_vbd(s, inst->domid, 51712 + 16 * i);
        *v = inst->vbds[i];
        v->domid = inst->domid;
        v->id = 51712 + 16 * i;
        v->backend = g->role->backend;
        v->dev = sh->disks[i];
        v->driver = sh->drivers[g->role->backend];
        v->path = add_path(s, g, i);
        v->mode = sh->writable;
        add_behind(v, &behind);
    }
}

/* At the moment of the sample a domain is on a cpu as often as it uses one. */
static uint64_t state_of(const struct sim *sim, const struct instance *inst)
{
    switch (inst->phase) {
    case PHASE_RUNNING: break;
    case PHASE_INCOMING:
    case PHASE_PAUSED: return DOMAIN_PAUSED;
    case PHASE_CRASHED: return DOMAIN_CRASHED;
    case PHASE_AWAY:
    case PHASE_HALTED: return DOMAIN_SHUTDOWN;
    case PHASE_DYING: return DOMAIN_DYING;
    case PHASE_ABSENT: break;
    }
    double luck = sim_unit(sim_mix(inst->guest->key ^ sim_mix(sim->seq)));
    if (luck < inst->share)
        return DOMAIN_RUNNING;
    return luck < inst->demand ? 0 : DOMAIN_BLOCKED;
}

static uint64_t vcpu_sum(const uint64_t *ns, unsigned n)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += ns[i];
    return sum;
}

static void fill_common(struct domain *d, unsigned online)
{
    d->vcpus_online = online;
    d->wait_est = 0;
    d->mem_shared_bytes = d->mem_paged_bytes = d->mem_claim_bytes = 0;
    d->balloon_ns = 0;
    d->net_ns = d->blk_ns = d->dm_ns = d->tap_ns = 0;
    d->weight = 256;
    d->cap = 0;
    d->ssid = 0;
    d->cpupool = 0;
}

/* What dom0 spends on it: by what passes through its hands. */
static void fill_dom0_cost(struct domain *d, const struct instance *inst, const struct guest *g)
{
    uint64_t packets = 0, reqs = 0;

    for (unsigned i = 0; i < g->role->vifs; i++)
        packets += inst->vifs[i].rx_packets + inst->vifs[i].tx_packets;
    for (unsigned i = 0; i < g->role->vbds; i++)
        reqs += inst->vbds[i].rd_reqs + inst->vbds[i].wr_reqs;
    d->net_ns = packets * 1500;
    *(g->role->backend == VBD_TAPDISK3 ? &d->tap_ns
      : g->role->backend == VBD_QDISK  ? &d->dm_ns
                                       : &d->blk_ns) = reqs * 12000;
}

/* A simulated clock may stand too early for a host that has been up for weeks. */
static uint64_t started(const struct sim *sim, const struct instance *inst)
{
    uint64_t ns = sim->start_wall_ns + inst->built_ns;

    return ns < SIM_UPTIME_NS ? UNKNOWN : ns - SIM_UPTIME_NS;
}

static void add_domain(const struct sim *sim, struct snapshot *s, const struct instance *inst,
                       const struct shared *sh)
{
    const struct guest *g = inst->guest;
    struct domain *d = snapshot_add_domain(s, inst->domid);
    struct word name = {.len = 0};

    put(&name, g->name);
    put(&name, inst->phase == PHASE_INCOMING ? "--incoming"
               : inst->phase == PHASE_AWAY   ? "--migratedaway"
                                             : "");
    d->uuid = g->uuid;
    d->name = word_ref(s, &name);
    d->type = g->role->type;
    d->start_ns = started(sim, inst);
    d->state = state_of(sim, inst);
    d->cpu_ns = vcpu_sum(inst->vcpu_ns, g->vcpus);
    d->vcpus_max = g->vcpus;
    d->mem_bytes = inst->mem_bytes;
    d->mem_max_bytes = g->mem_max_bytes;
    d->mem_target_bytes = g->mem_target_bytes;
    d->guest_mem_bytes = inst->mem_bytes;
    d->guest_free_bytes = inst->mem_bytes / 5;
    fill_common(d, g->vcpus_online);
    d->balloon_ns = inst->mem_bytes == g->mem_target_bytes ? 0 : sim->now_ns - inst->agreed_ns;
    d->wait_est = inst->demand > inst->share ? inst->demand - inst->share : 0;
    d->wait_est = d->wait_est > 1 ? 1 : d->wait_est;
    fill_dom0_cost(d, inst, g);
    add_devices(s, inst, sh);
}

static void add_dom0(const struct sim *sim, struct snapshot *s)
{
    struct domain *d = snapshot_add_domain(s, 0);

    d->name = snapshot_add_cstr(s, "Domain-0");
    d->type = DOMAIN_PV;
    d->state = DOMAIN_RUNNING; /* it runs what takes this sample */
    d->cpu_ns = vcpu_sum(sim->dom0_vcpu_ns, sim->dom0_vcpus);
    d->vcpus_max = sim->dom0_vcpus;
    d->mem_bytes = SIM_DOM0_BYTES;
    d->mem_max_bytes = UNKNOWN;
    d->mem_target_bytes = SIM_DOM0_BYTES;
    fill_common(d, sim->dom0_vcpus);
    for (unsigned i = 0; i < sim->dom0_vcpus; i++) {
        struct vcpu *v = snapshot_add_vcpu(s, 0, i);
        v->online = 1;
        v->pcpu = i % s->pcpu_count;
        v->cpu_ns = sim->dom0_vcpu_ns[i];
    }
}

static void fill_host(const struct sim *sim, struct snapshot *s)
{
    struct host *h = &s->host;
    double t = (double)sim->now_ns / (double)NS_PER_S;
    uint64_t used = 0;

    for (size_t i = 0; i < s->domain_count; i++)
        used += s->domains[i].mem_bytes;
    h->name = snapshot_add_cstr(s, "xen-demo");
    h->xen_version = snapshot_add_cstr(s, "4.17.5-demo");
    h->cpus = sim->c.pcpus;
    h->cpu_hz = UINT64_C(2400000000);
    h->mem_bytes = sim->mem_bytes;
    h->mem_free_bytes = sim->mem_bytes - used;
    h->uptime_ns = SIM_UPTIME_NS + sim->now_ns;
    h->load1 = sim->load1;
    h->load5 = sim->load5;
    h->load15 = sim->load15;
    h->user_ns = sim->user_ns;
    h->system_ns = sim->system_ns;
    h->iowait_ns = sim->iowait_ns;
    h->idle_ns = sim->idle_ns;
    h->steal_ns = sim->steal_ns;
    h->dom0_mem_bytes = SIM_DOM0_BYTES / 100 * 97;
    h->dom0_cache_bytes = (uint64_t)((double)SIM_DOM0_BYTES *
                                     (0.34 + 0.05 * sim_noise(sim->key ^ 0xca, t, 120)));
    h->dom0_free_bytes = (uint64_t)((double)SIM_DOM0_BYTES *
                                    (0.21 + 0.06 * sim_noise(sim->key ^ 0xf4, t, 40)));
    h->swap_bytes = SWAP_BYTES;
    h->swap_used_bytes = SWAP_BYTES / 64;
}

void sim_rows_fill(const struct sim *sim, struct snapshot *s)
{
    struct shared sh;

    snapshot_reset(s);
    s->seq = sim->seq;
    s->mono_ns = sim->start_mono_ns + sim->now_ns;
    s->wall_ns = sim->start_wall_ns + sim->now_ns;
    s->simulated = true;
    s->have = PART_ALL;
    for (int e = 0; e < ENTITY_COUNT; e++)
        s->read_ns[e] = s->mono_ns;

    add_shared(&sh, s);
    add_stores(&sh, s, sim);
    for (unsigned i = 0; i < sim->c.pcpus; i++) {
        struct pcpu *p = snapshot_add_pcpu(s, i);
        p->online = 1;
        p->idle_ns = sim->pcpu_idle_ns[i];
        p->core = i / 2;
        p->socket = p->node = i / 16;
    }
    if (!sim->bare)
        add_dom0(sim, s);
    for (size_t i = 0; i < sim->live_count; i++)
        add_domain(sim, s, sim->live[i], &sh);
    fill_host(sim, s);

    struct report *r = snapshot_add_report(s, "demo");
    r->read_ns = s->mono_ns;
    r->elapsed_ns = 0;
    r->message = snapshot_add_cstr(s, "simulated: no hypervisor is read");
    snapshot_seal(s);
}
