/* shape: see shape.h. What a header means is rrdcheck's; here is only what a reader asks of it. */
#include "shape.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rrdcheck.h"

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

bool shape_same(int fd, const struct text *raw)
{
    char piece[16384];

    for (size_t done = 0; done < raw->len;) {
        ssize_t n = pread(fd, piece, MIN(sizeof(piece), raw->len - done), (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || memcmp(piece, raw->data + done, (size_t)n) != 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static void take_archives(struct shape *s, const struct rrdcheck *c)
{
    for (size_t i = 0; i < c->rras && s->archives < SHAPE_ARCHIVES; i++) {
        struct rrdcheck_rra rra = rrdcheck_rra(c, i);
        struct shape_archive *a = &s->archive[s->archives];
        a->peak = !strcmp(rra.cf, "MAX");
        if (!a->peak && strcmp(rra.cf, "AVERAGE") != 0)
            continue;
        a->step_s = rra.steps * s->step_s;
        a->last_s = s->updated_s - s->updated_s % a->step_s;
        a->first_s = a->last_s / a->step_s > rra.rows ? a->last_s - rra.rows * a->step_s : 0;
        s->archives++;
    }
}

int shape_read(struct shape *s, int fd, struct text *raw)
{
    struct rrdcheck c;
    struct stat st;

    *s = (struct shape){0};
    text_clear(raw);
    if (fstat(fd, &st) < 0)
        return -errno;
    int err = have(raw, fd, RRDCHECK_FIRST);
    if (err)
        return err;
    long head = rrdcheck_head(raw->data, raw->len);
    if (head < 0)
        return -EBADMSG;
    err = have(raw, fd, (size_t)head);
    if (!err)
        err = rrdcheck(&c, raw->data, raw->len, (uint64_t)st.st_size);
    if (!err && !rrdcheck_in_time(&c, st.st_mtime))
        err = -EBADMSG;
    if (err)
        return err;
    s->step_s = c.step_s;
    s->updated_s = c.last_s;
    s->sources = c.sources;
    take_archives(s, &c);
    return 0;
}

static bool usable(const struct shape *s, const struct shape_archive *a, bool peak)
{
    return a->peak == peak || (peak && a->step_s == s->step_s);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Whether a is to be had before b. */
static bool better(const struct shape_archive *a, const struct shape_archive *b, uint64_t step_s,
                   uint64_t from_s)
{
    if (a->step_s == step_s || b->step_s == step_s)
        return b->step_s != step_s;
    if ((a->first_s <= from_s) != (b->first_s <= from_s))
        return a->first_s <= from_s;
    return distance(a->step_s, step_s) < distance(b->step_s, step_s);
}

bool shape_choose(const struct shape *s, bool peak, uint64_t step_s, uint64_t from_s,
                  struct shape_archive *out)
{
    const struct shape_archive *best = NULL;

    for (size_t i = 0; i < s->archives; i++) {
        const struct shape_archive *a = &s->archive[i];
        if (usable(s, a, peak) && (!best || better(a, best, step_s, from_s)))
            best = a;
    }
    if (best)
        *out = *best;
    return best;
}
