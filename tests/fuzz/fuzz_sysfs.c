/*
 * fuzz_sysfs: any bytes as a file of sysfs that tells of vbds and vifs, as the kernel's of all
 * disks, and as a name there: numbers are those of the text, or there are none.
 */
#include "fuzz.h"

#include <inttypes.h>

#include "base.h"
#include "collectors/blkstat.h"
#include "collectors/links.h"
#include "snapshot.h"

/* Whether a text is what was printed, but for zeros before its numbers and a newline behind. */
static bool says(const char *text, size_t len, const char *printed)
{
    const char *end = text + len;
    bool inside = false;

    for (; *printed; printed++) {
        while (!inside && *printed != '0' && text + 1 < end && *text == '0')
            text++;
        if (text == end || *text++ != *printed)
            return false;
        inside = strchr("0123456789abcdef", *printed) != NULL;
    }
    return text == end || (text + 1 == end && *text == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = fuzz_exact(data, size), *text = fuzz_text(data, size), printed[64];
    uint64_t domid, id, n = counter_parse(exact, size);
    unsigned major, minor;
    struct backend_name name;
    struct blkstat blk;

    if (n && n != UNKNOWN) {
        snprintf(printed, sizeof(printed), "%" PRIu64, n);
        CHECK(says(text, size, printed));
    }
    if (physical_device_parse(exact, size, &major, &minor)) {
        CHECK(major || minor);
        snprintf(printed, sizeof(printed), "%x:%x", major, minor);
        CHECK(!major || !minor || says(text, size, printed));
    }
    if (blkstat_parse(exact, size, &blk)) {
        while (*text == ' ')
            memmove(text, text + 1, size);
        CHECK(strtoull(text, NULL, 10) == blk.rd_reqs);
    }
    const char *at = exact, *last = exact;
    struct diskstats_line line;
    while (diskstats_next(&at, exact + size, &line)) {
        CHECK(line.text > last && line.text + line.len + 1 == at && at <= exact + size);
        CHECK(at[-1] == '\n' && !memchr(line.text, '\n', line.len));
        CHECK(line.text[-1] == ' ');
        last = at;
    }
    if (backend_name_parse(text, &name)) {
        size_t kind = strlen(name.kind);
        CHECK(kind && kind < sizeof(name.kind) && !strncmp(text, name.kind, kind));
        snprintf(printed, sizeof(printed), "%" PRIu64 "-%" PRIu64, name.domid, name.id);
        CHECK(!name.domid || !name.id || says(text + kind + 1, strlen(text) - kind - 1, printed));
    }
    if (vif_nodename_parse(text, &domid, &id))
        CHECK(domid < UINT64_C(10000000000) && id < UINT64_C(10000000000));
    free(text);
    free(exact);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "18446744073709551614\n",
        "fd:1a\n",
        "     325       12    15890      104       77        5      896       33        2      140 "
        "     "
        "137        0        0        0        0        1        2\n",
        "1 2 3 4 5 6 7 8 9 10 11",
        "   7       0 loop0 1276 0 20068 408 917 2078 6102 350 0 572 770 0 0 0 0 488 11\n"
        " 253 1048575 dm-0 1 2 3 4 5 6 7 8 9 10 11\n",
        "vbd-5-51712",
        "vbd3-32751-768",
        "backend/vif/3/0",
    };

    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        fuzz_seed(i, seeds[i], strlen(seeds[i]));
    return 0;
}
