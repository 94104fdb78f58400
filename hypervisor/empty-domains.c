/*
 * empty-domains: hundreds of real domains at little cost, for tests inside the bundled dom0.
 *
 * A domain made here has no memory and never runs, but Xen lists it with its vcpus, xenstore names
 * it as libxl would, netback makes its vif interfaces and blkback its block devices, all with
 * statistics. It refuses to be a toolstack: nothing here boots, migrates or repairs a domain.
 *
 * Runs in dom0 as root. Every domain it makes carries the key /local/domain/ID/empty-domains in
 * xenstore, which is how destroy finds its own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/loop.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include <xenctrl.h>
#include <xenstore.h>

#define MARK          "empty-domains"
#define BRIDGE        "xenbr0"
#define BACKING_FILE  "/var/lib/xen/empty-domains.img"
#define BACKING_BYTES (16L << 20)
#define XVDA          51712 /* the virtual device number of xvda: 202 << 8; xvdb is 16 further */

static xc_interface *xc;
static struct xs_handle *xs;

struct plan {
    unsigned int count, gap_every, vcpus, vifs, vbds;
    unsigned int domid; /* of the first; 0: Xen chooses */
    bool distinct;      /* each has numbers that tell it from others */
    bool own_disks;     /* a block device of its own for each vbd */
    const char *prefix;
};

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "empty-domains: ");
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static unsigned int number(const char *option, const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value > 4096)
        die("--%s wants a number up to 4096, not '%s'", option, text);
    return (unsigned int)value;
}

/* Write VALUE at the path in transaction T. A node takes over its parent's permissions. */
static void __attribute__((format(printf, 3, 4)))
put(xs_transaction_t t, const char *value, const char *fmt, ...)
{
    char path[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(path, sizeof(path), fmt, ap);
    va_end(ap);
    if (!xs_write(xs, t, path, value, (unsigned int)strlen(value)))
        die("cannot write %s in xenstore: %s", path, strerror(errno));
}

/* Make the folder PATH in transaction T, dom0's own and readable by domain DOMID. */
static void folder(xs_transaction_t t, uint32_t domid, const char *path)
{
    struct xs_permissions perms[2] = {
        {.id = 0, .perms = XS_PERM_NONE},
        {.id = domid, .perms = XS_PERM_READ},
    };

    if (!xs_mkdir(xs, t, path) || !xs_set_permissions(xs, t, path, perms, 2))
        die("cannot make %s in xenstore: %s", path, strerror(errno));
}

static const char *text(uint64_t value)
{
    static char buffers[4][24];
    static unsigned int next;
    char *buffer = buffers[next++ % 4];

    snprintf(buffer, sizeof(buffers[0]), "%llu", (unsigned long long)value);
    return buffer;
}

/* "major:minor" in hexadecimal of a loop device over a sparse file: another each time, or the one
 * that all vbds share. */
static const char *backing_device(bool another, const char **path)
{
    static char device[32], path_buffer[32];
    int control, file, loop;
    struct stat st;
    long index;

    *path = path_buffer;
    if (device[0] && !another)
        return device;
    file = open(BACKING_FILE, O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, BACKING_BYTES))
        die("cannot make %s: %s", BACKING_FILE, strerror(errno));
    control = open("/dev/loop-control", O_RDWR);
    index = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
    if (index < 0)
        die("no free loop device: %s", strerror(errno));
    snprintf(path_buffer, sizeof(path_buffer), "/dev/loop%ld", index);
    loop = open(path_buffer, O_RDWR);
    if (loop < 0 || ioctl(loop, LOOP_SET_FD, file) || fstat(loop, &st))
        die("cannot set up %s: %s", path_buffer, strerror(errno));
    snprintf(device, sizeof(device), "%x:%x", major(st.st_rdev), minor(st.st_rdev));
    close(control);
    close(file);
    close(loop); /* the device stays until it is detached */
    return device;
}

/*
 * The nodes libxl writes for one device: frontend, backend and its own record of both. KIND is vif
 * or vbd; the backend driver in dom0's kernel acts on the backend's state 1
 * (XenbusStateInitialising).
 */
static void device_nodes(xs_transaction_t t, uint32_t domid, const char *kind, unsigned int devid,
                         const char *const (*fields)[2])
{
    char back[96], front[96];

    snprintf(back, sizeof(back), "/local/domain/0/backend/%s/%u/%u", kind, domid, devid);
    snprintf(front, sizeof(front), "/local/domain/%u/device/%s/%u", domid, kind, devid);
    folder(t, domid, back);
    put(t, "0", "%s/backend-id", front);
    put(t, back, "%s/backend", front);
    put(t, text(devid), "%s/handle", front);
    put(t, "1", "%s/state", front);
    put(t, front, "/libxl/%u/device/%s/%u/frontend", domid, kind, devid);
    put(t, back, "/libxl/%u/device/%s/%u/backend", domid, kind, devid);
    for (; (*fields)[0]; fields++)
        put(t, (*fields)[1], "%s/%s", back, (*fields)[0]);
    put(t, front, "%s/frontend", back);
    put(t, text(domid), "%s/frontend-id", back);
    put(t, "1", "%s/online", back);
    put(t, "1", "%s/state", back);
}

static void vif_nodes(xs_transaction_t t, uint32_t domid, unsigned int devid)
{
    char mac[32];
    const char *const fields[][2] = {
        {"mac", mac},       {"handle", text(devid)},
        {"bridge", BRIDGE}, {"script", "/etc/xen/scripts/vif-bridge"},
        {NULL, NULL},
    };

    snprintf(mac, sizeof(mac), "00:16:3e:%02x:%02x:%02x", 0x40 | devid, (domid >> 8) & 0xff,
             domid & 0xff);
    device_nodes(t, domid, "vif", devid, fields);
}

static void vbd_nodes(xs_transaction_t t, uint32_t domid, unsigned int nth, bool own)
{
    char name[8];
    const char *path, *device = backing_device(own, &path);
    const char *const fields[][2] = {
        {"physical-device", device},
        {"params", path},
        {"dev", name},
        {"type", "phy"},
        {"mode", "w"},
        {"device-type", "disk"},
        {"removable", "0"},
        {"bootable", "1"},
        {NULL, NULL},
    };

    snprintf(name, sizeof(name), "xvd%c", 'a' + (int)(nth % 15));
    device_nodes(t, domid, "vbd", XVDA + 16 * (nth % 15), fields);
}

/* What a distinct domain's numbers are: no two whose domids are less than 1000 apart share all. */
static unsigned int vcpus_of(const struct plan *plan, uint32_t domid)
{
    return plan->distinct ? domid % 4 + 1 : plan->vcpus;
}

static unsigned int kib_of(const struct plan *plan, uint32_t domid)
{
    return plan->distinct ? 4096 + 4 * domid : 4096;
}

static unsigned int weight_of(uint32_t domid)
{
    return domid % 1000 + 1;
}

/* The xenstore nodes of one domain, in one transaction: the kernel is told of its devices at the
 * end. */
static void domain_nodes(const struct plan *plan, uint32_t domid, const xen_domain_handle_t uuid)
{
    char name[64], id[37], vm[64], home[64];
    unsigned int vcpus = vcpus_of(plan, domid), kib = kib_of(plan, domid), i;
    xs_transaction_t t;

    snprintf(name, sizeof(name), "%s%u", plan->prefix, domid);
    snprintf(id, sizeof(id), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             uuid[0], uuid[1], uuid[2], uuid[3], uuid[4], uuid[5], uuid[6], uuid[7], uuid[8],
             uuid[9], uuid[10], uuid[11], uuid[12], uuid[13], uuid[14], uuid[15]);
    snprintf(vm, sizeof(vm), "/vm/%s", id);
    snprintf(home, sizeof(home), "/local/domain/%u", domid);
    do {
        t = xs_transaction_start(xs);
        if (!t)
            die("xenstore starts no transaction: %s", strerror(errno));
        folder(t, domid, home);
        put(t, name, "%s/name", vm);
        put(t, id, "%s/uuid", vm);
        put(t, vm, "%s/vm", home);
        put(t, name, "%s/name", home);
        put(t, text(domid), "%s/domid", home);
        put(t, "1", "%s/" MARK, home);
        put(t, plan->distinct ? text(kib) : "0", "%s/memory/target", home);
        put(t, text(kib), "%s/memory/static-max", home);
        for (i = 0; i < vcpus; i++)
            put(t, "online", "%s/cpu/%u/availability", home, i);
        put(t, "pv", "/libxl/%u/type", domid);
        for (i = 0; i < plan->vifs; i++)
            vif_nodes(t, domid, i);
        for (i = 0; i < plan->vbds; i++)
            vbd_nodes(t, domid, i, plan->own_disks);
    } while (!xs_transaction_end(xs, t, false) && errno == EAGAIN);
}

static void random_uuid(xen_domain_handle_t uuid)
{
    int fd = open("/dev/urandom", O_RDONLY);

    if (fd < 0 ||
        read(fd, uuid, sizeof(xen_domain_handle_t)) != (ssize_t)sizeof(xen_domain_handle_t))
        die("cannot read /dev/urandom: %s", strerror(errno));
    close(fd);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

/*
 * domid 0: Xen's next. Xen is told the number of vcpus before it says which domid that is: where
 * they follow from it, a domain that got another than expected is made anew.
 */
static uint32_t create_domain(const struct plan *plan, uint32_t domid, xen_domain_handle_t uuid)
{
    static uint32_t last;
    uint32_t expected, asked = domid;

    for (;; xc_domain_destroy(xc, domid)) {
        expected = asked ? asked : last + 1;
        struct xen_domctl_createdomain config = {
            .max_vcpus = vcpus_of(plan, expected),
            .max_evtchn_port = -1,
            .max_grant_frames = 1,
            .max_maptrack_frames = 0,
            .grant_opts = XEN_DOMCTL_GRANT_version(1),
        };
        random_uuid(uuid);
        memcpy(config.handle, uuid, sizeof(config.handle));
        domid = asked;
        if (xc_domain_create(xc, &domid, &config))
            die("Xen creates no further domain: %s", strerror(errno));
        last = domid;
        if (domid == expected || !plan->distinct)
            break;
    }
    if (xc_domain_max_vcpus(xc, domid, vcpus_of(plan, domid)))
        die("Xen gives domain %u no %u vcpus: %s", domid, vcpus_of(plan, domid), strerror(errno));
    if (!plan->distinct)
        return domid;
    struct xen_domctl_sched_credit2 sched = {.weight = (uint16_t)weight_of(domid)};
    if (xc_domain_setmaxmem(xc, domid, kib_of(plan, domid)) ||
        xc_sched_credit2_domain_set(xc, domid, &sched))
        die("Xen gives domain %u no memory limit or no weight: %s", domid, strerror(errno));
    return domid;
}

/* Put a vif of ours on the bridge, as the hotplug script would; without a bridge only set it up. */
static bool vif_up(int sock, uint32_t domid, unsigned int devid)
{
    struct ifreq ifr;
    char path[64];

    /* Looked for in sysfs: asking the kernel for a missing interface makes it run modprobe. */
    snprintf(path, sizeof(path), "/sys/class/net/vif%u.%u", domid, devid);
    if (access(path, F_OK))
        return false;
    memset(&ifr, 0, sizeof(ifr));
    snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "vif%u.%u", domid, devid);
    if (ioctl(sock, SIOCGIFFLAGS, &ifr))
        return false;
    ifr.ifr_flags |= IFF_UP;
    ioctl(sock, SIOCSIFFLAGS, &ifr);
    if (!access("/sys/class/net/" BRIDGE, F_OK)) {
        int index = (int)if_nametoindex(ifr.ifr_name);

        snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", BRIDGE);
        ifr.ifr_ifindex = index;
        if (ioctl(sock, SIOCBRADDIF, &ifr) && errno != EBUSY)
            die("vif%u.%u does not go on %s: %s", domid, devid, BRIDGE, strerror(errno));
    }
    return true;
}

/*
 * Numbers that tell one vif from others: frames past its queue are dropped there, as nobody is
 * behind it, and counted as such; one more than its domid modulo 200.
 */
static void vif_drops(uint32_t domid, unsigned int devid)
{
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_802_EX1), .sll_halen = ETH_ALEN};
    int sock = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bypass = 1;
    char name[IFNAMSIZ];

    snprintf(name, sizeof(name), "vif%u.%u", domid, devid);
    to.sll_ifindex = (int)if_nametoindex(name);
    if (sock < 0 || setsockopt(sock, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)))
        die("no packet socket: %s", strerror(errno));
    for (unsigned int i = 0; i < domid % 200 + 1; i++)
        sendto(sock, "", 1, 0, (struct sockaddr *)&to, sizeof(to));
    close(sock);
}

static bool vbd_there(uint32_t domid, unsigned int nth)
{
    char path[96];

    snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/vbd-%u-%u/statistics", domid,
             XVDA + 16 * (nth % 15));
    return !access(path, F_OK);
}

/* The kernel acts on xenstore in its own time: wait until each device of DOMIDS is there. */
static void settle(const struct plan *plan, const uint32_t *domids)
{
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unsigned int d, i, patience = 0;

    for (d = 0; d < plan->count; d++) {
        for (i = 0; i < plan->vifs; i++) {
            while (!vif_up(sock, domids[d], i)) {
                if (patience++ > 30000)
                    die("no interface vif%u.%u after five minutes: see dmesg", domids[d], i);
                usleep(10000);
            }
            if (plan->distinct)
                vif_drops(domids[d], i);
        }
        for (i = 0; i < plan->vbds; i++) {
            while (!vbd_there(domids[d], i)) {
                if (patience++ > 30000)
                    die("no device vbd-%u-%u after five minutes: see dmesg", domids[d],
                        XVDA + 16 * i);
                usleep(10000);
            }
        }
    }
    close(sock);
}

static int create(const struct plan *plan)
{
    uint32_t *domids = calloc(plan->count, sizeof(*domids));
    unsigned int i;

    if (!domids)
        die("no memory for %u domains", plan->count);
    for (i = 0; i < plan->count; i++) {
        xen_domain_handle_t uuid = {0};

        /* A domid that was given once does not come back until the numbers wrap. */
        if (plan->gap_every && i % plan->gap_every == plan->gap_every - 1)
            xc_domain_destroy(xc, create_domain(plan, 0, uuid));
        domids[i] = create_domain(plan, plan->domid ? plan->domid + i : 0, uuid);
        domain_nodes(plan, domids[i], uuid);
    }
    settle(plan, domids);
    for (i = 0; i < plan->count; i++)
        printf("%u\n", domids[i]);
    free(domids);
    return 0;
}

/* The name of domain ID if this program made it, else NULL. The caller frees it. */
static char *own_name(const char *id)
{
    char path[64];
    char *mark, *name = NULL;

    snprintf(path, sizeof(path), "/local/domain/%s/" MARK, id);
    mark = xs_read(xs, XBT_NULL, path, NULL);
    if (mark) {
        snprintf(path, sizeof(path), "/local/domain/%s/name", id);
        name = xs_read(xs, XBT_NULL, path, NULL);
    }
    free(mark);
    return name;
}

/* Take the backends away first: their drivers free the devices when the nodes go. */
static void destroy_domain(const char *id)
{
    static const char *const kinds[] = {"vif", "vbd"};
    char path[96], *vm;
    unsigned int k;

    for (k = 0; k < 2; k++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%s", kinds[k], id);
        xs_rm(xs, XBT_NULL, path);
    }
    snprintf(path, sizeof(path), "/local/domain/%s/vm", id);
    vm = xs_read(xs, XBT_NULL, path, NULL);
    if (vm)
        xs_rm(xs, XBT_NULL, vm);
    free(vm);
    snprintf(path, sizeof(path), "/libxl/%s", id);
    xs_rm(xs, XBT_NULL, path);
    snprintf(path, sizeof(path), "/local/domain/%s", id);
    xs_rm(xs, XBT_NULL, path);
    if (xc_domain_destroy(xc, (uint32_t)strtoul(id, NULL, 10)))
        fprintf(stderr, "empty-domains: domain %s is not destroyed: %s\n", id, strerror(errno));
}

/* Detach the loop devices over our file; a device still in use goes when its last user does. */
static void drop_backing(void)
{
    DIR *dir = opendir("/sys/block");
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char path[300], file[128] = "";
        FILE *backing;
        int loop;

        snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", entry->d_name);
        backing = fopen(path, "re");
        if (!backing)
            continue;
        if (fgets(file, sizeof(file), backing) &&
            !strncmp(file, BACKING_FILE, strlen(BACKING_FILE))) {
            snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
            loop = open(path, O_RDWR | O_CLOEXEC);
            if (loop >= 0) {
                ioctl(loop, LOOP_CLR_FD, 0);
                close(loop);
            }
        }
        fclose(backing);
    }
    if (dir)
        closedir(dir);
    unlink(BACKING_FILE);
}

static int destroy(const char *prefix)
{
    unsigned int count, i, gone = 0, left = 0;
    char **ids = xs_directory(xs, XBT_NULL, "/local/domain", &count);

    if (!ids)
        die("cannot list xenstore's domains: %s", strerror(errno));
    for (i = 0; i < count; i++) {
        char *name = own_name(ids[i]);

        if (name && !strncmp(name, prefix, strlen(prefix))) {
            destroy_domain(ids[i]);
            gone++;
        } else if (name) {
            left++;
        }
        free(name);
    }
    free(ids);
    if (!left)
        drop_backing();
    printf("%u\n", gone);
    return 0;
}

static void __attribute__((noreturn)) usage(FILE *out)
{
    fprintf(
        out,
        "usage: empty-domains create --count N [--gap-every K] [--vcpus N] [--vifs N] [--vbds N] "
        "[--prefix NAME] [--domid ID] [--distinct] [--own-disks]\n"
        "       empty-domains destroy --all | --prefix NAME\n"
        "\n"
        "create prints the domids it made, one a line; a domain's name is NAME and its domid.\n"
        "vcpus, vifs and vbds are per domain and 1 unless given; at most 15 vbds.\n"
        "  --gap-every K  leaves one domid out before every Kth domain\n"
        "  --domid ID     of the first of them; it may have been another's\n"
        "  --distinct     each has numbers that follow from its domid: domid %% 4 + 1 vcpus, a\n"
        "                 weight of domid %% 1000 + 1, 4096 + 4 * domid KiB as limit and target\n"
        "                 of memory, domid %% 200 + 1 dropped frames on each vif\n"
        "  --own-disks    each vbd lies on a loop device of its own, not all on one\n"
        "\n"
        "destroy prints how many of its domains are gone.\n");
    exit(out == stdout ? 0 : 2);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"count", required_argument, NULL, 'c'},  {"gap-every", required_argument, NULL, 'g'},
        {"vcpus", required_argument, NULL, 'v'},  {"vifs", required_argument, NULL, 'n'},
        {"vbds", required_argument, NULL, 'b'},   {"domid", required_argument, NULL, 'd'},
        {"prefix", required_argument, NULL, 'p'}, {"all", no_argument, NULL, 'a'},
        {"distinct", no_argument, NULL, 'i'},     {"own-disks", no_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    struct plan plan = {.vcpus = 1, .vifs = 1, .vbds = 1, .prefix = NULL};
    bool all = false;
    const char *verb;
    int option, index, status;

    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        switch (option) {
        case 'c': plan.count = number("count", optarg); break;
        case 'g': plan.gap_every = number("gap-every", optarg); break;
        case 'v': plan.vcpus = number("vcpus", optarg); break;
        case 'n': plan.vifs = number("vifs", optarg); break;
        case 'b': plan.vbds = number("vbds", optarg); break;
        case 'd': plan.domid = number("domid", optarg); break;
        case 'p': plan.prefix = optarg; break;
        case 'a': all = true; break;
        case 'i': plan.distinct = true; break;
        case 'o': plan.own_disks = true; break;
        case 'h': usage(stdout);
        default: usage(stderr);
        }
    }
    verb = optind == argc - 1 ? argv[optind] : "";
    if (plan.vbds > 15 || plan.vcpus < 1)
        usage(stderr);

    xc = xc_interface_open(NULL, NULL, 0);
    xs = xs_open(0);
    if (!xc || !xs)
        die("Xen does not answer (%s): this runs in dom0, as root", strerror(errno));
    if (!strcmp(verb, "create") && plan.count) {
        if (!plan.prefix)
            plan.prefix = "empty";
        status = create(&plan);
    } else if (!strcmp(verb, "destroy") && (all || plan.prefix)) {
        status = destroy(all ? "" : plan.prefix);
    } else {
        usage(stderr);
    }
    xs_close(xs);
    xc_interface_close(xc);
    return status;
}
