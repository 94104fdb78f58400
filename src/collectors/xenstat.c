/*
 * xenstat: the portable engine. Domains, vcpus, vifs, vbds and the host's memory through
 * libxenstat.
 *
 * libxenstat 4.17 to 4.21 and what is made good here:
 *   - it pages through domains with a count where Xen wants a domid, so that past 256 domains with
 *     gaps in their numbers some come twice: repeats are dropped;
 *   - one part that fails (no xen-backend bus in sysfs, say) costs the whole sample: parts are then
 *     asked for one by one and the failing one is left out;
 *   - it leaves out each domain that has a vcpu it cannot read, on a Xen whose domctls are of
 * another version than its own all of them: vcpus are such a part then;
 *   - it prints to standard error: hushed, and reported as a message;
 *   - a domain whose name xenstore does not know is left out: see hypercall.c.
 * Its network counters are dom0's view; a vif's are the guest's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstat.h>

#include "../base.h"
#include "collector.h"
#include "hush.h"

#define DOMIDS 0x8000 /* guests have less: xen/include/public/xen.h, DOMID_FIRST_RESERVED */

/* sysfs counts in these, whatever the disk does. */
#define SECTOR_BYTES 512

/* A part that failed is asked for again after so many samples. */
#define RETRY_SAMPLES 30

#define REFUSED                                                                                    \
    "this Xen speaks another interface version than libxenstat, or its security policy forbids it"

struct xenstat {
    xenstat_handle *handle;
    struct hush hush;
    unsigned failing; /* XENSTAT_* flags left out for now */
    unsigned retry_in;
    bool refused; /* Xen would not answer when these were tried */
    uint8_t seen[DOMIDS / 8];
};

static const struct {
    unsigned flag;
    enum entity entity;
    const char *name;
} parts[] = {
    {XENSTAT_VCPU, ENTITY_VCPU, "vcpus"},
    {XENSTAT_NETWORK, ENTITY_VIF, "vifs"},
    {XENSTAT_VBD, ENTITY_VBD, "vbds"},
};

static int xenstat_reopen(struct xenstat *x, char message[COLLECTOR_MESSAGE])
{
    if (x->handle)
        return 0;
    hush_begin(&x->hush);
    x->handle = xenstat_init();
    hush_end(&x->hush, message, COLLECTOR_MESSAGE);
    if (x->handle)
        return 0;
    if (!message[0])
        snprintf(message, COLLECTOR_MESSAGE,
                 "libxenstat could not open the hypervisor and xenstored");
    return -EIO;
}

static int xenstat_open(void **state, char message[COLLECTOR_MESSAGE])
{
    struct xenstat *x = xcalloc(1, sizeof(*x));
    int err;

    hush_open(&x->hush);
    err = xenstat_reopen(x, message);
    if (err) {
        hush_close(&x->hush);
        free(x);
        return err;
    }
    *state = x;
    return 0;
}

static void xenstat_close(void *state)
{
    struct xenstat *x = state;

    if (x->handle)
        xenstat_uninit(x->handle);
    hush_close(&x->hush);
    free(x);
}

/* A node with domains, or NULL with errno set, 0 when libxenstat left none. dom0 always has a name:
 * without it xenstored went away under the handle, or something of each domain could not be read.
 */
static xenstat_node *node_ask(struct xenstat *x, unsigned flags)
{
    errno = 0;
    xenstat_node *node = xenstat_get_node(x->handle, flags);
    int err = errno;

    if (node && xenstat_node_num_domains(node) == 0) {
        xenstat_free_node(node);
        node = NULL;
    }
    errno = err;
    return node;
}

/* Which of the wanted parts libxenstat can deliver, tried one at a time. */
static unsigned parts_working(struct xenstat *x, unsigned flags)
{
    unsigned good = XENSTAT_XEN_VERSION;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!(flags & parts[i].flag))
            continue;
        xenstat_node *node = node_ask(x, parts[i].flag);
        if (node)
            good |= parts[i].flag;
        else if (errno == EACCES)
            x->refused = true;
        xenstat_free_node(node);
    }
    return good;
}

static xenstat_node *node_get(struct xenstat *x, unsigned flags)
{
    xenstat_node *node = node_ask(x, flags & ~x->failing);

    if (node)
        return node;
    x->refused = false;
    unsigned good = parts_working(x, flags);
    x->failing = flags & ~good;
    x->retry_in = RETRY_SAMPLES;
    return node_ask(x, good);
}

static bool seen_before(struct xenstat *x, unsigned domid)
{
    if (domid >= DOMIDS)
        return true;
    bool seen = x->seen[domid / 8] & (1u << (domid % 8));
    x->seen[domid / 8] |= (uint8_t)(1u << (domid % 8));
    return seen;
}

static uint64_t state_of(xenstat_domain *d)
{
    return (xenstat_domain_dying(d) ? DOMAIN_DYING : 0) |
           (xenstat_domain_shutdown(d) ? DOMAIN_SHUTDOWN : 0) |
           (xenstat_domain_blocked(d) ? DOMAIN_BLOCKED : 0) |
           (xenstat_domain_crashed(d) ? DOMAIN_CRASHED : 0) |
           (xenstat_domain_paused(d) ? DOMAIN_PAUSED : 0) |
           (xenstat_domain_running(d) ? DOMAIN_RUNNING : 0);
}

static void add_vif(struct snapshot *s, unsigned domid, xenstat_network *net)
{
    struct vif *v = snapshot_add_vif(s, domid, xenstat_network_id(net));

    v->rx_bytes = xenstat_network_tbytes(net);
    v->rx_packets = xenstat_network_tpackets(net);
    v->rx_errors = xenstat_network_terrs(net);
    v->rx_drops = xenstat_network_tdrop(net);
    v->tx_bytes = xenstat_network_rbytes(net);
    v->tx_packets = xenstat_network_rpackets(net);
    v->tx_errors = xenstat_network_rerrs(net);
    v->tx_drops = xenstat_network_rdrop(net);
}

static void add_vbd(struct snapshot *s, unsigned domid, xenstat_vbd *vbd)
{
    struct vbd *v = snapshot_add_vbd(s, domid, xenstat_vbd_dev(vbd));

    v->backend = xenstat_vbd_type(vbd);
    if (xenstat_vbd_error(vbd))
        return;
    v->oo_reqs = xenstat_vbd_oo_reqs(vbd);
    v->rd_reqs = xenstat_vbd_rd_reqs(vbd);
    v->wr_reqs = xenstat_vbd_wr_reqs(vbd);
    v->rd_bytes = xenstat_vbd_rd_sects(vbd) * SECTOR_BYTES;
    v->wr_bytes = xenstat_vbd_wr_sects(vbd) * SECTOR_BYTES;
}

static void add_domain(struct snapshot *s, xenstat_domain *from, unsigned flags)
{
    unsigned domid = xenstat_domain_id(from);
    const char *name = xenstat_domain_name(from);
    strref name_ref = name ? collector_str(s, name, strlen(name)) : 0;
    struct domain *d = snapshot_add_domain(s, domid);

    d->name = name_ref;
    d->state = state_of(from);
    d->cpu_ns = xenstat_domain_cpu_ns(from);
    d->vcpus_max = xenstat_domain_num_vcpus(from);
    d->mem_bytes = xenstat_domain_cur_mem(from);
    d->mem_max_bytes = xenstat_domain_max_mem(from);
    d->ssid = xenstat_domain_ssid(from);

    for (unsigned i = 0; flags & XENSTAT_VCPU && i < xenstat_domain_num_vcpus(from); i++) {
        xenstat_vcpu *vcpu = xenstat_domain_vcpu(from, i);
        struct vcpu *v = snapshot_add_vcpu(s, domid, i);
        v->online = xenstat_vcpu_online(vcpu);
        v->cpu_ns = xenstat_vcpu_ns(vcpu);
    }
    for (unsigned i = 0; flags & XENSTAT_NETWORK && i < xenstat_domain_num_networks(from); i++)
        add_vif(s, domid, xenstat_domain_network(from, i));
    for (unsigned i = 0; flags & XENSTAT_VBD && i < xenstat_domain_num_vbds(from); i++)
        add_vbd(s, domid, xenstat_domain_vbd(from, i));
}

static void add_host(struct snapshot *s, xenstat_node *node)
{
    const char *version = xenstat_node_xen_version(node);

    s->host.xen_version = version && version[0] ? collector_str(s, version, strlen(version)) : 0;
    s->host.cpus = xenstat_node_num_cpus(node);
    s->host.cpu_hz = xenstat_node_cpu_hz(node);
    s->host.mem_bytes = xenstat_node_tot_mem(node);
    s->host.mem_free_bytes = xenstat_node_free_mem(node);
}

/* Which parts are left out, and why: as Xen refused, or what libxenstat said of it. */
static int say_failing(const struct xenstat *x, char message[COLLECTOR_MESSAGE])
{
    char said[COLLECTOR_MESSAGE];
    int len = snprintf(said, sizeof(said), "libxenstat fails to read");

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (x->failing & parts[i].flag)
            len += snprintf(said + len, sizeof(said) - (size_t)len, " %s", parts[i].name);
    if (message[0] || x->refused)
        snprintf(said + len, sizeof(said) - (size_t)len, ": %.*s", 100,
                 x->refused ? REFUSED : message);
    memcpy(message, said, sizeof(said));
    return -EIO;
}

static int xenstat_collect(void *state, struct snapshot *s, unsigned want,
                           char message[COLLECTOR_MESSAGE])
{
    struct xenstat *x = state;
    unsigned flags = XENSTAT_XEN_VERSION;
    int err = xenstat_reopen(x, message);

    if (err)
        return err;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (want & PART(parts[i].entity))
            flags |= parts[i].flag;
    if (x->failing && x->retry_in-- == 0)
        x->failing = 0;

    uint64_t start = clock_mono_ns();
    hush_begin(&x->hush);
    xenstat_node *node = node_get(x, flags);
    err = node ? 0 : errno;
    hush_end(&x->hush, message, COLLECTOR_MESSAGE);
    flags &= ~x->failing;

    if (!node) {
        xenstat_uninit(x->handle);
        x->handle = NULL;
        x->failing = 0;
        snprintf(message, COLLECTOR_MESSAGE, "libxenstat got no domain: %s",
                 err == EACCES ? REFUSED : "is xenstored running?");
        return err == EACCES ? -EACCES : -EIO;
    }

    memset(x->seen, 0, sizeof(x->seen));
    for (unsigned i = 0; i < xenstat_node_num_domains(node); i++) {
        xenstat_domain *d = xenstat_node_domain_by_index(node, i);
        if (!seen_before(x, xenstat_domain_id(d)))
            add_domain(s, d, flags);
    }
    add_host(s, node);
    xenstat_free_node(node);

    s->have |= PART(ENTITY_HOST) | PART(ENTITY_DOMAIN);
    s->read_ns[ENTITY_DOMAIN] = start;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        s->read_ns[parts[i].entity] = start;
        if (flags & parts[i].flag)
            s->have |= PART(parts[i].entity);
    }
    return x->failing ? say_failing(x, message) : 0;
}

const struct collector collector_xenstat = {
    .name = "xenstat",
    .about = "domains, vcpus, vifs, vbds and memory, through libxenstat",
    .fills = "host: xen_version cpus cpu_hz mem_bytes mem_free; domain: domid name state "
             "cpu_ns vcpus mem_bytes mem_max ssid; vcpu: id online cpu_ns; vif: id rx_bytes "
             "rx_packets rx_errors rx_drops tx_bytes tx_packets tx_errors tx_drops; vbd: id "
             "backend oo_reqs rd_reqs wr_reqs rd_bytes wr_bytes",
    .parts = PART(ENTITY_HOST) | PART(ENTITY_DOMAIN) | PART(ENTITY_VCPU) | PART(ENTITY_VIF) |
             PART(ENTITY_VBD),
    .essential = true,
    .open = xenstat_open,
    .collect = xenstat_collect,
    .close = xenstat_close,
};
