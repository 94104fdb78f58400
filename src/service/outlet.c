/* outlet: see outlet.h. */
#include "outlet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base.h"

struct frame *frame_new(const void *bytes, size_t len)
{
    struct frame *f = xmalloc(sizeof(*f) + len);

    f->holders = 1;
    f->len = len;
    memcpy(f->bytes, bytes, len);
    return f;
}

struct frame *frame_hold(struct frame *f)
{
    f->holders++;
    return f;
}

void frame_drop(struct frame *f)
{
    if (f && !--f->holders)
        free(f);
}

void outlet_open(struct outlet *o, int fd, size_t most)
{
    uint64_t lost = o->lost;

    *o = (struct outlet){.fd = fd, .most = MAX(1, MIN(most, OUTLET_MOST)), .lost = lost};
}

static struct frame **at(struct outlet *o, size_t i)
{
    return &o->queue[(o->first + i) % OUTLET_MOST];
}

static void remove_first(struct outlet *o)
{
    frame_drop(*at(o, 0));
    o->first = (o->first + 1) % OUTLET_MOST;
    o->count--;
    o->sent = 0;
}

void outlet_close(struct outlet *o)
{
    while (o->count)
        remove_first(o);
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
}

/* The oldest whose sending has not begun: half a frame is no frame. */
static void lose_one(struct outlet *o)
{
    if (!o->sent) {
        remove_first(o);
    } else if (o->count > 1) {
        frame_drop(*at(o, 1));
        for (size_t i = 1; i + 1 < o->count; i++)
            *at(o, i) = *at(o, i + 1);
        o->count--;
    }
    o->lost++;
}

void outlet_put(struct outlet *o, struct frame *f)
{
    if (o->fd < 0)
        return;
    if (o->count == o->most) {
        if (o->count == 1 && o->sent) { /* the only one is under way: this one is lost */
            o->lost++;
            return;
        }
        lose_one(o);
    }
    *at(o, o->count++) = frame_hold(f);
}

int outlet_write(struct outlet *o)
{
    while (o->fd >= 0 && o->count) {
        struct frame *f = *at(o, 0);
        ssize_t n = send(o->fd, f->bytes + o->sent, f->len - o->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -errno;
        o->sent += (size_t)n;
        if (o->sent == f->len)
            remove_first(o);
    }
    return 0;
}

bool outlet_waits(const struct outlet *o)
{
    return o->fd >= 0 && o->count;
}
