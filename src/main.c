/*
 * main: picks the source and the sink the command line asks for, and joins them.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "commands/commands.h"
#include "export/list.h"
#include "options.h"
#include "stream.h"
#include "ui/ui.h"

/* What the demo has to show at once on a screen, so that its graphs are not empty. */
#define DEMO_PAST 60

const struct command commands[] = {
    {"check", "compare both engines on this host, metric by metric", check_main},
    {"serve", "record this host into a store, to look back later", serve_main},
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
    bool ok;

    list_render(&out);
    ok = fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    text_release(&out);
    if (!ok)
        die(EXIT_FAILED, "writing to standard output failed");
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
    source = open_source(&options);
    if (options.mode == MODE_SCREEN && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
        die(EXIT_USAGE, "the screen needs a terminal; without one use -b, --json or --csv");
    status = options.mode == MODE_SCREEN ? run_screen(source, &options)
                                         : stream_run(source, &options);
    source->close(source);
    return status;
}
