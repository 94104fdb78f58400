/*
 * stream: samples a source and prints each sample as text to standard output: xentop's, JSON, CSV.
 */
#ifndef DOMTOP_STREAM_H
#define DOMTOP_STREAM_H

#include "options.h"
#include "source.h"

/* xentop's default delay, which scripts have come to expect. */
#define STREAM_DELAY_S 3.0

/*
 * Until the iterations are done, SIGINT or SIGTERM. Returns the exit status: a write error is said
 * and fails; a sample that could not be taken is said on standard error and left out, and fails at
 * the end when it was the last.
 */
int stream_run(struct source *source, const struct options *o);

#endif
