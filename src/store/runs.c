/* runs: see runs.h. From the newest row back, of each time by the finest archive that has it. */
#include "runs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "rrdcheck.h"

void runs_add(struct runs *r, uint64_t time_s, uint64_t gap_s)
{
    if (!r->last_s || time_s - r->last_s > gap_s)
        *r = (struct runs){.since_s = time_s, .before_s = r->last_s};
    r->last_s = time_s;
}

static bool any_known(const double *row, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isnan(row[i]))
            return true;
    return false;
}

/* The rows of one archive that end at reach_s at the latest; true when before_s was found. */
static bool look_through(struct runs *r, const struct rrdcheck *c, const struct rrdcheck_rra *a,
                         const double *rows, uint64_t reach_s, uint64_t gap_s)
{
    uint64_t each_s = a->steps * c->step_s, end_s = c->last_s - c->last_s % each_s;

    /* But the oldest, where librrd leaves what was under way before a gap longer than the archive.
     */
    for (uint64_t i = 0; i + 1 < a->rows && end_s > i * each_s; i++) {
        uint64_t at_s = end_s - i * each_s;
        size_t row = (size_t)((a->newest + a->rows - i) % a->rows);
        if (at_s > reach_s || !any_known(rows + row * c->sources, c->sources))
            continue;
        uint64_t first_s = at_s - each_s + c->step_s;
        /* Of the first sample after a gap nothing is known: it says no more than where rates begin.
         */
        if (r->since_s > at_s + gap_s + c->step_s) {
            r->before_s = first_s;
            return true;
        }
        r->since_s = first_s;
    }
    return false;
}

static int look(struct runs *r, const struct rrdcheck *c, int fd, uint64_t gap_s)
{
    uint64_t reach_s = c->last_s;
    bool found = false;
    int err = 0;

    r->last_s = r->since_s = c->last_s;
    for (size_t i = 0; i < c->rras && !found && !err; i++) {
        struct rrdcheck_rra a = rrdcheck_rra(c, i);
        uint64_t each_s = a.steps * c->step_s, end_s = c->last_s - c->last_s % each_s;
        size_t bytes = (size_t)a.rows * c->sources * sizeof(double);
        if (strcmp(a.cf, "AVERAGE") != 0)
            continue;
        double *rows = xmalloc(bytes);
        ssize_t n = pread(fd, rows, bytes, (off_t)a.offset);
        if (n != (ssize_t)bytes)
            err = n < 0 ? -errno : -EBADMSG;
        else
            found = look_through(r, c, &a, rows, reach_s, gap_s);
        reach_s = MIN(reach_s, end_s - MIN(end_s, a.rows * each_s));
        free(rows);
    }
    return err;
}

int runs_read(struct runs *r, int dir, const char *path, uint64_t gap_s)
{
    struct rrdcheck c;
    int err;
    void *head = rrdcheck_file(&c, dir, path, &err);
    int fd = head ? openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;

    *r = (struct runs){0};
    if (head)
        err = fd < 0 ? -errno : look(r, &c, fd, gap_s);
    if (fd >= 0)
        close(fd);
    free(head);
    return err;
}
