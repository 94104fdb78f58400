/* serve: `domtop serve`, the service: joins the sampler, its children and the configuration. */
#include <errno.h>
#include <inttypes.h>
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
#include "serve_store.h"

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
    memcpy(server->hosts, o->hosts, sizeof(server->hosts));
    server->host_count = o->host_count;
    server->insecure = o->insecure;
    memcpy(server->web_config, o->web_config, sizeof(server->web_config));
    server->web.delay_s = o->delay_s;
    server->web.store = o->store.path[0] ? o->store.path : NULL;
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

/* With a store, samples are taken at whole steps; between them too, where the delay says so. */
static void settle_delay(struct serve_options *o, const struct serve_store *store)
{
    uint64_t step_ms = store->settings.step_s * 1000, delay_ms;

    if (!o->delay_chosen)
        o->delay_s = (double)store->settings.step_s;
    delay_ms = (uint64_t)(o->delay_s * 1000 + 0.5);
    if (!delay_ms || step_ms % delay_ms)
        die(EXIT_USAGE, "--delay has to go into the store's step of %" PRIu64 " s without a rest",
            store->settings.step_s);
}

static int run(struct serve *s, struct supervisor *v, struct recording_side *recording)
{
    struct service_side side = {.report = recording_side_report,
                                .poll = recording_side_poll,
                                .work = recording_side_work,
                                .sample = recording_side_sample,
                                .ctx = recording};
    struct service_config config = {.delay_s = s->options.delay_s,
                                    .iterations = s->options.iterations,
                                    .aligned = recording != NULL,
                                    .side = recording ? &side : NULL,
                                    .reload = sampler_reread,
                                    .ctx = s};
    /* From here on there are handles that no child may have. */
    struct source *source = opener_open(&s->options.source, s->options.delay_s, 0);

    if (recording)
        recording_side_begin(recording, source->name);
    int status = service_run(source, v, &config);
    source->close(source);
    return status;
}

int serve_main(int argc, char **argv)
{
    static struct serve serve; /* children have pointers into it */
    struct serve_store store = {.dir = -1, .lock = -1};
    struct recording_side *recording = NULL;
    struct serve_options *o = &serve.options;
    char message[CONFINE_MESSAGE];
    bool as_recorder = serve_store_is_recorder(&argc, &argv);

    if (!as_recorder)
        take_sockets(&serve);
    serve_options_parse(o, argc, argv);
    if (o->store.plan)
        return serve_store_plan(&o->store);
    log_start("domtop serve");
    if (confine_account(&serve.plan.account, o->user[0] ? o->user : NULL, message))
        die(EXIT_USAGE, "--user: %s", message);
    if (as_recorder)
        return serve_store_record(&o->store, &serve.plan.account);
    notify_start();
    /* First: the children are told how often samples come. They get none of its descriptors. */
    if (o->store.path[0]) {
        serve_store_open(&store, &o->store, &serve.plan.account, argc, argv);
        settle_delay(o, &store);
    }
    fill_contexts(&serve);
    plan(&serve);
    service_block_signals();
    struct supervisor *v = supervisor_new(&serve.plan, message);
    if (!v)
        die(EXIT_FAILED, "%s", message);
    for (size_t i = 0; i < serve.plan.kept; i++)
        close(serve.plan.keep[i]);
    if (o->store.path[0])
        recording = recording_side_new(&(struct recording_config){.settings = store.settings,
                                                                  .dir = store.dir,
                                                                  .lock = store.lock,
                                                                  .child_argv = store.child_argv,
                                                                  .verbose = o->store.verbose});
    int status = run(&serve, v, recording);
    if (recording) {
        recording_side_end(recording);
        serve_store_close(&store);
    }
    return status;
}
