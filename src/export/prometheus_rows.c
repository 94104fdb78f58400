/* prometheus_rows: see prometheus_rows.h. */
#include "prometheus_rows.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"

/* What does not follow from the metric table. name NULL: not told of, or a label under its id. */
struct special {
    enum entity entity;
    const char *id, *name;
    const char *label;     /* of an info row: the label; otherwise with value: the row is told */
    const char *value;     /* apart from the others of its family by label="value" */
    const char *help;      /* of a family of several rows */
    enum family_form form; /* FORM_VALUE where it is an ordinary one */
    bool drop, dom0;
};

/* clang-format off */
#define DOM0(id_, name_, ...) {ENTITY_HOST, id_, .name = "xen_dom0_" name_, .dom0 = true, __VA_ARGS__}
#define DOM0_CPU(id_, mode_) \
    DOM0(id_, "cpu_seconds", .label = "mode", .value = mode_, .help = "Cpu time of dom0's vcpus.")
#define DOM0_COST(id_, kind_) \
    {ENTITY_DOMAIN, id_, .name = "xen_domain_dom0_cpu_seconds", .label = "kind", .value = kind_, \
     .help = "Cpu time that dom0 spent on the domain."}
static const struct special specials[] = {
    {ENTITY_HOST, "name", .drop = true}, /* the scraper says whose figures these are */
    {ENTITY_HOST, "xen_version", .label = "version"},
    {ENTITY_HOST, "cpu_hz", .name = "xen_host_cpu_frequency_hertz"},
    {ENTITY_HOST, "mem_bytes", .name = "xen_host_memory_size_bytes"},
    {ENTITY_HOST, "uptime_ns", .name = "xen_host_boot_time_seconds", .form = FORM_SINCE,
     .help = "When dom0 started, in seconds since 1970."},
    DOM0("load1", "load1", .label = NULL), DOM0("load5", "load5", .label = NULL), DOM0("load15", "load15", .label = NULL),
    DOM0_CPU("user_ns", "user"), DOM0_CPU("system_ns", "system"), DOM0_CPU("iowait_ns", "iowait"),
    DOM0_CPU("idle_ns", "idle"), DOM0_CPU("steal_ns", "steal"),
    DOM0("dom0_mem", "memory_size_bytes", .label = NULL), DOM0("dom0_free", "memory_free_bytes", .label = NULL),
    DOM0("dom0_cache", "memory_cache_bytes", .label = NULL), DOM0("swap_bytes", "swap_size_bytes", .label = NULL),
    DOM0("swap_used", "swap_used_bytes", .label = NULL),

    {ENTITY_DOMAIN, "name", .drop = true}, /* the label domain everywhere */
    {ENTITY_DOMAIN, "host", .drop = true}, /* the scraper says that too */
    {ENTITY_DOMAIN, "domid", .label = "domid"},
    {ENTITY_DOMAIN, "state", .name = "xen_domain_state", .label = "state", .form = FORM_STATES,
     .help = "Whether the domain is in that state; it may be in several."},
    {ENTITY_DOMAIN, "start_ns", .name = "xen_domain_start_time_seconds",
     .help = "When the toolstack built it on this host, in seconds since 1970."},
    {ENTITY_DOMAIN, "mem_bytes", .name = "xen_domain_memory_current_bytes"},
    {ENTITY_DOMAIN, "guest_mem", .name = "xen_domain_guest_memory_size_bytes"},
    {ENTITY_DOMAIN, "guest_free", .name = "xen_domain_guest_memory_free_bytes"},
    {ENTITY_DOMAIN, "balloon_ns", .name = "xen_domain_memory_off_target_seconds"},
    {ENTITY_DOMAIN, "wait_est", .name = "xen_domain_cpu_wait_ratio"},
    {ENTITY_DOMAIN, "wait_ns", .name = "xen_domain_cpu_wait_seconds"},
    {ENTITY_DOMAIN, "weight", .name = "xen_domain_scheduler_weight"},
    {ENTITY_DOMAIN, "cap", .name = "xen_domain_scheduler_cap_ratio", .form = FORM_PERCENT,
     .help = "Most cpu the scheduler gives it, 1 for a whole pcpu; 0 is no limit."},
    {ENTITY_DOMAIN, "shutdown", .drop = true},
    {ENTITY_DOMAIN, "ssid", .drop = true},
    DOM0_COST("net_ns", "netback"), DOM0_COST("blk_ns", "blkback"),
    DOM0_COST("dm_ns", "device_model"), DOM0_COST("tap_ns", "tapdisk"),

    {ENTITY_VCPU, "pcpu", .drop = true}, /* a series for each cpu a vcpu ever ran on */
    {ENTITY_VIF, "dev", .label = "device"},
    {ENTITY_VIF, "script", .drop = true},
    {ENTITY_VBD, "dev", .drop = true}, /* the label vbd everywhere */
    {ENTITY_VBD, "back_dev", .label = "device"},
    {ENTITY_VBD, "wr_bytes", .name = "xen_vbd_written_bytes"},
    {ENTITY_VBD, "back_users", .name = "xen_vbd_backend_users"},
};

static const struct { const char *abbreviated, *word; } words[] = {
    {"rx", "receive"}, {"tx", "transmit"}, {"rd", "read"},    {"wr", "write"},    {"mem", "memory"},
    {"lat", "latency"}, {"oo", "out_of"},  {"reqs", "requests"}, {"back", "backend"},
};

static const char *const units[UNIT_COUNT] = {
    [UNIT_BYTES] = "bytes", [UNIT_NS] = "seconds", [UNIT_HZ] = "hertz",
    [UNIT_REQUESTS] = "requests", [UNIT_PACKETS] = "packets",
};
/* clang-format on */

static struct family all[FAMILIES_MAX];
static size_t all_count;
static pthread_once_t made = PTHREAD_ONCE_INIT;

static const struct special *special_of(const struct metric *m)
{
    for (size_t i = 0; i < ARRAY_LEN(specials); i++)
        if (specials[i].entity == m->entity && !strcmp(specials[i].id, m->id))
            return &specials[i];
    return NULL;
}

/* ---- names ---- */

static const char *spelt(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i].abbreviated) == len && !memcmp(words[i].abbreviated, word, len))
            return words[i].word;
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len > n && text[len - n - 1] == '_' && !strcmp(text + len - n, end);
}

/* "rx_bytes" of a vif: "xen_vif_receive_bytes". */
static void derive_name(const struct metric *m, char out[FAMILY_NAME])
{
    const char *unit = units[m->unit];
    size_t len = (size_t)snprintf(out, FAMILY_NAME, "xen_%s", metric_groups[m->entity].name);

    for (const char *p = m->id; *p; p += strspn(p, "_")) {
        size_t n = strcspn(p, "_");
        const char *word = spelt(p, n);
        bool nanoseconds = m->unit == UNIT_NS && n == 2 && !memcmp(p, "ns", 2);
        bool hertz = m->unit == UNIT_HZ && n == 2 && !memcmp(p, "hz", 2);
        if (!nanoseconds && !hertz)
            len += (size_t)snprintf(out + len, FAMILY_NAME - len, "_%.*s",
                                    word ? (int)strlen(word) : (int)n, word ? word : p);
        assert(len < FAMILY_NAME);
        p += n;
    }
    if (unit && !ends_with(out, unit))
        len += (size_t)snprintf(out + len, FAMILY_NAME - len, "_%s", unit);
    assert(len < FAMILY_NAME);
}

static const char *unit_of(const char *name)
{
    static const char *const known[] = {"bytes",    "seconds", "hertz",
                                        "requests", "packets", "ratio"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (ends_with(name, known[i]))
            return known[i];
    return NULL;
}

/* ---- families ---- */

static struct family *find_or_add(const char *name, enum family_type type, enum entity entity)
{
    for (size_t i = 0; i < all_count; i++)
        if (!strcmp(all[i].name, name))
            return &all[i];
    assert(all_count < FAMILIES_MAX);
    struct family *f = &all[all_count++];
    snprintf(f->name, sizeof(f->name), "%s", name);
    f->type = type;
    f->entity = entity;
    return f;
}

static void add_member(struct family *f, const struct metric *m, const char *label)
{
    assert(f->member_count < FAMILY_MEMBERS);
    f->members[f->member_count++] = (struct family_member){.metric = m, .label = label};
}

static void add_info(const struct metric *m, const struct special *s)
{
    static const char *const helps[ENTITY_COUNT] = {
        [ENTITY_HOST] = "The hypervisor that runs here.",
        [ENTITY_PCPU] = "Where a physical cpu is in the machine, by Xen's numbers.",
        [ENTITY_DOMAIN] = "What a domain is.",
        [ENTITY_VCPU] = "What a vcpu is.",
        [ENTITY_VIF] = "What a network interface is and where it is connected.",
        [ENTITY_VBD] = "What a disk is and what lies behind it.",
    };
    char name[FAMILY_NAME];

    snprintf(name, sizeof(name), "xen_%s",
             m->entity == ENTITY_HOST ? "hypervisor" : metric_groups[m->entity].name);
    struct family *f = find_or_add(name, FAMILY_INFO, m->entity);
    f->form = FORM_LABELS;
    f->help = helps[m->entity];
    add_member(f, m, s && s->label ? s->label : m->id);
}

static void add_value(const struct metric *m, const struct special *s)
{
    char name[FAMILY_NAME];

    if (s && s->name)
        snprintf(name, sizeof(name), "%s", s->name);
    else
        derive_name(m, name);
    struct family *f = find_or_add(name, m->kind == METRIC_COUNTER ? FAMILY_COUNTER : FAMILY_GAUGE,
                                   m->entity);
    f->unit = unit_of(f->name);
    f->help = s && s->help ? s->help : m->help;
    f->form = s ? s->form : FORM_VALUE;
    f->label = s ? s->label : NULL;
    f->dom0 = s && s->dom0;
    add_member(f, m, s ? s->value : NULL);
}

static void make(void)
{
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            const struct special *s = special_of(m);
            bool identity = m->flags & METRIC_IDENT && !(s && s->label);
            if (identity || m->flags & METRIC_INNER || (s && s->drop))
                continue;
            if (m->kind == METRIC_INFO && !(s && s->name))
                add_info(m, s);
            else
                add_value(m, s);
        }
}

const struct family *families(size_t *count)
{
    pthread_once(&made, make);
    *count = all_count;
    return all;
}

const char *family_suffix(const struct family *f)
{
    return f->type == FAMILY_COUNTER ? "_total" : f->type == FAMILY_INFO ? "_info" : "";
}

const char *family_type_name(enum family_type type)
{
    static const char *const names[] = {
        [FAMILY_GAUGE] = "gauge", [FAMILY_COUNTER] = "counter", [FAMILY_INFO] = "info"};

    return names[type];
}

const char *entity_label(enum entity e)
{
    static const char *const names[ENTITY_COUNT] = {
        [ENTITY_PCPU] = "cpu", [ENTITY_VCPU] = "vcpu", [ENTITY_VIF] = "vif", [ENTITY_VBD] = "vbd"};

    return names[e];
}

/* ---- disks ---- */

/* 0: "a", 25: "z", 26: "aa". */
static size_t disk_letters(uint64_t disk, char out[8])
{
    char reversed[8];
    size_t n = 0;

    do {
        reversed[n++] = (char)('a' + disk % 26);
        disk = disk / 26;
    } while (disk-- && n < sizeof(reversed) - 1);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = '\0';
    return n;
}

void vbd_name(uint64_t id, char out[VBD_NAME])
{
    static const struct {
        uint64_t major;
        const char *stem;
        unsigned shift, first, disks; /* bits of the partition; the first disk's number */
    } kinds[] = {
        {202, "xvd", 4, 0, 16}, {8, "sd", 4, 0, 16}, {3, "hd", 6, 0, 2}, {22, "hd", 6, 2, 2}};
    char letters[8];
    uint64_t partition = 0, disk = 0;
    const char *stem = NULL;

    /* The extended form of a disk that has an ordinary one keeps its number: no name stands for
     * two. */
    if (id >> 28 == 1 && ((id >> 8) & 0xfffff) >= 16) {
        stem = "xvd";
        disk = (id >> 8) & 0xfffff;
        partition = id & 0xff;
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (id >> 8 == kinds[i].major && (id & 0xff) >> kinds[i].shift < kinds[i].disks) {
            stem = kinds[i].stem;
            disk = kinds[i].first + ((id & 0xff) >> kinds[i].shift);
            partition = id & ((1u << kinds[i].shift) - 1);
        }
    if (!stem) {
        snprintf(out, VBD_NAME, "%llu", (unsigned long long)id);
        return;
    }
    disk_letters(disk, letters);
    if (partition)
        snprintf(out, VBD_NAME, "%s%s%u", stem, letters, (unsigned)partition);
    else
        snprintf(out, VBD_NAME, "%s%s", stem, letters);
}
