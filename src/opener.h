/*
 * opener: the source that a command line asks for: this host through one of its engines, the
 * demo, a recording played, or services elsewhere. Every command that samples takes the same words
 * for it.
 */
#ifndef DOMTOP_OPENER_H
#define DOMTOP_OPENER_H

#include "collectors/demo.h"
#include "remote/fetch.h"

/* How the host is read: what is fastest here, hypercalls and the kernel, or libxenstat. */
enum engine { ENGINE_AUTO, ENGINE_DIRECT, ENGINE_XENSTAT };

struct opener {
    enum engine engine;
    bool demo;
    struct demo_config demo_config;
    const char *replay;  /* a recording's path; NULL: none */
    double speed;        /* of playing it; 0: as fast as it goes */
    const char *connect; /* remote services, with commas; NULL: none */
    struct fetch_config fetch;
    bool local_only; /* never by way of the service on this host: the service itself */
};

/* Rows for a command's table of options, with the values of opener_take(). */
enum {
    OPENER_DEMO = 512,
    OPENER_ENGINE,
    OPENER_REPLAY,
    OPENER_SPEED,
    OPENER_CONNECT,
    OPENER_CACERT,
    OPENER_CERT,
    OPENER_KEY,
    OPENER_CREDENTIALS
};
/* clang-format off */
#define OPENER_ROWS                                                                                \
    {"demo", optional_argument, OPENER_DEMO, "[=SETTINGS]",                                        \
     "a simulated host: domains=N,pcpus=N,seed=N and more"},                                       \
    {"engine", required_argument, OPENER_ENGINE, "=NAME",                                          \
     "auto (default), direct: hypercalls and kernel, xenstat"},                                    \
    {"replay", required_argument, OPENER_REPLAY, "=FILE",                                          \
     "what `domtop record` recorded, at its own pace"},                                            \
    {"speed", required_argument, OPENER_SPEED, "=N",                                               \
     "replay so many times as fast, or max"},                                                      \
    {"connect", required_argument, OPENER_CONNECT, "=URL[,URL...]",                                \
     "what services elsewhere see: https://HOST, unix:PATH"},                                      \
    {"cacert", required_argument, OPENER_CACERT, "=FILE",                                          \
     "connect: who vouches for the services, PEM"},                                                \
    {"cert", required_argument, OPENER_CERT, "=FILE", "connect: the certificate to show, PEM"},    \
    {"key", required_argument, OPENER_KEY, "=FILE", "connect: the key that belongs to it"},        \
    {"credentials", required_argument, OPENER_CREDENTIALS, "=FILE",                                \
     "connect: names and passwords, as .netrc has them"}
/* clang-format on */

/* Of the service on this host, where it is not told otherwise. */
#define SERVICE_SOCKET "/run/domtop/socket"

/* Nothing asked for yet. */
void opener_init(struct opener *o);

/* Whether the option was one of OPENER_ROWS; dies when its argument is wrong. */
bool opener_take(struct opener *o, int option, const char *argument);

/*
 * Open it. Dies with a sentence that says what is missing. step_s: simulated seconds between two
 * samples of a demo, past: samples it may give at once, each where the user has not said. The
 * caller closes the source.
 */
struct source *opener_open(struct opener *o, double step_s, unsigned past);

#endif
