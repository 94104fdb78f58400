/*
 * allocations: counts a program's allocations and tells whose they are, preloaded into it.
 *
 * The file named by ALLOCATIONS holds four 64-bit numbers: whether to count, then the allocations
 * of the first thread, those of all others that the program asked for, by itself or through the C
 * library, and those of all others that another library asked for.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

enum { COUNTING, FIRST, OTHERS, OTHERS_LIBRARIES, COUNTS };

static volatile uint64_t *counts;
static const char *self, *libc;
/* Asking the kernel which thread it is would cost more than what is counted. */
static __thread int first, inside;

static const char *object_of(const void *address)
{
    Dl_info info;

    return dladdr(address, &info) ? info.dli_fname : NULL;
}

__attribute__((constructor)) static void begin(void)
{
    first = 1;
    const char *path = getenv("ALLOCATIONS");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    void *frames[2];

    if (fd < 0 || ftruncate(fd, COUNTS * sizeof(uint64_t)))
        return;
    self = object_of((const void *)(uintptr_t)begin);
    libc = object_of((const void *)(uintptr_t)__libc_malloc);
    backtrace(frames, 2); /* it allocates the first time */
    void *at = mmap(NULL, COUNTS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED)
        counts = at;
}

/* The nearest caller that is neither this nor the C library; its object's name is all that is told.
 */
static int by_library(void)
{
    void *frames[24];
    int n = backtrace(frames, 24);

    for (int i = 0; i < n; i++) {
        const char *object = object_of(frames[i]);
        if (!object || object == self || object == libc)
            continue;
        return strstr(object, ".so") != NULL;
    }
    return 0;
}

static void count(void)
{
    if (!counts || !counts[COUNTING] || inside)
        return;
    inside = 1;
    int whose = first ? FIRST : by_library() ? OTHERS_LIBRARIES : OTHERS;
    __atomic_add_fetch(&counts[whose], 1, __ATOMIC_RELAXED);
    inside = 0;
}

void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    count();
    return __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
    size_t bytes;

    count();
    return __builtin_mul_overflow(n, size, &bytes) ? NULL : __libc_realloc(old, bytes);
}
