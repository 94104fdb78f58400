/* feed: whole snapshots in order, a past at once, a slow source that holds nobody up. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base.h"
#include "feed.h"

struct fake {
    struct source source;
    uint64_t seq;
    unsigned sleep_ms;
    int fail_at;
};

static int fake_sample(struct source *self, struct snapshot *s, unsigned want)
{
    struct fake *f = (struct fake *)self;

    (void)want;
    if (f->sleep_ms) {
        struct timespec t = {f->sleep_ms / 1000, (long)(f->sleep_ms % 1000) * 1000000};
        nanosleep(&t, NULL);
    }
    snapshot_reset(s);
    s->seq = ++f->seq;
    snapshot_add_domain(s, f->seq);
    snapshot_seal(s);
    return f->fail_at == (int)f->seq ? -EIO : 0;
}

static bool wait_for(struct feed *f, struct snapshot *s, int *status)
{
    struct pollfd p = {.fd = feed_fd(f), .events = POLLIN};

    return poll(&p, 1, 5000) == 1 && feed_take(f, s, status);
}

static void in_order(void **state)
{
    struct fake fake = {.source = {.sample = fake_sample}, .fail_at = 3};
    struct snapshot s = {0};
    struct feed *f = feed_start(&fake.source, 0.02, 5);
    int status;

    (void)state;
    for (uint64_t i = 1; i <= 5; i++) {
        assert_true(wait_for(f, &s, &status));
        assert_int_equal(s.seq, i);
        assert_int_equal(s.domains[0].domid, i);
        assert_int_equal(status, i == 3 ? -EIO : 0);
    }
    struct pollfd p = {.fd = feed_fd(f), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 5000), 1); /* says that it is done */
    assert_false(feed_take(f, &s, NULL));
    assert_true(feed_done(f));
    feed_stop(f);
    snapshot_release(&s);
}

/* All of the past arrives, without waiting, however slowly it is taken. */
static void past(void **state)
{
    struct fake fake = {.source = {.sample = fake_sample, .past = 60}};
    struct snapshot s = {0};
    uint64_t start = clock_mono_ns();
    struct feed *f = feed_start(&fake.source, 3600, 0);

    (void)state;
    for (uint64_t i = 1; i <= 60; i++) {
        assert_true(wait_for(f, &s, NULL));
        assert_int_equal(s.seq, i);
    }
    assert_true(clock_mono_ns() - start < 3 * NS_PER_S);
    feed_stop(f);
    snapshot_release(&s);
}

/* A consumer that sleeps gets the newest ones when it wakes, and the thread never waits for it. */
static void sleeper(void **state)
{
    struct fake fake = {.source = {.sample = fake_sample}};
    struct snapshot s = {0};
    struct feed *f = feed_start(&fake.source, 0.005, 0);
    struct timespec t = {0, 400000000};
    uint64_t last = 0, first = 0;

    (void)state;
    nanosleep(&t, NULL);
    while (feed_take(f, &s, NULL)) {
        assert_true(s.seq > last);
        first = first ? first : s.seq;
        last = s.seq;
    }
    assert_true(first > 5);
    feed_stop(f);
    snapshot_release(&s);
}

static void slow_source_is_seen(void **state)
{
    struct fake fake = {.source = {.sample = fake_sample}, .sleep_ms = 300};
    struct snapshot s = {0};
    struct feed *f = feed_start(&fake.source, 0.1, 0);
    struct timespec t = {0, 100000000};

    (void)state;
    nanosleep(&t, NULL);
    uint64_t before = clock_mono_ns();
    assert_true(feed_sampling_since(f) != 0);
    assert_false(feed_take(f, &s, NULL));
    feed_set_delay(f, 7.5);
    assert_near(feed_delay(f), 7.5, 1e-9);
    assert_true(clock_mono_ns() - before < 100000000); /* none of that waited for the sample */
    feed_stop(f);
    snapshot_release(&s);
}

static void at_once(void **state)
{
    struct fake fake = {.source = {.sample = fake_sample}};
    struct snapshot s = {0};
    struct feed *f = feed_start(&fake.source, 3600, 0);

    (void)state;
    assert_true(wait_for(f, &s, NULL));
    uint64_t start = clock_mono_ns();
    assert_true(wait_for(f, &s, NULL)); /* the second comes soon */
    assert_true(clock_mono_ns() - start < 2 * NS_PER_S);
    feed_now(f);
    assert_true(wait_for(f, &s, NULL));
    assert_int_equal(s.seq, 3);
    feed_stop(f);
    snapshot_release(&s);
}

static uint64_t slot_of(struct feed *f, struct snapshot *s)
{
    assert_true(wait_for(f, s, NULL));
    return s->wall_ns / NS_PER_S;
}

/* One that is asked for between aligned ones, and is slow, does not cost the one that is due. */
static void asked_for_between(void **state)
{
    struct fake fake = {.source = {.sample = fake_sample}};
    struct snapshot s = {0};
    struct feed *f = feed_start(&fake.source, 1, 0);

    (void)state;
    feed_align(f);
    assert_true(wait_for(f, &s, NULL));
    assert_true(wait_for(f, &s, NULL));
    uint64_t slot = slot_of(f, &s);
    struct timespec t = {0, 500000000};
    nanosleep(&t, NULL);
    fake.sleep_ms = 300; /* each, before it looks at the clock */
    feed_now(f);
    t.tv_nsec = 100000000;
    nanosleep(&t, NULL);
    feed_now(f);
    assert_int_equal(slot_of(f, &s), slot);
    slot_of(f, &s); /* until after the second */
    assert_int_equal(slot_of(f, &s), slot + 1);
    feed_stop(f);
    snapshot_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order), cmocka_unit_test(past),
        cmocka_unit_test(sleeper),  cmocka_unit_test(slow_source_is_seen),
        cmocka_unit_test(at_once),  cmocka_unit_test(asked_for_between),
    };

    return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
