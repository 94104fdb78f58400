/*
 * fuzz_recording: any bytes as a recording, looked into from all sides: groups, samples, moments,
 * steps, graphs and events. What can be read has to be a whole snapshot at the time it says.
 *
 * The input is packed into a group of its own first, so that what lies behind zstd's checks is
 * reached; then it is taken as a file. Seeds are small recordings.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base.h"
#include "collectors/demo.h"
#include "recording_parts.h"
#include "recording_past.h"

static int file = -1;
static char path[64];

static void look(struct past *p)
{
    const struct past_subject host = {.of = PAST_HOST, .series = HISTORY_CPU};
    struct snapshot prev = {0}, cur = {0};
    struct past_moment found;
    struct event events[16];
    float mean[20], peak[20];
    uint64_t first, last, at;
    size_t count;

    if (!p->span(p, &first, &last)) {
        CHECK(first <= last);
        for (int i = 0; i < 8; i++) {
            at = first + (last - first) / 7 * (uint64_t)i;
            if (!p->moment(p, at, i & 1 ? NS_PER_S : 0, &prev, &cur, &found))
                CHECK(cur.wall_ns == found.wall_ns);
            if (!p->step(p, at, i - 4, 0, &at))
                CHECK(at >= first || at <= last);
        }
        for (int i = 0; i < 3; i++) {
            int status = p->graph(p, &host, first, last, 20, mean, peak);
            CHECK(!status || status == -EAGAIN);
            status = p->events(p, first, last, events, 16, &count);
            CHECK((!status || status == -EAGAIN) && count <= 16);
        }
    }
    p->close(p);
    snapshot_release(&prev);
    snapshot_release(&cur);
}

static void try(const void *bytes, size_t len)
{
    char message[RECORDING_MESSAGE] = "";
    struct snapshot s = {0};

    CHECK(ftruncate(file, 0) == 0 && pwrite(file, bytes, len, 0) == (ssize_t)len);
    struct recording *r = recording_open(path, message);
    if (!r) {
        CHECK(strlen(message) > 10);
        return;
    }
    for (size_t g = 0; g < recording_groups(r); g++) {
        CHECK(recording_samples(r, g) <= RECORDING_GROUP);
        for (size_t i = 0; i < recording_samples(r, g); i++)
            if (!recording_read(r, g, i, &s))
                CHECK(s.wall_ns == recording_wall_ns(r, g, i));
    }
    recording_close(r);
    snapshot_release(&s);
    struct past *p = recording_past_open(path, message);
    CHECK(p);
    look(p);
}

static void put_group(struct text *out, const uint8_t *data, size_t size)
{
    char head[GROUP_BYTES];
    size_t room = ZSTD_compressBound(size);

    put_le(head, SKIP_GROUP, 4);
    put_le(head + 4, GROUP_PAYLOAD, 4);
    memcpy(head + 8, GROUP_TAG, TAG_BYTES);
    put_le(head + 16, NS_PER_S, 8);
    put_le(head + 24, 0, 4);
    put_le(head + 28, part_crc(head + 8, 20), 4);
    text_clear(out);
    text_add(out, head, sizeof(head));
    array_reserve(&out->data, &out->cap, out->len + room + 1, 1);
    out->len += ZSTD_compress(out->data + out->len, room, data, size, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct text packed;

    put_group(&packed, data, size);
    try(packed.data, packed.len);
    try(data, size);
    return 0;
}

static void write_seed(const char *folder, unsigned samples)
{
    char name[4096], message[RECORDING_MESSAGE];
    struct demo_config c;
    struct snapshot s = {0};

    snprintf(name, sizeof(name), "%s/demo-%u", folder, samples);
    demo_defaults(&c);
    c.domains = 2;
    c.pcpus = 1;
    c.start_wall_ns = NS_PER_S;
    struct source *source = demo_open(&c);
    struct recording_writer *r = recording_writer_open(name, RECORDER_FORCE, message);
    CHECK(r);
    for (unsigned i = 0; i < samples; i++) {
        source->sample(source, &s, PART_ALL);
        CHECK(recording_writer_write(r, &s) == 0);
    }
    recording_writer_close(r);
    source->close(source);
    snapshot_release(&s);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("FUZZ_SEEDS");

    (void)argc, (void)argv;
    file = memfd_create("fuzz_recording", MFD_CLOEXEC);
    CHECK(file >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    if (folder) {
        write_seed(folder, 1);
        write_seed(folder, 5);
        write_seed(folder, 66);
    }
    return 0;
}
