/*
 * service: the loop of `domtop serve` in the process that samples: takes each sample from the
 * feed's thread, encodes it once, and gives it to the children; signals; the service manager's
 * watchdog.
 */
#ifndef DOMTOP_SERVICE_SERVICE_H
#define DOMTOP_SERVICE_SERVICE_H

#include "../base.h"
#include "../source.h"
#include "supervisor.h"

/* Something beside the children that is given each sample, and has descriptors to wait for. */
struct service_side {
    /* Append what there is to report of it to a sample. May be NULL. */
    void (*report)(void *ctx, struct snapshot *s);
    /* What to wait for, POLLs at most SIDE_FDS, and until when at most (CLOCK_MONOTONIC). */
    size_t (*poll)(void *ctx, struct pollfd *fds, uint64_t *until_ns);
    /* Do what is due: never waits. */
    void (*work)(void *ctx);
    /* A sealed sample and its encoding; before: the one given before it, of seq 0 where there is
     * none. */
    void (*sample)(void *ctx, const struct snapshot *before, const struct snapshot *s,
                   const struct text *encoded);
    void *ctx;
};
#define SIDE_FDS 4

struct service_config {
    double delay_s;
    unsigned iterations; /* end after so many samples; 0: when told to */
    bool aligned;        /* samples are taken at whole multiples of the delay by the wall clock */
    const struct service_side *side; /* NULL: none */

    /* SIGHUP: read the configuration anew. 0 with *delay_s, or -errno when it is bad: then all
     * stays as it was, and it has been said. May be NULL. */
    int (*reload)(void *ctx, double *delay_s);
    void *ctx;
};

/* Block the signals service_run() waits for. Before the nursery and threads. */
void service_block_signals(void);

/* Run until SIGTERM or SIGINT, the last sample asked for, or the end of what cannot be replaced.
 * Ends the supervisor. An exit status. */
int service_run(struct source *source, struct supervisor *v, const struct service_config *c);

#endif
