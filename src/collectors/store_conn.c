/* store_conn: see store_conn.h. */
#include "store_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

#include "../base.h"

#define DEVICE "/dev/xen/xenbus"

_Static_assert(STORE_REPLY == sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX,
               "as Xen's header has it");

int store_reply_parse(const char *bytes, size_t len, uint32_t id, struct store_reply *out)
{
    struct xsd_sockmsg head;

    if (len < sizeof(head))
        return 0;
    memcpy(&head, bytes, sizeof(head));
    if (head.len > XENSTORE_PAYLOAD_MAX || len > sizeof(head) + head.len || head.req_id != id ||
        (head.type != XS_READ && head.type != XS_ERROR))
        return -EPROTO;
    if (len < sizeof(head) + head.len)
        return 0;
    /* Whatever the error's name: xenstored is there, and has no value for us. */
    bool there = head.type == XS_READ;
    *out = (struct store_reply){there ? bytes + sizeof(head) : NULL, there ? head.len : 0};
    return 1;
}

static int connect_socket(int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = xs_daemon_socket();

    if (!path || strlen(path) >= sizeof(address.sun_path))
        return -ENOENT;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        int err = -errno;
        if (fd >= 0)
            close(fd);
        return err;
    }
    *out = fd;
    return 0;
}

int store_conn_open(struct store_conn *c, bool socket_only)
{
    c->fd = -1;
    c->id = 0;
    c->len = 0;
    int err = connect_socket(&c->fd);
    c->by_socket = !err || err == -EAGAIN;
    if ((err != -ENOENT && err != -ECONNREFUSED) || socket_only)
        return err;
    c->fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return c->fd < 0 ? -errno : 0;
}

void store_conn_close(struct store_conn *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

int store_conn_request(struct store_conn *c, uint32_t type, const void *payload, size_t len)
{
    struct xsd_sockmsg head = {.type = type, .req_id = ++c->id, .len = (uint32_t)len};
    char message[sizeof(head) + STORE_PATH];

    if (len > STORE_PATH)
        return -ENAMETOOLONG;
    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), payload, len);
    len += sizeof(head);
    c->len = 0;
    /* In one piece: there is room, as nothing else is under way. */
    ssize_t n = c->by_socket ? send(c->fd, message, len, MSG_NOSIGNAL) : write(c->fd, message, len);
    return n == (ssize_t)len ? 0 : n < 0 ? -errno : -EIO;
}

int store_conn_ask(struct store_conn *c, const char *path)
{
    return store_conn_request(c, XS_READ, path, strlen(path) + 1);
}

int store_conn_answer(struct store_conn *c, int ms, const char **value)
{
    uint64_t until = clock_mono_ns() + (uint64_t)ms * 1000000;
    struct pollfd in = {.fd = c->fd, .events = POLLIN};
    struct store_reply reply;
    int whole;

    *value = NULL;
    while (!(whole = store_reply_parse(c->bytes, c->len, c->id, &reply))) {
        uint64_t now = clock_mono_ns();
        /* What is there is taken, however late it is when this thread comes to look. */
        if (poll(&in, 1, now < until ? (int)((until - now) / 1000000) + 1 : 0) == 0)
            return -ETIMEDOUT;
        ssize_t n = read(c->fd, c->bytes + c->len, STORE_REPLY - c->len);
        if (n > 0)
            c->len += (size_t)n;
        else if (n == 0)
            return -ECONNRESET;
        else if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    if (whole < 0)
        return whole;
    c->bytes[c->len] = '\0'; /* the value's end is the reply's */
    *value = reply.value;
    return 0;
}
