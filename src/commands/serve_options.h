/*
 * serve_options: what `domtop serve` is told, by flags and by settings of the same names in a file.
 * A flag wins over the file.
 */
#ifndef DOMTOP_COMMANDS_SERVE_OPTIONS_H
#define DOMTOP_COMMANDS_SERVE_OPTIONS_H

#include "../opener.h"
#include "../service/conf.h"
#include "../service/server.h"
#include "serve_store.h"

/* Read where --config names no other; need not be there. */
#define SERVE_CONF "/etc/domtop/serve.conf"

/* Globs of domains' names, included and excluded ones together. */
#define SERVE_GLOBS 32

struct serve_options {
    double delay_s;
    bool delay_chosen; /* not the default */
    unsigned iterations;
    char user[64];    /* "": the default */
    char socket[100]; /* "": none */
    bool http;        /* false: --listen none */
    char listen[SERVER_LISTEN_MOST][128];
    size_t listen_count;
    char hosts[SERVER_HOSTS_MOST][128];
    size_t host_count;
    bool insecure;
    char web_config[256];
    struct prometheus_options metrics; /* but for its globs: */
    struct {
        char text[64];
        bool exclude;
    } globs[SERVE_GLOBS];
    size_t glob_count;
    struct opener source;
    struct serve_store_options store;

    int argc; /* to read anew: the flags win again */
    char **argv;
    char config[256];
};

/* Flags and file. Dies of what is wrong in either; answers --help. */
void serve_options_parse(struct serve_options *o, int argc, char **argv);

/* Read the file again. 0, or -errno with a sentence; o is then as it was. The source and the user
 * are taken at the start only. */
int serve_options_reload(struct serve_options *o, char message[CONF_MESSAGE]);

#endif
