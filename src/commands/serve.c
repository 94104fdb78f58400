/* serve: `domtop serve`, the service that records a host into a store. */
#include "../serve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base.h"
#include "../opener.h"
#include "../serve_child.h"
#include "../store/lock.h"
#include "../store/store.h"
#include "../usage.h"
#include "commands.h"

#define KEEP_DEAD "90d"

/* First in the arguments of the recorder's process. */
#define AS_RECORDER "--as-recorder"

enum {
    OPT_STORE = USAGE_LONG,
    OPT_STEP,
    OPT_ARCHIVES,
    OPT_KEEP,
    OPT_MAX,
    OPT_CACHED,
    OPT_PLAN,
    OPT_VERBOSE
};

static const struct usage_row rows[] = {
    {"store", required_argument, OPT_STORE, "=DIR",
     "record into this folder, made where it is not"},
    {"step", required_argument, OPT_STEP, "=TIME", "a sample every so often: 10s (default), 1m"},
    {"archives", required_argument, OPT_ARCHIVES, "=LIST",
     "what is kept for how long: 10s:1d,1m:7d,5m:31d,1h:396d,1d:5y"},
    {"keep-dead", required_argument, OPT_KEEP, "=TIME",
     "files of a dead domain stay for so long (" KEEP_DEAD "; 0: for ever)"},
    {"max-size", required_argument, OPT_MAX, "=SIZE",
     "dead domains' files go, oldest first, while the store takes more: 20G"},
    {"rrdcached", required_argument, OPT_CACHED, "=ADDRESS",
     "update through this rrdcached: unix:/run/rrdcached.sock"},
    {"plan", optional_argument, OPT_PLAN, "[=COUNTS]",
     "print what a store takes: domains=N,vcpus=N,vifs=N,vbds=N,pcpus=N"},
    OPENER_ROWS,
    {"verbose", no_argument, OPT_VERBOSE, "", "say on standard error what each sample took"},
    {"help", no_argument, 'h', "", "show this help and exit"},
};
static const struct usage usage = {
    .synopsis = "domtop serve --store=DIR [OPTION]...",
    .about = "Record this host, to look back later. See domtop-store(5).",
    .rows = rows,
    .count = ARRAY_LEN(rows),
};

struct asked {
    const char *store, *archives, *cached;
    uint64_t step_s, keep_dead_s, max_bytes;
    bool verbose, as_recorder, plan;
    const char *counts;
    struct opener opener;
};

static uint64_t parse_time(const char *option, const char *text)
{
    uint64_t s = duration_parse(text);

    if (!s && strcmp(text, "0") != 0)
        die(EXIT_USAGE, "%s takes a time such as 10s, 12h or 90d, not '%s'", option, text);
    return s;
}

static uint64_t parse_size(const char *text)
{
    static const char units[] = "KMGTP";
    char *end;
    errno = 0;
    uint64_t n = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

    if (*text < '0' || *text > '9' || errno || (*end && (!unit || end[1])) || n >> (63 - shift))
        die(EXIT_USAGE, "--max-size takes bytes with a K, M, G or T behind, not '%s'", text);
    return n << shift;
}

static void parse(struct asked *a, int argc, char **argv)
{
    int opt;

    *a = (struct asked){.keep_dead_s = duration_parse(KEEP_DEAD)};
    opener_init(&a->opener);
    while ((opt = usage_next_or_exit(&usage, argc, argv)) != -1) {
        if (opener_take(&a->opener, opt, optarg))
            continue;
        switch (opt) {
        case OPT_STORE: a->store = optarg; break;
        case OPT_STEP:
            a->step_s = parse_time("--step", optarg);
            if (!a->step_s || a->step_s > 3600)
                die(EXIT_USAGE, "--step takes 1s to 1h, not '%s'", optarg);
            break;
        case OPT_ARCHIVES: a->archives = optarg; break;
        case OPT_KEEP: a->keep_dead_s = parse_time("--keep-dead", optarg); break;
        case OPT_MAX: a->max_bytes = parse_size(optarg); break;
        case OPT_CACHED: a->cached = optarg; break;
        case OPT_PLAN: a->plan = true, a->counts = optarg; break;
        case OPT_VERBOSE: a->verbose = true; break;
        }
    }
    if (optind < argc)
        die(EXIT_USAGE, "serve takes no operand: '%s'", argv[optind]);
}

static void parse_archives(struct archives *archives, const char *text, uint64_t step_s)
{
    char message[ARCHIVES_MESSAGE];

    if (!text)
        archives_default(archives, step_s);
    else if (archives_parse(archives, text, step_s, message))
        die(EXIT_USAGE, "--archives: %s", message);
}

/* ---- --plan ---- */

static uint64_t per_row(const struct archives *a, enum entity entity)
{
    const struct layout_source *sources;

    return archives_file_bytes(a, layout_sources(entity, &sources));
}

static int print_plan(const struct asked *asked)
{
    static const struct {
        const char *name;
        enum entity entity;
    } things[] = {{"domains", ENTITY_DOMAIN},
                  {"vcpus", ENTITY_VCPU},
                  {"vifs", ENTITY_VIF},
                  {"vbds", ENTITY_VBD},
                  {"pcpus", ENTITY_PCPU}};
    uint64_t counts[ARRAY_LEN(things)] = {1, 1, 1, 1, 1}, domain = 0, total;
    char text[ARCHIVES_TEXT], copy[256] = "", *rest = copy, *item;
    const struct layout_source *sources;
    struct archives a;

    parse_archives(&a, asked->archives, asked->step_s ? asked->step_s : ARCHIVES_STEP_S);
    snprintf(copy, sizeof(copy), "%s", asked->counts ? asked->counts : "");
    while (copy[0] && (item = strsep(&rest, ","))) {
        size_t i = 0, len = strcspn(item, "=");
        char *end = item;
        while (i < ARRAY_LEN(things) &&
               (strlen(things[i].name) != len || strncmp(things[i].name, item, len) != 0))
            i++;
        if (i < ARRAY_LEN(things) && item[len])
            counts[i] = strtoull(item + len + 1, &end, 10);
        if (end == item || *end || counts[i] > 1000000)
            die(EXIT_USAGE, "--plan takes domains=N,vcpus=N,vifs=N,vbds=N,pcpus=N, not '%s'", item);
    }
    archives_format(&a, text);
    printf("archives %s\n", text);
    for (size_t i = 0; i < ARRAY_LEN(things); i++) {
        /* A set's members share a file: its head is that of one, near enough to the byte per
         * member. */
        uint64_t bytes = per_row(&a, things[i].entity);
        const char *name = metric_groups[things[i].entity].name;
        printf("%-8s %3zu data sources %12" PRIu64 " bytes\n", name,
               layout_sources(things[i].entity, &sources), bytes);
    }
    printf("%-8s %3zu data sources %12" PRIu64 " bytes\n", "host",
           layout_sources(ENTITY_HOST, &sources), per_row(&a, ENTITY_HOST));
    domain = per_row(&a, ENTITY_DOMAIN) +
             archives_file_bytes(&a, counts[1] * layout_sources(ENTITY_VCPU, &sources)) +
             counts[2] * per_row(&a, ENTITY_VIF) + counts[3] * per_row(&a, ENTITY_VBD);
    total = counts[0] * domain + per_row(&a, ENTITY_HOST) +
            archives_file_bytes(&a, counts[4] * layout_sources(ENTITY_PCPU, &sources));
    printf("a domain of %" PRIu64 " vcpus, %" PRIu64 " vifs, %" PRIu64 " vbds: %" PRIu64 " bytes\n",
           counts[1], counts[2], counts[3], domain);
    printf("%" PRIu64 " such domains on %" PRIu64 " pcpus: %" PRIu64 " bytes\n", counts[0],
           counts[4], total);
    return fflush(stdout) ? EXIT_FAILED : EXIT_OK;
}

/* ---- the store ---- */

static bool is_empty(const char *root)
{
    DIR *list = opendir(root);
    struct dirent *d;
    bool empty = true;

    while (list && (d = readdir(list)))
        /* What a first start that was killed may have left. */
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
            strcmp(d->d_name, LAYOUT_LOCK) != 0 &&
            strcmp(d->d_name, "." LAYOUT_SETTINGS ".new") != 0)
            empty = false;
    if (list)
        closedir(list);
    return empty;
}

/* The store's settings; those asked for where it is new. */
static void settle(const struct asked *a, const char *root, int dir, struct store_settings *s)
{
    struct store_settings want = {.step_s = a->step_s ? a->step_s : ARCHIVES_STEP_S};
    char have[ARCHIVES_TEXT], asked[ARCHIVES_TEXT];
    int err = store_settings_read(dir, s);

    if (err == -ENOENT) {
        if (!is_empty(root))
            die(EXIT_FAILED, "%s is neither a store nor empty", root);
        parse_archives(&want.archives, a->archives, want.step_s);
        err = store_settings_write(dir, &want);
        *s = want;
    } else if (err == -EPROTONOSUPPORT) {
        die(EXIT_FAILED, "%s is a store of a later domtop", root);
    } else if (err == -EBADMSG) {
        die(EXIT_FAILED,
            "%s/" LAYOUT_SETTINGS " is damaged: write its lines anew, see "
            "domtop-store(5)",
            root);
    } else if (!err) {
        if (a->step_s && a->step_s != s->step_s)
            die(EXIT_USAGE,
                "%s has a step of %" PRIu64 " s, which stays; a new store can have "
                "another",
                root, s->step_s);
        archives_format(&s->archives, have);
        if (a->archives) {
            parse_archives(&want.archives, a->archives, s->step_s);
            archives_format(&want.archives, asked);
            if (strcmp(have, asked) != 0)
                die(EXIT_USAGE, "%s keeps %s, which stays; a new store can keep something else",
                    root, have);
        }
    }
    if (err)
        die(EXIT_FAILED, "%s: %s", root, strerror(-err));
}

static char *find_root(const char *store)
{
    char *root;

    if (mkdir(store, 0755) && errno != EEXIST)
        die(EXIT_FAILED, "%s cannot be made: %s", store, strerror(errno));
    root = realpath(store, NULL);
    if (!root)
        die(EXIT_FAILED, "%s: %s", store, strerror(errno));
    return root;
}

static int run_recorder(const struct asked *a)
{
    char *root = find_root(a->store);
    struct recorder_config config = {.root = root,
                                     .keep_dead_s = a->keep_dead_s,
                                     .max_bytes = a->max_bytes,
                                     .cached = a->cached};
    int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status, err = dir < 0 ? -errno : store_settings_read(dir, &config.settings);

    if (err)
        die(EXIT_FAILED, "%s: %s", root, strerror(-err));
    close(dir);
    status = serve_child_run(&config);
    free(root);
    return status;
}

/* ---- the sampler ---- */

struct opening {
    struct opener *opener;
    uint64_t step_s;
};

static struct source *open_source(void *arg)
{
    struct opening *o = arg;

    return opener_open(o->opener, (double)o->step_s, 0);
}

static int run_sampler(struct asked *a, int argc, char **argv)
{
    char *root = find_root(a->store), holder[256];
    char **child = xcalloc((size_t)argc + 3, sizeof(*child));
    struct serve_config config = {.root = root, .child_argv = child, .verbose = a->verbose};
    struct opening opening = {&a->opener, 0};
    int status;

    config.dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (config.dir < 0)
        die(EXIT_FAILED, "%s: %s", root, strerror(errno));
    config.lock = store_lock(config.dir, holder);
    if (config.lock == -EAGAIN)
        die(EXIT_FAILED, "%s is being recorded to by %s", root, holder);
    if (config.lock < 0)
        die(EXIT_FAILED, "%s/" LAYOUT_LOCK ": %s", root, strerror(-config.lock));
    settle(a, root, config.dir, &config.settings);
    child[0] = xstrdup("domtop");
    child[1] = xstrdup("serve");
    child[2] = xstrdup(AS_RECORDER);
    for (int i = 1; i < argc; i++)
        child[i + 2] = argv[i];
    opening.step_s = config.settings.step_s;
    config.open = open_source;
    config.arg = &opening;
    status = serve_run(&config);
    for (int i = 0; i < 3; i++)
        free(child[i]);
    free(child);
    free(root);
    close(config.lock);
    close(config.dir);
    return status;
}

int serve_main(int argc, char **argv)
{
    struct asked a;
    bool as_recorder = argc > 1 && !strcmp(argv[1], AS_RECORDER);

    if (as_recorder) {
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    /* getopt moves operands about; there are none, so argv stays as it is. */
    parse(&a, argc, argv);
    if (a.plan)
        return print_plan(&a);
    if (!a.store)
        die(EXIT_USAGE, "there is nothing to serve yet: say where to record to, with --store=DIR");
    return as_recorder ? run_recorder(&a) : run_sampler(&a, argc, argv);
}
