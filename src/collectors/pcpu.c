/*
 * pcpu: idle time of each physical cpu, through libxenctrl.
 *
 * Xen gives an idle time of 0 for a cpu that is offline (get_cpu_idle_time() in its scheduler):
 * such a cpu is listed as offline and its counter left unknown, or it would look 100 % busy.
 * Numbers that are no cpu of this machine (cpu_present() false: no core in the topology) are not
 * listed.
 */
#include <errno.h>
#include <stdlib.h>

#include "../base.h"
#include "collector.h"
#include "hypercall.h"

struct pcpus {
    struct xen_handle xen;
    xc_cpuinfo_t *info;
    xc_cputopo_t *topology;
    bool *seen; /* was online before */
    unsigned cap;
};

static int pcpu_open(void **state, char message[COLLECTOR_MESSAGE])
{
    struct pcpus *p = xcalloc(1, sizeof(*p));
    int err = xen_handle_open(&p->xen, message);

    if (err)
        free(p);
    else
        *state = p;
    return err;
}

static void pcpu_close(void *state)
{
    struct pcpus *p = state;

    xen_handle_close(&p->xen);
    free(p->seen);
    free(p->topology);
    free(p->info);
    free(p);
}

static int pcpu_collect(void *state, struct snapshot *s, unsigned want,
                        char message[COLLECTOR_MESSAGE])
{
    struct pcpus *p = state;
    unsigned cpus;
    int count = 0;

    (void)want;
    if (p->cap == 0) {
        xc_physinfo_t info = {0};
        if (xc_physinfo(p->xen.xc, &info) < 0)
            return xen_handle_failed(&p->xen, "counting pcpus", message);
        p->cap = info.max_cpu_id + 1;
        p->info = xcalloc(p->cap, sizeof(*p->info));
        p->topology = xcalloc(p->cap, sizeof(*p->topology));
        p->seen = xcalloc(p->cap, sizeof(*p->seen));
    }
    cpus = p->cap;
    if (xc_cputopoinfo(p->xen.xc, &cpus, p->topology) < 0)
        return xen_handle_failed(&p->xen, "reading the cpu topology", message);
    s->read_ns[ENTITY_PCPU] = clock_mono_ns();
    if (xc_getcpuinfo(p->xen.xc, (int)p->cap, p->info, &count) < 0)
        return xen_handle_failed(&p->xen, "reading pcpu times", message);

    for (unsigned i = 0; i < (unsigned)count; i++) {
        bool present = i < cpus && p->topology[i].core != XEN_INVALID_CORE_ID;
        bool online = p->info[i].idletime != 0;
        if (!present && !online && !p->seen[i])
            continue;
        p->seen[i] = p->seen[i] || online;
        struct pcpu *row = snapshot_add_pcpu(s, i);
        if (present) {
            row->core = p->topology[i].core;
            row->socket = p->topology[i].socket;
        }
        if (present && p->topology[i].node != XEN_INVALID_NODE_ID)
            row->node = p->topology[i].node;
        row->online = online;
        if (online)
            row->idle_ns = p->info[i].idletime;
    }
    s->have |= PART(ENTITY_PCPU);
    return 0;
}

const struct collector collector_pcpu = {
    .name = "pcpu",
    .about = "idle time of each physical cpu, through libxenctrl",
    .fills = "pcpu: id online idle_ns core socket node",
    .parts = PART(ENTITY_PCPU),
    .open = pcpu_open,
    .collect = pcpu_collect,
    .close = pcpu_close,
};
