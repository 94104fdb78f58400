/*
 * base: what every other file may stand on: dying, memory, growing arrays, clocks.
 *
 * Knows nothing of Xen, of snapshots or of the screen.
 */
#ifndef DOMTOP_BASE_H
#define DOMTOP_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)    ((a) < (b) ? (a) : (b))
#define MAX(a, b)    ((a) > (b) ? (a) : (b))

/* Exit statuses of the program. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1, /* the world said no: no Xen, a write error */
    EXIT_USAGE = 2,  /* the command line said something that cannot be done */
};

/*
 * Print "domtop: MESSAGE" to standard error and exit with status. Runs die_hook first when one is
 * set, so that the screen is given back before the message. For memory and usage only.
 */
_Noreturn void die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
extern void (*die_hook)(void);

/* The name under which die() speaks; "domtop" at start. */
extern const char *die_name;

/* Allocation that cannot fail: dies when memory is exhausted. The caller frees with free(). */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));

/*
 * Make room for `need` elements of `size` bytes in *array, whose capacity is *cap: grows by
 * doubling, never shrinks, so that a steady caller stops allocating. New elements are not
 * initialised.
 */
void array_reserve(void *array, size_t *cap, size_t need, size_t size);

/*
 * Sort row numbers: stable, and without memory of its own, which qsort() takes. scratch: room for
 * as many. compare: less than 0 when row a comes first, as for qsort().
 */
void sort_rows(uint32_t *rows, uint32_t *scratch, size_t count,
               int (*compare)(uint32_t a, uint32_t b, const void *ctx), const void *ctx);

/* Nanoseconds on CLOCK_MONOTONIC (for intervals), CLOCK_BOOTTIME (which counts on in suspension)
 * and CLOCK_REALTIME (for people). */
uint64_t clock_mono_ns(void);
uint64_t clock_boot_ns(void);
uint64_t clock_wall_ns(void);

#define NS_PER_S UINT64_C(1000000000)

/* A text buffer that grows; data is always NUL-terminated once anything was added. Zero-initialise.
 */
struct text {
    char *data;
    size_t len, cap;
};

void text_add(struct text *t, const void *bytes, size_t len);
void text_adds(struct text *t, const char *s);
void text_addc(struct text *t, char c);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *t);   /* empty it, keep the memory */
void text_release(struct text *t); /* free the memory */

#endif
