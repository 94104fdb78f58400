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
static bool back_honest(unsigned major, unsigned minor)
{
    static const char *const disk[] = {"", "/.."}; /* of a partition the disk is above */
    char path[80], on = '0';

    for (size_t i = 0; i < ARRAY_LEN(disk); i++) {
        snprintf(path, sizeof(path), "/sys/dev/block/%u:%u%s/queue/iostats", major, minor, disk[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        bool counted = read(fd, &on, 1) == 1 && on == '1';
        close(fd);
        snprintf(path, sizeof(path), "/sys/dev/block/%u:%u%s/mq", major, minor, disk[i]);
        return counted && access(path, F_OK) == 0;
    }
    return false;
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
    b->honest = back_honest(major, minor);
    array_reserve(&all->at, &all->cap, all->count + 1, sizeof(struct back *));
    all->at[all->count++] = b;
    return b;
}

void back_read(struct back *b)
{
    char text[sizeof(b->text)];
    struct blkstat stat;
    ssize_t n = b->fd < 0 ? -1 : pread(b->fd, text, sizeof(text), 0);

    b->moved = true;
    if (n <= 0 || !blkstat_parse(text, (size_t)n, &stat)) {
        b->known = false;
        return;
    }
    if (b->known && b->len == (size_t)n && !memcmp(text, b->text, b->len)) {
        bool believed = !b->liar && (b->honest || stat.rd_reqs || stat.wr_reqs);
        b->moved = !believed || stat.in_flight;
        return;
    }
    if (b->known) {
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
