/* notify: what the service manager hears, on a socket of ours in its place. */
#include "service/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "unit.h"

static void is_told(void **state)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char got[128] = "", name[64];
    (void)state;

    /* An abstract name: nothing to remove. */
    snprintf(name, sizeof(name), "@domtop-test-%d", (int)getpid());
    memcpy(at.sun_path, name, strlen(name));
    at.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);

    notify("READY=1"); /* nobody is known yet: nothing happens */
    setenv("NOTIFY_SOCKET", name, 1);
    setenv("WATCHDOG_USEC", "3000000", 1);
    unsetenv("WATCHDOG_PID");
    notify_start();
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_int_equal(notify_watchdog_ns(), 1500 * UINT64_C(1000000));
    notify("STATUS=%d samples", 3);
    ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
    assert_int_equal(n, 16);
    assert_string_equal(got, "STATUS=3 samples");
    assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), -1);
    close(fd);
}

static void sockets_are_for_us_alone(void **state)
{
    char pid[16];
    (void)state;

    setenv("LISTEN_FDS", "2", 1);
    setenv("LISTEN_PID", "1", 1);
    assert_int_equal(notify_sockets(), 0);
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("LISTEN_FDS", "2", 1);
    setenv("LISTEN_PID", pid, 1);
    assert_int_equal(notify_sockets(), 2);
    assert_null(getenv("LISTEN_FDS"));
    assert_int_equal(notify_sockets(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_told),
        cmocka_unit_test(sockets_are_for_us_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
