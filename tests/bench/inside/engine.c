/*
 * engine: the fast engine alone, every part of it, with rates and without a sink: what a sample
 * costs before anybody shows it. A line on standard output per sample: how long it took.
 *
 * usage: engine direct|xenstat SECONDS_BETWEEN
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "rate.h"
#include "sampler.h"

int main(int argc, char **argv)
{
    char message[COLLECTOR_MESSAGE];
    struct snapshot snapshots[2] = {0};
    struct rates rates = {0};
    bool direct = argc < 2 || strcmp(argv[1], "xenstat") != 0;
    useconds_t gap = (useconds_t)(atof(argc > 2 ? argv[2] : "1") * 1e6);
    struct source *source = sampler_open(direct ? collectors_direct : collectors_xenstat, message);

    if (!source) {
        fprintf(stderr, "engine: %s\n", message);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (unsigned i = 0;; i++) {
        struct snapshot *now = &snapshots[i % 2], *before = &snapshots[!(i % 2)];
        uint64_t start = clock_mono_ns();
        if (source->sample(source, now, PART_ALL))
            return 1;
        rates_compute(&rates, i ? before : NULL, now);
        printf("SAMPLE %.3f ms, %zu domains, %zu vcpus, %zu vifs, %zu vbds\n",
               (double)(clock_mono_ns() - start) / 1e6, now->domain_count, now->vcpu_count,
               now->vif_count, now->vbd_count);
        usleep(gap);
    }
}
