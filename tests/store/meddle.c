/*
 * meddle: what a test does to a recorder from outside (LD_PRELOAD): a wall clock that is set, kept
 * by somebody or not, a suspend, and a disk that is read-only for a while. A disk that has files
 * open for writing cannot be made so on purpose, and one that makes itself so does not come back.
 *
 * MEDDLE names a file of 32 bytes that the test writes over: "OFFSET DISK KEPT SLEPT", seconds that
 * the clock is off by, "ro" or "rw", whether the kernel is "sure" of its clock or "unsure", and
 * seconds of suspends, which are in OFFSET too.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static const char *told;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("MEDDLE");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    void *map = mmap(NULL, 32, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    told = map == MAP_FAILED ? NULL : map;
}

static int read_only(void)
{
    return told && memmem(told, 32, " ro", 3) != NULL;
}

/* ---- the clock ---- */

static long slept(void)
{
    const char *at = memmem(told, 32, "sure ", 5);

    return at ? strtol(at + 5, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    int status = (int)syscall(SYS_clock_gettime, clock, t);

    if (!status && told && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        t->tv_sec += strtoll(told, NULL, 10);
    if (!status && told && clock == CLOCK_BOOTTIME)
        t->tv_sec += slept();
    return status;
}

int adjtimex(struct timex *t)
{
    if (!told || t->modes)
        return clock_adjtime(CLOCK_REALTIME, t);
    t->status = memmem(told, 32, " sure", 5) ? 0 : STA_UNSYNC;
    return t->status ? TIME_ERROR : TIME_OK;
}

int gettimeofday(struct timeval *t, void *zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (t)
        *t = now.tv_sec;
    return now.tv_sec;
}

/* ---- the disk ---- */

static int open_at(int dir, const char *path, int flags, mode_t mode)
{
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);

    if (writes && read_only() && strncmp(path, "/dev/", 5) != 0) {
        errno = EROFS;
        return -1;
    }
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

#define OPEN(name, dir, ...)                                                                       \
    int name(__VA_ARGS__, ...)                                                                     \
    {                                                                                              \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                  \
        va_end(rest);                                                                              \
        return open_at(dir, path, flags, mode);                                                    \
    }
OPEN(open, AT_FDCWD, const char *path, int flags)
OPEN(open64, AT_FDCWD, const char *path, int flags)
OPEN(openat, dir, int dir, const char *path, int flags)
OPEN(openat64, dir, int dir, const char *path, int flags)

#define REFUSE(name, number, parameters, ...)                                                      \
    int name parameters                                                                            \
    {                                                                                              \
        if (read_only()) {                                                                         \
            errno = EROFS;                                                                         \
            return -1;                                                                             \
        }                                                                                          \
        return (int)syscall(number, __VA_ARGS__);                                                  \
    }
REFUSE(mkdirat, SYS_mkdirat, (int dir, const char *path, mode_t mode), dir, path, mode)
REFUSE(unlinkat, SYS_unlinkat, (int dir, const char *path, int flags), dir, path, flags)
REFUSE(renameat, SYS_renameat, (int from, const char *path, int to, const char *other), from, path,
       to, other)

/* Of a file that was opened before, as the journal is. */
ssize_t write(int fd, const void *data, size_t len)
{
    struct stat st;

    if (fd > STDERR_FILENO && read_only() && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
        errno = EROFS;
        return -1;
    }
    return syscall(SYS_write, fd, data, len);
}
