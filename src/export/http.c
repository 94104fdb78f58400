/*
 * http: the server: its daemon within libmicrohttpd, its door, its workers, and its web config,
 * read again when it changes. See http.h.
 */
#include "http.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http_server.h"
#include "http_tls.h"

#define MEMORY       (16u << 10) /* bytes for a connection's heads: a larger one is 431 */
#define MEMORY_STEP  1024u
#define LOOK_NS      (2 * NS_PER_S) /* between two looks at whether the web config has changed */
#define RETIRE_NS    (10 * NS_PER_S)
#define STACK        (512u << 10)
#define VERIFY_QUEUE 16

void http_say(const struct http_server *s, const char *fmt, ...)
{
    char sentence[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, ap);
    va_end(ap);
    if (s->c.say)
        s->c.say(sentence);
    else
        fprintf(stderr, "domtop: %s\n", sentence);
}

/* ---- libmicrohttpd ---- */

/* What it has to say of clients' mistakes is theirs, not the operator's. */
static void ignore_log(void *cls, const char *fmt, va_list ap)
{
    (void)cls, (void)fmt, (void)ap;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *s = cls;

    (void)socket_context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED)
        door_left(s->door, connection_fd(connection));
}

/* Escapes are left as they are: http_target.c looks at the whole. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls, (void)connection;
    return strlen(text);
}

/* Signals are the main thread's: whoever starts threads here blocks them first. */
static void block_signals(sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

static struct MHD_Daemon *start_daemon(struct http_server *s, const struct webconfig *web)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET |
                     MHD_USE_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[5] = {{MHD_OPTION_END, 0, NULL}};
    char priorities[128];
    struct MHD_Daemon *daemon;
    sigset_t before;
    size_t n = 0;

    if (web->cert) {
        flags |= MHD_USE_TLS;
        tls_priorities(web, priorities);
        tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, web->cert};
        tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, web->key};
        tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
        if (web->client_ca)
            tls[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, web->client_ca};
        tls[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    }
    block_signals(&before);
    /* The door keeps the limits; the daemon's own are out of the way. */
    daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_step, s, MHD_OPTION_EXTERNAL_LOGGER, ignore_log, NULL,
        MHD_OPTION_CONNECTION_LIMIT, s->c.connections * 2 + 64, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
        (size_t)MEMORY_STEP, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, exchange_open, s,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_close, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

/* ---- the door's calls ---- */

static bool enter(void *context, int fd, const struct sockaddr *address, socklen_t len)
{
    struct http_server *s = context;

    pthread_mutex_lock(&s->lock);
    bool entered = MHD_add_connection(s->daemon, fd, address, len) == MHD_YES;
    pthread_mutex_unlock(&s->lock);
    return entered;
}

static unsigned daemon_connections(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon,
                                                           MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

    return info ? info->num_connections : 0;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool same_tls(const struct webconfig *a, const struct webconfig *b)
{
    return same_text(a->cert, b->cert) && same_text(a->key, b->key) &&
           same_text(a->client_ca, b->client_ca) && a->min_version == b->min_version &&
           a->max_version == b->max_version && a->client_auth == b->client_auth;
}

/* 0, or -errno with a sentence. */
static int read_web(const struct http_server *s, struct webconfig *web, char message[HTTP_MESSAGE])
{
    *web = (struct webconfig){0};
    if (!s->c.web_config)
        return 0;
    int status = webconfig_load(web, s->c.web_config, message);
    if (!status && web->cert)
        status = tls_check(web, message);
    if (status)
        webconfig_release(web);
    return status;
}

int http_check_web_config(const char *path, bool *protects, char message[HTTP_MESSAGE])
{
    struct http_server as = {.c = {.web_config = path}};
    struct webconfig web;
    int status = read_web(&as, &web, message);

    *protects = !status && web.cert && (web.user_count || web.client_auth == CLIENT_AUTH_REQUIRED);
    webconfig_release(&web);
    return status;
}

/* Connections made under the old certificate end as they would have; new ones see the new. */
static bool change_daemon(struct http_server *s, const struct webconfig *web)
{
    struct MHD_Daemon *daemon = start_daemon(s, web);

    if (!daemon)
        return false;
    pthread_mutex_lock(&s->lock);
    s->retiring = s->daemon;
    s->retiring_since_ns = clock_mono_ns();
    s->daemon = daemon;
    pthread_mutex_unlock(&s->lock);
    return true;
}

static void reread_web(struct http_server *s)
{
    char message[HTTP_MESSAGE] = "";
    struct webconfig web;
    uint64_t fingerprint = webconfig_fingerprint(&s->web, s->c.web_config);

    /* One change at a time: the daemon of the last one has to be gone first. */
    if (fingerprint == s->fingerprint || s->retiring)
        return;
    s->fingerprint = fingerprint;
    if (read_web(s, &web, message)) {
        http_say(s, "%s: going on with the web config as it was", message);
        return;
    }
    if (!same_tls(&web, &s->web) && !change_daemon(s, &web)) {
        http_say(s, "%s: no server with it: going on with the web config as it was",
                 s->c.web_config);
        webconfig_release(&web);
        return;
    }
    s->client_auth = (int)web.client_auth;
    auth_set_users(s->auth, web.users, web.user_count);
    webconfig_release(&s->web);
    s->web = web;
    s->fingerprint = webconfig_fingerprint(&s->web, s->c.web_config);
    http_say(s, "the web config %s has been read again", s->c.web_config);
}

/* Stopped when the last connection has left, and not before: libmicrohttpd ends the program over
 * one that is suspended. Those that stay too long are cut, as any that is late. */
static void retire(struct http_server *s, uint64_t now)
{
    if (!s->retiring)
        return;
    if (!daemon_connections(s->retiring)) {
        MHD_stop_daemon(s->retiring);
        s->retiring = NULL;
    } else if (now - s->retiring_since_ns > RETIRE_NS) {
        door_cut_older(s->door, s->retiring_since_ns);
    }
}

static void tick(void *context)
{
    struct http_server *s = context;
    uint64_t now = clock_mono_ns();

    retire(s, now);
    if (!s->c.web_config || now - s->looked_ns < LOOK_NS)
        return;
    s->looked_ns = now;
    reread_web(s);
}

/* ---- life ---- */

static void defaults(struct http_config *c)
{
    struct {
        unsigned *value, otherwise;
    } of[] = {
        {&c->connections, 2048}, {&c->per_address, 512}, {&c->head_ms, 5000},
        {&c->answer_ms, 20000},  {&c->idle_ms, 75000},   {&c->workers, 4},
        {&c->queued, 32},
    };

    for (size_t i = 0; i < ARRAY_LEN(of); i++)
        if (!*of[i].value)
            *of[i].value = of[i].otherwise;
}

static void release(struct http_server *s)
{
    /* The daemons' threads call on all the others until they have ended; they in turn end only when
     * nothing is suspended any more. */
    door_end(s->door);
    pool_stop(s->verifier);
    pool_stop(s->workers);
    if (s->retiring)
        MHD_stop_daemon(s->retiring);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    pool_free(s->verifier);
    pool_free(s->workers);
    door_free(s->door);
    auth_free(s->auth);
    webconfig_release(&s->web);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static bool open_all(struct http_server *s)
{
    struct door_config door = {
        .sockets = s->c.sockets,
        .socket_count = s->c.socket_count,
        .connections = s->c.connections,
        .per_address = s->c.per_address,
        .head_ms = s->c.head_ms,
        .answer_ms = s->c.answer_ms,
        .idle_ms = s->c.idle_ms,
        .enter = enter,
        .tick = tick,
        .context = s,
    };
    sigset_t before;

    block_signals(&before);
    s->workers = pool_new(s->c.workers, s->c.queued);
    s->verifier = pool_new(1, VERIFY_QUEUE);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    s->daemon = start_daemon(s, &s->web);
    /* Under the lock that who enters waits for: none may be served before the door is known. */
    pthread_mutex_lock(&s->lock);
    if (s->workers && s->verifier && s->daemon)
        s->door = door_new(&door);
    pthread_mutex_unlock(&s->lock);
    return s->door != NULL;
}

struct http_server *http_start(const struct http_config *c, char message[HTTP_MESSAGE])
{
    struct http_server *s = xcalloc(1, sizeof(*s));

    s->c = *c;
    defaults(&s->c);
    s->auth = auth_new();
    pthread_mutex_init(&s->lock, NULL);
    if (read_web(s, &s->web, message)) {
        release(s);
        return NULL;
    }
    s->client_auth = (int)s->web.client_auth;
    auth_set_users(s->auth, s->web.users, s->web.user_count);
    if (c->web_config)
        s->fingerprint = webconfig_fingerprint(&s->web, c->web_config);
    if (!open_all(s)) {
        snprintf(message, HTTP_MESSAGE, "the HTTP server cannot start: %s",
                 strerror(errno ? errno : EINVAL));
        release(s);
        return NULL;
    }
    return s;
}

void http_stop(struct http_server *s, unsigned drain_ms)
{
    uint64_t until = clock_mono_ns() + drain_ms * UINT64_C(1000000);

    if (!s)
        return;
    door_close(s->door);
    while (door_busy(s->door) && clock_mono_ns() < until)
        nanosleep(&(struct timespec){0, 10 * 1000 * 1000}, NULL);
    release(s);
}
