/* web_page: see web_page.h. */
#include "web_page.h"

#include <stdio.h>
#include <string.h>

#include "../snapshot.h"

const struct page_file *page_file_find(const char *name)
{
    for (size_t i = 0; i < page_file_count; i++)
        if (!strcmp(page_files[i].name, name))
            return &page_files[i];
    return NULL;
}

static void give(const struct http_request *q, struct http_response *r, const char *name)
{
    const struct page_file *f = page_file_find(name);

    if (!f) {
        http_error(q, r, 404, "the page has no such file");
        return;
    }
    r->type = f->type;
    r->csp = HTTP_CSP_PAGE;
    snprintf(r->etag, sizeof(r->etag), "%s", f->etag);
    r->body = bytes_static(f->data, f->len);
    r->gzip = bytes_static(f->gzip, f->gzip_len);
}

void web_page(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context;
    give(q, r, "index.html");
}

/* Whether the domain is there or was is for the page to find out and say. */
void web_page_domain(void *context, const struct http_request *q, struct http_response *r)
{
    struct uuid uuid;
    (void)context;

    if (!uuid_parse(q->rest, &uuid)) {
        http_error(q, r, 404, "/domain/ is followed by a domain's uuid");
        return;
    }
    give(q, r, "index.html");
}

void web_page_file(void *context, const struct http_request *q, struct http_response *r)
{
    (void)context;
    give(q, r, q->rest);
}
