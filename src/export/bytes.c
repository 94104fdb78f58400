/* bytes: see bytes.h. */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

static struct bytes *make(const char *data, size_t len, bool owned)
{
    struct bytes *b = xmalloc(sizeof(*b));

    b->data = data;
    b->len = b->cap = len;
    b->owned = owned;
    atomic_init(&b->refs, 1);
    return b;
}

struct bytes *bytes_take(struct text *t)
{
    struct bytes *b = make(t->data ? t->data : xstrdup(""), t->len, true);

    b->cap = t->data ? t->cap : 1;
    *t = (struct text){0};
    return b;
}

struct bytes *bytes_static(const void *data, size_t len)
{
    return make(data, len, false);
}

struct bytes *bytes_ref(struct bytes *b)
{
    if (b)
        atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void bytes_unref(struct bytes *b)
{
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (b->owned)
        free((char *)(uintptr_t)b->data);
    free(b);
}

void bytes_reclaim(struct bytes *b, struct text *t)
{
    if (!b || t->data || !b->owned || atomic_load_explicit(&b->refs, memory_order_acquire) != 1) {
        bytes_unref(b);
        return;
    }
    *t = (struct text){.data = (char *)(uintptr_t)b->data, .cap = b->cap};
    free(b);
}
