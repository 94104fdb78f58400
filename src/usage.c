/* usage: see usage.h. */
#include "usage.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#define ROWS_MOST 64

void usage_print(const struct usage *u, FILE *to)
{
    fprintf(to, "Usage: %s\n%s\n\n", u->synopsis, u->about);
    for (size_t i = 0; i < u->count; i++) {
        const struct usage_row *row = &u->rows[i];
        char left[48];
        if (row->value < USAGE_LONG)
            snprintf(left, sizeof(left), "-%c, --%s%s", row->value, row->name, row->arg);
        else
            snprintf(left, sizeof(left), "    --%s%s", row->name, row->arg);
        fprintf(to, "  %-24s %s\n", left, row->help);
    }
    if (u->more)
        fprintf(to, "\n%s", u->more);
}

int usage_next(const struct usage *u, int argc, char **argv)
{
    struct option longs[ROWS_MOST + 1] = {0};
    char shorts[3 * ROWS_MOST + 1], *s = shorts;

    for (size_t i = 0; i < u->count && i < ROWS_MOST; i++) {
        const struct usage_row *row = &u->rows[i];
        longs[i] = (struct option){row->name, row->has_arg, NULL, row->value};
        if (row->value >= USAGE_LONG)
            continue;
        *s++ = (char)row->value;
        if (row->has_arg == required_argument)
            *s++ = ':';
    }
    *s = '\0';
    return getopt_long(argc, argv, shorts, longs, NULL);
}

_Noreturn void usage_exit(void)
{
    if (fflush(stdout))
        die(EXIT_FAILED, "writing to standard output: %s", strerror(errno));
    exit(EXIT_OK);
}

int usage_next_or_exit(const struct usage *u, int argc, char **argv)
{
    int opt = usage_next(u, argc, argv);

    if (opt == 'h') {
        usage_print(u, stdout);
        usage_exit();
    }
    if (opt == 'V') {
        printf("domtop %s\n", DOMTOP_VERSION);
        usage_exit();
    }
    if (opt == '?') {
        fprintf(stderr, "Try '%s --help'.\n", argv[0]);
        exit(EXIT_USAGE);
    }
    return opt;
}
