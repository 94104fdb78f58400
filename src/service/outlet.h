/*
 * outlet: frames on their way to one reader, which may be slow: a bounded queue that loses the
 * oldest, and writes that never wait. Frames are shared between outlets, not copied.
 */
#ifndef DOMTOP_SERVICE_OUTLET_H
#define DOMTOP_SERVICE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An encoded snapshot that several may hold. Not for several threads. */
struct frame {
    unsigned holders;
    size_t len;
    uint8_t bytes[];
};

/* A copy of these bytes, held once. */
struct frame *frame_new(const void *bytes, size_t len);
struct frame *frame_hold(struct frame *f); /* the same, once more */
void frame_drop(struct frame *f);          /* frees with the last holder; NULL is nothing */

#define OUTLET_MOST 16

struct outlet {
    int fd; /* a stream socket; -1: there is no reader */
    struct frame *queue[OUTLET_MOST];
    size_t first, count, most; /* most: frames that may wait, 1 to OUTLET_MOST */
    size_t sent;               /* bytes of the first that are gone */
    uint64_t lost;             /* frames dropped for a reader that was slow */
};

/* Take over fd. */
void outlet_open(struct outlet *o, int fd, size_t most);

/* Close it and drop what waits; `lost` stands. */
void outlet_close(struct outlet *o);

/* Queue a frame (held, the caller keeps its own). When full the oldest goes whose sending has not
 * begun. Without a reader nothing happens. */
void outlet_put(struct outlet *o, struct frame *f);

/* Write what can be written now. 0, or -errno when the reader is gone. */
int outlet_write(struct outlet *o);

/* Whether something waits for the reader to make room. */
bool outlet_waits(const struct outlet *o);

#endif
