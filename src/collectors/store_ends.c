/* store_ends: see store_ends.h. */
#include "store_ends.h"

#include <errno.h>
#include <unistd.h>
#include <xenstore.h>

#include "../base.h"

#define RETRY_NS (10 * NS_PER_S)

/* A path and the watch's token, each with its NUL. */
static const char wanted[] = "@releaseDomain\0ends";

void store_ends_init(struct store_ends *e)
{
    *e = (struct store_ends){.conn.fd = -1};
}

void store_ends_release(struct store_ends *e)
{
    store_conn_close(&e->conn);
}

int store_ends_fd(struct store_ends *e)
{
    uint64_t now = clock_mono_ns();

    if (e->conn.fd >= 0 || now < e->retry_ns)
        return e->conn.fd;
    e->retry_ns = now + RETRY_NS;
    if (store_conn_open(&e->conn, false))
        e->conn.fd = -1;
    else if (store_conn_request(&e->conn, XS_WATCH, wanted, sizeof(wanted)))
        store_conn_close(&e->conn);
    return e->conn.fd;
}

bool store_ends_heard(struct store_ends *e)
{
    bool heard = false;
    ssize_t n;

    while (e->conn.fd >= 0 && (n = read(e->conn.fd, e->conn.bytes, STORE_REPLY)) > 0)
        heard = true;
    if (e->conn.fd >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR)))
        store_conn_close(&e->conn);
    return heard;
}
