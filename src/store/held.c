/* held: see held.h. */
#include "held.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC UINT32_C(0x31484c44) /* "DLH1" */
#define AFTER (2 * sizeof(uint32_t))
/* Times what was read: where damage has heads in it, none is paid for for ever. */
#define CRC_MOST 4

_Static_assert(sizeof(struct held_head) == 88, "no padding, which would be checksummed");

static uint32_t sum(const void *bytes, size_t len)
{
    return (uint32_t)crc32(0, bytes, (uInt)len);
}

static uint32_t head_sum(const struct held_head *head)
{
    return sum((const char *)head + AFTER, sizeof(*head) - AFTER);
}

void held_put(struct text *out, const struct held_head *head, const void *bytes)
{
    struct held_head h = *head;

    h.magic = MAGIC;
    h.bytes_crc = h.len ? sum(bytes, h.len) : 0;
    h.head_crc = head_sum(&h);
    text_add(out, &h, sizeof(h));
    if (h.len)
        text_add(out, bytes, h.len);
}

void held_sign(struct held_head *head)
{
    memset(head->version, 0, sizeof(head->version));
    memcpy(head->version, DOMTOP_VERSION, MIN(sizeof(DOMTOP_VERSION), sizeof(head->version)));
}

bool held_is_ours(const struct held_head *head)
{
    struct held_head mine;

    held_sign(&mine);
    return !memcmp(mine.version, head->version, sizeof(mine.version));
}

/* ---- reading ---- */

struct reading {
    const char *data;
    size_t len, at;
    uint64_t most; /* bytes to checksum yet */
};

/* Whether a record begins here, and which. */
static bool take(struct reading *r, struct held_record *record)
{
    struct held_head *h = &record->head;
    size_t left = r->len - r->at;

    if (left < sizeof(*h))
        return false;
    memcpy(h, r->data + r->at, sizeof(*h));
    if (h->magic != MAGIC || h->head_crc != head_sum(h) || h->len > HELD_LEN_MAX ||
        h->len > left - sizeof(*h) || h->len > r->most)
        return false;
    record->bytes = r->data + r->at + sizeof(*h);
    r->most -= h->len;
    return h->bytes_crc == (h->len ? sum(record->bytes, h->len) : 0);
}

static bool next(struct reading *r, struct held_record *record)
{
    static const uint32_t magic = MAGIC;

    while (r->len - r->at >= sizeof(record->head)) {
        if (take(r, record)) {
            r->at += sizeof(record->head) + record->head.len;
            return true;
        }
        r->at++;
        const char *found = memmem(r->data + r->at, r->len - r->at, &magic, sizeof(magic));
        if (!found)
            return false;
        r->at = (size_t)(found - r->data);
    }
    return false;
}

static int by_number(uint32_t a, uint32_t b, const void *ctx)
{
    const struct held_record *records = ctx;
    uint64_t x = records[a].head.number, y = records[b].head.number;

    return x < y ? -1 : x > y;
}

/* Of each number the last, and none of one that is done. */
static void settle(struct held_list *l)
{
    uint32_t *rows = xcalloc(2 * l->count + 1, sizeof(*rows));
    size_t left = 0;

    for (size_t i = 0; i < l->count; i++)
        rows[i] = (uint32_t)i;
    sort_rows(rows, rows + l->count, l->count, by_number, l->records);
    for (size_t i = 0, end; i < l->count; i = end) {
        uint64_t number = l->records[rows[i]].head.number;
        bool done = false;
        for (end = i; end < l->count && l->records[rows[end]].head.number == number; end++)
            done |= l->records[rows[end]].head.kind == HELD_DONE;
        for (size_t k = i; k < end; k++)
            if (done || k + 1 < end)
                l->records[rows[k]].bytes = NULL;
    }
    for (size_t i = 0; i < l->count; i++)
        if (l->records[i].bytes)
            l->records[left++] = l->records[i];
    l->count = left;
    free(rows);
}

void held_list_read(struct held_list *l, const char *data, size_t len)
{
    struct reading r = {data, len, 0, CRC_MOST * (uint64_t)len};
    struct held_record record;

    *l = (struct held_list){0};
    while (next(&r, &record)) {
        array_reserve(&l->records, &l->cap, l->count + 1, sizeof(*l->records));
        l->records[l->count++] = record;
    }
    settle(l);
}

void held_list_release(struct held_list *l)
{
    free(l->records);
    *l = (struct held_list){0};
}
