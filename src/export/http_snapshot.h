/*
 * http_snapshot: /api/v1/snapshot: the newest sample as one frame of wire.h, for another domtop.
 * Its entity tag is the sample's: who asks with If-None-Match gets 304 until there is a newer one.
 */
#ifndef DOMTOP_HTTP_SNAPSHOT_H
#define DOMTOP_HTTP_SNAPSHOT_H

#include "web.h"

#define HTTP_SNAPSHOT_PATH "/api/v1/snapshot"
#define HTTP_SNAPSHOT_TYPE "application/x-domtop-frame"

/* A handler for the table of routes; context is the struct web. */
void http_snapshot(void *context, const struct http_request *q, struct http_response *r);

#endif
