/*
 * http: a server for GET and HEAD, through libmicrohttpd. It knows requests, routes, limits, TLS
 * and passwords, and nothing of what it serves: that is the handlers', rows of a table.
 *
 * What a client can do is bounded: connections in all and from one address, bytes of a head, time
 * for a head (also when it comes a byte at a time), time to take an answer, idle time. What is over
 * a bound is answered 503 or cut, never waited for.
 *
 * A handler gets a request that is already checked and fills a response. Quick handlers run in the
 * server's one thread and must neither block nor compute for more than a few milliseconds; slow
 * ones (http_route.slow) in a few workers, with 503 for what would have to queue for long.
 */
#ifndef DOMTOP_HTTP_H
#define DOMTOP_HTTP_H

#include "bytes.h"

#define HTTP_MAX_PARAMS 16   /* parameters of a query; more is 400 */
#define HTTP_MAX_TARGET 2048 /* bytes of path and query as sent; more is 414 */
#define HTTP_MESSAGE    256  /* room for a sentence that says what is wrong */

/* What a page of our own may load, for http_response.csp. */
#define HTTP_CSP_PAGE                                                                              \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* ---- requests and responses: what a handler sees ---- */

struct http_param {
    const char *name, *value; /* decoded; valid UTF-8 without control characters */
};

struct http_request {
    bool head; /* HEAD: the server leaves out the body, a handler need not care */
    const char
        *path; /* decoded, as the parameters; begins with '/', holds no "//" or dot segment */
    const char *rest; /* what follows the route's path; "" for a route that is no prefix */
    struct http_param params[HTTP_MAX_PARAMS]; /* no name twice: that is 400 */
    size_t param_count;
    const char *accept; /* headers as sent; NULL where there is none */
    const char *accept_encoding;
    const char *if_none_match;
    const char *user; /* who has given a password; NULL where none is asked for */
};

/* The value of a parameter; NULL without one. */
const char *http_param(const struct http_request *q, const char *name);

/* A parameter as an integer in [least, most], or otherwise where it is not given. false: it is
 * there and is none (answer 400). */
bool http_param_int(const struct http_request *q, const char *name, int64_t least, int64_t most,
                    int64_t otherwise, int64_t *out);

/* Which of these media types ("text/html") the request's Accept likes best; the first of equals. -1
 * when none will do. A request without Accept takes any. */
int http_prefers(const struct http_request *q, const char *const *types, size_t count);

/*
 * All zero but status 200 when the handler gets it. The server takes over the references to both
 * bodies, adds Content-Length, Vary, the security headers, and answers 304 where the etag matches.
 */
struct http_response {
    int status;
    const char *type;     /* Content-Type, static: "text/html; charset=utf-8" */
    struct bytes *body;   /* NULL: empty */
    struct bytes *gzip;   /* the same as gzip, if there is one: sent where it is accepted */
    bool compress;        /* no gzip given: the server may make it, for those who accept it */
    bool vary_accept;     /* the body depends on the request's Accept */
    char etag[64];        /* without quotes; "": none. The gzip form gets a suffix of its own */
    unsigned max_age_s;   /* Cache-Control: max-age; 0: no-store, or no-cache with an etag */
    unsigned retry_after; /* Retry-After in seconds, with a 503; 0: none */
    const char *csp;      /* Content-Security-Policy, static; NULL: nothing may be loaded */
    char location[128];   /* of a redirection; "": none */
    char filename[96]; /* offered for saving (Content-Disposition), of [A-Za-z0-9._-]; "": none */
};

/* Make it an error: a sentence, as JSON {"status":404,"error":"..."} or text by the request's
 * Accept. What was filled in before is released. */
void http_error(const struct http_request *q, struct http_response *r, int status, const char *fmt,
                ...) __attribute__((format(printf, 4, 5)));

struct http_route {
    const char *path; /* "/metrics"; a prefix ends with '/': "/domain/" */
    bool prefix;      /* all that begins with path; else the path alone. The longest match wins */
    bool slow;        /* in a worker */
    bool open;        /* needs no password: health checks */
    void (*handle)(void *context, const struct http_request *q, struct http_response *r);
};

/* ---- the server ---- */

struct http_config {
    const int
        *sockets; /* listening, from http_listen.h; the caller closes them after http_stop() */
    size_t socket_count;
    const struct http_route *routes; /* live as long as the server */
    size_t route_count;
    void *context;          /* for the handlers */
    const char *web_config; /* file with TLS and passwords (web_config.h); NULL: neither */
    const char *const
        *hosts; /* further names it is reached by on loopback; NULL-terminated or NULL */
    void (*say)(const char *sentence); /* what an operator should know; any thread. NULL: stderr */

    /* Limits; 0 is the default. */
    unsigned connections;     /* 2048 */
    unsigned per_address;     /* connections from one address: 512 */
    unsigned head_ms;         /* from the first byte to the last of a head, handshake too: 5000 */
    unsigned answer_ms;       /* for a client to take an answer: 20000 */
    unsigned idle_ms;         /* between two requests: 75000 */
    unsigned workers, queued; /* of slow handlers: 4, and 32 waiting */
};

struct http_server;

/*
 * Look whether a web config is fit to be used; NULL is. *protects: it has TLS, and asks everybody
 * for a password or a certificate: what an address that others can reach needs. 0, or -errno with a
 * sentence: file, line, reason.
 */
int http_check_web_config(const char *path, bool *protects, char message[HTTP_MESSAGE]);

/* NULL with a sentence (for a bad web config: file, line, reason). Blocks signals in its threads.
 * It looks every few seconds whether the web config has changed and reads it again: a bad one is
 * said and the old one kept. */
struct http_server *http_start(const struct http_config *c, char message[HTTP_MESSAGE]);

/* Take no more connections, let those under way finish for at most drain_ms, end the rest, free. */
void http_stop(struct http_server *s, unsigned drain_ms);

#endif
