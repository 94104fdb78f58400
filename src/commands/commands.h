/*
 * commands: what stands after `domtop` on the command line. One file per command: its options, and
 * what it joins. The table in main.c names them; without a command domtop shows or prints samples.
 */
#ifndef DOMTOP_COMMANDS_H
#define DOMTOP_COMMANDS_H

#include <stddef.h>

struct command {
    const char *name;
    const char *help; /* a line in domtop --help */
    /* argv[0] is "domtop NAME", for messages. Returns the exit status. */
    int (*run)(int argc, char **argv);
};

extern const struct command commands[];
extern const size_t command_count;

int check_main(int argc, char **argv);
int serve_main(int argc, char **argv);
int record_main(int argc, char **argv);
int review_main(int argc, char **argv);
int export_main(int argc, char **argv);
int graph_main(int argc, char **argv);
int report_main(int argc, char **argv);

#endif
