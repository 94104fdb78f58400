/*
 * http_exchange: a request's way through the server: checked, its sender known, its route found,
 * its handler called at once or in a worker. libmicrohttpd calls exchange_step() for each step;
 * what has to wait is suspended, and resumed when it has been done elsewhere.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_host.h"
#include "http_listen.h"
#include "http_server.h"
#include "http_tls.h"

int connection_fd(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

static const char *sent(struct exchange *ex, const char *name)
{
    return MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, name);
}

/* ---- routes ---- */

static bool leads_to(const struct http_route *r, const char *path)
{
    return r->prefix ? !strncmp(path, r->path, strlen(r->path)) : !strcmp(path, r->path);
}

static void find_route(struct exchange *ex)
{
    size_t best = 0;

    for (size_t i = 0; i < ex->server->c.route_count; i++) {
        const struct http_route *r = &ex->server->c.routes[i];
        size_t len = strlen(r->path);
        if (len > best && leads_to(r, ex->q.path)) {
            ex->route = r;
            best = len;
        }
    }
    ex->q.rest = ex->route && ex->route->prefix ? ex->q.path + best : "";
}

/* ---- what takes long ---- */

static void resume(struct exchange *ex, enum exchange_stage stage)
{
    struct MHD_Connection *connection = ex->connection;

    ex->stage = stage;
    MHD_resume_connection(connection);
}

static void handle_job(void *job)
{
    struct exchange *ex = job;

    if (pool_stopping(ex->server->workers))
        http_error(&ex->q, &ex->r, 503, "the service is ending");
    else
        ex->route->handle(ex->server->c.context, &ex->q, &ex->r);
    resume(ex, EXCHANGE_READY);
}

static void verify_job(void *job)
{
    struct exchange *ex = job;

    ex->verdict = pool_stopping(ex->server->verifier)
                      ? AUTH_LATER
                      : auth_verify(ex->server->auth, sent(ex, "Authorization"), ex->user);
    resume(ex, EXCHANGE_VERIFIED);
}

/* Suspended first: the worker may be done before this returns. */
static bool later(struct exchange *ex, struct pool *pool, void (*run)(void *job))
{
    MHD_suspend_connection(ex->connection);
    if (pool_submit(pool, run, ex))
        return true;
    ex->r.retry_after = 1;
    http_error(&ex->q, &ex->r, 503, "too much to do: try again in a moment");
    resume(ex, EXCHANGE_READY);
    return true;
}

/* ---- steps ---- */

static enum MHD_Result fail(struct exchange *ex, int status, const char *why)
{
    http_error(&ex->q, &ex->r, status, "%s", why);
    return exchange_send(ex);
}

static enum MHD_Result dispatch(struct exchange *ex)
{
    ex->q.user = ex->user[0] ? ex->user : NULL;
    if (!ex->route)
        return fail(ex, 404, "there is nothing here");
    if (ex->route->slow) {
        later(ex, ex->server->workers, handle_job);
        return MHD_YES;
    }
    ex->route->handle(ex->server->c.context, &ex->q, &ex->r);
    return exchange_send(ex);
}

static enum MHD_Result unauthorized(struct exchange *ex)
{
    ex->user[0] = '\0';
    if (ex->verdict == AUTH_LATER) {
        ex->r.retry_after = 1;
        return fail(ex, 429, "too many passwords to look at: try again in a moment");
    }
    return fail(ex, 401, "a user's name and password are needed");
}

/* Where nothing else is asked for, the name has to be one of this host's: see http_host.h. */
static bool by_its_name(struct exchange *ex)
{
    const char *host = sent(ex, "Host");

    return !host || !http_listen_local(connection_fd(ex->connection)) ||
           host_is_local(host, ex->server->c.hosts);
}

static enum MHD_Result authenticate(struct exchange *ex)
{
    const union MHD_ConnectionInfo *tls = MHD_get_connection_info(
        ex->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    if (ex->route && ex->route->open)
        return dispatch(ex);
    if (!tls_client_is_right(tls ? tls->tls_session : NULL,
                             (enum client_auth)ex->server->client_auth))
        return fail(ex, 403, "a client certificate of the right authority is needed");
    if (!auth_wanted(ex->server->auth)) {
        if (tls || by_its_name(ex))
            return dispatch(ex);
        return fail(ex, 421,
                    "this address is for localhost alone, and the request names another host: if "
                    "that is meant, give the service that name with --host-name");
    }
    ex->verdict = auth_check(ex->server->auth, sent(ex, "Authorization"), ex->user);
    if (ex->verdict == AUTH_GRANTED)
        return dispatch(ex);
    if (ex->verdict == AUTH_UNSURE) {
        later(ex, ex->server->verifier, verify_job);
        return MHD_YES;
    }
    return unauthorized(ex);
}

/* How often a header is there whose second one another program might heed instead. */
struct counted {
    unsigned hosts, lengths;
};

static enum MHD_Result count_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct counted *c = cls;

    (void)kind, (void)value;
    c->hosts += !strcasecmp(name, "Host");
    c->lengths += !strcasecmp(name, "Content-Length");
    return MHD_YES;
}

static bool ambiguous(struct exchange *ex)
{
    struct counted c = {0};

    MHD_get_connection_values(ex->connection, MHD_HEADER_KIND, count_header, &c);
    return c.hosts > 1 || c.lengths > 1;
}

static bool has_body(struct exchange *ex)
{
    const char *length = sent(ex, "Content-Length");

    return sent(ex, "Transfer-Encoding") || (length && strcmp(length, "0") != 0);
}

/* What is refused whatever it asks for, before a byte of a body is read. */
static bool refuse_early(struct exchange *ex, const char *method, enum MHD_Result *result)
{
    const char *why = NULL;
    int status = ex->too_long ? 414 : http_target_parse(&ex->target, ex->raw, &why);

    ex->q.head = !strcmp(method, "HEAD");
    ex->q.path = ex->target.path;
    memcpy(ex->q.params, ex->target.params, ex->target.param_count * sizeof(*ex->q.params));
    ex->q.param_count = ex->target.param_count;
    ex->q.accept = sent(ex, "Accept");
    ex->q.accept_encoding = sent(ex, "Accept-Encoding");
    ex->q.if_none_match = sent(ex, "If-None-Match");
    ex->close = true;
    if (!ex->q.head && strcmp(method, "GET") != 0)
        *result = fail(ex, 405, "only GET and HEAD are answered here");
    else if (ambiguous(ex))
        *result = fail(ex, 400, "a header that may be there once is there twice");
    else if (has_body(ex))
        *result = fail(ex, 400, "a request with a body is not answered here");
    else if (status)
        *result = fail(ex, status, why ? why : "a path and query that are too long");
    else
        ex->close = false;
    return ex->close;
}

void *exchange_open(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *ex = xmalloc(sizeof(*ex));
    size_t len = strlen(uri);

    /* Not the rooms for text: they are large and need no zeroes. */
    ex->server = cls;
    ex->connection = connection;
    ex->stage = EXCHANGE_NEW;
    ex->close = false;
    ex->user[0] = '\0';
    ex->route = NULL;
    ex->q = (struct http_request){.path = "/", .rest = ""};
    ex->r = (struct http_response){.status = 200};
    ex->target.path = "/";
    ex->target.param_count = 0;
    ex->too_long = len > HTTP_MAX_TARGET;
    memcpy(ex->raw, ex->too_long ? "/" : uri, ex->too_long ? 2 : len + 1);
    return ex;
}

enum MHD_Result exchange_step(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **con_cls)
{
    struct http_server *s = cls;
    struct exchange *ex = *con_cls;
    enum MHD_Result result = MHD_YES;

    (void)url, (void)version, (void)upload;
    if (!ex)
        return MHD_NO;
    switch (ex->stage) {
    case EXCHANGE_NEW:
        door_head(s->door, connection_fd(connection));
        ex->stage = EXCHANGE_BEGUN;
        refuse_early(ex, method, &result);
        return result;
    case EXCHANGE_BEGUN:
        if (*upload_len)
            return MHD_NO;
        find_route(ex);
        return authenticate(ex);
    case EXCHANGE_VERIFIED: return ex->verdict == AUTH_GRANTED ? dispatch(ex) : unauthorized(ex);
    case EXCHANGE_READY: return exchange_send(ex);
    case EXCHANGE_SENT: return MHD_YES;
    }
    return MHD_NO;
}

void exchange_close(void *cls, struct MHD_Connection *connection, void **con_cls,
                    enum MHD_RequestTerminationCode why)
{
    struct http_server *s = cls;
    struct exchange *ex = *con_cls;

    (void)why;
    door_answered(s->door, connection_fd(connection));
    if (!ex)
        return;
    bytes_unref(ex->r.body);
    bytes_unref(ex->r.gzip);
    free(ex);
    *con_cls = NULL;
}
