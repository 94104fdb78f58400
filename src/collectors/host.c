/*
 * host: dom0 itself, through libstatgrab: name, uptime, load, cpu time, memory, swap.
 *
 * libstatgrab has no figure for steal (time dom0's vcpus wanted to run while Xen ran somebody
 * else) and leaves interrupts out: cpu time is read from /proc/stat where that has it whole.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <statgrab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "collector.h"

struct host_state {
    int proc_stat;
    uint64_t tick_ns;
};

bool proc_stat_rest(const char *text, uint64_t *interrupts, uint64_t *steal)
{
    unsigned long long irq, softirq, stolen;

    /* cpu user nice system idle iowait irq softirq steal: proc_stat(5) */
    if (sscanf(text, "cpu %*u %*u %*u %*u %*u %llu %llu %llu", &irq, &softirq, &stolen) != 3)
        return false;
    *interrupts = irq + softirq;
    *steal = stolen;
    return true;
}

static int host_open(void **state, char message[COLLECTOR_MESSAGE])
{
    long ticks = sysconf(_SC_CLK_TCK);

    if (sg_init(1) != SG_ERROR_NONE) {
        snprintf(message, COLLECTOR_MESSAGE, "libstatgrab could not start: %s",
                 sg_str_error(sg_get_error()));
        return -EIO;
    }
    struct host_state *h = xcalloc(1, sizeof(*h));
    h->tick_ns = NS_PER_S / (uint64_t)(ticks > 0 ? ticks : 100);
    h->proc_stat = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    *state = h;
    return 0;
}

static void host_close(void *state)
{
    struct host_state *h = state;

    if (h->proc_stat >= 0)
        close(h->proc_stat);
    free(h);
    sg_shutdown();
}

/* What libstatgrab leaves out: steal, and interrupts, which are dom0's work like any other. */
static void read_rest(const struct host_state *h, struct host *out)
{
    char text[256]; /* the first line is all that is needed */
    ssize_t n = h->proc_stat < 0 ? -1 : pread(h->proc_stat, text, sizeof(text) - 1, 0);
    uint64_t interrupts, steal;

    if (n <= 0)
        return;
    text[n] = '\0';
    if (!proc_stat_rest(text, &interrupts, &steal))
        return;
    out->steal_ns = steal * h->tick_ns;
    if (out->system_ns != UNKNOWN)
        out->system_ns += interrupts * h->tick_ns;
}

static int host_collect(void *state, struct snapshot *s, unsigned want,
                        char message[COLLECTOR_MESSAGE])
{
    struct host_state *h = state;
    struct host *out = &s->host;
    int err = 0;

    (void)want;
    s->read_ns[ENTITY_HOST] = clock_mono_ns();
    const sg_host_info *info = sg_get_host_info(NULL);
    if (info && info->hostname) {
        out->name = collector_str(s, info->hostname, strlen(info->hostname));
        out->uptime_ns = (uint64_t)info->uptime * NS_PER_S;
    } else {
        err = -EIO;
    }
    const sg_load_stats *load = sg_get_load_stats(NULL);
    if (load) {
        out->load1 = load->min1;
        out->load5 = load->min5;
        out->load15 = load->min15;
    }
    const sg_cpu_stats *cpu = sg_get_cpu_stats(NULL);
    if (cpu) {
        out->user_ns = (cpu->user + cpu->nice) * h->tick_ns;
        out->system_ns = cpu->kernel * h->tick_ns;
        out->iowait_ns = cpu->iowait * h->tick_ns;
        out->idle_ns = cpu->idle * h->tick_ns;
    }
    read_rest(h, out);
    const sg_mem_stats *mem = sg_get_mem_stats(NULL);
    if (mem) {
        out->dom0_mem_bytes = mem->total;
        out->dom0_free_bytes = mem->free;
        out->dom0_cache_bytes = mem->cache;
    }
    const sg_swap_stats *swap = sg_get_swap_stats(NULL);
    if (swap) {
        out->swap_bytes = swap->total;
        out->swap_used_bytes = swap->used;
    }
    if (!load || !cpu || !mem || !swap)
        err = -EIO;
    if (err)
        snprintf(message, COLLECTOR_MESSAGE, "libstatgrab left something out: %s",
                 sg_str_error(sg_get_error()));
    return err;
}

const struct collector collector_host = {
    .name = "host",
    .about = "dom0's name, load, cpu time, memory and swap, through libstatgrab",
    .fills = "host: name uptime_ns load1 load5 load15 user_ns system_ns iowait_ns idle_ns "
             "steal_ns dom0_mem dom0_free dom0_cache swap_bytes swap_used",
    .parts = PART(ENTITY_HOST),
    .open = host_open,
    .collect = host_collect,
    .close = host_close,
};
