/*
 * vif: counters of each vif, from one rtnetlink dump a sample (libmnl), on hosts with a bridge,
 * Open vSwitch, routing or NAT alike.
 *
 * A vif may have any name: whose it is stands in its device's nodename in sysfs, read once for each
 * interface index. The dump asked for is the kernel's statistics only (RTM_GETSTATS), a tenth of
 * the full description; that one (RTM_GETLINK) is asked for when the kernel has said that some
 * interface came, went or changed. Kernels before 4.7 know only the full one.
 *
 * For the kernel the ports of all Open vSwitch bridges are in one switch, ovs-system, which has an
 * interface for each bridge in it. So where there is one bridge, a port is in that; of several, the
 * toolstack's word decides (xenstore.c), and without it the switch itself is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "collector.h"
#include "links.h"

#define BUFFER     32768 /* the kernel fills no more in one go */
#define DUMPS_MOST 4     /* times a dump is repeated because interfaces came or went */
#define NEWS_MOST  64    /* datagrams of news taken in one sample */

struct iface {
    uint32_t index, master;
    bool vif, asked; /* asked: sysfs has said whether it is one */
    bool ovs;        /* Open vSwitch's own */
    unsigned dump;   /* the last dump that had it */
    uint64_t domid, id;
    char *name;          /* sanitised */
    char raw[LINK_NAME]; /* as the kernel has it */
    struct link counters;
};

struct vifs {
    struct mnl_socket *dumps, *news;
    struct iface *ifaces; /* in order of index, up to sorted; then as they came */
    size_t count, sorted, cap;
    uint32_t *order; /* the vifs among them, by domid and number */
    size_t order_count, order_cap;
    uint32_t ovs[2];  /* indices of Open vSwitch's own interfaces: the switch and a bridge, if */
    size_t ovs_count; /* this is 2 */
    struct text ovs_names; /* all of them, each between slashes */
    uint32_t seq;
    unsigned dump;
    bool stale, no_stats;            /* descriptions must be read; the kernel has no RTM_GETSTATS */
    bool unknown;                    /* the dump had an interface that is not described */
    _Alignas(8) char buffer[BUFFER]; /* of netlink messages, which are aligned */
};

static struct mnl_socket *socket_open(unsigned groups, int flags)
{
    struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);

    if (s && mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID) < 0) {
        mnl_socket_close(s);
        return NULL;
    }
    return s;
}

static int vif_open(void **state, char message[COLLECTOR_MESSAGE])
{
    struct vifs *v = xcalloc(1, sizeof(*v));

    v->news = socket_open(RTMGRP_LINK, SOCK_NONBLOCK);
    v->dumps = v->news ? socket_open(0, 0) : NULL;
    if (!v->dumps) {
        int err = errno ? errno : EIO;
        snprintf(message, COLLECTOR_MESSAGE, "no netlink socket: %s", strerror(err));
        if (v->news)
            mnl_socket_close(v->news);
        free(v);
        return -err;
    }
    v->stale = true;
    *state = v;
    return 0;
}

static void vif_close(void *state)
{
    struct vifs *v = state;

    for (size_t i = 0; i < v->count; i++)
        free(v->ifaces[i].name);
    free(v->ifaces);
    free(v->order);
    text_release(&v->ovs_names);
    mnl_socket_close(v->dumps);
    mnl_socket_close(v->news);
    free(v);
}

/* ---- interfaces ---- */

static int by_index(const void *a, const void *b)
{
    const struct iface *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static struct iface *iface_find(struct vifs *v, uint32_t index)
{
    struct iface key = {.index = index};
    struct iface *found = v->sorted ? bsearch(&key, v->ifaces, v->sorted, sizeof(key), by_index)
                                    : NULL;

    for (size_t i = v->sorted; !found && i < v->count; i++)
        if (v->ifaces[i].index == index)
            found = &v->ifaces[i];
    return found;
}

static void take_link(void *ctx, const struct link *link)
{
    struct vifs *v = ctx;
    struct iface *i = iface_find(v, link->index);

    if (!i && !link->described) {
        v->unknown = true;
        return;
    }
    if (!i) {
        array_reserve(&v->ifaces, &v->cap, v->count + 1, sizeof(*v->ifaces));
        i = &v->ifaces[v->count++];
        *i = (struct iface){.index = link->index};
    }
    i->dump = v->dump;
    if (link->described) {
        if (!i->name || strcmp(i->raw, link->name) != 0) {
            free(i->name);
            i->name = collector_text(link->name, strlen(link->name));
            memcpy(i->raw, link->name, sizeof(i->raw));
        }
        i->master = link->master;
        i->ovs = link->ovs;
    }
    if (i->vif || !i->asked)
        i->counters = *link;
}

static ssize_t read_small(const char *path, char *text, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -errno : read(fd, text, cap - 1);

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return n;
    while (n && text[n - 1] == '\n')
        n--;
    text[n] = '\0';
    return n;
}

/* Whose interface this is. Names pass from one to another: the index is checked after. */
static void ask_sysfs(struct iface *i)
{
    char path[64 + LINK_NAME], text[64];
    ssize_t n;

    snprintf(path, sizeof(path), "/sys/class/net/%s/device/nodename", i->raw);
    n = read_small(path, text, sizeof(text));
    i->vif = n > 0 && vif_nodename_parse(text, &i->domid, &i->id);
    snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", i->raw);
    if (read_small(path, text, sizeof(text)) <= 0 || strtoul(text, NULL, 10) != i->index) {
        i->vif = false;
        return; /* asked again next time */
    }
    i->asked = true;
}

static int by_domain(const void *a, const void *b, void *ctx)
{
    const struct vifs *v = ctx;
    const struct iface *x = &v->ifaces[*(const uint32_t *)a], *y = &v->ifaces[*(const uint32_t *)b];

    if (x->domid != y->domid)
        return x->domid < y->domid ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void find_switches(struct vifs *v)
{
    v->ovs_count = 0;
    text_clear(&v->ovs_names);
    for (size_t i = 0; i < v->count; i++) {
        if (!v->ifaces[i].ovs)
            continue;
        if (v->ovs_count < ARRAY_LEN(v->ovs))
            v->ovs[v->ovs_count] = v->ifaces[i].index;
        v->ovs_count++;
        text_addf(&v->ovs_names, "/%s/", v->ifaces[i].name);
    }
}

/* After a full dump: forget those it did not have, ask whose the new ones are, sort. */
static void settle(struct vifs *v)
{
    size_t kept = 0;

    v->stale = false;
    for (size_t i = 0; i < v->count; i++) {
        struct iface *iface = &v->ifaces[i];
        if (iface->dump != v->dump) {
            free(iface->name);
            continue;
        }
        if (!iface->asked)
            ask_sysfs(iface);
        v->stale |= !iface->asked;
        v->ifaces[kept++] = *iface;
    }
    v->count = v->sorted = kept;
    qsort(v->ifaces, v->count, sizeof(*v->ifaces), by_index);
    array_reserve(&v->order, &v->order_cap, v->count, sizeof(*v->order));
    v->order_count = 0;
    for (size_t i = 0; i < v->count; i++)
        if (v->ifaces[i].vif)
            v->order[v->order_count++] = (uint32_t)i;
    qsort_r(v->order, v->order_count, sizeof(*v->order), by_domain, v);
    find_switches(v);
}

/* ---- dumps ---- */

static int send_request(struct vifs *v, bool full)
{
    struct {
        struct nlmsghdr head;
        union {
            struct ifinfomsg link;
            struct if_stats_msg stats;
        } body;
    } request = {0};

    request.head.nlmsg_len = full ? NLMSG_LENGTH(sizeof(request.body.link))
                                  : NLMSG_LENGTH(sizeof(request.body.stats));
    request.head.nlmsg_type = full ? RTM_GETLINK : RTM_GETSTATS;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.head.nlmsg_seq = ++v->seq;
    if (!full)
        request.body.stats.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
    return mnl_socket_sendto(v->dumps, &request, request.head.nlmsg_len) < 0 ? -errno : 0;
}

/* One dump into the interfaces: LINKS_DONE, LINKS_CHANGED or -errno. */
static int dump(struct vifs *v, bool full)
{
    bool changed = false;
    int status = send_request(v, full);

    while (status >= 0) {
        ssize_t n = mnl_socket_recvfrom(v->dumps, v->buffer, sizeof(v->buffer));
        if (n < 0)
            return -errno;
        status = links_parse(v->buffer, (size_t)n, v->seq, take_link, v);
        changed |= status == LINKS_CHANGED || status == LINKS_MORE_CHANGED;
        if (status == LINKS_DONE || status == LINKS_CHANGED)
            return changed ? LINKS_CHANGED : LINKS_DONE;
    }
    return status;
}

/* A whole dump: again while interfaces came or went in the middle, which hides others. */
static int dump_all(struct vifs *v, bool full)
{
    int status = 0;

    v->dump++;
    for (int i = 0; i < DUMPS_MOST; i++) {
        status = dump(v, full);
        if (status != LINKS_CHANGED)
            break;
    }
    return MIN(status, 0);
}

static void take_news(struct vifs *v)
{
    for (int i = 0; i < NEWS_MOST; i++) {
        ssize_t n = mnl_socket_recvfrom(v->news, v->buffer, sizeof(v->buffer));
        if (n < 0 && errno == EAGAIN)
            return;
        v->stale = true; /* or it overflowed, which is news too */
    }
}

static int read_all(struct vifs *v)
{
    int status;

    take_news(v);
    if (!v->stale && !v->no_stats) {
        v->unknown = false;
        status = dump_all(v, false);
        if (status == -EOPNOTSUPP || status == -EINVAL)
            v->no_stats = true;
        else if (status)
            return status;
        else if (!v->unknown)
            return 0;
    }
    status = dump_all(v, true);
    if (!status)
        settle(v);
    return status;
}

/* ---- into the snapshot ---- */

/* What it is in, for people: the bridge of an Open vSwitch that has one. */
static const struct iface *master_of(struct vifs *v, const struct iface *i)
{
    uint32_t index = i->master;

    if (v->ovs_count == 2 && index == v->ovs[0])
        index = v->ovs[1];
    else if (v->ovs_count == 2 && index == v->ovs[1])
        index = v->ovs[0];
    return index ? iface_find(v, index) : NULL;
}

static void add_vif(struct vifs *v, struct snapshot *s, const struct iface *i)
{
    const struct link *c = &i->counters;
    const struct iface *master = master_of(v, i);
    strref name = snapshot_add_cstr(s, i->name);
    strref master_name = master ? snapshot_add_cstr(s, master->name) : 0;
    struct vif *row = snapshot_add_vif(s, i->domid, i->id);

    row->dev = name;
    row->master = master_name;
    if (!c->counted)
        return;
    row->rx_bytes = c->tx_bytes;
    row->rx_packets = c->tx_packets;
    row->rx_errors = c->tx_errors;
    row->rx_drops = c->tx_drops;
    row->tx_bytes = c->rx_bytes;
    row->tx_packets = c->rx_packets;
    row->tx_errors = c->rx_errors;
    row->tx_drops = c->rx_drops;
}

static int vif_collect(void *state, struct snapshot *s, unsigned want,
                       char message[COLLECTOR_MESSAGE])
{
    struct vifs *v = state;

    (void)want;
    s->read_ns[ENTITY_VIF] = clock_mono_ns();
    int status = read_all(v);
    if (status) {
        v->stale = true;
        snprintf(message, COLLECTOR_MESSAGE, "reading the interfaces by netlink: %s",
                 strerror(-status));
        return status;
    }
    for (size_t i = 0; i < v->order_count; i++) {
        const struct iface *iface = &v->ifaces[v->order[i]];
        if (iface->dump == v->dump)
            add_vif(v, s, iface);
    }
    if (v->ovs_count > 2)
        s->switches = snapshot_add_str(s, v->ovs_names.data, v->ovs_names.len);
    s->have |= PART(ENTITY_VIF);
    return 0;
}

const struct collector collector_vif = {
    .name = "vif",
    .about = "counters and bridges of vifs under any name, by netlink (libmnl)",
    .fills = "vif: id dev master rx_bytes rx_packets rx_errors rx_drops tx_bytes tx_packets "
             "tx_errors tx_drops",
    .parts = PART(ENTITY_VIF),
    .open = vif_open,
    .collect = vif_collect,
    .close = vif_close,
};
