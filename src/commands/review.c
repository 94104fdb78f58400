/* review: `domtop review`, the dashboard at any moment of what was recorded. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "../recording_past.h"
#include "../store/reader.h"
#include "../ui/ui.h"
#include "../usage.h"
#include "../when.h"
#include "commands.h"
#include "lookback.h"

enum { OPT_STORE = USAGE_LONG, OPT_RECORDING, OPT_AT, OPT_FROM, OPT_TO };

static const struct usage_row rows[] = {
    USAGE_ROWS,
    {"store", required_argument, OPT_STORE, "=DIR",
     "what `domtop serve` recorded (" LOOKBACK_STORE ")"},
    {"recording", required_argument, OPT_RECORDING, "=FILE", "what `domtop record` recorded"},
    {"at", required_argument, OPT_AT, "=TIME", "the moment to begin at (the last there is)"},
    {"from", required_argument, OPT_FROM, "=TIME", "graphs from then on"},
    {"to", required_argument, OPT_TO, "=TIME", "graphs up to then (now)"},
    {"full-name", no_argument, 'f', "", "names in full"},
    {"dom0-first", no_argument, 'z', "", "dom0 on top, whatever the order"},
};
static const struct usage usage = {
    .synopsis = "domtop review [--store=DIR | --recording=FILE] [OPTION]...",
    .about = "Look back: the dashboard at any moment of what was recorded.",
    .rows = rows,
    .count = ARRAY_LEN(rows),
    .more = "A TIME is now, start, end, -2h, 03:12, yesterday 03:12, monday 14:00,\n"
            "2026-11-22 03:10, @1763866800. Needs no Xen, and writes nothing.\n",
};

struct review {
    const char *store, *recording;
    const char *at, *from, *to;
    struct ui_config config;
};

static void parse(struct review *r, int argc, char **argv)
{
    int opt;

    *r = (struct review){0};
    while ((opt = usage_next_or_exit(&usage, argc, argv)) != -1) {
        switch (opt) {
        case OPT_STORE: r->store = optarg; break;
        case OPT_RECORDING: r->recording = optarg; break;
        case OPT_AT: r->at = optarg; break;
        case OPT_FROM: r->from = optarg; break;
        case OPT_TO: r->to = optarg; break;
        case 'f': r->config.full_name = true; break;
        case 'z': r->config.dom0_first = true; break;
        default: break;
        }
    }
    if (optind != argc)
        die(EXIT_USAGE, "review takes no operand but options: '%s'", argv[optind]);
    if (r->store && r->recording)
        die(EXIT_USAGE, "review looks into one thing: --store=DIR or --recording=FILE");
    if (!r->store)
        r->store = LOOKBACK_STORE;
    if (r->to && !r->from)
        die(EXIT_USAGE, "--to goes with --from");
}

static struct past *open_past(const struct review *r)
{
    char message[MAX(RECORDING_MESSAGE, READER_MESSAGE)];
    struct past *past;

    if (r->recording)
        past = recording_past_open(r->recording, message);
    else
        past = store_past_open(r->store, message);
    if (!past)
        die(EXIT_FAILED, "%s", message);
    return past;
}

static uint64_t time_of(const char *option, const char *text, const struct when *w)
{
    char message[WHEN_MESSAGE];
    uint64_t ns;

    if (when_parse(text, w, &ns, message))
        die(EXIT_USAGE, "%s: %s", option, message);
    return ns;
}

int review_main(int argc, char **argv)
{
    struct look_start start = {0};
    struct review r;

    parse(&r, argc, argv);
    struct past *past = open_past(&r);
    struct when w = {.now_ns = clock_wall_ns()};
    int status = past->span(past, &w.first_ns, &w.last_ns);
    if (status)
        die(EXIT_FAILED, "%s: %s", past->name,
            status == -ENODATA ? "nothing is recorded there" : strerror(-status));
    if (r.at)
        start.at_ns = time_of("--at", r.at, &w);
    if (r.from) {
        start.from_ns = time_of("--from", r.from, &w);
        start.to_ns = r.to ? time_of("--to", r.to, &w) : MAX(w.now_ns, w.last_ns);
        if (start.to_ns <= start.from_ns)
            die(EXIT_USAGE, r.to ? "--from must be before --to"
                                 : "--from is not past yet, and there is no --to");
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        die(EXIT_USAGE, "review needs a terminal; domtop report and domtop export do not");
    status = ui_look(past, &start, false, &r.config);
    past->close(past);
    return status == UI_NO_SCREEN ? EXIT_FAILED : status;
}
