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

/* The oldest samples go, not what is on its way, not events, never the newest. */
static void bounds(void **state)
{
    struct serve_queue q;

    (void)state;
    serve_queue_init(&q, 5, 1 << 20);
    add(&q, SERVE_SAMPLE, 1, false);
    add(&q, SERVE_EVENT, 1, true);
    for (unsigned i = 0; i < 10; i++)
        add(&q, SERVE_SAMPLE, 1, true);
    assert_int_equal(q.count, 5);
    assert_int_equal(q.dropped, 7);
    static const uint64_t left[] = {1, 2, 10, 11, 12};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(serve_queue_at(&q, i)->head.number, left[i]);
    /* The gap is before the first that is left, not before the next to come. */
    for (size_t i = 0; i < 5; i++)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(bounds),
        cmocka_unit_test(held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
