/*
 * floor: the least a sample can cost. A bare loop of the same hypercalls as the fast engine makes,
 * one netlink dump and one read per vbd, and nothing made of them. A line on standard output per
 * sample.
 *
 * usage: floor SECONDS_BETWEEN
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xencall.h>
#include <xenctrl.h>

#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/xen.h>

#define DOMAINS 2048
#define VCPUS   8192

static xencall_handle *call;
static struct xen_sysctl *sysctl_;
static xc_domaininfo_t *info;
static xc_cpuinfo_t *cpus;
static struct xen_domctl *domctls;
static multicall_entry_t *entries;
static int fds[8192], fd_count, netlink;
static char buffer[32768];

static void *pages(size_t bytes)
{
    size_t n = (bytes + 4095) / 4096;
    void *p = xencall_alloc_buffer_pages(call, n);

    if (!p) {
        fprintf(stderr, "floor: no memory for hypercalls\n");
        exit(1);
    }
    memset(p, 0, n * 4096);
    return p;
}

static void ask(uint32_t cmd)
{
    sysctl_->cmd = cmd;
    sysctl_->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    if (xencall1(call, __HYPERVISOR_sysctl, (uintptr_t)sysctl_)) {
        perror("floor: sysctl");
        exit(1);
    }
}

static unsigned hypercalls(void)
{
    static unsigned last;
    unsigned count, vcpus = 0;

    memset(&sysctl_->u, 0, sizeof(sysctl_->u));
    sysctl_->u.getdomaininfolist.max_domains = last ? last + 32 : DOMAINS;
    set_xen_guest_handle_raw(sysctl_->u.getdomaininfolist.buffer, info);
    ask(XEN_SYSCTL_getdomaininfolist);
    last = count = sysctl_->u.getdomaininfolist.num_domains;
    for (unsigned i = 0; i < count; i++)
        for (unsigned v = 0;
             info[i].max_vcpu_id != ~0u && v <= info[i].max_vcpu_id && vcpus < VCPUS;
             v++, vcpus++) {
            domctls[vcpus].cmd = XEN_DOMCTL_getvcpuinfo;
            domctls[vcpus].interface_version = XEN_DOMCTL_INTERFACE_VERSION;
            domctls[vcpus].domain = info[i].domain;
            domctls[vcpus].u.getvcpuinfo.vcpu = v;
            entries[vcpus].op = __HYPERVISOR_domctl;
            entries[vcpus].args[0] = (uintptr_t)&domctls[vcpus];
        }
    xencall2(call, __HYPERVISOR_multicall, (uintptr_t)entries, vcpus);
    memset(&sysctl_->u, 0, sizeof(sysctl_->u));
    ask(XEN_SYSCTL_physinfo);
    memset(&sysctl_->u, 0, sizeof(sysctl_->u));
    sysctl_->u.getcpuinfo.max_cpus = 64;
    set_xen_guest_handle_raw(sysctl_->u.getcpuinfo.info, cpus);
    ask(XEN_SYSCTL_getcpuinfo);
    return count;
}

static void dump(void)
{
    struct {
        struct nlmsghdr head;
        struct if_stats_msg body;
    } request = {0};

    request.head.nlmsg_len = sizeof(request);
    request.head.nlmsg_type = RTM_GETSTATS;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
    send(netlink, &request, sizeof(request), 0);
    for (;;) {
        ssize_t n = recv(netlink, buffer, sizeof(buffer), 0);
        const struct nlmsghdr *h = (const struct nlmsghdr *)buffer;
        if (n <= 0)
            return;
        for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
            if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
                return;
    }
}

static void open_vbds(void)
{
    DIR *dir = opendir("/sys/bus/xen-backend/devices");
    const struct dirent *entry;
    char path[400];

    while (dir && (entry = readdir(dir)) && fd_count < 8192) {
        snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/%s/statistics/rd_req",
                 entry->d_name);
        fds[fd_count] = open(path, O_RDONLY);
        fd_count += fds[fd_count] >= 0;
    }
    if (dir)
        closedir(dir);
}

int main(int argc, char **argv)
{
    struct rlimit files = {65536, 65536};
    useconds_t gap = (useconds_t)(atof(argc > 1 ? argv[1] : "1") * 1e6);

    setrlimit(RLIMIT_NOFILE, &files);
    call = xencall_open(NULL, 0);
    if (!call)
        return 1;
    sysctl_ = pages(sizeof(*sysctl_));
    info = pages(DOMAINS * sizeof(*info));
    cpus = pages(64 * sizeof(*cpus));
    domctls = pages(VCPUS * sizeof(*domctls));
    entries = pages(VCPUS * sizeof(*entries));
    netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    open_vbds();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (;;) {
        unsigned count = hypercalls();
        dump();
        for (int i = 0; i < fd_count; i++)
            if (pread(fds[i], buffer, 32, 0) < 0)
                return 1;
        printf("SAMPLE %u domains, %d vbds\n", count, fd_count);
        usleep(gap);
    }
}
