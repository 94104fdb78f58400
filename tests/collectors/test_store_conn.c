/*
 * store_conn: replies as xenstored gives them, in one piece and in many, and a xenstored that
 * stalls, trickles, hangs up and talks nonsense: the other end of a socket pair.
 */
#include "../unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

#include "base.h"
#include "collectors/store_conn.h"
#include "collectors/xenstored.h"

#define PATH "/local/domain/7/data/meminfo_free"

static struct store_conn conn;
static int peer;

static int begin(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    conn = (struct store_conn){.fd = ends[0], .by_socket = true, .id = 40};
    peer = ends[1];
    return 0;
}

static int end(void **state)
{
    (void)state;
    store_conn_close(&conn);
    if (peer >= 0)
        close(peer);
    return 0;
}

static size_t message(char *out, uint32_t type, uint32_t id, const void *payload, size_t len)
{
    struct xsd_sockmsg head = {.type = type, .req_id = id, .len = (uint32_t)len};

    memcpy(out, &head, sizeof(head));
    memcpy(out + sizeof(head), payload, len);
    return sizeof(head) + len;
}

static void say(uint32_t type, uint32_t id, const char *payload, size_t len)
{
    char bytes[2 * STORE_REPLY];
    size_t n = message(bytes, type, id, payload, len);

    assert_int_equal(send(peer, bytes, n, MSG_NOSIGNAL), n);
}

static void assert_answer(const char *wanted)
{
    const char *value = "";

    assert_int_equal(store_conn_answer(&conn, 1000, &value), 0);
    if (wanted)
        assert_string_equal(value, wanted);
    else
        assert_null(value);
}

static void parsing(void **state)
{
    char bytes[STORE_REPLY + 16], long_value[XENSTORE_PAYLOAD_MAX + 1] = "";
    struct store_reply reply;

    (void)state;
    size_t n = message(bytes, XS_READ, 5, "131072", 6);
    for (size_t len = 0; len < n; len++)
        assert_int_equal(store_reply_parse(bytes, len, 5, &reply), 0);
    assert_int_equal(store_reply_parse(bytes, n, 5, &reply), 1);
    assert_ptr_equal(reply.value, bytes + sizeof(struct xsd_sockmsg));
    assert_int_equal(reply.len, 6);
    assert_int_equal(store_reply_parse(bytes, n, 4, &reply), -EPROTO);
    assert_int_equal(store_reply_parse(bytes, n + 1, 5, &reply), -EPROTO);

    n = message(bytes, XS_READ, 5, "", 0);
    assert_int_equal(store_reply_parse(bytes, n, 5, &reply), 1);
    assert_non_null(reply.value);
    assert_int_equal(reply.len, 0);

    n = message(bytes, XS_ERROR, 5, "ENOENT", 7);
    assert_int_equal(store_reply_parse(bytes, n - 1, 5, &reply), 0);
    assert_int_equal(store_reply_parse(bytes, n, 5, &reply), 1);
    assert_null(reply.value);

    n = message(bytes, XS_READ, 5, long_value, XENSTORE_PAYLOAD_MAX);
    assert_int_equal(n, STORE_REPLY);
    assert_int_equal(store_reply_parse(bytes, n, 5, &reply), 1);
    assert_int_equal(reply.len, XENSTORE_PAYLOAD_MAX);
    /* One that will be too long is none, whatever of it has come. */
    message(bytes, XS_READ, 5, long_value, XENSTORE_PAYLOAD_MAX + 1);
    assert_int_equal(store_reply_parse(bytes, sizeof(struct xsd_sockmsg), 5, &reply), -EPROTO);

    static const uint32_t others[] = {XS_WATCH_EVENT, XS_DIRECTORY, XS_WRITE, XS_INVALID};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        n = message(bytes, others[i], 5, "x", 1);
        assert_int_equal(store_reply_parse(bytes, n, 5, &reply), -EPROTO);
    }
}

static void asking(void **state)
{
    char bytes[STORE_REPLY], wanted[STORE_REPLY], path[STORE_PATH + 1];

    (void)state;
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    ssize_t n = read(peer, bytes, sizeof(bytes));
    assert_int_equal(n, message(wanted, XS_READ, 41, PATH, sizeof(PATH)));
    assert_memory_equal(bytes, wanted, n);
    say(XS_READ, 41, "4321", 4);
    assert_answer("4321");
    /* The next is shorter and may have nothing of the last one in it. */
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    say(XS_READ, 42, "9", 1);
    assert_answer("9");
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    say(XS_ERROR, 43, "EACCES", 7);
    assert_answer(NULL);
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    say(XS_READ, 44, "", 0);
    assert_answer("");

    memset(path, 'x', sizeof(path));
    path[STORE_PATH] = '\0';
    assert_int_equal(store_conn_ask(&conn, path), -ENAMETOOLONG);
    path[STORE_PATH - 1] = '\0';
    assert_int_equal(store_conn_ask(&conn, path), 0);
}

static void longest(void **state)
{
    static char most[XENSTORE_PAYLOAD_MAX + 1];

    (void)state;
    memset(most, 'y', XENSTORE_PAYLOAD_MAX);
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    say(XS_READ, 41, most, XENSTORE_PAYLOAD_MAX);
    assert_answer(most);
}

/* An answer that is late is waited for once more, by whoever still wants it. */
static void stalled(void **state)
{
    const char *value = "";
    uint64_t start = clock_mono_ns();

    (void)state;
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    assert_int_equal(store_conn_answer(&conn, 30, &value), -ETIMEDOUT);
    assert_null(value);
    assert_true(clock_mono_ns() - start >= 30 * UINT64_C(1000000));
    assert_int_equal(store_conn_answer(&conn, 0, &value), -ETIMEDOUT);
    say(XS_READ, 41, "4321", 4);
    assert_int_equal(store_conn_answer(&conn, 0, &value), 0);
    assert_string_equal(value, "4321");
}

static void *trickle(void *arg)
{
    char bytes[STORE_REPLY], *end = arg;
    size_t n = message(bytes, XS_READ, 41, "4321", 4);

    for (size_t i = 0; i < n && !*(volatile char *)end; i++) {
        assert_int_equal(send(peer, bytes + i, 1, MSG_NOSIGNAL), 1);
        usleep(10000);
    }
    return NULL;
}

/* The time is for all of it, not for each byte; what came is kept. */
static void trickled(void **state)
{
    const char *value;
    char stop = 0;
    pthread_t thread;
    int err, waits = 0;

    (void)state;
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    assert_int_equal(pthread_create(&thread, NULL, trickle, &stop), 0);
    while ((err = store_conn_answer(&conn, 30, &value)) == -ETIMEDOUT)
        waits++;
    stop = 1;
    pthread_join(thread, NULL);
    assert_int_equal(err, 0);
    assert_string_equal(value, "4321");
    assert_true(waits >= 2);
}

static void broken(void **state)
{
    const char *value = "";

    /* Nonsense, an event nobody asked for, another's answer, more than the answer. */
    (void)state;
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    say(XS_WATCH_EVENT, 0, "a\0b", 4);
    assert_int_equal(store_conn_answer(&conn, 1000, &value), -EPROTO);
    assert_null(value);
    end(NULL), begin(NULL);
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    say(XS_READ, 40, "4321", 4);
    assert_int_equal(store_conn_answer(&conn, 1000, &value), -EPROTO);
    end(NULL), begin(NULL);
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    say(XS_READ, 41, conn.bytes, XENSTORE_PAYLOAD_MAX + 1);
    assert_int_equal(store_conn_answer(&conn, 1000, &value), -EPROTO);

    /* It hangs up in the middle, and before it is asked. */
    end(NULL), begin(NULL);
    assert_int_equal(store_conn_ask(&conn, PATH), 0);
    assert_int_equal(send(peer, "abc", 3, 0), 3);
    close(peer);
    peer = -1;
    assert_int_equal(store_conn_answer(&conn, 1000, &value), -ECONNRESET);
    assert_int_equal(store_conn_ask(&conn, PATH), -EPIPE);

    /* It takes nothing any more. */
    end(NULL), begin(NULL);
    while (send(conn.fd, conn.bytes, sizeof(conn.bytes), MSG_NOSIGNAL) > 0)
        ;
    assert_int_equal(store_conn_ask(&conn, PATH), -EAGAIN);
}

/* A socket that is there or not, listened on or not, and full. */
static void opening(void **state)
{
    char folder[] = "/tmp/domtop-store-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct store_conn conns[8];
    int err = 0;
    size_t n = 0;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
    setenv("XENSTORED_PATH", address.sun_path, 1);
    assert_int_equal(store_conn_open(&conns[0], true), -ENOENT);
    assert_false(conns[0].by_socket);
    assert_int_equal(conns[0].fd, -1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(store_conn_open(&conns[0], true), -ECONNREFUSED);
    /* As xenstored listens: who does not take its connections has room for two. */
    assert_int_equal(listen(fd, 1), 0);
    while (n < ARRAY_LEN(conns) && !(err = store_conn_open(&conns[n], false)))
        assert_true(conns[n++].by_socket);
    assert_int_equal(n, 2);
    assert_int_equal(err, -EAGAIN);
    assert_true(conns[n].by_socket);
    assert_int_equal(conns[n].fd, -1);
    assert_non_null(strstr(xenstored_missing(), "does not answer"));
    while (n--)
        store_conn_close(&conns[n]);
    close(fd);
    unlink(address.sun_path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing),
        cmocka_unit_test_setup_teardown(asking, begin, end),
        cmocka_unit_test_setup_teardown(longest, begin, end),
        cmocka_unit_test_setup_teardown(stalled, begin, end),
        cmocka_unit_test_setup_teardown(trickled, begin, end),
        cmocka_unit_test_setup_teardown(broken, begin, end),
        cmocka_unit_test(opening),
    };
    return cmocka_run_group_tests_name("store_conn", tests, NULL, NULL);
}
