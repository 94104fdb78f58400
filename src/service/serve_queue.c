/* serve_queue: see serve_queue.h. */
#include "serve_queue.h"

#include <stdlib.h>
#include <string.h>

void serve_queue_init(struct serve_queue *q, size_t max_count, size_t max_bytes)
{
    *q = (struct serve_queue){.max_count = max_count, .max_bytes = max_bytes};
}

static void item_free(struct serve_item *item)
{
    if (item)
        text_release(&item->bytes);
    free(item);
}

void serve_queue_release(struct serve_queue *q)
{
    for (size_t i = 0; i < q->count; i++)
        item_free(serve_queue_at(q, i));
    item_free(q->spare);
    free(q->items);
    *q = (struct serve_queue){0};
}

struct serve_item *serve_queue_at(struct serve_queue *q, size_t n)
{
    return q->items[(q->first + n) % q->cap];
}

static void grow(struct serve_queue *q)
{
    size_t cap = MAX(16, 2 * q->cap);
    struct serve_item **items = xcalloc(cap, sizeof(struct serve_item *));

    for (size_t i = 0; i < q->count; i++)
        items[i] = serve_queue_at(q, i);
    free(q->items);
    q->items = items;
    q->first = 0;
    q->cap = cap;
}

static struct serve_item *fresh(struct serve_queue *q, enum serve_kind kind)
{
    struct serve_item *item = q->spare ? q->spare : xcalloc(1, sizeof(*item));
    struct text bytes = item->bytes;

    q->spare = NULL;
    text_clear(&bytes);
    *item = (struct serve_item){.head = {.kind = kind, .number = ++q->numbered}, .bytes = bytes};
    if (q->count == q->cap)
        grow(q);
    return item;
}

struct serve_item *serve_queue_add(struct serve_queue *q, enum serve_kind kind)
{
    struct serve_item *item = fresh(q, kind);

    q->items[(q->first + q->count++) % q->cap] = item;
    return item;
}

struct serve_item *serve_queue_add_first(struct serve_queue *q, enum serve_kind kind)
{
    struct serve_item *item = fresh(q, kind);

    q->first = (q->first + q->cap - 1) % q->cap;
    q->count++;
    q->items[q->first] = item;
    return item;
}

void serve_queue_drop(struct serve_queue *q, size_t n)
{
    struct serve_item *item = serve_queue_at(q, n);

    q->bytes -= item->head.len;
    for (; n; n--)
        q->items[(q->first + n) % q->cap] = serve_queue_at(q, n - 1);
    q->first = (q->first + 1) % q->cap;
    q->count--;
    if (q->spare)
        item_free(item);
    else
        q->spare = item;
}

void serve_queue_added(struct serve_queue *q, struct serve_item *item, bool busy)
{
    item->head.len = (uint32_t)item->bytes.len;
    q->bytes += item->bytes.len;
    while (q->count > q->max_count || q->bytes > q->max_bytes) {
        size_t n = busy;
        /* Events are few and small: samples go before them. */
        while (n < q->count && serve_queue_at(q, n)->head.kind != SERVE_SAMPLE)
            n++;
        if (n + 1 >= q->count) /* the newest stays */
            return;
        serve_queue_drop(q, n);
        q->dropped++;
        while (serve_queue_at(q, n)->head.kind != SERVE_SAMPLE && n + 1 < q->count)
            n++;
        serve_queue_at(q, n)->head.dropped = true;
    }
}

struct serve_item *serve_queue_first(struct serve_queue *q)
{
    struct serve_item *item = q->count ? serve_queue_at(q, 0) : NULL;

    return item && !item->held ? item : NULL;
}
