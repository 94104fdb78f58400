/*
 * fuzz_wire: any bytes to the decoder. What it accepts must be a whole snapshot that encodes, comes
 * back the same and takes no more memory than promised.
 *
 * The input is taken as a payload, framed with checksums that fit, for otherwise none would get
 * past them; then as a frame. With FUZZ_SEEDS=FOLDER in the environment it writes seeds there at
 * start.
 */
#include "fuzz.h"

#include <zlib.h>

#include "metric.h"
#include "sanitize.h"
#include "wire.h"

static void put_le(char *to, uint64_t n, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (char)(n >> 8 * i);
}

static void frame(struct text *out, const uint8_t *payload, size_t len)
{
    text_clear(out);
    text_add(out, "DTOP\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", WIRE_HEADER);
    text_add(out, payload, len);
    put_le(out->data + 8, len, 4);
    put_le(out->data + 12, crc32(0, payload, (uInt)len), 4);
    put_le(out->data + 16, crc32(0, (Bytef *)out->data, 16), 4);
}

static void check_string(const struct snapshot *s, strref ref)
{
    const char *text = snapshot_str(s, ref);
    char safe[3 * WIRE_MAX_STRING + 1];

    if (!text)
        return;
    CHECK(ref < s->pool_len && strlen(text) <= WIRE_MAX_STRING);
    sanitize(safe, sizeof(safe), text, strlen(text));
    CHECK(!strcmp(safe, text));
}

static bool same_value(const struct metric *m, const struct snapshot *a, const void *x,
                       const struct snapshot *b, const void *y)
{
    const char *p, *q;

    switch (m->type) {
    case TYPE_U64: return metric_u64(m, x) == metric_u64(m, y);
    case TYPE_F64: return !memcmp((const char *)x + m->offset, (const char *)y + m->offset, 8);
    case TYPE_UUID: return !memcmp(metric_uuid(m, x), metric_uuid(m, y), sizeof(struct uuid));
    case TYPE_STR:
        check_string(a, metric_str(m, x));
        p = snapshot_str(a, metric_str(m, x));
        q = snapshot_str(b, metric_str(m, y));
        return p && q ? !strcmp(p, q) : p == q;
    }
    return false;
}

static void check_same(const struct snapshot *a, const struct snapshot *b)
{
    CHECK(a->seq == b->seq && a->mono_ns == b->mono_ns && a->wall_ns == b->wall_ns);
    CHECK(a->simulated == b->simulated && a->have == b->have);
    CHECK(a->report_count == b->report_count);
    for (unsigned e = 0; e < ENTITY_COUNT; e++) {
        size_t rows = snapshot_rows(a, (enum entity)e);
        CHECK(a->read_ns[e] == b->read_ns[e] && rows == snapshot_rows(b, (enum entity)e));
        for (size_t row = 0; row < rows; row++)
            for (size_t i = 0; i < metric_groups[e].count; i++)
                CHECK(same_value(&metric_groups[e].rows[i], a, snapshot_row(a, (enum entity)e, row),
                                 b, snapshot_row(b, (enum entity)e, row)));
    }
}

static void check_ranges(const struct snapshot *s)
{
    size_t vcpus = 0, vifs = 0, vbds = 0;

    for (size_t i = 0; i < s->domain_count; i++) {
        vcpus += s->domains[i].vcpu_count;
        vifs += s->domains[i].vif_count;
        vbds += s->domains[i].vbd_count;
        CHECK(!i || s->domains[i - 1].domid < s->domains[i].domid);
    }
    CHECK(vcpus == s->vcpu_count && vifs == s->vif_count && vbds == s->vbd_count);
}

static void try(const char *data, size_t len)
{
    struct snapshot a = {0}, b = {0};
    struct text first = {0}, second = {0};

    if (wire_decode(&a, data, len) == 0) {
        check_ranges(&a);
        CHECK(wire_encode(&first, &a) == 0);
        CHECK(wire_frame_len(first.data, first.len) == (long)first.len);
        CHECK(wire_decode(&b, first.data, first.len) == 0);
        check_same(&a, &b);
        CHECK(wire_encode(&second, &b) == 0);
        CHECK(first.len == second.len && !memcmp(first.data, second.data, first.len));
    } else {
        CHECK(a.domain_count + a.pcpu_count + a.vcpu_count + a.vif_count + a.vbd_count == 0);
        CHECK(a.report_count == 0 && a.have == 0);
    }
    CHECK(snapshot_memory(&a) <= 100 * len + 16384);
    text_release(&first);
    text_release(&second);
    snapshot_release(&a);
    snapshot_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct text framed;

    frame(&framed, data, size);
    char *exact = fuzz_exact(framed.data, framed.len);
    try(exact, framed.len);
    free(exact);
    try((const char *)data, size);
    return 0;
}

static void write_seed(const char *folder, const char *name, const struct snapshot *s)
{
    struct text t = {0};
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    wire_encode(&t, s);
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(t.data + WIRE_HEADER, t.len - WIRE_HEADER, 1, f) == 1);
    fclose(f);
    text_release(&t);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("FUZZ_SEEDS");
    struct snapshot s = {0};

    (void)argc, (void)argv;
    if (!folder)
        return 0;
    snapshot_reset(&s);
    s.seq = s.mono_ns = s.wall_ns = 1; /* the same seeds each time */
    for (unsigned e = 0; e < ENTITY_COUNT; e++)
        s.read_ns[e] = 1;
    snapshot_seal(&s);
    write_seed(folder, "empty", &s);
    s.host.name = snapshot_add_cstr(&s, "dom0");
    s.host.load1 = 0.5;
    snapshot_add_pcpu(&s, 0);
    for (unsigned d = 0; d < 2; d++) {
        snapshot_add_domain(&s, d)->name = snapshot_add_cstr(&s, "web \u540d");
        snapshot_add_vcpu(&s, d, 0);
        snapshot_add_vif(&s, d, 0)->mac = snapshot_add_cstr(&s, "");
        snapshot_add_vbd(&s, d, 51712)->rd_bytes = 300;
    }
    snapshot_add_report(&s, "host")->error = -5;
    snapshot_seal(&s);
    write_seed(folder, "small", &s);
    snapshot_release(&s);
    return 0;
}
