/*
 * fuzz_remote: what a remote service may send, in pieces, two of them merged into one snapshot. The
 * frames are made of the input, with checksums that fit; whatever comes of it is shown by the
 * sinks, so it has to be whole: sealed, every device with its domain, no number of another host's.
 */
#include "fuzz.h"

#include <zlib.h>

#include "base.h"
#include "collectors/demo.h"
#include "rate.h"
#include "remote/merge.h"
#include "service/inlet.h"
#include "wire.h"

static void put_le(char *to, uint64_t n, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (char)(n >> 8 * i);
}

static void add_frame(struct text *out, const uint8_t *payload, size_t len)
{
    size_t at = out->len;

    text_add(out, "DTOP\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", WIRE_HEADER);
    text_add(out, payload, len);
    put_le(out->data + at + 8, len, 4);
    put_le(out->data + at + 12, crc32(0, payload, (uInt)len), 4);
    put_le(out->data + at + 16, crc32(0, (Bytef *)out->data + at, 16), 4);
}

static void check_merged(const struct snapshot *s)
{
    static const enum entity devices[] = {ENTITY_VCPU, ENTITY_VIF, ENTITY_VBD};

    for (size_t i = 0; i < s->domain_count; i++) {
        CHECK(s->domains[i].domid >> DOMID_BITS < 2);
        CHECK(snapshot_str(s, s->domains[i].host));
        CHECK(!i || s->domains[i - 1].domid < s->domains[i].domid);
    }
    for (size_t e = 0; e < ARRAY_LEN(devices); e++)
        for (size_t i = 0; i < snapshot_rows(s, devices[e]); i++)
            CHECK(snapshot_parent(s, devices[e], i) < s->domain_count);
    for (size_t i = 0; i < s->pcpu_count; i++)
        CHECK(s->pcpus[i].id < 2 * 65536 && (!i || s->pcpus[i - 1].id < s->pcpus[i].id));
}

/* With FUZZ_SEEDS=FOLDER, a seed: the sample of a small simulated host, twice. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("FUZZ_SEEDS");
    struct demo_config c;
    struct snapshot s = {0};
    struct text frame = {0}, seed = {0};
    char path[512], message[160];

    (void)argc, (void)argv;
    if (!folder)
        return 0;
    demo_defaults(&c);
    CHECK(!demo_parse(&c, "domains=3,pcpus=2,seed=1,start=1763866800", message));
    struct source *source = demo_open(&c);
    text_addc(&seed, 127); /* cut in the middle */
    /* The same one twice, so that the cut falls between them. */
    CHECK(!source->sample(source, &s, PART_ALL) && !wire_encode(&frame, &s));
    for (int i = 0; i < 2; i++)
        text_add(&seed, frame.data + WIRE_HEADER, frame.len - WIRE_HEADER);
    snprintf(path, sizeof(path), "%s/two", folder);
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(seed.data, 1, seed.len, f) == seed.len && !fclose(f));
    source->close(source);
    snapshot_release(&s);
    text_release(&frame);
    text_release(&seed);
    return 0;
}

/* The first byte says where to cut the payloads apart, and in what pieces they come. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct snapshot got[2], merged, before;
    static struct rates rates;
    struct text stream = {0};
    const uint8_t *frame;
    struct inlet in;
    size_t n = 0, frame_len;

    if (len < 2 || data[0] == 255)
        return 0;
    size_t cut = 1 + (len - 1) * data[0] / 254, piece = 1 + data[0] % 64;
    add_frame(&stream, data + 1, cut - 1);
    add_frame(&stream, data + cut, len - cut);
    inlet_init(&in, -1);
    for (size_t at = 0; at < stream.len; at += piece) {
        inlet_give(&in, stream.data + at, MIN(piece, stream.len - at));
        while (n < 2 && inlet_take(&in, &frame, &frame_len) == 1)
            wire_decode(&got[n++], frame, frame_len);
    }
    CHECK(n == 2);
    struct merge_host hosts[] = {
        {.name = "a", .where = "a", .newest = &got[0], .live = true, .elapsed_ns = UNKNOWN},
        {.name = "b", .where = "b", .newest = &got[1], .live = data[0] & 1, .problem = "gone"}};
    merge_hosts(&merged, hosts, 2, 2, 2 * NS_PER_S, 0);
    check_merged(&merged);
    rates_compute(&rates, &before, &merged);
    snapshot_copy(&before, &merged);
    merge_one(&merged, &hosts[data[0] & 1], 3, 3 * NS_PER_S, 0);
    inlet_release(&in);
    text_release(&stream);
    return 0;
}
