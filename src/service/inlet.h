/*
 * inlet: whole frames out of a stream of bytes that anybody may have sent. It looks at no more than
 * a frame's header; wire_decode() judges the rest.
 */
#ifndef DOMTOP_SERVICE_INLET_H
#define DOMTOP_SERVICE_INLET_H

#include <stddef.h>
#include <stdint.h>

struct inlet {
    int fd; /* the owner's */
    uint8_t *data;
    size_t len, cap;
    size_t used; /* bytes of the frame that was given last */
};

/* fd stays the caller's. */
void inlet_init(struct inlet *in, int fd);
void inlet_release(struct inlet *in);

/*
 * The next frame. 1: it is at *frame, valid until the next call. 0: fd has no more for now.
 * -EPIPE: the stream has ended. -EBADMSG, -EPROTONOSUPPORT: no frame, or one of a newer domtop; the
 * stream cannot be read on. -errno of read() otherwise. Waits where fd does.
 */
int inlet_next(struct inlet *in, const uint8_t **frame, size_t *len);

/* The same over bytes that come by another way: give some, then take frames with inlet_take() until
 * it gives 0. */
void inlet_give(struct inlet *in, const void *bytes, size_t len);
int inlet_take(struct inlet *in, const uint8_t **frame, size_t *len);

#endif
