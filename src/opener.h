/*
 * opener: the source that a command line asks for: this host through one of its engines, the
 * demo, or a recording played. Every command that samples takes the same words for it.
 */
#ifndef DOMTOP_OPENER_H
#define DOMTOP_OPENER_H

#include "collectors/demo.h"

/* How the host is read: what is fastest here, hypercalls and the kernel, or libxenstat. */
enum engine { ENGINE_AUTO, ENGINE_DIRECT, ENGINE_XENSTAT };

struct opener {
    enum engine engine;
    bool demo;
    struct demo_config demo_config;
    const char *replay; /* a recording's path; NULL: none */
    double speed;       /* of playing it; 0: as fast as it goes */
};

/* Rows for a command's table of options, with the values of opener_take(). */
enum { OPENER_DEMO = 512, OPENER_ENGINE, OPENER_REPLAY, OPENER_SPEED };
/* clang-format off */
#define OPENER_ROWS                                                                                \
    {"demo", optional_argument, OPENER_DEMO, "[=SETTINGS]",                                        \
     "a simulated host: domains=N,pcpus=N,seed=N and more"},                                       \
    {"engine", required_argument, OPENER_ENGINE, "=NAME",                                          \
     "auto (default), direct: hypercalls and kernel, xenstat"},                                    \
    {"replay", required_argument, OPENER_REPLAY, "=FILE",                                          \
     "what `domtop record` recorded, at its own pace"},                                            \
    {"speed", required_argument, OPENER_SPEED, "=N",                                               \
     "replay so many times as fast, or max"}
/* clang-format on */

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
