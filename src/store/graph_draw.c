/* graph_draw: see graph_draw.h. */
#include "graph_draw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <rrd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch_child.h"
#include "jail.h"
#include "shape.h"

#define PICTURE_MOST (64u << 20)

void graph_word(struct graph_words *w, const char *fmt, ...)
{
    va_list ap;
    char *word;

    va_start(ap, fmt);
    if (vasprintf(&word, fmt, ap) < 0)
        die(EXIT_FAILED, "out of memory");
    va_end(ap);
    array_reserve(&w->at, &w->cap, w->count + 1, sizeof(*w->at));
    w->at[w->count++] = word;
}

size_t graph_file(struct graph_words *w, const char *path)
{
    for (size_t i = 0; i < w->file_count; i++)
        if (!strcmp(w->files[i], path))
            return i;
    array_reserve(&w->files, &w->file_cap, w->file_count + 1, sizeof(*w->files));
    snprintf(w->files[w->file_count], sizeof(*w->files), "%s", path);
    return w->file_count++;
}

void graph_words_release(struct graph_words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->at[i]);
    free(w->at);
    free(w->files);
    *w = (struct graph_words){0};
}

void graph_escape(struct text *out, const char *text)
{
    for (; *text; text++) {
        if (*text == ':' || *text == '\\')
            text_addc(out, '\\');
        text_addc(out, *text);
    }
}

/* ---- the child ---- */

/* Descriptors of the files, -1 for those that are no good. */
static int *open_files(int store_fd, const struct graph_words *w)
{
    int *fds = xcalloc(w->file_count + 1, sizeof(*fds));
    struct text raw = {0};
    struct shape shape;

    for (size_t i = 0; i < w->file_count; i++) {
        fds[i] = fetch_open_file(store_fd, w->files[i]);
        if (fds[i] >= 0 && shape_read(&shape, fds[i], &raw)) {
            close(fds[i]);
            fds[i] = -1;
        }
    }
    text_release(&raw);
    return fds;
}

/* The word with its file's path; false when the file is no good. */
static bool place_file(char **out, const char *word, const int *fds)
{
    const char *mark = strchr(word, '\001');
    char *rest;

    if (!mark) {
        *out = xstrdup(word);
        return true;
    }
    unsigned long file = strtoul(mark + 1, &rest, 10);
    if (fds[file] < 0)
        return false;
    if (asprintf(out, "%.*s/proc/self/fd/%d%s", (int)(mark - word), word, fds[file], rest) < 0)
        die(EXIT_FAILED, "out of memory");
    return true;
}

static void put_all(int fd, const unsigned char *p, size_t len)
{
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        p += n;
        len -= (size_t)n;
    }
}

/* An empty picture: what librrd's own libraries look for once, fonts above all, is found then. */
static void warm_up(void)
{
    struct graph_words w = {0};

    graph_word(&w, "graph");
    graph_word(&w, "-");
    graph_word(&w, GRAPH_FONT);
    graph_word(&w, "--title=.");
    graph_word(&w, "--width=10");
    graph_word(&w, "--height=10");
    graph_word(&w, "HRULE:0#000000");
    rrd_info_t *info = rrd_graph_v((int)w.count, w.at);
    if (info)
        rrd_info_free(info);
    rrd_clear_error();
    graph_words_release(&w);
}

/* As put_words() sent them; false when none came. */
static bool take_words(int fd, struct graph_words *w)
{
    struct text all = {0};
    char piece[16384];
    uint32_t counts[2];
    ssize_t n;

    while ((n = read(fd, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            text_add(&all, piece, (size_t)n);
    if (all.len < sizeof(counts))
        return false;
    memcpy(counts, all.data, sizeof(counts));
    const char *at = all.data + sizeof(counts);
    for (uint32_t i = 0; i < counts[0]; i++, at += strlen(at) + 1)
        graph_word(w, "%s", at);
    for (uint32_t i = 0; i < counts[1]; i++, at += strlen(at) + 1)
        graph_file(w, at);
    return true;
}

static _Noreturn void child(int fd, int store_fd)
{
    struct graph_words w = {0};
    int count = 0;

    jail_settle((int[]){fd, store_fd});
    unsetenv("RRDCACHED_ADDRESS");
    warm_up();
    if (!take_words(fd, &w))
        _exit(1);
    char **words = xcalloc(w.count + 1, sizeof(*words));
    int *fds = open_files(store_fd, &w);
    for (size_t i = 0; i < w.count; i++) {
        if (!place_file(&words[count], w.at[i], fds))
            _exit(1);
        count++;
    }
    jail_close();
    rrd_info_t *info = rrd_graph_v(count, words);
    for (const rrd_info_t *i = info; i; i = i->next)
        if (!strcmp(i->key, "image") && i->type == RD_I_BLO)
            put_all(fd, i->value.u_blo.ptr, i->value.u_blo.size);
    _exit(info ? 0 : 1);
}

/* ---- the parent ---- */

static int take_all(int fd, uint64_t until_ns, struct text *out)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char piece[65536];

    for (;;) {
        uint64_t now = clock_mono_ns();
        if (now >= until_ns)
            return -ETIMEDOUT;
        int ready = poll(&p, 1, (int)((until_ns - now) / 1000000) + 1);
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready <= 0)
            continue;
        ssize_t n = read(fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        if (out->len + (size_t)n > PICTURE_MOST)
            return -EMSGSIZE;
        text_add(out, piece, (size_t)n);
    }
}

int graph_drawer_start(struct graph_drawer *d, int store_fd)
{
    int fds[2];

    *d = (struct graph_drawer){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    d->pid = fork();
    if (d->pid == 0)
        child(fds[1], store_fd);
    int err = d->pid < 0 ? -errno : 0;
    close(fds[1]);
    if (err)
        close(fds[0]);
    else
        d->fd = fds[0];
    return err;
}

void graph_drawer_end(struct graph_drawer *d)
{
    if (d->fd < 0)
        return;
    close(d->fd);
    kill(d->pid, SIGKILL);
    while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    d->fd = -1;
}

/* Both counts, then each word and each file, with a 0 behind. */
static int put_words(const struct graph_drawer *d, const struct graph_words *w,
                     uint64_t deadline_ns)
{
    const uint32_t counts[] = {(uint32_t)w->count, (uint32_t)w->file_count};
    const struct timeval most = {.tv_sec = (time_t)(deadline_ns / NS_PER_S)};
    struct text all = {0};
    ssize_t n = 0;

    text_add(&all, counts, sizeof(counts));
    for (size_t i = 0; i < w->count; i++)
        text_add(&all, w->at[i], strlen(w->at[i]) + 1);
    for (size_t i = 0; i < w->file_count; i++)
        text_add(&all, w->files[i], strlen(w->files[i]) + 1);
    setsockopt(d->fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
    for (size_t at = 0; at < all.len && (n >= 0 || errno == EINTR); at += n > 0 ? (size_t)n : 0)
        n = send(d->fd, all.data + at, all.len - at, MSG_NOSIGNAL);
    int err = n >= 0 ? 0 : errno == EAGAIN ? -ETIMEDOUT : -errno;
    shutdown(d->fd, SHUT_WR);
    text_release(&all);
    return err;
}

int graph_drawer_draw(struct graph_drawer *d, const struct graph_words *w, uint64_t deadline_ns,
                      struct text *out)
{
    uint64_t until_ns = clock_mono_ns() + deadline_ns;
    struct text picture = {0};
    int status = 0, err = put_words(d, w, deadline_ns);

    if (!err)
        err = take_all(d->fd, until_ns, &picture);
    close(d->fd);
    d->fd = -1;
    if (err)
        kill(d->pid, SIGKILL);
    while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
        ;
    /* It died, of whatever. */
    if (err == -EPIPE || err == -ECONNRESET ||
        (!err && (!WIFEXITED(status) || WEXITSTATUS(status) || !picture.len)))
        err = -EBADMSG;
    if (!err)
        text_add(out, picture.data, picture.len);
    text_release(&picture);
    return err;
}
