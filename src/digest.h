/*
 * digest: the graphs of a long time in bounded memory: of each value the mean and the peak in slots
 * of time. A slot is one sample as long as there is room; then neighbours become one, again and
 * again. Slots do not grow over a gap.
 */
#ifndef DOMTOP_DIGEST_H
#define DOMTOP_DIGEST_H

#include "past.h"

struct digest;

struct digest *digest_new(size_t max_bytes);
void digest_free(struct digest *d);

/* Add a sample: its rates are of the time from from_ns to its own wall time. Samples come in the
 * order of time; one that does not is left out. */
void digest_add(struct digest *d, const struct snapshot *s, const struct rates *r,
                uint64_t from_ns);

/* As past.h's graph. */
void digest_graph(const struct digest *d, const struct past_subject *subject, uint64_t from_ns,
                  uint64_t to_ns, size_t n, float *mean, float *peak);

size_t digest_memory(const struct digest *d);

#endif
