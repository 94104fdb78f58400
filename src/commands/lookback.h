/*
 * lookback: what every command that looks back into a store takes: --store, --from, --to.
 */
#ifndef DOMTOP_LOOKBACK_H
#define DOMTOP_LOOKBACK_H

#include "../past.h"

#define LOOKBACK_STORE "/var/lib/domtop"

struct lookback {
    const char *store, *from, *to;
};

/* Rows for a command's table of options, with the values of lookback_take(). */
enum { LOOKBACK_DIR = 768, LOOKBACK_FROM, LOOKBACK_TO };
/* clang-format off */
#define LOOKBACK_ROWS                                                                              \
    {"store", required_argument, LOOKBACK_DIR, "=DIR",                                             \
     "what domtop serve recorded (" LOOKBACK_STORE ")"},                                           \
    {"from", required_argument, LOOKBACK_FROM, "=TIME",                                            \
     "-2h, yesterday 03:12, 2026-11-22 03:10, start (-24h)"},                                      \
    {"to", required_argument, LOOKBACK_TO, "=TIME", "as --from, or +30m after it, end (end)"}
/* clang-format on */

/* Whether the option was one of LOOKBACK_ROWS. */
bool lookback_take(struct lookback *l, int option, const char *argument);

/* Open the store and find out the span; dies with a sentence when either cannot be had. The caller
 * closes the past. */
struct past *lookback_open(const struct lookback *l, uint64_t *from_ns, uint64_t *to_ns);

#endif
