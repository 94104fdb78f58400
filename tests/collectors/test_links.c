/* links: messages as the kernel sends them, put together here with libmnl; what is cut is refused.
 */
#include "../unit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "collectors/links.h"

#define SEQ 42

static char buffer[8192];
static struct link rows[8];
static size_t row_count;

static void row(void *ctx, const struct link *link)
{
    (void)ctx;
    assert_true(row_count < 8);
    rows[row_count++] = *link;
}

static int parse(size_t len)
{
    row_count = 0;
    return links_parse(buffer, len, SEQ, row, NULL);
}

static struct nlmsghdr *message(size_t at, uint16_t type)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer + at);

    h->nlmsg_type = type;
    h->nlmsg_flags = NLM_F_MULTI;
    h->nlmsg_seq = SEQ;
    return h;
}

static struct rtnl_link_stats64 stats(uint64_t base)
{
    return (struct rtnl_link_stats64){.rx_packets = base + 1,
                                      .tx_packets = base + 2,
                                      .rx_bytes = base + 3,
                                      .tx_bytes = base + 4,
                                      .rx_errors = base + 5,
                                      .tx_errors = base + 6,
                                      .rx_dropped = base + 7,
                                      .tx_dropped = base + 8,
                                      .rx_missed_errors = 100};
}

static size_t put_link(size_t at, int index, const char *name, uint32_t master, uint64_t base)
{
    struct nlmsghdr *h = message(at, RTM_NEWLINK);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
    struct rtnl_link_stats64 s = stats(base);

    info->ifi_index = index;
    mnl_attr_put_strz(h, IFLA_IFNAME, name);
    if (master)
        mnl_attr_put_u32(h, IFLA_MASTER, master);
    mnl_attr_put(h, IFLA_STATS64, sizeof(s), &s);
    return at + MNL_ALIGN(h->nlmsg_len);
}

static size_t put_stats(size_t at, uint32_t index, uint64_t base)
{
    struct nlmsghdr *h = message(at, RTM_NEWSTATS);
    struct if_stats_msg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
    struct rtnl_link_stats64 s = stats(base);

    info->ifindex = index;
    mnl_attr_put(h, IFLA_STATS_LINK_64, sizeof(s), &s);
    return at + MNL_ALIGN(h->nlmsg_len);
}

static size_t put_done(size_t at)
{
    struct nlmsghdr *h = message(at, NLMSG_DONE);
    mnl_nlmsg_put_extra_header(h, sizeof(int));
    return at + MNL_ALIGN(h->nlmsg_len);
}

static void full_dump(void **state)
{
    (void)state;
    size_t len = put_link(0, 3, "xenbr0", 0, 0);
    len = put_link(len, 9, "uplink-web", 3, 1000);
    assert_int_equal(parse(len), LINKS_MORE);
    assert_int_equal(parse(put_done(len)), LINKS_DONE);
    assert_int_equal(row_count, 2);
    assert_true(rows[1].described && rows[1].counted);
    assert_string_equal(rows[1].name, "uplink-web");
    assert_int_equal(rows[1].index, 9);
    assert_int_equal(rows[1].master, 3);
    assert_int_equal(rows[1].rx_packets, 1001);
    assert_int_equal(rows[1].tx_packets, 1002);
    assert_int_equal(rows[1].rx_bytes, 1003);
    assert_int_equal(rows[1].tx_bytes, 1004);
    assert_int_equal(rows[1].rx_errors, 1005);
    assert_int_equal(rows[1].tx_errors, 1006);
    assert_int_equal(rows[1].rx_drops, 1107);
    assert_int_equal(rows[1].tx_drops, 1008);
}

/* A link that also says of what kind it, or what it is in, is. */
static size_t put_of_kind(size_t at, int index, const char *name, uint16_t which, const char *kind)
{
    put_link(at, index, name, 3, 0);
    struct nlmsghdr *h = (struct nlmsghdr *)(buffer + at);
    struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO);

    mnl_attr_put_strz(h, which, kind);
    mnl_attr_nest_end(h, info);
    return at + MNL_ALIGN(h->nlmsg_len);
}

static void open_vswitch(void **state)
{
    (void)state;
    size_t len = put_of_kind(0, 4, "ovs0", IFLA_INFO_KIND, "openvswitch");
    len = put_of_kind(len, 5, "vif1.0", IFLA_INFO_SLAVE_KIND, "openvswitch_slave");
    len = put_of_kind(len, 6, "slave", IFLA_INFO_SLAVE_KIND, "openvswitch");
    len = put_of_kind(len, 7, "xenbr0", IFLA_INFO_KIND, "bridge");
    len = put_of_kind(len, 8, "longer", IFLA_INFO_KIND, "openvswitch_x");
    assert_int_equal(parse(put_done(put_link(len, 9, "none", 0, 0))), LINKS_DONE);
    assert_int_equal(row_count, 6);
    for (size_t i = 0; i < row_count; i++)
        assert_int_equal(rows[i].ovs, rows[i].index == 4);
    assert_int_equal(rows[0].master, 3);
    assert_true(rows[0].counted);
}

static void statistics_only(void **state)
{
    (void)state;
    size_t len = put_done(put_stats(put_stats(0, 4, 10), 5, 20));
    assert_int_equal(parse(len), LINKS_DONE);
    assert_int_equal(row_count, 2);
    assert_int_equal(rows[0].index, 4);
    assert_false(rows[0].described);
    assert_int_equal(rows[1].tx_bytes, 24);
}

static void what_is_not_ours_or_whole(void **state)
{
    (void)state;
    size_t len = put_done(put_link(0, 3, "a", 0, 0));
    ((struct nlmsghdr *)buffer)->nlmsg_seq = SEQ + 1;
    assert_int_equal(parse(len), LINKS_DONE);
    assert_int_equal(row_count, 0);

    len = put_link(0, 3, "a", 0, 0);
    ((struct nlmsghdr *)buffer)->nlmsg_flags |= NLM_F_DUMP_INTR;
    assert_int_equal(parse(len), LINKS_MORE_CHANGED);
    assert_int_equal(parse(put_done(len)), LINKS_CHANGED);

    struct nlmsghdr *h = message(0, NLMSG_ERROR);
    struct nlmsgerr *e = mnl_nlmsg_put_extra_header(h, sizeof(*e));
    e->error = -EOPNOTSUPP;
    assert_int_equal(parse(h->nlmsg_len), -EOPNOTSUPP);
    e->error = 5;
    assert_int_equal(parse(h->nlmsg_len), -EBADMSG);

    assert_int_equal(parse(3), -EBADMSG);
    len = put_link(0, 3, "a", 0, 0);
    assert_int_equal(parse(len - 8), -EBADMSG);

    /* Its attributes are read up to the aligned end, which has to be there. */
    ((struct nlmsghdr *)buffer)->nlmsg_len--;
    assert_int_equal(parse(len - 1), -EBADMSG);
    assert_int_equal(parse(len), LINKS_MORE);
}

static void nodenames(void **state)
{
    uint64_t domid, id;

    (void)state;
    assert_true(vif_nodename_parse("backend/vif/12/3", &domid, &id));
    assert_int_equal(domid, 12);
    assert_int_equal(id, 3);
    assert_false(vif_nodename_parse("backend/vbd/12/3", &domid, &id));
    assert_false(vif_nodename_parse("backend/vif/12", &domid, &id));
    assert_false(vif_nodename_parse("backend/vif/12/", &domid, &id));
    assert_false(vif_nodename_parse("backend/vif/12/3/4", &domid, &id));
    assert_false(vif_nodename_parse("backend/vif/99999999999/3", &domid, &id));
    assert_false(vif_nodename_parse("", &domid, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_dump),       cmocka_unit_test(open_vswitch),
        cmocka_unit_test(statistics_only), cmocka_unit_test(what_is_not_ours_or_whole),
        cmocka_unit_test(nodenames),
    };

    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
