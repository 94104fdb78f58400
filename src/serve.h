/*
 * serve: the service: a sampler that has the Xen handles and no sockets, and a child that records.
 *
 * The child is started before the source is opened, and never waited for: what it has not taken yet
 * waits here within bounds, so neither a disk nor a crash of it delays a sample. A child that dies
 * is started anew.
 */
#ifndef DOMTOP_SERVE_H
#define DOMTOP_SERVE_H

#include "source.h"
#include "store/settings.h"

struct serve_config {
    const char *root; /* the store, absolute */
    struct store_settings settings;
    int dir, lock;     /* open descriptors of the folder and of its lock */
    char **child_argv; /* how this program is started as the recorder */
    bool verbose;      /* say on standard error what each sample took */
    /* Opens the source, once the child is there; dies when it cannot. */
    struct source *(*open)(void *arg);
    void *arg;
};

/* Serve until SIGTERM or SIGINT. Returns the exit status. */
int serve_run(struct serve_config *config);

#endif
