/*
 * serve_held: what waited for its time when the sampler before ended, read back from the disk, and
 * where it lies on the clocks of now. Nothing of it is decoded here: the recorder's user, whose the
 * files are, is less than who reads them.
 */
#ifndef DOMTOP_SERVICE_SERVE_HELD_H
#define DOMTOP_SERVICE_SERVE_HELD_H

#include "../store/held.h"
#include "serve_queue.h"

struct serve_held {
    struct text bytes;
    struct held_list list;
    bool any; /* there are files, be they empty */
};

/* What is in the store's folder. */
void serve_held_read(struct serve_held *h, int dir);
void serve_held_release(struct serve_held *h);

/* What copies made now have in common: this boot of this machine, this domtop. */
void serve_held_mark(struct held_head *head);

/* The clocks that something held is to be seen by. */
struct serve_now {
    const uint8_t *boot; /* HELD_BOOT bytes */
    bool own;            /* the source has the times of this machine's clocks */
    uint64_t wall_ns;
    int64_t offset_ns; /* wall minus monotonic */
    uint64_t last_s;   /* of the last sample recorded */
};

/*
 * Have a record's times be those of now's clocks. Of this boot they are. Of another, or of clocks
 * that are not this machine's, its wall time is taken: that which was believed then, where one was
 * and nothing was recorded after it. False for one that is later than now: nobody can say when it
 * was. An offset that was believed stays one (HELD_BELIEVED) where it can be believed still.
 */
bool serve_held_place(struct held_head *head, const struct serve_now *now);

/*
 * Add one to the queue, held, as it was there before, with its times moved by so much. False for
 * what another domtop wrote and this one may misread, or is no such thing.
 */
bool serve_held_queue(struct serve_queue *q, const struct held_record *r, int64_t moved_ns,
                      bool busy);

#endif
