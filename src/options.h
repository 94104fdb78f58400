/*
 * options: the command line without a command, as domtop and as xentop.
 */
#ifndef DOMTOP_OPTIONS_H
#define DOMTOP_OPTIONS_H

#include "export/batch.h"
#include "opener.h"

enum mode { MODE_SCREEN, MODE_BATCH, MODE_JSON, MODE_CSV, MODE_LIST_METRICS };

struct options {
    enum mode mode;
    bool as_xentop;      /* started under the name xentop: its manners */
    double delay_s;      /* 0: the mode's own */
    unsigned iterations; /* 0: until told to stop */
    struct batch_options batch;
    enum entity csv_entity;
    struct opener source;
};

/* Whether that is the name xentop, under any path. */
bool options_as_xentop(int argc, char **argv);

/*
 * Read the command line into o. Handles --help and --version and all that is wrong with it by
 * printing and exiting: 0 for help, 2 for a mistake (as xentop: its usage and 0).
 */
void options_parse(struct options *o, int argc, char **argv);

#endif
