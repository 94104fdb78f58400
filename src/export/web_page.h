/*
 * web_page: the page for people: its files, which are in the program, and the handlers that give
 * them. The page itself is src/export/page/, the way it comes in is tools/embed.
 */
#ifndef DOMTOP_EXPORT_WEB_PAGE_H
#define DOMTOP_EXPORT_WEB_PAGE_H

#include "http.h"

/* A file of the page, and the same as gzip. */
struct page_file {
    const char *name; /* "main.js" */
    const char *type; /* Content-Type */
    const char *etag; /* of its content */
    const unsigned char *data, *gzip;
    size_t len, gzip_len;
};

/* By name. */
extern const struct page_file page_files[];
extern const size_t page_file_count;

/* NULL where there is none. */
const struct page_file *page_file_find(const char *name);

/* Handlers for http.h's routes: "/", "/events", "/compare"; "/domain/"; "/page/". */
void web_page(void *context, const struct http_request *q, struct http_response *r);
void web_page_domain(void *context, const struct http_request *q, struct http_response *r);
void web_page_file(void *context, const struct http_request *q, struct http_response *r);

#endif
