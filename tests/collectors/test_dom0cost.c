/* dom0cost: a process of this machine that becomes a tapdisk with a disk while it is watched. */
#include "../unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "collectors/collector.h"

#define DOMID  29999 /* no thread of a real guest's is here */
#define LOOK_S 30    /* a look comes each second while devices come */

static pid_t tapdisk_start(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_NAME, "tapdisk");
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            usleep(clock_mono_ns() % 2);
    }
    return pid;
}

/* tap_ns after one more sample; each has one device more than the one before. */
static uint64_t tap_ns(void *state, struct snapshot *s)
{
    static uint64_t vbds;
    char message[COLLECTOR_MESSAGE] = "";

    snapshot_reset(s);
    snapshot_add_domain(s, DOMID);
    vbds++;
    for (uint64_t i = 0; i < vbds; i++)
        snapshot_add_vbd(s, DOMID, i);
    assert_int_equal(collector_dom0cost.collect(state, s, ~0u, message), 0);
    return s->domains[0].tap_ns;
}

static void tapdisk_without_disk(void **unused)
{
    char folder[64], record[96];
    struct snapshot s = {0};
    void *state;
    pid_t pid = tapdisk_start();

    (void)unused;
    assert_true(pid > 0);
    snprintf(folder, sizeof(folder), "/dev/shm/td3-%d", (int)pid);
    snprintf(record, sizeof(record), "%s/vbd-%d-51712", folder, DOMID);
    assert_int_equal(collector_dom0cost.open(&state, (char[COLLECTOR_MESSAGE]){""}), 0);
    usleep(100000); /* until it has its name */
    assert_int_equal(tap_ns(state, &s), 0);
    bool made = mkdir(folder, 0755) == 0;
    FILE *f = made ? fopen(record, "w") : NULL;
    if (f)
        fclose(f);

    /* A folder of somebody else's says nothing. */
    bool root = f && chown(folder, 65534, 65534) == 0;
    if (root) {
        for (int i = 0; i < 25; i++, usleep(100000))
            assert_int_equal(tap_ns(state, &s), 0);
        assert_int_equal(chown(folder, 0, 0), 0);
        uint64_t until = clock_mono_ns() + LOOK_S * NS_PER_S;
        while (tap_ns(state, &s) == 0 && clock_mono_ns() < until)
            usleep(100000);
    }
    uint64_t ns = s.domains[0].tap_ns;
    collector_dom0cost.close(state);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    unlink(record);
    rmdir(folder);
    snapshot_release(&s);
    if (!root)
        skip();
    assert_true(ns > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tapdisk_without_disk)};

    return cmocka_run_group_tests_name("dom0cost", tests, NULL, NULL);
}
