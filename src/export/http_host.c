/* http_host: see http_host.h. */
#include "http_host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "http_listen.h"

struct name {
    const char *at;
    size_t len;
};

/* Without port, brackets and the dot of a name that is whole. */
static struct name name_of(const char *text)
{
    const char *end;

    if (*text == '[') {
        end = strchr(text, ']');
        return end ? (struct name){text + 1, (size_t)(end - text) - 1} : (struct name){text, 0};
    }
    size_t len = strcspn(text, ":");
    if (len && text[len - 1] == '.')
        len--;
    return (struct name){text, len};
}

static bool same(struct name a, struct name b)
{
    return a.len == b.len && a.len && !strncasecmp(a.at, b.at, a.len);
}

static bool is_localhost(struct name n)
{
    const struct name localhost = {"localhost", 9};

    /* RFC 6761: names below it are nobody else's. */
    if (n.len > localhost.len && n.at[n.len - localhost.len - 1] == '.')
        n = (struct name){n.at + n.len - localhost.len, localhost.len};
    return same(n, localhost);
}

static bool is_loopback_address(struct name n)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char text[INET6_ADDRSTRLEN];

    if (n.len >= sizeof(text))
        return false;
    memcpy(text, n.at, n.len);
    text[n.len] = '\0';
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return http_loopback((struct sockaddr *)&v4);
    return inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 && http_loopback((struct sockaddr *)&v6);
}

bool host_is_local(const char *header, const char *const *names)
{
    struct name n = name_of(header);

    if (is_localhost(n) || is_loopback_address(n))
        return true;
    for (; names && *names; names++)
        if (same(n, name_of(*names)))
            return true;
    return false;
}
