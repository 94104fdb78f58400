/*
 * xcproxy: lets a program run under valgrind on a real Xen.
 *
 * Valgrind refuses hypercalls of an interface version newer than itself. So, preloaded into the
 * program under test, this takes the few libxenctrl calls that domtop and libxenstat make and
 * passes them to a copy of itself that runs without valgrind (a child that execs;
 * --trace-children=no) and makes them for real. Built twice from this file: as the library, and
 * with -DSERVER as that program.
 *
 * usage: XCPROXY=/path/to/server LD_PRELOAD=/path/to/library.so valgrind PROGRAM...
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xenctrl.h>

enum op { OP_LIST, OP_PHYSINFO, OP_TOPOLOGY, OP_CPUINFO, OP_VCPUINFO, OP_VERSION };

struct request {
    uint32_t op, a, b;
};
struct reply {
    int64_t result;
    int32_t error;
    uint32_t count;
    uint32_t len; /* bytes that follow */
};

static int whole(int fd, void *bytes, size_t len, int out)
{
    char *at = bytes;

    while (len) {
        ssize_t n = out ? write(fd, at, len) : read(fd, at, len);
        if (n <= 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

#ifdef SERVER
int main(void)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    struct request q;

    while (xc && !whole(0, &q, sizeof(q), 0)) {
        struct reply r = {0};
        static char data[4 << 20];
        unsigned cpus = q.a;
        int count = 0;

        errno = 0;
        switch (q.op) {
        case OP_LIST:
            r.result = xc_domain_getinfolist(xc, q.a, q.b, (xc_domaininfo_t *)data);
            r.len = r.result > 0 ? (uint32_t)r.result * sizeof(xc_domaininfo_t) : 0;
            break;
        case OP_PHYSINFO:
            memset(data, 0, sizeof(xc_physinfo_t));
            r.result = xc_physinfo(xc, (xc_physinfo_t *)data);
            r.len = sizeof(xc_physinfo_t);
            break;
        case OP_TOPOLOGY:
            r.result = xc_cputopoinfo(xc, &cpus, (xc_cputopo_t *)data);
            r.count = cpus;
            r.len = cpus * sizeof(xc_cputopo_t);
            break;
        case OP_CPUINFO:
            r.result = xc_getcpuinfo(xc, (int)q.a, (xc_cpuinfo_t *)data, &count);
            r.count = (uint32_t)count;
            r.len = r.count * sizeof(xc_cpuinfo_t);
            break;
        case OP_VCPUINFO:
            r.result = xc_vcpu_getinfo(xc, q.a, q.b, (xc_vcpuinfo_t *)data);
            r.len = sizeof(xc_vcpuinfo_t);
            break;
        case OP_VERSION:
            r.result = xc_version(xc, (int)q.a, q.b ? data : NULL);
            r.len = q.b;
            break;
        }
        r.error = errno;
        if (r.result < 0)
            r.len = 0;
        if (whole(1, &r, sizeof(r), 1) || whole(1, data, r.len, 1))
            break;
    }
    return 0;
}
#else
static int server = -1;

static void start(void)
{
    int ends[2];

    if (server >= 0)
        return;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        abort();
    if (fork() == 0) {
        dup2(ends[1], 0);
        dup2(ends[1], 1);
        unsetenv("LD_PRELOAD");
        execl(getenv("XCPROXY"), "xcproxy", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    server = ends[0];
}

static int64_t ask(enum op op, uint32_t a, uint32_t b, void *out, size_t cap, uint32_t *count)
{
    struct request q = {op, a, b};
    struct reply r;

    start();
    if (whole(server, &q, sizeof(q), 1) || whole(server, &r, sizeof(r), 0) || r.len > cap ||
        whole(server, out, r.len, 0)) {
        fprintf(stderr, "xcproxy: the server is gone\n");
        _exit(98);
    }
    if (count)
        *count = r.count;
    errno = r.error;
    return r.result;
}

xc_interface *xc_interface_open(xentoollog_logger *a, xentoollog_logger *b, unsigned flags)
{
    (void)a, (void)b, (void)flags;
    start();
    return malloc(1);
}

int xc_interface_close(xc_interface *xc)
{
    free(xc);
    return 0;
}

int xc_domain_getinfolist(xc_interface *xc, uint32_t first, unsigned max, xc_domaininfo_t *info)
{
    (void)xc;
    return (int)ask(OP_LIST, first, max, info, max * sizeof(*info), NULL);
}

int xc_physinfo(xc_interface *xc, xc_physinfo_t *info)
{
    (void)xc;
    return (int)ask(OP_PHYSINFO, 0, 0, info, sizeof(*info), NULL);
}

int xc_cputopoinfo(xc_interface *xc, unsigned *max, xc_cputopo_t *topology)
{
    uint32_t count = 0;
    (void)xc;
    int result = (int)ask(OP_TOPOLOGY, *max, 0, topology, *max * sizeof(*topology), &count);
    *max = count;
    return result;
}

int xc_getcpuinfo(xc_interface *xc, int max, xc_cpuinfo_t *info, int *cpus)
{
    uint32_t count = 0;
    (void)xc;
    int result = (int)ask(OP_CPUINFO, (uint32_t)max, 0, info, (size_t)max * sizeof(*info), &count);
    *cpus = (int)count;
    return result;
}

int xc_vcpu_getinfo(xc_interface *xc, uint32_t domid, uint32_t vcpu, xc_vcpuinfo_t *info)
{
    (void)xc;
    return (int)ask(OP_VCPUINFO, domid, vcpu, info, sizeof(*info), NULL);
}

int xc_version(xc_interface *xc, int cmd, void *arg)
{
    uint32_t size = arg ? sizeof(xen_extraversion_t) : 0; /* the one libxenstat asks for */
    (void)xc;
    return (int)ask(OP_VERSION, (uint32_t)cmd, size, arg, size, NULL);
}
#endif
