/*
 * batch: xentop's own text format, column for column, for the scripts that parse it. Pure.
 *
 * What differs from xentop 4.17 to 4.21: no domain is printed twice, a domain xenstore does not
 * know is printed as "(domid N)", a rate that nobody knows is 0.0 (never inf, nan or a huge
 * number), an offline pcpu is "-" and not 100 %, names are cut at a character's border.
 */
#ifndef DOMTOP_BATCH_H
#define DOMTOP_BATCH_H

#include "../base.h"
#include "../rate.h"

struct batch_options {
    bool networks, vbds, vcpus, pcpus; /* the extra lines */
    bool repeat_header, full_name, dom0_first;
};

/* Working memory kept from sample to sample; starts as all zero. */
struct batch {
    uint32_t *order;
    size_t cap;
};

/* Append one sample. s and r belong together; before the second sample rates are unknown. */
void batch_render(struct batch *b, struct text *out, const struct snapshot *s,
                  const struct rates *r, const struct batch_options *options);

/* The parts of a snapshot that these options show. */
unsigned batch_wants(const struct batch_options *options);

void batch_release(struct batch *b);

#endif
