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

void fetch_bad_add(struct fetch *f, const char *path, int err, const char *why)
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
    b->again = err != -EBADMSG;
    if (b->again)
        snprintf(b->why, sizeof(b->why), "is left out, it cannot be read: %s", strerror(-err));
    else
        snprintf(b->why, sizeof(b->why), "is damaged and left out: %s", why);
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
        if (!f->bad[i].again && as_it_was(f, &f->bad[i]))
            return true;
        f->bad[i] = f->bad[--f->bad_count];
        return false;
    }
    return false;
}

void fetch_bad_drop(struct fetch *f, const char *path)
{
    for (size_t i = 0; i < f->bad_count; i++)
        if (!strcmp(f->bad[i].path, path))
            f->bad[i] = f->bad[--f->bad_count];
}

size_t fetch_bad_count(const struct fetch *f)
{
    return f->bad_count;
}

const struct fetch_bad *fetch_bad_get(const struct fetch *f, size_t i)
{
    return &f->bad[i];
}

/* ---- requests ---- */

/* Requests that wait in the socket: so few that sending them never waits for an answer to be taken.
 */
#define AHEAD 32

/* 0 where there is something to ask, else what to answer at once. */
static int prepare(struct fetch *f, const struct fetch_item *i)
{
    if (strlen(i->path) >= FETCH_PATH)
        return -ENAMETOOLONG;
    if (i->from_s >= i->to_s || !i->step_s || i->only_count > FETCH_ONLY)
        return -EINVAL;
    for (size_t k = 0; k < i->only_count; k++)
        if (strlen(i->only[k]) >= FETCHED_NAME)
            return -EINVAL;
    return left_out(f, i->path) ? -EBADMSG : 0;
}

static int ask(struct fetch *f, const struct fetch_item *i)
{
    struct fetch_request q = {.magic = FETCH_MAGIC,
                              .cf = i->cf,
                              .from_s = i->from_s,
                              .to_s = i->to_s,
                              .step_s = i->step_s,
                              .only_count = i->only_count};

    strcpy(q.path, i->path);
    for (size_t k = 0; k < i->only_count; k++)
        strcpy(q.only[k], i->only[k]);
    return put(f, &q, sizeof(q), clock_mono_ns() + f->deadline_ns);
}

/* The next answer, in the order asked. 0, or -EPIPE, -ETIMEDOUT, -EPROTO: the child is no good. */
static int take(struct fetch *f, struct fetch_item *i)
{
    uint64_t until_ns = clock_mono_ns() + f->deadline_ns, len = 0;
    uint8_t header[FETCHED_HEADER];
    int status = 0, err = get(f, header, sizeof(header), until_ns);

    if (err)
        return err;
    if (!fetched_decode_header(header, &status, &len))
        return -EPROTO;
    array_reserve(&f->answer, &f->answer_cap, len + 1, 1);
    err = get(f, f->answer, len, until_ns);
    if (err)
        return err;
    i->err = status;
    return status || !fetched_decode(i->out, f->answer, len) ? 0 : -EPROTO;
}

/* The child failed on this one. */
static void blame(struct fetch *f, struct fetch_item *i, int err)
{
    fetch_bad_add(f, i->path, -EBADMSG,
                  err == -ETIMEDOUT ? "reading it takes too long" : "reading it fails badly");
    i->out->count = i->out->sources = 0;
    i->err = -EBADMSG;
}

/* A file that is not there, or has nothing of that time, is as it should be. */
static bool to_tell(int err)
{
    return err && err != -ENOENT && err != -ENODATA && err != -EAGAIN;
}

void fetch_all(struct fetch *f, struct fetch_item *items, size_t count)
{
    size_t asked = 0; /* before this one */
    bool again = false, fresh = f->socket < 0;

    for (size_t i = 0; i < count; i++) {
        items[i].out->count = items[i].out->sources = 0;
        items[i].err = prepare(f, &items[i]);
    }
    for (size_t i = 0; i < count;) {
        if (items[i].err) {
            i++;
            continue;
        }
        int err = child_start(f);
        if (err) {
            fetch_bad_add(f, items[i].path, err, "");
            items[i++].err = err;
            continue;
        }
        asked = MAX(asked, i);
        /* Where asking fails, the answers that came before tell which file it was. */
        for (; asked < count && asked < i + AHEAD; asked++)
            if (!items[asked].err && ask(f, &items[asked]))
                break;
        err = take(f, &items[i]);
        if (!err) {
            if (to_tell(items[i].err))
                fetch_bad_add(f, items[i].path, items[i].err, "it is no whole RRD file");
            again = fresh = false;
            i++;
            continue;
        }
        child_end(f);
        asked = 0;
        /* A child that was ended from outside while it was idle is no fault of the file. */
        if (err == -EPIPE && !again && !fresh) {
            again = true;
            continue;
        }
        blame(f, &items[i++], err);
        again = false;
        fresh = true;
    }
}

int fetch_rows(struct fetch *f, const char *path, enum fetch_cf cf, uint64_t from_s, uint64_t to_s,
               uint64_t step_s, struct fetched *out)
{
    struct fetch_item one = {path, cf, from_s, to_s, step_s, out, 0, NULL, 0};

    fetch_all(f, &one, 1);
    return one.err;
}
