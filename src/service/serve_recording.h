/*
 * serve_recording: the sampler's side of recording: decides under which time each sample is
 * recorded, tells what happened from each sample to the next, recorded or not, and keeps what waits
 * for the recorder's process, which is never waited for.
 */
#ifndef DOMTOP_SERVICE_SERVE_RECORDING_H
#define DOMTOP_SERVICE_SERVE_RECORDING_H

#include <poll.h>

#include "../base.h"
#include "../snapshot.h"
#include "../store/settings.h"

struct recording_side;

struct recording_config {
    struct store_settings settings;
    int dir, lock;     /* open descriptors of the store's folder and of its lock; borrowed */
    char **child_argv; /* how this program is started as the recorder; borrowed */
    bool verbose;      /* say on standard error what becomes of each sample */
};

/* Starts the recorder's process. Dies without memory to share with it. */
struct recording_side *recording_side_new(const struct recording_config *config);

/* The source is open: says so in the journal. */
void recording_side_begin(struct recording_side *r, const char *source_name);

/* As struct service_side has them. */
size_t recording_side_poll(void *side, struct pollfd *fds, uint64_t *until_ns);
void recording_side_work(void *side);
void recording_side_report(void *side, struct snapshot *s);
void recording_side_sample(void *side, const struct snapshot *before, const struct snapshot *s,
                           const struct text *encoded);

/* Hand over what is left, within bounds of time; end the recorder; free. */
void recording_side_end(struct recording_side *r);

#endif
