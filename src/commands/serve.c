/* serve: `domtop serve`, the service: joins the sampler, its children and the configuration. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "../log.h"
#include "../opener.h"
#include "../service/notify.h"
#include "../service/service.h"
#include "commands.h"
#include "serve_options.h"

#define CHILDREN 2

/* What the children's contexts point to: one in the nursery's memory, which reload() fills anew. */
struct serve {
    struct serve_options options;
    struct viewers_config viewers;
    struct exporter_config http;
    struct child children[CHILDREN];
    struct nursery_plan plan;
};

static void fill_contexts(struct serve *s)
{
    snprintf(s->viewers.path, sizeof(s->viewers.path), "%s", s->options.socket);
    s->http = s->options.http.c;
    s->http.delay_s = s->options.delay_s;
    s->http.source_name = s->options.source.demo     ? "demo"
                          : s->options.source.replay ? s->options.source.replay
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
    if (!s->options.http.none)
        s->children[n++] = (struct child){.name = "http",
                                          .duty = DUTY_HTTP,
                                          .prepare = exporter_prepare,
                                          .run = exporter_run,
                                          .ctx = &s->http};
    s->plan.children = s->children;
    s->plan.count = n;
    s->plan.reload = nursery_reread;
    s->plan.ctx = s;
}

int serve_main(int argc, char **argv)
{
    static struct serve serve; /* children have pointers into it */
    char message[CONFINE_MESSAGE];

    confine_descriptors(NULL, 0); /* nor does it keep what it was started with */
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
