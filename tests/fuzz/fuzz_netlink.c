/*
 * fuzz_netlink: any bytes as a datagram of rtnetlink's dumps: interfaces that can be used, or an
 * end.
 */
#include "fuzz.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "collectors/links.h"

#define SEQ 7

static void row(void *ctx, const struct link *link)
{
    size_t *rows = ctx;

    CHECK(link->index != 0);
    CHECK(memchr(link->name, '\0', sizeof(link->name)) != NULL);
    CHECK(link->described ? link->name[0] != '\0' : !link->master);
    ++*rows;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = fuzz_exact(data, size);
    size_t rows = 0;
    int end = links_parse(exact, size, SEQ, row, &rows);

    CHECK(end >= -4095 && end <= LINKS_MORE_CHANGED);
    CHECK(rows <= size / sizeof(struct nlmsghdr));
    /* Another's dump has nothing for us. */
    const struct nlmsghdr *h = (void *)exact;
    rows = 0;
    links_parse(exact, size, SEQ + 1, row, &rows);
    CHECK(!rows || size < sizeof(*h) || h->nlmsg_len != size || h->nlmsg_seq != SEQ);
    free(exact);
    return 0;
}

static struct nlmsghdr *message(char *at, uint16_t type, size_t extra)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(at);

    h->nlmsg_type = type;
    h->nlmsg_flags = NLM_F_MULTI;
    h->nlmsg_seq = SEQ;
    mnl_nlmsg_put_extra_header(h, extra);
    return h;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct rtnl_link_stats64 stats = {.rx_packets = 1, .tx_bytes = 4, .rx_dropped = 7};
    static char bytes[4096];
    size_t len = 0;

    (void)argc, (void)argv;
    struct nlmsghdr *h = message(bytes, RTM_NEWLINK, sizeof(struct ifinfomsg));
    ((struct ifinfomsg *)mnl_nlmsg_get_payload(h))->ifi_index = 9;
    mnl_attr_put_strz(h, IFLA_IFNAME, "vif7.0");
    mnl_attr_put_u32(h, IFLA_MASTER, 3);
    mnl_attr_put(h, IFLA_STATS64, sizeof(stats), &stats);
    len += MNL_ALIGN(h->nlmsg_len);
    fuzz_seed(0, bytes, len);
    h = message(bytes + len, RTM_NEWSTATS, sizeof(struct if_stats_msg));
    ((struct if_stats_msg *)mnl_nlmsg_get_payload(h))->ifindex = 9;
    mnl_attr_put(h, IFLA_STATS_LINK_64, sizeof(stats), &stats);
    fuzz_seed(1, bytes + len, h->nlmsg_len);
    len += MNL_ALIGN(h->nlmsg_len);
    h = message(bytes + len, NLMSG_DONE, sizeof(int));
    h->nlmsg_flags |= NLM_F_DUMP_INTR;
    len += MNL_ALIGN(h->nlmsg_len);
    fuzz_seed(2, bytes, len);
    h = message(bytes, NLMSG_ERROR, sizeof(struct nlmsgerr));
    ((struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error = -95;
    fuzz_seed(3, bytes, h->nlmsg_len);
    /* One whose last attribute ends in the padding that is not there. */
    h = message(bytes, RTM_NEWLINK, sizeof(struct ifinfomsg));
    ((struct ifinfomsg *)mnl_nlmsg_get_payload(h))->ifi_index = 9;
    mnl_attr_put_strz(h, IFLA_IFNAME, "vif17.0");
    h->nlmsg_len--;
    fuzz_seed(4, bytes, h->nlmsg_len);
    return 0;
}
