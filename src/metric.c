/* metric: the table. See metric.h. */
#include "metric.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base.h"

/*
 * Rows read: id, kind, type, unit, member, title, width, flags, help. One macro per entity so that
 * a row names its member and nothing twice; the type is checked against the member at compile time.
 */
#define ROW(ENTITY_, record, id_, kind_, type_, unit_, member, title_, width_, flags_, help_)      \
    {                                                                                              \
        .id = id_, .kind = METRIC_##kind_, .type = TYPE_##type_, .unit = UNIT_##unit_,             \
        .offset = (uint16_t)(offsetof(struct record, member) +                                     \
                             TYPE_CHECK_##type_(record, member)),                                  \
        .width = width_, .flags = flags_, .title = title_, .help = help_, .entity = ENTITY_,       \
    }
#define MEMBER_IS(record, member, type)                                                            \
    (0 * sizeof(char[_Generic(((struct record *)0)->member, type : 1, default : -1)]))
#define TYPE_CHECK_U64(record, member)  MEMBER_IS(record, member, uint64_t)
#define TYPE_CHECK_F64(record, member)  MEMBER_IS(record, member, double)
#define TYPE_CHECK_STR(record, member)  MEMBER_IS(record, member, strref)
#define TYPE_CHECK_UUID(record, member) MEMBER_IS(record, member, struct uuid)

#define HOST(...)   ROW(ENTITY_HOST, host, __VA_ARGS__)
#define PCPU(...)   ROW(ENTITY_PCPU, pcpu, __VA_ARGS__)
#define DOMAIN(...) ROW(ENTITY_DOMAIN, domain, __VA_ARGS__)
#define VCPU(...)   ROW(ENTITY_VCPU, vcpu, __VA_ARGS__)
#define VIF(...)    ROW(ENTITY_VIF, vif, __VA_ARGS__)
#define VBD(...)    ROW(ENTITY_VBD, vbd, __VA_ARGS__)

/* clang-format off */
static const struct metric host_metrics[] = {
    HOST("name",        INFO,    STR, NONE,  name,             "HOST",   16, 0, "Host name of dom0."),
    HOST("xen_version", INFO,    STR, NONE,  xen_version,      "XEN",    10, 0, "Version of the running hypervisor."),
    HOST("cpus",        GAUGE,   U64, NONE,  cpus,             "PCPUS",   5, 0, "Physical cpus online."),
    HOST("cpu_hz",      GAUGE,   U64, HZ,    cpu_hz,           "CLOCK",   8, 0, "Clock rate of the physical cpus."),
    HOST("mem_bytes",   GAUGE,   U64, BYTES, mem_bytes,        "MEM",     6, 0, "Memory of the machine, as Xen has it."),
    HOST("mem_free",    GAUGE,   U64, BYTES, mem_free_bytes,   "FREE",    6, 0, "Memory that Xen has given to nobody."),
    HOST("uptime_ns",   GAUGE,   U64, NS,    uptime_ns,        "UPTIME",  8, 0, "Time since dom0 started."),
    HOST("load1",       GAUGE,   F64, NONE,  load1,            "LOAD1",   6, 0, "Load average of dom0 over 1 minute."),
    HOST("load5",       GAUGE,   F64, NONE,  load5,            "LOAD5",   6, 0, "Load average of dom0 over 5 minutes."),
    HOST("load15",      GAUGE,   F64, NONE,  load15,           "LOAD15",  6, 0, "Load average of dom0 over 15 minutes."),
    HOST("user_ns",     COUNTER, U64, NS,    user_ns,          "USER",    6, 0, "Cpu time of dom0's vcpus spent in programs, nice ones included."),
    HOST("system_ns",   COUNTER, U64, NS,    system_ns,        "SYSTEM",  6, 0, "Cpu time of dom0's vcpus spent in its kernel, interrupts included."),
    HOST("iowait_ns",   COUNTER, U64, NS,    iowait_ns,        "IOWAIT",  6, 0, "Time dom0's vcpus were idle while input or output was pending."),
    HOST("idle_ns",     COUNTER, U64, NS,    idle_ns,          "IDLE",    6, 0, "Time dom0's vcpus were idle."),
    HOST("steal_ns",    COUNTER, U64, NS,    steal_ns,         "STEAL",   6, 0, "Time dom0's vcpus wanted to run while Xen ran somebody else."),
    HOST("dom0_mem",    GAUGE,   U64, BYTES, dom0_mem_bytes,   "D0MEM",   6, 0, "Memory that dom0's kernel manages."),
    HOST("dom0_free",   GAUGE,   U64, BYTES, dom0_free_bytes,  "D0FREE",  6, 0, "Memory unused in dom0."),
    HOST("dom0_cache",  GAUGE,   U64, BYTES, dom0_cache_bytes, "D0CACHE", 7, 0, "Memory dom0 uses as cache and can give back."),
    HOST("swap_bytes",  GAUGE,   U64, BYTES, swap_bytes,       "SWAP",    6, 0, "Swap space of dom0."),
    HOST("swap_used",   GAUGE,   U64, BYTES, swap_used_bytes,  "SWUSED",  6, 0, "Swap space of dom0 in use."),
};

static const struct metric pcpu_metrics[] = {
    PCPU("id",      INFO,    U64, NONE, id,      "PCPU",   4, METRIC_IDENT, "Number of the physical cpu."),
    PCPU("online",  GAUGE,   U64, BOOL, online,  "ONLINE", 6, 0,            "Whether the cpu is online."),
    PCPU("idle_ns", COUNTER, U64, NS,   idle_ns, "CPU%",   6, METRIC_IDLE,  "Time the cpu had no vcpu to run."),
    PCPU("core",    INFO,    U64, NONE, core,    "CORE",   4, 0,            "Core it belongs to, by Xen's number."),
    PCPU("socket",  INFO,    U64, NONE, socket,  "SOCKET", 6, 0,            "Socket it sits in."),
    PCPU("node",    INFO,    U64, NONE, node,    "NODE",   4, 0,            "NUMA node whose memory is nearest."),
    PCPU("read_ns", INFO,    U64, NS,   read_ns, "READ",   6, METRIC_INNER, "When its host read it, where several are shown."),
};

static const struct metric domain_metrics[] = {
    DOMAIN("uuid",       INFO,    UUID, NONE,    uuid,             "UUID",   36, METRIC_IDENT, "What stays the same when the domain is renamed, rebooted or migrated."),
    DOMAIN("domid",      INFO,    U64,  DOMID,   domid,            "DOMID",   5, METRIC_IDENT, "Xen's number of the domain, used again after it is gone."),
    DOMAIN("name",       INFO,    STR,  NONE,    name,             "NAME",   24, 0, "Name by the toolstack."),
    DOMAIN("host",       INFO,    STR,  NONE,    host,             "HOST",   12, 0, "Host it is on, where several are shown."),
    DOMAIN("read_ns",    INFO,    U64,  NS,      read_ns,          "READ",    6, METRIC_INNER, "When its host read it, where several are shown."),
    DOMAIN("type",       INFO,    U64,  DOMTYPE, type,             "TYPE",    4, 0, "PV, PVH or HVM."),
    DOMAIN("start_ns",   INFO,    U64,  DATE,    start_ns,         "STARTED", 19, 0, "When the toolstack built it on this host, in nanoseconds since 1970."),
    DOMAIN("state",      GAUGE,   U64,  STATE,   state,            "STATE",   6, 0, "Dying, shut down, blocked, crashed, paused, running."),
    DOMAIN("cpu_ns",     COUNTER, U64,  NS,      cpu_ns,           "CPU%",    6, 0, "Cpu time used by all its vcpus."),
    DOMAIN("vcpus",      GAUGE,   U64,  NONE,    vcpus_max,        "VCPUS",   5, 0, "Virtual cpus it has, online or not."),
    DOMAIN("mem_bytes",  GAUGE,   U64,  BYTES,   mem_bytes,        "MEM",     6, 0, "Memory it has now."),
    DOMAIN("mem_max",    GAUGE,   U64,  BYTES,   mem_max_bytes,    "MAXMEM",  6, 0, "Memory that Xen lets it have at most."),
    DOMAIN("mem_target", GAUGE,   U64,  BYTES,   mem_target_bytes, "TARGET",  6, 0, "Memory the toolstack asks its balloon driver to keep."),
    DOMAIN("vcpus_online", GAUGE, U64,  NONE,    vcpus_online,     "ONLINE",  6, 0, "Virtual cpus it has online."),
    DOMAIN("wait_est",   GAUGE,   F64,  NONE,    wait_est,         "EST.WAIT", 8, 0, "Share of its vcpus' time spent ready but not run (est.: sampled)."),
    DOMAIN("wait_ns",    COUNTER, U64,  NS,      wait_ns,          "WAIT%",   6, 0, "Time one or more of its vcpus were ready but not run (by XCP-ng's Xen only)."),
    DOMAIN("mem_shared", GAUGE,   U64,  BYTES,   mem_shared_bytes, "SHARED",  6, METRIC_LIVE, "Memory it shares with other domains until one of them writes."),
    DOMAIN("mem_paged",  GAUGE,   U64,  BYTES,   mem_paged_bytes,  "PAGED",   6, METRIC_LIVE, "Memory of it that a pager has moved out."),
    DOMAIN("mem_claim",  GAUGE,   U64,  BYTES,   mem_claim_bytes,  "CLAIM",   6, METRIC_LIVE, "Memory set aside for it that it has not got yet."),
    DOMAIN("balloon_ns", GAUGE,   U64,  NS,      balloon_ns,       "BALLOON", 7, METRIC_LIVE, "Time since current and target memory last agreed; 0 while they do."),
    DOMAIN("guest_mem",  GAUGE,   U64,  BYTES,   guest_mem_bytes,  "GMEM",    6, 0, "Memory by the guest's own word (its agent writes it)."),
    DOMAIN("guest_free", GAUGE,   U64,  BYTES,   guest_free_bytes, "GFREE",   6, 0, "Memory free by the guest's own word (its agent writes it)."),
    DOMAIN("net_ns",     COUNTER, U64,  NS,      net_ns,           "D0NET%",  6, 0, "Cpu time dom0 spent in its netback threads."),
    DOMAIN("blk_ns",     COUNTER, U64,  NS,      blk_ns,           "D0BLK%",  6, 0, "Cpu time dom0 spent in its blkback threads."),
    DOMAIN("dm_ns",      COUNTER, U64,  NS,      dm_ns,            "D0DM%",   6, 0, "Cpu time dom0 spent in its device model."),
    DOMAIN("tap_ns",     COUNTER, U64,  NS,      tap_ns,           "D0TAP%",  6, 0, "Cpu time dom0 spent in its tapdisks."),
    DOMAIN("weight",     GAUGE,   U64,  NONE,    weight,           "WEIGHT",  6, METRIC_LIVE, "Its weight in Xen's scheduler."),
    DOMAIN("cap",        GAUGE,   U64,  NONE,    cap,              "CAP",     5, METRIC_LIVE, "Most cpu the scheduler gives it, in per cent of a pcpu; 0 is no limit."),
    DOMAIN("shutdown",   INFO,    U64,  NONE,    shutdown,         "REASON",  6, 0, "Why it shut down: 0 poweroff, 1 reboot, 2 suspend, 3 crash, 4 watchdog, 5 soft reset."),
    DOMAIN("ssid",       INFO,    U64,  NONE,    ssid,             "SSID",    4, 0, "Security label of Xen's flask policy."),
    DOMAIN("cpupool",    INFO,    U64,  NONE,    cpupool,          "POOL",    4, 0, "Pool of physical cpus it runs in."),
};

static const struct metric vcpu_metrics[] = {
    VCPU("id",     INFO,    U64, NONE, id,     "VCPU",   4, METRIC_IDENT, "Number of the vcpu within its domain."),
    VCPU("online", GAUGE,   U64, BOOL, online, "ONLINE", 6, 0,            "Whether the guest has the vcpu online."),
    VCPU("cpu_ns", COUNTER, U64, NS,   cpu_ns, "CPU%",   6, 0,            "Cpu time used."),
    VCPU("pcpu",   INFO,    U64, NONE, pcpu,   "PCPU",   4, 0,            "Physical cpu it ran on last."),
};

static const struct metric vif_metrics[] = {
    VIF("id",         INFO,    U64, NONE,    id,         "VIF",     3, METRIC_IDENT, "Number of the vif within its domain."),
    VIF("dev",        INFO,    STR, NONE,    dev,        "DEVICE", 10, 0, "Name of the backend's interface in dom0."),
    VIF("mac",        INFO,    STR, NONE,    mac,        "MAC",    17, 0, "Hardware address of the guest's interface."),
    VIF("bridge",     INFO,    STR, NONE,    bridge,     "BRIDGE", 10, 0, "Bridge or switch the backend is told to join."),
    VIF("master",     INFO,    STR, NONE,    master,     "IN",     10, 0, "Bridge or switch the backend is in now, by dom0's kernel."),
    VIF("script",     INFO,    STR, NONE,    script,     "SCRIPT", 12, 0, "Script that connects the backend."),
    VIF("rx_bytes",   COUNTER, U64, BYTES,   rx_bytes,   "RX/s",    6, METRIC_SUMS, "Bytes the guest received."),
    VIF("rx_packets", COUNTER, U64, PACKETS, rx_packets, "RXPK/s",  6, METRIC_SUMS, "Packets the guest received."),
    VIF("rx_errors",  COUNTER, U64, NONE,    rx_errors,  "RXERR",   5, METRIC_SUMS, "Errors on the way to the guest."),
    VIF("rx_drops",   COUNTER, U64, NONE,    rx_drops,   "RXDROP",  6, METRIC_SUMS, "Packets to the guest that dom0 dropped."),
    VIF("tx_bytes",   COUNTER, U64, BYTES,   tx_bytes,   "TX/s",    6, METRIC_SUMS, "Bytes the guest sent."),
    VIF("tx_packets", COUNTER, U64, PACKETS, tx_packets, "TXPK/s",  6, METRIC_SUMS, "Packets the guest sent."),
    VIF("tx_errors",  COUNTER, U64, NONE,    tx_errors,  "TXERR",   5, METRIC_SUMS, "Errors on the way from the guest."),
    VIF("tx_drops",   COUNTER, U64, NONE,    tx_drops,   "TXDROP",  6, METRIC_SUMS, "Packets from the guest that dom0 dropped."),
};

static const struct metric vbd_metrics[] = {
    VBD("id",       INFO,    U64, NONE,     id,       "VBD",      6, METRIC_IDENT, "Virtual device number: 51712 is xvda."),
    VBD("backend",  INFO,    U64, BACKEND,  backend,  "BACKEND",  8, 0, "Who serves it: blkback, blktap, tapdisk3, qdisk."),
    VBD("dev",      INFO,    STR, NONE,     dev,      "DEVICE",   6, 0, "Name of the device in the guest."),
    VBD("driver",   INFO,    STR, NONE,     driver,   "DRIVER",   6, 0, "Kind of backend by the toolstack: phy, tap, qdisk."),
    VBD("path",     INFO,    STR, NONE,     path,     "PATH",    24, 0, "File or device behind it, as the toolstack wrote it."),
    VBD("mode",     INFO,    STR, NONE,     mode,     "MODE",     4, 0, "r when the guest may only read, w when it may write."),
    VBD("oo_reqs",  COUNTER, U64, REQUESTS, oo_reqs,  "OO/s",     5, METRIC_SUMS, "Times the backend had no request left and the guest had to wait."),
    VBD("rd_reqs",  COUNTER, U64, REQUESTS, rd_reqs,  "RDOP/s",   6, METRIC_SUMS, "Read requests."),
    VBD("wr_reqs",  COUNTER, U64, REQUESTS, wr_reqs,  "WROP/s",   6, METRIC_SUMS, "Write requests."),
    VBD("rd_bytes", COUNTER, U64, BYTES,    rd_bytes, "RD/s",     6, METRIC_SUMS, "Bytes the guest read."),
    VBD("wr_bytes", COUNTER, U64, BYTES,    wr_bytes, "WR/s",     6, METRIC_SUMS, "Bytes the guest wrote."),
    VBD("back_dev",   INFO,    STR, NONE,     back_dev,     "ON",     8, 0, "Block device of dom0 that it lies on."),
    VBD("back_users", GAUGE,   U64, NONE,     back_users,   "USERS",  5, METRIC_LIVE, "Vbds on that block device: more than 1 share its figures."),
    VBD("back_queue", GAUGE,   U64, REQUESTS, back_queue,   "QUEUE",  5, 0, "Requests under way in what lies behind it."),
    VBD("back_busy",  COUNTER, U64, NS,       back_busy_ns, "UTIL%",  6, 0, "Time that what lies behind it had requests under way."),
    VBD("rd_lat",     GAUGE,   U64, NS,       rd_lat_ns,    "RDLAT",  6, 0, "Mean time of a read behind it, over the last sample that had any."),
    VBD("wr_lat",     GAUGE,   U64, NS,       wr_lat_ns,    "WRLAT",  6, 0, "Mean time of a write behind it, over the last sample that had any."),
    VBD("rd_time",    COUNTER, U64, NS,       rd_time_ns,   "RDTIME%", 7, METRIC_LIVE, "Time its reads took, added up (by qdisk and tapdisk3 only)."),
    VBD("wr_time",    COUNTER, U64, NS,       wr_time_ns,   "WRTIME%", 7, METRIC_LIVE, "Time its writes took, added up (by qdisk and tapdisk3 only)."),
};
/* clang-format on */

#define GROUP(rows_, name_, plural_)                                                               \
    {                                                                                              \
        .rows = rows_, .count = ARRAY_LEN(rows_), .name = name_, .plural = plural_                 \
    }

const struct metric_group metric_groups[ENTITY_COUNT] = {
    [ENTITY_HOST] = GROUP(host_metrics, "host", "hosts"),
    [ENTITY_PCPU] = GROUP(pcpu_metrics, "pcpu", "pcpus"),
    [ENTITY_DOMAIN] = GROUP(domain_metrics, "domain", "domains"),
    [ENTITY_VCPU] = GROUP(vcpu_metrics, "vcpu", "vcpus"),
    [ENTITY_VIF] = GROUP(vif_metrics, "vif", "vifs"),
    [ENTITY_VBD] = GROUP(vbd_metrics, "vbd", "vbds"),
};

const struct metric *metric_find(enum entity entity, const char *id)
{
    const struct metric_group *g = &metric_groups[entity];

    for (size_t i = 0; i < g->count; i++)
        if (!strcmp(g->rows[i].id, id))
            return &g->rows[i];
    return NULL;
}

bool metric_is_recorded(const struct metric *m)
{
    return m->kind != METRIC_INFO && !(m->flags & METRIC_LIVE);
}

size_t metric_slot(const struct metric *m)
{
    return (size_t)(m - metric_groups[m->entity].rows);
}

static const void *member(const struct metric *m, const void *record)
{
    return (const char *)record + m->offset;
}

uint64_t metric_u64(const struct metric *m, const void *record)
{
    assert(m->type == TYPE_U64);
    return *(const uint64_t *)member(m, record);
}

double metric_f64(const struct metric *m, const void *record)
{
    assert(m->type == TYPE_F64);
    return *(const double *)member(m, record);
}

strref metric_str(const struct metric *m, const void *record)
{
    assert(m->type == TYPE_STR);
    return *(const strref *)member(m, record);
}

const struct uuid *metric_uuid(const struct metric *m, const void *record)
{
    assert(m->type == TYPE_UUID);
    return member(m, record);
}

double metric_number(const struct metric *m, const void *record)
{
    if (m->type == TYPE_F64)
        return metric_f64(m, record);
    uint64_t v = metric_u64(m, record);
    return v == UNKNOWN ? NAN : (double)v;
}

void metric_forget_counters(struct snapshot *s)
{
    static const uint64_t unknown = UNKNOWN;

    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            size_t count = m->kind == METRIC_COUNTER ? snapshot_rows(s, (enum entity)e) : 0;
            for (size_t row = 0; row < count; row++)
                memcpy((char *)snapshot_row(s, (enum entity)e, row) + m->offset, &unknown,
                       sizeof(unknown));
        }
}

void domain_devices(const struct domain *d, enum entity entity, size_t *first, size_t *count)
{
    switch (entity) {
    case ENTITY_VCPU: *first = d->vcpu_first, *count = d->vcpu_count; break;
    case ENTITY_VIF: *first = d->vif_first, *count = d->vif_count; break;
    case ENTITY_VBD: *first = d->vbd_first, *count = d->vbd_count; break;
    default: *first = *count = 0; break;
    }
}

uint64_t metric_sum(const struct metric *m, const struct snapshot *s, size_t domain_row)
{
    size_t first, count, known = 0;
    uint64_t sum = 0;

    domain_devices(&s->domains[domain_row], m->entity, &first, &count);
    for (size_t i = first; i < first + count; i++) {
        uint64_t v = metric_u64(m, snapshot_row(s, m->entity, i));
        if (v == UNKNOWN)
            continue;
        known++;
        sum += v;
    }
    if (count)
        return known ? sum : UNKNOWN;
    return s->have & PART(m->entity) ? 0 : UNKNOWN;
}

const char *unit_name(enum unit unit)
{
    static const char *const names[UNIT_COUNT] = {
        [UNIT_NONE] = "",           [UNIT_BYTES] = "bytes",       [UNIT_NS] = "nanoseconds",
        [UNIT_HZ] = "hertz",        [UNIT_REQUESTS] = "requests", [UNIT_PACKETS] = "packets",
        [UNIT_BOOL] = "boolean",    [UNIT_STATE] = "state",       [UNIT_DOMTYPE] = "type",
        [UNIT_BACKEND] = "backend", [UNIT_DATE] = "date",         [UNIT_DOMID] = "",
    };

    return names[unit];
}

const char *kind_name(enum metric_kind kind)
{
    static const char *const names[] = {
        [METRIC_INFO] = "info", [METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter"};

    return names[kind];
}

const char *domain_type_name(uint64_t type)
{
    static const char *const names[DOMAIN_TYPES] = {
        [DOMAIN_PV] = "PV", [DOMAIN_PVH] = "PVH", [DOMAIN_HVM] = "HVM"};

    return type < DOMAIN_TYPES ? names[type] : NULL;
}

const char *vbd_backend_name(uint64_t backend)
{
    static const char *const names[VBD_BACKENDS] = {
        [VBD_UNIDENTIFIED] = "unidentified", [VBD_BLKBACK] = "blkback", [VBD_BLKTAP] = "blktap",
        [VBD_TAPDISK3] = "tapdisk3",         [VBD_QDISK] = "qdisk",
    };

    return backend < VBD_BACKENDS ? names[backend] : NULL;
}

void domain_state_letters(uint64_t state, char out[DOMAIN_STATES + 1])
{
    static const char letters[] = "dsbcpr";

    for (int i = 0; i < DOMAIN_STATES; i++)
        out[i] = state != UNKNOWN && state & (1u << i) ? letters[i] : '-';
    out[DOMAIN_STATES] = '\0';
}

const char *domain_state_word(uint64_t state)
{
    /* What needs attention first: a crashed domain is also shut down, a dying one may be paused. */
    static const struct {
        unsigned bit;
        const char *word;
    } words[] = {
        {DOMAIN_CRASHED, "crashed"}, {DOMAIN_DYING, "dying"},     {DOMAIN_SHUTDOWN, "shutdown"},
        {DOMAIN_PAUSED, "paused"},   {DOMAIN_RUNNING, "running"}, {DOMAIN_BLOCKED, "blocked"},
    };

    if (state == UNKNOWN)
        return "-";
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (state & words[i].bit)
            return words[i].word;
    /* Runnable, waiting for a pcpu: neither blocked nor running. */
    return "ready";
}
