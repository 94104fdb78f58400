/* serve_options: see serve_options.h. */
#include "serve_options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "../usage.h"

#define DELAY_LEAST 0.1
#define DELAY_MOST  3600.0
#define DELAY_S     10.0

enum { OPT_CONFIG = USAGE_LONG, OPT_SOCKET, OPT_USER };

/* clang-format off */
static const struct usage_row rows[] = {
    {"help", no_argument, 'h', "", "show this help and exit"},
    {"config", required_argument, OPT_CONFIG, "=FILE",
     "settings, named as these options (" SERVE_CONF ")"},
    {"delay", required_argument, 'd', "=SECONDS", "time between samples, 0.1 or more (10)"},
    {"iterations", required_argument, 'i', "=N", "stop after N samples"},
    {"socket", required_argument, OPT_SOCKET, "=PATH",
     "for dashboards without root (" SERVICE_SOCKET "); none: no such socket"},
    {"user", required_argument, OPT_USER, "=NAME",
     "who its processes become (domtop, else nobody)"},
    SERVE_HTTP_ROWS,
    OPENER_ROWS,
};
/* clang-format on */

static const struct usage usage = {
    .synopsis = "domtop serve [OPTION]...",
    .about = "Sample this host for others: dashboards, scrapers, a store.",
    .rows = rows,
    .count = ARRAY_LEN(rows),
    .more = "\nEnds at SIGTERM; SIGHUP reads the settings again. More: man domtop\n",
};

/* ---- one setting, from wherever it comes ---- */

static int wrong(char message[CONF_MESSAGE], const char *row, const char *takes, const char *got)
{
    snprintf(message, CONF_MESSAGE, "%s takes %s, not '%.80s'", row, takes, got ? got : "");
    return -EINVAL;
}

static int set_delay(struct serve_options *o, const char *text, char message[CONF_MESSAGE])
{
    char *end;
    double delay = strtod(text, &end);

    if (end == text || *end || !(delay >= DELAY_LEAST && delay <= DELAY_MOST))
        return wrong(message, "delay", "seconds from 0.1 to 3600", text);
    o->delay_s = delay;
    return 0;
}

static int set_iterations(struct serve_options *o, const char *text, char message[CONF_MESSAGE])
{
    char *end;

    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || *end || errno || n < 1 || n > 1000000000)
        return wrong(message, "iterations", "a whole number from 1 on", text);
    o->iterations = (unsigned)n;
    return 0;
}

static int set_text(char *to, size_t cap, const char *row, const char *takes, const char *text,
                    char message[CONF_MESSAGE])
{
    if (!*text || strlen(text) >= cap)
        return wrong(message, row, takes, text);
    memcpy(to, text, strlen(text) + 1);
    return 0;
}

static int set_socket(struct serve_options *o, const char *text, char message[CONF_MESSAGE])
{
    if (!strcmp(text, "none")) {
        o->socket[0] = '\0';
        return 0;
    }
    if (text[0] != '/')
        return wrong(message, "socket", "a path from / on, or none", text);
    return set_text(o->socket, sizeof(o->socket), "socket", "a path of at most 99 bytes", text,
                    message);
}

static int set_one(struct serve_options *o, int option, const char *value, bool flag,
                   char message[CONF_MESSAGE])
{
    int status;

    if (serve_http_take(&o->http, option, value, flag, &status, message))
        return status;
    switch (option) {
    case 'd': return set_delay(o, value, message);
    case 'i': return set_iterations(o, value, message);
    case OPT_SOCKET: return set_socket(o, value, message);
    case OPT_USER:
        return set_text(o->user, sizeof(o->user), "user", "a user's name", value, message);
    default: return 0;
    }
}

/* ---- the file ---- */

struct from_file {
    struct serve_options *o;
    bool reload; /* the source is open already */
};

static int set_from_file(void *ctx, const char *name, const char *value, char message[CONF_MESSAGE])
{
    struct from_file *f = ctx;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct usage_row *row = &rows[i];
        if (strcmp(row->name, name) != 0 || row->value == 'h' || row->value == OPT_CONFIG)
            continue;
        if (row->has_arg == required_argument && !value) {
            snprintf(message, CONF_MESSAGE, "%s needs a value: %s = ...", name, name);
            return -EINVAL;
        }
        if (row->has_arg == no_argument && value) {
            snprintf(message, CONF_MESSAGE, "%s takes no value", name);
            return -EINVAL;
        }
        if (row->value >= OPENER_DEMO) {
            if (!f->reload)
                opener_take(&f->o->source, row->value, value ? xstrdup(value) : NULL);
            return 0;
        }
        return set_one(f->o, row->value, value, false, message);
    }
    snprintf(message, CONF_MESSAGE, "there is no setting '%s'", name);
    return -EINVAL;
}

static void defaults(struct serve_options *o)
{
    o->delay_s = DELAY_S;
    o->iterations = 0;
    serve_http_defaults(&o->http);
    snprintf(o->socket, sizeof(o->socket), "%s", SERVICE_SOCKET);
}

static int read_file(struct serve_options *o, bool reload, char message[CONF_MESSAGE])
{
    struct from_file from = {o, reload};
    int status = conf_read(o->config[0] ? o->config : SERVE_CONF, set_from_file, &from, message);

    /* The usual one may be missing; one that was asked for may not. */
    return status == -ENOENT && !o->config[0] ? 0 : status;
}

/* ---- flags ---- */

/* All flags, or only where the file is. */
static void take_flags(struct serve_options *o, bool only_config, bool reload)
{
    char message[CONF_MESSAGE];
    int option;

    optind = 0;
    while ((option = usage_next_or_exit(&usage, o->argc, o->argv)) != -1) {
        if (option == OPT_CONFIG) {
            snprintf(o->config, sizeof(o->config), "%s", optarg);
            continue;
        }
        if (only_config)
            continue;
        if (option >= OPENER_DEMO) {
            if (!reload)
                opener_take(&o->source, option, optarg);
        } else if (set_one(o, option, optarg, true, message)) {
            die(EXIT_USAGE, "--%s", message);
        }
    }
}

void serve_options_parse(struct serve_options *o, int argc, char **argv)
{
    char message[CONF_MESSAGE];

    *o = (struct serve_options){.argc = argc, .argv = argv};
    opener_init(&o->source);
    o->source.local_only = true;
    defaults(o);
    take_flags(o, true, false);
    if (optind < argc)
        die(EXIT_USAGE, "serve takes no operand, and '%s' is one", argv[optind]);
    if (read_file(o, false, message))
        die(EXIT_USAGE, "%s", message);
    take_flags(o, false, false);
    if (!o->http.none && exporter_check(&o->http.c, message))
        die(EXIT_FAILED, "%s", message);
}

int serve_options_reload(struct serve_options *o, char message[CONF_MESSAGE])
{
    struct serve_options next = *o;

    defaults(&next);
    int status = read_file(&next, true, message);
    if (status)
        return status;
    take_flags(&next, false, true);
    if (!next.http.none)
        status = exporter_check(&next.http.c, message);
    if (status)
        return status;
    memcpy(next.user, o->user, sizeof(next.user));
    *o = next;
    return 0;
}
