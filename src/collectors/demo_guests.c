/*
 * demo_guests: who lives on the simulated host: a roster of roles, and the guests made from it.
 *
 * Only definitions: names, sizes, devices, identities. What they do is demo_load's, what befalls
 * them is demo_life's.
 */
#include "demo_sim.h"

#include <stdio.h>
#include <string.h>

/*
 * Guests are made by going through the roster again and again; its beginning is the default host.
 * A row: stem, type, shape, flags, vcpus, unplugged, MiB, share of a vcpu at rest and at full
 * activity; vifs, KiB/s received and sent, bytes of a packet; vbds, backend, reads and writes per
 * second, their sectors.
 */
/* clang-format off */
static const struct role roster[] = {
    {"web",        DOMAIN_PVH, SHAPE_TRAFFIC, ROLE_NUMBERED,  4, 0,  4096,  0.02, 0.14,
     2,  2250, 14300,  310, 1260, 1, VBD_BLKBACK,      6,    22,  16,  24},
    {"web",        DOMAIN_PVH, SHAPE_TRAFFIC, ROLE_NUMBERED,  4, 0,  4096,  0.02, 0.15,
     2,  1950, 12300,  310, 1260, 1, VBD_BLKBACK,      6,    20,  16,  24},
    {"db-primary", DOMAIN_PVH, SHAPE_BEHIND,  ROLE_STAYS,     6, 0, 32768,  0.06, 0.54,
     1,  3200,  9200,  420, 1020, 3, VBD_BLKBACK,    850,   620,  32,  20},
    {"db-replica", DOMAIN_PVH, SHAPE_BEHIND,  0,              4, 0, 16384,  0.02, 0.10,
     1,  3700,   240, 1180,  120, 2, VBD_BLKBACK,     90,   540,  24,  20},
    {"mail",       DOMAIN_PV,  SHAPE_BURSTY,  0,              2, 0,  4096,  0.02, 0.28,
     1,   900,   700,  820,  780, 2, VBD_TAPDISK3,    45,   130,  16,  12},
    {"router",     DOMAIN_PV,  SHAPE_TRAFFIC, ROLE_STAYS,     2, 0,  1024,  0.03, 0.26,
     3, 16400, 15400,  760,  780, 1, VBD_BLKBACK,    0.2,   1.5,   8,   8},
    {"vpn",        DOMAIN_PVH, SHAPE_STEADY,  ROLE_LOSES,     1, 0,   512,  0.02, 0.24,
     2,  1400,  1100,  640,  610, 1, VBD_BLKBACK,    0.3,     2,   8,   8},
    {"backup",     DOMAIN_PVH, SHAPE_BATCH,   0,              2, 0,  2048,  0.01, 0.30,
     1, 39000,   600, 1420,   74, 2, VBD_QDISK,       20,   310,  64, 256},
    {"ci-runner",  DOMAIN_HVM, SHAPE_BATCH,   ROLE_NUMBERED,  4, 0,  8192,  0.01, 0.23,
     1,  1200,    90, 1310,   82, 1, VBD_QDISK,      120,   260,  40,  48},
    {"monitor",    DOMAIN_PVH, SHAPE_STEADY,  ROLE_BALLOONS,  4, 2,  6144,  0.03, 0.15,
     1,   420,   160,  260,  190, 1, VBD_TAPDISK3,     3,    95,  16,  16},
    {"staging",    DOMAIN_HVM, SHAPE_IDLE,    ROLE_PARKED,    2, 0,  4096,  0.01, 0.10,
     1,     2,     1,  120,   90, 1, VBD_QDISK,      0.5,     1,  16,   8},
    {"dns",        DOMAIN_PV,  SHAPE_IDLE,    0,              1, 0,   256, 0.003, 0.03,
     1,    24,    38,   92,  210, 1, VBD_BLKBACK,    0.1,   0.8,   8,   8},
    {"desktop",    DOMAIN_HVM, SHAPE_BURSTY,  ROLE_NUMBERED | ROLE_BALLOONS,  4, 0,  8192,  0.02, 0.25,
     1,   700,   120, 1180,  110, 2, VBD_QDISK,       60,    45,  32,  24},
    {"cache",      DOMAIN_PVH, SHAPE_TRAFFIC, 0,              2, 0, 12288,  0.02, 0.26,
     1,  5100,  7200,  340,  900, 1, VBD_BLKBACK,    0.2,     1,   8,   8},
    {"queue",      DOMAIN_PVH, SHAPE_BEHIND,  0,              2, 0,  2048,  0.02, 0.20,
     1,  2000,  2000,  420,  420, 1, VBD_BLKBACK,      4,   160,   8,  16},
    {"git",        DOMAIN_PV,  SHAPE_BURSTY,  0,              2, 0,  4096,  0.01, 0.35,
     1,   300,  2500,  340, 1290, 2, VBD_BLKBACK,    140,    40,  24,  24},
    {"wiki",       DOMAIN_PVH, SHAPE_IDLE,    0,              1, 0,  1024, 0.005, 0.09,
     1,    40,   210,  220,  980, 1, VBD_BLKBACK,      1,     2,  16,   8},
    {"render",     DOMAIN_PVH, SHAPE_FULL,    ROLE_NUMBERED, 16, 0, 65536,  0.38, 0.46,
     1,   600,   900, 1010, 1210, 2, VBD_BLKBACK,     35,    30, 128, 128},
    {"dev",        DOMAIN_PV,  SHAPE_IDLE,    ROLE_NUMBERED,  2, 1,  2048, 0.004, 0.20,
     1,    30,    12,  310,  140, 1, VBD_TAPDISK3,     2,     3,  16,  16},
    {"log",        DOMAIN_PVH, SHAPE_STEADY,  0,              2, 0,  8192,  0.04, 0.25,
     1,  2600,    90,  890,   70, 2, VBD_BLKBACK,      8,   240,  64,  48},
    {"app",        DOMAIN_PVH, SHAPE_TRAFFIC, ROLE_NUMBERED,  4, 0,  8192,  0.03, 0.26,
     1,  2000,  3000,  480,  760, 1, VBD_BLKBACK,      2,    14,  16,  16},
    {"nfs",        DOMAIN_PV,  SHAPE_BURSTY,  0,              2, 0,  4096,  0.02, 0.35,
     2,  9000, 18000, 1100, 1330, 4, VBD_BLKBACK,    260,   190,  64,  64},
    {"proxy",      DOMAIN_PVH, SHAPE_TRAFFIC, 0,              2, 0,  1024,  0.02, 0.26,
     2,  9000,  9000,  690,  700, 1, VBD_BLKBACK,    0.1,     3,   8,   8},
    {"test",       DOMAIN_HVM, SHAPE_IDLE,    ROLE_NUMBERED,  1, 0,  1024, 0.003, 0.06,
     1,     4,     2,  110,   90, 1, VBD_QDISK,      0.3,   0.6,  16,   8},
};

/* What the "create" event starts. */
static const struct role job =
    {"build",      DOMAIN_PVH, SHAPE_FULL,    ROLE_JOB,       1, 0,  2048,  0.35, 0.97,
     1,  1600,    60, 1290,   76, 1, VBD_QDISK,       90,   210,  32,  40};
/* clang-format on */

static void set_uuid(struct guest *g, uint64_t key)
{
    uint64_t halves[2] = {sim_mix(key ^ 0x75756964), sim_mix(key ^ 0x64697575)};

    for (unsigned i = 0; i < 16; i++)
        g->uuid.bytes[i] = (uint8_t)(halves[i / 8] >> (i % 8 * 8));
    g->uuid.bytes[6] = (uint8_t)((g->uuid.bytes[6] & 0x0f) | 0x40);
    g->uuid.bytes[8] = (uint8_t)((g->uuid.bytes[8] & 0x3f) | 0x80);
}

void sim_guest_rename_job(struct sim *sim, struct guest *g)
{
    unsigned serial = ++sim->job_serial;

    snprintf(g->name, sizeof(g->name), "%s-%u", g->role->stem, 1180 + serial);
    set_uuid(g, sim_mix(sim->key ^ UINT64_C(0x6a6f6200000000) ^ serial));
}

/* A few giants, so that big hosts have what big hosts have. */
static unsigned giant_vcpus(const struct sim *sim, size_t i)
{
    if (sim->c.domains >= 512 && i % 512 == 449)
        return 512;
    if (sim->c.domains >= 128 && i % 128 == 65)
        return 128;
    return 0;
}

static void define(struct sim *sim, size_t i, const struct role *role, unsigned number)
{
    struct guest *g = &sim->guests[i];
    unsigned giant = role->flags & ROLE_JOB ? 0 : giant_vcpus(sim, i);

    g->role = role;
    g->key = sim_mix(sim->key + i);
    g->group = (unsigned)(i / ARRAY_LEN(roster));
    g->size = 0.75 + 0.5 * sim_unit(sim_mix(g->key ^ 1));
    if (sim->c.domains <= ARRAY_LEN(roster))
        g->size = 0.95 + 0.1 * g->size;
    if (giant)
        g->size = 0.12; /* few can keep so many busy */
    g->vcpus = giant ? giant : MIN(role->vcpus, sim->c.pcpus);
    g->vcpus_online = MAX(g->vcpus, role->offline + 1) - role->offline;
    g->mem_max_bytes = (uint64_t)role->mem_mib << 20;
    g->mem_target_bytes = g->mem_max_bytes;
    if (role->flags & ROLE_BALLOONS)
        g->mem_target_bytes = g->mem_max_bytes / 4 * 3;
    g->wake_ns = SIM_NEVER;

    if (role->flags & ROLE_NUMBERED)
        snprintf(g->name, sizeof(g->name), "%s-%02u", role->stem, number);
    else if (number > 1)
        snprintf(g->name, sizeof(g->name), "%s-%u", role->stem, number);
    else
        snprintf(g->name, sizeof(g->name), "%s", role->stem);
    set_uuid(g, g->key);
}

/* The number a role's next guest gets. Roles of one stem count together. */
static unsigned next_number(unsigned counts[ARRAY_LEN(roster)], size_t r)
{
    size_t first = 0;

    while (strcmp(roster[first].stem, roster[r].stem) != 0)
        first++;
    return ++counts[first];
}

static void give_instances(struct sim *sim)
{
    size_t vcpus = 0, vifs = 0, vbds = 0;

    for (size_t i = 0; i < sim->guest_count; i++) {
        vcpus += 2 * sim->guests[i].vcpus;
        vifs += 2 * sim->guests[i].role->vifs;
        vbds += 2 * sim->guests[i].role->vbds;
    }
    sim->vcpu_pool = xcalloc(MAX(vcpus, 1), sizeof(*sim->vcpu_pool));
    sim->vif_pool = xcalloc(MAX(vifs, 1), sizeof(*sim->vif_pool));
    sim->vbd_pool = xcalloc(MAX(vbds, 1), sizeof(*sim->vbd_pool));

    vcpus = vifs = vbds = 0;
    for (size_t i = 0; i < 2 * sim->guest_count; i++) {
        struct guest *g = &sim->guests[i / 2];
        struct instance *inst = &g->inst[i % 2];

        inst->guest = g;
        inst->vcpu_ns = sim->vcpu_pool + vcpus;
        inst->vifs = sim->vif_pool + vifs;
        inst->vbds = sim->vbd_pool + vbds;
        vcpus += g->vcpus;
        vifs += g->role->vifs;
        vbds += g->role->vbds;
    }
}

/* The first devices of device mapper are dom0's own. */
static void give_volumes(struct sim *sim)
{
    unsigned next = 2;

    for (size_t i = 0; i < sim->guest_count; i++) {
        struct guest *g = &sim->guests[i];
        g->volume = next;
        if (guest_store(g) == SIM_STORES)
            next += g->role->vbds;
    }
}

void sim_guests_define(struct sim *sim)
{
    unsigned counts[ARRAY_LEN(roster)] = {0};
    size_t jobs = sim->c.domains ? 1 + sim->c.domains / 16 : 0;
    uint64_t need = SIM_DOM0_BYTES, machine = UINT64_C(16) << 30;

    sim->guest_count = sim->c.domains + jobs;
    sim->guests = xcalloc(MAX(sim->guest_count, 1), sizeof(*sim->guests));
    for (size_t i = 0; i < sim->c.domains; i++) {
        size_t r = i % ARRAY_LEN(roster);
        define(sim, i, &roster[r], next_number(counts, r));
    }
    for (size_t i = sim->c.domains; i < sim->guest_count; i++)
        define(sim, i, &job, 1);
    give_instances(sim);
    give_volumes(sim);

    /* Room for all at their largest, and for one of them twice. */
    for (size_t i = 0; i < sim->guest_count; i++)
        need += sim->guests[i].mem_max_bytes;
    need += need / 8;
    while (machine < need)
        machine += machine >= (UINT64_C(256) << 30) ? UINT64_C(128) << 30 : UINT64_C(16) << 30;
    sim->mem_bytes = machine;
}
