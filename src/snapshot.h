/*
 * snapshot: one look at a Xen host, as plain data.
 *
 * Five flat tables (pcpus, domains, vcpus, vifs, vbds), one host record, the collectors' reports
 * and a pool of strings. A collector appends rows in any order and names the domain a device
 * belongs to by its domid; snapshot_seal() then sorts, drops repeats and orphans, and gives each
 * domain the range of its vcpus, vifs and vbds. Sinks only read sealed snapshots.
 *
 * The snapshot owns all beneath it. snapshot_reset() empties it and keeps the memory, so that a
 * steady sampling loop does not allocate.
 *
 * Values: every number is a uint64_t or double so that one table (metric.c) can describe where each
 * lives. UNKNOWN (all ones) and NaN mean that nobody knows; zero means zero. Strings are references
 * into the pool; 0 is unknown, which is not the empty string.
 *
 * Units: bytes, nanoseconds, counts. Counters are as the source gives them: they may restart or
 * wrap. Network counters have the guest's viewpoint: rx is what the guest receives.
 */
#ifndef DOMTOP_SNAPSHOT_H
#define DOMTOP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNKNOWN UINT64_MAX

typedef uint32_t strref; /* a string in the snapshot's pool; 0 is unknown */

/* What rows are about. The order is the order of the metric reference. */
enum entity {
    ENTITY_HOST,
    ENTITY_PCPU,
    ENTITY_DOMAIN,
    ENTITY_VCPU,
    ENTITY_VIF,
    ENTITY_VBD,
    ENTITY_COUNT,
};

/* Parts a sample may hold, for snapshot.have and for what a sink wants: 1 << entity. */
#define PART(entity) (1u << (entity))
#define PART_ALL     (PART(ENTITY_COUNT) - 1)

/* Bits of domain.state, in the order of xentop's letters dsbcpr. Several may be set. */
enum domain_state {
    DOMAIN_DYING = 1 << 0,
    DOMAIN_SHUTDOWN = 1 << 1,
    DOMAIN_BLOCKED = 1 << 2,
    DOMAIN_CRASHED = 1 << 3,
    DOMAIN_PAUSED = 1 << 4,
    DOMAIN_RUNNING = 1 << 5,
};
#define DOMAIN_STATES 6

enum domain_type { DOMAIN_PV, DOMAIN_PVH, DOMAIN_HVM, DOMAIN_TYPES };

/* Who serves a vbd, with libxenstat's numbers where it has one. */
enum vbd_backend {
    VBD_UNIDENTIFIED,
    VBD_BLKBACK,
    VBD_BLKTAP,
    VBD_TAPDISK3,
    VBD_QDISK,
    VBD_BACKENDS
};

struct uuid {
    uint8_t bytes[16];
};

struct host {
    strref name;                            /* of dom0, by libstatgrab */
    strref xen_version;                     /* "4.17.7" */
    uint64_t cpus, cpu_hz;                  /* pcpus online; their clock */
    uint64_t mem_bytes, mem_free_bytes;     /* the machine's, by Xen */
    uint64_t uptime_ns;                     /* of dom0 */
    double load1, load5, load15;            /* of dom0 */
    uint64_t user_ns, system_ns, iowait_ns; /* dom0's own cpu time, counters over its vcpus */
    uint64_t idle_ns, steal_ns;             /* steal: runnable, but Xen ran somebody else */
    uint64_t dom0_mem_bytes, dom0_free_bytes, dom0_cache_bytes;
    uint64_t swap_bytes, swap_used_bytes;
};

struct pcpu {
    uint64_t id;
    uint64_t online;             /* 0 or 1 */
    uint64_t idle_ns;            /* counter: time the scheduler had nothing to run */
    uint64_t core, socket, node; /* where it is in the machine, by Xen's numbers */
    uint64_t read_ns;            /* as a domain's */
};

struct domain {
    struct uuid uuid; /* all zero for dom0, as Xen has it */
    uint64_t domid;
    strref name;            /* unknown where xenstore does not know the domain */
    strref host;            /* of several hosts in one snapshot: where it is; else unknown */
    uint64_t read_ns;       /* of several hosts: when its host read it; else UNKNOWN */
    uint64_t type;          /* enum domain_type */
    uint64_t start_ns;      /* when it was built here, since 1970 by dom0's clock */
    uint64_t state;         /* bits of enum domain_state */
    uint64_t cpu_ns;        /* counter: over all vcpus */
    uint64_t vcpus_max;     /* vcpus it has, online or not */
    uint64_t vcpus_online;  /* of these, online */
    uint64_t wait_ns;       /* counter: time one or more vcpus were ready, not run; XCP-ng only */
    double wait_est;        /* estimate: share of its online vcpus' time spent ready, not run */
    uint64_t mem_bytes;     /* what it has now */
    uint64_t mem_max_bytes; /* what Xen lets it have; UNKNOWN is also "no limit" */
    uint64_t mem_target_bytes; /* what the toolstack asks its balloon driver to keep */
    uint64_t mem_shared_bytes; /* shared with other domains, copied when written */
    uint64_t mem_paged_bytes;  /* paged out by a pager in dom0 */
    uint64_t mem_claim_bytes;  /* claimed for it, not yet given: Xen's outstanding pages */
    uint64_t balloon_ns;       /* for how long current and target have not agreed; 0: they do */
    uint64_t guest_mem_bytes;  /* what the guest says it has and has free: its word only */
    uint64_t guest_free_bytes;
    uint64_t net_ns, blk_ns; /* counters: dom0's cpu time in its netback and blkback threads */
    uint64_t dm_ns;          /* counter: dom0's cpu time in its device model */
    uint64_t tap_ns;         /* counter: dom0's cpu time in its tapdisks */
    uint64_t ssid;
    uint64_t cpupool;
    uint64_t weight, cap; /* of Xen's scheduler; cap in per cent of a pcpu, 0 is none */
    uint64_t shutdown;    /* the reason the guest gave: SHUTDOWN_* of xen/include/public/sched.h */
    /* Set by snapshot_seal(): its rows in the snapshot's tables. */
    uint32_t vcpu_first, vcpu_count;
    uint32_t vif_first, vif_count;
    uint32_t vbd_first, vbd_count;
};

struct vcpu {
    uint64_t domid;
    uint64_t id;
    uint64_t online; /* 0 or 1 */
    uint64_t cpu_ns; /* counter */
    uint64_t pcpu;   /* where it ran last */
};

struct vif {
    uint64_t domid;
    uint64_t id; /* the number in the guest: 0 is eth0 as a rule */
    strref dev;  /* dom0's name of it: "vif7.0" */
    strref mac, bridge, script;
    strref master; /* the bridge or switch it is in now, by dom0's kernel; of several Open vSwitch
                      bridges the one it was told, if any, else "ovs-system" */
    uint64_t rx_bytes, rx_packets, rx_errors, rx_drops; /* counters; rx: the guest receives */
    uint64_t tx_bytes, tx_packets, tx_errors, tx_drops;
};

struct vbd {
    uint64_t domid;
    uint64_t id;      /* virtual device number, 51712 is xvda */
    uint64_t backend; /* enum vbd_backend */
    strref dev;       /* the guest's name of it: "xvda" */
    strref driver;    /* backend type by the toolstack: "phy", "tap", "qdisk" */
    strref path;      /* what lies behind it, as the toolstack wrote it */
    strref mode;      /* "r" or "w" */
    uint64_t oo_reqs; /* counter: times the backend ran out of requests */
    uint64_t rd_reqs, wr_reqs;
    uint64_t rd_bytes, wr_bytes;
    /* Of what lies behind it: dom0's block device, or the guest's disk in a tapdisk. */
    strref back_dev;       /* dom0's name of the device: "dm-3" */
    uint64_t back_users;   /* vbds on the same device: more than 1 is shared */
    uint64_t back_queue;   /* requests under way in it now */
    uint64_t back_busy_ns; /* counter: time it had requests under way */
    uint64_t rd_lat_ns;    /* mean time of a request, over the last sample that had any */
    uint64_t wr_lat_ns;
    /* Counters: time its requests took, added up. Of a qdisk or a tapdisk, which tell; blkback and
     * the device behind it, which others may use too, do not. */
    uint64_t rd_time_ns, wr_time_ns;
};

/*
 * Several hosts in one snapshot (remote/merge.h): Xen's domids have 15 bits and begin anew on every
 * host, and every dom0's uuid is zero, so what tells domains apart is a domid that has the number
 * of the host above DOMID_BITS. Of a single host this is the domid itself.
 */
#define DOMID_BITS 16

/* Xen's own domid. */
static inline uint64_t domid_own(uint64_t domid)
{
    return domid == UNKNOWN ? UNKNOWN : domid & ((UINT64_C(1) << DOMID_BITS) - 1);
}

/* How a collector fared in this sample, or a process of the service. */
struct report {
    strref collector;
    int64_t error;       /* 0, or a negative errno */
    uint64_t read_ns;    /* when it began, monotonic */
    uint64_t elapsed_ns; /* wall time it took */
    strref message;      /* in words, when there is something to say */
    uint64_t restarts; /* of a service's process: how often it had to be started again; UNKNOWN for
                          what is a collector */
    uint64_t updates, failures; /* of the recorder: what it has written to the store's files, and
                                   what it tried in vain or gave up; UNKNOWN for all else */
};

struct snapshot {
    uint64_t seq;     /* 1 for the first sample of a source */
    uint64_t mono_ns; /* when, on the monotonic clock: for intervals only */
    uint64_t wall_ns; /* when, for people: nanoseconds since 1970, UTC */
    bool simulated;   /* the demo's: say so wherever it is shown */
    uint32_t have;    /* PART(...) bits: parts somebody read in this sample */
    uint64_t
        read_ns[ENTITY_COUNT]; /* when each part was read, monotonic; set to mono_ns by reset */

    struct host host;
    struct pcpu *pcpus;
    struct domain *domains;
    struct vcpu *vcpus;
    struct vif *vifs;
    struct vbd *vbds;
    struct report *reports;
    size_t pcpu_count, domain_count, vcpu_count, vif_count, vbd_count, report_count;
    strref switches; /* dom0's Open vSwitch bridges, "/ovs0//ovs1/", for another collector */

    /* Private: capacities and the string pool. */
    size_t pcpu_cap, domain_cap, vcpu_cap, vif_cap, vbd_cap, report_cap;
    char *pool;
    size_t pool_len, pool_cap;
};

/* A snapshot starts as all zero bytes (or snapshot_reset); release frees what it owns. */
void snapshot_reset(struct snapshot *s);
void snapshot_release(struct snapshot *s);

/*
 * Append a row with every value unknown and the identity given. The pointer is valid until the next
 * append to the same table. Appending a domid or device twice is allowed: seal keeps one of them.
 */
struct pcpu *snapshot_add_pcpu(struct snapshot *s, uint64_t id);
struct domain *snapshot_add_domain(struct snapshot *s, uint64_t domid);
struct vcpu *snapshot_add_vcpu(struct snapshot *s, uint64_t domid, uint64_t id);
struct vif *snapshot_add_vif(struct snapshot *s, uint64_t domid, uint64_t id);
struct vbd *snapshot_add_vbd(struct snapshot *s, uint64_t domid, uint64_t id);
struct report *snapshot_add_report(struct snapshot *s, const char *collector);

/* Copy len bytes (which hold no NUL), or a C string, into the pool. NULL gives 0. */
strref snapshot_add_str(struct snapshot *s, const char *bytes, size_t len);
strref snapshot_add_cstr(struct snapshot *s, const char *str);

/* The string behind a reference, valid until the pool is added to; NULL for 0. */
const char *snapshot_str(const struct snapshot *s, strref ref);

/*
 * Sort all tables by identity, drop repeats (one of them stands) and devices of domains that are
 * not there, and set each domain's ranges. Idempotent. Linear where the rows already are in order.
 */
void snapshot_seal(struct snapshot *s);

/* The domain with this domid in a sealed snapshot, or NULL. */
struct domain *snapshot_domain(const struct snapshot *s, uint64_t domid);

/* Rows of a table as metrics see them: how many, and the record of one. The host is one row. */
size_t snapshot_rows(const struct snapshot *s, enum entity entity);
const void *snapshot_row(const struct snapshot *s, enum entity entity, size_t row);

/* The domain row a vcpu, vif or vbd row belongs to, in a sealed snapshot. */
size_t snapshot_parent(const struct snapshot *s, enum entity entity, size_t row);

/* Make dst a copy of src, reusing dst's memory. */
void snapshot_copy(struct snapshot *dst, const struct snapshot *src);

/* Whether two domain rows are the same domain: uuid and domid. */
bool domain_same(const struct domain *a, const struct domain *b);

/* Bytes of memory a snapshot holds, for the sources panel and the bench. */
size_t snapshot_memory(const struct snapshot *s);

/* "8-4-4-4-12" hexadecimal with its NUL: 37 bytes. parse returns false on anything else. */
#define UUID_TEXT 37
void uuid_format(const struct uuid *u, char out[UUID_TEXT]);
bool uuid_parse(const char *text, struct uuid *out);

#endif
