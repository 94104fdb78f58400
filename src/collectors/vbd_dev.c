/* vbd_dev: see vbd_dev.h. */
#include "vbd_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base.h"
#include "../snapshot.h"

#define RETRY_SOON 16 /* samples in which a device without counters is tried each time */
#define RETRY_MOST 4  /* samples until it is tried again after that */
#define DECIMALS   24 /* room for a counter and its newline */

static const char *const counter_files[COUNTERS] = {"oo_req", "rd_req", "wr_req", "rd_sect",
                                                    "wr_sect"};

static void dev_close(struct dev *d)
{
    for (int i = 0; d->open && i < COUNTERS; i++)
        if (d->fds[i] >= 0)
            close(d->fds[i]);
    d->open = false;
}

void dev_free(struct dev *d)
{
    dev_close(d);
    tapdisk_close(&d->tap);
    free(d);
}

static int dev_file(const struct dev *d, const char *file)
{
    char path[sizeof(VBD_BUS) + 96];

    snprintf(path, sizeof(path), VBD_BUS "/%s-%u-%u/%s", d->name.kind, (unsigned)d->name.domid,
             (unsigned)d->name.id, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void dev_find_back(struct dev *d, struct backs *backs)
{
    char text[32];
    unsigned major, minor;
    int fd = dev_file(d, "physical_device");
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

    if (fd >= 0)
        close(fd);
    if (n > 0 && physical_device_parse(text, (size_t)n, &major, &minor))
        d->back = backs_find(backs, major, minor);
}

/* Counters appear only once the toolstack has said which device lies behind. */
static void dev_open(struct dev *d, struct backs *backs)
{
    char file[32];

    if (d->retry_in > 1) {
        d->retry_in--;
        return;
    }
    d->open = true;
    d->starved = false;
    for (int i = 0; i < COUNTERS; i++) {
        snprintf(file, sizeof(file), "statistics/%s", counter_files[i]);
        d->fds[i] = d->open ? dev_file(d, file) : -1;
        d->starved |= d->open && d->fds[i] < 0 && (errno == EMFILE || errno == ENFILE);
        d->open &= d->fds[i] >= 0;
    }
    if (!d->open) {
        for (int i = 0; i < COUNTERS; i++)
            if (d->fds[i] >= 0)
                close(d->fds[i]);
        d->retry_in = ++d->tries < RETRY_SOON ? 0 : RETRY_MOST;
        return;
    }
    d->tries = 0;
    d->known = false;
    d->reqs = UNKNOWN;
    dev_find_back(d, backs);
}

void dev_again(struct dev *d)
{
    d->known = false;
    d->tries = d->retry_in = 0; /* its counters may be still to come */
}

static bool dev_counter(const struct dev *d, enum counter c, uint64_t *out)
{
    char text[DECIMALS];
    ssize_t n = pread(d->fds[c], text, sizeof(text), 0);

    if (n <= 0)
        return false;
    *out = counter_parse(text, (size_t)n);
    return true;
}

static void dev_read_all(struct dev *d)
{
    d->known = true;
    for (int i = 0; i < COUNTERS; i++)
        d->known &= dev_counter(d, (enum counter)i, &d->counters[i]);
    if (!d->known) {
        dev_close(d); /* the device went, or comes back as another */
        d->back = NULL;
        d->retry_in = 0;
        return;
    }
    if (d->counters[RD] == UNKNOWN || d->counters[WR] == UNKNOWN)
        return;
    uint64_t before = d->reqs;
    d->reqs = d->counters[RD] + d->counters[WR];
    if (d->back)
        back_asked(d->back, before == UNKNOWN ? d->reqs : before, d->reqs);
}

/* Read a vbd at rest all the same: does its device's account tell the truth? */
static void dev_check(struct dev *d)
{
    uint64_t rd, wr;
    bool read = dev_counter(d, RD, &rd) && dev_counter(d, WR, &wr);

    if (read && rd == d->counters[RD] && wr == d->counters[WR])
        return;
    /* Falling ones only mean that the guest connected anew, none that its device went. */
    d->back->liar |= read && rd >= d->counters[RD] && wr >= d->counters[WR];
    dev_read_all(d);
}

void dev_read(struct dev *d, struct backs *backs, bool check)
{
    if (!d->open)
        dev_open(d, backs);
    if (!d->open)
        return;
    if (!d->known || !d->back || d->back->moved || d->back->liar)
        dev_read_all(d);
    else if (check)
        dev_check(d);
}
