/*
 * supervisor: keeps a service's children running and fed. Each has a bounded queue of frames, and
 * one that is slow loses the oldest: whoever samples never waits. One that ends without being asked
 * is started again by the nursery, at once and then after longer and longer pauses; that is counted
 * and told, in the log and in every frame.
 *
 * For one thread, which polls what supervisor_poll() names and then calls supervisor_work().
 */
#ifndef DOMTOP_SERVICE_SUPERVISOR_H
#define DOMTOP_SERVICE_SUPERVISOR_H

#include <poll.h>

#include "../snapshot.h"
#include "nursery.h"
#include "outlet.h"

struct supervisor;

/*
 * Fork the nursery, before threads and before anything is open that children must not have. The
 * plan and what it points to live as long. NULL with a sentence.
 */
struct supervisor *supervisor_new(const struct nursery_plan *plan, char message[CONFINE_MESSAGE]);

/* Start all children. */
void supervisor_begin(struct supervisor *v);

/* Whether all run and have said that they are ready. -1: one ended before it was, ever: there is
 * something to be put right, which it has said. */
int supervisor_ready(const struct supervisor *v);

/* What to poll, and until when at most (CLOCK_MONOTONIC; UINT64_MAX: no limit). At most
 * SUPERVISOR_FDS. */
#define SUPERVISOR_FDS 16
size_t supervisor_poll(const struct supervisor *v, struct pollfd fds[SUPERVISOR_FDS],
                       uint64_t *until_ns);

/* Do what is due: never waits. 0, or -EPIPE when the nursery is gone and the service must end. */
int supervisor_work(struct supervisor *v);

/* Give all children a frame. */
void supervisor_feed(struct supervisor *v, struct frame *f);

/* Append a report for each child to a snapshot: its name, restarts and lost frames. */
void supervisor_report(const struct supervisor *v, struct snapshot *s);

/* End all children that they may read their configuration anew, and start them: not counted. */
void supervisor_reload(struct supervisor *v);

/* Let the children take what is queued and end, for so long; then end them, and free. */
void supervisor_stop(struct supervisor *v, unsigned grace_ms);

#endif
