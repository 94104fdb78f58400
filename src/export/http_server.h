/*
 * http_server: what the files of the server share: itself, and a request on its way through it.
 * Private to http*.c.
 */
#ifndef DOMTOP_HTTP_SERVER_H
#define DOMTOP_HTTP_SERVER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http_auth.h"
#include "http_door.h"
#include "http_pool.h"
#include "http_target.h"
#include "http_webconfig.h"

struct http_server {
    struct http_config c; /* with the defaults filled in */
    struct door *door;
    struct pool *workers, *verifier;
    struct auth *auth;
    atomic_int client_auth; /* enum client_auth */

    /* The door's thread alone changes what is below; others read the daemon under the lock. */
    pthread_mutex_t lock;
    struct MHD_Daemon *daemon;   /* connections enter here */
    struct MHD_Daemon *retiring; /* served before TLS changed; ends with its connections */
    uint64_t retiring_since_ns;
    struct webconfig web; /* as last read */
    uint64_t fingerprint, looked_ns;
};

enum exchange_stage {
    EXCHANGE_NEW,      /* libmicrohttpd has read the head */
    EXCHANGE_BEGUN,    /* and says so a second time */
    EXCHANGE_VERIFIED, /* the password has been looked at */
    EXCHANGE_READY,    /* the response is filled in */
    EXCHANGE_SENT,
};

/* One request and its answer. */
struct exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    enum exchange_stage stage;
    enum auth_verdict verdict;
    bool too_long, close;
    char raw[HTTP_MAX_TARGET + 2];
    char user[AUTH_USER];
    struct http_target target;
    const struct http_route *route;
    struct http_request q;
    struct http_response r;
};

/* libmicrohttpd's callbacks; cls is the server. */
void *exchange_open(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_step(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **con_cls);
void exchange_close(void *cls, struct MHD_Connection *connection, void **con_cls,
                    enum MHD_RequestTerminationCode why);

/* Send ex->r, whose bodies it takes. */
enum MHD_Result exchange_send(struct exchange *ex);

/* The descriptor the door knows a connection by. */
int connection_fd(struct MHD_Connection *connection);

/* Tell the operator. */
__attribute__((format(printf, 2, 3))) void http_say(const struct http_server *s, const char *fmt,
                                                    ...);

#endif
