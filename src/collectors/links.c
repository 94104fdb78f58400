/* links: see links.h. */
#include "links.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"

static void take_stats(struct link *link, const struct nlattr *attr)
{
    struct rtnl_link_stats64 s = {0};

    /* Newer kernels append members; older ones have fewer than this one. */
    memcpy(&s, mnl_attr_get_payload(attr), MIN(mnl_attr_get_payload_len(attr), sizeof(s)));
    if (mnl_attr_get_payload_len(attr) < offsetof(struct rtnl_link_stats64, multicast))
        return;
    link->counted = true;
    link->rx_bytes = s.rx_bytes;
    link->rx_packets = s.rx_packets;
    link->rx_errors = s.rx_errors;
    link->rx_drops = s.rx_dropped + s.rx_missed_errors; /* as /proc/net/dev has it */
    link->tx_bytes = s.tx_bytes;
    link->tx_packets = s.tx_packets;
    link->tx_errors = s.tx_errors;
    link->tx_drops = s.tx_dropped;
}

static int info_attr(const struct nlattr *attr, void *data)
{
    static const char kind[] = "openvswitch"; /* net/openvswitch/vport-internal_dev.c */
    struct link *link = data;

    if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
        mnl_attr_get_payload_len(attr) >= sizeof(kind) - 1)
        link->ovs = !strncmp(mnl_attr_get_payload(attr), kind, mnl_attr_get_payload_len(attr));
    return MNL_CB_OK;
}

static int link_attr(const struct nlattr *attr, void *data)
{
    struct link *link = data;

    switch (mnl_attr_get_type(attr)) {
    case IFLA_IFNAME: {
        const char *name = mnl_attr_get_payload(attr);
        size_t len = strnlen(name, mnl_attr_get_payload_len(attr));
        len = MIN(len, sizeof(link->name) - 1);
        memcpy(link->name, name, len);
        link->name[len] = '\0';
        break;
    }
    case IFLA_MASTER:
        if (mnl_attr_get_payload_len(attr) >= sizeof(uint32_t))
            link->master = mnl_attr_get_u32(attr);
        break;
    case IFLA_LINKINFO: mnl_attr_parse_nested(attr, info_attr, link); break;
    case IFLA_STATS64: take_stats(link, attr); break;
    default: break;
    }
    return MNL_CB_OK;
}

static int stats_attr(const struct nlattr *attr, void *data)
{
    if (mnl_attr_get_type(attr) == IFLA_STATS_LINK_64)
        take_stats(data, attr);
    return MNL_CB_OK;
}

static bool parse_one(const struct nlmsghdr *h, struct link *link)
{
    size_t len = mnl_nlmsg_get_payload_len(h);

    /* All but the name, which ends with its NUL: most of a large dump is zeroing it otherwise. */
    memset(link, 0, offsetof(struct link, name) + 1);
    link->master = 0;
    link->ovs = false;
    link->counted = false;
    if (h->nlmsg_type == RTM_NEWLINK && len >= sizeof(struct ifinfomsg)) {
        const struct ifinfomsg *info = mnl_nlmsg_get_payload(h);
        /* A bridge's own view of its ports comes with AF_BRIDGE. */
        if (info->ifi_family != AF_UNSPEC || info->ifi_index <= 0)
            return false;
        link->index = (uint32_t)info->ifi_index;
        link->described = true;
        mnl_attr_parse(h, sizeof(*info), link_attr, link);
        return link->name[0] != '\0';
    }
    if (h->nlmsg_type == RTM_NEWSTATS && len >= sizeof(struct if_stats_msg)) {
        const struct if_stats_msg *info = mnl_nlmsg_get_payload(h);
        link->index = info->ifindex;
        mnl_attr_parse(h, sizeof(*info), stats_attr, link);
        return link->index != 0;
    }
    return false;
}

/* libmnl compares the length it finds as a signed number, so one of 2 GiB and more passes; and it
 * reads attributes up to the aligned end, which the kernel always sends. */
static bool whole(const struct nlmsghdr *h, int left)
{
    return mnl_nlmsg_ok(h, left) && h->nlmsg_len <= (uint32_t)left &&
           MNL_ALIGN(h->nlmsg_len) <= (uint32_t)left;
}

int links_parse(const void *bytes, size_t len, uint32_t seq,
                void (*row)(void *ctx, const struct link *link), void *ctx)
{
    const struct nlmsghdr *h = bytes;
    struct link link;
    bool changed = false;
    int left = (int)MIN(len, (size_t)1 << 30);

    if (!whole(h, left))
        return -EBADMSG;
    for (; whole(h, left); h = mnl_nlmsg_next(h, &left)) {
        if (h->nlmsg_seq != seq)
            continue;
        changed |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (h->nlmsg_type == NLMSG_ERROR) {
            const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
            if (mnl_nlmsg_get_payload_len(h) < sizeof(*e) || e->error >= 0)
                return -EBADMSG;
            return e->error < -4095 ? -EBADMSG : e->error;
        }
        if (h->nlmsg_type == NLMSG_DONE)
            return changed ? LINKS_CHANGED : LINKS_DONE;
        if (parse_one(h, &link))
            row(ctx, &link);
    }
    return changed ? LINKS_MORE_CHANGED : LINKS_MORE;
}

bool vif_nodename_parse(const char *text, uint64_t *domid, uint64_t *id)
{
    static const char prefix[] = "backend/vif/";
    uint64_t numbers[2] = {0, 0};
    const char *at = text;

    if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
        return false;
    at += sizeof(prefix) - 1;
    for (int i = 0; i < 2; i++) {
        const char *start = at;
        for (; *at >= '0' && *at <= '9' && at - start < 10; at++)
            numbers[i] = numbers[i] * 10 + (uint64_t)(*at - '0');
        if (at == start || *at != (i == 0 ? '/' : '\0'))
            return false;
        at += i == 0;
    }
    *domid = numbers[0];
    *id = numbers[1];
    return true;
}
