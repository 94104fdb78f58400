/* recording_past: moments, steps, gaps, graphs and events as the recorded samples have them. */
#include "simulated.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "digest.h"
#include "recording_past.h"

#define START   UINT64_C(1795317165250000000)
#define SAMPLES 200
#define GAP_AT  120 /* sample 120 comes 100 s late */
#define GAP_NS  (100 * NS_PER_S)

static char path[] = "/tmp/domtop-past-XXXXXX";
static struct past *past;
static float cpu[SAMPLES]; /* the host's, by the samples themselves */
static struct events happened;

static uint64_t wall(unsigned i)
{
    return START + i * NS_PER_S + (i >= GAP_AT ? GAP_NS : 0);
}

static int set_up(void **state)
{
    char message[RECORDING_MESSAGE] = "";
    struct simulated h;

    (void)state;
    close(mkstemp(path));
    struct recording_writer *r = recording_writer_open(path, RECORDER_FORCE, message);
    events_init(&happened, 512);
    simulated_open(&h, "domains=9,seed=5,step=1");
    for (unsigned i = 0; i < SAMPLES; i++) {
        simulated_sample(&h);
        h.now->wall_ns = wall(i);
        cpu[i] = (float)rate_host_busy(&h.rates, h.now);
        if (i)
            events_compare(&happened, h.before, h.now);
        if (recording_writer_write(r, h.now))
            return -1;
    }
    recording_writer_close(r);
    simulated_close(&h);
    past = recording_past_open(path, message);
    return past ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    past->close(past);
    events_release(&happened);
    return unlink(path);
}

static void span_and_moments(void **state)
{
    struct snapshot prev = {0}, cur = {0};
    struct past_moment m;
    uint64_t first, last;

    (void)state;
    assert_true(past->simulated);
    assert_int_equal(past->span(past, &first, &last), 0);
    assert_int_equal(first, wall(0));
    assert_int_equal(last, wall(SAMPLES - 1));

    assert_int_equal(past->moment(past, wall(77) + NS_PER_S / 2, 0, &prev, &cur, &m), 0);
    assert_int_equal(m.wall_ns, wall(77));
    assert_int_equal(cur.wall_ns, wall(77));
    assert_int_equal(prev.wall_ns, wall(76));
    assert_int_equal(m.resolution_ns, NS_PER_S);
    assert_false(m.gap);
    /* Of a longer time each value is a mean. */
    assert_int_equal(past->moment(past, wall(77), 10 * NS_PER_S, &prev, &cur, &m), 0);
    assert_int_equal(prev.wall_ns, wall(67));
    assert_int_equal(m.resolution_ns, 10 * NS_PER_S);
    /* Before the first. */
    assert_int_equal(past->moment(past, wall(0) - NS_PER_S, 0, &prev, &cur, &m), 0);
    assert_int_equal(m.wall_ns, wall(0));
    assert_int_equal(prev.seq, 0);
    assert_true(m.gap);
    assert_int_equal(m.gap_to_ns, wall(0));
    /* Long after the last, and just after it. */
    assert_int_equal(past->moment(past, wall(SAMPLES) + 60 * NS_PER_S, 0, &prev, &cur, &m), 0);
    assert_int_equal(m.wall_ns, wall(SAMPLES - 1));
    assert_true(m.gap);
    assert_int_equal(m.gap_from_ns, wall(SAMPLES - 1));
    assert_int_equal(m.gap_to_ns, 0);
    assert_int_equal(past->moment(past, wall(SAMPLES - 1), 0, &prev, &cur, &m), 0);
    assert_false(m.gap);
    snapshot_release(&prev);
    snapshot_release(&cur);
}

static void gaps(void **state)
{
    struct snapshot prev = {0}, cur = {0};
    struct past_moment m;

    (void)state;
    assert_int_equal(past->moment(past, wall(GAP_AT) - 50 * NS_PER_S, 0, &prev, &cur, &m), 0);
    assert_true(m.gap);
    assert_int_equal(m.wall_ns, wall(GAP_AT - 1));
    assert_int_equal(m.gap_from_ns, wall(GAP_AT - 1));
    assert_int_equal(m.gap_to_ns, wall(GAP_AT));
    /* The last before it, when it was taken, is in none. */
    assert_int_equal(past->moment(past, wall(GAP_AT - 1), 0, &prev, &cur, &m), 0);
    assert_false(m.gap);
    /* The first after it has no rates: nobody knows what was between. */
    assert_int_equal(past->moment(past, wall(GAP_AT), 0, &prev, &cur, &m), 0);
    assert_int_equal(m.wall_ns, wall(GAP_AT));
    assert_int_equal(prev.seq, 0);
    assert_int_equal(past->moment(past, wall(GAP_AT + 3), 10 * NS_PER_S, &prev, &cur, &m), 0);
    assert_int_equal(prev.wall_ns, wall(GAP_AT));
    snapshot_release(&prev);
    snapshot_release(&cur);
}

static void steps(void **state)
{
    uint64_t at;

    (void)state;
    assert_int_equal(past->step(past, wall(10), 1, 0, &at), 0);
    assert_int_equal(at, wall(11));
    assert_int_equal(past->step(past, wall(70), -60, 0, &at), 0);
    assert_int_equal(at, wall(10));
    assert_int_equal(past->step(past, wall(GAP_AT - 1), 1, 0, &at), 0);
    assert_int_equal(at, wall(GAP_AT));
    assert_int_equal(past->step(past, wall(5), -100, 0, &at), 0);
    assert_int_equal(at, wall(0));
    assert_int_equal(past->step(past, wall(5), 1000, 0, &at), 0);
    assert_int_equal(at, wall(SAMPLES - 1));
    assert_int_equal(past->step(past, wall(0) - NS_PER_S, 1, 0, &at), 0);
    assert_int_equal(at, wall(0));
    assert_int_equal(past->step(past, wall(20), 2, 10 * NS_PER_S, &at), 0);
    assert_int_equal(at, wall(40));
}

static void graphs(void **state)
{
    const struct past_subject host = {.of = PAST_HOST, .series = HISTORY_CPU};
    const struct past_subject nobody = {.of = PAST_DOMAIN, .uuid = {{9, 9, 9}}};
    float mean[SAMPLES + 120], peak[SAMPLES + 120];
    int status;

    (void)state;
    /* A part for each sample: the samples. */
    do
        status = past->graph(past, &host, wall(0), wall(100), 100, mean, peak);
    while (status == -EAGAIN);
    assert_int_equal(status, 0);
    for (unsigned i = 0; i < 100; i++) {
        assert_float_equal(mean[i], cpu[i + 1], 1e-4);
        assert_float_equal(peak[i], cpu[i + 1], 1e-4);
    }
    /* Ten samples in a part: their mean and the highest. */
    assert_int_equal(past->graph(past, &host, wall(0), wall(100), 10, mean, peak), 0);
    for (unsigned i = 0; i < 10; i++) {
        double sum = 0, most = 0;
        for (unsigned k = 1; k <= 10; k++) {
            sum += cpu[10 * i + k];
            most = fmax(most, cpu[10 * i + k]);
        }
        assert_float_equal(mean[i], sum / 10, 1e-4);
        assert_float_equal(peak[i], most, 1e-4);
    }
    /* The gap is one, as is what is before the first and after the last. */
    assert_int_equal(past->graph(past, &host, wall(0), wall(SAMPLES - 1), 299, mean, NULL), 0);
    for (unsigned i = 0; i < 299; i++)
        assert_int_equal(isnan(mean[i]), i >= GAP_AT - 1 && i < GAP_AT + 100);
    assert_int_equal(past->graph(past, &host, wall(0) - 10 * NS_PER_S, wall(0), 5, mean, NULL), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_true(isnan(mean[i]));
    assert_int_equal(past->graph(past, &nobody, wall(0), wall(100), 10, mean, peak), 0);
    for (unsigned i = 0; i < 10; i++)
        assert_true(isnan(mean[i]) && isnan(peak[i]));
}

static void events(void **state)
{
    static struct event found[512];
    size_t count, expected = events_count(&happened), own = 0;
    int status;

    (void)state;
    assert_true(expected > 5);
    do
        status = past->events(past, 0, UINT64_MAX, found, ARRAY_LEN(found), &count);
    while (status == -EAGAIN);
    assert_int_equal(status, 0);
    for (size_t i = 0, k = 0; i < count; i++) {
        if (i)
            assert_true(found[i].wall_ns >= found[i - 1].wall_ns);
        if (found[i].kind == EVENT_GAP || found[i].kind == EVENT_RECORDING_STARTED) {
            assert_int_equal(found[i].wall_ns, found[i].kind == EVENT_GAP ? wall(GAP_AT) : wall(0));
            own++;
            continue;
        }
        const struct event *ev = events_get(&happened, expected - 1 - k++);
        assert_int_equal(found[i].kind, ev->kind);
        assert_string_equal(found[i].name, ev->name);
        assert_int_equal(found[i].wall_ns, ev->wall_ns);
    }
    assert_int_equal(own, 2);
    assert_int_equal(count, expected + 2);
    /* A part of the time; the newest where there is no room for all. */
    struct event last = found[count - 1], second = found[1];
    size_t all = count;
    assert_int_equal(past->events(past, second.wall_ns, last.wall_ns - 1, found, 512, &count), 0);
    assert_true(count < all && count > 0);
    assert_int_equal(found[0].wall_ns, second.wall_ns);
    assert_int_equal(past->events(past, 0, UINT64_MAX, found, 3, &count), 0);
    assert_int_equal(count, 3);
    assert_int_equal(found[2].wall_ns, last.wall_ns);
}

static void write_simulated(const char *file, unsigned samples, uint64_t from_ns)
{
    char message[RECORDING_MESSAGE] = "";
    struct simulated h;
    struct recording_writer *r = recording_writer_open(file, RECORDER_FORCE, message);

    assert_non_null(r);
    simulated_open(&h, "domains=3,seed=5,step=1");
    for (unsigned i = 0; i < samples; i++) {
        simulated_sample(&h);
        h.now->wall_ns = from_ns + i * NS_PER_S;
        assert_int_equal(recording_writer_write(r, h.now), 0);
    }
    recording_writer_close(r);
    simulated_close(&h);
}

/* Begun anew while it is looked at, shorter or longer than it was: nothing of the old one stays. */
static void begun_anew(void **state)
{
    const struct past_subject host = {.of = PAST_HOST, .series = HISTORY_CPU};
    const uint64_t day = 86400 * NS_PER_S;
    char file[] = "/tmp/domtop-anew-XXXXXX", message[RECORDING_MESSAGE];
    static struct event found[64];
    uint64_t first, last;
    float mean[5];
    size_t count;
    int status;

    (void)state;
    close(mkstemp(file));
    write_simulated(file, 30, START);
    struct past *p = recording_past_open(file, message);
    assert_non_null(p);
    for (unsigned turn = 1; turn <= 3; turn++) {
        do
            status = p->graph(p, &host, START, START + NS_PER_S, 1, mean, NULL);
        while (status == -EAGAIN);
        uint64_t from = START + turn * day;
        write_simulated(file, turn == 1 ? 20 : 40, from);
        assert_int_equal(p->span(p, &first, &last), 0);
        assert_int_equal(first, from);
        do
            status = p->graph(p, &host, from + NS_PER_S, from + 6 * NS_PER_S, 5, mean, NULL);
        while (status == -EAGAIN);
        for (unsigned i = 0; i < 5; i++)
            assert_false(isnan(mean[i]));
        assert_int_equal(p->events(p, 0, from - 1, found, ARRAY_LEN(found), &count), 0);
        assert_int_equal(count, 0);
    }
    p->close(p);
    unlink(file);
}

/* More samples than there is room for: nothing of the mean or the peak is lost. */
static void digest_bounded(void **state)
{
    const struct past_subject host = {.of = PAST_HOST, .series = HISTORY_MEM};
    struct digest *d = digest_new(1 << 20);
    struct snapshot s = {0};
    struct rates r = {0};
    float mean[4], peak[4];
    double sum = 0;

    (void)state;
    for (unsigned i = 1; i <= 20000; i++) {
        snapshot_reset(&s);
        s.seq = i;
        s.wall_ns = i * NS_PER_S;
        s.mono_ns = s.wall_ns;
        s.have = PART_ALL;
        s.host.mem_bytes = 1 << 20;
        s.host.mem_free_bytes = (1 << 20) - (i == 7001 ? 9999 : i % 10);
        for (unsigned k = 0; k < 30; k++) {
            struct domain *dom = snapshot_add_domain(&s, k);
            memset(dom->uuid.bytes, (int)k + 1, sizeof(dom->uuid.bytes));
        }
        snapshot_seal(&s);
        rates_compute(&r, NULL, &s);
        digest_add(d, &s, &r, (i - 1) * NS_PER_S);
        sum += i > 5000 && i <= 10000 ? (i == 7001 ? 9999 : i % 10) : 0;
        assert_true(digest_memory(d) < 3 << 20);
    }
    digest_graph(d, &host, 0, 20000 * NS_PER_S, 4, mean, peak);
    assert_float_equal(mean[1], sum / 5000, 0.1);
    assert_float_equal(peak[1], 9999, 0);
    assert_float_equal(peak[2], 9, 0);
    assert_float_equal(mean[3], 4.5, 0.05);
    digest_free(d);
    snapshot_release(&s);
    rates_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_and_moments), cmocka_unit_test(gaps),   cmocka_unit_test(steps),
        cmocka_unit_test(graphs),           cmocka_unit_test(events), cmocka_unit_test(begun_anew),
        cmocka_unit_test(digest_bounded),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
