/* serve_queue: see serve_queue.h. */
#include "serve_queue.h"

#include <stdlib.h>
#include <string.h>

#define HAPPENED_MOST (4u << 20)  /* bytes of all that happened; what is older goes */
#define HAPPENED_ITEM (64u << 10) /* and of one item, or what one sample brought */

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
    q->samples += kind == SERVE_SAMPLE;
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

struct serve_item *serve_queue_happened(struct serve_queue *q, bool held, bool busy)
{
    struct serve_item *last = q->count > busy ? serve_queue_at(q, q->count - 1) : NULL;

    if (last && last->head.kind == SERVE_HAPPENED && last->held == held && !last->head.kept &&
        last->bytes.len < HAPPENED_ITEM)
        return last;
    last = serve_queue_add(q, SERVE_HAPPENED);
    last->held = held;
    return last;
}

void serve_queue_forward(struct serve_queue *q, size_t n, size_t to)
{
    struct serve_item *item = serve_queue_at(q, n);

    for (; n > to; n--)
        q->items[(q->first + n) % q->cap] = serve_queue_at(q, n - 1);
    q->items[(q->first + to) % q->cap] = item;
}

void serve_queue_drop(struct serve_queue *q, size_t n)
{
    struct serve_item *item = serve_queue_at(q, n);

    q->bytes -= item->head.len;
    q->samples -= item->head.kind == SERVE_SAMPLE;
    if (item->head.kind == SERVE_HAPPENED)
        q->happened -= item->head.len;
    for (; n; n--)
        q->items[(q->first + n) % q->cap] = serve_queue_at(q, n - 1);
    q->first = (q->first + 1) % q->cap;
    q->count--;
    if (q->spare)
        item_free(item);
    else
        q->spare = item;
}

/* The first of a kind from n on; count when there is none. */
static size_t next_of(const struct serve_queue *q, size_t n, enum serve_kind kind)
{
    while (n < q->count && serve_queue_at((struct serve_queue *)q, n)->head.kind != kind)
        n++;
    return n;
}

/* What happened before the n-th and after it is one, with what was between them gone: so there is
 * no more of it than of samples. What is kept is on the disk under its own number. */
static void join(struct serve_queue *q, size_t n, bool busy)
{
    struct serve_item *after = n < q->count ? serve_queue_at(q, n) : NULL;
    struct serve_item *before = n > busy ? serve_queue_at(q, n - 1) : NULL;

    if (!before || !after || before->head.kind != SERVE_HAPPENED ||
        after->head.kind != SERVE_HAPPENED || before->held != after->held || before->head.kept ||
        after->head.kept || before->head.len + after->head.len > HAPPENED_ITEM)
        return;
    text_add(&before->bytes, after->bytes.data, after->bytes.len);
    before->head.len += after->head.len;
    q->bytes += after->head.len;
    q->happened += after->head.len;
    serve_queue_drop(q, n);
}

/* The oldest sample; false where there is none but the newest item. */
static bool drop_sample(struct serve_queue *q, bool busy)
{
    size_t n = next_of(q, busy, SERVE_SAMPLE);

    if (n + 1 >= q->count)
        return false;
    serve_queue_drop(q, n);
    q->dropped++;
    join(q, n, busy);
    n = next_of(q, busy, SERVE_SAMPLE);
    if (n < q->count)
        serve_queue_at(q, n)->head.dropped = true;
    return true;
}

static bool drop_happened(struct serve_queue *q, bool busy)
{
    size_t n = next_of(q, busy, SERVE_HAPPENED), next = next_of(q, n + 1, SERVE_HAPPENED);

    if (next >= q->count)
        return false;
    serve_queue_at(q, next)->head.dropped += serve_queue_at(q, n)->head.len +
                                             serve_queue_at(q, n)->head.dropped;
    serve_queue_drop(q, n);
    return true;
}

void serve_queue_added(struct serve_queue *q, struct serve_item *item, bool busy)
{
    size_t more = item->bytes.len - item->head.len;

    item->head.len = (uint32_t)item->bytes.len;
    q->bytes += more;
    if (item->head.kind == SERVE_HAPPENED)
        q->happened += more;
    while (q->happened > HAPPENED_MOST && drop_happened(q, busy))
        ;
    while ((q->samples > q->max_count || q->bytes > q->max_bytes) && drop_sample(q, busy))
        ;
}

struct serve_item *serve_queue_first(struct serve_queue *q)
{
    struct serve_item *item = q->count ? serve_queue_at(q, 0) : NULL;

    return item && !item->held ? item : NULL;
}

/* From the newest back: what was kept is older. */
struct serve_item *serve_queue_unkept(struct serve_queue *q, bool samples)
{
    struct serve_item *first = NULL;

    for (size_t n = q->count; n-- > 0;) {
        struct serve_item *item = serve_queue_at(q, n);
        if (!item->held && !(samples && n && item->head.kind == SERVE_SAMPLE))
            continue;
        if (item->head.kept)
            break;
        first = item;
    }
    return first;
}

bool serve_queue_put_off(struct serve_queue *q)
{
    size_t n = 1;

    while (n < q->count && !serve_queue_at(q, n)->head.kept)
        n++;
    if (n >= q->count)
        return false;
    enum serve_kind kind = serve_queue_at(q, 0)->head.kind;
    serve_queue_drop(q, 0);
    serve_queue_add(q, kind);
    return true;
}

struct serve_item *serve_queue_find(struct serve_queue *q, uint64_t number)
{
    for (size_t n = q->count; n-- > 0;)
        if (serve_queue_at(q, n)->head.number == number)
            return serve_queue_at(q, n);
    return NULL;
}
