/*
 * usage: command lines from tables. A row says once what getopt_long and --help need to know.
 */
#ifndef DOMTOP_USAGE_H
#define DOMTOP_USAGE_H

#include <stddef.h>
#include <stdio.h>

/* Values of long options without a letter start here. */
#define USAGE_LONG 256

struct usage_row {
    const char *name;
    int has_arg; /* getopt_long's */
    int value;   /* the letter, or USAGE_LONG and up where there is none */
    const char *arg, *help;
};

/* The rows that every command has. */
/* clang-format off */
#define USAGE_ROWS                                                                                 \
    {"help", no_argument, 'h', "", "show this help and exit"},                                     \
    {"version", no_argument, 'V', "", "show the version and exit"}
/* clang-format on */

struct usage {
    const char *synopsis; /* "domtop serve [OPTION]..." */
    const char *about;    /* a sentence */
    const struct usage_row *rows;
    size_t count;
    const char *more; /* said after the options; may be NULL */
};

/* What --help prints. */
void usage_print(const struct usage *u, FILE *to);

/*
 * The value of the next option, its argument in optarg; -1 after the last, with optind at the first
 * operand; '?' for a mistake, about which getopt_long has said what is wrong. Start with optind 0
 * or 1.
 */
int usage_next(const struct usage *u, int argc, char **argv);

/* The same for commands that leave mistakes and USAGE_ROWS to this: it says what there is to say
 * and exits. */
int usage_next_or_exit(const struct usage *u, int argc, char **argv);

/* Exit, after all that was asked for was printed: as failed, and said so, where it did not get out.
 */
_Noreturn void usage_exit(void);

#endif
