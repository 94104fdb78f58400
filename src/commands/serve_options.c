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

enum {
    OPT_CONFIG = USAGE_LONG,
    OPT_SOCKET,
    OPT_USER,
    OPT_LISTEN,
    OPT_INSECURE,
    OPT_WEB_CONFIG,
    OPT_HOST_NAME,
    OPT_WITHOUT,
    OPT_INCLUDE,
    OPT_EXCLUDE,
    OPT_DOM0,
};

/* clang-format off */
static const struct usage_row rows[] = {
    USAGE_ROWS,
    {"config", required_argument, OPT_CONFIG, "=FILE",
     "settings, named as these options (" SERVE_CONF ")"},
    {"delay", required_argument, 'd', "=SECONDS", "time between samples, 0.1 or more (10)"},
    {"iterations", required_argument, 'i', "=N", "stop after N samples"},
    {"socket", required_argument, OPT_SOCKET, "=PATH",
     "for dashboards without root (" SERVICE_SOCKET "); none: no such socket"},
    {"user", required_argument, OPT_USER, "=NAME",
     "who its processes become (domtop, else nobody)"},
    {"listen", required_argument, OPT_LISTEN, "=ADDR[:PORT]",
     "for HTTP (127.0.0.1:9603, [::1]:9603); may be said again; none"},
    {"web-config", required_argument, OPT_WEB_CONFIG, "=FILE",
     "TLS and passwords, as exporters' web.config.yml"},
    {"insecure", no_argument, OPT_INSECURE, "",
     "listen on other than loopback without TLS and passwords"},
    {"host-name", required_argument, OPT_HOST_NAME, "=NAME",
     "what else than localhost loopback is called; may be said again"},
    {"without", required_argument, OPT_WITHOUT, "=ENTITY[,...]",
     "metrics: leave out pcpu, vcpu, vif or vbd"},
    {"include", required_argument, OPT_INCLUDE, "=GLOB", "metrics: only domains of such names"},
    {"exclude", required_argument, OPT_EXCLUDE, "=GLOB", "metrics: no domains of such names"},
    {"dom0", no_argument, OPT_DOM0, "", "metrics: dom0's own load, memory and cpu too"},
    SERVE_STORE_ROWS,
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
    o->delay_chosen = true;
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

static int set_listen(struct serve_options *o, const char *text, char message[CONF_MESSAGE])
{
    o->http = strcmp(text, "none") != 0;
    if (!o->http) {
        o->listen_count = 0;
        return 0;
    }
    if (o->listen_count == SERVER_LISTEN_MOST)
        return wrong(message, "listen", "at most 8 addresses", text);
    return set_text(o->listen[o->listen_count++], sizeof(o->listen[0]), "listen",
                    "ADDR:PORT, [ADDR]:PORT or none", text, message);
}

static int add_host(struct serve_options *o, const char *text, char message[CONF_MESSAGE])
{
    if (o->host_count == SERVER_HOSTS_MOST)
        return wrong(message, "host-name", "at most 8 names", text);
    if (strpbrk(text, "/ \t"))
        return wrong(message, "host-name", "a name, such as a browser is given", text);
    return set_text(o->hosts[o->host_count++], sizeof(o->hosts[0]), "host-name",
                    "a name, such as a browser is given", text, message);
}

static int set_without(struct serve_options *o, const char *text, char message[CONF_MESSAGE])
{
    char list[128], *rest = list, *name;

    if (set_text(list, sizeof(list), "without", "pcpu, vcpu, vif or vbd", text, message))
        return -EINVAL;
    while ((name = strsep(&rest, ","))) {
        int e = 0;
        while (e < ENTITY_COUNT && strcmp(name, metric_groups[e].name) != 0)
            e++;
        if (e == ENTITY_COUNT || e == ENTITY_HOST || e == ENTITY_DOMAIN)
            return wrong(message, "without", "pcpu, vcpu, vif or vbd", name);
        o->metrics.without |= PART(e);
    }
    return 0;
}

static int add_glob(struct serve_options *o, bool exclude, const char *text,
                    char message[CONF_MESSAGE])
{
    const char *row = exclude ? "exclude" : "include";

    if (o->glob_count == SERVE_GLOBS)
        return wrong(message, row, "at most 32 of both kinds", text);
    o->globs[o->glob_count].exclude = exclude;
    return set_text(o->globs[o->glob_count++].text, sizeof(o->globs[0].text), row,
                    "at most 63 bytes", text, message);
}

static int set_one(struct serve_options *o, int option, const char *value,
                   char message[CONF_MESSAGE])
{
    switch (option) {
    case 'd': return set_delay(o, value, message);
    case 'i': return set_iterations(o, value, message);
    case OPT_SOCKET: return set_socket(o, value, message);
    case OPT_USER:
        return set_text(o->user, sizeof(o->user), "user", "a user's name", value, message);
    case OPT_LISTEN: return set_listen(o, value, message);
    case OPT_HOST_NAME: return add_host(o, value, message);
    case OPT_INSECURE: o->insecure = true; return 0;
    case OPT_WEB_CONFIG:
        return set_text(o->web_config, sizeof(o->web_config), "web-config", "a file", value,
                        message);
    case OPT_WITHOUT: return set_without(o, value, message);
    case OPT_INCLUDE: return add_glob(o, false, value, message);
    case OPT_EXCLUDE: return add_glob(o, true, value, message);
    case OPT_DOM0: o->metrics.dom0 = true; return 0;
    default: return MIN(serve_store_set(&o->store, option, value, message), 0);
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
        if (strcmp(row->name, name) != 0 || row->value == 'h' || row->value == 'V' ||
            row->value == OPT_CONFIG)
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
        return set_one(f->o, row->value, value, message);
    }
    snprintf(message, CONF_MESSAGE, "there is no setting '%s'", name);
    return -EINVAL;
}

static void defaults(struct serve_options *o)
{
    o->delay_s = DELAY_S;
    o->delay_chosen = false;
    serve_store_defaults(&o->store);
    o->iterations = 0;
    o->http = true;
    o->listen_count = o->host_count = o->glob_count = 0;
    o->insecure = false;
    o->web_config[0] = '\0';
    o->metrics = (struct prometheus_options){0};
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
    bool listens = false;
    int option;

    optind = 0;
    while ((option = usage_next_or_exit(&usage, o->argc, o->argv)) != -1) {
        if (option == OPT_CONFIG) {
            snprintf(o->config, sizeof(o->config), "%s", optarg);
            continue;
        }
        if (only_config)
            continue;
        /* The flags' addresses are instead of the file's, not beside them. */
        if (option == OPT_LISTEN && !listens)
            o->listen_count = 0;
        listens = listens || option == OPT_LISTEN;
        if (option >= OPENER_DEMO) {
            if (!reload)
                opener_take(&o->source, option, optarg);
        } else if (set_one(o, option, optarg, message)) {
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
}

int serve_options_reload(struct serve_options *o, char message[CONF_MESSAGE])
{
    struct serve_options next = *o;

    defaults(&next);
    int status = read_file(&next, true, message);
    if (status)
        return status;
    take_flags(&next, false, true);
    if (next.http && next.web_config[0]) {
        bool protects;
        status = http_check_web_config(next.web_config, &protects, message);
        if (status)
            return status;
    }
    memcpy(next.user, o->user, sizeof(next.user));
    /* So is what is recorded, and how often. */
    next.store = o->store;
    if (o->store.path[0])
        next.delay_s = o->delay_s;
    *o = next;
    return 0;
}
