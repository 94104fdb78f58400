/* serve: `domtop serve`, the service: joins the sampler, its children and the configuration. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "../log.h"
#include "../opener.h"
#include "../service/notify.h"
#include "../service/service.h"
#include "../service/viewers.h"
#include "commands.h"
#include "serve_options.h"

#define CHILDREN 2

/* What the children's contexts point to: one in the nursery's memory, which reload() fills anew. */
struct serve {
    struct serve_options options;
    struct viewers_config viewers;
    struct server_config server;
    const char *include[SERVE_GLOBS + 1], *exclude[SERVE_GLOBS + 1];
    struct child children[CHILDREN];
    struct nursery_plan plan;
};

/* Those of one kind as a list; NULL for none. */
static const char *const *globs(const struct serve_options *o, bool exclude,
                                const char *list[SERVE_GLOBS + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < o->glob_count; i++)
        if (o->globs[i].exclude == exclude)
            list[n++] = o->globs[i].text;
    list[n] = NULL;
    return n ? list : NULL;
}

static void fill_contexts(struct serve *s)
{
    const struct serve_options *o = &s->options;
    struct server_config *server = &s->server;

    snprintf(s->viewers.path, sizeof(s->viewers.path), "%s", s->options.socket);
    memcpy(server->listen, o->listen, sizeof(server->listen));
    server->listen_count = o->listen_count;
    server->insecure = o->insecure;
    memcpy(server->web_config, o->web_config, sizeof(server->web_config));
    server->web.delay_s = o->delay_s;
    server->web.metrics = o->metrics;
    server->web.metrics.include = globs(o, false, s->include);
    server->web.metrics.exclude = globs(o, true, s->exclude);
    server->web.source_name = o->source.demo      ? "demo"
                              : o->source.replay  ? "a recording"
                              : o->source.connect ? "other hosts"
                                                  : "this host";
}

/* In the nursery, after the sampler has found the file good. */
static void nursery_reread(void *ctx)
{
    struct serve *s = ctx;
    char message[CONF_MESSAGE];

    if (!serve_options_reload(&s->options, message))
        fill_contexts(s);
}

static int sampler_reread(void *ctx, double *delay_s)
{
    struct serve *s = ctx;
    char message[CONF_MESSAGE];
    int status = serve_options_reload(&s->options, message);

    if (status) {
        say(SAY_ERROR, "the configuration stays as it was: %s", message);
        return status;
    }
    *delay_s = s->options.delay_s;
    return 0;
}

static void plan(struct serve *s)
{
    size_t n = 0;

    if (s->options.socket[0])
        s->children[n++] = (struct child){.name = "viewers",
                                          .duty = DUTY_VIEWERS,
                                          .prepare = viewers_prepare,
                                          .run = viewers_run,
                                          .clean = viewers_clean,
                                          .ctx = &s->viewers};
    if (s->options.http)
        s->children[n++] = (struct child){.name = "http",
                                          .duty = DUTY_HTTP,
                                          .prepare = server_prepare,
                                          .run = server_run,
                                          .ctx = &s->server};
    s->plan.children = s->children;
    s->plan.count = n;
    s->plan.reload = nursery_reread;
    s->plan.ctx = s;
}

/* Sockets of the service manager's go to the nursery; nothing else that was open is kept. */
static void take_sockets(struct serve *s)
{
    unsigned given = notify_sockets();

    for (unsigned i = 0; i < given && i < CHILD_KEEPS - 1; i++) {
        s->server.sockets[s->server.socket_count++] = NOTIFY_FIRST_SOCKET + (int)i;
        s->plan.keep[s->plan.kept++] = NOTIFY_FIRST_SOCKET + (int)i;
    }
    confine_descriptors(s->plan.keep, s->plan.kept);
}

int serve_main(int argc, char **argv)
{
    static struct serve serve; /* children have pointers into it */
    char message[CONFINE_MESSAGE];

    take_sockets(&serve);
    serve_options_parse(&serve.options, argc, argv);
    log_start("domtop serve");
    notify_start();
    fill_contexts(&serve);
    plan(&serve);
    if (confine_account(&serve.plan.account, serve.options.user[0] ? serve.options.user : NULL,
                        message))
        die(EXIT_USAGE, "--user: %s", message);
    service_block_signals();
    struct supervisor *v = supervisor_new(&serve.plan, message);
    if (!v)
        die(EXIT_FAILED, "%s", message);
    for (size_t i = 0; i < serve.plan.kept; i++)
        close(serve.plan.keep[i]);
    /* From here on there are handles that no child may have. */
    struct source *source = opener_open(&serve.options.source, serve.options.delay_s, 0);
    int status = service_run(source, v,
                             &(struct service_config){.delay_s = serve.options.delay_s,
                                                      .iterations = serve.options.iterations,
                                                      .reload = sampler_reread,
                                                      .ctx = &serve});
    source->close(source);
    return status;
}
