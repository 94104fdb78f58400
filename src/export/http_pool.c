/* http_pool: see http_pool.h. */
#include "http_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "../base.h"

struct job {
    void (*run)(void *job);
    void *data;
};

struct pool {
    pthread_mutex_t lock; /* guards the ring */
    pthread_cond_t changed;
    struct job *ring;
    size_t cap, head, waiting;
    atomic_bool stopping;
    pthread_t *threads;
    unsigned workers;
};

static void *work(void *arg)
{
    struct pool *p = arg;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->waiting && !p->stopping)
            pthread_cond_wait(&p->changed, &p->lock);
        if (!p->waiting)
            break;
        struct job job = p->ring[p->head];
        p->head = (p->head + 1) % p->cap;
        p->waiting--;
        pthread_mutex_unlock(&p->lock);
        job.run(job.data);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_new(unsigned workers, unsigned queued)
{
    struct pool *p = xcalloc(1, sizeof(*p));

    p->cap = queued + workers;
    p->ring = xcalloc(p->cap, sizeof(*p->ring));
    p->threads = xcalloc(workers, sizeof(*p->threads));
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    for (; p->workers < workers; p->workers++)
        if (pthread_create(&p->threads[p->workers], NULL, work, p)) {
            pool_free(p);
            return NULL;
        }
    return p;
}

bool pool_submit(struct pool *p, void (*run)(void *job), void *job)
{
    bool room;

    pthread_mutex_lock(&p->lock);
    room = p->waiting < p->cap && !p->stopping;
    if (room) {
        p->ring[(p->head + p->waiting++) % p->cap] = (struct job){run, job};
        pthread_cond_signal(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return room;
}

bool pool_stopping(const struct pool *p)
{
    return p->stopping;
}

void pool_stop(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->workers; i++)
        pthread_join(p->threads[i], NULL);
    p->workers = 0;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    pool_stop(p);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p->ring);
    free(p);
}
