/*
 * fuzz_process: any bytes as what the process table says: of a thread or process that may serve a
 * guest, and of dom0's time and memory.
 */
#include "fuzz.h"

#include "base.h"
#include "collectors/host.h"
#include "collectors/procstat.h"
#include "snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = fuzz_exact(data, size), *text = fuzz_text(data, size);
    struct cpu_ticks ticks;
    struct meminfo memory;
    struct procstat p;
    uint64_t domid, id;

    if (procstat_parse(exact, size, &p)) {
        const char *end = memchr(p.comm, '\0', sizeof(p.comm));
        CHECK(end && memmem(data, size, p.comm, (size_t)(end - p.comm)));
    }
    schedstat_parse(exact, size);
    enum served_as as = command_line_parse(exact, size, &domid);
    CHECK(as == SERVES_NOBODY || as == SERVES_DM || as == SERVES_TAP);
    as = thread_name_parse(text, &domid, &id);
    CHECK(as == SERVES_NOBODY || as == SERVES_NET || as == SERVES_BLK);
    CHECK(as != SERVES_NET || thread_name_any_vif(text));
    CHECK(!thread_name_of_vif(text, "uplink-7") || thread_name_any_vif(text));
    proc_stat_parse(text, &ticks);
    if (meminfo_parse(text, &memory))
        CHECK(memory.swap_used <= memory.swap && memory.total != UNKNOWN);
    free(text);
    free(exact);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char model[] = "/usr/bin/qemu-system-i386\0-xen-domid\0"
                                "17\0-nodefaults";
    static const char *const seeds[] = {
        "1234 (7.xvda-0) S 2 0 0 0 -1 2129984 0 0 0 0 3 41 0 0 20 0 1 0 8123 0 0 "
        "18446744073709551615 0 0\n",
        "5 (a) b (c)) R 1 0 0 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 9 0\n",
        "41482183 4667553 88\n",
        "vif7.0-q1-guest",
        "uplink-7-q0-guest-rx",
        "7.51712-0",
        "blkback.7.xvda",
        "cpu  10 20 30 40 50 60 70 80 90 100\n",
        "MemTotal: 9 kB\nMemFree: 1 kB\nCached: 1 kB\nSwapTotal: 2 kB\nSwapFree: 1 kB\n",
    };

    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        fuzz_seed(i, seeds[i], strlen(seeds[i]));
    fuzz_seed(ARRAY_LEN(seeds), model, sizeof(model));
    return 0;
}
