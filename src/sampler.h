/*
 * sampler: the source that is this host. Runs the collectors in order, times each, and keeps going
 * when one of them fails.
 */
#ifndef DOMTOP_SAMPLER_H
#define DOMTOP_SAMPLER_H

#include "collectors/collector.h"
#include "source.h"

/*
 * Open this host with these collectors (NULL at the end of the list). NULL when an essential one
 * cannot be opened, with the reason in message. The caller closes the source.
 */
struct source *sampler_open(const struct collector *const *collectors,
                            char message[COLLECTOR_MESSAGE]);

/* Have every sample of a sampler_open() source report this sentence, under this name. */
void sampler_note(struct source *source, const char *name, const char *text);

#endif
