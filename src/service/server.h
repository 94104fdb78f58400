/*
 * server: the service's process that speaks HTTP: for scrapers, for people's browsers, for other
 * domtops. Its sockets are bound before it gives up its rights; what it serves comes as frames.
 */
#ifndef DOMTOP_SERVICE_SERVER_H
#define DOMTOP_SERVICE_SERVER_H

#include "../export/http_listen.h"
#include "../export/web.h"
#include "nursery.h"

#define SERVER_LISTEN_MOST 8
#define SERVER_HOSTS_MOST  8

struct server_config {
    char listen[SERVER_LISTEN_MOST][128]; /* addresses of http_listen.h; none: loopback */
    size_t listen_count;
    char hosts[SERVER_HOSTS_MOST][128]; /* further names it is reached by on loopback */
    size_t host_count;
    bool insecure;         /* allow other addresses without TLS and passwords */
    char web_config[256];  /* file with both; "": none */
    struct web_config web; /* its store is looked back into */
    int store;             /* that folder, open, for a user who could not walk there; prepare()'s */

    /* Sockets that listen already, the service manager's; prepare() adds its own where there are
     * none. */
    int sockets[HTTP_MAX_SOCKETS];
    size_t socket_count;
};

/* For the table of children; ctx is a struct server_config. */
int server_prepare(void *ctx, const struct account *account, int keep[CHILD_KEEPS], size_t *kept,
                   char message[CONFINE_MESSAGE]);
int server_run(void *ctx, int feed);

#endif
