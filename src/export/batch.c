/* batch: see batch.h. Facts from xen/tools/xentop/xentop.c. */
#include "batch.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../format.h"
#include "../sanitize.h"

#define NAME_WIDTH 10

/* Columns whose width grows with the largest value shown. */
enum grown { GROW_TX, GROW_RX, GROW_RD, GROW_WR, GROW_RSECT, GROW_WSECT, GROWN };

static const int grown_least[GROWN] = {8, 8, 8, 8, 10, 10};

/* Linux counts sectors in these whatever the disk does. */
#define SECTOR_BYTES 512

struct widths {
    int name;
    int grown[GROWN];
};

/* A domain's device totals, in xentop's units and from its viewpoint: net is dom0's. */
struct totals {
    uint64_t grown[GROWN], oo;
    bool vbds_known; /* no vbd, or one of them has statistics */
};

static uint64_t known(uint64_t value)
{
    return value == UNKNOWN ? 0 : value;
}

static void totals_of(struct totals *t, const struct snapshot *s, const struct domain *d)
{
    uint64_t rx = 0, tx = 0, rd_bytes = 0, wr_bytes = 0;

    *t = (struct totals){.vbds_known = d->vbd_count == 0};
    for (uint32_t i = 0; i < d->vif_count; i++) {
        const struct vif *v = &s->vifs[d->vif_first + i];
        rx += known(v->tx_bytes);
        tx += known(v->rx_bytes);
    }
    for (uint32_t i = 0; i < d->vbd_count; i++) {
        const struct vbd *v = &s->vbds[d->vbd_first + i];
        if (v->rd_reqs == UNKNOWN)
            continue;
        t->vbds_known = true;
        t->oo += known(v->oo_reqs);
        t->grown[GROW_RD] += v->rd_reqs;
        t->grown[GROW_WR] += known(v->wr_reqs);
        rd_bytes += known(v->rd_bytes);
        wr_bytes += known(v->wr_bytes);
    }
    t->grown[GROW_TX] = tx / 1024;
    t->grown[GROW_RX] = rx / 1024;
    t->grown[GROW_RSECT] = rd_bytes / SECTOR_BYTES;
    t->grown[GROW_WSECT] = wr_bytes / SECTOR_BYTES;
}

static int digits(uint64_t n)
{
    int count = 1;

    while (n >= 10) {
        n /= 10;
        count++;
    }
    return count;
}

static void widths_fit(struct widths *w, const struct snapshot *s, bool full_name)
{
    char buf[FORMAT_MAX];

    w->name = NAME_WIDTH;
    memcpy(w->grown, grown_least, sizeof(w->grown));
    for (size_t i = 0; i < s->domain_count; i++) {
        struct totals t;
        totals_of(&t, s, &s->domains[i]);
        /* xentop makes room for one more than the value. */
        for (int g = 0; g < GROWN; g++)
            w->grown[g] = MAX(w->grown[g], digits(t.grown[g] + 1));
        if (full_name)
            w->name = MAX(w->name, (int)sanitize_width(format_domain_name(s, &s->domains[i], buf)));
    }
}

static void print_header(struct text *out, const struct widths *w)
{
    text_addf(out, "%*s  STATE   CPU(sec) CPU(%%)     MEM(k) MEM(%%)  MAXMEM(k) MAXMEM(%%)",
              w->name, "NAME");
    text_addf(out, " VCPUS NETS %*s %*s VBDS   VBD_OO", w->grown[GROW_TX], "NETTX(k)",
              w->grown[GROW_RX], "NETRX(k)");
    text_addf(out, " %*s %*s %*s %*s SSID\n", w->grown[GROW_RD], "VBD_RD", w->grown[GROW_WR],
              "VBD_WR", w->grown[GROW_RSECT], "VBD_RSECT", w->grown[GROW_WSECT], "VBD_WSECT");
}

/* Right-aligned in its column by what it takes on a terminal, not by its bytes. */
static void print_name(struct text *out, const struct snapshot *s, const struct domain *d,
                       const struct widths *w)
{
    char buf[FORMAT_MAX];
    const char *name = format_domain_name(s, d, buf);
    size_t used, len = sanitize_fit(name, (size_t)w->name, &used);

    text_addf(out, "%*s", w->name - (int)used, "");
    text_add(out, name, len);
}

static double share_of(uint64_t part, uint64_t whole)
{
    return part == UNKNOWN || whole == UNKNOWN || whole == 0 ? 0
                                                             : (double)part / (double)whole * 100;
}

static void print_vbd_value(struct text *out, bool is_known, int width, uint64_t value)
{
    if (is_known)
        text_addf(out, " %*" PRIu64, width, value);
    else
        text_addf(out, " %*s", width, "-");
}

static void print_domain(struct text *out, const struct snapshot *s, const struct rates *r,
                         size_t row, const struct widths *w)
{
    static const struct metric *cpu;
    const struct domain *d = &s->domains[row];
    char state[DOMAIN_STATES + 1];
    struct totals t;

    if (!cpu)
        cpu = metric_find(ENTITY_DOMAIN, "cpu_ns");
    double cpu_share = rate_get(r, cpu, row);
    totals_of(&t, s, d);
    domain_state_letters(d->state, state);
    print_name(out, s, d, w);
    text_addf(out, " %s %10" PRIu64 " %6.1f %10" PRIu64 " %6.1f", state,
              known(d->cpu_ns) / NS_PER_S, isnan(cpu_share) ? 0.0 : cpu_share * 100,
              known(d->mem_bytes) / 1024, share_of(d->mem_bytes, s->host.mem_bytes));
    if (d->mem_max_bytes == UNKNOWN)
        text_adds(out, "   no limit       n/a");
    else
        text_addf(out, " %10" PRIu64 " %9.1f", d->mem_max_bytes / 1024,
                  share_of(d->mem_max_bytes, s->host.mem_bytes));
    text_addf(out, " %5" PRIu64 " %4u %*" PRIu64 " %*" PRIu64 " %4u", known(d->vcpus_max),
              d->vif_count, w->grown[GROW_TX], t.grown[GROW_TX], w->grown[GROW_RX],
              t.grown[GROW_RX], d->vbd_count);
    print_vbd_value(out, t.vbds_known, 8, t.oo);
    for (int g = GROW_RD; g < GROWN; g++)
        print_vbd_value(out, t.vbds_known, w->grown[g], t.grown[g]);
    text_addf(out, " %4" PRIu64 "\n", known(d->ssid));
}

static void print_vcpus(struct text *out, const struct snapshot *s, const struct domain *d)
{
    text_adds(out, "VCPUs(sec): ");
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        const struct vcpu *v = &s->vcpus[d->vcpu_first + i];
        if (v->online != 1)
            continue;
        if (v->id != 0 && v->id % 5 == 0)
            text_adds(out, "\n        ");
        text_addf(out, " %2" PRIu64 ": %10" PRIu64 "s", v->id, known(v->cpu_ns) / NS_PER_S);
    }
    text_addc(out, '\n');
}

static void print_networks(struct text *out, const struct snapshot *s, const struct domain *d)
{
    for (uint32_t i = 0; i < d->vif_count; i++) {
        const struct vif *v = &s->vifs[d->vif_first + i];
        text_addf(
            out, "Net%u RX: %8" PRIu64 "bytes %8" PRIu64 "pkts %8" PRIu64 "err %8" PRIu64 "drop  ",
            i, known(v->tx_bytes), known(v->tx_packets), known(v->tx_errors), known(v->tx_drops));
        text_addf(out, "TX: %8" PRIu64 "bytes %8" PRIu64 "pkts %8" PRIu64 "err %8" PRIu64 "drop\n",
                  known(v->rx_bytes), known(v->rx_packets), known(v->rx_errors),
                  known(v->rx_drops));
    }
}

static void print_vbds(struct text *out, const struct snapshot *s, const struct domain *d)
{
    static const char *const types[] = {
        [VBD_UNIDENTIFIED] = "Unidentified", [VBD_BLKBACK] = "BlkBack",    [VBD_BLKTAP] = "BlkTap",
        [VBD_TAPDISK3] = "Tapdisk3",         [VBD_QDISK] = "Unidentified",
    };
    static const char *const titles[] = {"OO", "RD", "WR", "RSECT", "WSECT"};

    for (uint32_t i = 0; i < d->vbd_count; i++) {
        const struct vbd *v = &s->vbds[d->vbd_first + i];
        const char *type = types[v->backend < ARRAY_LEN(types) ? v->backend : 0];
        uint64_t values[] = {v->oo_reqs, v->rd_reqs, v->wr_reqs, known(v->rd_bytes) / SECTOR_BYTES,
                             known(v->wr_bytes) / SECTOR_BYTES};
        /* Major and minor as in linux/kdev_t.h of old: 8 bits of minor. */
        text_addf(out, "VBD %s %4" PRIu64 " [%2" PRIx64 ":%2" PRIx64 "] ", type, v->id, v->id >> 8,
                  v->id & 0xff);
        for (size_t n = 0; n < ARRAY_LEN(values); n++) {
            text_addf(out, "%s%s:", n ? "   " : " ", titles[n]);
            print_vbd_value(out, v->rd_reqs != UNKNOWN, n < 3 ? 8 : 10, known(values[n]));
        }
        text_addc(out, '\n');
    }
}

static void print_pcpus(struct text *out, const struct snapshot *s, const struct rates *r)
{
    static const char rule[] = "+-------+--------+\n";
    const struct metric *idle = metric_find(ENTITY_PCPU, "idle_ns");

    if (!(s->have & PART(ENTITY_PCPU))) {
        text_adds(out, "\nNo PCPU data available\n");
        return;
    }
    text_addf(out, "\nPhysical CPU Usage:\n%s| Core  | Usage  |\n%s", rule, rule);
    for (size_t i = 0; i < s->pcpu_count; i++) {
        double busy = rate_shown(r, idle, i);
        if (s->pcpus[i].online == 0)
            text_addf(out, "| %-5" PRIu64 " | %6s |\n", s->pcpus[i].id, "-");
        else
            text_addf(out, "| %-5" PRIu64 " | %5.1f%% |\n", s->pcpus[i].id,
                      isnan(busy) ? 0.0 : busy * 100);
    }
    text_adds(out, rule);
}

/* By name as strcasecmp has it, which is xentop's order in batch mode; then by domid. */
static int by_name(uint32_t a, uint32_t b, const void *snapshot)
{
    const struct snapshot *s = snapshot;
    const struct domain *x = &s->domains[a], *y = &s->domains[b];
    char x_buf[FORMAT_MAX], y_buf[FORMAT_MAX];
    int order = strcasecmp(format_domain_name(s, x, x_buf), format_domain_name(s, y, y_buf));

    if (order)
        return order;
    return (x->domid > y->domid) - (x->domid < y->domid);
}

static void order_domains(struct batch *b, const struct snapshot *s, bool dom0_first)
{
    size_t fixed = dom0_first && s->domain_count && s->domains[0].domid == 0;

    /* The second half is room for sorting. */
    array_reserve(&b->order, &b->cap, MAX(s->domain_count, 1) * 2, sizeof(*b->order));
    for (size_t i = 0; i < s->domain_count; i++)
        b->order[i] = (uint32_t)i;
    sort_rows(b->order + fixed, b->order + s->domain_count, s->domain_count - fixed, by_name, s);
}

void batch_render(struct batch *b, struct text *out, const struct snapshot *s,
                  const struct rates *r, const struct batch_options *options)
{
    struct widths w;

    order_domains(b, s, options->dom0_first);
    widths_fit(&w, s, options->full_name);
    for (size_t i = 0; i < s->domain_count; i++) {
        size_t row = b->order[i];
        if (i == 0 || options->repeat_header)
            print_header(out, &w);
        print_domain(out, s, r, row, &w);
        if (options->vcpus)
            print_vcpus(out, s, &s->domains[row]);
        if (options->networks)
            print_networks(out, s, &s->domains[row]);
        if (options->vbds)
            print_vbds(out, s, &s->domains[row]);
    }
    if (options->pcpus)
        print_pcpus(out, s, r);
}

unsigned batch_wants(const struct batch_options *options)
{
    /* The host's memory comes with the domains. */
    return PART(ENTITY_DOMAIN) | PART(ENTITY_VIF) | PART(ENTITY_VBD) |
           (options->vcpus ? PART(ENTITY_VCPU) : 0) | (options->pcpus ? PART(ENTITY_PCPU) : 0);
}

void batch_release(struct batch *b)
{
    free(b->order);
    *b = (struct batch){0};
}
