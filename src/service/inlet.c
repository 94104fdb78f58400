/* inlet: see inlet.h. */
#include "inlet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "../wire.h"

/* Read at once; memory grows with what has come, not with what a header promises. */
#define READ_BYTES ((size_t)64 << 10)

void inlet_init(struct inlet *in, int fd)
{
    *in = (struct inlet){.fd = fd};
}

void inlet_release(struct inlet *in)
{
    free(in->data);
    *in = (struct inlet){.fd = -1};
}

void inlet_give(struct inlet *in, const void *bytes, size_t len)
{
    array_reserve(&in->data, &in->cap, in->len + len, 1);
    memcpy(in->data + in->len, bytes, len);
    in->len += len;
}

int inlet_take(struct inlet *in, const uint8_t **frame, size_t *len)
{
    if (in->used) {
        in->len -= in->used;
        memmove(in->data, in->data + in->used, in->len);
        in->used = 0;
    }
    if (!in->len)
        return 0;
    long whole = wire_frame_len(in->data, in->len);
    if (whole < 0)
        return (int)whole;
    if (!whole || (size_t)whole > in->len)
        return 0;
    *frame = in->data;
    *len = in->used = (size_t)whole;
    return 1;
}

int inlet_next(struct inlet *in, const uint8_t **frame, size_t *len)
{
    for (;;) {
        int got = inlet_take(in, frame, len);
        if (got)
            return got;
        array_reserve(&in->data, &in->cap, in->len + READ_BYTES, 1);
        ssize_t n = read(in->fd, in->data + in->len, READ_BYTES);
        if (n == 0)
            return -EPIPE;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
        in->len += (size_t)n;
    }
}
