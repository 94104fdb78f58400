/* options: see options.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#define DELAY_LEAST 0.1
#define DELAY_MOST  86400.0

/* Long options without a letter. */
enum { OPT_JSON = 256, OPT_CSV, OPT_DEMO, OPT_ENGINE, OPT_LIST_METRICS };

/* One row an option: what getopt_long and --help need to know. */
static const struct {
    const char *name;
    int has_arg;
    int value;
    bool xentops; /* xentop has it too */
    const char *arg, *help;
} table[] = {
    {"help", no_argument, 'h', true, "", "show this help and exit"},
    {"version", no_argument, 'V', true, "", "show the version and exit"},
    {"delay", required_argument, 'd', true, "=SECONDS",
     "time between samples, 0.1 or more (2 on the screen, else 3)"},
    {"iterations", required_argument, 'i', true, "=N", "stop after N samples"},
    {"batch", no_argument, 'b', true, "", "print xentop's text instead of the screen"},
    {"json", no_argument, OPT_JSON, false, "", "print one JSON object per sample"},
    {"csv", optional_argument, OPT_CSV, false, "[=ENTITY]",
     "print CSV: host, pcpu, domain (default), vcpu, vif or vbd"},
    {"networks", no_argument, 'n', true, "", "batch: also each vif"},
    {"vbds", no_argument, 'x', true, "", "batch: also each vbd"},
    {"vcpus", no_argument, 'v', true, "", "batch: also each vcpu"},
    {"pcpus", no_argument, 'p', true, "", "batch: also each physical cpu"},
    {"repeat-header", no_argument, 'r', true, "", "batch: the header before each domain"},
    {"full-name", no_argument, 'f', true, "", "names in full, not cut to 10 columns"},
    {"dom0-first", no_argument, 'z', true, "", "dom0 on top, whatever the order"},
    {"demo", optional_argument, OPT_DEMO, false, "[=SETTINGS]",
     "a simulated host: domains=N,pcpus=N,seed=N and more"},
    {"engine", required_argument, OPT_ENGINE, false, "=NAME",
     "auto (default), direct: hypercalls and kernel, xenstat"},
    {"list-metrics", no_argument, OPT_LIST_METRICS, false, "",
     "say what domtop can show, and exit"},
};

static void print_help(const struct options *o, FILE *to)
{
    const char *name = o->as_xentop ? "xentop" : "domtop";

    fprintf(to,
            "Usage: %s [OPTION]...\n"
            "Watch the domains of this Xen host.\n\n",
            name);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char left[40];
        if (o->as_xentop && !table[i].xentops)
            continue;
        if (table[i].value < 256)
            snprintf(left, sizeof(left), "-%c, --%s%s", table[i].value, table[i].name,
                     table[i].arg);
        else
            snprintf(left, sizeof(left), "    --%s%s", table[i].name, table[i].arg);
        fprintf(to, "  %-24s %s\n", left, table[i].help);
    }
    fprintf(to,
            "\nWithout an option it opens the screen; press ? there. `domtop check` compares both\n"
            "engines on this host. More: man domtop\n");
}

static _Noreturn void help_exit(const struct options *o)
{
    print_help(o, stdout);
    exit(fflush(stdout) ? EXIT_FAILED : EXIT_OK);
}

static _Noreturn void version_exit(const struct options *o)
{
    printf("%s %s\n", o->as_xentop ? "xentop, by domtop" : "domtop", DOMTOP_VERSION);
    exit(fflush(stdout) ? EXIT_FAILED : EXIT_OK);
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

static enum engine parse_engine(const char *text)
{
    static const char *const names[] = {
        [ENGINE_AUTO] = "auto", [ENGINE_DIRECT] = "direct", [ENGINE_XENSTAT] = "xenstat"};

    for (size_t e = 0; e < ARRAY_LEN(names); e++)
        if (!strcmp(text, names[e]))
            return (enum engine)e;
    die(EXIT_USAGE, "--engine takes auto, direct or xenstat, not '%s'", text);
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
    char message[160];

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
    case OPT_DEMO:
        o->demo = true;
        if (demo_parse(&o->demo_config, optarg, message))
            die(EXIT_USAGE, "--demo: %s", message);
        break;
    case OPT_ENGINE: o->engine = parse_engine(optarg); break;
    case OPT_LIST_METRICS: set_mode(o, MODE_LIST_METRICS); break;
    default:
        /* getopt_long has said what is wrong. */
        if (o->as_xentop)
            help_exit(o);
        fprintf(stderr, "Try 'domtop --help'.\n");
        exit(EXIT_USAGE);
    }
}

void options_parse(struct options *o, int argc, char **argv)
{
    struct option longs[ARRAY_LEN(table) + 1] = {0};
    char shorts[3 * ARRAY_LEN(table) + 1], *s = shorts;
    const char *base = argc > 0 ? strrchr(argv[0], '/') : NULL;
    int opt;

    *o = (struct options){.mode = MODE_SCREEN, .csv_entity = ENTITY_DOMAIN};
    base = base ? base + 1 : argc > 0 ? argv[0] : "domtop";
    o->as_xentop = !strcmp(base, "xentop");
    demo_defaults(&o->demo_config);

    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (o->as_xentop && !table[i].xentops)
            continue;
        longs[count++] = (struct option){table[i].name, table[i].has_arg, NULL, table[i].value};
        if (table[i].value < 256) {
            *s++ = (char)table[i].value;
            if (table[i].has_arg == required_argument)
                *s++ = ':';
        }
    }
    *s = '\0';
    while ((opt = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
        parse_one(o, opt);
    if (optind + 1 == argc && !o->as_xentop && !strcmp(argv[optind], "check")) {
        if (o->mode != MODE_SCREEN || o->demo)
            die(EXIT_USAGE, "check takes no other mode: it compares both engines on this host");
        o->mode = MODE_CHECK;
    } else if (optind < argc && !o->as_xentop) {
        die(EXIT_USAGE, "there is no command '%s'; try 'domtop --help'", argv[optind]);
    }
}
