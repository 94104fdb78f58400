/*
 * fuzz_qmp: any bytes as a line of a device model, which may be its guest's, and as the name of a
 * disk: within bounds, or nothing.
 */
#include "fuzz.h"

#include "base.h"
#include "collectors/qmp_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qmp_disk disks[QMP_DISKS];
    char *exact = fuzz_exact(data, size);
    uint64_t id;
    size_t count;
    enum qmp_line kind = qmp_parse(exact, size, disks, &count);

    CHECK(kind >= QMP_BAD && kind <= QMP_RETURN);
    CHECK(count <= QMP_DISKS && (!count || kind == QMP_RETURN));
    for (size_t i = 0; i < count; i++)
        CHECK(disks[i].id <= UINT32_MAX);
    if (vdev_parse(exact, size, &id))
        CHECK(id <= UINT32_MAX);
    free(exact);
    return 0;
}

/* As QEMU 7.2 says it. */
#define STATS                                                                                      \
    "{\"unmap_operations\": 0, \"wr_total_time_ns\": 6, \"wr_bytes\": 2, \"timed_stats\": [], "    \
    "\"account_invalid\": true, \"rd_total_time_ns\": 5, \"wr_operations\": 4, \"rd_bytes\": 1, "  \
    "\"rd_operations\": 3}"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "
        "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n",
        "{\"timestamp\": {\"seconds\": 1795465620, \"microseconds\": 324517}, \"event\": "
        "\"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-quit\"}}\r\n",
        "{\"error\": {\"class\": \"CommandNotFound\"}}",
        "{\"return\": {}}",
        "{\"return\": [{\"device\": \"ide0-hd0\", \"stats\": " STATS ", \"node-name\": "
        "\"#block206\", \"qdev\": \"/machine/unattached/device[16]\"}, {\"device\": \"\", "
        "\"parent\": {\"stats\": " STATS ", \"node-name\": \"#block037\"}, \"stats\": " STATS
        ", \"node-name\": \"xvda-qcow2\", \"backing\": {\"stats\": " STATS "}}]}\r\n",
        "xvda",
        "sda15",
        "51712",
    };

    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        fuzz_seed(i, seeds[i], strlen(seeds[i]));
    return 0;
}
