/* http_tls: see http_tls.h. */
#include "http_tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

static gnutls_datum_t datum(const char *pem)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
}

int tls_check(const struct webconfig *c, char message[HTTP_MESSAGE])
{
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t cert = datum(c->cert), key = datum(c->key);
    int status = gnutls_certificate_allocate_credentials(&credentials);

    if (status < 0) {
        snprintf(message, HTTP_MESSAGE, "TLS: %s", gnutls_strerror(status));
        return -EINVAL;
    }
    status = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
    if (status < 0)
        snprintf(message, HTTP_MESSAGE, "%s with %s: %s", c->cert_file, c->key_file,
                 gnutls_strerror(status));
    if (status >= 0 && c->client_ca) {
        gnutls_datum_t ca = datum(c->client_ca);
        status = gnutls_certificate_set_x509_trust_mem(credentials, &ca, GNUTLS_X509_FMT_PEM);
        if (status == 0)
            status = GNUTLS_E_NO_CERTIFICATE_FOUND;
        if (status < 0)
            snprintf(message, HTTP_MESSAGE, "%s: %s", c->client_ca_file, gnutls_strerror(status));
    }
    gnutls_certificate_free_credentials(credentials);
    return status < 0 ? -EINVAL : 0;
}

void tls_priorities(const struct webconfig *c, char out[128])
{
    snprintf(out, 128, "NORMAL:-VERS-ALL%s%s", c->max_version >= 13 ? ":+VERS-TLS1.3" : "",
             c->min_version <= 12 ? ":+VERS-TLS1.2" : "");
}

bool tls_client_is_right(void *session, enum client_auth auth)
{
    unsigned shown = 0, status = ~0u;

    if (auth == CLIENT_AUTH_NONE)
        return true;
    if (!session)
        return false;
    if (!gnutls_certificate_get_peers(session, &shown) || !shown)
        return auth == CLIENT_AUTH_IF_GIVEN;
    return gnutls_certificate_verify_peers2(session, &status) >= 0 && !status;
}
