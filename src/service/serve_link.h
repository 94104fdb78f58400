/*
 * serve_link: the sampler's end of its recorder: starts it, feeds it from the queue, starts it anew
 * when it dies, and tells the next one what the last one died of. Never waits for it.
 *
 * What the queue holds is given to it too, as a copy to keep on the disk, when there is nothing to
 * record: so that it is not lost with this process. While it is handed over, which may take
 * minutes, so are the samples that come meanwhile.
 */
#ifndef DOMTOP_SERVICE_SERVE_LINK_H
#define DOMTOP_SERVICE_SERVE_LINK_H

#include <sys/types.h>

#include "../store/held.h"
#include "serve_queue.h"

struct serve_note;

/* Copies of what is held. One is on its way at a time, in memory of its own: what becomes of the
 * item in the queue meanwhile does not matter. */
struct serve_keeping {
    struct held_head like; /* what all copies have in common; the caller's to fill in */
    struct serve_head head;
    struct text bytes;
    bool busy;    /* it is on its way, or not confirmed yet */
    bool stalled; /* the last one failed: until there is another to keep */
    bool failing; /* that was said */
    bool any;     /* there may be copies on the disk */
    bool handing; /* a SERVE_FORGET is in the queue; the caller's to set */
};

struct serve_link {
    struct serve_queue queue;
    bool busy; /* the queue's first item is on its way, or not confirmed yet */
    int fd;    /* -1 while there is no child */
    struct serve_keeping keeping;
    /* Private. */
    char **argv;
    int lock, dir, note_fd;
    struct serve_note *note;
    pid_t pid;
    bool ready; /* it has opened the store */
    size_t sent;
    size_t answered; /* bytes of an answer */
    struct serve_answer answer;
    uint64_t started_ns, retry_ns;
    unsigned deaths;             /* in a row, each soon after its start */
    uint64_t restarts;           /* of one that ended unasked, ever */
    struct serve_answer counted; /* of what this recorder has told so far */
    uint64_t updates, failures;  /* of all recorders there were */
};

/* lock and dir are borrowed. */
void serve_link_init(struct serve_link *l, char **argv, int lock, int dir, size_t max_count,
                     size_t max_bytes);

/* What to poll fd for, and for how long in milliseconds at most (-1: for ever). */
short serve_link_wants(const struct serve_link *l);
int serve_link_timeout(const struct serve_link *l);

/* Do all that can be done without waiting. */
void serve_link_work(struct serve_link *l);

/* The same, after a moment for the child to answer: at the end, when nothing else is to be done. */
void serve_link_wait(struct serve_link *l);

/* There is more that is held: what could not be kept is tried again. */
void serve_link_held(struct serve_link *l);
/* Whether something that is held is to be kept yet, and that may succeed. */
bool serve_link_keeps(struct serve_link *l);

/* Wait for the child, which was told to stop, for some seconds at most; then frees. */
void serve_link_end(struct serve_link *l);

#endif
