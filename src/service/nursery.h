/*
 * nursery: the process that the service's children are forked from. It is forked before the Xen
 * handles are opened, so that no child, restarted ones included, ever had them: not as descriptors
 * and not as memory. It has no sockets but the one to the sampler, and looks at no input.
 *
 * The sampler orders: start child N (with its end of a socketpair), send it a signal, read the
 * configuration anew. The nursery tells: child N is running as PID, is ready, has ended and how.
 */
#ifndef DOMTOP_SERVICE_NURSERY_H
#define DOMTOP_SERVICE_NURSERY_H

#include "confine.h"

/* Descriptors a child may have besides its feed. */
#define CHILD_KEEPS 8

/* A row of the service's table of children. */
struct child {
    const char *name; /* "recorder": in messages and metrics */
    enum duty duty;

    /*
     * In the child, with the service's own rights and no input yet: open what the child's user
     * could not, such as listening sockets, keys, folders. Descriptors that have to stay open
     * are put into keep; *kept says how many. 0, or -errno with a sentence. May be NULL.
     */
    int (*prepare)(void *ctx, const struct account *account, int keep[CHILD_KEEPS], size_t *kept,
                   char message[CONFINE_MESSAGE]);

    /* The child's work, confined. feed: a stream of frames; at its end, and at SIGTERM, finish what
     * is under way and return an exit status. */
    int (*run)(void *ctx, int feed);

    /* In the nursery, after the service's last child: remove what prepare() made. May be NULL. */
    void (*clean)(void *ctx);

    void *ctx; /* what they need; each process has its copy of the nursery's memory */
};

struct nursery_plan {
    const struct child *children;
    size_t count;
    struct account account;
    int keep[CHILD_KEEPS]; /* descriptors to have, for children's prepare() */
    size_t kept;
    /* In the nursery: read the configuration into what the contexts point to. Later children have
     * it. What was wrong has been said by the sampler, which tries first. May be NULL. */
    void (*reload)(void *ctx);
    void *ctx;
};

enum nursery_what { NURSERY_RUNS, NURSERY_ENDED, NURSERY_FAILED };

struct nursery_event {
    enum nursery_what what;
    unsigned child; /* its row */
    pid_t pid;
    int status; /* NURSERY_ENDED: as from waitpid(); NURSERY_FAILED: -errno of fork() */
};

struct nursery {
    int fd; /* the sampler's end; poll for reading */
    pid_t pid;
};

/* Fork it. Call while there is one thread and nothing is open that children must not have. 0 or
 * -errno. */
int nursery_start(struct nursery *n, const struct nursery_plan *plan);

/* Orders. 0, or -errno: -EPIPE when the nursery is gone. fd is closed here in any case. */
int nursery_begin(struct nursery *n, unsigned child, int fd);
int nursery_signal(struct nursery *n, unsigned child, int signal);
int nursery_reload(struct nursery *n);

/* The next event. 1, 0 when there is none now, -EPIPE when the nursery is gone. */
int nursery_next(struct nursery *n, struct nursery_event *event);

/* Have it end its children (SIGTERM, and SIGKILL after the grace) and itself, and wait. */
void nursery_stop(struct nursery *n, unsigned grace_ms);

/* In a child's run(): it does its work. What fails before is for the operator to put right. */
void child_ready(int feed);

/* What that writes to the feed. */
#define CHILD_READY '+'

#endif
