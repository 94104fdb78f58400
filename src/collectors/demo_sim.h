/*
 * demo_sim: what the rooms of the simulated host share. Private to demo*.c.
 *
 * A guest is a definition: a role, a name, a size, devices. While it is on the host it has an
 * instance: a domid, a phase of life and counters. A migration to the host it comes from gives it
 * two for a moment. Time is simulated nanoseconds since the first sample; chance comes from the
 * seed alone. Nothing here reads a clock or allocates after demo_open().
 */
#ifndef DOMTOP_DEMO_SIM_H
#define DOMTOP_DEMO_SIM_H

#include "../base.h"
#include "demo.h"

#define SIM_NEVER UINT64_MAX
#define SIM_UPTIME_NS                                                                              \
    (UINT64_C(23) * 86400 * NS_PER_S) /* of the host, when the first sample is taken */
#define SIM_DOM0_BYTES (UINT64_C(4) << 30)
#define SIM_VIFS       3
#define SIM_VBDS       4
#define SIM_REQUEST_NS 150000 /* that a request keeps a device busy */

/* File systems of dom0 that disks lie on as files, each on one device that they share. What blkback
 * serves is a volume, a device of its own. */
enum sim_store_id { STORE_IMAGES, STORE_VHDS, SIM_STORES };

struct sim_store {
    uint64_t reqs; /* counter: of all disks on it */
    uint64_t settled, busy_ns;
};

/* How a role's load moves. */
enum shape {
    SHAPE_IDLE,
    SHAPE_STEADY,
    SHAPE_TRAFFIC,
    SHAPE_BEHIND,
    SHAPE_BURSTY,
    SHAPE_BATCH,
    SHAPE_FULL
};

enum role_flags {
    ROLE_NUMBERED = 1 << 0, /* web-01 from the first on */
    ROLE_STAYS = 1 << 1,    /* nothing happens to it but migration */
    ROLE_PARKED = 1 << 2,   /* paused for good */
    ROLE_BALLOONS = 1 << 3, /* its memory target moves */
    ROLE_LOSES = 1 << 4,    /* its network drops and damages packets */
    ROLE_JOB = 1 << 5,      /* lives for minutes; each life has a name and uuid of its own */
};

struct role {
    const char *stem;
    enum domain_type type;
    enum shape shape;
    unsigned flags;
    unsigned vcpus, offline;    /* vcpus it has; those of them unplugged */
    unsigned mem_mib;           /* maximum; what it has at start for all but ROLE_BALLOONS */
    double cpu_floor, cpu_peak; /* share of each vcpu at rest and at full activity */
    unsigned vifs;
    double rx_kibps, tx_kibps; /* KiB per second at full activity, of the first vif */
    unsigned rx_size, tx_size; /* bytes of a packet */
    unsigned vbds;
    enum vbd_backend backend;
    double rd_iops, wr_iops;         /* at full activity, over its disks */
    unsigned rd_sectors, wr_sectors; /* of a request */
};

enum phase {
    PHASE_ABSENT,
    PHASE_RUNNING,
    PHASE_PAUSED,
    PHASE_CRASHED,
    PHASE_HALTED,
    PHASE_DYING,
    PHASE_INCOMING, /* being received: paused, named NAME--incoming */
    PHASE_AWAY,     /* has been sent: suspended, named NAME--migratedaway */
};

struct instance {
    struct guest *guest;
    enum phase phase;
    unsigned domid;
    uint64_t since_ns, until_ns; /* of the phase */
    uint64_t built_ns;           /* when it came to be, since dom0 started */
    uint64_t mem_bytes;
    uint64_t agreed_ns;   /* when memory and its target last were the same, or it came to be */
    double demand, share; /* cpus it wants and gets in this step */
    double weight;        /* against others when not all can have what they want */
    uint64_t *vcpu_ns;    /* counters; devices hold theirs in the snapshot's own shape */
    struct vif *vifs;
    struct vbd *vbds;
};

struct guest {
    const struct role *role;
    char name[24];
    struct uuid uuid;
    uint64_t key;   /* of its noise: differs for each guest */
    unsigned group; /* those of one group serve the same visitors */
    double size;    /* how busy it is against others of its role */
    unsigned vcpus, vcpus_online;
    unsigned volume;                /* number of its first disk's device, where it has volumes */
    uint64_t volume_reqs[SIM_VBDS]; /* counters of the devices: they outlive an instance */
    uint64_t mem_max_bytes, mem_target_bytes;
    double activity; /* 0 to about 1, in this step */
    struct instance inst[2];
    unsigned current;    /* the instance that is the guest; the other is a migration's other half */
    uint64_t wake_ns;    /* without an instance: when it comes back */
    uint64_t rest_ns;    /* how long it will be away once its instance is gone */
    bool wake_migrating; /* comes back from another host rather than being started */
};

/* What dom0 pays for: per second, summed over the guests. */
struct sim_io {
    double packets, bytes, requests;
};

struct sim {
    struct demo_config c; /* its domains are the guests here */
    bool bare;            /* not even dom0 */
    uint64_t rng;
    uint64_t key;
    uint64_t seq;
    uint64_t step_ns, now_ns;
    uint64_t start_wall_ns, start_mono_ns; /* at now_ns 0 */

    struct guest *guests;
    size_t guest_count;
    struct instance **live; /* by domid */
    size_t live_count;
    unsigned last_domid;
    unsigned job_serial;

    uint64_t next_event_ns;
    unsigned deck[16];
    unsigned dealt;

    uint64_t mem_bytes; /* the machine's */
    uint64_t mem_used;  /* by all domains */
    unsigned dom0_vcpus;
    uint64_t *dom0_vcpu_ns;
    uint64_t *pcpu_idle_ns;
    double *scratch; /* room for one value per pcpu or vcpu */
    struct sim_io io;
    struct sim_store stores[SIM_STORES];
    unsigned migrating; /* instances being sent or received */
    double contention;  /* 0 while all get what they want; towards 1 as they do not */
    double load1, load5, load15;
    uint64_t user_ns, system_ns, iowait_ns, idle_ns, steal_ns;

    /* What all instances' pointers point into. */
    uint64_t *vcpu_pool;
    struct vif *vif_pool;
    struct vbd *vbd_pool;
};

/* Chance: a stream of its own (changes the simulation's state), and noise without state. */
uint64_t sim_mix(uint64_t x);
double sim_unit(uint64_t bits);     /* [0, 1) of 64 random bits */
double sim_chance(struct sim *sim); /* the next of the stream, [0, 1) */
double sim_between(struct sim *sim, double lo, double hi);
double sim_noise(uint64_t key, double t, double period_s); /* smooth, [0, 1) */

/* demo_guests.c: who is on the host. */
void sim_guests_define(struct sim *sim);
void sim_guest_rename_job(struct sim *sim, struct guest *g);

/* demo_life.c: arrivals, ends, pauses, crashes, migrations. */
void sim_life_begin(struct sim *sim);
void sim_life_step(struct sim *sim);

/* demo_load.c: what runs, and what it counts. */
void sim_load_begin(struct sim *sim); /* the counters of a host that has been up for a while */
void sim_load_step(struct sim *sim);

/* demo_rows.c: the state of things as a sealed snapshot. */
void sim_rows_fill(const struct sim *sim, struct snapshot *s);

/* SIM_STORES: its disks are volumes. */
static inline enum sim_store_id guest_store(const struct guest *g)
{
    return g->role->backend == VBD_QDISK      ? STORE_IMAGES
           : g->role->backend == VBD_TAPDISK3 ? STORE_VHDS
                                              : SIM_STORES;
}

static inline struct instance *guest_instance(struct guest *g)
{
    return &g->inst[g->current];
}

#endif
