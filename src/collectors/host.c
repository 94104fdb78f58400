/*
 * host: dom0 itself, through libstatgrab: name, uptime, load, memory, swap.
 *
 * libstatgrab has no figure for steal (time dom0's vcpus wanted to run while Xen ran somebody
 * else) and leaves interrupts out: cpu time is read from /proc/stat itself. It opens files and
 * allocates for all but the load, which in a dom0 costs as much as all other reading of a sample:
 * it is asked for what stays (name, uptime) once, and memory and swap, which it takes from
 * /proc/meminfo, are read there every few seconds through a descriptor kept open. Where the
 * kernel's words are not understood, libstatgrab's figures stand in.
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

#define SLOW_NS (5 * NS_PER_S)

struct host_state {
    int proc_stat, meminfo;
    uint64_t tick_ns;
};

/* One for the process, as libstatgrab is: two engines side by side tell the same. */
static struct {
    char name[256];     /* as the kernel has it; empty when unknown */
    uint64_t read_ns;   /* when; 0: never */
    uint64_t named_ns;  /* when name and uptime were asked for, on CLOCK_BOOTTIME */
    struct host values; /* of it: uptime, memory, swap */
    int error;
} slow;

bool proc_stat_parse(const char *text, struct cpu_ticks *out)
{
    unsigned long long user, nice, system, idle, iowait, irq, softirq, steal;

    /* cpu user nice system idle iowait irq softirq steal: proc_stat(5) */
    if (sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
               &iowait, &irq, &softirq, &steal) != 8)
        return false;
    *out = (struct cpu_ticks){.user = user + nice,
                              .system = system + irq + softirq,
                              .iowait = iowait,
                              .idle = idle,
                              .steal = steal};
    return true;
}

/* "MemFree:         1234 kB" as bytes; UNKNOWN where the line is not there. */
static uint64_t meminfo_line(const char *text, const char *name)
{
    size_t len = strlen(name);
    uint64_t kib = 0;

    while (strncmp(text, name, len) != 0 || text[len] != ':') {
        text = strchr(text, '\n');
        if (!text)
            return UNKNOWN;
        text++;
    }
    for (text += len + 1; *text == ' '; text++)
        ;
    if (*text < '0' || *text > '9')
        return UNKNOWN;
    for (; *text >= '0' && *text <= '9'; text++) {
        kib = kib * 10 + (uint64_t)(*text - '0');
        if (kib > UINT64_MAX >> 12)
            return UNKNOWN;
    }
    return strncmp(text, " kB\n", 4) != 0 ? UNKNOWN : kib * 1024;
}

bool meminfo_parse(const char *text, struct meminfo *out)
{
    uint64_t swap_free = meminfo_line(text, "SwapFree");

    out->total = meminfo_line(text, "MemTotal");
    out->free = meminfo_line(text, "MemFree");
    out->cache = meminfo_line(text, "Cached");
    out->swap = meminfo_line(text, "SwapTotal");
    if (out->total == UNKNOWN || out->free == UNKNOWN || out->cache == UNKNOWN ||
        out->swap == UNKNOWN || swap_free == UNKNOWN || swap_free > out->swap)
        return false;
    out->swap_used = out->swap - swap_free;
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
    h->meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
    slow.read_ns = 0;
    *state = h;
    return 0;
}

static void host_close(void *state)
{
    struct host_state *h = state;

    if (h->proc_stat >= 0)
        close(h->proc_stat);
    if (h->meminfo >= 0)
        close(h->meminfo);
    free(h);
    sg_shutdown();
}

static bool read_cpu(const struct host_state *h, struct host *out)
{
    char text[256]; /* the first line is all that is needed */
    ssize_t n = h->proc_stat < 0 ? -1 : pread(h->proc_stat, text, sizeof(text) - 1, 0);
    struct cpu_ticks ticks;

    text[n > 0 ? n : 0] = '\0';
    if (proc_stat_parse(text, &ticks)) {
        out->user_ns = ticks.user * h->tick_ns;
        out->system_ns = ticks.system * h->tick_ns;
        out->iowait_ns = ticks.iowait * h->tick_ns;
        out->idle_ns = ticks.idle * h->tick_ns;
        out->steal_ns = ticks.steal * h->tick_ns;
        return true;
    }
    const sg_cpu_stats *cpu = sg_get_cpu_stats(NULL);
    if (!cpu)
        return false;
    out->user_ns = (cpu->user + cpu->nice) * h->tick_ns;
    out->system_ns = cpu->kernel * h->tick_ns;
    out->iowait_ns = cpu->iowait * h->tick_ns;
    out->idle_ns = cpu->idle * h->tick_ns;
    return true;
}

static bool read_load(struct host *out)
{
    const sg_load_stats *load = sg_get_load_stats(NULL);

    if (!load)
        return false;
    out->load1 = load->min1;
    out->load5 = load->min5;
    out->load15 = load->min15;
    return true;
}

/* Name and uptime; asked for anew only when the name is another. */
static bool read_name(void)
{
    char name[sizeof(slow.name)];

    name[0] = '\0';
    if (gethostname(name, sizeof(name)) == 0 && slow.name[0] && !strcmp(name, slow.name))
        return true;
    slow.name[0] = '\0';
    slow.values.uptime_ns = UNKNOWN;
    const sg_host_info *info = sg_get_host_info(NULL);
    if (!info || !info->hostname)
        return false;
    snprintf(slow.name, sizeof(slow.name), "%s", info->hostname);
    slow.values.uptime_ns = (uint64_t)info->uptime * NS_PER_S;
    slow.named_ns = clock_boot_ns();
    return true;
}

static bool read_memory(const struct host_state *h)
{
    struct host *to = &slow.values;
    struct meminfo m;
    char text[4096]; /* all that is needed is in its first third */
    ssize_t n = h->meminfo < 0 ? -1 : pread(h->meminfo, text, sizeof(text) - 1, 0);

    to->dom0_mem_bytes = to->dom0_free_bytes = to->dom0_cache_bytes = UNKNOWN;
    to->swap_bytes = to->swap_used_bytes = UNKNOWN;
    text[n > 0 ? n : 0] = '\0';
    if (meminfo_parse(text, &m)) {
        to->dom0_mem_bytes = m.total;
        to->dom0_free_bytes = m.free;
        to->dom0_cache_bytes = m.cache;
        to->swap_bytes = m.swap;
        to->swap_used_bytes = m.swap_used;
        return true;
    }
    const sg_mem_stats *mem = sg_get_mem_stats(NULL);
    if (mem) {
        to->dom0_mem_bytes = mem->total;
        /* Its free memory has the cache in it. */
        to->dom0_free_bytes = mem->free - MIN(mem->cache, mem->free);
        to->dom0_cache_bytes = mem->cache;
    }
    const sg_swap_stats *swap = sg_get_swap_stats(NULL);
    if (swap) {
        to->swap_bytes = swap->total;
        to->swap_used_bytes = swap->used;
    }
    return mem && swap;
}

static int host_collect(void *state, struct snapshot *s, unsigned want,
                        char message[COLLECTOR_MESSAGE])
{
    struct host_state *h = state;
    struct host *out = &s->host;
    uint64_t now = clock_mono_ns();

    (void)want;
    s->read_ns[ENTITY_HOST] = now;
    bool whole = read_cpu(h, out);
    whole &= read_load(out);
    if (!slow.read_ns || now - slow.read_ns >= SLOW_NS) {
        bool named = read_name();
        slow.error = read_memory(h) && named ? 0 : -EIO;
        slow.read_ns = now;
    }
    if (slow.name[0])
        out->name = collector_str(s, slow.name, strlen(slow.name));
    if (slow.values.uptime_ns != UNKNOWN) /* it counts on by itself, in whole seconds */
        out->uptime_ns = slow.values.uptime_ns +
                         (clock_boot_ns() - slow.named_ns) / NS_PER_S * NS_PER_S;
    out->dom0_mem_bytes = slow.values.dom0_mem_bytes;
    out->dom0_free_bytes = slow.values.dom0_free_bytes;
    out->dom0_cache_bytes = slow.values.dom0_cache_bytes;
    out->swap_bytes = slow.values.swap_bytes;
    out->swap_used_bytes = slow.values.swap_used_bytes;
    if (whole && !slow.error)
        return 0;
    snprintf(message, COLLECTOR_MESSAGE, "libstatgrab left something out: %s",
             sg_str_error(sg_get_error()));
    return -EIO;
}

const struct collector collector_host = {
    .name = "host",
    .about = "dom0's name, uptime and load, through libstatgrab; its cpu time, memory and swap",
    .fills = "host: name uptime_ns load1 load5 load15 user_ns system_ns iowait_ns idle_ns "
             "steal_ns dom0_mem dom0_free dom0_cache swap_bytes swap_used",
    .parts = PART(ENTITY_HOST),
    .open = host_open,
    .collect = host_collect,
    .close = host_close,
};
