/* serve_link: what is held is given away as a copy, in order, when nothing else is to be sent. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/serve_link.h"

static struct serve_link l;
static int recorder; /* its end of the socket */

static void begin(void)
{
    static char name[] = "domtop", *argv[] = {name, NULL};
    int pair[2];

    serve_link_init(&l, argv, -1, -1, 100, 1 << 20);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    l.fd = pair[0];
    recorder = pair[1];
    l.ready = true;
    l.pid = fork();
    if (!l.pid) { /* for as long as somebody may wait for it, also when the test has failed */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
}

static void end(void)
{
    kill(l.pid, SIGKILL);
    close(recorder);
    serve_link_end(&l);
}

static struct serve_item *add(enum serve_kind kind, const char *bytes, bool held)
{
    struct serve_item *item = serve_queue_add(&l.queue, kind);

    text_adds(&item->bytes, bytes);
    item->held = held;
    item->mono_ns = 5;
    serve_queue_added(&l.queue, item, l.busy);
    return item;
}

/* What the recorder is given: "kind number bytes", of a copy what is in it; "" for nothing. */
static const char *given(struct serve_head *head)
{
    static char text[4096];
    char bytes[2048];
    struct held_list list;

    serve_link_work(&l);
    if (read(recorder, head, sizeof(*head)) < 0)
        return "";
    ssize_t n = head->len ? read(recorder, bytes, sizeof(bytes)) : 0;
    assert_int_equal(n, head->len);
    if (head->kind != SERVE_KEEP) {
        snprintf(text, sizeof(text), "%u %.*s", head->kind, (int)n, n ? bytes : "");
        return text;
    }
    held_list_read(&list, bytes, (size_t)n);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.records[0].head.number, head->number);
    assert_int_equal(list.records[0].head.lasting_ns, 5);
    snprintf(text, sizeof(text), "keep %u %.*s", list.records[0].head.kind,
             (int)list.records[0].head.len, list.records[0].bytes);
    held_list_release(&list);
    return text;
}

static void answer(uint64_t number, int error)
{
    struct serve_answer a = {.number = number, .error = error};

    assert_int_equal(write(recorder, &a, sizeof(a)), sizeof(a));
    serve_link_work(&l);
}

/* The recorder is given this, and done with it. */
static void takes(struct serve_head *head, const char *what)
{
    assert_string_equal(given(head), what);
    answer(head->number, 0);
}

static void copies(void **state)
{
    struct serve_head head;

    (void)state;
    begin();
    add(SERVE_EVENT, "event", false);
    add(SERVE_SAMPLE, "one", true);
    add(SERVE_HAPPENED, "two", true);
    assert_string_equal(given(&head), "3 event");
    assert_string_equal(given(&head), ""); /* one at a time */
    answer(head.number, 0);
    assert_string_equal(given(&head), "keep 1 one");
    /* It is decided and goes while its copy is on its way. */
    serve_queue_at(&l.queue, 0)->held = false;
    assert_string_equal(given(&head), "");
    serve_queue_drop(&l.queue, 0);
    assert_false(l.busy);
    answer(head.number, 0);
    takes(&head, "keep 3 two");
    assert_true(serve_queue_at(&l.queue, 0)->head.kept);
    assert_string_equal(given(&head), "");
    assert_int_equal(serve_link_wants(&l), POLLIN);
    assert_false(serve_link_keeps(&l));
    /* What is decided goes before further copies, and says that there is one of it. */
    serve_queue_at(&l.queue, 0)->held = false;
    add(SERVE_SAMPLE, "three", true);
    assert_string_equal(given(&head), "2 two");
    assert_true(head.kept);
    answer(head.number, 0);
    assert_string_equal(given(&head), "keep 1 three");
    end();
}

/* While what was held is handed over, samples that come are kept in between, and the copies go when
 * all is recorded. */
static void handing(void **state)
{
    struct serve_head head;

    (void)state;
    begin();
    add(SERVE_SAMPLE, "one", true);
    takes(&head, "keep 1 one");
    serve_queue_at(&l.queue, 0)->held = false;
    serve_queue_add(&l.queue, SERVE_FORGET);
    l.keeping.handing = true;
    assert_string_equal(given(&head), "0 one");
    add(SERVE_HAPPENED, "told", false);
    add(SERVE_SAMPLE, "two", false);
    answer(head.number, 0);
    takes(&head, "keep 1 two");
    takes(&head, "2 told");
    assert_string_equal(given(&head), "0 two");
    assert_true(head.kept);
    answer(head.number, 0);
    assert_string_equal(given(&head), "7 ");
    assert_true(l.keeping.any);
    answer(head.number, 0);
    assert_false(l.keeping.any || l.keeping.handing);
    add(SERVE_SAMPLE, "three", false);
    add(SERVE_SAMPLE, "four", false);
    takes(&head, "0 three");
    assert_string_equal(given(&head), "0 four");
    end();
}

/* Where nothing can be kept it is tried once for each that is added, not without a rest. */
static void refused(void **state)
{
    struct serve_head head;

    (void)state;
    begin();
    add(SERVE_SAMPLE, "one", true);
    add(SERVE_SAMPLE, "two", true);
    assert_string_equal(given(&head), "keep 1 one");
    answer(head.number, -ENOSPC);
    assert_string_equal(given(&head), "");
    assert_int_equal(serve_link_wants(&l), POLLIN);
    assert_false(serve_queue_at(&l.queue, 0)->head.kept);
    assert_true(l.keeping.failing);
    /* What is decided meanwhile goes as ever. */
    add(SERVE_EVENT, "event", false);
    serve_queue_forward(&l.queue, 2, 0);
    takes(&head, "3 event");
    serve_link_held(&l);
    assert_int_equal(serve_link_wants(&l), POLLIN | POLLOUT);
    takes(&head, "keep 1 one");
    assert_false(l.keeping.failing);
    takes(&head, "keep 1 two");
    end();
}

/* A recorder that dies with a copy: the next one gets it. */
static void died(void **state)
{
    struct serve_head head;

    (void)state;
    begin();
    add(SERVE_SAMPLE, "one", true);
    assert_string_equal(given(&head), "keep 1 one");
    kill(l.pid, SIGKILL);
    while (l.pid)
        serve_link_work(&l);
    assert_false(l.keeping.busy);
    assert_int_equal(serve_queue_unkept(&l.queue, false)->head.number, head.number);
    close(recorder);
    serve_link_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),
        cmocka_unit_test(handing),
        cmocka_unit_test(refused),
        cmocka_unit_test(died),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
