/* http_listen: see http_listen.h. */
#include "http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

struct place {
    char host[256], port[8];
};

/* Digits of a port, 1 to 65535. */
static bool is_port(const char *text, size_t len)
{
    unsigned port = 0;

    if (!len || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

static bool split(const char *spec, struct place *p)
{
    const char *host = spec, *colon = strrchr(spec, ':');
    size_t len;

    snprintf(p->port, sizeof(p->port), "%s", HTTP_PORT);
    if (*spec == '[') {
        const char *end = strchr(++host, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
        len = (size_t)(end - host);
        colon = end[1] ? end + 1 : NULL;
        if (!len)
            return false;
    } else if (colon && strchr(spec, ':') != colon) {
        return false; /* IPv6 without brackets: which colon is the port's? */
    } else {
        len = colon ? (size_t)(colon - spec) : strlen(spec);
        if (!colon && !len)
            return false;
    }
    if (len >= sizeof(p->host) || (colon && !is_port(colon + 1, strlen(colon + 1))))
        return false;
    memcpy(p->host, host, len);
    p->host[len] = '\0';
    if (colon)
        snprintf(p->port, sizeof(p->port), "%s", colon + 1);
    return true;
}

bool http_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
    if (a->sa_family != AF_INET6)
        return true;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)a)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

/* A listening socket or -errno. */
static int open_socket(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;

    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    /* Each family has a socket of its own, so that ":9603" works whatever bindv6only says. */
    if (a->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
    if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, BACKLOG))
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

static bool family_missing(int error)
{
    return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL;
}

static int refuse(const char *spec, int error, char message[HTTP_MESSAGE])
{
    if (error == -EADDRINUSE)
        snprintf(message, HTTP_MESSAGE, "%s: another program listens there already", spec);
    else
        snprintf(message, HTTP_MESSAGE, "%s: cannot listen: %s", spec, strerror(-error));
    return error;
}

/* All addresses, or none: what was opened before one fails is closed again. */
static int open_all(const char *spec, const struct addrinfo *found, bool public_too,
                    int sockets[HTTP_MAX_SOCKETS], size_t *count, char message[HTTP_MESSAGE])
{
    size_t before = *count;
    int missing = -EADDRNOTAVAIL;

    for (const struct addrinfo *a = found; a; a = a->ai_next) {
        int fd;
        if (!public_too && !http_loopback(a->ai_addr)) {
            snprintf(message, HTTP_MESSAGE,
                     "%s can be reached from elsewhere: give --web-config with TLS and "
                     "passwords, or --insecure",
                     spec);
            fd = -EPERM;
        } else if (*count == HTTP_MAX_SOCKETS) {
            fd = refuse(spec, -EMFILE, message);
        } else {
            fd = open_socket(a);
            if (family_missing(fd)) {
                missing = fd;
                continue;
            }
            if (fd < 0)
                refuse(spec, fd, message);
        }
        if (fd < 0) {
            while (*count > before)
                close(sockets[--*count]);
            return fd;
        }
        sockets[(*count)++] = fd;
    }
    return *count > before ? 0 : refuse(spec, missing, message);
}

int http_listen(const char *spec, bool public_too, int sockets[HTTP_MAX_SOCKETS], size_t *count,
                char message[HTTP_MESSAGE])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    struct place place;
    int status;

    if (!split(spec, &place)) {
        snprintf(message, HTTP_MESSAGE,
                 "'%s' is no address to listen on: ADDR:PORT, [v6]:PORT or :PORT", spec);
        return -EINVAL;
    }
    status = getaddrinfo(place.host[0] ? place.host : NULL, place.port, &hints, &found);
    if (status) {
        snprintf(message, HTTP_MESSAGE, "%s: %s", spec, gai_strerror(status));
        return -EINVAL;
    }
    status = open_all(spec, found, public_too, sockets, count, message);
    freeaddrinfo(found);
    return status;
}

int http_listen_default(int sockets[HTTP_MAX_SOCKETS], size_t *count, char message[HTTP_MESSAGE])
{
    static const char *const always[] = {HTTP_LISTEN_ALWAYS};
    size_t before = *count;
    int status = 0;

    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        int now = http_listen(always[i], false, sockets, count, message);
        if (now && !family_missing(now))
            return now;
        status = now ? now : status;
    }
    return *count > before ? 0 : status;
}

static bool own_address(int socket, struct sockaddr_storage *a)
{
    socklen_t len = sizeof(*a);

    memset(a, 0, sizeof(*a));
    return !getsockname(socket, (struct sockaddr *)a, &len);
}

bool http_listen_public(const int *sockets, size_t count)
{
    struct sockaddr_storage a;

    for (size_t i = 0; i < count; i++)
        if (!own_address(sockets[i], &a) || !http_loopback((struct sockaddr *)&a))
            return true;
    return false;
}

bool http_listen_local(int socket)
{
    return !http_listen_public(&socket, 1);
}

void http_listen_name(int socket, char out[HTTP_ADDRESS])
{
    struct sockaddr_storage a;
    char host[INET6_ADDRSTRLEN + 16], port[8];

    snprintf(out, HTTP_ADDRESS, "?");
    if (!own_address(socket, &a) ||
        getnameinfo((struct sockaddr *)&a, sizeof(a), host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    snprintf(out, HTTP_ADDRESS, a.ss_family == AF_INET6 ? "[%.50s]:%s" : "%.50s:%s", host, port);
}
