/* model: a past and graphs of it are taken in slices, so that keys come in between; and what was
 * sliced is what was. */
#include "unit.h"

#include <poll.h>

#include "base.h"
#include "collectors/demo.h"
#include "ui/model.h"

static struct source *host(const char *settings)
{
    struct demo_config c;
    char message[160];

    demo_defaults(&c);
    assert_int_equal(demo_parse(&c, settings, message), 0);
    return demo_open(&c);
}

/* Calls of model_take() until all n samples are in. */
static unsigned take_all(struct model *m, struct feed *feed, uint64_t n)
{
    unsigned turns = 0;

    while (timeline_last(m->timeline) < n) {
        struct pollfd p = {.fd = feed_fd(feed), .events = POLLIN};
        assert_int_equal(poll(&p, 1, 5000), 1);
        turns += model_take(m, feed);
    }
    return turns;
}

/* However many samples are ready, a turn ends after its slice and one sample more. */
static void a_long_past(void **state)
{
    struct source *source = host("domains=1000,pcpus=8,past=200,seed=3");
    struct feed *feed = feed_start(source, 1000, 200);
    struct model m;

    (void)state;
    model_init(&m);
    unsigned turns = take_all(&m, feed, 200);
    print_message("# 200 samples in %u turns\n", turns);
    assert_true(turns >= 10);
    assert_int_equal(model_snapshot(&m)->seq, 200);
    feed_stop(feed);
    model_release(&m);
    source->close(source);
}

static void graphs_far_back(void **state)
{
    enum { ALL = 900, SOME = 300 };
    struct source *source = host("domains=300,pcpus=8,past=900,seed=3");
    struct feed *feed = feed_start(source, 1000, ALL);
    struct model m;
    float before[32], after[32];
    unsigned slices = 1;

    (void)state;
    model_init(&m);
    take_all(&m, feed, SOME);
    uint64_t then = timeline_last(m.timeline);
    model_past_host(&m, HISTORY_CPU, before, 32);
    take_all(&m, feed, ALL);
    model_pause(&m, true);
    assert_true(model_step(&m, -(long)(ALL - then)));
    assert_int_equal(m.shown, then);
    if (model_reading(&m)) { /* a graph that is not whole is not shown */
        model_past_host(&m, HISTORY_CPU, after, 32);
        assert_nan(after[31]);
    }
    for (; model_reading(&m); slices++)
        model_read(&m);
    print_message("# graphs from the past in %u slices\n", slices);
    model_past_host(&m, HISTORY_CPU, after, 32);
    assert_memory_equal(before, after, sizeof(before));

    /* Going on before they are read: nothing is left to be read. */
    assert_true(model_step(&m, -200));
    model_pause(&m, false);
    assert_false(model_reading(&m));
    feed_stop(feed);
    model_release(&m);
    source->close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_past),
        cmocka_unit_test(graphs_far_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
