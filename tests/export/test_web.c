/*
 * test_web: readers hold whole samples while new ones are swapped in; what is made of one is made
 * once.
 */
#include <pthread.h>
#include <stdlib.h>

#include "export/web.h"
#include "simulated.h"
#include "unit.h"

static void publish(struct web *w, struct simulated *h, struct snapshot *s)
{
    assert_int_equal(h->source->sample(h->source, s, PART_ALL), 0);
    web_publish(w, s);
}

static void a_state_stays_as_it_was(void **state)
{
    struct web_config c = {.source_name = "demo", .delay_s = 1};
    struct web *w = web_new(&c);
    struct snapshot s = {0};
    struct simulated h;
    float series[4];
    (void)state;

    simulated_open(&h, "domains=5");
    struct web_state *none = web_get(w);
    assert_true(none->now.seq == 0 && web_stale(w, none));
    struct bytes *down = web_metrics(w, none, PROMETHEUS_TEXT, false);
    assert_non_null(strstr(down->data, "\nxen_up 0\n"));
    publish(w, &h, &s);
    struct web_state *first = web_get(w);
    assert_true(first->now.seq == 1 && !web_stale(w, first));
    assert_nan(rate_host_busy(&first->rates, &first->now));
    struct bytes *a = web_metrics(w, first, PROMETHEUS_TEXT, false);
    assert_ptr_equal(a, web_metrics(w, first, PROMETHEUS_TEXT, false));
    bytes_unref(a);
    struct bytes *z = web_metrics(w, first, PROMETHEUS_TEXT, true);
    assert_true(z->len < a->len && (unsigned char)z->data[0] == 0x1f);

    for (int i = 0; i < 5; i++)
        publish(w, &h, &s);
    struct web_state *last = web_get(w);
    assert_true(last->now.seq == 6 && last->generation > first->generation);
    assert_true(rate_host_busy(&last->rates, &last->now) > 0);
    assert_true(first->now.seq == 1);
    assert_ptr_equal(a, web_metrics(w, first, PROMETHEUS_TEXT, false));
    bytes_unref(a);
    struct bytes *b = web_metrics(w, last, PROMETHEUS_OPENMETRICS, false);
    assert_string_equal(b->data + b->len - 6, "# EOF\n");
    assert_int_equal(web_history_len(w), 6);
    web_history_host(w, HISTORY_CPU, series, 4);
    assert_true(series[3] > 0);
    assert_null(web_past_begin(w));

    web_put(w, none);
    web_put(w, first);
    web_put(w, last);
    /* The bytes outlive the sample they were made of. */
    assert_non_null(strstr(a->data, "\nxen_up 1\n"));
    bytes_unref(a);
    bytes_unref(b);
    bytes_unref(z);
    bytes_unref(down);
    simulated_close(&h);
    snapshot_release(&s);
    web_free(w);
}

static _Atomic bool stop;

/* A sample is whole when its metrics are the same however often they are asked for. */
/* Memory goes on to the next text when its last reader is gone, and not before. */
static void memory_is_used_again(void **state)
{
    struct text t = {0};
    (void)state;

    text_adds(&t, "held");
    const char *at = t.data;
    struct bytes *b = bytes_take(&t), *reader = bytes_ref(b);
    bytes_reclaim(b, &t);
    assert_null(t.data);
    assert_string_equal(reader->data, "held");
    bytes_reclaim(reader, &t);
    assert_ptr_equal(t.data, at);
    assert_true(t.len == 0 && t.cap > 4);
    text_adds(&t, "anew");
    assert_ptr_equal(t.data, at);
    b = bytes_take(&t);
    bytes_reclaim(bytes_static("for ever", 8), &t);
    assert_null(t.data);
    bytes_reclaim(b, &t);
    bytes_reclaim(NULL, &t);
    assert_ptr_equal(t.data, at);
    text_release(&t);
}

static void *read_on(void *arg)
{
    struct web *w = arg;
    size_t *reads = xcalloc(1, sizeof(*reads));

    while (!stop || !*reads) {
        struct web_state *s = web_get(w);
        uint64_t seq = s->now.seq;
        struct bytes *b = web_metrics(w, s, (enum prometheus_format)(*reads % 2), *reads % 3 == 0);
        assert_true(b->len > 100 && s->now.seq == seq);
        bytes_unref(b);
        web_put(w, s);
        (*reads)++;
    }
    return reads;
}

static void readers_and_a_writer(void **state)
{
    struct web_config c = {.source_name = "demo", .delay_s = 1};
    struct web *w = web_new(&c);
    struct snapshot s = {0};
    struct simulated h;
    pthread_t threads[4];
    (void)state;

    simulated_open(&h, "domains=20");
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, w), 0);
    for (int i = 0; i < 150; i++)
        publish(w, &h, &s);
    stop = true;
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        void *reads;
        pthread_join(threads[i], &reads);
        assert_true(*(size_t *)reads > 0);
        free(reads);
    }
    simulated_close(&h);
    snapshot_release(&s);
    web_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_stays_as_it_was),
        cmocka_unit_test(memory_is_used_again),
        cmocka_unit_test(readers_and_a_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
