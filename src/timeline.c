/* timeline: see timeline.h. What a frame holds is in timeline_pack.c. */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "timeline_pack.h"

/* A whole frame after so many: what stepping back one sample has to go through at most. */
#define WHOLE_EVERY 16

struct frame {
    unsigned char *bytes;
    size_t len;
    uint64_t wall_ns;
    bool whole;
};

struct timeline {
    struct frame *frames; /* a ring */
    size_t cap, first, count, max_bytes, bytes;
    uint64_t added;
    unsigned since_whole;
    struct text scratch;

    struct snapshot at; /* sample number at_number, as last asked for; 0: none */
    struct snapshot next;
    uint64_t at_number;
};

struct timeline *timeline_new(size_t max_samples, size_t max_bytes)
{
    struct timeline *t = xcalloc(1, sizeof(*t));

    t->cap = max_samples;
    t->max_bytes = max_bytes;
    t->frames = xcalloc(max_samples, sizeof(*t->frames));
    return t;
}

void timeline_free(struct timeline *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        free(t->frames[(t->first + i) % t->cap].bytes);
    free(t->frames);
    text_release(&t->scratch);
    snapshot_release(&t->at);
    snapshot_release(&t->next);
    free(t);
}

static struct frame *frame_at(const struct timeline *t, uint64_t number)
{
    return &t->frames[(t->first + (size_t)(number - timeline_first(t))) % t->cap];
}

/* The oldest frame kept is always a whole one. */
static void drop_oldest(struct timeline *t)
{
    do {
        struct frame *f = &t->frames[t->first];
        t->bytes -= f->len;
        free(f->bytes);
        *f = (struct frame){0};
        t->first = (t->first + 1) % t->cap;
        t->count--;
    } while (t->count && !t->frames[t->first].whole);
}

void timeline_add(struct timeline *t, const struct snapshot *prev, const struct snapshot *cur)
{
    static const struct snapshot nothing;
    bool whole = !t->count || !prev || !prev->seq || t->since_whole + 1 >= WHOLE_EVERY;

    text_clear(&t->scratch);
    timeline_pack(&t->scratch, whole ? &nothing : prev, cur);
    size_t len = t->scratch.len;
    if (t->count == t->cap)
        drop_oldest(t);
    while (t->count && t->bytes + len > t->max_bytes && (whole || t->count > t->since_whole + 1))
        drop_oldest(t);
    if (!t->count && !whole) {
        text_clear(&t->scratch);
        timeline_pack(&t->scratch, &nothing, cur);
        len = t->scratch.len;
        whole = true;
    }
    unsigned char *bytes = xmalloc(len);
    memcpy(bytes, t->scratch.data, len);
    t->frames[(t->first + t->count) % t->cap] = (struct frame){bytes, len, cur->wall_ns, whole};
    t->count++;
    t->bytes += len;
    t->added++;
    t->since_whole = whole ? 0 : t->since_whole + 1;
}

uint64_t timeline_first(const struct timeline *t)
{
    return t->count ? t->added - t->count + 1 : 0;
}

uint64_t timeline_last(const struct timeline *t)
{
    return t->count ? t->added : 0;
}

static bool kept(const struct timeline *t, uint64_t number)
{
    return t->count && number >= timeline_first(t) && number <= t->added;
}

uint64_t timeline_wall_ns(const struct timeline *t, uint64_t number)
{
    return kept(t, number) ? frame_at(t, number)->wall_ns : 0;
}

bool timeline_get(struct timeline *t, uint64_t number, struct snapshot *s)
{
    static const struct snapshot nothing;
    uint64_t from = number;

    if (!kept(t, number))
        return false;
    while (!frame_at(t, from)->whole)
        from--;
    if (t->at_number && t->at_number <= number && t->at_number >= from)
        from = t->at_number + 1;
    for (; from <= number; from++) {
        const struct frame *f = frame_at(t, from);
        timeline_unpack(f->bytes, f->len, f->whole ? &nothing : &t->at, &t->next);
        struct snapshot swap = t->at;
        t->at = t->next;
        t->next = swap;
        t->at_number = from;
    }
    snapshot_copy(s, &t->at);
    return true;
}

size_t timeline_memory(const struct timeline *t)
{
    return sizeof(*t) + t->cap * sizeof(*t->frames) + t->bytes + t->scratch.cap +
           snapshot_memory(&t->at) + snapshot_memory(&t->next);
}
