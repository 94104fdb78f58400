/* export: `domtop export`, what was recorded as CSV or JSON, in the formats of live samples. */
#include "../export/csv.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../export/json.h"
#include "../metric.h"
#include "../usage.h"
#include "../when.h"
#include "commands.h"
#include "lookback.h"
#include "output.h"

enum { OPT_CSV = USAGE_LONG, OPT_JSON, OPT_PEAKS, OPT_RESOLUTION };

static const struct usage_row rows[] = {
    USAGE_ROWS,
    {"csv", optional_argument, OPT_CSV, "[=ENTITY]",
     "CSV of host, pcpu, domain (default), vcpu, vif or vbd"},
    {"json", no_argument, OPT_JSON, "", "a JSON object per sample"},
    {"peaks", no_argument, OPT_PEAKS, "",
     "behind each gauge and rate, its highest value in that time"},
    {"resolution", required_argument, OPT_RESOLUTION, "=TIME",
     "a sample for each 10s, 1m, 5m, ... (the finest)"},
    LOOKBACK_ROWS,
};
static const struct usage usage = {
    .synopsis = "domtop export --csv|--json [OPTION]...",
    .about = "Print what was recorded, in the formats of `domtop --csv` and `domtop --json`.",
    .rows = rows,
    .count = ARRAY_LEN(rows),
    .more = "Rates are those recorded. How high a counter stood was not, and is unknown.\n",
};

struct export
{
    struct lookback lookback;
    bool csv, json, peaks;
    enum entity entity;
    uint64_t resolution_ns;
};

static enum entity entity_of(const char *name)
{
    for (int e = 0; e < ENTITY_COUNT; e++)
        if (!strcmp(name, metric_groups[e].name) || !strcmp(name, metric_groups[e].plural))
            return (enum entity)e;
    die(EXIT_USAGE, "--csv: there is no entity \"%.40s\": host, pcpu, domain, vcpu, vif or vbd",
        name);
}

static void take(struct export *x, int option)
{
    char message[WHEN_MESSAGE];

    switch (option) {
    case OPT_CSV:
        x->csv = true;
        x->entity = optarg ? entity_of(optarg) : ENTITY_DOMAIN;
        break;
    case OPT_JSON: x->json = true; break;
    case OPT_PEAKS: x->peaks = true; break;
    case OPT_RESOLUTION:
        if (when_duration(optarg, &x->resolution_ns, message))
            die(EXIT_USAGE, "--resolution: %s", message);
        break;
    default: lookback_take(&x->lookback, option, optarg); break;
    }
}

/* A moment at a time: whoever reads along has it at once. */
static void write_out(struct text *out)
{
    output_write(out, NULL);
    text_clear(out);
}

/* What is read of a moment. */
struct sample {
    struct snapshot prev, cur;
    struct rates rates;
};

static void sample_release(struct sample *s)
{
    rates_release(&s->rates);
    snapshot_release(&s->prev);
    snapshot_release(&s->cur);
}

static int print(const struct export *x, struct past *past, const struct past_moment *found,
                 struct sample *s, struct sample *highest, struct text *out)
{
    const struct peaks peaks = {&highest->cur, &highest->rates}, *p = x->peaks ? &peaks : NULL;

    rates_compute(&s->rates, &s->prev, &s->cur);
    if (past->rates_only)
        metric_forget_counters(&s->cur);
    if (p) {
        int err = past->peaks(past, found, &highest->prev, &highest->cur);
        if (err)
            return err;
        rates_compute(&highest->rates, &highest->prev, &highest->cur);
    }
    if (x->csv)
        csv_render(out, &s->cur, &s->rates, p, x->entity);
    else
        json_render(out, &s->cur, &s->rates, p);
    write_out(out);
    return 0;
}

static int run(const struct export *x, struct past *past, uint64_t from_ns, uint64_t to_ns)
{
    struct sample sample = {0}, highest = {0};
    struct past_moment found;
    struct text out = {0};
    uint64_t at_ns = from_ns, last_ns = 0;
    int err = 0;

    if (x->csv)
        csv_header(&out, x->entity, x->peaks);
    while (!err && at_ns <= to_ns) {
        err = past->moment(past, at_ns, x->resolution_ns, &sample.prev, &sample.cur, &found);
        if (!err && found.wall_ns >= from_ns && found.wall_ns <= to_ns && found.wall_ns > last_ns)
            err = print(x, past, &found, &sample, &highest, &out);
        if (err)
            break;
        last_ns = MAX(last_ns, found.wall_ns);
        /* From what was asked for, where that is later: it always goes on. */
        uint64_t behind_ns = MAX(last_ns, at_ns);
        err = past->step(past, behind_ns, 1, x->resolution_ns, &at_ns);
        if (at_ns <= behind_ns)
            break;
    }
    if (!err)
        write_out(&out);
    text_release(&out);
    sample_release(&sample);
    sample_release(&highest);
    return err;
}

int export_main(int argc, char **argv)
{
    struct export x = {0};
    uint64_t from_ns, to_ns;
    int option;

    while ((option = usage_next_or_exit(&usage, argc, argv)) != -1)
        take(&x, option);
    if (optind < argc)
        die(EXIT_USAGE, "export takes no operand: --store=%s, perhaps", argv[optind]);
    if (x.csv == x.json)
        die(EXIT_USAGE, "export takes one of --csv and --json");
    signal(SIGPIPE, SIG_DFL);
    struct past *past = lookback_open(&x.lookback, &from_ns, &to_ns);
    int err = run(&x, past, from_ns, to_ns);
    past->close(past);
    if (err)
        die(EXIT_FAILED, "the store cannot be read: %s", strerror(-err));
    return EXIT_OK;
}
