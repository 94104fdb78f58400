/*
 * bench_reader: how long looking back into a store takes, in milliseconds.
 *
 *     bench_reader STORE
 *
 * "first" is a newly opened store; "at" one that is open, at a time it was not asked for before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "store/reader.h"

static struct past *past;
static struct snapshot prev, cur;
static uint64_t first_ns, last_ns;

static double ms_since(uint64_t start)
{
    return (double)(clock_mono_ns() - start) / 1e6;
}

static void open_it(const char *dir)
{
    char message[READER_MESSAGE];

    past = store_past_open(dir, message);
    if (!past)
        die(EXIT_FAILED, "%s", message);
    if (past->span(past, &first_ns, &last_ns))
        die(EXIT_FAILED, "nothing was recorded");
}

static struct past_moment moment(uint64_t at_ns, uint64_t resolution_s)
{
    struct past_moment found;

    if (past->moment(past, at_ns, resolution_s * NS_PER_S, &prev, &cur, &found))
        die(EXIT_FAILED, "no moment");
    return found;
}

static void bench_moments(const char *dir)
{
    static const uint64_t back_s[] = {600, 86400 * 3, 86400 * 12, 86400 * 29};

    for (size_t i = 0; i < ARRAY_LEN(back_s); i++) {
        uint64_t start = clock_mono_ns();
        open_it(dir);
        uint64_t at_ns = last_ns - MIN(back_s[i] * NS_PER_S, last_ns - first_ns);
        struct past_moment found = moment(at_ns, 0);
        printf("first moment, %6.1f days back, rows of %5" PRIu64 " s, %zu domains: %7.1f ms\n",
               (double)back_s[i] / 86400, found.resolution_ns / NS_PER_S, cur.domain_count,
               ms_since(start));
        start = clock_mono_ns();
        uint64_t next;
        past->step(past, found.wall_ns, 1, 0, &next);
        moment(next, 0);
        printf("  the next one %40s %7.1f ms\n", "", ms_since(start));
        past->close(past);
    }
    open_it(dir);
    moment(last_ns, 0);
    static const uint64_t rows_s[] = {10, 60, 300, 3600, 86400};
    for (size_t i = 0; i < ARRAY_LEN(rows_s); i++) {
        uint64_t start = clock_mono_ns();
        struct past_moment found = moment(last_ns - 5 * 3600 * NS_PER_S, rows_s[i]);
        printf("moment at %5" PRIu64 " s %39s %7.1f ms\n", found.resolution_ns / NS_PER_S, "",
               ms_since(start));
    }
    past->close(past);
}

static void bench_graphs(const char *dir)
{
    static const struct {
        const char *name;
        uint64_t seconds;
    } spans[] = {{"an hour", 3600}, {"a day", 86400}, {"30 days", 30 * 86400}};
    static float mean[400], peak[400];

    open_it(dir);
    moment(last_ns, 0);
    struct uuid uuid = cur.domains[cur.domain_count / 2].uuid;
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        uint64_t from_ns = last_ns - spans[i].seconds * NS_PER_S, start = clock_mono_ns();
        struct past_subject s = {PAST_DOMAIN, uuid, 0, HISTORY_CPU};
        for (int k = 0; k < HISTORY_SERIES; k++) {
            s.series = (enum history_series)k;
            past->graph(past, &s, from_ns, last_ns, 200, mean, peak);
        }
        printf("a domain's six graphs over %-10s %21s %7.1f ms\n", spans[i].name, "",
               ms_since(start));
        start = clock_mono_ns();
        s.of = PAST_HOST;
        for (int k = 0; k < HISTORY_SERIES; k++) {
            s.series = (enum history_series)k;
            past->graph(past, &s, from_ns, last_ns, 200, mean, peak);
        }
        printf("the host's six graphs over %-10s %21s %7.1f ms\n", spans[i].name, "",
               ms_since(start));
    }
    struct event *events = xcalloc(4096, sizeof(*events));
    size_t count;
    uint64_t start = clock_mono_ns();
    past->events(past, first_ns, last_ns, events, 4096, &count);
    printf("all events (%zu shown) %36s %7.1f ms\n", count, "", ms_since(start));
    free(events);
    past->close(past);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die(EXIT_USAGE, "usage: bench_reader STORE");
    bench_moments(argv[1]);
    bench_graphs(argv[1]);
    snapshot_release(&prev);
    snapshot_release(&cur);
    return 0;
}
