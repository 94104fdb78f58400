/* qmp: see qmp.h. */
#include "qmp.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base.h"
#include "blkstat.h"

#define MS         UINT64_C(1000000)
#define BYTES_MOST (512 << 10) /* of one conversation: a disk takes about 2 KiB */
#define REST_NS    (5 * NS_PER_S)
#define REST_TWICE 4 /* times that the rest is doubled: 80 s */
#define LONG       5 /* samples in a row without a rate: more than one late answer costs */

struct model {
    struct qmp_guest guest;
    struct qmp_answer *answers; /* in the device model's order */
    size_t count, cap;
    uint64_t taken_ns;             /* when it answered last */
    uint64_t told_ns, told_sample; /* what qmp_take gave last: its taken_ns, and in which sample */
    uint64_t rated_sample;         /* the last sample that had a rate, or was not to have one */
    uint64_t rest_ns;              /* not to be asked before */
    unsigned failures;
    int error; /* of the last conversation */
    bool asked;
    bool late; /* the last conversation was not over in time; the next one counts */
};

struct qmp {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news;
    bool stop;
    struct model *models, *spare; /* in order of domid */
    size_t count, cap, spare_cap;
    uint64_t turn;               /* the domid asked last: those after it are next */
    uint64_t sample, sampled_ns; /* qmp_want()s so far; when the last was */

    /* The thread's own. */
    char folder[64];
    uint64_t deadline_ns;
    char *buffer;
    struct qmp_disk disks[QMP_DISKS];
};

/* ---- a conversation ---- */

struct talk {
    int fd;
    uint64_t until_ns;
    char *buffer;
    size_t len, line; /* bytes read so far; where the next line begins */
};

/* Wait until the socket is ready; 0, or -errno. */
static int talk_wait(const struct talk *t, short events)
{
    struct pollfd fd = {.fd = t->fd, .events = events};
    uint64_t now = clock_mono_ns();

    if (now >= t->until_ns)
        return -ETIMEDOUT;
    int n = poll(&fd, 1, (int)((t->until_ns - now + MS - 1) / MS));
    return n > 0 || (n < 0 && errno == EINTR) ? 0 : n ? -errno : -ETIMEDOUT;
}

static int talk_say(const struct talk *t, const char *words)
{
    size_t len = strlen(words);

    while (len) {
        ssize_t n = send(t->fd, words, len, MSG_NOSIGNAL);
        int err = n >= 0 ? 0 : errno == EAGAIN ? talk_wait(t, POLLOUT) : -errno;
        if (err && err != -EINTR)
            return err;
        words += MAX(n, 0);
        len -= (size_t)MAX(n, 0);
    }
    return 0;
}

/* The next line that is no event. 0, or -errno. */
static int talk_hear(struct talk *t, enum qmp_line wanted, struct qmp_disk *disks, size_t *count)
{
    for (;;) {
        const char *start = t->buffer + t->line, *end = memchr(start, '\n', t->len - t->line);
        if (end) {
            enum qmp_line kind = qmp_parse(start, (size_t)(end - start), disks, count);
            t->line += (size_t)(end - start) + 1;
            if (kind == QMP_EVENT)
                continue;
            return kind == wanted ? 0 : -EPROTO;
        }
        if (t->len == BYTES_MOST)
            return -EMSGSIZE;
        int err = talk_wait(t, POLLIN);
        ssize_t n = err ? 0 : recv(t->fd, t->buffer + t->len, BYTES_MOST - t->len, 0);
        if (err)
            return err;
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return n ? -errno : -ECONNRESET;
        t->len += (size_t)MAX(n, 0);
    }
}

static int talk_all(struct talk *t, struct qmp_disk *disks, size_t *count)
{
    int err = talk_hear(t, QMP_GREETING, disks, count);

    if (!err)
        err = talk_say(t, "{\"execute\":\"qmp_capabilities\"}\n");
    if (!err)
        err = talk_hear(t, QMP_RETURN, disks, count);
    if (!err)
        err = talk_say(t, "{\"execute\":\"query-blockstats\"}\n");
    if (!err)
        err = talk_hear(t, QMP_RETURN, disks, count);
    return err;
}

static int ask(struct qmp *q, uint64_t domid, size_t *count)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct talk t = {.until_ns = clock_mono_ns() + q->deadline_ns, .buffer = q->buffer};

    snprintf(to.sun_path, sizeof(to.sun_path), "%s/qmp-libxenstat-%" PRIu64, q->folder, domid);
    t.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (t.fd < 0)
        return -errno;
    int err = connect(t.fd, (const struct sockaddr *)&to, sizeof(to)) ? -errno : 0;
    /* Its queue is full of those it has not let in: earlier ones of ours, where it hangs. */
    if (err == -EAGAIN)
        err = -ETIMEDOUT;
    if (!err)
        err = talk_all(&t, q->disks, count);
    close(t.fd);
    return err;
}

/* ---- the thread ---- */

/* The index of the first that has this domid or a higher one. */
static size_t model_from(const struct qmp *q, uint64_t domid)
{
    size_t low = 0;

    for (size_t high = q->count; low < high;) {
        size_t mid = low + (high - low) / 2;
        if (q->models[mid].guest.domid < domid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct model *model_find(struct qmp *q, uint64_t domid)
{
    size_t i = model_from(q, domid);

    return i < q->count && q->models[i].guest.domid == domid ? &q->models[i] : NULL;
}

static void answer_take(struct qmp_answer *a, const struct qmp_disk *now)
{
    const struct qmp_disk *was = &a->disk;
    bool known = was->id == now->id;

    if (!known)
        a->rd_lat_ns = a->wr_lat_ns = UNKNOWN;
    if (known && was->rd_reqs != UNKNOWN && now->rd_reqs != UNKNOWN && now->rd_ns != UNKNOWN)
        a->rd_lat_ns = blkstat_latency(was->rd_reqs, was->rd_ns, now->rd_reqs, now->rd_ns,
                                       a->rd_lat_ns);
    if (known && was->wr_reqs != UNKNOWN && now->wr_reqs != UNKNOWN && now->wr_ns != UNKNOWN)
        a->wr_lat_ns = blkstat_latency(was->wr_reqs, was->wr_ns, now->wr_reqs, now->wr_ns,
                                       a->wr_lat_ns);
    a->disk = *now;
}

/* Under the lock. */
static void model_take(struct model *m, int err, const struct qmp_disk *disks, size_t count)
{
    /* On a busy host anybody is late once. */
    if (err == -ETIMEDOUT && !m->late) {
        m->late = true;
        return;
    }
    m->error = err;
    if (err) {
        m->rest_ns = clock_mono_ns() + (REST_NS << MIN(m->failures, (unsigned)REST_TWICE));
        m->failures++;
        m->count = 0;
        return;
    }
    m->failures = 0;
    m->late = false;
    m->taken_ns = clock_mono_ns();
    array_reserve(&m->answers, &m->cap, count, sizeof(*m->answers));
    for (size_t i = 0; i < count; i++) {
        if (i >= m->count)
            m->answers[i] = (struct qmp_answer){.disk = {.id = UNKNOWN}};
        answer_take(&m->answers[i], &disks[i]);
    }
    m->count = count;
}

/* Under the lock, which is let go while a device model is asked. False when nobody is to be. They
 * take turns over samples, or slow ones would have those of higher domids never asked. */
static bool ask_next(struct qmp *q)
{
    size_t first = model_from(q, q->turn + 1);

    for (size_t i = 0; i < q->count; i++) {
        struct model *m = &q->models[(first + i) % q->count];
        size_t count = 0;
        if (m->asked || m->rest_ns > clock_mono_ns())
            continue;
        struct qmp_guest guest = m->guest;
        m->asked = true;
        q->turn = guest.domid;
        pthread_mutex_unlock(&q->lock);
        int err = ask(q, guest.domid, &count);
        pthread_mutex_lock(&q->lock);
        m = model_find(q, guest.domid); /* it may have gone, or another have come */
        if (m && !memcmp(&m->guest.uuid, &guest.uuid, sizeof(guest.uuid)))
            model_take(m, err, q->disks, count);
        return true;
    }
    return false;
}

static void *qmp_run(void *arg)
{
    struct qmp *q = arg;

    pthread_mutex_lock(&q->lock);
    while (!q->stop)
        if (!ask_next(q))
            pthread_cond_wait(&q->news, &q->lock);
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* ---- the sampling side ---- */

int qmp_open(struct qmp **out, const char *folder, unsigned deadline_ms,
             char message[COLLECTOR_MESSAGE])
{
    struct qmp *q = xcalloc(1, sizeof(*q));
    sigset_t all, old;

    snprintf(q->folder, sizeof(q->folder), "%s", folder);
    q->deadline_ns = deadline_ms * MS;
    q->buffer = xmalloc(BYTES_MOST);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->news, NULL);
    /* Signals are for the threads that expect them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int err = pthread_create(&q->thread, NULL, qmp_run, q);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!err) {
        *out = q;
        return 0;
    }
    snprintf(message, COLLECTOR_MESSAGE, "no thread to ask device models: %s", strerror(err));
    free(q->buffer);
    free(q);
    return -err;
}

void qmp_close(struct qmp *q)
{
    pthread_mutex_lock(&q->lock);
    q->stop = true;
    pthread_cond_signal(&q->news);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    for (size_t i = 0; i < q->count; i++)
        free(q->models[i].answers);
    free(q->models);
    free(q->spare);
    free(q->buffer);
    pthread_cond_destroy(&q->news);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

void qmp_want(struct qmp *q, const struct qmp_guest *guests, size_t count)
{
    size_t at = 0;

    pthread_mutex_lock(&q->lock);
    q->sample++;
    q->sampled_ns = clock_mono_ns();
    array_reserve(&q->spare, &q->spare_cap, count, sizeof(*q->spare));
    for (size_t i = 0; i < count; i++) {
        while (at < q->count && q->models[at].guest.domid < guests[i].domid)
            free(q->models[at++].answers);
        bool known = at < q->count && q->models[at].guest.domid == guests[i].domid;
        bool same = known &&
                    !memcmp(&q->models[at].guest.uuid, &guests[i].uuid, sizeof(guests[i].uuid));
        if (known && !same)
            free(q->models[at].answers);
        q->spare[i] = same ? q->models[at]
                           : (struct model){.guest = guests[i], .rated_sample = q->sample};
        q->spare[i].asked = false;
        if (q->spare[i].error)
            q->spare[i].rated_sample = q->sample;
        at += known;
    }
    while (at < q->count)
        free(q->models[at++].answers);
    struct model *models = q->models;
    size_t cap = q->cap;
    q->models = q->spare, q->cap = q->spare_cap, q->count = count;
    q->spare = models, q->spare_cap = cap;
    pthread_cond_signal(&q->news);
    pthread_mutex_unlock(&q->lock);
}

/*
 * Whether the sample that is being taken may have the answer. Its rates are by the time between
 * samples: the answers have to be about as far apart, within a quarter, or it is unknown once.
 */
static bool model_tells(const struct qmp *q, struct model *m)
{
    uint64_t passed = clock_mono_ns() - q->sampled_ns, apart = m->taken_ns - m->told_ns;

    if (m->told_sample == q->sample) /* another disk; with an answer that came since, it waits */
        return m->told_ns == m->taken_ns;
    if (!m->taken_ns || m->taken_ns < q->sampled_ns)
        return false;
    if (m->told_sample && m->told_sample + 1 == q->sample) {
        if (MAX(apart, passed) - MIN(apart, passed) > passed / 4)
            return false;
        m->rated_sample = q->sample;
    }
    m->told_sample = q->sample;
    m->told_ns = m->taken_ns;
    return true;
}

bool qmp_take(struct qmp *q, uint64_t domid, uint64_t id, struct qmp_answer *out)
{
    bool found = false;

    pthread_mutex_lock(&q->lock);
    struct model *m = model_find(q, domid);
    size_t count = m && m->count && model_tells(q, m) ? m->count : 0;
    for (size_t i = 0; i < count && !found; i++) {
        found = m->answers[i].disk.id == id;
        if (found)
            *out = m->answers[i];
    }
    pthread_mutex_unlock(&q->lock);
    return found;
}

static const char *why(int err)
{
    switch (err) {
    case -ETIMEDOUT: return "does not answer in time";
    case -EMSGSIZE: return "answers too much";
    case -EPROTO: return "answers something else";
    case -ECONNRESET: return "hangs up";
    case -ENOENT: return "has no socket for statistics";
    default: return strerror(-err);
    }
}

/* How much a device model's trouble is worth a word. */
enum trouble { NONE, NO_SOCKET, SELDOM, FAILED };

static enum trouble trouble_of(const struct qmp *q, const struct model *m)
{
    if (m->error)
        return m->error == -ENOENT ? NO_SOCKET : FAILED;
    return q->sample - m->rated_sample > LONG ? SELDOM : NONE;
}

int qmp_status(struct qmp *q, char message[COLLECTOR_MESSAGE])
{
    const struct model *worst = NULL;
    enum trouble most = NONE;
    size_t count = 0;
    int err = 0;

    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < q->count; i++) {
        const struct model *m = &q->models[i];
        enum trouble now = trouble_of(q, m);
        count += now != NONE;
        if (now > most ||
            (now == SELDOM && most == SELDOM && m->rated_sample < worst->rated_sample))
            worst = m, most = now;
    }
    if (worst) {
        err = most == SELDOM ? -ETIMEDOUT : worst->error;
        snprintf(message, COLLECTOR_MESSAGE,
                 "the device model of domain %" PRIu64 " %s: its disks are unknown%s",
                 worst->guest.domid, most == SELDOM ? "has no answer for each sample" : why(err),
                 count > 1 ? ", and those of others" : "");
    }
    pthread_mutex_unlock(&q->lock);
    return err;
}
