/*
 * store_conn: single nodes of xenstore, read over a connection of its own: without an allocation,
 * and without waiting longer than it may. libxenstore, which stays for all else, offers neither.
 *
 * The wire is that of <xen/io/xs_wire.h>, on xenstored's socket and on the kernel's device alike.
 * One request is under way at a time, and nodes are not read where a watch is set: bytes that are
 * not the reply to what was asked are a broken connection.
 */
#ifndef DOMTOP_STORE_CONN_H
#define DOMTOP_STORE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a path with its NUL, and for the longest reply there is, head and all. */
#define STORE_PATH  256
#define STORE_REPLY 4112

struct store_conn {
    int fd; /* -1 when it is closed */
    bool by_socket;
    uint32_t id; /* of the request last made */
    size_t len;  /* of its reply, as far as it came */
    char bytes[STORE_REPLY + 1];
};

/*
 * Connect to xenstored's socket or, where nobody listens on one, open the kernel's device, unless
 * socket_only; behind the device there may be nobody. 0 or -errno: -EAGAIN where somebody listens
 * who is behind with taking connections, and by_socket is true then. Does not wait.
 */
int store_conn_open(struct store_conn *c, bool socket_only);
void store_conn_close(struct store_conn *c);

/* Make a request of a kind (XS_READ and such); what was asked before has been answered. 0 or
 * -errno. Does not wait. */
int store_conn_request(struct store_conn *c, uint32_t type, const void *payload, size_t len);

/* Ask for a node's value; what was asked before has been answered. 0 or -errno: the connection
 * broke. */
int store_conn_ask(struct store_conn *c, const char *path);

/*
 * What was asked for, within so many milliseconds: 0 with the value, which is in c until the next
 * request, or with NULL where xenstored has none to give; -ETIMEDOUT when the answer is not there
 * yet and may be waited for once more; any other -errno: the connection broke.
 */
int store_conn_answer(struct store_conn *c, int ms, const char **value);

/* Text within the bytes that were parsed, without a NUL of its own; NULL when there is none. */
struct store_reply {
    const char *value;
    size_t len;
};

/* The bytes that came, as the reply to XS_READ number id: 1 when it is whole, 0 when there is more
 * to come, -EPROTO when it is none. Pure. */
int store_reply_parse(const char *bytes, size_t len, uint32_t id, struct store_reply *out);

#endif
