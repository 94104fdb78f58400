/* fuzz_tapdisk: any bytes as tapdisk3's record in shared memory: of this version and whole, or
 * none. */
#include "fuzz.h"

#include "collectors/blkstat.h"

struct record {
    uint32_t version, pad;
    uint64_t n[11]; /* struct vbd3_stats of xen/tools/libs/stat/xenstat_priv.h */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = fuzz_exact(data, size);
    struct record r = {0};
    struct tapstat t;

    memcpy(&r, data, size < sizeof(r) ? size : sizeof(r));
    bool there = tapstat_parse(exact, size, &t);
    CHECK(there == (size >= sizeof(r) && r.version == 1));
    if (there) {
        CHECK(t.oo_reqs == r.n[0] && t.rd_reqs == r.n[1] && t.rd_done == r.n[2]);
        CHECK(t.rd_bytes == r.n[3] * 512 && t.rd_ns == r.n[4] * 1000 && t.wr_reqs == r.n[5]);
        CHECK(t.wr_done == r.n[6] && t.wr_bytes == r.n[7] * 512 && t.wr_ns == r.n[8] * 1000);
    }
    free(exact);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct record seed = {1, 0, {3, 100, 98, 800, 5000, 50, 49, 400, 9000, 0, 0}};

    (void)argc, (void)argv;
    fuzz_seed(0, &seed, sizeof(seed));
    fuzz_seed(1, &seed, sizeof(seed) - 1);
    return 0;
}
