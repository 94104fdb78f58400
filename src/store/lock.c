/* lock: see lock.h. */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base.h"
#include "../format.h"
#include "../sanitize.h"
#include "files.h"
#include "layout.h"

#define FINISHING_NS (10 * NS_PER_S)

static int try_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &lock) ? -errno : 0;
}

/* What the holder wrote, "pid 123 on HOST since TIME"; whether its process is gone from here. */
static bool read_holder(int dir, char holder[256])
{
    struct text t = {0};
    char host[128];
    long pid = 0;
    int at = 0;

    snprintf(holder, 256, "somebody");
    if (!files_read(dir, LAYOUT_LOCK, 1024, &t) && t.len) {
        t.data[strcspn(t.data, "\n")] = '\0';
        sanitize(holder, 256, t.data, strlen(t.data));
    }
    text_release(&t);
    if (sscanf(holder, "pid %ld on %n", &pid, &at) < 1 || !at || pid <= 1)
        return false;
    if (gethostname(host, sizeof(host)) || strncmp(holder + at, host, strlen(host)) != 0)
        return false;
    return kill((pid_t)pid, 0) && errno == ESRCH;
}

static int write_holder(int fd)
{
    char text[256], host[128] = "?", now[FORMAT_MAX];
    int len;

    gethostname(host, sizeof(host) - 1);
    format_rfc3339(now, clock_wall_ns());
    len = snprintf(text, sizeof(text), "pid %ld on %s since %s\n", (long)getpid(), host, now);
    if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)len, 0) != len)
        return -errno;
    return 0;
}

int store_lock(int dir, char holder[256])
{
    int fd = openat(dir, LAYOUT_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644), err;
    uint64_t start = clock_mono_ns();

    if (fd < 0)
        return -errno;
    while ((err = try_lock(fd)) == -EAGAIN && read_holder(dir, holder) &&
           clock_mono_ns() - start < FINISHING_NS) {
        struct timespec moment = {0, 20000000};
        nanosleep(&moment, NULL);
    }
    if (err == -EACCES)
        err = -EAGAIN;
    if (err) {
        close(fd);
        return err;
    }
    write_holder(fd); /* a full disk is no reason not to hold it */
    return fd;
}
