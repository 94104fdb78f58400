/* server: see server.h. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../base.h"
#include "../log.h"
#include "../store/reader.h"
#include "../wire.h"
#include "inlet.h"

/* For answers under way when the server is to end. */
#define DRAIN_MS 2000

#define FEED_NICE 10

#define LARGE  (256 << 10)
#define ARENAS 2

static volatile sig_atomic_t told_to_stop;

static void on_stop(int signal)
{
    (void)signal;
    told_to_stop = 1;
}

static void speak(const char *sentence)
{
    say(SAY_WARNING, "http: %s", sentence);
}

/* ---- before confinement ---- */

static int open_own(struct server_config *c, bool safe, char why[HTTP_MESSAGE])
{
    int status = 0;

    if (!c->listen_count)
        return http_listen_default(c->sockets, &c->socket_count, why);
    for (size_t i = 0; i < c->listen_count && !status; i++)
        status = http_listen(c->listen[i], safe || c->insecure, c->sockets, &c->socket_count, why);
    return status;
}

/* What the service manager has opened is held to the same rule. */
static int check_given(const struct server_config *c, bool safe, char why[HTTP_MESSAGE])
{
    if (c->listen_count)
        say(SAY_WARNING, "listen is not heeded: the sockets are the service manager's");
    if (safe || c->insecure || !http_listen_public(c->sockets, c->socket_count))
        return 0;
    snprintf(why, HTTP_MESSAGE,
             "a socket of the service manager's is open to other machines: "
             "that takes TLS and passwords (web-config), or insecure");
    return -EPERM;
}

int server_prepare(void *ctx, const struct account *account, int keep[CHILD_KEEPS], size_t *kept,
                   char message[CONFINE_MESSAGE])
{
    struct server_config *c = ctx;
    char why[HTTP_MESSAGE] = "";
    bool safe;
    int status = http_check_web_config(c->web_config[0] ? c->web_config : NULL, &safe, why);

    (void)account;
    if (!status)
        status = c->socket_count ? check_given(c, safe, why) : open_own(c, safe, why);
    if (status) {
        snprintf(message, CONFINE_MESSAGE, "%.190s", why);
        return status;
    }
    for (size_t i = 0; i < c->socket_count; i++) {
        if (*kept == CHILD_KEEPS) {
            snprintf(message, CONFINE_MESSAGE, "that is too many addresses to listen on");
            return -E2BIG;
        }
        keep[(*kept)++] = c->sockets[i];
    }
    /* The recorder may still have to make it: then there is another try at each sample. */
    c->store = c->web.store ? open(c->web.store, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (c->store >= 0 && *kept < CHILD_KEEPS)
        keep[(*kept)++] = c->store;
    return 0;
}

/* ---- the work ---- */

/* 0 while there may be more, else the end. */
static int take_frames(struct inlet *in, struct web *w, struct snapshot *s)
{
    const uint8_t *bytes;
    size_t len;
    int got;

    while ((got = inlet_next(in, &bytes, &len)) == 1) {
        if (wire_decode(s, bytes, len)) {
            say(SAY_ERROR, "http: a sample could not be read");
            return -EBADMSG;
        }
        web_publish(w, s);
    }
    return got;
}

/* As many descriptors as it may have: the server counts its connections itself. */
static void raise_descriptors(void)
{
    struct rlimit most;

    if (getrlimit(RLIMIT_NOFILE, &most))
        return;
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
}

/* What it was told to listen on is a name it may be reached by. They live as long as the process.
 */
static const char *const *hosts(const struct server_config *c)
{
    static const char *names[SERVER_HOSTS_MOST + SERVER_LISTEN_MOST + 1];
    size_t n = 0;

    for (size_t i = 0; i < c->host_count; i++)
        names[n++] = c->hosts[i];
    for (size_t i = 0; i < c->listen_count; i++)
        names[n++] = c->listen[i];
    return names;
}

static struct http_server *start(const struct server_config *c, struct web *w)
{
    char message[HTTP_MESSAGE], name[HTTP_ADDRESS];
    struct http_config http = {
        .sockets = c->sockets,
        .socket_count = c->socket_count,
        .routes = web_routes,
        .route_count = web_route_count,
        .context = w,
        .web_config = c->web_config[0] ? c->web_config : NULL,
        .hosts = hosts(c),
        .say = speak,
    };
    struct http_server *server = http_start(&http, message);

    if (!server) {
        say(SAY_ERROR, "http: %s", message);
        return NULL;
    }
    for (size_t i = 0; i < c->socket_count; i++) {
        http_listen_name(c->sockets[i], name);
        say(SAY_INFO, "listening on %s", name);
    }
    return server;
}

/* Have the store looked back into, once the recorder has made it. True when that is done. */
static bool open_store(const struct server_config *c, struct web *w)
{
    char message[READER_MESSAGE];
    int dir;

    if (!c->web.store)
        return true;
    /* A descriptor of its own: each try closes what it was given. */
    dir = c->store >= 0 ? openat(c->store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                        : open(c->web.store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct past *past = dir >= 0 ? store_past_open_at(dir, c->web.store, message) : NULL;
    if (past)
        web_set_past(w, past);
    return past;
}

static int serve(const struct server_config *c, struct web *w, int feed)
{
    bool opened = open_store(c, w);
    struct snapshot s = {0};
    struct inlet in;
    int got = 0;

    inlet_init(&in, feed);
    fcntl(feed, F_SETFL, fcntl(feed, F_GETFL) | O_NONBLOCK);
    while (!told_to_stop && got == 0) {
        struct pollfd p = {.fd = feed, .events = POLLIN};
        if (poll(&p, 1, -1) > 0)
            got = take_frames(&in, w, &s);
        opened = opened || open_store(c, w);
    }
    inlet_release(&in);
    snapshot_release(&s);
    return got == 0 || got == -EPIPE ? EXIT_OK : EXIT_FAILED;
}

int server_run(void *ctx, int feed)
{
    const struct server_config *c = ctx;
    struct sigaction stop = {.sa_handler = on_stop};
    int status = EXIT_FAILED;

    sigaction(SIGTERM, &stop, NULL);
    raise_descriptors();
    /* What is made of each sample goes back to the system with its last reader. */
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_ARENA_MAX, ARENAS);
    struct web *w = web_new(&c->web);
    struct http_server *server = start(c, w);
    if (server) {
        /* Of this thread alone: making the next sample's metrics is not to hold up those who
         * scrape. */
        setpriority(PRIO_PROCESS, 0, FEED_NICE);
        child_ready(feed);
        status = serve(c, w, feed);
        http_stop(server, DRAIN_MS);
    }
    web_free(w);
    for (size_t i = 0; i < c->socket_count; i++)
        close(c->sockets[i]);
    return status;
}
