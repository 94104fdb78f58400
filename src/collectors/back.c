/* back: see back.h. */
#include "back.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "collector.h"

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

struct back *backs_find(struct backs *all, unsigned major, unsigned minor)
{
    char path[64];

    for (size_t i = 0; i < all->count; i++)
        if (all->at[i]->major == major && all->at[i]->minor == minor)
            return all->at[i];
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major, minor);
    struct back *b = xcalloc(1, sizeof(*b));
    *b = (struct back){.major = major, .minor = minor, .rd_lat = UNKNOWN, .wr_lat = UNKNOWN};
    b->fd = open(path, O_RDONLY | O_CLOEXEC);
    b->name = back_name(major, minor);
    back_judge(b);
    array_reserve(&all->at, &all->cap, all->count + 1, sizeof(struct back *));
    all->at[all->count++] = b;
    return b;
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

void back_read(struct back *b)
{
    char text[sizeof(b->text)];
    struct blkstat stat;
    ssize_t n = b->fd < 0 ? -1 : pread(b->fd, text, sizeof(text), 0);

    b->moved = true;
    if (n <= 0 || !blkstat_parse(text, (size_t)n, &stat)) {
        b->known = b->still = b->asked = false;
        return;
    }
    b->still = b->known && b->len == (size_t)n && !memcmp(text, b->text, b->len);
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
    memcpy(b->text, text, (size_t)n);
    b->len = (size_t)n;
    b->stat = stat;
    b->known = true;
}

/* ---- the list ---- */

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
    b->count = kept;
}

void backs_release(struct backs *b)
{
    for (size_t i = 0; i < b->count; i++)
        back_free(b->at[i]);
    free(b->at);
}
