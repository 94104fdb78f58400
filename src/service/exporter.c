/* exporter: see exporter.h. */
#include "exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../log.h"
#include "../wire.h"
#include "inlet.h"

#define DRAIN_MS 3000
/* Buffers of a sample go back to the system when its last reader is done. */
#define LARGE (256 << 10)

static volatile sig_atomic_t told_to_stop;

static void on_stop(int signal)
{
    (void)signal;
    told_to_stop = 1;
}

/* ---- before confinement ---- */

static const char *web_config(const struct exporter_config *c)
{
    return c->web_config[0] ? c->web_config : NULL;
}

int exporter_check(const struct exporter_config *c, char message[HTTP_MESSAGE])
{
    bool protects;

    return http_check_web_config(web_config(c), &protects, message);
}

static int listen_all(struct exporter_config *c, bool public_too, char message[HTTP_MESSAGE])
{
    int status = 0;

    c->socket_count = 0;
    if (!c->listen_count)
        return http_listen_default(c->sockets, &c->socket_count, message);
    for (size_t i = 0; i < c->listen_count && !status; i++)
        status = http_listen(c->listen[i], public_too, c->sockets, &c->socket_count, message);
    return status;
}

int exporter_prepare(void *ctx, const struct account *account, int keep[CHILD_KEEPS], size_t *kept,
                     char message[CONFINE_MESSAGE])
{
    struct exporter_config *c = ctx;
    char why[HTTP_MESSAGE] = "";
    bool protects;
    int status = http_check_web_config(web_config(c), &protects, why);

    (void)account;
    if (!status)
        status = listen_all(c, protects || c->insecure, why);
    if (status) {
        snprintf(message, CONFINE_MESSAGE, "%.*s", CONFINE_MESSAGE - 1, why);
        return status;
    }
    for (size_t i = 0; i < c->socket_count && *kept < CHILD_KEEPS; i++)
        keep[(*kept)++] = c->sockets[i];
    return 0;
}

/* ---- the work ---- */

struct exporter {
    struct web *web;
    struct inlet feed;
    struct snapshot snapshot;
};

static void tell(const char *sentence)
{
    say(SAY_NOTICE, "%s", sentence);
}

/* As many as there may be: connections are counted elsewhere. */
static void raise_descriptors(void)
{
    struct rlimit most;

    if (getrlimit(RLIMIT_NOFILE, &most))
        return;
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
}

static struct web *make_web(const struct exporter_config *c)
{
    const char *lists[2][EXPORTER_GLOBS + 1] = {{NULL}};

    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < c->glob_count[i]; k++)
            lists[i][k] = c->globs[i][k];
    struct web_config web = {
        .source_name = c->source_name,
        .store = c->store[0] ? c->store : NULL,
        .delay_s = c->delay_s,
        .metrics = {.without = c->without,
                    .dom0 = c->dom0,
                    .include = c->glob_count[0] ? lists[0] : NULL,
                    .exclude = c->glob_count[1] ? lists[1] : NULL},
    };
    return web_new(&web);
}

/* False at the end of the feed, or when what comes is no sample. */
static bool take_frames(struct exporter *e)
{
    const struct prometheus_self self = {0};
    const uint8_t *bytes;
    size_t len;
    int got;

    while ((got = inlet_next(&e->feed, &bytes, &len)) == 1)
        if (!wire_decode(&e->snapshot, bytes, len))
            web_publish(e->web, &e->snapshot, &self);
    return got == 0;
}

static void say_where(const struct exporter_config *c)
{
    char name[HTTP_ADDRESS];

    for (size_t i = 0; i < c->socket_count; i++) {
        http_listen_name(c->sockets[i], name);
        say(SAY_INFO, "listening on %s", name);
    }
    if (c->insecure && http_listen_public(c->sockets, c->socket_count))
        say(SAY_WARNING, "anybody who reaches this host can read what is served: --insecure");
}

static void loop(struct exporter *e)
{
    struct pollfd polled = {.fd = e->feed.fd, .events = POLLIN};

    while (!told_to_stop) {
        if (poll(&polled, 1, -1) < 0)
            continue;
        if (!take_frames(e))
            return;
    }
}

int exporter_run(void *ctx, int feed)
{
    const struct exporter_config *c = ctx;
    struct sigaction stop = {.sa_handler = on_stop};
    struct exporter e = {.web = make_web(c)};
    char message[HTTP_MESSAGE] = "";
    struct http_config http = {
        .sockets = c->sockets,
        .socket_count = c->socket_count,
        .routes = web_routes,
        .route_count = web_route_count,
        .context = e.web,
        .web_config = web_config(c),
        .say = tell,
    };

    mallopt(M_MMAP_THRESHOLD, LARGE);
    sigaction(SIGTERM, &stop, NULL);
    raise_descriptors();
    fcntl(feed, F_SETFL, fcntl(feed, F_GETFL) | O_NONBLOCK);
    inlet_init(&e.feed, feed);
    struct http_server *server = http_start(&http, message);
    if (server) {
        say_where(c);
        loop(&e);
        http_stop(server, DRAIN_MS);
    } else {
        say(SAY_ERROR, "%s", message);
    }
    web_free(e.web);
    snapshot_release(&e.snapshot);
    inlet_release(&e.feed);
    return server ? EXIT_OK : EXIT_FAILED;
}
