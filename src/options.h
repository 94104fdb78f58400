/*
 * options: the command line, as domtop and as xentop.
 */
#ifndef DOMTOP_OPTIONS_H
#define DOMTOP_OPTIONS_H

#include "collectors/demo.h"
#include "export/batch.h"

/* How the host is read: what is fastest here, hypercalls and the kernel, or libxenstat. */
enum engine { ENGINE_AUTO, ENGINE_DIRECT, ENGINE_XENSTAT };

enum mode { MODE_SCREEN, MODE_BATCH, MODE_JSON, MODE_CSV, MODE_LIST_METRICS, MODE_CHECK };

struct options {
    enum mode mode;
    bool as_xentop;      /* started under the name xentop: its manners */
    double delay_s;      /* 0: the mode's own */
    unsigned iterations; /* 0: until told to stop */
    struct batch_options batch;
    enum entity csv_entity;
    enum engine engine;
    bool demo;
    struct demo_config demo_config;
};

/*
 * Read the command line into o. Handles --help and --version and all that is wrong with it by
 * printing and exiting: 0 for help, 2 for a mistake (as xentop: its usage and 0).
 */
void options_parse(struct options *o, int argc, char **argv);

#endif
