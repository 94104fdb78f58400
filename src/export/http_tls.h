/*
 * http_tls: what libmicrohttpd leaves to the application: whether a certificate and key fit, and
 * whether a client has shown a certificate of the right authority.
 */
#ifndef DOMTOP_HTTP_TLS_H
#define DOMTOP_HTTP_TLS_H

#include "http_webconfig.h"

/* 0, or -EINVAL with a sentence: files that GnuTLS cannot use. c has TLS. */
int tls_check(const struct webconfig *c, char message[HTTP_MESSAGE]);

/* GnuTLS's words for the versions allowed. */
void tls_priorities(const struct webconfig *c, char out[128]);

/* Whether the client of a gnutls_session_t has shown what is asked for. */
bool tls_client_is_right(void *session, enum client_auth auth);

#endif
