/*
 * simulated: a demo host for tests, with the sample before and the rates between the two.
 */
#ifndef DOMTOP_TESTS_SIMULATED_H
#define DOMTOP_TESTS_SIMULATED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/demo.h"
#include "rate.h"

struct simulated {
    struct source *source;
    struct snapshot samples[2];
    struct snapshot *now, *before; /* before is empty until there are two */
    struct rates rates;
};

/* settings as after --demo=; dies on wrong ones. */
static inline void simulated_open(struct simulated *h, const char *settings)
{
    struct demo_config c;
    char message[160] = "";

    *h = (struct simulated){0};
    demo_defaults(&c);
    c.start_wall_ns = UINT64_C(1795317165250000000);
    assert_int_equal(demo_parse(&c, settings, message), 0);
    h->source = demo_open(&c);
    h->now = &h->samples[0];
    h->before = &h->samples[1];
}

static inline void simulated_sample(struct simulated *h)
{
    struct snapshot *s = h->before;

    h->before = h->now;
    h->now = s;
    assert_int_equal(h->source->sample(h->source, s, PART_ALL), 0);
    rates_compute(&h->rates, h->before, h->now);
}

static inline void simulated_close(struct simulated *h)
{
    h->source->close(h->source);
    snapshot_release(&h->samples[0]);
    snapshot_release(&h->samples[1]);
    rates_release(&h->rates);
}

#endif
