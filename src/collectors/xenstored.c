/* xenstored: see xenstored.h. */
#include "xenstored.h"

#include <errno.h>

#include "store_conn.h"

/* Nobody listens on the socket: an answer could only come from a xenstore domain, and soon. */
#define WAIT_NO_SOCKET_MS 400
/* Somebody listens: a busy host may be slow. */
#define WAIT_SOCKET_MS 5000

const char *xenstored_missing(void)
{
    static struct store_conn conn;
    const char *name;
    int err = store_conn_open(&conn, false);

    if (!err)
        err = store_conn_ask(&conn, "/local/domain/0/name");
    /* A xenstored that does not know the node has answered all the same. */
    if (!err)
        err = store_conn_answer(&conn, conn.by_socket ? WAIT_SOCKET_MS : WAIT_NO_SOCKET_MS, &name);
    store_conn_close(&conn);
    if (!err)
        return NULL;
    if (conn.by_socket)
        return "xenstored does not answer: look after its process, or try `domtop --demo`";
    return "xenstored is not running: start it (`systemctl start xenstored`, or your "
           "toolstack's service), or try `domtop --demo`";
}
