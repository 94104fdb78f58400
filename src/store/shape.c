/* shape: see shape.h. The layout is rrdtool's rrd_format.h, version 3 and 4, for this machine. */
#include "shape.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sizes of the header's parts, and where in them the numbers are. */
enum {
    HEAD = 128,
    HEAD_FLOAT = 16,
    HEAD_SOURCES = 24,
    HEAD_ARCHIVES = 32,
    HEAD_STEP = 40,
    SOURCE = 120,
    ARCHIVE = 120,
    ARCHIVE_ROWS = 24,
    ARCHIVE_PER_ROW = 32,
    LIVE = 16,
    PDP = 112,
    CDP = 80,
    POINTER = 8
};

#define MOST_SOURCES 8192u
#define MOST_ROWS    (UINT64_C(1) << 24)
#define MOST_STEP    (UINT64_C(366) * 86400)

static uint64_t number(const struct text *raw, size_t offset)
{
    uint64_t n;

    memcpy(&n, raw->data + offset, sizeof(n));
    return n;
}

/* Have the first len bytes of the file in raw. */
static int have(struct text *raw, int fd, size_t len)
{
    char piece[16384];

    while (raw->len < len) {
        ssize_t n = pread(fd, piece, MIN(sizeof(piece), len - raw->len), (off_t)raw->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EBADMSG;
        text_add(raw, piece, (size_t)n);
    }
    return 0;
}

static int read_head(const struct text *raw, uint64_t *sources, uint64_t *archives, uint64_t *step)
{
    const double cookie = 8.642135E130;

    *sources = number(raw, HEAD_SOURCES);
    *archives = number(raw, HEAD_ARCHIVES);
    *step = number(raw, HEAD_STEP);
    if (memcmp(raw->data, "RRD", 4) != 0 || memcmp(raw->data + HEAD_FLOAT, &cookie, 8) != 0 ||
        (memcmp(raw->data + 4, "0003", 5) != 0 && memcmp(raw->data + 4, "0004", 5) != 0))
        return -EBADMSG;
    if (!*sources || *sources > MOST_SOURCES || !*archives || *archives > SHAPE_ARCHIVES ||
        !*step || *step > MOST_STEP)
        return -EBADMSG;
    return 0;
}

static int read_archives(struct shape *s, const struct text *raw, size_t at, size_t end,
                         uint64_t archives, uint64_t file_size)
{
    uint64_t values = 0;

    for (size_t i = 0; i < archives; i++, at += ARCHIVE) {
        const char *cf = raw->data + at;
        uint64_t rows = number(raw, at + ARCHIVE_ROWS), per = number(raw, at + ARCHIVE_PER_ROW);
        struct shape_archive *a = &s->archive[s->archives];
        if (!rows || rows > MOST_ROWS || !per || per > MOST_STEP || per * s->step_s > MOST_STEP ||
            number(raw, end - (archives - i) * POINTER) >= rows)
            return -EBADMSG;
        values += rows * s->sources;
        a->peak = !strncmp(cf, "MAX", 4);
        if (!a->peak && strncmp(cf, "AVERAGE", 8) != 0)
            continue;
        a->step_s = per * s->step_s;
        a->last_s = s->updated_s - s->updated_s % a->step_s;
        a->first_s = a->last_s > rows * a->step_s ? a->last_s - rows * a->step_s : 0;
        s->archives++;
    }
    return file_size == end + values * sizeof(double) ? 0 : -EBADMSG;
}

int shape_read(struct shape *s, int fd, struct text *raw)
{
    uint64_t sources, archives;
    struct stat st;

    *s = (struct shape){0};
    text_clear(raw);
    if (fstat(fd, &st) < 0)
        return -errno;
    int err = have(raw, fd, HEAD);
    if (!err)
        err = read_head(raw, &sources, &archives, &s->step_s);
    if (err)
        return err;
    s->sources = sources;
    size_t at_archives = HEAD + sources * SOURCE, live = at_archives + archives * ARCHIVE;
    size_t end = live + LIVE + sources * PDP + sources * archives * CDP + archives * POINTER;
    if (end > (uint64_t)st.st_size)
        return -EBADMSG;
    err = have(raw, fd, end);
    if (err)
        return err;
    s->updated_s = number(raw, live);
    if (s->updated_s > UINT64_MAX / NS_PER_S / 2)
        return -EBADMSG;
    return read_archives(s, raw, at_archives, end, archives, (uint64_t)st.st_size);
}

static bool usable(const struct shape *s, const struct shape_archive *a, bool peak)
{
    return a->peak == peak || (peak && a->step_s == s->step_s);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

bool shape_choose(const struct shape *s, bool peak, uint64_t step_s, uint64_t from_s,
                  struct shape_archive *out)
{
    const struct shape_archive *best = NULL;

    for (size_t i = 0; i < s->archives; i++) {
        const struct shape_archive *a = &s->archive[i];
        if (!usable(s, a, peak))
            continue;
        if (!best) {
            best = a;
            continue;
        }
        if (a->step_s == step_s || best->step_s == step_s) {
            best = a->step_s == step_s ? a : best;
            continue;
        }
        bool reaches = a->first_s <= from_s, best_reaches = best->first_s <= from_s;
        if (reaches != best_reaches ? reaches
                                    : distance(a->step_s, step_s) < distance(best->step_s, step_s))
            best = a;
    }
    if (best)
        *out = *best;
    return best;
}
