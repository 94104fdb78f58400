/*
 * store_reader against a xenstored of this test's own: one that answers, stalls, goes and comes
 * back with other words, and a reader that is closed while nobody answers.
 */
#include "../unit.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

#include "base.h"
#include "collectors/store_reader.h"

#define CONNECTIONS 8
/* How long anything may take on a machine that is busy. */
#define PATIENCE_S 60

/* ---- a xenstored ---- */

static struct xenstored {
    pthread_t thread;
    struct sockaddr_un address;
    const char *name; /* of domain 7 */
    atomic_bool stalled, stop;
    atomic_bool hold, held; /* no answer to who asks for a memory target; one asked */
    atomic_uint asked, late_at,
        last_at; /* requests; that for domain 99's name, domain 9's target */
} daemon7 = {.address.sun_family = AF_UNIX};

static void reply(int fd, struct xsd_sockmsg head, const char *text, size_t len)
{
    head.len = (uint32_t)len;
    assert_int_equal(send(fd, &head, sizeof(head), MSG_NOSIGNAL), sizeof(head));
    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* One request; false when the other end is gone. */
static bool serve(int fd)
{
    const struct {
        const char *path, *value;
    } nodes[] = {{"/local/domain/0/domid", "0"},
                 {"/local/domain/0/name", "Domain-0"},
                 {"/local/domain/7/name", daemon7.name},
                 {"/local/domain/7/memory/target", "2048"},
                 {"/local/domain/7/memory/videoram", "512"},
                 {"/local/domain/7/data/meminfo_free", "1024"},
                 {"/local/domain/7/data/meminfo_total", "2000"}};
    struct xsd_sockmsg head;
    char body[XENSTORE_PAYLOAD_MAX + 1];

    if (recv(fd, &head, sizeof(head), MSG_WAITALL) != sizeof(head) || !head.len ||
        recv(fd, body, head.len, MSG_WAITALL) != (ssize_t)head.len)
        return false;
    if (head.type == XS_WATCH || head.type == XS_UNWATCH) {
        reply(fd, head, "OK", 3);
        return true;
    }
    if (head.type == XS_READ) {
        daemon7.asked++;
        while (daemon7.hold && strstr(body, "/memory/target")) {
            daemon7.held = true;
            usleep(1000);
        }
        if (!strcmp(body, "/local/domain/99/name"))
            daemon7.late_at = daemon7.asked;
        if (!strcmp(body, "/local/domain/9/memory/target"))
            daemon7.last_at = daemon7.asked;
    }
    for (size_t i = 0; i < ARRAY_LEN(nodes) && head.type == XS_READ; i++)
        if (!strcmp(nodes[i].path, body)) {
            reply(fd, head, nodes[i].value, strlen(nodes[i].value));
            return true;
        }
    head.type = XS_ERROR;
    reply(fd, head, "ENOENT", 7);
    return true;
}

static void *daemon_run(void *arg)
{
    struct pollfd fds[CONNECTIONS + 1];
    int listening = *(int *)arg;
    nfds_t n = 1;

    fds[0] = (struct pollfd){.fd = listening, .events = POLLIN};
    while (!daemon7.stop) {
        if (daemon7.stalled) {
            usleep(10000);
            continue;
        }
        poll(fds, n, 10);
        for (nfds_t i = n; --i > 0;)
            if (fds[i].revents && !serve(fds[i].fd)) {
                close(fds[i].fd);
                fds[i] = fds[--n];
            }
        if (fds[0].revents && n <= CONNECTIONS)
            fds[n++] = (struct pollfd){.fd = accept(listening, NULL, NULL), .events = POLLIN};
    }
    while (n--)
        close(fds[n].fd);
    unlink(daemon7.address.sun_path);
    return NULL;
}

static void daemon_start(const char *name)
{
    static int fd;

    daemon7.name = name;
    daemon7.stop = daemon7.stalled = false;
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&daemon7.address, sizeof(daemon7.address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(pthread_create(&daemon7.thread, NULL, daemon_run, &fd), 0);
}

static void daemon_end(void)
{
    daemon7.stop = true;
    pthread_join(daemon7.thread, NULL);
}

/* ---- what is seen ---- */

static char said[COLLECTOR_MESSAGE];

static void until_status(struct store_reader *r, int wanted)
{
    uint64_t end = clock_mono_ns() + PATIENCE_S * NS_PER_S;
    int got;

    while ((got = store_reader_status(r, said)) != wanted && clock_mono_ns() < end)
        usleep(10000);
    assert_int_equal(got, wanted);
}

static void until_name(struct store_reader *r, const char *wanted)
{
    uint64_t end = clock_mono_ns() + PATIENCE_S * NS_PER_S;
    bool there = false;

    while (!there && clock_mono_ns() < end) {
        size_t count;
        struct store_entry *const *entries = store_reader_lock(r, &count);
        there = count == 2 && entries[1]->name && !strcmp(entries[1]->name, wanted) &&
                entries[1]->target_bytes == 2048 * 1024 && entries[1]->video_bytes == 512 * 1024 &&
                entries[1]->guest_free_bytes == 1024 * 1024 &&
                entries[1]->guest_mem_bytes == 2000 * 1024;
        store_reader_unlock(r);
        usleep(10000);
    }
    assert_true(there);
}

static size_t threads(void)
{
    DIR *d = opendir("/proc/self/task");
    size_t n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void life(void **state)
{
    char folder[] = "/tmp/domtop-store-XXXXXX", message[COLLECTOR_MESSAGE] = "";
    struct snapshot s = {0};
    struct store_reader *r;
    size_t count;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(daemon7.address.sun_path, sizeof(daemon7.address.sun_path), "%s/socket", folder);
    setenv("XENSTORED_PATH", daemon7.address.sun_path, 1);
    unit_domain(&s, 0, 0);
    unit_domain(&s, 7, 7);

    daemon_start("first");
    size_t before = threads();
    assert_int_equal(store_reader_open(&r, message), 0);
    store_reader_want(r, &s);
    until_name(r, "first");
    until_status(r, 0);

    /* It stalls, and goes on; nothing is forgotten. */
    daemon7.stalled = true;
    until_status(r, -ETIMEDOUT);
    assert_non_null(strstr(said, "has not answered for"));
    until_name(r, "first");
    daemon7.stalled = false;
    until_status(r, 0);

    /* It goes, and comes back with other words. */
    daemon_end();
    until_status(r, -ENOTCONN);
    assert_non_null(strstr(said, "from before"));
    until_name(r, "first");
    daemon_start("second");
    until_name(r, "second");
    until_status(r, 0);

    /* One that stalls holds up no end, and no thread stays behind. */
    daemon7.stalled = true;
    until_status(r, -ETIMEDOUT);
    store_reader_close(r);
    assert_int_equal(threads(), before);
    daemon_end();

    /* Nor does one that never said a word. */
    daemon_start("third");
    daemon7.stalled = true;
    assert_int_equal(store_reader_open(&r, message), 0);
    store_reader_want(r, &s);
    assert_int_equal(store_reader_status(r, said), -ETIMEDOUT);
    store_reader_lock(r, &count);
    assert_int_equal(count, 0);
    store_reader_unlock(r);
    store_reader_close(r);
    assert_int_equal(threads(), before);
    daemon_end();
    rmdir(folder);
    snapshot_release(&s);
}

/* All the rest of many domains takes its time: a new domain's name is read before it. */
static void names_first(void **state)
{
    char folder[] = "/tmp/domtop-store-XXXXXX", message[COLLECTOR_MESSAGE] = "";
    uint64_t end = clock_mono_ns() + PATIENCE_S * NS_PER_S;
    struct snapshot s = {0};
    struct store_reader *r;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(daemon7.address.sun_path, sizeof(daemon7.address.sun_path), "%s/socket", folder);
    setenv("XENSTORED_PATH", daemon7.address.sun_path, 1);
    for (uint8_t id = 0; id < 10; id++)
        unit_domain(&s, id, id);
    daemon_start("seven");
    daemon7.hold = true;
    assert_int_equal(store_reader_open(&r, message), 0);
    store_reader_want(r, &s);
    while (!daemon7.held && clock_mono_ns() < end)
        usleep(1000);
    assert_true(daemon7.held);

    unit_domain(&s, 99, 99);
    store_reader_want(r, &s);
    assert_int_equal(daemon7.last_at, 0);
    daemon7.hold = false;
    while ((!daemon7.last_at || !daemon7.late_at) && clock_mono_ns() < end)
        usleep(1000);
    /* And the rest comes all the same. */
    assert_true(daemon7.late_at > 0 && daemon7.late_at < daemon7.last_at);
    store_reader_close(r);
    daemon_end();
    rmdir(folder);
    snapshot_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(life), cmocka_unit_test(names_first)};

    return cmocka_run_group_tests_name("store_reader", tests, NULL, NULL);
}
