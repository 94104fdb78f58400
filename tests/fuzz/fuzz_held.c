/*
 * fuzz_held: any bytes as what a sampler that was killed left. What is read of them lies within
 * them, has each number once, and goes into a queue as events that can be read.
 *
 * The input is taken as a file; then as pairs of a kind, a number and a length, made into records
 * whose checksums fit, one of them damaged.
 */
#include "fuzz.h"

#include "events.h"
#include "service/serve_held.h"

static void try(const char *data, size_t len)
{
    struct serve_now now = {(const uint8_t *)"0123456789abcdef", true, 1000, 0, 0};
    struct serve_queue q;
    struct held_list l;

    serve_queue_init(&q, 100, 1 << 16);
    held_list_read(&l, data, len);
    for (size_t i = 0; i < l.count; i++) {
        struct held_record r = l.records[i];
        CHECK(r.bytes >= data && r.bytes + r.head.len <= data + len);
        for (size_t k = 0; k < i && i < 50; k++)
            CHECK(l.records[k].head.number != r.head.number);
        if (serve_held_place(&r.head, &now))
            serve_held_queue(&q, &r, 5, false);
    }
    CHECK(q.samples <= 100);
    for (size_t n = 0; n < q.count; n++) {
        const struct serve_item *item = serve_queue_at(&q, n);
        const struct event *e = (const struct event *)(const void *)item->bytes.data;
        CHECK(item->held && item->head.kept);
        if (item->head.kind == SERVE_HAPPENED)
            for (size_t i = 0; i < item->bytes.len / sizeof(*e); i++)
                CHECK(strlen(e[i].name) < EVENT_NAME && strlen(e[i].detail) < EVENT_DETAIL &&
                      (unsigned)e[i].kind < EVENT_KINDS);
    }
    held_list_release(&l);
    serve_queue_release(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct text made;
    char *exact = fuzz_exact(data, size);

    try(exact, size);
    text_clear(&made);
    for (size_t i = 0; i + 3 <= size && i < 600; i += 3) {
        struct held_head head = {.kind = data[i] % 6u, .number = data[i + 1] % 32u};
        head.flags = data[i] / 6u;
        head.wall_ns = data[i + 1] * 8u;
        head.len = (uint32_t)MIN((data[i + 2] % 8u) * (sizeof(struct event) / 2), size);
        held_sign(&head);
        held_put(&made, &head, data);
    }
    if (size && made.len)
        made.data[data[0] * (made.len - 1) / 255] ^= data[size - 1];
    free(exact);
    exact = fuzz_exact(made.data, made.len);
    try(exact, made.len);
    free(exact);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct text t = {0};

    (void)argc, (void)argv;
    for (unsigned i = 0; i < 4; i++) {
        struct held_head head = {.kind = 1 + i, .number = i / 2, .len = 10};
        held_put(&t, &head, "0123456789");
        fuzz_seed(i, t.data, t.len);
    }
    text_release(&t);
    return 0;
}
