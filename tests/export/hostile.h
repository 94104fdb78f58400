/*
 * hostile: a snapshot of what an exporter should survive: names that mean something to every
 * format, numbers at their ends, values that nobody knows, kinds that nobody has heard of.
 */
#ifndef DOMTOP_TESTS_HOSTILE_H
#define DOMTOP_TESTS_HOSTILE_H

#include <math.h>
#include <string.h>

#include "base.h"
#include "snapshot.h"

/* Valid UTF-8 all of it. */
static const char *const hostile_names[] = {
    "\"",
    "\\",
    "a\"b\\c/d",
    "\b\f\n\r\t\x01\x1f\x7f",
    "line\r\nbreak",
    "carriage\rreturn",
    "line\nfeed",
    "tab\there",
    ",;,\"\",",
    "\"\"\"",
    "=1+1",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'quoted'",
    "</script><!--",
    "Z\u00fcrich \u4e2d\u6587 \U0001f600",
    "\u2028\u2029",
    "\\u0041\\n",
    "{}[]:null",
    " lead and trail ",
    "",
};

static inline void hostile_devices(struct snapshot *s, uint64_t domid, const char *name)
{
    struct vcpu *c = snapshot_add_vcpu(s, domid, 0);
    c->online = domid % 3 == 0 ? UNKNOWN : domid % 2;
    c->cpu_ns = domid % 2 ? UNKNOWN - 1 : UNKNOWN;

    /* One that knows nothing, one that knows all. */
    snapshot_add_vif(s, domid, 0);
    struct vif *v = snapshot_add_vif(s, domid, UINT64_MAX - 1);
    v->dev = v->mac = v->bridge = v->script = snapshot_add_cstr(s, name);
    v->rx_bytes = (UINT64_C(1) << 53) + 1;
    v->tx_bytes = UNKNOWN - 1;
    v->rx_packets = v->rx_errors = v->rx_drops = v->tx_packets = 0;

    snapshot_add_vbd(s, domid, 51712);
    struct vbd *b = snapshot_add_vbd(s, domid, 51728);
    b->backend = 99;
    b->path = snapshot_add_cstr(s, name);
    b->rd_bytes = UINT64_C(0x8000000000000000);
}

static inline void hostile_fill(struct snapshot *s)
{
    snapshot_reset(s);
    s->seq = UINT64_MAX - 1;
    s->have = PART_ALL;
    s->wall_ns = UINT64_C(1795317165250000001);
    s->host.load1 = INFINITY;
    s->host.load5 = 1e300;
    s->host.mem_bytes = UNKNOWN - 1;
    s->host.name = snapshot_add_cstr(s, hostile_names[3]);
    snapshot_add_pcpu(s, 0);
    snapshot_add_domain(s, 0);
    for (size_t i = 0; i < ARRAY_LEN(hostile_names); i++) {
        struct domain *d = snapshot_add_domain(s, i + 1);
        d->name = snapshot_add_cstr(s, hostile_names[i]);
        d->type = i % 4 == 3 ? 77 : i % 4;
        d->state = i % 2 ? UNKNOWN - 1 : 1u << i % DOMAIN_STATES;
        d->cpu_ns = i;
        memset(&d->uuid, (int)(0xf0 + i), sizeof(d->uuid));
        hostile_devices(s, i + 1, hostile_names[i]);
    }
    struct report *r = snapshot_add_report(s, hostile_names[2]);
    r->error = -5;
    r->message = snapshot_add_cstr(s, hostile_names[3]);
    snapshot_add_report(s, "fine")->elapsed_ns = 1500;
    snapshot_seal(s);
}

#endif
