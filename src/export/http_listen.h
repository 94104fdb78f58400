/*
 * http_listen: addresses to listen on, as a person writes them, and sockets for them.
 *
 * "ADDR:PORT", "[v6]:PORT", ":PORT" (all addresses, both families), "ADDR" (port 9603). ADDR is
 * numeric or a name such as localhost.
 */
#ifndef DOMTOP_HTTP_LISTEN_H
#define DOMTOP_HTTP_LISTEN_H

#include "http.h"

#define HTTP_PORT          "9603" /* the port list of Prometheus gives it to a Xen exporter */
#define HTTP_MAX_SOCKETS   8
#define HTTP_LISTEN_ALWAYS "127.0.0.1:9603", "[::1]:9603" /* where nothing is said */

/*
 * Bind and listen. Appends to sockets (at most HTTP_MAX_SOCKETS) and counts. public_too: whether
 * addresses other than loopback are allowed (TLS and passwords, or --insecure). 0, -EINVAL for what
 * is no address, -EPERM for one that is not allowed, or another -errno; with a sentence. An address
 * family that this host does not have is passed over where the other one was had.
 */
int http_listen(const char *spec, bool public_too, int sockets[HTTP_MAX_SOCKETS], size_t *count,
                char message[HTTP_MESSAGE]);

/* HTTP_LISTEN_ALWAYS: loopback, both families, at least one of them. */
int http_listen_default(int sockets[HTTP_MAX_SOCKETS], size_t *count, char message[HTTP_MESSAGE]);

/* Whether any of the bound sockets can be reached from elsewhere. */
bool http_listen_public(const int *sockets, size_t count);

/* Whether only this host can reach that address. One that is no address of a network's is such. */
struct sockaddr;
bool http_loopback(const struct sockaddr *a);

/* Whether the near end of a connection, or a bound socket, has such an address. */
bool http_listen_local(int socket);

/* "127.0.0.1:9603", for a person; of a bound socket. */
#define HTTP_ADDRESS 64
void http_listen_name(int socket, char out[HTTP_ADDRESS]);

#endif
