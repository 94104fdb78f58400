/*
 * exporter: the service's child that answers HTTP: metrics for scrapers and whatever else the table
 * of routes has. It holds no Xen handle; what it knows of the host are the frames it is fed.
 *
 * Its sockets are opened while it still has the service's rights, all else after: keys and
 * passwords have to be readable to the user it becomes, since they are read again when they change.
 */
#ifndef DOMTOP_SERVICE_EXPORTER_H
#define DOMTOP_SERVICE_EXPORTER_H

#include "../export/http_listen.h"
#include "../export/web.h"
#include "nursery.h"

#define EXPORTER_GLOBS 32

struct exporter_config {
    char listen[HTTP_MAX_SOCKETS][128]; /* as http_listen() takes them */
    size_t listen_count;                /* 0: loopback, the usual port */
    char web_config[256];               /* "": neither TLS nor passwords */
    bool insecure;                      /* public addresses without either */
    char store[256];                    /* path of the store; "": none */
    double delay_s;
    const char *source_name;
    unsigned without; /* of prometheus_options */
    bool dom0;
    char globs[2][EXPORTER_GLOBS][128]; /* names of domains to include, and to exclude */
    size_t glob_count[2];

    int sockets[HTTP_MAX_SOCKETS]; /* private */
    size_t socket_count;
};

/* Whether the web config and the addresses go together. 0, or -errno with a sentence. */
int exporter_check(const struct exporter_config *c, char message[HTTP_MESSAGE]);

/* For the table of children; ctx is a struct exporter_config. */
int exporter_prepare(void *ctx, const struct account *account, int keep[CHILD_KEEPS], size_t *kept,
                     char message[CONFINE_MESSAGE]);
int exporter_run(void *ctx, int feed);

#endif
