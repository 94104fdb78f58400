/*
 * http_host: by which name a browser came: the header Host (RFC 9110, 7.2). Pure.
 *
 * A page of somebody else's may have its own name point to 127.0.0.1 after it was loaded (DNS
 * rebinding): the visitor's browser then lets it read what listens there. But it says that name. So
 * what is served on loopback, without TLS and to whoever asks, is served under names of this host.
 */
#ifndef DOMTOP_HTTP_HOST_H
#define DOMTOP_HTTP_HOST_H

#include <stdbool.h>

/*
 * Whether a Host header names this host's loopback: localhost, or one of its addresses; or one of
 * names (NULL-terminated; NULL: none), which like the header may have a port: ports are not looked
 * at, for what forwards one may have another.
 */
bool host_is_local(const char *header, const char *const *names);

#endif
