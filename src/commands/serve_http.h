/*
 * serve_http: the settings of `domtop serve` that are about HTTP: where to listen, how safely, what
 * is told to scrapers.
 */
#ifndef DOMTOP_COMMANDS_SERVE_HTTP_H
#define DOMTOP_COMMANDS_SERVE_HTTP_H

#include "../service/conf.h"
#include "../service/exporter.h"

struct serve_http {
    struct exporter_config c;
    bool none;          /* --listen=none: no HTTP at all */
    unsigned replacing; /* private: lists a flag was given for, which then begin anew */
};

/* Rows for the table of options, with the values of serve_http_take(). */
enum {
    SERVE_LISTEN = 400,
    SERVE_WEB_CONFIG,
    SERVE_INSECURE,
    SERVE_NO_PCPUS,
    SERVE_NO_VCPUS,
    SERVE_NO_VIFS,
    SERVE_NO_VBDS,
    SERVE_DOM0,
    SERVE_INCLUDE,
    SERVE_EXCLUDE,
    SERVE_HTTP_END
};
/* clang-format off */
#define SERVE_HTTP_ROWS                                                                            \
    {"listen", required_argument, SERVE_LISTEN, "=ADDR:PORT",                                      \
     "serve HTTP there (127.0.0.1:9603, [::1]:9603); again for more, or none"},                    \
    {"web-config", required_argument, SERVE_WEB_CONFIG, "=FILE",                                   \
     "TLS and passwords, as exporter-toolkit's web.config.yml"},                                   \
    {"insecure", no_argument, SERVE_INSECURE, "",                                                  \
     "let other hosts read without TLS and passwords"},                                            \
    {"no-pcpus", no_argument, SERVE_NO_PCPUS, "", "no metrics of each physical cpu"},              \
    {"no-vcpus", no_argument, SERVE_NO_VCPUS, "", "no metrics of each vcpu"},                      \
    {"no-vifs", no_argument, SERVE_NO_VIFS, "", "no metrics of each vif"},                         \
    {"no-vbds", no_argument, SERVE_NO_VBDS, "", "no metrics of each vbd"},                         \
    {"dom0-metrics", no_argument, SERVE_DOM0, "",                                                  \
     "metrics of dom0's own load, cpu and memory too"},                                            \
    {"include", required_argument, SERVE_INCLUDE, "=GLOB",                                         \
     "metrics of domains with such names only; again for more"},                                   \
    {"exclude", required_argument, SERVE_EXCLUDE, "=GLOB",                                         \
     "no metrics of domains with such names; again for more"}
/* clang-format on */

void serve_http_defaults(struct serve_http *h);

/*
 * Whether the option was one of SERVE_HTTP_ROWS; *status is then 0, or -EINVAL with a sentence.
 * flag: from the command line, whose lists replace the file's.
 */
bool serve_http_take(struct serve_http *h, int option, const char *value, bool flag, int *status,
                     char message[CONF_MESSAGE]);

#endif
