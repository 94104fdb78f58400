/*
 * web_api: the handlers of /api/v1/: what is asked of them is api_query.h's, what they answer
 * api.h's.
 */
#ifndef DOMTOP_EXPORT_WEB_API_H
#define DOMTOP_EXPORT_WEB_API_H

#include "http.h"

/* Handlers for http.h's routes; the context is the struct web. All are slow ones. */
void web_api_now(void *context, const struct http_request *q, struct http_response *r);
void web_api_domains(void *context, const struct http_request *q, struct http_response *r);
void web_api_past(void *context, const struct http_request *q, struct http_response *r);
void web_api_series(void *context, const struct http_request *q, struct http_response *r);
void web_api_events(void *context, const struct http_request *q, struct http_response *r);
void web_api_moment(void *context, const struct http_request *q, struct http_response *r);
void web_api_unknown(void *context, const struct http_request *q, struct http_response *r);

#endif
