/* feed: see feed.h. */
#include "feed.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

#define SLOTS 8

/* The second sample follows the first after at most this long, so that there are rates to see. */
#define FIRST_GAP_NS (NS_PER_S / 2)

/* A sample that is due so soon is not preceded by one that is asked for. */
#define NEAR_NS (NS_PER_S / 10)

struct slot {
    struct snapshot snapshot;
    int status;
};

struct feed {
    struct source *source;
    pthread_t thread;
    int fd; /* eventfd, readable while a slot is ready */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct slot slots[SLOTS]; /* a ring: `ready` of them from `head` on are whole snapshots */
    size_t head, ready;
    uint64_t delay_ns, sampling_since;
    unsigned taken, iterations; /* samples taken by the thread; how many it is to take */
    bool stop, now, finished, aligned;
};

static void ready_signal(struct feed *f)
{
    uint64_t one = 1;
    ssize_t n = write(f->fd, &one, sizeof(one));

    (void)n; /* an eventfd at its maximum is readable all the same */
}

/* Under the lock: the slot to fill next. Live, the oldest snapshot nobody took makes room; a past
 * is not lost: it waits. */
static struct slot *slot_free(struct feed *f, bool past)
{
    while (past && f->ready == SLOTS - 1 && !f->stop)
        pthread_cond_wait(&f->changed, &f->lock);
    if (f->ready == SLOTS - 1) {
        f->head = (f->head + 1) % SLOTS;
        f->ready--;
    }
    return &f->slots[(f->head + f->ready) % SLOTS];
}

/* Under the lock: wait for the next beat. */
static void wait_beat(struct feed *f, uint64_t start)
{
    while (!f->stop && !f->now) {
        uint64_t gap = f->taken == 1 ? MIN(FIRST_GAP_NS, f->delay_ns) : f->delay_ns;
        uint64_t due = start + gap;
        if (clock_mono_ns() >= due)
            break;
        struct timespec at = {(time_t)(due / NS_PER_S), (long)(due % NS_PER_S)};
        pthread_cond_timedwait(&f->changed, &f->lock, &at);
    }
}

/* Under the lock: wait until the wall clock shows the next multiple of the delay. A clock that was
 * set is looked at again within a second. *due is that moment, and stands while samples that were
 * asked for come before it: one that took until then does not cost the one that is due. */
static void wait_aligned(struct feed *f, uint64_t *due)
{
    uint64_t wall = clock_wall_ns();

    if (*due > wall + f->delay_ns || *due + f->delay_ns < wall)
        *due = (wall / f->delay_ns + 1) * f->delay_ns;
    while (!f->stop) {
        uint64_t now = clock_mono_ns();
        wall = clock_wall_ns();
        if (wall >= *due || *due - wall > f->delay_ns) {
            *due = 0;
            return;
        }
        if (f->now && *due - wall > NEAR_NS)
            return;
        uint64_t until = now + MIN(*due - wall, NS_PER_S);
        struct timespec at = {(time_t)(until / NS_PER_S), (long)(until % NS_PER_S)};
        pthread_cond_timedwait(&f->changed, &f->lock, &at);
    }
}

static void *feed_thread(void *arg)
{
    struct feed *f = arg;
    unsigned past = f->source->past;
    uint64_t beat = clock_mono_ns(), due = 0;

    pthread_mutex_lock(&f->lock);
    while (!f->stop && (!f->iterations || f->taken < f->iterations)) {
        struct slot *slot = slot_free(f, f->taken < past);
        if (f->stop)
            break;
        f->now = false;
        f->sampling_since = clock_mono_ns();
        pthread_mutex_unlock(&f->lock);

        /* The consumer never touches a slot that is not ready. */
        int status = f->source->sample(f->source, &slot->snapshot, PART_ALL);

        pthread_mutex_lock(&f->lock);
        f->sampling_since = 0;
        if (status == -ENODATA && f->source->pace)
            break;
        slot->status = status;
        f->taken++;
        if (f->source->pace)
            f->delay_ns = f->source->pace(f->source);
        if (f->ready++ == 0)
            ready_signal(f);
        if (f->taken < past)
            continue;
        if (f->aligned && f->taken > 1) {
            wait_aligned(f, &due);
            continue;
        }
        /* Keep to the beat; one that was missed or cut short starts a new one. */
        wait_beat(f, beat);
        uint64_t after = clock_mono_ns();
        uint64_t step = f->taken == 1 ? MIN(FIRST_GAP_NS, f->delay_ns) : f->delay_ns;
        beat = after >= beat + step && after < beat + 2 * step ? beat + step : after;
    }
    f->finished = true;
    ready_signal(f);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

struct feed *feed_start(struct source *source, double delay_s, unsigned iterations)
{
    struct feed *f = xcalloc(1, sizeof(*f));
    pthread_condattr_t attr;
    int err;

    f->source = source;
    f->delay_ns = (uint64_t)(delay_s * (double)NS_PER_S);
    f->iterations = iterations;
    f->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (f->fd < 0) {
        free(f);
        return NULL;
    }
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&f->changed, &attr);
    pthread_condattr_destroy(&attr);
    err = pthread_create(&f->thread, NULL, feed_thread, f);
    if (err) {
        close(f->fd);
        free(f);
        errno = err;
        return NULL;
    }
    return f;
}

int feed_fd(const struct feed *f)
{
    return f->fd;
}

bool feed_take(struct feed *f, struct snapshot *s, int *status)
{
    bool got = false;

    pthread_mutex_lock(&f->lock);
    if (f->ready) {
        struct slot *slot = &f->slots[f->head];
        struct snapshot mine = *s;
        *s = slot->snapshot;
        slot->snapshot = mine;
        if (status)
            *status = slot->status;
        f->head = (f->head + 1) % SLOTS;
        f->ready--;
        got = true;
        pthread_cond_broadcast(&f->changed);
    }
    if (!f->ready && !f->finished) {
        uint64_t count;
        ssize_t n = read(f->fd, &count, sizeof(count));
        (void)n; /* EAGAIN: was not readable */
    }
    pthread_mutex_unlock(&f->lock);
    return got;
}

bool feed_done(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    bool done = f->finished && !f->ready;
    pthread_mutex_unlock(&f->lock);
    return done;
}

uint64_t feed_sampling_since(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    uint64_t since = f->sampling_since;
    pthread_mutex_unlock(&f->lock);
    return since;
}

void feed_set_delay(struct feed *f, double delay_s)
{
    pthread_mutex_lock(&f->lock);
    f->delay_ns = (uint64_t)(delay_s * (double)NS_PER_S);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

void feed_align(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->aligned = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

double feed_delay(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    double delay = (double)f->delay_ns / (double)NS_PER_S;
    pthread_mutex_unlock(&f->lock);
    return delay;
}

void feed_now(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->now = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

void feed_stop(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    if (f->source->interrupt)
        f->source->interrupt(f->source);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    for (size_t i = 0; i < SLOTS; i++)
        snapshot_release(&f->slots[i].snapshot);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    close(f->fd);
    free(f);
}
