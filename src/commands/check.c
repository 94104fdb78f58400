/* check: `domtop check`, both engines compared on this host. */
#include "../check.h"

#include <getopt.h>

#include "../base.h"
#include "../collectors/collector.h"
#include "../collectors/xenstored.h"
#include "../usage.h"
#include "commands.h"

static const struct usage_row rows[] = {
    USAGE_ROWS,
};
static const struct usage usage = {
    .synopsis = "domtop check",
    .about = "Compare both engines on this host, metric by metric.",
    .rows = rows,
    .count = ARRAY_LEN(rows),
};

int check_main(int argc, char **argv)
{
    const char *missing;

    while (usage_next_or_exit(&usage, argc, argv) != -1)
        ;
    if (optind < argc)
        die(EXIT_USAGE, "check takes no operand: it compares both engines on this host");
    missing = collector_missing("");
    if (!missing)
        missing = xenstored_missing();
    if (missing)
        die(EXIT_FAILED, "%s", missing);
    return check_run();
}
