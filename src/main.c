/*
 * main: picks the source and the sink the command line asks for, and joins them.
 */
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "base.h"
#include "check.h"
#include "collectors/xenstored.h"
#include "export/list.h"
#include "options.h"
#include "sampler.h"
#include "stream.h"
#include "ui/ui.h"

/* What the demo has to show at once on a screen, so that its graphs are not empty. */
#define DEMO_PAST 60

static struct source *open_demo(struct options *o)
{
    /* Its clock keeps pace with ours unless told otherwise. */
    if (o->demo_config.step_s <= 0)
        o->demo_config.step_s = o->delay_s > 0           ? o->delay_s
                                : o->mode == MODE_SCREEN ? UI_DELAY_S
                                                         : STREAM_DELAY_S;
    if (o->mode == MODE_SCREEN && !o->demo_config.past)
        o->demo_config.past = DEMO_PAST;
    return demo_open(&o->demo_config);
}

/* The engine asked for; by default the direct one, and libxenstat where that does not open. */
static struct source *open_engine(enum engine engine)
{
    char message[COLLECTOR_MESSAGE] = "", note[COLLECTOR_MESSAGE + 64];
    struct source *source = NULL;

    if (engine != ENGINE_XENSTAT)
        source = sampler_open(collectors_direct, message);
    if (!source && engine == ENGINE_DIRECT)
        die(EXIT_FAILED, "%s; try --engine=xenstat", message);
    if (source)
        return source;
    snprintf(note, sizeof(note), "%s: reading through libxenstat instead", message);
    source = sampler_open(collectors_xenstat, message);
    if (!source)
        die(EXIT_FAILED, "%s", message);
    if (engine == ENGINE_AUTO)
        sampler_note(source, "engine", note);
    return source;
}

static struct source *open_host(enum engine engine)
{
    const char *missing = collector_missing("");

    /* Asked for by name, the direct engine shows a host whose xenstored died. */
    if (!missing && engine != ENGINE_DIRECT)
        missing = xenstored_missing();
    if (missing)
        die(EXIT_FAILED, "%s", missing);
    return open_engine(engine);
}

static int check_host(void)
{
    const char *missing = collector_missing("");

    if (!missing)
        missing = xenstored_missing();
    if (missing)
        die(EXIT_FAILED, "%s", missing);
    return check_run();
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
    options_parse(&options, argc, argv);
    if (options.mode == MODE_LIST_METRICS)
        return list_metrics();
    if (options.mode == MODE_CHECK)
        return check_host();

    source = options.demo ? open_demo(&options) : open_host(options.engine);
    if (options.mode == MODE_SCREEN && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
        die(EXIT_USAGE, "the screen needs a terminal; without one use -b, --json or --csv");
    status = options.mode == MODE_SCREEN ? run_screen(source, &options)
                                         : stream_run(source, &options);
    source->close(source);
    return status;
}
