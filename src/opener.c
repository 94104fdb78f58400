/* opener: see opener.h. */
#include "opener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "collectors/xenstored.h"
#include "remote/remote.h"
#include "replay.h"
#include "sampler.h"

static enum engine parse_engine(const char *text)
{
    static const char *const names[] = {
        [ENGINE_AUTO] = "auto", [ENGINE_DIRECT] = "direct", [ENGINE_XENSTAT] = "xenstat"};

    for (size_t e = 0; e < ARRAY_LEN(names); e++)
        if (!strcmp(text, names[e]))
            return (enum engine)e;
    die(EXIT_USAGE, "--engine takes auto, direct or xenstat, not '%s'", text);
}

static double parse_speed(const char *text)
{
    char *end;

    if (!strcmp(text, "max"))
        return 0;
    errno = 0;
    double speed = strtod(text, &end);
    if (end == text || *end || errno || !(speed >= 0.01 && speed <= 100000))
        die(EXIT_USAGE, "--speed takes a number from 0.01 to 100000, or max, not '%s'", text);
    return speed;
}

/* A copy, and the passwords of the original blotted out: others can read a command line. */
static const char *take_secret(const char *argument)
{
    static char *copy; /* as long as the program */

    free(copy);
    copy = xstrdup(argument);
    for (char *at = strchr(argument, '@'); at; at = strchr(at + 1, '@'))
        for (char *c = at; c-- > argument && *c != '/' && *c != ',';)
            if (*c == ':') {
                memset(c + 1, '*', (size_t)(at - c - 1));
                break;
            }
    return copy;
}

void opener_init(struct opener *o)
{
    *o = (struct opener){.speed = 1};
    demo_defaults(&o->demo_config);
}

bool opener_take(struct opener *o, int option, const char *argument)
{
    char message[160];

    switch (option) {
    case OPENER_DEMO:
        o->demo = true;
        if (demo_parse(&o->demo_config, argument, message))
            die(EXIT_USAGE, "--demo: %s", message);
        return true;
    case OPENER_ENGINE: o->engine = parse_engine(argument); return true;
    case OPENER_REPLAY: o->replay = argument; return true;
    case OPENER_SPEED: o->speed = parse_speed(argument); return true;
    case OPENER_CONNECT: o->connect = take_secret(argument); return true;
    case OPENER_CACERT: o->fetch.cacert = argument; return true;
    case OPENER_CERT: o->fetch.cert = argument; return true;
    case OPENER_KEY: o->fetch.key = argument; return true;
    case OPENER_CREDENTIALS: o->fetch.credentials = argument; return true;
    default: return false;
    }
}

static struct source *open_demo(struct opener *o, double step_s, unsigned past)
{
    /* Its clock keeps pace with ours unless told otherwise. */
    if (o->demo_config.step_s <= 0)
        o->demo_config.step_s = step_s;
    if (!o->demo_config.past)
        o->demo_config.past = past;
    return demo_open(&o->demo_config);
}

/* The engine asked for; by default the direct one, and libxenstat where that does not open. */
static struct source *open_engine(enum engine engine)
{
    char message[COLLECTOR_MESSAGE] = "", note[COLLECTOR_MESSAGE + 64];
    struct source *source = NULL;

    if (engine != ENGINE_XENSTAT)
        source = sampler_open(collectors_direct, message);
    if (!source && engine == ENGINE_DIRECT)
        die(EXIT_FAILED, "%s; try --engine=xenstat", message);
    if (source)
        return source;
    snprintf(note, sizeof(note), "%s: reading through libxenstat instead", message);
    source = sampler_open(collectors_xenstat, message);
    if (!source && engine == ENGINE_AUTO)
        die(EXIT_FAILED, "%s; %s", note, message);
    if (!source)
        die(EXIT_FAILED, "%s", message);
    if (engine == ENGINE_AUTO)
        sampler_note(source, "engine", note);
    return source;
}

static struct source *open_remote(const char *addresses, const struct fetch_config *c)
{
    char message[REMOTE_MESSAGE] = "";
    struct source *source = remote_open(addresses, c, message);

    if (!source)
        die(EXIT_USAGE, "%s", message);
    return source;
}

/* Who may not read this host may look through the service that runs on it. NULL with errno: EACCES
 * where it runs, for others. */
static struct source *through_service(void)
{
    if (access(SERVICE_SOCKET, R_OK | W_OK))
        return NULL;
    return open_remote("unix:" SERVICE_SOCKET, &(struct fetch_config){0});
}

static struct source *open_host(enum engine engine, bool local_only)
{
    const char *missing = collector_missing("");

    /* Asked for by name, the direct engine shows a host whose xenstored died. */
    if (!missing && engine != ENGINE_DIRECT)
        missing = xenstored_missing();
    if (missing && engine == ENGINE_AUTO && !local_only) {
        struct source *source = through_service();
        if (source)
            return source;
        if (errno == EACCES)
            die(EXIT_FAILED, "%s; or have yourself put into the group of " SERVICE_SOCKET, missing);
    }
    if (missing)
        die(EXIT_FAILED, "%s", missing);
    return open_engine(engine);
}

static struct source *open_replay(const struct opener *o)
{
    char message[REPLAY_MESSAGE];

    if (o->demo)
        die(EXIT_USAGE, "--demo and --replay do not go together");
    struct source *source = replay_open(o->replay, o->speed, message);
    if (!source)
        die(EXIT_FAILED, "%s", message);
    return source;
}

struct source *opener_open(struct opener *o, double step_s, unsigned past)
{
    if (o->connect && (o->demo || o->replay))
        die(EXIT_USAGE, "--connect goes together with neither --demo nor --replay");
    if (o->connect)
        return open_remote(o->connect, &o->fetch);
    if (o->replay)
        return open_replay(o);
    return o->demo ? open_demo(o, step_s, past) : open_host(o->engine, o->local_only);
}
