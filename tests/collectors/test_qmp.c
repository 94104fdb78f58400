/*
 * qmp: answers as QEMU 7.2 gives them, and device models that hang, flood, hang up and talk
 * nonsense: each is a thread here with a socket of its own.
 */
#include "../unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "collectors/qmp.h"

#define GREETING                                                                                   \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "             \
    "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n"
#define EVENT                                                                                      \
    "{\"timestamp\": {\"seconds\": 1795465620, \"microseconds\": 324517}, \"event\": "             \
    "\"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-quit\"}}\r\n"
#define STATS(rd, wr)                                                                              \
    "{\"unmap_operations\": 0, \"flush_total_time_ns\": 9, \"wr_highest_offset\": 1048576, "       \
    "\"wr_total_time_ns\": " wr "000, \"wr_bytes\": " wr "00, \"timed_stats\": [], "               \
    "\"account_invalid\": true, \"rd_total_time_ns\": " rd "000, \"flush_operations\": 1, "        \
    "\"wr_operations\": " wr ", \"rd_bytes\": " rd "00, \"rd_operations\": " rd "}"
/* An emulated disk, a vbd's node with an image below it, a vbd on a plain file. */
#define DISKS(rd, wr)                                                                              \
    "{\"return\": [{\"device\": \"ide0-hd0\", \"stats\": " STATS(                                  \
        "77",                                                                                      \
        "77") ", "                                                                                 \
              "\"node-name\": \"#block206\", \"qdev\": \"/machine/unattached/device[16]\"}, "      \
              "{\"device\": \"\", \"parent\": {\"stats\": " STATS(                                 \
                  "88",                                                                            \
                  "88") ", \"node-name\": "                                                        \
                        "\"#block037\"}, \"stats\": " STATS(                                       \
                            rd, wr) ", \"node-name\": \"xvda-qcow2\", "                            \
                                    "\"backing\": {\"stats\": " STATS(                             \
                                        "99",                                                      \
                                        "99") "}, \"qdev\": \"/machine/x\"}, "                     \
                                              "{\"device\": \"\", \"stats\": " STATS(              \
                                                  "5", "6") ", \"node-name\": \"xvdz-raw\"}]}\r\n"

static enum qmp_line parse(const char *line, struct qmp_disk *disks, size_t *count)
{
    return qmp_parse(line, strlen(line), disks, count);
}

static void answers(void **state)
{
    static struct qmp_disk disks[QMP_DISKS];
    size_t count;

    (void)state;
    assert_int_equal(parse(GREETING, disks, &count), QMP_GREETING);
    assert_int_equal(parse(EVENT, disks, &count), QMP_EVENT);
    assert_int_equal(parse("{\"return\": {}}", disks, &count), QMP_RETURN);
    assert_int_equal(count, 0);
    assert_int_equal(parse("{\"error\": {\"class\": \"CommandNotFound\"}}", disks, &count),
                     QMP_ERROR);
    assert_int_equal(parse(DISKS("3", "40"), disks, &count), QMP_RETURN);
    assert_int_equal(count, 2);
    assert_int_equal(disks[0].id, 51712);
    assert_int_equal(disks[0].rd_reqs, 3);
    assert_int_equal(disks[0].wr_reqs, 40);
    assert_int_equal(disks[0].rd_bytes, 300);
    assert_int_equal(disks[0].wr_bytes, 4000);
    assert_int_equal(disks[0].rd_ns, 3000);
    assert_int_equal(disks[0].wr_ns, 40000);
    assert_true(disks[1].id == (1u << 28 | 25 << 8));
    assert_int_equal(disks[1].rd_reqs, 5);
}

static void nonsense(void **state)
{
    static const char *const bad[] = {
        "", "x", "{", "[]", "null", "17", "\"return\"", "{}", "{\"return\": [", "{\"other\": 1}"};
    static struct qmp_disk disks[QMP_DISKS];
    static char deep[100000];
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(parse(bad[i], disks, &count), QMP_BAD);
    memset(deep, '[', sizeof(deep));
    assert_int_equal(qmp_parse(deep, sizeof(deep), disks, &count), QMP_BAD);
    /* Values of other kinds than they should be are not known; nothing else is lost. */
    assert_int_equal(
        parse("{\"return\": [1, null, [], {}, {\"node-name\": 5, \"stats\": {}}, "
              "{\"node-name\": \"xvdb-raw\", \"stats\": 7}, {\"node-name\": \"xvdc\", "
              "\"stats\": {}}, {\"node-name\": \"-raw\", \"stats\": {}}, "
              "{\"node-name\": \"xvdd-raw\", \"stats\": {\"rd_bytes\": -1, \"wr_bytes\": "
              "\"9\", \"rd_operations\": 1.5, \"wr_operations\": 8}}]}",
              disks, &count),
        QMP_RETURN);
    assert_int_equal(count, 1);
    assert_int_equal(disks[0].rd_bytes, UNKNOWN);
    assert_int_equal(disks[0].wr_bytes, UNKNOWN);
    assert_int_equal(disks[0].rd_reqs, UNKNOWN);
    assert_int_equal(disks[0].wr_reqs, 8);
    assert_int_equal(disks[0].rd_ns, UNKNOWN);
}

static void too_many(void **state)
{
    static struct qmp_disk disks[QMP_DISKS];
    struct text t = {0};
    size_t count;

    (void)state;
    text_adds(&t, "{\"return\": [");
    for (int i = 0; i < 1000; i++)
        text_addf(&t, "%s{\"node-name\": \"%d-raw\", \"stats\": {}}", i ? "," : "", i);
    text_adds(&t, "]}");
    assert_int_equal(qmp_parse(t.data, t.len, disks, &count), QMP_RETURN);
    assert_int_equal(count, QMP_DISKS);
    assert_int_equal(disks[QMP_DISKS - 1].id, QMP_DISKS - 1);
    text_release(&t);
}

static void device_numbers(void **state)
{
    static const struct {
        const char *name;
        uint64_t id; /* UNKNOWN: none */
    } cases[] = {
        {"xvda", 51712},
        {"xvda1", 51713},
        {"xvdp15", 51967},
        {"xvdq", 1 << 28 | 4096},
        {"xvda16", 1 << 28 | 16},
        {"xvdaa", 1 << 28 | 26 << 8},
        {"hda", 768},
        {"hdb1", 833},
        {"hdc", 5632},
        {"hdd", 5696},
        {"sda", 2048},
        {"sdp15", 2303},
        {"51712", 51712},
        {"0", 0},
        {"0xca00", 51712},
        {"0XCA10", 51728},
        {"0145000", 51712}, /* octal, as strtoul has it */
        {"2147483647", INT32_MAX},
        {"d0p0", 51712},
        {"d0p1", 51713},
        {"d15p15", 51967},
        {"d16p0", 1 << 28 | 4096},
        {"d0p16", 1 << 28 | 16},
        {"d0x10p0xf", 1 << 28 | 16 << 8 | 15},
        {"d1048575p255", 1 << 28 | 1048575 << 8 | 255},
        {"d1048576p0", UNKNOWN},
        {"d0p256", UNKNOWN},
        {"d0", UNKNOWN},
        {"d0p", UNKNOWN},
        {"dp0", UNKNOWN},
        {"d-1p0", UNKNOWN},
        {"d0p1x", UNKNOWN},
        {"d0xp1", UNKNOWN},
        {"d", UNKNOWN},
        {"2147483648", UNKNOWN},
        {"0x", UNKNOWN},
        {"0xg", UNKNOWN},
        {"08", UNKNOWN},
        {"51712x", UNKNOWN},
        {"ca00", UNKNOWN},
        {"xvda01", UNKNOWN},
        {"xvda0", UNKNOWN},
        {"hda63", 831},
        {"hda64", UNKNOWN},
        {"sda16", UNKNOWN},
        {"hd", UNKNOWN},
        {"xvd", UNKNOWN},
        {"", UNKNOWN},
        {"hde", UNKNOWN},
        {"sdq", UNKNOWN},
        {"xvda256", UNKNOWN},
        {"xvda1x", UNKNOWN},
        {"XVDA", UNKNOWN},
        {"vda", UNKNOWN},
        {"99999999999", UNKNOWN},
        {"xvdaaaaaaaaaaaaaaaa", UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t id = UNKNOWN;
        bool known = vdev_parse(cases[i].name, strlen(cases[i].name), &id);
        assert_int_equal(known, cases[i].id != UNKNOWN);
        if (known)
            assert_true(id == cases[i].id);
    }
}

/* ---- device models ---- */

enum manner { WELL, HANGS, SILENT, FLOODS, BABBLES, NONSENSE, REFUSES, LEAVES };

struct model {
    enum manner manner;
    int listening;
    atomic_uint visits;
    atomic_bool held; /* it answers when it is let go */
    unsigned takes_us;
    atomic_uint_fast64_t sent;
    pthread_t thread;
};

static char folder[64];

static bool say(struct model *m, int fd, const char *words)
{
    ssize_t n = send(fd, words, strlen(words), MSG_NOSIGNAL);

    m->sent += n > 0 ? (uint64_t)n : 0;
    return n == (ssize_t)strlen(words);
}

/* Wait for a command that has this word in it; false when the other side went. */
static bool hear(int fd, const char *word)
{
    char text[512];
    size_t len = 0;
    ssize_t n;

    while (len < sizeof(text) - 1 && (n = recv(fd, text + len, sizeof(text) - 1 - len, 0)) > 0) {
        len += (size_t)n;
        text[len] = '\0';
        if (text[len - 1] == '\n')
            return strstr(text, word) != NULL;
    }
    return false;
}

static void until_left(int fd)
{
    char byte;

    while (recv(fd, &byte, 1, 0) > 0)
        ;
}

static void converse(struct model *m, int fd)
{
    char disks[4096];

    switch (m->manner) {
    case HANGS: until_left(fd); return;
    case FLOODS:
        while (say(m, fd, "{\"QMP\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
            ;
        return;
    case NONSENSE: say(m, fd, "HTTP/1.1 400 Bad Request\r\n\r\n"); return;
    case LEAVES: return;
    default: break;
    }
    if (!say(m, fd, GREETING) || !hear(fd, "qmp_capabilities"))
        return;
    if (m->manner == SILENT) {
        until_left(fd);
        return;
    }
    if (m->manner == REFUSES) {
        say(m, fd, "{\"error\": {\"class\": \"GenericError\"}}\r\n");
        return;
    }
    while (m->manner == BABBLES && say(m, fd, EVENT))
        ;
    if (!say(m, fd, EVENT "{\"return\": {}}\r\n") || !hear(fd, "query-blockstats"))
        return;
    snprintf(disks, sizeof(disks), "%s", m->visits == 1 ? DISKS("100", "10") : DISKS("104", "10"));
    if (m->visits > 1) /* four reads of 1000 ns each since the first visit */
        assert_non_null(strstr(disks, "104000"));
    usleep(m->takes_us);
    while (m->held)
        usleep(1000);
    /* In two pieces, as a socket may give them. */
    size_t half = strlen(disks) / 2;
    send(fd, disks, half, MSG_NOSIGNAL);
    usleep(1000);
    say(m, fd, disks + half);
}

static void *serve(void *arg)
{
    struct model *m = arg;
    int fd;

    while ((fd = accept(m->listening, NULL, NULL)) >= 0) {
        m->visits++;
        converse(m, fd);
        close(fd);
    }
    return NULL;
}

static void path_of(char path[108], unsigned domid)
{
    snprintf(path, 108, "%s/qmp-libxenstat-%u", folder, domid);
}

static void begin_slow(struct model *m, unsigned domid, enum manner manner, unsigned takes_us)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    *m = (struct model){
        .manner = manner, .takes_us = takes_us, .listening = socket(AF_UNIX, SOCK_STREAM, 0)};
    path_of(at.sun_path, domid);
    assert_int_equal(bind(m->listening, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(m->listening, 1), 0);
    assert_int_equal(pthread_create(&m->thread, NULL, serve, m), 0);
}

static void begin(struct model *m, unsigned domid, enum manner manner)
{
    begin_slow(m, domid, manner, 0);
}

static void end(struct model *m, unsigned domid)
{
    char path[108];

    shutdown(m->listening, SHUT_RDWR);
    pthread_join(m->thread, NULL);
    close(m->listening);
    path_of(path, domid);
    unlink(path);
}

#define SELDOM "has no answer for each sample"

/* The status, but for those that are slow, as anybody is on a slow machine. */
static int in_trouble(struct qmp *q, char *message)
{
    int err = qmp_status(q, message);

    return err && strstr(message, SELDOM) ? 0 : err;
}

/* Ask for a disk of one guest until something is known of it, or it is known to be in trouble. */
static bool known_of(struct qmp *q, unsigned domid, struct qmp_answer *a, char *message)
{
    struct qmp_guest guest = {.domid = domid, .uuid = {{1}}};

    message[0] = '\0';
    qmp_want(q, &guest, 1);
    for (int i = 0; i < 10000; i++) {
        if (qmp_take(q, domid, 51712, a))
            return true;
        if (in_trouble(q, message))
            return false;
        qmp_want(q, &guest, 1);
        usleep(5000);
    }
    fail_msg("nothing was heard of the device model of domain %u", domid);
    return false;
}

/* Those that answer are given all the time that a slow machine may take. */
static struct qmp *opened(unsigned deadline_ms)
{
    char message[COLLECTOR_MESSAGE];
    struct qmp *q;

    assert_int_equal(qmp_open(&q, folder, deadline_ms, message), 0);
    return q;
}

static void one_that_answers(void **state)
{
    char message[COLLECTOR_MESSAGE];
    struct qmp_guest guest = {.domid = 5, .uuid = {{2}}};
    struct qmp *q = opened(60000);
    struct qmp_answer a;
    struct model m;

    (void)state;
    begin(&m, 5, WELL);
    assert_true(known_of(q, 5, &a, message));
    assert_int_equal(a.disk.rd_reqs == 100 || a.disk.rd_reqs == 104, true);
    for (int i = 0; i < 10000 && a.disk.rd_reqs != 104; i++) {
        usleep(1000);
        assert_true(known_of(q, 5, &a, message));
    }
    assert_int_equal(a.disk.rd_reqs, 104);
    assert_int_equal(a.rd_lat_ns, 1000);
    assert_int_equal(a.wr_lat_ns, UNKNOWN); /* there was none */
    assert_false(qmp_take(q, 5, 51728, &a));
    assert_false(qmp_take(q, 6, 51712, &a));
    assert_int_equal(in_trouble(q, message), 0);
    /* Another guest under the same number starts anew; one that is not wanted is forgotten. */
    qmp_want(q, &guest, 1);
    qmp_want(q, NULL, 0);
    assert_false(qmp_take(q, 5, 51712, &a));
    qmp_close(q);
    end(&m, 5);
}

static void ones_that_do_not(void **state)
{
    static const struct {
        enum manner manner;
        int error;
        const char *words;
        unsigned visits; /* being late once is forgiven */
    } cases[] = {
        {HANGS, -ETIMEDOUT, "domain 7 does not answer in time", 2},
        {SILENT, -ETIMEDOUT, "domain 7 does not answer in time", 2},
        {NONSENSE, -EPROTO, "domain 7 answers something else", 1},
        {REFUSES, -EPROTO, "domain 7 answers something else", 1},
        {LEAVES, -ECONNRESET, "domain 7 hangs up", 1},
    };
    char message[COLLECTOR_MESSAGE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct qmp *q = opened(QMP_DEADLINE_MS);
        struct qmp_answer a;
        struct model m;
        begin(&m, 7, cases[i].manner);
        assert_false(known_of(q, 7, &a, message));
        assert_int_equal(qmp_status(q, message), cases[i].error);
        if (!strstr(message, cases[i].words))
            fail_msg("no '%s' in '%s'", cases[i].words, message);
        /* It is left alone now, however often it is wanted. */
        for (int n = 0; n < 20; n++) {
            assert_false(known_of(q, 7, &a, message));
            usleep(1000);
        }
        qmp_close(q);
        assert_int_equal(m.visits, cases[i].visits);
        end(&m, 7);
    }
}

/* What floods is cut off: it was not read for longer than the deadline or beyond the cap. */
static void ones_that_flood(void **state)
{
    static const enum manner manners[] = {FLOODS, BABBLES};
    char message[COLLECTOR_MESSAGE];

    (void)state;
    for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
        struct qmp *q = opened(QMP_DEADLINE_MS);
        struct qmp_answer a;
        struct model m;
        begin(&m, 8, manners[i]);
        assert_false(known_of(q, 8, &a, message));
        /* Slow machines are out of time before they are over the cap. */
        if (!strstr(message, "answers too much") && !strstr(message, "in time"))
            fail_msg("%s", message);
        qmp_close(q);
        end(&m, 8);
        assert_true(m.sent < 4 << 20);
        assert_true(m.visits <= 2);
    }
}

/* One in trouble costs the others nothing, and is the one that is named, not those that have no
 * socket. */
static void beside_others(void **state)
{
    struct qmp_guest guests[] = {{.domid = 3}, {.domid = 7}, {.domid = 9}, {.domid = 11}};
    char message[COLLECTOR_MESSAGE];
    struct qmp *q = opened(2000);
    struct qmp_answer a;
    struct model hung, fine;
    bool seen = false;

    (void)state;
    begin(&hung, 7, HANGS);
    begin(&fine, 9, WELL);
    for (int i = 0; i < 10000 && !seen; i++) {
        seen = qmp_take(q, 9, 51712, &a) && a.disk.rd_reqs == 104 &&
               in_trouble(q, message) == -ETIMEDOUT;
        if (!seen)
            qmp_want(q, guests, 4);
        usleep(1000);
    }
    assert_true(seen);
    assert_int_equal(qmp_status(q, message), -ETIMEDOUT);
    assert_non_null(strstr(message, "domain 7 "));
    qmp_close(q);
    end(&hung, 7);
    end(&fine, 9);
}

/* Slow ones are asked in turn, whatever their number and the samples meanwhile; and it is said. */
static void slow_ones(void **state)
{
    enum { COUNT = 6 };
    struct qmp_guest guests[COUNT] = {{0}};
    char message[COLLECTOR_MESSAGE] = "";
    struct model models[COUNT];
    struct qmp *q = opened(60000);
    struct qmp_answer a;
    bool all = false, said = false;

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        guests[i].domid = 20 + i;
        begin_slow(&models[i], 20 + i, WELL, 30000);
    }
    for (int n = 0; n < 1000 && !(all && said); n++) {
        qmp_want(q, guests, COUNT);
        usleep(20000);
        said = said || (qmp_status(q, message) == -ETIMEDOUT && strstr(message, SELDOM));
        all = true;
        for (unsigned i = 0; i < COUNT; i++) {
            qmp_take(q, 20 + i, 51712, &a);
            all = all && models[i].visits > 1;
        }
    }
    for (unsigned i = 0; i < COUNT; i++)
        if (models[i].visits < 2)
            fail_msg("the device model of domain %u was asked %u times", 20 + i, models[i].visits);
    assert_true(said);
    qmp_close(q);
    for (unsigned i = 0; i < COUNT; i++)
        end(&models[i], 20 + i);
}

/* An answer serves one sample. The next has none while the device model takes its time. */
static void one_that_is_late(void **state)
{
    char message[COLLECTOR_MESSAGE];
    struct qmp_guest guest = {.domid = 14};
    struct qmp *q = opened(60000);
    struct qmp_answer a;
    struct model m;
    bool found = false;

    (void)state;
    begin(&m, 14, WELL);
    qmp_want(q, &guest, 1);
    for (int i = 0; i < 10000 && !(found = qmp_take(q, 14, 51712, &a)); i++)
        usleep(1000);
    assert_true(found);
    assert_true(qmp_take(q, 14, 51712, &a)); /* the same sample: for another disk */
    m.held = true;
    for (int i = 0; i < 10; i++) {
        qmp_want(q, &guest, 1);
        assert_false(qmp_take(q, 14, 51712, &a));
    }
    assert_int_equal(qmp_status(q, message), -ETIMEDOUT);
    assert_non_null(strstr(message, "domain 14 " SELDOM));
    m.held = false;
    qmp_close(q);
    end(&m, 14);
}

/* Two answers much further apart than the samples would make a wrong rate. */
static void one_that_is_off(void **state)
{
    struct qmp_guest guest = {.domid = 15};
    struct qmp *q = opened(60000);
    struct qmp_answer a;
    struct model m;
    bool found = false;

    (void)state;
    begin(&m, 15, WELL);
    qmp_want(q, &guest, 1);
    for (int i = 0; i < 10000 && !(found = qmp_take(q, 15, 51712, &a)); i++)
        usleep(1000);
    assert_true(found);
    usleep(400000);
    uint64_t start = clock_mono_ns();
    qmp_want(q, &guest, 1);
    for (;;) {
        usleep(1000);
        found = qmp_take(q, 15, 51712, &a);
        if (clock_mono_ns() - start > UINT64_C(200000000))
            break;
        assert_false(found);
    }
    qmp_close(q);
    end(&m, 15);
}

static void none_there(void **state)
{
    char message[COLLECTOR_MESSAGE];
    struct qmp *q = opened(QMP_DEADLINE_MS);
    struct qmp_answer a;

    (void)state;
    assert_false(known_of(q, 12, &a, message));
    assert_int_equal(qmp_status(q, message), -ENOENT);
    assert_non_null(strstr(message, "has no socket"));
    qmp_close(q);
}

/* One that is stopped lets nobody in: once its queue is full, there is not even a connection. */
static void one_that_is_stopped(void **state)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char message[COLLECTOR_MESSAGE];
    struct qmp *q = opened(QMP_DEADLINE_MS);
    struct qmp_answer a;
    int waiting[8], listening = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    path_of(at.sun_path, 13);
    assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(listening, 1), 0);
    for (int i = 0; i < 8; i++) {
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(waiting[i], (struct sockaddr *)&at, sizeof(at));
    }
    assert_false(known_of(q, 13, &a, message));
    assert_int_equal(qmp_status(q, message), -ETIMEDOUT);
    assert_non_null(strstr(message, "domain 13 does not answer in time"));
    qmp_close(q);
    for (int i = 0; i < 8; i++)
        close(waiting[i]);
    close(listening);
    unlink(at.sun_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(nonsense),
        cmocka_unit_test(too_many),
        cmocka_unit_test(device_numbers),
        cmocka_unit_test(one_that_answers),
        cmocka_unit_test(ones_that_do_not),
        cmocka_unit_test(ones_that_flood),
        cmocka_unit_test(beside_others),
        cmocka_unit_test(slow_ones),
        cmocka_unit_test(one_that_is_late),
        cmocka_unit_test(one_that_is_off),
        cmocka_unit_test(none_there),
        cmocka_unit_test(one_that_is_stopped),
    };

    snprintf(folder, sizeof(folder), "/tmp/domtop-qmp-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    int failed = cmocka_run_group_tests_name("qmp", tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
