/* record: `domtop record FILE`, every sample of a source to a file until told to stop. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../base.h"
#include "../format.h"
#include "../opener.h"
#include "../recording.h"
#include "../usage.h"
#include "../when.h"
#include "commands.h"

#define DELAY_S  1
#define DELAY_MS 100

enum { OPT_APPEND = USAGE_LONG, OPT_FORCE };

static const struct usage_row rows[] = {
    USAGE_ROWS,
    {"delay", required_argument, 'd', "=TIME", "time between samples: 1, 0.5, 10s, 1m (1)"},
    {"iterations", required_argument, 'i', "=N", "stop after N samples"},
    {"append", no_argument, OPT_APPEND, "", "go on with a file that is there"},
    {"force", no_argument, OPT_FORCE, "", "begin a file that is there anew"},
    OPENER_ROWS,
};
static const struct usage usage = {
    .synopsis = "domtop record [OPTION]... FILE",
    .about = "Record every sample to FILE, whole and compressed, until interrupted.",
    .rows = rows,
    .count = ARRAY_LEN(rows),
    .more = "Look at it with `domtop review --recording FILE` or `domtop --replay FILE`.\n"
            "FILE may be - for a pipe.\n",
};

struct record {
    const char *path;
    uint64_t delay_ns;
    bool delay_given;
    uint64_t iterations;
    enum recording_mode mode;
    struct opener source;
};

static volatile sig_atomic_t told_to_stop;

static void on_stop(int signal)
{
    (void)signal;
    told_to_stop = 1;
}

static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop};

    sigemptyset(&stop.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, &stop, NULL);
    /* A limit or a reader that left is a write error, which is said. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static uint64_t parse_delay(const char *text)
{
    char message[WHEN_MESSAGE];
    uint64_t ns;

    if (when_duration(text, &ns, message))
        die(EXIT_USAGE, "--delay: %s", message);
    if (ns < DELAY_MS * (NS_PER_S / 1000) || ns > 86400 * NS_PER_S)
        die(EXIT_USAGE, "--delay takes from 0.1 seconds to a day, not '%s'", text);
    return ns;
}

static uint64_t parse_iterations(const char *text)
{
    char *end;

    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || *end || errno || n < 1 || n > 1000000000)
        die(EXIT_USAGE, "--iterations takes a whole number from 1 on, not '%s'", text);
    return (uint64_t)n;
}

static void set_mode(struct record *r, enum recording_mode mode)
{
    if (r->mode != RECORDER_NEW && r->mode != mode)
        die(EXIT_USAGE, "--append and --force do not go together");
    r->mode = mode;
}

static void parse(struct record *r, int argc, char **argv)
{
    int opt;

    *r = (struct record){.delay_ns = DELAY_S * NS_PER_S};
    opener_init(&r->source);
    while ((opt = usage_next_or_exit(&usage, argc, argv)) != -1) {
        if (opener_take(&r->source, opt, optarg))
            continue;
        switch (opt) {
        case 'd':
            r->delay_ns = parse_delay(optarg);
            r->delay_given = true;
            break;
        case 'i': r->iterations = parse_iterations(optarg); break;
        case OPT_APPEND: set_mode(r, RECORDER_APPEND); break;
        case OPT_FORCE: set_mode(r, RECORDER_FORCE); break;
        default: break;
        }
    }
    if (optind + 1 != argc)
        die(EXIT_USAGE, "record takes one file to record to; try 'domtop record --help'");
    r->path = argv[optind];
    if (r->source.replay && r->delay_given)
        die(EXIT_USAGE, "a recording has its own pace: --speed changes it, not --delay");
}

static void sleep_until(uint64_t mono_ns)
{
    struct timespec at = {(time_t)(mono_ns / NS_PER_S), (long)(mono_ns % NS_PER_S)};

    while (!told_to_stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

/* The samples left out, and why the first of them was. */
struct failures {
    uint64_t count;
    int status;
};

/* On a beat that a late sample does not shift. */
static int run(const struct record *r, struct source *source, struct recording_writer *to,
               struct failures *failed)
{
    struct snapshot s = {0};
    uint64_t beat = clock_mono_ns();
    int status = 0;

    while (!told_to_stop) {
        status = source->sample(source, &s, PART_ALL);
        if (status == -ENODATA && source->pace) {
            status = 0;
            break;
        }
        if (status && !failed->count++)
            failed->status = status;
        if (!status && (status = recording_writer_write(to, &s)))
            break;
        status = 0;
        if (recording_writer_samples(to) + failed->count == r->iterations)
            break;
        if (recording_writer_samples(to) < source->past)
            continue; /* a simulation has a past to give */
        uint64_t step = source->pace ? source->pace(source) : r->delay_ns, now = clock_mono_ns();
        beat = beat + step > now || beat + 2 * step > now ? beat + step : now;
        sleep_until(beat);
    }
    snapshot_release(&s);
    return status;
}

static void say_end(const struct record *r, const struct recording_writer *to,
                    const struct failures *f)
{
    char bytes[FORMAT_MAX];

    format_bytes(bytes, (double)recording_writer_bytes(to), FORMAT_IEC);
    fprintf(stderr, "domtop: %" PRIu64 " sample%s, %s (%" PRIu64 " bytes), recorded to %s\n",
            recording_writer_samples(to), recording_writer_samples(to) == 1 ? "" : "s", bytes,
            recording_writer_bytes(to), strcmp(r->path, "-") ? r->path : "standard output");
    if (f->count)
        fprintf(stderr, "domtop: %" PRIu64 " sample%s could not be taken: %s\n", f->count,
                f->count == 1 ? "" : "s", strerror(-f->status));
}

/* What is played would be emptied, or grow for ever. */
static void check_file(const struct record *r)
{
    struct stat from, to;

    if (r->source.replay && !stat(r->source.replay, &from) && !stat(r->path, &to) &&
        S_ISREG(to.st_mode) && from.st_dev == to.st_dev && from.st_ino == to.st_ino)
        die(EXIT_USAGE, "%s cannot be played and recorded to at once", r->path);
}

static struct recording_writer *open_recorder(const struct record *r)
{
    char message[RECORDING_MESSAGE];
    struct recording_writer *to = recording_writer_open(r->path, r->mode, message);

    if (!to)
        die(EXIT_FAILED, "%s", message);
    return to;
}

int record_main(int argc, char **argv)
{
    struct failures failed = {0};
    struct record r;

    parse(&r, argc, argv);
    check_file(&r);
    struct source *source = opener_open(&r.source, (double)r.delay_ns / (double)NS_PER_S, 0);
    struct recording_writer *to = open_recorder(&r);
    catch_signals();
    int status = run(&r, source, to, &failed);
    source->close(source);
    if (status)
        fprintf(stderr, "domtop: writing to %s: %s%s\n", r.path, strerror(-status),
                recording_writer_samples(to) ? "; it can be read up to the last whole sample" : "");
    say_end(&r, to, &failed);
    bool none = !recording_writer_samples(to);
    int closed = recording_writer_close(to);
    if (closed && !status)
        fprintf(stderr, "domtop: ending %s: %s\n", r.path, strerror(-closed));
    return status || closed || none ? EXIT_FAILED : EXIT_OK;
}
