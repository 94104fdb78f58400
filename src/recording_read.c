/*
 * recording_read: reading a recording, whatever its bytes are. Groups are found by their heads; a
 * group is unpacked when one of its samples is asked for, as far as it goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base.h"
#include "recording.h"
#include "recording_parts.h"
#include "wire.h"

#define CHUNK ((size_t)1 << 20)

/* Groups kept unpacked: the one looked at and its neighbours, and the one being scanned. */
#define KEPT 4

/* A group's packed bytes are bounded too: zstd's own worst case and a little. */
#define PACKED_MOST (RECORDING_GROUP_MOST + RECORDING_GROUP_MOST / 128 + 4096)

struct group {
    uint64_t at; /* its head's place in the file */
    uint64_t wall_ns;
};

/* Where a sample lies in what was unpacked. */
struct place {
    size_t at, len;
    uint64_t wall_ns;
};

struct loaded {
    size_t group;
    uint64_t end, used; /* where the file ended for it; when it was asked for */
    bool there;
    struct text raw;
    struct place *samples;
    size_t count, cap;
};

struct recording {
    int fd;
    uint64_t size, scanned;
    struct timespec changed;
    struct group *groups;
    size_t count, cap;
    bool ended;
    unsigned begun_anew;
    struct loaded kept[KEPT];
    uint64_t uses;
    ZSTD_DCtx *zstd;
    struct text packed;
};

/* Read len bytes at a place; how many there were. */
static size_t read_at(int fd, void *to, size_t len, uint64_t at)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = pread(fd, (char *)to + done, len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

static bool group_head(const char *p, struct group *g)
{
    const char *payload = p + SKIP_BYTES;

    if (get_le(p, 4) != SKIP_GROUP || get_le(p + 4, 4) != GROUP_PAYLOAD ||
        memcmp(payload, GROUP_TAG, TAG_BYTES) != 0 ||
        get_le(payload + 20, 4) != part_crc(payload, 20))
        return false;
    g->wall_ns = get_le(payload + 8, 8);
    return true;
}

static bool index_frame(const char *p)
{
    const char *payload = p + SKIP_BYTES;

    return get_le(p, 4) == SKIP_INDEX && get_le(p + 4, 4) == INDEX_PAYLOAD &&
           !memcmp(payload, INDEX_TAG, TAG_BYTES) &&
           get_le(payload + 16, 4) == part_crc(payload, 16);
}

/* The heads in so many bytes that lie at a place. */
static void scan_chunk(struct recording *r, const char *bytes, size_t len, uint64_t at)
{
    const char *p = bytes, *end = bytes + len;

    while (p < end && (p = memmem(p, (size_t)(end - p), GROUP_TAG, TAG_BYTES))) {
        struct group g;
        if (p - bytes >= SKIP_BYTES && end - p >= GROUP_PAYLOAD && group_head(p - SKIP_BYTES, &g)) {
            g.at = at + (uint64_t)(p - SKIP_BYTES - bytes);
            array_reserve(&r->groups, &r->cap, r->count + 1, sizeof(*r->groups));
            r->groups[r->count++] = g;
        }
        p++;
    }
}

static void look_for_end(struct recording *r)
{
    char bytes[INDEX_BYTES];

    r->ended = r->size >= INDEX_BYTES &&
               read_at(r->fd, bytes, sizeof(bytes), r->size - INDEX_BYTES) == sizeof(bytes) &&
               index_frame(bytes);
}

/* Whether it was begun anew: it is shorter, or begins with another group. */
static bool is_another(const struct recording *r, uint64_t size)
{
    char head[GROUP_BYTES];
    struct group g;

    if (size < r->size)
        return true;
    return r->count && (read_at(r->fd, head, sizeof(head), r->groups[0].at) != sizeof(head) ||
                        !group_head(head, &g) || g.wall_ns != r->groups[0].wall_ns);
}

static void forget(struct recording *r)
{
    r->begun_anew++;
    r->count = 0;
    r->scanned = 0;
    for (size_t i = 0; i < KEPT; i++)
        r->kept[i].there = false;
}

int recording_refresh(struct recording *r)
{
    struct stat st;

    if (fstat(r->fd, &st))
        return -errno;
    if ((uint64_t)st.st_size == r->size && r->scanned &&
        !memcmp(&st.st_mtim, &r->changed, sizeof(r->changed)))
        return 0;
    r->changed = st.st_mtim;
    if (is_another(r, (uint64_t)st.st_size))
        forget(r);
    r->size = (uint64_t)st.st_size;
    char *chunk = xmalloc(CHUNK);
    uint64_t at = r->scanned;
    for (;;) {
        size_t len = read_at(r->fd, chunk, CHUNK, at);
        scan_chunk(r, chunk, len, at);
        /* A head that the end cuts is looked for again with what comes after it; one that lies
         * whole before that place is not found twice. */
        size_t step = len >= GROUP_BYTES ? len - GROUP_BYTES + 1 : 0;
        at += step;
        if (len < CHUNK)
            break;
    }
    free(chunk);
    r->scanned = at;
    look_for_end(r);
    return 0;
}

struct recording *recording_open(const char *path, char message[RECORDING_MESSAGE])
{
    char head[SKIP_BYTES + sizeof(HEAD_LINE) - 1];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (!*path) {
        snprintf(message, RECORDING_MESSAGE, "a recording has a name, and none was given");
        return NULL;
    }
    if (fd < 0 || fstat(fd, &st)) {
        snprintf(message, RECORDING_MESSAGE, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    const char *wrong = NULL;
    if (!S_ISREG(st.st_mode))
        wrong = "is no file; a recording has to be one, to be looked into";
    struct recording *r = xcalloc(1, sizeof(*r));
    r->fd = fd;
    r->zstd = ZSTD_createDCtx();
    if (!r->zstd)
        die(EXIT_FAILED, "out of memory");
    ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, WINDOW_LOG);
    if (!wrong)
        recording_refresh(r);
    /* One whose beginning is lost is read all the same. */
    if (!wrong && !r->count) {
        size_t len = read_at(fd, head, sizeof(head), 0);
        wrong = len == sizeof(head) && !memcmp(head + SKIP_BYTES, HEAD_LINE, sizeof(HEAD_LINE) - 1)
                    ? "holds no sample"
                : st.st_size ? "is no recording by domtop"
                             : "is empty";
    }
    if (!wrong)
        return r;
    snprintf(message, RECORDING_MESSAGE, "%s: %s", path, wrong);
    recording_close(r);
    return NULL;
}

void recording_close(struct recording *r)
{
    for (size_t i = 0; i < KEPT; i++) {
        text_release(&r->kept[i].raw);
        free(r->kept[i].samples);
    }
    ZSTD_freeDCtx(r->zstd);
    text_release(&r->packed);
    free(r->groups);
    close(r->fd);
    free(r);
}

size_t recording_groups(const struct recording *r)
{
    return r->count;
}

uint64_t recording_group_wall_ns(const struct recording *r, size_t group)
{
    return r->groups[group].wall_ns;
}

unsigned recording_begun_anew(const struct recording *r)
{
    return r->begun_anew;
}

bool recording_ended(const struct recording *r)
{
    return r->ended;
}

/* ---- unpacking ---- */

static uint64_t group_end(const struct recording *r, size_t group)
{
    return group + 1 < r->count ? r->groups[group + 1].at : r->size;
}

/* Unpack len packed bytes, so many at a time. False when they turned out to be damaged. */
static bool unpack_by(struct recording *r, struct loaded *l, size_t len, size_t slice)
{
    ZSTD_inBuffer in = {r->packed.data, 0, 0};
    size_t left = 1;

    text_clear(&l->raw);
    ZSTD_DCtx_reset(r->zstd, ZSTD_reset_session_only);
    while (left && l->raw.len < RECORDING_GROUP_MOST) {
        if (in.pos == in.size)
            in.size = MIN(len, in.size + slice);
        size_t room = MIN(ZSTD_DStreamOutSize(), RECORDING_GROUP_MOST - l->raw.len);
        array_reserve(&l->raw.data, &l->raw.cap, l->raw.len + room, 1);
        ZSTD_outBuffer out = {l->raw.data, l->raw.len + room, l->raw.len};
        left = ZSTD_decompressStream(r->zstd, &out, &in);
        if (ZSTD_isError(left))
            return false;
        bool more = out.pos > l->raw.len;
        l->raw.len = out.pos;
        if (!more && in.pos == len)
            break;
    }
    return true;
}

/* The group's frame as far as it goes. zstd gives nothing of a call that fails, so a damaged one is
 * gone through byte by byte. */
static void unpack(struct recording *r, struct loaded *l)
{
    uint64_t from = r->groups[l->group].at + GROUP_BYTES;
    size_t len = (size_t)MIN(l->end - MIN(from, l->end), PACKED_MOST);

    array_reserve(&r->packed.data, &r->packed.cap, len + 1, 1);
    len = read_at(r->fd, r->packed.data, len, from);
    if (!unpack_by(r, l, len, len))
        unpack_by(r, l, len, 1);
}

/* Where its samples are. */
static void divide(struct loaded *l)
{
    size_t at = 0;

    l->count = 0;
    while (at + SAMPLE_HEAD < l->raw.len && l->count < RECORDING_GROUP) {
        long len = wire_frame_len(l->raw.data + at + SAMPLE_HEAD, l->raw.len - at - SAMPLE_HEAD);
        if (len <= 0 || (size_t)len > l->raw.len - at - SAMPLE_HEAD)
            return;
        array_reserve(&l->samples, &l->cap, l->count + 1, sizeof(*l->samples));
        l->samples[l->count++] = (struct place){.at = at + SAMPLE_HEAD,
                                                .len = (size_t)len,
                                                .wall_ns = get_le(l->raw.data + at, SAMPLE_HEAD)};
        at += SAMPLE_HEAD + (size_t)len;
    }
}

static struct loaded *load(struct recording *r, size_t group)
{
    struct loaded *l = &r->kept[0];

    for (size_t i = 0; i < KEPT; i++) {
        struct loaded *k = &r->kept[i];
        if (k->there && k->group == group) {
            l = k;
            break;
        }
        if (!k->there || (l->there && k->used < l->used))
            l = k;
    }
    l->used = ++r->uses;
    if (l->there && l->group == group && l->end == group_end(r, group))
        return l;
    l->there = true;
    l->group = group;
    l->end = group_end(r, group);
    unpack(r, l);
    divide(l);
    return l;
}

size_t recording_samples(struct recording *r, size_t group)
{
    return group < r->count ? load(r, group)->count : 0;
}

uint64_t recording_wall_ns(struct recording *r, size_t group, size_t sample)
{
    return load(r, group)->samples[sample].wall_ns;
}

int recording_read(struct recording *r, size_t group, size_t sample, struct snapshot *s)
{
    if (sample >= recording_samples(r, group)) {
        snapshot_reset(s);
        return -ENODATA;
    }
    const struct loaded *l = load(r, group);
    const struct place *p = &l->samples[sample];
    int status = wire_decode(s, l->raw.data + p->at, p->len);
    if (!status && s->wall_ns != p->wall_ns) {
        snapshot_reset(s);
        return -EBADMSG;
    }
    return status;
}
