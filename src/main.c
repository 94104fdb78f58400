/*
 * main: picks the source and the sink the command line asks for, and joins them.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "commands/commands.h"
#include "commands/output.h"
#include "export/list.h"
#include "options.h"
#include "recording_past.h"
#include "stream.h"
#include "ui/ui.h"

/* What the demo has to show at once on a screen, so that its graphs are not empty. */
#define DEMO_PAST 60

const struct command commands[] = {
    {"check", "compare both engines on this host, metric by metric", check_main},
    {"serve", "sample for others: dashboards, scrapers, a store", serve_main},
    {"review", "look back at what was recorded, in the same dashboard", review_main},
    {"record", "record every sample to a file, whole", record_main},
    {"report", "tell what happened in a span of time", report_main},
    {"graph", "draw what was recorded as PNG or SVG", graph_main},
    {"export", "print what was recorded as CSV or JSON", export_main},
};
const size_t command_count = ARRAY_LEN(commands);

/* What follows a command's name is its own affair. */
static int run_command(const struct command *c, int argc, char **argv)
{
    char name[32];

    snprintf(name, sizeof(name), "domtop %s", c->name);
    argv[1] = name;
    return c->run(argc - 1, argv + 1);
}

static struct source *open_source(struct options *o)
{
    bool screen = o->mode == MODE_SCREEN;
    double step_s = o->delay_s > 0 ? o->delay_s : screen ? UI_DELAY_S : STREAM_DELAY_S;

    return opener_open(&o->source, step_s, screen ? DEMO_PAST : 0);
}

static int list_metrics(void)
{
    struct text out = {0};

    list_render(&out);
    output_write(&out, NULL);
    text_release(&out);
    return EXIT_OK;
}

/* On a terminal that can show no screen it prints text, having said why. */
static int run_screen(struct source *source, struct options *o)
{
    struct ui_config config = {
        .delay_s = o->delay_s,
        .iterations = o->iterations,
        .dom0_first = o->batch.dom0_first,
        .full_name = o->batch.full_name,
    };

    int status = ui_run(source, &config);
    if (status != UI_NO_SCREEN)
        return status;
    o->mode = MODE_BATCH;
    return stream_run(source, o);
}

/* A recording is looked into rather than waited for, and one can go anywhere in it. */
static int run_replay(struct options *o)
{
    const struct ui_config config = {.dom0_first = o->batch.dom0_first,
                                     .full_name = o->batch.full_name};
    const struct look_start start = {.play = true,
                                     .speed = o->source.speed > 0 ? o->source.speed : 1};
    char message[RECORDING_MESSAGE];
    struct past *past = recording_past_open(o->source.replay, message);

    if (!past)
        die(EXIT_FAILED, "%s", message);
    int status = ui_look(past, &start, true, &config);
    past->close(past);
    if (status != UI_NO_SCREEN)
        return status;
    o->mode = MODE_BATCH;
    struct source *source = open_source(o);
    status = stream_run(source, o);
    source->close(source);
    return status;
}

static bool on_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int main(int argc, char **argv)
{
    struct options options;
    struct source *source;
    int status;

    setlocale(LC_CTYPE, "");
    setlocale(LC_TIME, "");
    for (size_t i = 0; argc > 1 && i < command_count; i++)
        if (!options_as_xentop(argc, argv) && !strcmp(argv[1], commands[i].name))
            return run_command(&commands[i], argc, argv);
    options_parse(&options, argc, argv);
    if (options.mode == MODE_LIST_METRICS)
        return list_metrics();
    if (options.mode == MODE_SCREEN && options.source.replay && on_terminal())
        return run_replay(&options);
    source = open_source(&options);
    if (options.mode == MODE_SCREEN && !on_terminal())
        die(EXIT_USAGE, "the screen needs a terminal; without one use -b, --json or --csv");
    status = options.mode == MODE_SCREEN ? run_screen(source, &options)
                                         : stream_run(source, &options);
    source->close(source);
    return status;
}
