/* serve_held: what was held by the sampler before, by the clocks of this one. */
#include "unit.h"

#include "events.h"
#include "service/serve_held.h"

#define T0 (UINT64_C(1795317160) * NS_PER_S)
#define M0 (UINT64_C(1000) * NS_PER_S)
#define S  NS_PER_S

static const uint8_t boot[HELD_BOOT] = "this boot of it", other[HELD_BOOT] = "another one of";

static struct held_head head_of(const uint8_t *of, unsigned flags, uint64_t lasting_ns,
                                uint64_t wall_ns)
{
    struct held_head head = {.kind = HELD_SAMPLE, .lasting_ns = lasting_ns, .wall_ns = wall_ns};

    head.flags = flags;
    memcpy(head.boot, of, HELD_BOOT);
    held_sign(&head);
    return head;
}

/* The same boot: whatever the wall clock says, it was when it was. */
static void same_boot(void **state)
{
    struct serve_now now = {boot, true, T0, (int64_t)(T0 - M0 - 100 * S), T0 / S - 500};
    struct held_head head = head_of(boot, HELD_OWN, M0, T0 + 86400 * S);

    (void)state;
    assert_true(serve_held_place(&head, &now));
    assert_int_equal(head.lasting_ns, M0);
    assert_int_equal(head.wall_ns, T0 + 86400 * S);
    /* What was believed is, until something is recorded that is later. */
    head = head_of(boot, HELD_OWN | HELD_BELIEVED, M0, T0 + 86400 * S);
    head.believed_ns = (int64_t)(T0 - 100 * S - M0);
    assert_true(serve_held_place(&head, &now));
    assert_true(head.flags & HELD_BELIEVED);
    now.last_s = T0 / S - 50;
    assert_true(serve_held_place(&head, &now));
    assert_false(head.flags & HELD_BELIEVED);
}

/* Another one, or a source with clocks of its own: the wall clock has gone on meanwhile. */
static void other_clocks(void **state)
{
    struct serve_now now = {boot, true, T0, (int64_t)(T0 - 30 * S), 0};
    struct held_head head;

    (void)state;
    for (unsigned which = 0; which < 4; which++) {
        static const uint8_t none[HELD_BOOT];
        now.own = which != 1;
        now.boot = which == 3 ? none : boot;
        head = head_of(which == 0 ? other : now.boot, which == 2 ? 0 : HELD_OWN, M0, T0 - 300 * S);
        assert_true(serve_held_place(&head, &now));
        assert_int_equal(head.wall_ns, T0 - 300 * S);
        /* Before this boot even: times wrap, and come out right. */
        assert_int_equal(head.lasting_ns + (uint64_t)now.offset_ns, T0 - 300 * S);
    }
    now.own = true;
    now.boot = boot;
    head = head_of(other, HELD_OWN, M0, T0 + 1);
    assert_false(serve_held_place(&head, &now));
    /* It has the time that was believed, as at an orderly end. */
    head = head_of(other, HELD_OWN | HELD_BELIEVED, M0, T0 + 86400 * S);
    head.believed_ns = (int64_t)(T0 - 200 * S - M0);
    assert_true(serve_held_place(&head, &now));
    assert_int_equal(head.wall_ns, T0 - 200 * S);
    assert_int_equal(head.lasting_ns + (uint64_t)now.offset_ns, T0 - 200 * S);
    assert_false(head.flags & HELD_BELIEVED);
}

static void marked(void **state)
{
    struct held_head a, b;

    (void)state;
    serve_held_mark(&a);
    serve_held_mark(&b);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_true(held_is_ours(&a));
}

static void queued(void **state)
{
    struct event events[2] = {{.wall_ns = 100, .kind = EVENT_CRASHED, .name = "web"},
                              {.wall_ns = 200, .kind = EVENT_STARTED}};
    struct held_record r = {.bytes = (const char *)events};
    struct serve_queue q;

    (void)state;
    serve_queue_init(&q, 5, 1 << 20);
    r.head = head_of(boot, HELD_SURE, M0, T0);
    r.head.number = 77;
    r.head.len = 10;
    assert_true(serve_held_queue(&q, &r, 0, false));
    const struct serve_item *item = serve_queue_at(&q, 0);
    assert_int_equal(item->head.kind, SERVE_SAMPLE);
    assert_int_equal(item->head.number, 77);
    assert_true(item->held && item->head.kept && item->sure);
    assert_int_equal(item->mono_ns, M0);
    assert_int_equal(item->wall_ns, T0);
    assert_memory_equal(item->bytes.data, events, 10);
    assert_null(serve_queue_unkept(&q, false));
    /* Events, moved; whatever they are they can be read. */
    memset(events[1].name, 'x', sizeof(events[1].name));
    memset(events[1].detail, 'x', sizeof(events[1].detail));
    events[1].kind = (enum event_kind)12345;
    r.head.kind = HELD_HAPPENED;
    r.head.len = sizeof(events);
    assert_true(serve_held_queue(&q, &r, -30, false));
    const struct event *e = (const struct event *)(const void *)serve_queue_at(&q, 1)->bytes.data;
    assert_int_equal(e[0].wall_ns, 70);
    assert_string_equal(e[0].name, "web");
    assert_int_equal(e[1].wall_ns, 170);
    assert_int_equal(strlen(e[1].name), EVENT_NAME - 1);
    assert_int_equal(strlen(e[1].detail), EVENT_DETAIL - 1);
    assert_true(e[1].kind < EVENT_KINDS);
    assert_int_equal(q.happened, sizeof(events));
    /* Of another domtop, or half of one, they are not looked at; nor is what is no such thing. */
    r.head.len--;
    assert_false(serve_held_queue(&q, &r, 0, false));
    r.head.len++;
    r.head.version[0] ^= 1;
    assert_false(serve_held_queue(&q, &r, 0, false));
    r.head.kind = HELD_BEGIN;
    assert_true(serve_held_queue(&q, &r, 0, false));
    r.head.kind = HELD_DONE;
    assert_false(serve_held_queue(&q, &r, 0, false));
    assert_int_equal(q.count, 3);
    serve_queue_release(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_boot),
        cmocka_unit_test(other_clocks),
        cmocka_unit_test(marked),
        cmocka_unit_test(queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
