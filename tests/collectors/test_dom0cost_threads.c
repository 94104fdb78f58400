/* dom0cost: whose the kernel's threads are, in a process table made up here. */
#include "../unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "collectors/collector.h"

static char table[] = "/tmp/domtop-proc-XXXXXX";

/* Stands in for libc's. */
DIR *opendir(const char *path)
{
    assert_string_equal(path, "/proc");
    return fdopendir(open(table, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void put(unsigned pid, const char *file, const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%u", table, pid);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/%u/%s", table, pid, file);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A thread of the kernel's that has run for so long. */
static void thread(unsigned pid, const char *comm, unsigned ns)
{
    char text[256];

    snprintf(text, sizeof(text), "%u (%s) S 2 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0\n", pid,
             comm);
    put(pid, "stat", text);
    snprintf(text, sizeof(text), "%u 0 1\n", ns);
    put(pid, "schedstat", text);
}

static void table_new(void)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s", table);
    assert_int_equal(system(command), 0);
    assert_int_equal(mkdir(table, 0700), 0);
}

static void add_vif(struct snapshot *s, uint64_t domid, uint64_t id, const char *dev,
                    uint64_t packets)
{
    strref name = snapshot_add_cstr(s, dev);
    struct vif *v = snapshot_add_vif(s, domid, id);

    v->dev = name;
    v->rx_packets = packets;
    v->tx_packets = 0;
}

/* A collector that has seen the snapshot once. */
static void *seen(struct snapshot *s)
{
    char message[COLLECTOR_MESSAGE] = "";
    void *state;

    assert_int_equal(collector_dom0cost.open(&state, message), 0);
    assert_int_equal(collector_dom0cost.collect(state, s, PART_ALL, message), 0);
    return state;
}

static void once(struct snapshot *s)
{
    collector_dom0cost.close(seen(s));
}

static void by_name(void **state)
{
    struct snapshot s = {0};

    (void)state;
    table_new();
    thread(10, "vif5.0-q0-guest-rx", 1);
    thread(11, "vif5.0-q0-dealloc", 2);
    thread(12, "uplink-7-q0-guest-rx", 10);
    thread(13, "uplink-7-q0-deal", 5000); /* of 16 bytes: nobody cuts there */
    thread(14, "uplink-777777-q", 20);    /* cut */
    thread(15, "7.51712-0", 100);
    thread(16, "kworker/0:1-q0", 7000);
    unit_domain(&s, 5, 5);
    unit_domain(&s, 7, 7);
    unit_domain(&s, 8, 8);
    add_vif(&s, 5, 0, "vif5.0", 1);
    add_vif(&s, 7, 0, "uplink-7", 1);
    add_vif(&s, 7, 1, "uplink-777777", 1);
    add_vif(&s, 8, 0, "vif8.0", 0);
    once(&s);
    assert_int_equal(s.domains[0].net_ns, 3);
    assert_int_equal(s.domains[0].blk_ns, 0);
    assert_int_equal(s.domains[1].net_ns, 30);
    assert_int_equal(s.domains[1].blk_ns, 100);
    assert_int_equal(s.domains[2].net_ns, 0); /* not connected */
    snapshot_release(&s);
}

/* Names are the toolstack's: none charges another's work to a domain. */
static void ambiguous(void **state)
{
    static const struct {
        uint64_t domid;
        const char *dev;
        uint64_t ns;
    } cases[] = {
        {7, "uplink-7", UNKNOWN},
        {8, "vif7.0", UNKNOWN}, /* as 7's was called first */
        {9, "uplink-777777", 20},
        {10, "uplink-777777-q", UNKNOWN}, /* the same, cut: nothing of the queue is left */
        {11, "uplink-11", 300},           /* called so since the guest connected */
        {12, "same", UNKNOWN},
        {13, "same", UNKNOWN},
    };
    struct snapshot s = {0};

    (void)state;
    table_new();
    thread(20, "vif7.0-q0-guest-rx", 1);
    thread(21, "uplink-777777-q", 20);
    thread(22, "vif11.0-q0-guest-rx", 300);
    thread(23, "same-q0-guest-rx", 4000);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unit_domain(&s, cases[i].domid, 1);
        add_vif(&s, cases[i].domid, 0, cases[i].dev, 1);
    }
    once(&s);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (s.domains[i].net_ns != cases[i].ns)
            fail_msg("%s", cases[i].dev);
    snapshot_release(&s);
}

/* Somebody must have worked for a device that has carried something. */
static void unfound(void **state)
{
    static const struct {
        enum vbd_backend backend;
        bool blk, tap, dm; /* known */
    } cases[] = {{VBD_BLKBACK, false, true, true},
                 {VBD_TAPDISK3, true, false, true},
                 {VBD_QDISK, true, true, false}};
    struct snapshot s = {0};

    (void)state;
    table_new();
    thread(10, "vif7.0-q0-guest-rx", 3);
    for (uint64_t reqs = 0; reqs < 2; reqs++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            snapshot_reset(&s);
            unit_domain(&s, 7, 7);
            struct vbd *v = snapshot_add_vbd(&s, 7, 51712);
            v->backend = cases[i].backend;
            v->rd_reqs = 0;
            v->wr_reqs = reqs;
            once(&s);
            const struct domain *d = &s.domains[0];
            assert_int_equal(d->net_ns, 3);
            assert_int_equal(d->blk_ns, !reqs || cases[i].blk ? 0 : UNKNOWN);
            assert_int_equal(d->tap_ns, !reqs || cases[i].tap ? 0 : UNKNOWN);
            assert_int_equal(d->dm_ns, !reqs || cases[i].dm ? 0 : UNKNOWN);
        }
    /* Of two vifs one is not found: what is known of the other is not the sum. */
    snapshot_reset(&s);
    unit_domain(&s, 7, 7);
    add_vif(&s, 7, 0, "vif7.0", 1);
    add_vif(&s, 7, 1, "moved", 1);
    once(&s);
    assert_int_equal(s.domains[0].net_ns, UNKNOWN);
    snapshot_release(&s);
}

/* A guest that connects while it is watched is found without waiting for the next look; what its
 * threads used stays when they end; another vif under its number is not known yet. */
static void connecting(void **state)
{
    char message[COLLECTOR_MESSAGE] = "", path[64];
    struct snapshot s = {0};

    (void)state;
    table_new();
    unit_domain(&s, 7, 7);
    add_vif(&s, 7, 0, "uplink-7", 0);
    void *c = seen(&s);
    assert_int_equal(s.domains[0].net_ns, 0);
    thread(20, "uplink-7-q0-guest-rx", 50);
    uint64_t begun = clock_mono_ns(), until = begun + 60 * NS_PER_S;
    s.vifs[0].tx_packets = 1;
    do {
        assert_int_equal(collector_dom0cost.collect(c, &s, PART_ALL, message), 0);
        usleep(10000);
    } while (s.domains[0].net_ns == UNKNOWN && clock_mono_ns() < until);
    assert_true(clock_mono_ns() - begun < 9 * NS_PER_S);
    assert_int_equal(s.domains[0].net_ns, 0); /* what was used before is nobody's */
    thread(20, "uplink-7-q0-guest-rx", 80);
    assert_int_equal(collector_dom0cost.collect(c, &s, PART_ALL, message), 0);
    assert_int_equal(s.domains[0].net_ns, 30);

    snprintf(path, sizeof(path), "%s/20/schedstat", table);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(collector_dom0cost.collect(c, &s, PART_ALL, message), 0);
    assert_int_equal(s.domains[0].net_ns, 30);

    snapshot_reset(&s);
    unit_domain(&s, 7, 7);
    assert_int_equal(collector_dom0cost.collect(c, &s, PART_ALL, message), 0);
    assert_int_equal(s.domains[0].net_ns, 30);
    add_vif(&s, 7, 0, "other", 1);
    assert_int_equal(collector_dom0cost.collect(c, &s, PART_ALL, message), 0);
    assert_int_equal(s.domains[0].net_ns, UNKNOWN);
    collector_dom0cost.close(c);
    snapshot_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name),
        cmocka_unit_test(ambiguous),
        cmocka_unit_test(unfound),
        cmocka_unit_test(connecting),
    };
    char command[64];

    if (!mkdtemp(table))
        return 1;
    int failed = cmocka_run_group_tests_name("dom0cost threads", tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf %s", table);
    return system(command) ? 1 : failed;
}
