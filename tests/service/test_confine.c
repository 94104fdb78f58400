/* confine: what a confined process cannot do, tried by processes that are. */
#include "service/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "service/seccomp.h"
#include "unit.h"

/* How a child ends that is confined for a duty and then does something. */
static int ending(enum duty duty, int (*act)(void))
{
    struct account a;
    char message[CONFINE_MESSAGE];
    int status;

    assert_int_equal(confine_account(&a, NULL, message), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (confine(duty, &a, NULL, 0, message)) {
            fprintf(stderr, "%s\n", message);
            _exit(99);
        }
        _exit(act());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* A call that is denied gives 0. */
static int denied(bool it_is)
{
    return it_is ? 0 : 1;
}

static int no_root(void)
{
    return denied(geteuid() != 0 && syscall(SYS_getuid) != 0);
}

static int no_socket(void)
{
    return denied(socket(AF_INET, SOCK_STREAM, 0) < 0);
}

static int no_packets(void)
{
    return denied(socket(AF_PACKET, SOCK_RAW, 0) < 0 && socket(AF_NETLINK, SOCK_RAW, 0) < 0);
}

static int no_files(void)
{
    return denied(open("/etc/passwd", O_RDONLY) < 0);
}

static int no_writing(void)
{
    return denied(open("/tmp/domtop-test-never", O_WRONLY | O_CREAT, 0600) < 0 &&
                  mkdir("/tmp/domtop-test-never", 0700) < 0);
}

static int reading(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 1;
}

static int run_program(void)
{
    char *argv[] = {(char *)"true", NULL};

    execv("/bin/true", argv);
    return 0;
}

static int trace_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) ? 0 : 1;
}

static int only_three_descriptors(void)
{
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return 1;
    return fcntl(2, F_GETFD) < 0;
}

static void descriptors(void **state)
{
    int extra = open("/dev/null", O_RDONLY);
    (void)state;

    assert_true(extra >= 0);
    assert_int_equal(dup2(extra, 700), 700);
    assert_int_equal(ending(DUTY_RECORDER, only_three_descriptors), 0);
    close(700);
    close(extra);
}

static void kept_descriptors(void **state)
{
    int fds[3], keep[2], status;
    (void)state;

    for (int i = 0; i < 3; i++)
        fds[i] = open("/dev/null", O_RDONLY);
    keep[0] = fds[2];
    keep[1] = fds[0];
    pid_t pid = fork();
    if (pid == 0) {
        confine_descriptors(keep, 2);
        _exit(!(fcntl(fds[0], F_GETFD) >= 0 && fcntl(fds[1], F_GETFD) < 0 &&
                fcntl(fds[2], F_GETFD) >= 0));
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static void users(void **state)
{
    struct account a;
    char message[CONFINE_MESSAGE];
    (void)state;

    if (geteuid()) {
        assert_int_equal(confine_account(&a, "root", message), 0);
        assert_false(a.change);
        return;
    }
    assert_int_equal(confine_account(&a, "root", message), -EINVAL);
    assert_int_equal(confine_account(&a, "no such user", message), -ENOENT);
    assert_non_null(strstr(message, "no such user"));
    for (int duty = DUTY_RECORDER; duty < DUTY_COUNT; duty++)
        assert_int_equal(ending((enum duty)duty, no_root), 0);
}

static void system_calls(void **state)
{
    (void)state;
    if (SECCOMP_SKIPPED)
        skip();
    for (int duty = DUTY_RECORDER; duty < DUTY_COUNT; duty++) {
        int status = ending((enum duty)duty, run_program);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        status = ending((enum duty)duty, trace_parent);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        assert_int_equal(ending((enum duty)duty, no_packets), 0);
    }
    assert_int_equal(ending(DUTY_RECORDER, no_socket), 0);
    assert_int_equal(ending(DUTY_VIEWERS, no_socket), 0);
    assert_int_equal(ending(DUTY_GRAPH, no_socket), 0);
    assert_int_equal(ending(DUTY_VIEWERS, no_files), 0);
    assert_int_equal(ending(DUTY_HTTP, no_writing), 0);
    assert_int_equal(ending(DUTY_GRAPH, no_writing), 0);
    assert_int_equal(ending(DUTY_HTTP, reading), 0);
    assert_int_equal(ending(DUTY_RECORDER, reading), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors),
        cmocka_unit_test(kept_descriptors),
        cmocka_unit_test(users),
        cmocka_unit_test(system_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
