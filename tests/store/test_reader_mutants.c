/*
 * mutants: thousands of damaged files, each of which the reader and the graphs have to survive, in
 * time. MUTANTS=N is how many are read, GRAPHS=N how many are drawn.
 */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>

#include "base.h"
#include "mutate.h"
#include "scratch.h"
#include "store/graph.h"
#include "store/reader.h"
#include "unit.h"

#define END UINT64_C(1795316400)

/* Of a child of a sanitized program the making takes longer than what it does. */
#ifdef __SANITIZE_ADDRESS__
#define DRAWN 300
#else
#define DRAWN 10000
#endif

/* Reading may take the deadline of one file, drawing its own; beyond it is a hang. */
#define READ_MOST_NS (6 * NS_PER_S)
#define DRAW_MOST_NS (30 * NS_PER_S)

static char make_store[512];
static struct snapshot prev, cur;

struct victim {
    char path[300];
    unsigned char *good, *data;
    size_t len;
};
static struct victim victims[8];
static size_t victim_count;

static void add_victim(const char *name)
{
    struct victim *v = &victims[victim_count++];

    snprintf(v->path, sizeof(v->path), "%s", name);
    v->good = (unsigned char *)scratch_read(name, &v->len);
    v->data = malloc(v->len + 4096);
}

static int setup(void **state)
{
    char command[1400], name[300];
    FILE *list;
    (void)state;

    scratch_make();
    snprintf(command, sizeof(command),
             "'%s' '%s' domains=2 hours=1 fine=1 gap=0 calm=1000 end=%" PRIu64
             " archives=10s:10m,1m:30m,5m:1h >/dev/null",
             make_store, in_scratch("s"), END);
    assert_int_equal(system(command), 0);
    add_victim("s/host.rrd");
    add_victim("s/pcpus.rrd");
    snprintf(command, sizeof(command), "cd '%s' && ls s/domains/*/*.rrd", scratch);
    list = popen(command, "r");
    while (list && victim_count < ARRAY_LEN(victims) && fgets(name, sizeof(name), list)) {
        name[strcspn(name, "\n")] = '\0';
        add_victim(name);
    }
    pclose(list);
    return victim_count < 5;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < victim_count; i++) {
        free(victims[i].good);
        free(victims[i].data);
    }
    snapshot_release(&prev);
    snapshot_release(&cur);
    scratch_remove();
    return 0;
}

static unsigned long times(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : otherwise;
}

/* Write over the file, so that it stays the same file as a recorder's would. */
static void put(const struct victim *v, const unsigned char *data, size_t len)
{
    int fd = open(in_scratch(v->path), O_WRONLY | O_TRUNC);

    assert_true(fd >= 0);
    assert_true(write(fd, data, len) == (ssize_t)len);
    close(fd);
}

static void damage(struct victim *v, uint64_t n)
{
    size_t len = v->len;

    memcpy(v->data, v->good, v->len);
    mutate(v->data, &len, 6000, n);
    put(v, v->data, len);
}

static void within(uint64_t start, uint64_t most_ns, uint64_t n)
{
    uint64_t took = clock_mono_ns() - start;

    if (took > most_ns)
        fail_msg("mutant %lu took %lu ms", (unsigned long)n, (unsigned long)(took / 1000000));
}

static void look(struct past *past, uint64_t n)
{
    static float mean[40], peak[40];
    struct past_moment found;
    struct past_subject s = {.of = (enum past_of)(n % 3),
                             .series = (enum history_series)(n % HISTORY_SERIES)};
    uint64_t first, last, next;

    past->span(past, &first, &last);
    past->moment(past, (END - n % 3600) * NS_PER_S, n % 3 * 60 * NS_PER_S, &prev, &cur, &found);
    past->graph(past, &s, (END - 3600) * NS_PER_S, END * NS_PER_S, 40, mean, peak);
    past->step(past, (END - n % 3000) * NS_PER_S, n % 2 ? 1 : -1, 0, &next);
}

static void test_reader_survives(void **state)
{
    unsigned long count = times("MUTANTS", 10000);
    char message[READER_MESSAGE];
    struct past *past = NULL;
    (void)state;

    for (uint64_t n = 0; n < count; n++) {
        struct victim *v = &victims[n % victim_count];
        /* A new reader now and then, as one keeps what it has read. */
        if (n % 8 == 0) {
            if (past)
                past->close(past);
            past = store_past_open(in_scratch("s"), message);
            assert_non_null(past);
        }
        damage(v, n);
        uint64_t start = clock_mono_ns();
        look(past, n);
        within(start, READ_MOST_NS, n);
        put(v, v->good, v->len);
    }
    if (past)
        past->close(past);
}

static void test_graph_survives(void **state)
{
    static const char *const metrics[] = {"cpu", "memory", "network", "disk", "latency"};
    unsigned long count = times("GRAPHS", DRAWN), drawn = 0;
    char message[READER_MESSAGE], domain[64];
    (void)state;

    for (uint64_t n = 0; n < count; n++) {
        struct victim *v = &victims[n % victim_count];
        struct text out = {0};
        damage(v, n + 1000000);
        struct past *past = store_past_open(in_scratch("s"), message);
        struct graph_options o = {.metric = metrics[n % ARRAY_LEN(metrics)],
                                  .from_ns = (END - 3600) * NS_PER_S,
                                  .to_ns = END * NS_PER_S,
                                  .width = 200,
                                  .height = 120,
                                  .svg = n % 2};
        if (!strncmp(v->path, "s/domains/", 10)) {
            snprintf(domain, sizeof(domain), "%.36s", v->path + 10);
            o.domain = domain;
        }
        uint64_t start = clock_mono_ns();
        drawn += store_past_graph(past, &o, &out, message) == 0;
        within(start, DRAW_MOST_NS, n);
        past->close(past);
        text_release(&out);
        put(v, v->good, v->len);
    }
    /* Damage to values, or to the other files, leaves a picture. */
    assert_true(count == 0 || drawn > count / 10);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader_survives),
        cmocka_unit_test(test_graph_survives),
    };

    (void)argc;
    snprintf(make_store, sizeof(make_store), "%s/make_store", dirname(argv[0]));
    return cmocka_run_group_tests(tests, setup, teardown);
}
