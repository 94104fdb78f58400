/* batch: xentop's bytes, from a host made by hand. */
#include "../unit.h"

#include <stdlib.h>

#include "export/batch.h"

/* As xentop 4.17 prints it. */
static const char header[] =
    "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS "
    "NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID\n";

struct env {
    struct snapshot prev, cur;
    struct rates r;
    struct batch b;
    struct text out;
};

static void fill(struct snapshot *s, uint64_t seq)
{
    unit_sample(s, seq, (double)seq);
    s->host.mem_bytes = 4ull << 30;
    struct domain *d = snapshot_add_domain(s, 0);
    d->name = snapshot_add_cstr(s, "Domain-0");
    d->state = DOMAIN_RUNNING;
    d->cpu_ns = 12 * NS_PER_S + (seq - 1) * NS_PER_S / 2;
    d->vcpus_max = 2;
    d->mem_bytes = 1ull << 30;
    d->ssid = 0;
    d = unit_domain(s, 3, 3);
    d->name = snapshot_add_cstr(s, "db-primary-01");
    d->state = DOMAIN_BLOCKED | DOMAIN_PAUSED;
    d->cpu_ns = 99 * NS_PER_S + (seq - 1) * 3 * NS_PER_S;
    d->vcpus_max = 7;
    d->mem_bytes = d->mem_max_bytes = 128ull << 20;
    d->ssid = 5;
    for (uint64_t i = 0; i < 7; i++) {
        struct vcpu *v = snapshot_add_vcpu(s, 3, i);
        v->online = i != 3;
        v->cpu_ns = (i + 1) * NS_PER_S;
    }
    struct vif *vif = snapshot_add_vif(s, 3, 0);
    vif->rx_bytes = 4096, vif->rx_packets = 4, vif->rx_errors = 1, vif->rx_drops = 2;
    vif->tx_bytes = 123456789012345, vif->tx_packets = 8, vif->tx_errors = 3, vif->tx_drops = 4;
    struct vbd *vbd = snapshot_add_vbd(s, 3, 51712);
    vbd->backend = VBD_BLKBACK;
    vbd->oo_reqs = 1, vbd->rd_reqs = 22, vbd->wr_reqs = 333;
    vbd->rd_bytes = 512 * 4444, vbd->wr_bytes = 512 * 55555;
    vbd = snapshot_add_vbd(s, 3, 51728);
    vbd->backend = VBD_TAPDISK3; /* no statistics */
    snapshot_seal(s);
}

static void render(struct env *e, const struct batch_options *options)
{
    text_clear(&e->out);
    batch_render(&e->b, &e->out, &e->cur, &e->r, options);
}

static int setup(void **state)
{
    static struct env e;

    memset(&e, 0, sizeof(e));
    fill(&e.prev, 1);
    fill(&e.cur, 2);
    rates_compute(&e.r, &e.prev, &e.cur);
    *state = &e;
    return 0;
}

static int teardown(void **state)
{
    struct env *e = *state;

    snapshot_release(&e->prev);
    snapshot_release(&e->cur);
    rates_release(&e->r);
    batch_release(&e->b);
    text_release(&e->out);
    return 0;
}

static void plain(void **state)
{
    struct env *e = *state;
    static const struct batch_options options;

    e->cur.vifs[0].tx_bytes = 2048;
    render(e, &options);
    assert_memory_equal(e->out.data, header, sizeof(header) - 1);
    assert_string_equal(
        e->out.data + sizeof(header) - 1,
        "db-primary --b-p-        102  300.0     131072    3.1     131072       3.1     7    1 "
        "       4        2    2        1       22      333       4444      55555    5\n"
        "  Domain-0 -----r         12   50.0    1048576   25.0   no limit       n/a     2    0 "
        "       0        0    0        0        0        0          0          0    0\n");
}

static void everything(void **state)
{
    struct env *e = *state;
    static const struct batch_options options = {.networks = true,
                                                 .vbds = true,
                                                 .vcpus = true,
                                                 .dom0_first = true,
                                                 .repeat_header = true,
                                                 .full_name = true};

    render(e, &options);
    assert_string_equal(
        e->out.data,
        "         NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS "
        "NETTX(k)     NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID\n"
        "     Domain-0 -----r         12   50.0    1048576   25.0   no limit       n/a     2    0 "
        "       0            0    0        0        0        0          0          0    0\n"
        "VCPUs(sec): \n"
        "         NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS "
        "NETTX(k)     NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID\n"
        "db-primary-01 --b-p-        102  300.0     131072    3.1     131072       3.1     7    1 "
        "       4 120563270519    2        1       22      333       4444      55555    5\n"
        "VCPUs(sec):   0:          1s  1:          2s  2:          3s  4:          5s\n"
        "          5:          6s  6:          7s\n"
        "Net0 RX: 123456789012345bytes        8pkts        3err        4drop  TX:     4096bytes"
        "        4pkts        1err        2drop\n"
        "VBD BlkBack 51712 [ca: 0]  OO:        1   RD:       22   WR:      333   RSECT:       4444"
        "   WSECT:      55555\n"
        "VBD Tapdisk3 51728 [ca:10]  OO:        -   RD:        -   WR:        -   RSECT:          -"
        "   WSECT:          -\n");
}

/* What xentop prints as inf, nan or 1.8e19 when a counter falls or a domid is used again. */
static void no_nonsense(void **state)
{
    struct env *e = *state;
    static const struct batch_options options;
    struct domain *d = snapshot_domain(&e->cur, 3);

    d->cpu_ns = 1;
    snapshot_domain(&e->cur, 0)->cpu_ns = UNKNOWN;
    e->cur.host.mem_bytes = 0;
    rates_compute(&e->r, &e->prev, &e->cur);
    render(e, &options);
    assert_null(strstr(e->out.data, "nan"));
    assert_null(strstr(e->out.data, "inf"));
    assert_non_null(strstr(e->out.data, "--b-p-          0    0.0     131072    0.0"));
    assert_non_null(strstr(e->out.data, "-----r          0    0.0    1048576    0.0"));
}

static void names(void **state)
{
    struct env *e = *state;
    static const struct batch_options options;

    snapshot_domain(&e->cur, 0)->name = 0;
    snapshot_domain(&e->cur, 3)->name = snapshot_add_cstr(&e->cur, "\xe6\x97\xa5\xe6\x9c\xac\xe6"
                                                                   "\x9c\xac\xe6\x9c\xac\xe6\x9c"
                                                                   "\xac\xe6\x9c\xac");
    render(e, &options);
    assert_non_null(strstr(e->out.data, "\n (domid 0) -----r"));
    /* Five characters of two columns each: cut at a border, ten columns. */
    assert_non_null(strstr(e->out.data, "\n\xe6\x97\xa5\xe6\x9c\xac\xe6\x9c\xac\xe6\x9c\xac\xe6\x9c"
                                        "\xac --b-p-"));
}

static void pcpus(void **state)
{
    struct env *e = *state;
    static const struct batch_options options = {.pcpus = true};

    for (uint64_t i = 0; i < 2; i++) {
        snapshot_add_pcpu(&e->prev, i)->idle_ns = i ? UNKNOWN : 0;
        snapshot_add_pcpu(&e->cur, i)->idle_ns = i ? UNKNOWN : NS_PER_S / 4;
        e->prev.pcpus[i].online = e->cur.pcpus[i].online = !i;
    }
    rates_compute(&e->r, &e->prev, &e->cur);
    render(e, &options);
    assert_non_null(strstr(e->out.data, "\nPhysical CPU Usage:\n"
                                        "+-------+--------+\n"
                                        "| Core  | Usage  |\n"
                                        "+-------+--------+\n"
                                        "| 0     |  75.0% |\n"
                                        "| 1     |      - |\n"
                                        "+-------+--------+\n"));
    e->cur.have = 0;
    render(e, &options);
    assert_non_null(strstr(e->out.data, "\nNo PCPU data available\n"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain), TEST(everything), TEST(no_nonsense), TEST(names), TEST(pcpus),
    };

    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
