/*
 * vif: interfaces that come, go, and pass their names and numbers on, under a kernel made up here.
 * Stands in for libmnl's sockets and libc's way to sysfs.
 */
#include "../unit.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "collectors/collector.h"

/* ---- a kernel ---- */

struct device {
    uint32_t index, master;
    const char *name, *nodename; /* nodename NULL: no backend's */
    uint64_t packets;
};

static struct {
    struct device devices[8];
    size_t count;
    bool news, no_stats;
    unsigned full, stats; /* dumps asked for */
    uint32_t sysfs_index; /* what sysfs says all have, or 0: the truth */
} kernel;

static const struct device *device_of(const char *path, const char *file)
{
    char wanted[96];

    for (size_t i = 0; i < kernel.count; i++) {
        snprintf(wanted, sizeof(wanted), "/sys/class/net/%s/%s", kernel.devices[i].name, file);
        if (!strcmp(path, wanted))
            return &kernel.devices[i];
    }
    return NULL;
}

int open(const char *path, int flags, ...)
{
    const struct device *node = device_of(path, "device/nodename");
    const struct device *index = device_of(path, "ifindex");
    char text[64];

    (void)flags;
    if (node && node->nodename)
        snprintf(text, sizeof(text), "%s\n", node->nodename);
    else if (index)
        snprintf(text, sizeof(text), "%u\n",
                 kernel.sysfs_index ? kernel.sysfs_index : index->index);
    else
        return errno = ENOENT, -1;
    int fd = memfd_create("sysfs", MFD_CLOEXEC);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

struct mnl_socket {
    uint16_t asked; /* the type of the request that waits for its answer, or 0 */
    uint32_t seq;
};

static struct mnl_socket sockets[2]; /* of news and of dumps, as they are opened */
static unsigned opened;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
    (void)bus, (void)flags;
    return &sockets[opened++ % 2];
}

int mnl_socket_bind(struct mnl_socket *s, unsigned groups, pid_t pid)
{
    (void)s, (void)groups, (void)pid;
    return 0;
}

int mnl_socket_close(struct mnl_socket *s)
{
    *s = (struct mnl_socket){0};
    return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *request, size_t len)
{
    const struct nlmsghdr *h = request;

    sockets[s - sockets] = (struct mnl_socket){h->nlmsg_type, h->nlmsg_seq};
    kernel.full += h->nlmsg_type == RTM_GETLINK;
    kernel.stats += h->nlmsg_type == RTM_GETSTATS;
    return (ssize_t)len;
}

static struct nlmsghdr *message(char *at, uint16_t type, uint32_t seq)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(at);

    h->nlmsg_type = type;
    h->nlmsg_flags = NLM_F_MULTI;
    h->nlmsg_seq = seq;
    return h;
}

static size_t put(char *at, const struct device *d, bool full, uint32_t seq)
{
    struct rtnl_link_stats64 s = {.rx_packets = d->packets, .tx_packets = 2 * d->packets};
    struct nlmsghdr *h = message(at, full ? RTM_NEWLINK : RTM_NEWSTATS, seq);

    if (full) {
        struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
        info->ifi_index = (int)d->index;
        mnl_attr_put_strz(h, IFLA_IFNAME, d->name);
        if (d->master)
            mnl_attr_put_u32(h, IFLA_MASTER, d->master);
        mnl_attr_put(h, IFLA_STATS64, sizeof(s), &s);
    } else {
        struct if_stats_msg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
        info->ifindex = d->index;
        mnl_attr_put(h, IFLA_STATS_LINK_64, sizeof(s), &s);
    }
    return MNL_ALIGN(h->nlmsg_len);
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *from, void *bytes, size_t cap)
{
    struct mnl_socket *s = &sockets[from - sockets];
    char *at = bytes;

    if (!s->asked && !kernel.news)
        return errno = EAGAIN, -1;
    assert_true(cap >= 8192);
    if (!s->asked) {
        kernel.news = false;
        return (ssize_t)put(at, &kernel.devices[0], true, 0);
    }
    bool full = s->asked == RTM_GETLINK;
    s->asked = 0;
    if (!full && kernel.no_stats) {
        struct nlmsghdr *h = message(at, NLMSG_ERROR, s->seq);
        struct nlmsgerr *e = mnl_nlmsg_put_extra_header(h, sizeof(*e));
        e->error = -EOPNOTSUPP;
        return (ssize_t)h->nlmsg_len;
    }
    for (size_t i = 0; i < kernel.count; i++)
        at += put(at, &kernel.devices[i], full, s->seq);
    struct nlmsghdr *done = message(at, NLMSG_DONE, s->seq);
    mnl_nlmsg_put_extra_header(done, sizeof(int));
    return at + done->nlmsg_len - (char *)bytes;
}

/* ---- samples ---- */

static void *state;
static struct snapshot s;

/* What a sample shows, as "domid.id name master packets|..."; packets that the guest received. */
static const char *sample(void)
{
    static char seen[512];
    char message_[COLLECTOR_MESSAGE] = "";
    size_t len = 0;

    snapshot_reset(&s);
    for (uint8_t domid = 1; domid < 10; domid++)
        unit_domain(&s, domid, domid);
    assert_int_equal(collector_vif.collect(state, &s, PART_ALL, message_), 0);
    seen[0] = '\0';
    for (size_t i = 0; i < s.vif_count; i++)
        len += (size_t)snprintf(seen + len, sizeof(seen) - len, "%s%u.%u %s %s %u", i ? "|" : "",
                                (unsigned)s.vifs[i].domid, (unsigned)s.vifs[i].id,
                                snapshot_str(&s, s.vifs[i].dev),
                                s.vifs[i].master ? snapshot_str(&s, s.vifs[i].master) : "-",
                                (unsigned)s.vifs[i].rx_packets);
    return seen;
}

static void devices(const struct device *at, size_t count, bool news)
{
    memcpy(kernel.devices, at, count * sizeof(*at));
    kernel.count = count;
    kernel.news = news;
}
#define DEVICES(news, ...)                                                                         \
    devices((const struct device[]){__VA_ARGS__},                                                  \
            sizeof((const struct device[]){__VA_ARGS__}) / sizeof(struct device), news)

static int begin(void **unused)
{
    char message_[COLLECTOR_MESSAGE];

    (void)unused;
    memset(&kernel, 0, sizeof(kernel));
    return collector_vif.open(&state, message_);
}

static int end(void **unused)
{
    (void)unused;
    collector_vif.close(state);
    return 0;
}

/* In order of domain, under any name, with no other interface among them. */
static void whose(void **unused)
{
    (void)unused;
    DEVICES(false, {3, 0, "xenbr0", NULL, 9}, {9, 3, "uplink-7", "backend/vif/7/1", 1},
            {8, 3, "vif7.0", "backend/vif/7/0", 2}, {5, 0, "vif8.0", NULL, 3},
            {12, 0, "any", "backend/vif/2/0", 4}, {13, 0, "eth0", "device/vif/0", 5});
    assert_string_equal(sample(), "2.0 any - 8|7.0 vif7.0 xenbr0 4|7.1 uplink-7 xenbr0 2");
    assert_int_equal(kernel.full, 1);
    kernel.devices[1].packets = 50;
    assert_string_equal(sample(), "2.0 any - 8|7.0 vif7.0 xenbr0 4|7.1 uplink-7 xenbr0 100");
    assert_int_equal(kernel.full, 1); /* nothing changed: the counters suffice */
    assert_int_equal(kernel.stats, 1);
}

static void coming_and_going(void **unused)
{
    (void)unused;
    DEVICES(false, {8, 0, "vif7.0", "backend/vif/7/0", 1}, {9, 0, "vif8.0", "backend/vif/8/0", 2});
    assert_string_equal(sample(), "7.0 vif7.0 - 2|8.0 vif8.0 - 4");
    /* Renamed. */
    DEVICES(true, {8, 0, "up", "backend/vif/7/0", 1}, {9, 0, "vif8.0", "backend/vif/8/0", 2});
    assert_string_equal(sample(), "7.0 up - 2|8.0 vif8.0 - 4");
    /* One goes, one comes before the others; and nobody said so. */
    DEVICES(false, {9, 0, "vif8.0", "backend/vif/8/0", 2}, {4, 0, "vif1.0", "backend/vif/1/0", 3});
    assert_string_equal(sample(), "1.0 vif1.0 - 6|8.0 vif8.0 - 4");
    DEVICES(false, {4, 0, "vif1.0", "backend/vif/1/0", 3});
    assert_string_equal(sample(), "1.0 vif1.0 - 6");
    DEVICES(true, {4, 0, "vif1.0", "backend/vif/1/0", 3});
    assert_string_equal(sample(), "1.0 vif1.0 - 6");
    DEVICES(true, {4, 0, "eth1", NULL, 3}, {9, 0, "vif9.0", "backend/vif/9/0", 1});
    /* It was 1's, and an interface never becomes another's; 9 is new under an old number. */
    assert_string_equal(sample(), "1.0 eth1 - 6|9.0 vif9.0 - 2");
}

/* Between the dump and the question whose it is, a name may pass to another. */
static void names_pass_on(void **unused)
{
    (void)unused;
    DEVICES(false, {8, 0, "vif7.0", "backend/vif/7/0", 1});
    kernel.sysfs_index = 99;
    assert_string_equal(sample(), "");
    assert_string_equal(sample(), "");
    assert_int_equal(kernel.full, 2); /* asked again each time */
    kernel.sysfs_index = 0;
    assert_string_equal(sample(), "7.0 vif7.0 - 2");
    sample();
    assert_int_equal(kernel.full, 3);
}

static void without_statistics(void **unused)
{
    (void)unused;
    DEVICES(false, {8, 0, "vif7.0", "backend/vif/7/0", 1});
    kernel.no_stats = true;
    for (int i = 0; i < 3; i++)
        assert_string_equal(sample(), "7.0 vif7.0 - 2");
    assert_int_equal(kernel.stats, 1); /* not asked for again */
    assert_int_equal(kernel.full, 3);
}

int main(void)
{
#define VIF_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        VIF_TEST(whose),
        VIF_TEST(coming_and_going),
        VIF_TEST(names_pass_on),
        VIF_TEST(without_statistics),
    };

    int failed = cmocka_run_group_tests_name("vif", tests, NULL, NULL);
    snapshot_release(&s);
    return failed;
}
