/* store_ends: what is asked of xenstored, and what is made of what it says, or of its going away.
 */
#include "../unit.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

#include "base.h"
#include "collectors/store_ends.h"

static bool comes(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 5000) == 1;
}

static void say_event(int peer)
{
    static const char event[] = "@releaseDomain\0ends";
    struct xsd_sockmsg head = {.type = XS_WATCH_EVENT, .len = sizeof(event)};

    assert_int_equal(send(peer, &head, sizeof(head), MSG_NOSIGNAL), sizeof(head));
    assert_int_equal(send(peer, event, sizeof(event), MSG_NOSIGNAL), sizeof(event));
}

static void ends(void **state)
{
    static const char wanted[] = "@releaseDomain\0ends";
    char folder[] = "/tmp/domtop-ends-XXXXXX", bytes[128];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct xsd_sockmsg head;
    struct store_ends e;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
    setenv("XENSTORED_PATH", address.sun_path, 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    store_ends_init(&e);
    int ours = store_ends_fd(&e);
    assert_true(ours >= 0);
    assert_int_equal(store_ends_fd(&e), ours);
    int peer = accept(fd, NULL, NULL);
    assert_int_equal(recv(peer, bytes, sizeof(bytes), 0), sizeof(head) + sizeof(wanted));
    memcpy(&head, bytes, sizeof(head));
    assert_int_equal(head.type, XS_WATCH);
    assert_int_equal(head.len, sizeof(wanted));
    assert_memory_equal(bytes + sizeof(head), wanted, sizeof(wanted));

    assert_false(store_ends_heard(&e));
    for (int i = 0; i < 120; i++) /* more than is read at once */
        say_event(peer);
    assert_true(comes(ours));
    assert_true(store_ends_heard(&e));
    assert_false(store_ends_heard(&e));
    say_event(peer);
    assert_true(comes(ours));
    assert_true(store_ends_heard(&e));

    /* Gone, it is connected to again in a while. */
    close(peer);
    assert_true(comes(ours));
    assert_false(store_ends_heard(&e));
    assert_int_equal(store_ends_fd(&e), -1);
    e.retry_ns = 0;
    assert_true(store_ends_fd(&e) >= 0);
    close(fd);
    store_ends_release(&e);
    unlink(address.sun_path);
    assert_int_equal(store_ends_fd(&e), -1);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ends)};

    return cmocka_run_group_tests_name("store_ends", tests, NULL, NULL);
}
