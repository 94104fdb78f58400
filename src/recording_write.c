/* recording_write: writing a recording, sample by sample. See recording.h for what the file is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base.h"
#include "format.h"
#include "recording.h"
#include "recording_parts.h"
#include "wire.h"

/* A little better than the fastest; a sample of 1000 domains takes a few milliseconds. */
#define LEVEL 3

struct recording_writer {
    int fd;
    bool regular;        /* can be cut off */
    bool whole;          /* nothing failed */
    bool begun, grouped; /* the head is written; a group is open */
    ZSTD_CCtx *zstd;
    struct text raw, packed;
    uint32_t groups;
    uint64_t samples, bytes, end; /* end: of what is whole */
    uint64_t before;              /* samples in the file before */
    unsigned in_group;
    size_t group_bytes;
};

static struct recording_writer *refuse(char message[RECORDING_MESSAGE], int fd, const char *path,
                                       const char *why)
{
    snprintf(message, RECORDING_MESSAGE, "%s: %s", path, why);
    if (fd > STDERR_FILENO)
        close(fd);
    return NULL;
}

static int open_path(const char *path, enum recording_mode mode)
{
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY;

    if (!strcmp(path, "-"))
        return STDOUT_FILENO;
    struct stat st;
    /* A pipe or a device is there to be written to. */
    if (!stat(path, &st) && !S_ISREG(st.st_mode))
        return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    /* Nothing is lost of an empty one, such as a full disk leaves, or mktemp(1) makes. */
    if (mode == RECORDER_NEW && (stat(path, &st) || st.st_size))
        flags |= O_EXCL;
    return open(path, flags, 0644);
}

/* What is there already, to append to. */
static bool continue_file(struct recording_writer *r, const char *path,
                          char message[RECORDING_MESSAGE])
{
    struct recording *old = recording_open(path, message);

    if (!old)
        return false;
    r->groups = (uint32_t)recording_groups(old);
    for (size_t g = 0; g < recording_groups(old); g++)
        r->before += recording_samples(old, g);
    recording_close(old);
    r->begun = true;
    return true;
}

struct recording_writer *recording_writer_open(const char *path, enum recording_mode mode,
                                               char message[RECORDING_MESSAGE])
{
    struct stat st;
    int fd = open_path(path, mode);

    if (!*path) {
        snprintf(message, RECORDING_MESSAGE, "a recording has a name, and none was given");
        return NULL;
    }
    if (fd < 0 && errno == EEXIST)
        return refuse(message, fd, path,
                      "is there already; --append goes on with it, --force begins anew");
    if (fd < 0 || fstat(fd, &st))
        return refuse(message, fd, path, strerror(errno));
    if (isatty(fd))
        return refuse(message, fd, path, "is a terminal, and a recording is no text");
    bool regular = S_ISREG(st.st_mode) && fd != STDOUT_FILENO;
    if (regular && flock(fd, LOCK_EX | LOCK_NB))
        return refuse(message, fd, path, "is being recorded to by another domtop");
    struct recording_writer *r = xcalloc(1, sizeof(*r));
    *r = (struct recording_writer){.fd = fd, .regular = regular, .whole = true};
    if (regular && mode == RECORDER_APPEND && st.st_size > 0 && !continue_file(r, path, message)) {
        close(fd);
        free(r);
        return NULL;
    }
    if (regular && mode == RECORDER_FORCE && ftruncate(fd, 0)) {
        free(r);
        return refuse(message, fd, path, strerror(errno));
    }
    r->end = regular ? (uint64_t)lseek(fd, 0, SEEK_END) : 0;
    r->zstd = ZSTD_createCCtx();
    if (!r->zstd)
        die(EXIT_FAILED, "out of memory");
    ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_checksumFlag, 1);
    return r;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Write what is packed. When that fails the file is cut back to what was whole. */
static int commit(struct recording_writer *r)
{
    int status = write_all(r->fd, r->packed.data, r->packed.len);

    if (!status) {
        r->end += r->packed.len;
        r->bytes += r->packed.len;
        return 0;
    }
    r->whole = false;
    if (r->regular && ftruncate(r->fd, (off_t)r->end))
        return status; /* its end is torn, which a reader can bear */
    return status;
}

static void skippable(struct text *out, uint32_t magic, const void *payload, size_t len)
{
    char head[SKIP_BYTES];

    put_le(head, magic, 4);
    put_le(head + 4, len, 4);
    text_add(out, head, sizeof(head));
    text_add(out, payload, len);
}

static void put_head(struct recording_writer *r, const struct snapshot *s)
{
    struct text head = {0};
    char when[FORMAT_MAX];
    const char *host = snapshot_str(s, s->host.name), *xen = snapshot_str(s, s->host.xen_version);

    format_rfc3339(when, s->wall_ns);
    text_adds(&head, HEAD_LINE);
    text_addf(&head, "program: domtop %s\n", DOMTOP_VERSION);
    text_addf(&head, "host: %s\n", host ? host : "-");
    text_addf(&head, "xen: %s\n", xen ? xen : "-");
    text_addf(&head, "started: %s\n", when);
    text_addf(&head, "simulated: %s\n", s->simulated ? "yes" : "no");
    skippable(&r->packed, SKIP_HEAD, head.data, head.len);
    text_release(&head);
}

/* All of raw through the compressor, with the frame's end or as much as a reader needs. */
static void pack(struct recording_writer *r, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {r->raw.data, r->raw.len, 0};
    size_t left;

    do {
        array_reserve(&r->packed.data, &r->packed.cap, r->packed.len + ZSTD_CStreamOutSize(), 1);
        ZSTD_outBuffer out = {r->packed.data, r->packed.cap, r->packed.len};
        left = ZSTD_compressStream2(r->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            die(EXIT_FAILED, "compressing: %s", ZSTD_getErrorName(left));
        r->packed.len = out.pos;
    } while (left || in.pos < in.size);
    text_clear(&r->raw);
}

static void put_group(struct recording_writer *r, const struct snapshot *s)
{
    char payload[GROUP_PAYLOAD];

    memcpy(payload, GROUP_TAG, TAG_BYTES);
    put_le(payload + 8, s->wall_ns, 8);
    put_le(payload + 16, r->groups++, 4);
    put_le(payload + 20, part_crc(payload, 20), 4);
    skippable(&r->packed, SKIP_GROUP, payload, sizeof(payload));
    r->grouped = true;
    r->in_group = 0;
    r->group_bytes = 0;
}

static void end_group(struct recording_writer *r)
{
    if (r->grouped)
        pack(r, ZSTD_e_end);
    r->grouped = false;
}

int recording_writer_write(struct recording_writer *r, const struct snapshot *s)
{
    char wall[SAMPLE_HEAD];

    if (!r->whole)
        return -EIO;
    text_clear(&r->packed);
    text_clear(&r->raw);
    if (r->in_group >= RECORDING_GROUP || r->group_bytes >= RECORDING_GROUP_BYTES)
        end_group(r);
    put_le(wall, s->wall_ns, sizeof(wall));
    text_add(&r->raw, wall, sizeof(wall));
    int status = wire_encode(&r->raw, s);
    if (status)
        return status;
    if (!r->begun)
        put_head(r, s);
    r->begun = true;
    if (!r->grouped)
        put_group(r, s);
    r->in_group++;
    r->group_bytes += r->raw.len;
    pack(r, ZSTD_e_flush);
    status = commit(r);
    if (!status)
        r->samples++;
    return status;
}

uint64_t recording_writer_samples(const struct recording_writer *r)
{
    return r->samples;
}

uint64_t recording_writer_bytes(const struct recording_writer *r)
{
    return r->bytes;
}

int recording_writer_close(struct recording_writer *r)
{
    char payload[INDEX_PAYLOAD];
    int status = 0;

    if (r->whole && r->samples) {
        text_clear(&r->packed);
        text_clear(&r->raw);
        end_group(r);
        memcpy(payload, INDEX_TAG, TAG_BYTES);
        put_le(payload + 8, r->before + r->samples, 8);
        put_le(payload + 16, part_crc(payload, 16), 4);
        skippable(&r->packed, SKIP_INDEX, payload, sizeof(payload));
        status = commit(r);
        if (!status && r->regular && fdatasync(r->fd))
            status = -errno;
    }
    if (r->fd != STDOUT_FILENO && close(r->fd) && !status)
        status = -errno;
    ZSTD_freeCCtx(r->zstd);
    text_release(&r->raw);
    text_release(&r->packed);
    free(r);
    return status;
}
