/*
 * allocations: counts a program's allocations, preloaded into it. The file named by ALLOCATIONS
 * holds two 64-bit numbers: those of the first thread, and those of all others.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static volatile uint64_t *counts;
static __thread int
    first; /* asking the kernel which thread it is would cost more than what is counted */

__attribute__((constructor)) static void begin(void)
{
    first = 1;
    const char *path = getenv("ALLOCATIONS");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (fd < 0 || ftruncate(fd, 16))
        return;
    void *at = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED)
        counts = at;
}

static void count(void)
{
    if (counts)
        __atomic_add_fetch(&counts[!first], 1, __ATOMIC_RELAXED);
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
