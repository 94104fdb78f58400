/*
 * unit: what every unit test includes: cmocka, and a few snapshots to test on.
 */
#ifndef DOMTOP_TESTS_UNIT_H
#define DOMTOP_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metric.h"

#include <math.h>
#include <string.h>

/* A domain whose uuid is made of one byte. */
static inline struct domain *unit_domain(struct snapshot *s, uint64_t domid, uint8_t uuid_byte)
{
    struct domain *d = snapshot_add_domain(s, domid);

    memset(d->uuid.bytes, uuid_byte, sizeof(d->uuid.bytes));
    return d;
}

/* An empty snapshot taken `seconds` after the first, as sample `seq`. */
static inline void unit_sample(struct snapshot *s, uint64_t seq, double seconds)
{
    snapshot_reset(s);
    s->seq = seq;
    s->mono_ns = UINT64_C(1000000000000) + (uint64_t)(seconds * 1e9);
    for (int e = 0; e < ENTITY_COUNT; e++)
        s->read_ns[e] = s->mono_ns;
    s->have = PART_ALL;
}

#define assert_near(a, b, eps) assert_true(fabs((double)(a) - (double)(b)) <= (eps))
#define assert_nan(a)          assert_true(isnan(a))

#endif
