/*
 * bytes: immutable bytes that several threads share by count: a scrape is one more reference, not
 * one more copy.
 */
#ifndef DOMTOP_BYTES_H
#define DOMTOP_BYTES_H

#include <stdatomic.h>

#include "../base.h"

struct bytes {
    const char *data;
    size_t len;
    size_t cap;       /* private: of what bytes_take() took */
    atomic_uint refs; /* private */
    bool owned;       /* private: data is freed with it */
};

/* Takes over what t holds, which is empty afterwards. The caller has the one reference. */
struct bytes *bytes_take(struct text *t);

/* Bytes that live as long as the program and are not freed ("static const"). */
struct bytes *bytes_static(const void *data, size_t len);

/* One more reference; returns b. NULL is passed through. */
struct bytes *bytes_ref(struct bytes *b);

/* One less; the last frees. NULL does nothing. */
void bytes_unref(struct bytes *b);

/* The same, but where nobody else has a reference, its memory becomes that of an empty *t: fresh
 * pages cost more than the text that goes into them. */
void bytes_reclaim(struct bytes *b, struct text *t);

/* The same, compressed as gzip at that level (1 to 9). NULL when zlib could not. */
struct bytes *bytes_gzip(const struct bytes *b, int level);

#endif
