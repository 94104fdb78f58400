/* fetch_child: see fetch_child.h. */
#include "fetch_child.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jail.h"
#include "shape.h"

/* A recorder may write while we read: then we read again, but not for ever. */
#define ATTEMPTS 4

int fetch_open_file(int store_fd, const char *path)
{
    char name[FETCH_PATH];
    int dir = store_fd;

    for (;;) {
        size_t len = strcspn(path, "/");
        if (len == 0 || len >= sizeof(name))
            return -EBADMSG;
        memcpy(name, path, len);
        name[len] = '\0';
        bool last = !path[len];
        if (!strcmp(name, "..") || !strcmp(name, "."))
            return -EBADMSG;
        /* A pipe in a file's place must not block us. */
        int fd = openat(dir, name,
                        O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
                            (last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY));
        int err = fd < 0 ? -errno : 0;
        if (dir != store_fd)
            close(dir);
        if (err)
            return err == -ELOOP || err == -ENXIO ? -EBADMSG : err;
        if (last) {
            struct stat st;
            if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
                return fd;
            close(fd);
            return -EBADMSG;
        }
        dir = fd;
        path += len + 1;
    }
}

struct child {
    int socket, store_fd;
    struct text shape; /* the file's header, as it was before its rows were read */
    struct fetched rows;
    struct text answer;
};

/* A file's rows, as librrd gave them. */
struct given {
    size_t count, sources;
    char **names;
    const rrd_value_t *values;
};

static bool wanted(const struct fetch_request *q, const char *name)
{
    for (size_t i = 0; i < q->only_count; i++)
        if (!strcmp(q->only[i], name))
            return true;
    return !q->only_count;
}

static void add_source(struct fetched *r, const char *name)
{
    array_reserve(&r->names, &r->names_cap, r->sources + 1, FETCHED_NAME);
    memset(r->names[r->sources], 0, FETCHED_NAME);
    strcpy(r->names[r->sources++], name);
}

/* Of the rows from skip on the columns that are wanted: most files have many times as many. */
static int take_columns(struct fetched *r, const struct given *g, size_t skip,
                        const struct fetch_request *q)
{
    size_t column = 0;

    for (size_t i = 0; i < g->sources; i++) {
        if (!fetched_name_good(g->names[i]))
            return -EBADMSG;
        if (wanted(q, g->names[i]))
            add_source(r, g->names[i]);
    }
    array_reserve(&r->values, &r->values_cap, r->count * r->sources + 1, sizeof(double));
    for (size_t i = 0; i < g->sources; i++) {
        if (!wanted(q, g->names[i]))
            continue;
        for (size_t row = 0; row < r->count; row++)
            r->values[row * r->sources + column] = g->values[(skip + row) * g->sources + i];
        column++;
    }
    return 0;
}

static void take_known(struct fetched *r, const struct given *g, size_t skip)
{
    add_source(r, "known");
    array_reserve(&r->values, &r->values_cap, r->count + 1, sizeof(double));
    for (size_t i = 0; i < r->count; i++) {
        const rrd_value_t *row = g->values + (skip + i) * g->sources;
        r->values[i] = NAN;
        for (size_t k = 0; k < g->sources && isnan(r->values[i]); k++)
            if (isfinite(row[k]))
                r->values[i] = 1;
    }
}

/* What librrd gave, cut to the rows whose times end after from and at to at the latest. */
static int take(struct child *c, const struct given *g, time_t start, unsigned long step,
                const struct fetch_request *q, uint64_t to_s)
{
    struct fetched *r = &c->rows;
    size_t skip = 0, rows = g->count;

    if (!step || start < 0 || !g->sources || g->sources > FETCHED_MAX_SOURCES ||
        rows > FETCHED_MAX_ROWS)
        return -EBADMSG;
    while (skip < rows && (uint64_t)start + (skip + 1) * step <= q->from_s)
        skip++;
    while (rows > skip && (uint64_t)start + rows * step > to_s)
        rows--;
    r->step_s = step;
    r->first_s = (uint64_t)start + (skip + 1) * step;
    r->count = rows - skip;
    r->sources = 0;
    if (q->cf != FETCH_KNOWN)
        return take_columns(r, g, skip, q);
    take_known(r, g, skip);
    return 0;
}

static int read_archive(struct child *c, int fd, const struct fetch_request *q,
                        const struct shape_archive *a, uint64_t from_s, uint64_t to_s)
{
    char path[64];
    /* librrd adds a row when the end is a row's own. */
    time_t start = (time_t)from_s, end = (time_t)to_s - 1;
    unsigned long step = a->step_s, sources = 0;
    struct given given = {0};
    rrd_value_t *values = NULL;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    rrd_clear_error();
    if (rrd_fetch_r(path, a->peak ? "MAX" : "AVERAGE", &start, &end, &step, &sources, &given.names,
                    &values) != 0)
        return -EBADMSG;
    given.count = end < start || !step ? 0 : (size_t)(end - start) / step;
    given.sources = sources;
    given.values = values;
    int err = end < start ? -EBADMSG : take(c, &given, start, step, q, to_s);
    for (size_t i = 0; i < sources; i++)
        rrd_freemem(given.names[i]);
    rrd_freemem(given.names);
    rrd_freemem(values);
    return err;
}

static int read_file(struct child *c, int fd, const struct fetch_request *q)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct shape shape;
        struct shape_archive a;
        int err = shape_read(&shape, fd, &c->shape);
        if (err)
            return err;
        if (!shape_choose(&shape, q->cf == FETCH_PEAK, q->step_s, q->from_s, &a))
            return -ENODATA;
        uint64_t from_s = MAX(q->from_s, a.first_s), to_s = MIN(q->to_s, a.last_s);
        uint64_t most = fetched_most(shape.sources);
        if (from_s >= to_s)
            return -ENODATA;
        c->rows.more = (to_s - from_s) / a.step_s > most;
        if (c->rows.more)
            to_s = from_s + most * a.step_s;
        err = read_archive(c, fd, q, &a, from_s, to_s);
        if (err)
            return err;
        /* Whether the file went on while it was read: its rows may be another's then. */
        if (shape_same(fd, &c->shape))
            return 0;
    }
    return -EAGAIN;
}

static int serve(struct child *c, const struct fetch_request *q)
{
    if (!memchr(q->path, '\0', sizeof(q->path)) || q->only_count > FETCH_ONLY)
        return -EBADMSG;
    int fd = fetch_open_file(c->store_fd, q->path);
    if (fd < 0)
        return fd;
    int err = read_file(c, fd, q);
    close(fd);
    return err;
}

static bool answer(struct child *c, int status)
{
    uint8_t header[FETCHED_HEADER];

    text_clear(&c->answer);
    text_add(&c->answer, (const char[FETCHED_HEADER]){0}, FETCHED_HEADER);
    if (status == 0)
        fetched_encode(&c->answer, &c->rows);
    fetched_encode_header(header, status, c->answer.len - FETCHED_HEADER);
    memcpy(c->answer.data, header, FETCHED_HEADER);
    for (size_t done = 0; done < c->answer.len;) {
        ssize_t n = send(c->socket, c->answer.data + done, c->answer.len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

void fetch_child_run(int socket, int store_fd)
{
    struct child c = {.socket = socket, .store_fd = store_fd};
    struct fetch_request q;

    jail_settle((int[]){socket, store_fd});
    jail_close();
    while (recv(socket, &q, sizeof(q), MSG_WAITALL) == (ssize_t)sizeof(q) && q.magic == FETCH_MAGIC)
        if (!answer(&c, serve(&c, &q)))
            break;
    _exit(0);
}
