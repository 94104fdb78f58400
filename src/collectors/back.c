/* back: see back.h. */
#include "back.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "collector.h"

/*
 * What a line of the file of all devices costs is a quarter of a device's own file in a PV dom0 and
 * between a third and half without Xen. Beyond so many lines it is no more known to be less: for
 * each page of it the kernel counts devices from the first.
 */
#define LINES_EACH ((size_t)2)
#define LINES_MOST ((size_t)4096)
#define TEXT_ROOM  ((size_t)16 << 10) /* for what one read gives */

static char *back_name(unsigned major, unsigned minor)
{
    char path[64], target[512];

    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major, minor);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    if (n <= 0)
        return NULL;
    target[n] = '\0';
    const char *slash = strrchr(target, '/');
    const char *name = slash ? slash + 1 : target;
    return collector_text(name, strlen(name));
}

/*
 * Whether the kernel keeps the account by itself: it does for each device with queues of blk-mq,
 * unless that was turned off. Of others (dm, md, ram disks) the account is believed once it has
 * counted something.
 */
static void back_judge(struct back *b)
{
    static const char *const disk[] = {"", "/.."}; /* of a partition the disk is above */
    char path[80], on = '1';

    for (size_t i = 0; i < ARRAY_LEN(disk); i++) {
        snprintf(path, sizeof(path), "/sys/dev/block/%u:%u%s/queue/iostats", b->major, b->minor,
                 disk[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        b->off = read(fd, &on, 1) == 1 && on == '0';
        close(fd);
        snprintf(path, sizeof(path), "/sys/dev/block/%u:%u%s/mq", b->major, b->minor, disk[i]);
        b->honest = !b->off && access(path, F_OK) == 0;
        break;
    }
    b->silent = b->off;
}

static bool all_zero(const struct blkstat *s)
{
    return !s->rd_reqs && !s->wr_reqs && !s->in_flight;
}

void back_asked(struct back *b, uint64_t before, uint64_t now)
{
    if (b->known && ((b->still && now > before) || (now && all_zero(&b->stat))))
        b->asked = true;
}

bool back_told(const struct back *b)
{
    return b->known && !b->silent && !b->asked;
}

/* Its account, as read just now; len 0: it could not be. */
static void back_take(struct back *b, const char *text, size_t len, bool of_all)
{
    struct blkstat stat = b->stat;

    b->read = b->moved = true;
    len = MIN(len, sizeof(b->text));
    b->still = b->known && b->of_all == of_all && b->len == len && !memcmp(text, b->text, len);
    if (!b->still) {
        if (!blkstat_parse(text, len, &stat)) {
            b->known = b->still = b->asked = false;
            return;
        }
        b->still = b->known && b->of_all != of_all && !memcmp(&b->stat, &stat, sizeof(stat));
        memcpy(b->text, text, len);
        b->len = len;
        b->of_all = of_all;
    }
    bool asked = b->asked;
    b->asked = false;
    if (b->still) {
        bool believed = !b->liar && !b->off && (b->honest || stat.rd_reqs || stat.wr_reqs);
        b->moved = !believed || stat.in_flight;
        /* A request is counted when it comes, in the account when it begins: a moment later. */
        if (asked) {
            b->silent = true;
            b->rd_lat = b->wr_lat = UNKNOWN;
        }
        return;
    }
    if (b->known) {
        b->silent = false;
        b->rd_lat = blkstat_latency(b->stat.rd_reqs, b->stat.rd_ns, stat.rd_reqs, stat.rd_ns,
                                    b->rd_lat);
        b->wr_lat = blkstat_latency(b->stat.wr_reqs, b->stat.wr_ns, stat.wr_reqs, stat.wr_ns,
                                    b->wr_lat);
    }
    b->stat = stat;
    b->known = true;
}

static void read_own(struct back *b)
{
    char text[sizeof(b->text)];
    ssize_t n = b->fd < 0 ? -1 : pread(b->fd, text, sizeof(text), 0);

    back_take(b, text, n < 0 ? 0 : (size_t)n, false);
}

/* ---- the list ---- */

static int by_number(const void *key, const void *element)
{
    const struct back *a = key, *b = *(struct back *const *)element;

    if (a->major != b->major)
        return a->major < b->major ? -1 : 1;
    return (a->minor > b->minor) - (a->minor < b->minor);
}

static struct back *find(const struct backs *all, unsigned major, unsigned minor)
{
    const struct back key = {.major = major, .minor = minor};
    struct back **found = all->count
                              ? bsearch(&key, all->at, all->count, sizeof(struct back *), by_number)
                              : NULL;

    return found ? *found : NULL;
}

struct back *backs_find(struct backs *all, unsigned major, unsigned minor)
{
    struct back *b = find(all, major, minor);
    char path[64];
    size_t n;

    if (b)
        return b;
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major, minor);
    b = xcalloc(1, sizeof(*b));
    *b = (struct back){.major = major, .minor = minor, .rd_lat = UNKNOWN, .wr_lat = UNKNOWN};
    b->fd = open(path, O_RDONLY | O_CLOEXEC);
    b->name = back_name(major, minor);
    back_judge(b);
    array_reserve(&all->at, &all->cap, all->count + 1, sizeof(struct back *));
    for (n = all->count++; n && by_number(b, &all->at[n - 1]) < 0; n--)
        all->at[n] = all->at[n - 1];
    all->at[n] = b;
    all->changed = true;
    return b;
}

static void back_free(struct back *b)
{
    if (b->fd >= 0)
        close(b->fd);
    free(b->name);
    free(b);
}

void backs_forget_unused(struct backs *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (b->at[i]->used)
            b->at[kept++] = b->at[i];
        else
            back_free(b->at[i]);
    }
    b->changed |= kept != b->count;
    b->count = kept;
}

void backs_release(struct backs *b)
{
    for (size_t i = 0; i < b->count; i++)
        back_free(b->at[i]);
    free(b->at);
    free(b->lines);
    free(b->text);
    if (b->opened && b->fd >= 0)
        close(b->fd);
}

/* ---- reading ---- */

struct backs_line {
    unsigned major, minor;
    struct back *back; /* NULL: no vbd lies on it */
};

/* Its text into all->text; how much, 0 where it cannot be read. */
static size_t all_text(struct backs *all)
{
    size_t len = 0;
    ssize_t n;

    if (!all->opened)
        all->fd = open("/proc/diskstats", O_RDONLY | O_CLOEXEC);
    all->opened = true;
    if (all->fd < 0)
        return 0;
    /* The kernel gives a page at a time. */
    do {
        array_reserve(&all->text, &all->text_cap, len + TEXT_ROOM, 1);
        n = pread(all->fd, all->text + len, all->text_cap - len, (off_t)len);
        len += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    return n < 0 ? 0 : len;
}

/* Lines stay where they were but for devices that came or went. */
static struct back *of_line(struct backs *all, size_t n, const struct diskstats_line *is)
{
    struct backs_line *was = &all->lines[n];

    if (n >= all->line_count || was->major != is->major || was->minor != is->minor)
        *was = (struct backs_line){is->major, is->minor, find(all, is->major, is->minor)};
    return was->back;
}

static void read_all(struct backs *all)
{
    size_t len = all_text(all), count = 0;
    const char *at = all->text, *end = at + len;
    struct diskstats_line line;

    while (len && diskstats_next(&at, end, &line)) {
        array_reserve(&all->lines, &all->line_cap, count + 1, sizeof(struct backs_line));
        struct back *b = of_line(all, count++, &line);
        /* While devices come and go a line can be there twice, or be missing. */
        if (b && !b->read)
            back_take(b, line.text, line.len, true);
    }
    all->line_count = count;
}

/* Whether reading all is less than reading one by one, as far as is known. */
static bool all_is_less(const struct backs *all)
{
    return all->count && (all->changed || (all->line_count && all->line_count <= LINES_MOST &&
                                           all->line_count <= LINES_EACH * all->count));
}

void backs_read(struct backs *all)
{
    for (size_t i = 0; i < all->count; i++)
        all->at[i]->read = false;
    if (all_is_less(all)) {
        if (all->changed)
            all->line_count = 0;
        all->changed = false;
        read_all(all);
    }
    for (size_t i = 0; i < all->count; i++)
        if (!all->at[i]->read)
            read_own(all->at[i]);
}
