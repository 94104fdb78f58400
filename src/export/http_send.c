/* http_send: a filled response as libmicrohttpd sends it: which form of the body, which headers. */
#include <stdio.h>
#include <string.h>

#include "http_accept.h"
#include "http_server.h"

#define COMPRESS_LEAST 1024
#define COMPRESS_MOST  (4u << 20) /* more is not compressed while a client waits */

static void header(struct MHD_Response *m, const char *name, const char *value)
{
    MHD_add_response_header(m, name, value);
}

static void free_body(void *body)
{
    bytes_unref(body);
}

/* Which form the client gets. *gzipped: with Content-Encoding. */
static struct bytes *pick_body(struct exchange *ex, bool *gzipped)
{
    struct http_response *r = &ex->r;
    bool accepts = accept_gzip(ex->q.accept_encoding);

    if (accepts && !r->gzip && r->compress && r->body && r->body->len >= COMPRESS_LEAST &&
        r->body->len <= COMPRESS_MOST)
        r->gzip = bytes_gzip(r->body, 1);
    *gzipped = accepts && r->gzip;
    return *gzipped ? r->gzip : r->body;
}

static bool unchanged(const struct exchange *ex)
{
    char gzip[sizeof(ex->r.etag) + 4];

    if (!ex->r.etag[0] || ex->r.status != 200)
        return false;
    snprintf(gzip, sizeof(gzip), "%s-gz", ex->r.etag);
    return etag_matches(ex->q.if_none_match, ex->r.etag) || etag_matches(ex->q.if_none_match, gzip);
}

static void caching(struct MHD_Response *m, const struct exchange *ex, bool gzipped)
{
    const struct http_response *r = &ex->r;
    char value[sizeof(r->etag) + 32];

    if (r->max_age_s)
        snprintf(value, sizeof(value), "%smax-age=%u", ex->user[0] ? "private, " : "",
                 r->max_age_s);
    else
        snprintf(value, sizeof(value), "%s", r->etag[0] ? "no-cache" : "no-store");
    header(m, "Cache-Control", value);
    if (r->etag[0]) {
        snprintf(value, sizeof(value), "\"%s%s\"", r->etag, gzipped ? "-gz" : "");
        header(m, "ETag", value);
    }
    if (r->gzip || r->compress)
        header(m, "Vary", r->vary_accept ? "Accept, Accept-Encoding" : "Accept-Encoding");
    else if (r->vary_accept)
        header(m, "Vary", "Accept");
}

static void others(struct MHD_Response *m, const struct exchange *ex)
{
    const struct http_response *r = &ex->r;
    char value[160];

    header(m, "X-Content-Type-Options", "nosniff");
    header(m, "Referrer-Policy", "no-referrer");
    header(m, "X-Frame-Options", "DENY");
    header(m, "Cross-Origin-Resource-Policy", "same-origin");
    header(m, "Content-Security-Policy",
           r->csp ? r->csp : "default-src 'none'; frame-ancestors 'none'");
    if (r->retry_after) {
        snprintf(value, sizeof(value), "%u", r->retry_after);
        header(m, "Retry-After", value);
    }
    if (r->location[0])
        header(m, "Location", r->location);
    if (r->filename[0]) {
        snprintf(value, sizeof(value), "attachment; filename=\"%s\"", r->filename);
        header(m, "Content-Disposition", value);
    }
    if (r->status == 401)
        header(m, "WWW-Authenticate", "Basic realm=\"domtop\", charset=\"UTF-8\"");
    if (r->status == 405)
        header(m, "Allow", "GET, HEAD");
    if (ex->close)
        header(m, "Connection", "close");
}

enum MHD_Result exchange_send(struct exchange *ex)
{
    bool gzipped = false, same = unchanged(ex);
    struct bytes *body = bytes_ref(pick_body(ex, &gzipped));
    struct MHD_Response *m;
    enum MHD_Result result;

    if (same) {
        bytes_unref(body);
        body = NULL;
    }
    m = MHD_create_response_from_buffer_with_free_callback_cls(
        body ? body->len : 0, (void *)(uintptr_t)(body ? body->data : ""), body ? free_body : NULL,
        body);
    if (!m) {
        bytes_unref(body);
        return MHD_NO;
    }
    if (ex->r.type && !same)
        header(m, "Content-Type", ex->r.type);
    if (gzipped && !same)
        header(m, "Content-Encoding", "gzip");
    caching(m, ex, gzipped);
    others(m, ex);
    result = MHD_queue_response(ex->connection, same ? 304 : (unsigned)ex->r.status, m);
    MHD_destroy_response(m);
    bytes_unref(ex->r.body);
    bytes_unref(ex->r.gzip);
    ex->r.body = ex->r.gzip = NULL;
    ex->stage = EXCHANGE_SENT;
    return result;
}
