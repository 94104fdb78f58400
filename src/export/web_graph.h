/*
 * web_graph: the handler of /graph/: pictures of what is recorded, to save. Which picture is
 * api_query.h's to understand, drawing is the past's; the last few are kept.
 */
#ifndef DOMTOP_EXPORT_WEB_GRAPH_H
#define DOMTOP_EXPORT_WEB_GRAPH_H

#include "http.h"

/* For http.h's routes, a slow one; the context is the struct web. */
void web_graph(void *context, const struct http_request *q, struct http_response *r);

#endif
