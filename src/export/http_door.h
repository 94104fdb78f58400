/*
 * http_door: who comes in, and for how long. Accepts connections, keeps them within limits in all
 * and by address, and cuts those that take too long over a head, an answer or the next request.
 *
 * libmicrohttpd's own timeout is for inactivity: a byte now and then holds a connection for good.
 * So the door keeps the time of each, told of its progress by the server, and ends one by
 * shutdown(2), which the server sees as the peer's end. When it is crowded, who has not finished a
 * head goes sooner.
 */
#ifndef DOMTOP_HTTP_DOOR_H
#define DOMTOP_HTTP_DOOR_H

#include <sys/socket.h>

#include "../base.h"

struct door;

struct door_config {
    const int *sockets; /* listening; made non-blocking */
    size_t socket_count;
    unsigned connections, per_address, head_ms, answer_ms, idle_ms;
    /* A connection came: takes over fd. false: it could not, and has closed fd. */
    bool (*enter)(void *context, int fd, const struct sockaddr *address, socklen_t len);
    void (*tick)(void *context); /* a few times a second, while there is anything to look after */
    void *context;
};

/* Opens at once, in a thread of its own. NULL when no thread or descriptor can be had. */
struct door *door_new(const struct door_config *c);

/* What becomes of a connection; from any thread. */
void door_head(struct door *d, int fd);     /* a head has arrived whole */
void door_answered(struct door *d, int fd); /* its answer has been sent */
void door_left(struct door *d, int fd);     /* it is about to be closed: fd means nothing after */

/* Connections with a request to come or under way. */
unsigned door_busy(struct door *d);

/* Cut those who came before then (CLOCK_MONOTONIC). */
void door_cut_older(struct door *d, uint64_t ns);

/* Accept no more. Those inside stay, and are still cut when they are late. */
void door_close(struct door *d);

/* End the thread; what is said of connections is still taken. NULL does nothing, as below. */
void door_end(struct door *d);
void door_free(struct door *d);

#endif
