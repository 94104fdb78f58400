/* fetch: see fetch.h. The parent's side: the process and its deadline, and the files left out. */
#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch_child.h"

#define DEADLINE_NS (2 * NS_PER_S)

struct fetch {
    int store_fd;
    int socket; /* -1 while there is no child */
    pid_t pid;
    uint64_t deadline_ns;
    uint8_t *answer;
    size_t answer_cap;
    struct fetch_bad *bad;
    size_t bad_count, bad_cap;
};

struct fetch *fetch_open(int store_fd)
{
    struct fetch *f = xcalloc(1, sizeof(*f));

    f->store_fd = store_fd;
    f->socket = -1;
    f->deadline_ns = DEADLINE_NS;
    return f;
}

/* ---- the process ---- */

static int child_start(struct fetch *f)
{
    int pair[2];

    if (f->socket >= 0)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid < 0) {
        int err = -errno;
        close(pair[0]);
        close(pair[1]);
        return err;
    }
    if (pid == 0)
        fetch_child_run(pair[1], f->store_fd);
    close(pair[1]);
    f->socket = pair[0];
    f->pid = pid;
    return 0;
}

static void child_end(struct fetch *f)
{
    if (f->socket < 0)
        return;
    close(f->socket);
    f->socket = -1;
    kill(f->pid, SIGKILL);
    while (waitpid(f->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    f->pid = 0;
}

void fetch_close(struct fetch *f)
{
    if (!f)
        return;
    child_end(f);
    free(f->answer);
    free(f->bad);
    free(f);
}

int fetch_child_pid(const struct fetch *f)
{
    return f->pid;
}

void fetch_set_deadline(struct fetch *f, uint64_t ns)
{
    f->deadline_ns = ns;
}

/* Wait until the socket is ready. 0, or -ETIMEDOUT. */
static int wait_ready(struct fetch *f, short events, uint64_t until_ns)
{
    struct pollfd p = {.fd = f->socket, .events = events};

    for (;;) {
        uint64_t now = clock_mono_ns();
        if (now >= until_ns)
            return -ETIMEDOUT;
        int n = poll(&p, 1, (int)((until_ns - now) / 1000000) + 1);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
    }
}

static int put(struct fetch *f, const void *data, size_t len, uint64_t until_ns)
{
    const char *p = data;

    while (len) {
        ssize_t n = send(f->socket, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            int err = wait_ready(f, POLLOUT, until_ns);
            if (err)
                return err;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -EPIPE;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int get(struct fetch *f, void *data, size_t len, uint64_t until_ns)
{
    char *p = data;

    while (len) {
        ssize_t n = recv(f->socket, p, len, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            int err = wait_ready(f, POLLIN, until_ns);
            if (err)
                return err;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -EPIPE; /* it is gone */
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* ---- files that are left out ---- */

static bool as_it_was(const struct fetch *f, const struct fetch_bad *b)
{
    struct stat st;

    return fstatat(f->store_fd, b->path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (int64_t)st.st_mtim.tv_sec * (int64_t)NS_PER_S + st.st_mtim.tv_nsec == b->mtime_ns &&
           st.st_size == b->size;
}

void fetch_bad_add(struct fetch *f, const char *path, const char *why)
{
    struct stat st = {0};
    struct fetch_bad *b = NULL;

    for (size_t i = 0; i < f->bad_count; i++)
        if (!strcmp(f->bad[i].path, path))
            b = &f->bad[i];
    if (!b) {
        array_reserve(&f->bad, &f->bad_cap, f->bad_count + 1, sizeof(*f->bad));
        b = &f->bad[f->bad_count++];
    }
    *b = (struct fetch_bad){0};
    snprintf(b->path, sizeof(b->path), "%s", path);
    snprintf(b->why, sizeof(b->why), "%s", why);
    if (fstatat(f->store_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        b->mtime_ns = (int64_t)st.st_mtim.tv_sec * (int64_t)NS_PER_S + st.st_mtim.tv_nsec;
        b->size = st.st_size;
    }
}

/* Whether a file is left out; one that changed since is not any more. */
static bool left_out(struct fetch *f, const char *path)
{
    for (size_t i = 0; i < f->bad_count; i++) {
        if (strcmp(f->bad[i].path, path) != 0)
            continue;
        if (as_it_was(f, &f->bad[i]))
            return true;
        f->bad[i] = f->bad[--f->bad_count];
        return false;
    }
    return false;
}

size_t fetch_bad_count(const struct fetch *f)
{
    return f->bad_count;
}

const struct fetch_bad *fetch_bad_get(const struct fetch *f, size_t i)
{
    return &f->bad[i];
}

/* ---- a request ---- */

/* One exchange. The status the child gave, or -EPIPE, -ETIMEDOUT, -EPROTO: the child is no good. */
static int exchange(struct fetch *f, const struct fetch_request *q, struct fetched *out,
                    int *status)
{
    uint64_t until_ns = clock_mono_ns() + f->deadline_ns, len = 0;
    uint8_t header[FETCHED_HEADER];
    int err = put(f, q, sizeof(*q), until_ns);

    if (!err)
        err = get(f, header, sizeof(header), until_ns);
    if (err)
        return err;
    if (!fetched_decode_header(header, status, &len))
        return -EPROTO;
    array_reserve(&f->answer, &f->answer_cap, len + 1, 1);
    err = get(f, f->answer, len, until_ns);
    if (err)
        return err;
    if (*status)
        return 0;
    return fetched_decode(out, f->answer, len) ? -EPROTO : 0;
}

int fetch_rows(struct fetch *f, const char *path, enum fetch_cf cf, uint64_t from_s, uint64_t to_s,
               uint64_t step_s, struct fetched *out)
{
    struct fetch_request q = {
        .magic = FETCH_MAGIC, .cf = cf, .from_s = from_s, .to_s = to_s, .step_s = step_s};
    int status = 0;

    out->count = out->sources = 0;
    if (strlen(path) >= sizeof(q.path))
        return -ENAMETOOLONG;
    if (from_s >= to_s || !step_s)
        return -EINVAL;
    strcpy(q.path, path);
    if (left_out(f, path))
        return -EBADMSG;
    for (int attempt = 0;; attempt++) {
        int err = child_start(f);
        if (err)
            return err;
        err = exchange(f, &q, out, &status);
        if (!err)
            break;
        child_end(f);
        /* A child that was ended from outside while it was idle is no fault of the file. */
        if (err == -EPIPE && attempt == 0)
            continue;
        out->count = out->sources = 0;
        fetch_bad_add(f, path,
                      err == -ETIMEDOUT ? "reading it takes too long" : "reading it fails badly");
        return -EBADMSG;
    }
    if (status == -EBADMSG)
        fetch_bad_add(f, path, "it is no whole RRD file");
    return status;
}
