/*
 * demo: a simulated Xen host of any size, the same for the same seed. See demo.c.
 */
#ifndef DOMTOP_DEMO_H
#define DOMTOP_DEMO_H

#include "../source.h"

struct demo_config {
    unsigned domains; /* at the start, dom0 among them; 0: not even dom0 */
    unsigned pcpus;
    uint64_t seed;
    uint64_t start_wall_ns; /* the simulated clock's start; 0: now */
    double step_s;          /* simulated seconds per sample; 0: one */
    double calm;            /* things happen so many times more rarely; 0: once */
    unsigned past;          /* samples it may give at once at start (source.past) */
};

/*
 * Parse "domains=N,pcpus=N,seed=N,start=EPOCH,past=N,step=N" (all optional; NULL or "" are the
 * defaults) into c, which the caller has filled with defaults. Where domains are given and pcpus
 * are not, the pcpus follow them. 0, or -EINVAL with a sentence in message.
 */
int demo_parse(struct demo_config *c, const char *text, char message[160]);

/* Defaults: 13 domains, 8 pcpus, seed 1, now, past 0, no step. */
void demo_defaults(struct demo_config *c);

/* The caller closes it. Never fails. */
struct source *demo_open(const struct demo_config *c);

/* So many simulated seconds from the last sample to the next, and to those after it. */
void demo_set_step(struct source *demo, double step_s);

#endif
