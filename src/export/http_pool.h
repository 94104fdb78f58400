/*
 * http_pool: a few threads for what takes long, and a bounded queue before them.
 */
#ifndef DOMTOP_HTTP_POOL_H
#define DOMTOP_HTTP_POOL_H

#include <stdbool.h>

struct pool;

/* NULL when no thread can be had. queued: jobs that may wait besides those under way. */
struct pool *pool_new(unsigned workers, unsigned queued);

/* Have run(job) called in one of the threads. false: the queue is full, nothing happens. */
bool pool_submit(struct pool *p, void (*run)(void *job), void *job);

/* Whether pool_stop() has begun: a job may then be brief. */
bool pool_stopping(const struct pool *p);

/* Runs what was submitted and ends the threads; takes nothing more. NULL does nothing, as below. */
void pool_stop(struct pool *p);
void pool_free(struct pool *p);

#endif
