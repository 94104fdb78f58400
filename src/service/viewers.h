/*
 * viewers: the service's local socket, for dashboards of people who are not root. A process of its
 * own, without files, hands every connected client the newest two frames and then each further one.
 * A client that reads slowly loses frames; what a client sends is not looked at: it is cut off.
 *
 * Who may connect is the file's mode: the socket's group may, others may not.
 */
#ifndef DOMTOP_SERVICE_VIEWERS_H
#define DOMTOP_SERVICE_VIEWERS_H

#include "nursery.h"

#define VIEWERS_MOST 64 /* clients at a time; further ones are closed at once */

struct viewers_config {
    char path[100]; /* "": none */
    int fd;         /* private: the listening socket */
};

/* For the table of children; ctx is a struct viewers_config. Makes the socket's folder where it is
 * not there, and takes the place of a socket that nobody listens on any more. */
int viewers_prepare(void *ctx, const struct account *account, int keep[CHILD_KEEPS], size_t *kept,
                    char message[CONFINE_MESSAGE]);
int viewers_run(void *ctx, int feed);

/* Remove the socket. */
void viewers_clean(void *ctx);

#endif
