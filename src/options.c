/* options: see options.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "commands/commands.h"
#include "usage.h"

#define DELAY_LEAST 0.1
#define DELAY_MOST  86400.0

/* Long options without a letter, beside the opener's. */
enum { OPT_JSON = USAGE_LONG, OPT_CSV, OPT_LIST_METRICS };

#define XENTOPS_ROWS                                                                               \
    USAGE_ROWS,                                                                                    \
        {"delay", required_argument, 'd', "=SECONDS",                                              \
         "time between samples, 0.1 or more (2 on the screen, else 3)"},                           \
        {"iterations", required_argument, 'i', "=N", "stop after N samples"},                      \
        {"batch", no_argument, 'b', "", "print xentop's text instead of the screen"},              \
        {"networks", no_argument, 'n', "", "batch: also each vif"},                                \
        {"vbds", no_argument, 'x', "", "batch: also each vbd"},                                    \
        {"vcpus", no_argument, 'v', "", "batch: also each vcpu"},                                  \
        {"pcpus", no_argument, 'p', "", "batch: also each physical cpu"},                          \
        {"repeat-header", no_argument, 'r', "", "batch: the header before each domain"},           \
        {"full-name", no_argument, 'f', "", "names in full, not cut to 10 columns"},               \
    {                                                                                              \
        "dom0-first", no_argument, 'z', "", "dom0 on top, whatever the order"                      \
    }

static const struct usage_row xentop_rows[] = {XENTOPS_ROWS};
static const struct usage_row domtop_rows[] = {
    XENTOPS_ROWS,
    {"json", no_argument, OPT_JSON, "", "print one JSON object per sample"},
    {"csv", optional_argument, OPT_CSV, "[=ENTITY]",
     "print CSV: host, pcpu, domain (default), vcpu, vif or vbd"},
    OPENER_ROWS,
    {"list-metrics", no_argument, OPT_LIST_METRICS, "", "say what domtop can show, and exit"},
};

static const struct usage as_xentop = {
    .synopsis = "xentop [OPTION]...",
    .about = "Watch the domains of this Xen host.",
    .rows = xentop_rows,
    .count = ARRAY_LEN(xentop_rows),
    .more = "Without an option it opens the screen; press ? there. More: man domtop\n",
};
static const struct usage as_domtop = {
    .synopsis = "domtop [OPTION]...\n       domtop COMMAND [OPTION]...",
    .about = "Watch the domains of this Xen host.",
    .rows = domtop_rows,
    .count = ARRAY_LEN(domtop_rows),
};

static const struct usage *usage_of(const struct options *o)
{
    return o->as_xentop ? &as_xentop : &as_domtop;
}

static _Noreturn void help_exit(const struct options *o)
{
    usage_print(usage_of(o), stdout);
    if (!o->as_xentop) {
        printf("\nCommands, each with a --help of its own:\n");
        for (size_t i = 0; i < command_count; i++)
            printf("  %-24s %s\n", commands[i].name, commands[i].help);
        printf("\nWithout either it opens the screen; press ? there. More: man domtop\n");
    }
    usage_exit();
}

static _Noreturn void version_exit(const struct options *o)
{
    printf("%s %s\n", o->as_xentop ? "xentop, by domtop" : "domtop", DOMTOP_VERSION);
    usage_exit();
}

static double parse_delay(const struct options *o, const char *text)
{
    char *end;

    if (o->as_xentop)
        return MAX(atoi(text), 0);
    errno = 0;
    double delay = strtod(text, &end);
    if (end == text || *end || errno || !(delay >= DELAY_LEAST && delay <= DELAY_MOST))
        die(EXIT_USAGE, "--delay takes seconds from %.1f to %.0f, not '%s'", DELAY_LEAST,
            DELAY_MOST, text);
    return delay;
}

static unsigned parse_iterations(const struct options *o, const char *text)
{
    char *end;

    if (o->as_xentop)
        return (unsigned)MAX(atoi(text), 0);
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || *end || errno || n < 1 || n > 1000000000)
        die(EXIT_USAGE, "--iterations takes a whole number from 1 on, not '%s'", text);
    return (unsigned)n;
}

static enum entity parse_entity(const char *text)
{
    for (int e = 0; text && e < ENTITY_COUNT; e++)
        if (!strcmp(text, metric_groups[e].name))
            return (enum entity)e;
    if (text)
        die(EXIT_USAGE, "--csv takes host, pcpu, domain, vcpu, vif or vbd, not '%s'", text);
    return ENTITY_DOMAIN;
}

static void set_mode(struct options *o, enum mode mode)
{
    static const char *const names[] = {
        [MODE_BATCH] = "--batch",
        [MODE_JSON] = "--json",
        [MODE_CSV] = "--csv",
        [MODE_LIST_METRICS] = "--list-metrics",
    };

    /* `-b --json` is what a hand that knows -b types: the format wins. */
    if (mode == MODE_BATCH && o->mode != MODE_SCREEN)
        return;
    if (o->mode != MODE_SCREEN && o->mode != MODE_BATCH && o->mode != mode)
        die(EXIT_USAGE, "%s and %s do not go together", names[o->mode], names[mode]);
    o->mode = mode;
}

static void parse_one(struct options *o, int opt)
{
    if (opener_take(&o->source, opt, optarg))
        return;
    switch (opt) {
    case 'h': help_exit(o);
    case 'V': version_exit(o);
    case 'd': o->delay_s = parse_delay(o, optarg); break;
    case 'i': o->iterations = parse_iterations(o, optarg); break;
    case 'b': set_mode(o, MODE_BATCH); break;
    case 'n': o->batch.networks = true; break;
    case 'x': o->batch.vbds = true; break;
    case 'v': o->batch.vcpus = true; break;
    case 'p': o->batch.pcpus = true; break;
    case 'r': o->batch.repeat_header = true; break;
    case 'f': o->batch.full_name = true; break;
    case 'z': o->batch.dom0_first = true; break;
    case OPT_JSON: set_mode(o, MODE_JSON); break;
    case OPT_CSV:
        set_mode(o, MODE_CSV);
        o->csv_entity = parse_entity(optarg);
        break;
    case OPT_LIST_METRICS: set_mode(o, MODE_LIST_METRICS); break;
    default:
        /* getopt_long has said what is wrong. */
        if (o->as_xentop)
            help_exit(o);
        fprintf(stderr, "Try 'domtop --help'.\n");
        exit(EXIT_USAGE);
    }
}

bool options_as_xentop(int argc, char **argv)
{
    const char *base = argc > 0 ? strrchr(argv[0], '/') : NULL;

    return argc > 0 && !strcmp(base ? base + 1 : argv[0], "xentop");
}

void options_parse(struct options *o, int argc, char **argv)
{
    int opt;

    *o = (struct options){.mode = MODE_SCREEN, .csv_entity = ENTITY_DOMAIN};
    opener_init(&o->source);
    o->as_xentop = options_as_xentop(argc, argv);
    while ((opt = usage_next(usage_of(o), argc, argv)) != -1)
        parse_one(o, opt);
    if (o->source.connect && o->delay_s > 0)
        die(EXIT_USAGE, "a remote service has its own pace: --delay cannot change it");
    if (o->source.replay && o->delay_s > 0)
        die(EXIT_USAGE, "a recording has its own pace: --speed changes it, not --delay");
    if (optind == argc || o->as_xentop)
        return;
    for (size_t i = 0; i < command_count; i++)
        if (!strcmp(argv[optind], commands[i].name))
            die(EXIT_USAGE, "the command '%s' stands before its options: domtop %s ...",
                argv[optind], argv[optind]);
    die(EXIT_USAGE, "there is no command '%s'; try 'domtop --help'", argv[optind]);
}
