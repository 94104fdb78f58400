/* serve_queue: order, bounds, what is dropped and what is not. */
#include "unit.h"

#include "service/serve_queue.h"

static struct serve_item *add(struct serve_queue *q, enum serve_kind kind, size_t bytes, bool busy)
{
    struct serve_item *item = serve_queue_add(q, kind);
    char data[1024];

    memset(data, 'x', sizeof(data));
    text_add(&item->bytes, data, bytes);
    serve_queue_added(q, item, busy);
    return item;
}

static void in_order(void **state)
{
    struct serve_queue q;

    (void)state;
    serve_queue_init(&q, 100, 1 << 20);
    assert_null(serve_queue_first(&q));
    for (unsigned i = 0; i < 50; i++)
        add(&q, SERVE_SAMPLE, 10, false);
    serve_queue_added(&q, serve_queue_add_first(&q, SERVE_BLAME), true);
    assert_int_equal(q.count, 51);
    assert_int_equal(serve_queue_first(&q)->head.kind, SERVE_BLAME);
    serve_queue_drop(&q, 0);
    for (unsigned i = 1; i <= 50; i++) {
        assert_int_equal(serve_queue_first(&q)->head.number, i);
        assert_int_equal(q.bytes, 10 * (51 - i));
        serve_queue_drop(&q, 0);
    }
    assert_null(serve_queue_first(&q));
    assert_int_equal(q.dropped, 0);
    serve_queue_release(&q);
}

/* The oldest samples go, not what is on its way, not events, never the newest; of samples alone
 * there may be so many. */
static void bounds(void **state)
{
    struct serve_queue q;

    (void)state;
    serve_queue_init(&q, 5, 1 << 20);
    add(&q, SERVE_SAMPLE, 1, false);
    add(&q, SERVE_EVENT, 1, true);
    for (unsigned i = 0; i < 10; i++)
        add(&q, SERVE_SAMPLE, 1, true);
    assert_int_equal(q.count, 6);
    assert_int_equal(q.samples, 5);
    assert_int_equal(q.dropped, 6);
    static const uint64_t left[] = {1, 2, 9, 10, 11, 12};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(serve_queue_at(&q, i)->head.number, left[i]);
    /* The gap is before the first that is left, not before the next to come. */
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(serve_queue_at(&q, i)->head.dropped, i == 2);
    serve_queue_release(&q);
    serve_queue_init(&q, 100, 1000);
    for (unsigned i = 0; i < 10; i++)
        add(&q, SERVE_SAMPLE, 300, false);
    assert_int_equal(q.count, 3);
    add(&q, SERVE_SAMPLE, 1024, false); /* too large by itself: it stays all the same */
    assert_int_equal(q.count, 1);
    assert_int_equal(q.bytes, 1024);
    serve_queue_release(&q);
}

static void held(void **state)
{
    struct serve_queue q;

    (void)state;
    serve_queue_init(&q, 5, 1 << 20);
    struct serve_item *item = add(&q, SERVE_SAMPLE, 1, false);
    item->held = true;
    add(&q, SERVE_EVENT, 1, false);
    assert_null(serve_queue_first(&q));
    item->held = false;
    assert_ptr_equal(serve_queue_first(&q), item);
    serve_queue_release(&q);
}

static void happen(struct serve_queue *q, size_t bytes, bool held, bool busy)
{
    struct serve_item *item = serve_queue_happened(q, held, busy);
    static const char data[128 << 10];

    text_add(&item->bytes, data, bytes);
    serve_queue_added(q, item, busy);
}

/* All that happened stays when samples go, in no more items than there are samples; one that is on
 * its way, or whose times are not as decided, takes no more. */
static void happened(void **state)
{
    struct serve_queue q;

    (void)state;
    serve_queue_init(&q, 5, 1 << 20);
    happen(&q, 1, false, false);
    happen(&q, 2, false, false);
    assert_int_equal(q.count, 1);
    happen(&q, 4, false, true);
    assert_int_equal(q.count, 2);
    happen(&q, 8, true, true);
    assert_int_equal(q.count, 3);
    assert_int_equal(serve_queue_at(&q, 0)->head.len, 3);
    assert_int_equal(q.happened, 15);
    serve_queue_release(&q);
    serve_queue_init(&q, 5, 1 << 20);
    for (unsigned i = 0; i < 100; i++) {
        happen(&q, 10, false, true);
        add(&q, SERVE_SAMPLE, 100, true);
    }
    assert_int_equal(q.samples, 5);
    assert_int_equal(q.dropped, 95);
    assert_int_equal(q.happened, 1000);
    assert_int_equal(q.bytes, 1500);
    assert_true(q.count <= 11);
    serve_queue_release(&q);
    /* Beyond bounds the oldest goes, and how much of it is known to the next. */
    serve_queue_init(&q, 5, 64 << 20);
    for (unsigned i = 0; i < 50; i++)
        happen(&q, 100 << 10, false, false);
    assert_true(q.happened <= 4 << 20);
    assert_int_equal(serve_queue_at(&q, 0)->head.dropped + q.happened, 50 * (100 << 10));
    assert_int_equal(q.dropped, 0);
    serve_queue_release(&q);
}

/* What is kept takes no more, is not joined, and is not kept again. */
static void kept(void **state)
{
    struct serve_queue q;

    (void)state;
    serve_queue_init(&q, 2, 1 << 20);
    assert_null(serve_queue_unkept(&q, false));
    add(&q, SERVE_EVENT, 1, false);
    assert_null(serve_queue_unkept(&q, false));
    happen(&q, 1, true, false);
    struct serve_item *first = serve_queue_at(&q, 1);
    assert_ptr_equal(serve_queue_unkept(&q, false), first);
    happen(&q, 2, true, false);
    assert_int_equal(first->head.len, 3);
    first->head.kept = true;
    assert_null(serve_queue_unkept(&q, false));
    add(&q, SERVE_SAMPLE, 1, false)->held = true;
    happen(&q, 4, true, false);
    assert_int_equal(serve_queue_unkept(&q, false)->head.kind, SERVE_SAMPLE);
    serve_queue_at(&q, 2)->head.kept = true;
    struct serve_item *last = serve_queue_at(&q, 3);
    assert_ptr_equal(serve_queue_unkept(&q, false), last);
    last->head.kept = true;
    happen(&q, 8, true, false);
    assert_int_equal(q.count, 5);
    assert_int_equal(serve_queue_unkept(&q, false)->head.len, 8);
    assert_ptr_equal(serve_queue_find(&q, last->head.number), last);
    assert_null(serve_queue_find(&q, 99));
    /* The sample between the two goes: they stay as they are on the disk. */
    add(&q, SERVE_SAMPLE, 1, false);
    add(&q, SERVE_SAMPLE, 1, false);
    assert_int_equal(q.dropped, 1);
    assert_int_equal(serve_queue_at(&q, 1)->head.len, 3);
    assert_int_equal(serve_queue_at(&q, 2)->head.len, 4);
    serve_queue_release(&q);
}

/* Where the sample between them goes what happened is joined, but for what is kept, of either. */
static void joined(void **state)
{
    struct serve_queue q;

    (void)state;
    for (unsigned which = 0; which < 4; which++) {
        serve_queue_init(&q, 1, 1 << 20);
        happen(&q, 1, false, false);
        add(&q, SERVE_SAMPLE, 1, false);
        happen(&q, 2, false, false);
        serve_queue_at(&q, 0)->head.kept = which & 1;
        serve_queue_at(&q, 2)->head.kept = which >> 1;
        add(&q, SERVE_SAMPLE, 1, false);
        assert_int_equal(q.dropped, 1);
        assert_int_equal(q.count, which ? 3 : 2);
        assert_int_equal(serve_queue_at(&q, 0)->head.len, which ? 1 : 3);
        serve_queue_release(&q);
    }
}

/* What is told does not wait for samples that do; all others stay in order. */
static void forward(void **state)
{
    static const uint64_t after[] = {1, 2, 5, 3, 4, 6};
    struct serve_queue q;

    (void)state;
    for (unsigned turned = 0; turned < 8; turned++) {
        serve_queue_init(&q, 100, 1 << 20);
        /* Around the end of the ring, too. */
        for (unsigned i = 0; i < turned; i++)
            add(&q, SERVE_SAMPLE, 1, false);
        for (unsigned i = 0; i < turned; i++)
            serve_queue_drop(&q, 0);
        for (unsigned i = 0; i < 6; i++)
            add(&q, i == 4 ? SERVE_EVENT : SERVE_SAMPLE, 1, false);
        serve_queue_forward(&q, 4, 2);
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(serve_queue_at(&q, i)->head.number, turned + after[i]);
        assert_int_equal(q.bytes, 6);
        serve_queue_release(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order), cmocka_unit_test(bounds),  cmocka_unit_test(held),
        cmocka_unit_test(happened), cmocka_unit_test(forward), cmocka_unit_test(kept),
        cmocka_unit_test(joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
