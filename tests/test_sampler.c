/* sampler: one failing collector costs its own cells; it is tried again. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "sampler.h"

static int opens, good_calls, flaky_error, open_error;
static useconds_t flaky_us;

static int open_ok(void **state, char message[COLLECTOR_MESSAGE])
{
    (void)message;
    opens++;
    *state = &opens;
    if (open_error)
        snprintf(message, COLLECTOR_MESSAGE, "no luck");
    return open_error;
}

static void close_ok(void *state)
{
    assert_ptr_equal(state, &opens);
}

static int good(void *state, struct snapshot *s, unsigned want, char message[COLLECTOR_MESSAGE])
{
    (void)state, (void)want, (void)message;
    good_calls++;
    snapshot_add_domain(s, 9);
    snapshot_add_domain(s, 2);
    return 0;
}

static int flaky(void *state, struct snapshot *s, unsigned want, char message[COLLECTOR_MESSAGE])
{
    (void)state, (void)want;
    snapshot_add_pcpu(s, 0);
    if (flaky_us)
        usleep(flaky_us);
    if (flaky_error)
        snprintf(message, COLLECTOR_MESSAGE, "it broke");
    return flaky_error;
}

static const struct collector good_one = {.name = "good",
                                          .about = "domains, for this test",
                                          .fills = "domain: domid name",
                                          .parts = PART(ENTITY_DOMAIN),
                                          .essential = true,
                                          .open = open_ok,
                                          .collect = good,
                                          .close = close_ok};
static const struct collector flaky_one = {.name = "flaky",
                                           .parts = PART(ENTITY_PCPU),
                                           .open = open_ok,
                                           .collect = flaky,
                                           .close = close_ok};
static const struct collector *const both[] = {&good_one, &flaky_one, NULL};
static const struct collector *const only_flaky[] = {&flaky_one, NULL};

static int setup(void **state)
{
    (void)state;
    opens = good_calls = flaky_error = open_error = 0;
    return 0;
}

/* Each has the time it took, and begins where the one before ended. */
static void how_long(void **state)
{
    char message[COLLECTOR_MESSAGE];
    struct source *source = sampler_open(both, message);
    struct snapshot s = {0};

    (void)state;
    flaky_us = 20000;
    assert_int_equal(source->sample(source, &s, PART_ALL), 0);
    flaky_us = 0;
    const struct report *good_report = &s.reports[0], *flaky_report = &s.reports[1];
    assert_true(good_report->read_ns >= s.mono_ns);
    assert_int_equal(flaky_report->read_ns, good_report->read_ns + good_report->elapsed_ns);
    assert_in_range(flaky_report->elapsed_ns, 20000000, 10000000000);
    assert_true(good_report->elapsed_ns < flaky_report->elapsed_ns);
    snapshot_release(&s);
    source->close(source);
}

static void failing_part(void **state)
{
    char message[COLLECTOR_MESSAGE];
    struct source *source = sampler_open(both, message);
    struct snapshot s = {0};

    (void)state;
    flaky_error = -EIO;
    assert_int_equal(source->sample(source, &s, PART_ALL), 0);
    assert_int_equal(s.seq, 1);
    assert_int_equal(s.domain_count, 2);
    assert_int_equal(s.domains[0].domid, 2); /* sealed */
    assert_int_equal(s.report_count, 2);
    assert_string_equal(snapshot_str(&s, s.reports[0].collector), "good");
    assert_int_equal(s.reports[0].error, 0);
    assert_null(snapshot_str(&s, s.reports[0].message));
    assert_int_equal(s.reports[1].error, -EIO);
    assert_string_equal(snapshot_str(&s, s.reports[1].message), "it broke");
    assert_true(s.reports[0].elapsed_ns != UNKNOWN);
    assert_true(s.reports[0].read_ns <= s.reports[1].read_ns && s.reports[0].read_ns >= s.mono_ns);
    flaky_error = 0;
    assert_int_equal(source->sample(source, &s, PART_ALL), 0);
    assert_int_equal(s.seq, 2);
    assert_int_equal(s.reports[1].error, 0);
    assert_null(snapshot_str(&s, s.reports[1].message));
    source->close(source);
    snapshot_release(&s);
}

static void unwanted_is_not_called(void **state)
{
    char message[COLLECTOR_MESSAGE];
    struct source *source = sampler_open(both, message);
    struct snapshot s = {0};

    (void)state;
    source->sample(source, &s, PART(ENTITY_VIF));
    assert_int_equal(s.report_count, 1); /* domains are always there, pcpus were not asked for */
    assert_int_equal(s.pcpu_count, 0);
    source->close(source);
    snapshot_release(&s);
}

static void opened_again(void **state)
{
    char message[COLLECTOR_MESSAGE];
    struct snapshot s = {0};

    (void)state;
    open_error = -ENOENT;
    assert_null(sampler_open(both, message)); /* an essential one */
    assert_string_equal(message, "no luck");
    struct source *source = sampler_open(only_flaky, message);
    assert_non_null(source);
    source->sample(source, &s, PART_ALL);
    assert_int_equal(s.reports[0].error, -ENOENT);
    assert_string_equal(snapshot_str(&s, s.reports[0].message), "no luck");
    open_error = 0;
    for (int i = 0; i < 70 && s.pcpu_count == 0; i++)
        source->sample(source, &s, PART_ALL);
    assert_int_equal(s.pcpu_count, 1);
    assert_int_equal(s.reports[0].error, 0);
    source->close(source);
    snapshot_release(&s);
}

/* Who reads what is known of the source, under the names of its reports. */
static void who_reads(void **state)
{
    char message[COLLECTOR_MESSAGE] = "";
    struct source *source = sampler_open(both, message);

    (void)state;
    assert_int_equal(source->provider_count, 2);
    assert_string_equal(source->providers[0].name, "good");
    assert_string_equal(source->providers[0].about, "domains, for this test");
    assert_true(provider_fills(&source->providers[0], metric_find(ENTITY_DOMAIN, "name")));
    assert_false(provider_fills(&source->providers[0], metric_find(ENTITY_HOST, "name")));
    source->close(source);
}

static void fills(void **state)
{
    const struct provider r = {.fills = "host: load1; vif: id rx_bytes; domain: mem_max cap"};

    (void)state;
    assert_true(provider_fills(&r, metric_find(ENTITY_HOST, "load1")));
    assert_false(provider_fills(&r, metric_find(ENTITY_HOST, "load15")));
    assert_true(provider_fills(&r, metric_find(ENTITY_VIF, "id")));
    assert_false(provider_fills(&r, metric_find(ENTITY_VCPU, "id")));
    assert_true(provider_fills(&r, metric_find(ENTITY_VIF, "rx_bytes")));
    assert_false(provider_fills(&r, metric_find(ENTITY_DOMAIN, "mem_bytes")));
    assert_true(provider_fills(&r, metric_find(ENTITY_DOMAIN, "cap")));
    assert_true(provider_fills(&(struct provider){0}, metric_find(ENTITY_VBD, "path")));
    assert_false(provider_fills(&(struct provider){.fills = ""}, metric_find(ENTITY_VBD, "path")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(failing_part, setup),
        cmocka_unit_test_setup(how_long, setup),
        cmocka_unit_test_setup(unwanted_is_not_called, setup),
        cmocka_unit_test_setup(opened_again, setup),
        cmocka_unit_test_setup(who_reads, setup),
        cmocka_unit_test(fills),
    };

    return cmocka_run_group_tests_name("sampler", tests, NULL, NULL);
}
