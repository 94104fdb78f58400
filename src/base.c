/* base: see base.h. */
#include "base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void (*die_hook)(void);
const char *die_name = "domtop";

void die(int status, const char *fmt, ...)
{
    va_list ap;

    if (die_hook)
        die_hook();
    fflush(stdout);
    fprintf(stderr, "%s: ", die_name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(status);
}

void *xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);

    if (!p)
        die(EXIT_FAILED, "out of memory (%zu bytes wanted)", size);
    return p;
}

void *xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        die(EXIT_FAILED, "out of memory (%zu times %zu bytes wanted)", count, size);
    return p;
}

void *xreallocarray(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count ? count : 1, size ? size : 1);

    if (!p)
        die(EXIT_FAILED, "out of memory (%zu times %zu bytes wanted)", count, size);
    return p;
}

char *xstrdup(const char *s)
{
    size_t len = strlen(s) + 1;

    return memcpy(xmalloc(len), s, len);
}

void array_reserve(void *array, size_t *cap, size_t need, size_t size)
{
    void **a = array;

    if (need <= *cap)
        return;
    size_t want = *cap ? *cap : 16;
    while (want < need)
        want *= 2;
    *a = xreallocarray(*a, want, size);
    *cap = want;
}

static uint64_t clock_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

void sort_rows(uint32_t *rows, uint32_t *scratch, size_t count,
               int (*compare)(uint32_t a, uint32_t b, const void *ctx), const void *ctx)
{
    uint32_t *from = rows, *to = scratch;

    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t a = start, a_end = MIN(start + width, count);
            size_t b = a_end, b_end = MIN(start + 2 * width, count);
            for (size_t out = start; out < b_end; out++) {
                bool take_a = a < a_end && (b == b_end || compare(from[a], from[b], ctx) <= 0);
                to[out] = from[take_a ? a++ : b++];
            }
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != rows)
        memcpy(rows, from, count * sizeof(*from));
}

uint64_t clock_mono_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t clock_boot_ns(void)
{
    return clock_ns(CLOCK_BOOTTIME);
}

uint64_t clock_wall_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

void text_add(struct text *t, const void *bytes, size_t len)
{
    array_reserve(&t->data, &t->cap, t->len + len + 1, 1);
    if (len)
        memcpy(t->data + t->len, bytes, len);
    t->len += len;
    t->data[t->len] = '\0';
}

void text_adds(struct text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_addc(struct text *t, char c)
{
    text_add(t, &c, 1);
}

void text_addf(struct text *t, const char *fmt, ...)
{
    va_list ap;
    size_t room;
    int n;

    array_reserve(&t->data, &t->cap, t->len + 64, 1);
    room = t->cap - t->len;
    va_start(ap, fmt);
    n = vsnprintf(t->data + t->len, room, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n >= room) {
        array_reserve(&t->data, &t->cap, t->len + (size_t)n + 1, 1);
        va_start(ap, fmt);
        vsnprintf(t->data + t->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    t->len += (size_t)n;
}

void text_clear(struct text *t)
{
    t->len = 0;
    if (t->data)
        t->data[0] = '\0';
}

void text_release(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}
