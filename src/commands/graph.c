/* graph: `domtop graph`, a picture of what was recorded. */
#include "../store/graph.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../usage.h"
#include "commands.h"
#include "lookback.h"
#include "output.h"

enum { OPT_METRIC = USAGE_LONG, OPT_PCPU, OPT_TOP, OPT_WIDTH, OPT_HEIGHT, OPT_FORMAT, OPT_DARK };

static const struct usage_row rows[] = {
    USAGE_ROWS,
    {"domain", required_argument, 'd', "=NAME|UUID", "of this domain, dead ones too (the host)"},
    {"pcpu", required_argument, OPT_PCPU, "=N", "of this physical cpu"},
    {"top", required_argument, OPT_TOP, "=N", "of the N domains with most of it"},
    {"metric", required_argument, OPT_METRIC, "=WHAT",
     "cpu (default), memory, network, disk, latency, a metric"},
    LOOKBACK_ROWS,
    {"width", required_argument, OPT_WIDTH, "=PIXELS", "120 to 4000 (900)"},
    {"height", required_argument, OPT_HEIGHT, "=PIXELS", "120 to 4000 (320)"},
    {"format", required_argument, OPT_FORMAT, "=FORMAT", "png or svg (by FILE's name, else png)"},
    {"dark", no_argument, OPT_DARK, "", "light on dark"},
    {"output", required_argument, 'o', "=FILE", "write to FILE instead of standard output"},
};
static const struct usage usage = {
    .synopsis = "domtop graph [OPTION]...",
    .about = "Draw what was recorded: average and peak, events as marks.",
    .rows = rows,
    .count = ARRAY_LEN(rows),
};

struct options {
    struct lookback lookback;
    struct graph_options graph;
    const char *output;
    bool format_given;
};

static unsigned number(const char *option, const char *text, unsigned least, unsigned most)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || n < least || n > most)
        die(EXIT_USAGE, "--%s: a number from %u to %u, not \"%.40s\"", option, least, most, text);
    return (unsigned)n;
}

static void take(struct options *o, int option)
{
    switch (option) {
    case 'd': o->graph.domain = optarg; break;
    case 'o': o->output = optarg; break;
    case OPT_METRIC: o->graph.metric = optarg; break;
    case OPT_PCPU:
        o->graph.pcpu = true;
        o->graph.pcpu_id = number("pcpu", optarg, 0, 4095);
        break;
    case OPT_TOP: o->graph.top = number("top", optarg, 1, GRAPH_TOP_MOST); break;
    case OPT_WIDTH: o->graph.width = number("width", optarg, GRAPH_SMALLEST, GRAPH_LARGEST); break;
    case OPT_HEIGHT:
        o->graph.height = number("height", optarg, GRAPH_SMALLEST, GRAPH_LARGEST);
        break;
    case OPT_DARK: o->graph.dark = true; break;
    case OPT_FORMAT:
        if (strcmp(optarg, "png") != 0 && strcmp(optarg, "svg") != 0)
            die(EXIT_USAGE, "--format: png or svg, not \"%.40s\"", optarg);
        o->graph.svg = !strcmp(optarg, "svg");
        o->format_given = true;
        break;
    default: lookback_take(&o->lookback, option, optarg); break;
    }
}

/* By the file's name; without an ending it is PNG. */
static bool is_svg(const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const char *ending = strrchr(name, '.');

    if (!ending || ending == name || !strcasecmp(ending, ".png"))
        return false;
    if (strcasecmp(ending, ".svg") != 0)
        die(EXIT_USAGE, "-o %s: a picture is .png or .svg; --format=png or svg is for other names",
            file);
    return true;
}

static void check(struct options *o)
{
    if (!!o->graph.domain + o->graph.pcpu + !!o->graph.top > 1)
        die(EXIT_USAGE, "graph takes one of --domain, --pcpu and --top");
    if (o->graph.pcpu && strcmp(o->graph.metric, "cpu") != 0)
        die(EXIT_USAGE, "of a pcpu there is --metric=cpu only");
    if (!o->format_given && o->output)
        o->graph.svg = is_svg(o->output);
    if (!o->output && isatty(STDOUT_FILENO))
        die(EXIT_USAGE, "a picture is nothing for a terminal: use -o FILE");
}

int graph_main(int argc, char **argv)
{
    struct options o = {.graph = {.metric = "cpu", .width = 900, .height = 320}};
    char message[READER_MESSAGE];
    struct text out = {0};
    int option;

    while ((option = usage_next_or_exit(&usage, argc, argv)) != -1)
        take(&o, option);
    if (optind < argc)
        die(EXIT_USAGE, "graph takes no operand: -o %s, perhaps", argv[optind]);
    check(&o);
    struct past *past = lookback_open(&o.lookback, &o.graph.from_ns, &o.graph.to_ns);
    int err = store_past_graph(past, &o.graph, &out, message);
    past->close(past);
    if (err)
        die(err == -EINVAL ? EXIT_USAGE : EXIT_FAILED, "%s", message);
    output_write(&out, o.output);
    text_release(&out);
    return EXIT_OK;
}
