/*
 * http_webconfig: the file that says how to serve safely, with the keys of exporter-toolkit's
 * web.config.yml that apply here:
 *
 *     tls_server_config:
 *       cert_file, key_file       PEM; relative to the file's folder
 *       client_auth_type          NoClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert
 *       client_ca_file
 *       min_version, max_version  TLS12, TLS13
 *     basic_auth_users:
 *       NAME: BCRYPT HASH
 *
 * Any other key is refused: one that was meant to make things safer must not be passed over.
 */
#ifndef DOMTOP_HTTP_WEBCONFIG_H
#define DOMTOP_HTTP_WEBCONFIG_H

#include "http.h"
#include "http_auth.h"

enum client_auth { CLIENT_AUTH_NONE, CLIENT_AUTH_IF_GIVEN, CLIENT_AUTH_REQUIRED };

struct webconfig {
    char *cert_file, *key_file, *client_ca_file; /* NULL where not given */
    enum client_auth client_auth;
    unsigned min_version, max_version; /* 12 or 13 */
    struct auth_user *users;
    size_t user_count;
    /* What the files hold, by webconfig_load(): NUL-terminated. */
    char *cert, *key, *client_ca;
};

/* Pure. 0, or -EINVAL with "NAME:LINE: what is wrong" in message; out is then empty. */
int webconfig_parse(struct webconfig *out, const char *name, const char *text, size_t len,
                    char message[HTTP_MESSAGE]);

/* The file and those it names. 0 or -errno with a sentence. */
int webconfig_load(struct webconfig *out, const char *path, char message[HTTP_MESSAGE]);

void webconfig_release(struct webconfig *c);

/* Something that differs when any of the files has changed. */
uint64_t webconfig_fingerprint(const struct webconfig *c, const char *path);

#endif
