/* notify: see notify.h. */
#include "notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base.h"

static struct sockaddr_un manager;
static socklen_t manager_len;
static uint64_t watchdog_ns;

static void find_manager(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    /* A path, or with '@' a name of the abstract kind. */
    if (!len || (name[0] != '/' && name[0] != '@') || len >= sizeof(manager.sun_path))
        return;
    manager.sun_family = AF_UNIX;
    memcpy(manager.sun_path, name, len);
    if (name[0] == '@')
        manager.sun_path[0] = '\0';
    manager_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void find_watchdog(const char *usec, const char *pid)
{
    uint64_t us;

    if (!usec || sscanf(usec, "%" SCNu64, &us) != 1 || !us || us > UINT64_C(86400000000))
        return;
    if (pid && strtol(pid, NULL, 10) != (long)getpid())
        return;
    watchdog_ns = us * 1000 / 2;
}

void notify_start(void)
{
    find_manager(getenv("NOTIFY_SOCKET"));
    find_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void notify(const char *fmt, ...)
{
    char text[512];
    va_list args;

    if (!manager_len)
        return;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    ssize_t sent = sendto(fd, text, MIN((size_t)MAX(n, 0), sizeof(text) - 1), MSG_NOSIGNAL,
                          (const struct sockaddr *)&manager, manager_len);
    (void)sent; /* it asks again, or restarts the service: there is nobody else to tell */
    close(fd);
}

unsigned notify_sockets(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    unsigned long n = 0;

    if (pid && count && strtol(pid, NULL, 10) == (long)getpid())
        n = strtoul(count, NULL, 10);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return n < 1024 ? (unsigned)n : 0;
}

uint64_t notify_watchdog_ns(void)
{
    return watchdog_ns;
}
