/*
 * fuzz_collectors: any bytes to the parsers of netlink messages, sysfs files, tapdisk's record,
 * xenstore values and events, device models' answers and the process table. The first byte picks
 * the parser; the rest is copied to a block of its own size, so that reading past its end is found.
 */
#include "fuzz.h"

#include "collectors/blkstat.h"
#include "collectors/host.h"
#include "collectors/links.h"
#include "collectors/procstat.h"
#include "collectors/qmp_parse.h"
#include "collectors/store_watch.h"
#include "snapshot.h"

static void row(void *ctx, const struct link *link)
{
    (void)ctx;
    CHECK(link->index != 0);
    CHECK(memchr(link->name, '\0', sizeof(link->name)) != NULL);
    CHECK(!link->described || link->name[0]);
}

static void texts(const char *text)
{
    uint64_t domid, id;
    struct cpu_ticks ticks;
    struct meminfo memory;
    char out[8];
    struct backend_name name;

    proc_stat_parse(text, &ticks);
    if (meminfo_parse(text, &memory))
        CHECK(memory.swap_used <= memory.swap && memory.total != UNKNOWN);
    CHECK(store_parse_kib(text) == UNKNOWN || store_parse_kib(text) % 1024 == 0);
    for (const char *kind = "ntdb"; *kind; kind++) {
        const char token[] = {*kind, '7', '\0'};
        struct store_event event = store_event_parse(text, token);
        CHECK(!(event.parts & ~(STORE_NAME | STORE_TARGET | STORE_DEVICES)));
        store_event_parse("", text);
    }
    CHECK(store_parse_time(text) == UNKNOWN ||
          store_parse_time(text) < UINT64_C(10000000000) * 1000000000);
    vif_nodename_parse(text, &domid, &id);
    thread_name_parse(text, &domid);
    if (backend_name_parse(text, &name)) {
        snprintf(out, sizeof(out), "%s", name.kind);
        CHECK(!strncmp(text, out, strlen(out)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct procstat proc;
    struct blkstat blk;
    struct tapstat tap;
    unsigned major, minor;
    uint64_t domid;

    if (size < 1)
        return 0;
    size_t len = size - 1;
    char *bytes = fuzz_text(data + 1, len), *exact = fuzz_exact(data + 1, len);
    switch (data[0] % 5) {
    case 0: {
        int end = links_parse(exact, len, 7, row, NULL);
        CHECK(end >= -4095 && end <= LINKS_MORE_CHANGED);
        break;
    }
    case 1: texts(bytes); break;
    case 2:
        counter_parse(exact, len);
        physical_device_parse(exact, len, &major, &minor);
        blkstat_parse(exact, len, &blk);
        tapstat_parse(exact, len, &tap);
        break;
    case 3: {
        static struct qmp_disk disks[QMP_DISKS];
        size_t count;
        enum qmp_line kind = qmp_parse(exact, len, disks, &count);
        CHECK(count <= QMP_DISKS && (!count || kind == QMP_RETURN));
        if (vdev_parse(exact, len, &domid))
            CHECK(domid <= UINT32_MAX);
        break;
    }
    default:
        if (procstat_parse(exact, len, &proc))
            CHECK(memchr(proc.comm, '\0', sizeof(proc.comm)) != NULL);
        schedstat_parse(exact, len);
        command_line_parse(exact, len, &domid);
        break;
    }
    free(bytes);
    free(exact);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct {
        const char *name, *bytes; /* the first, modulo 5, picks the parser */
    } seeds[] = {
        {"device", "3vbd-5-51712"},
        {"event", "3/local/domain/0/backend/vif/7/0/mac"},
        {"cpu", "3cpu  10 20 30 40 50 60 70 80 90 100\n"},
        {"memory",
         "3MemTotal: 9 kB\nMemFree: 1 kB\nCached: 1 kB\nSwapTotal: 2 kB\nSwapFree: 1 kB\n"},
        {"account", "4     325 12 15890 104 77 5 896 33 0 188 137 0 0 0 0 0 0\n"},
        {"disks", "0{\"return\": [{\"device\": \"\", \"stats\": {\"rd_bytes\": 1, \"wr_bytes\": 2, "
                  "\"rd_operations\": 3, \"wr_operations\": 4, \"rd_total_time_ns\": 5, "
                  "\"wr_total_time_ns\": 6}, \"node-name\": \"xvda-qcow2\"}]}"},
        {"greeting", "0{\"QMP\": {\"version\": {}}}"},
        {"process", "1423 (xvda-0 (x) 5) S 2 0 0 0 -1 2129984 0 0 0 0 7 9 0 0 20 0 1 0 99 0 0"},
    };
    const char *folder = getenv("FUZZ_SEEDS");
    char path[4096];

    (void)argc, (void)argv;
    for (size_t i = 0; folder && i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, seeds[i].name);
        FILE *f = fopen(path, "w");
        CHECK(f && fputs(seeds[i].bytes, f) >= 0);
        fclose(f);
    }
    return 0;
}
