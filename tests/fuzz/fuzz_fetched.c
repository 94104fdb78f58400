/* fuzz_fetched: whatever the process that reads files answers is refused, or means what it says. */
#include "fuzz.h"

#include <math.h>
#include <unistd.h>

#include "store/fetched.h"
#include "store/restore.h"

/* Good answers to start from: of each entity two rows of all its sources. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *dir = getenv("FUZZ_SEEDS");
    (void)argc, (void)argv;

    for (int e = 0; dir && e < ENTITY_COUNT; e++) {
        const struct layout_source *sources;
        size_t count = layout_sources((enum entity)e, &sources);
        struct fetched r = {.step_s = 10, .first_s = 1795316400, .count = 2, .sources = count};
        struct text out = {0};
        char path[512];
        r.names = calloc(count + 1, sizeof(*r.names));
        r.values = calloc(2 * count + 1, sizeof(*r.values));
        CHECK(r.names && r.values);
        for (size_t i = 0; i < count; i++)
            layout_source_name(r.names[i], &sources[i], 0);
        text_addc(&out, (char)e);
        fetched_encode(&out, &r);
        snprintf(path, sizeof(path), "%s/%d", dir, e);
        FILE *f = fopen(path, "wb");
        if (f) {
            fwrite(out.data, 1, out.len, f);
            fclose(f);
        }
        text_release(&out);
        fetched_release(&r);
    }
    return 0;
}

/* Rows are restored from it as from any other. */
static void use(enum entity e, const struct fetched *r)
{
    static struct snapshot s;
    struct restore_map map = {0};

    restore_map_make(&map, e, r, r->count & 1);
    CHECK(restore_members(&map) <= LAYOUT_SET_MAX);
    snapshot_reset(&s);
    for (size_t i = 0; i < r->count && i < 8; i++) {
        long row = restore_find(r, r->first_s + i * r->step_s);
        CHECK(row == (long)i);
        struct domain *before = snapshot_add_domain(&s, 1);
        struct domain at = *before;
        struct host host[2];
        struct pcpu pcpu[2];
        struct vcpu vcpu[2];
        struct vif vif[2];
        struct vbd vbd[2];
        switch (e) {
        case ENTITY_HOST: restore_row(&map, r, row, 0, 10, &host[0], &host[1]); break;
        case ENTITY_PCPU: restore_row(&map, r, row, 0, 10, &pcpu[0], &pcpu[1]); break;
        case ENTITY_DOMAIN: restore_row(&map, r, row, 0, 10, before, &at); break;
        case ENTITY_VCPU: restore_row(&map, r, row, 0, 10, &vcpu[0], &vcpu[1]); break;
        case ENTITY_VIF: restore_row(&map, r, row, 0, 10, &vif[0], &vif[1]); break;
        default: restore_row(&map, r, row, 0, 10, &vbd[0], &vbd[1]); break;
        }
        restore_known(&map, r, row);
        restore_member(&map, r, row, 0);
    }
    restore_map_release(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fetched r, again;
    struct text out = {0};
    uint64_t len;
    int status;

    if (size >= FETCHED_HEADER && fetched_decode_header(data, &status, &len)) {
        uint8_t header[FETCHED_HEADER];
        CHECK(status <= 0);
        fetched_encode_header(header, status, len);
        CHECK(!memcmp(header, data, FETCHED_HEADER));
    }
    if (size < 1)
        return 0;
    uint8_t *exact = fuzz_exact(data + 1, size - 1);
    if (fetched_decode(&r, exact, size - 1)) {
        CHECK(r.count == 0 && r.sources == 0);
    } else {
        for (size_t i = 0; i < r.count * r.sources; i++)
            CHECK(isfinite(r.values[i]) || isnan(r.values[i]));
        fetched_encode(&out, &r);
        CHECK(out.len == size - 1);
        CHECK(fetched_decode(&again, out.data, out.len) == 0 && again.count == r.count);
        use((enum entity)(data[0] % ENTITY_COUNT), &r);
        text_release(&out);
    }
    free(exact);
    return 0;
}
