/* serve_store: see serve_store.h. */
#include "serve_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base.h"
#include "../service/serve_child.h"
#include "../store/lock.h"
#include "../store/store.h"

/* First in the arguments of the recorder's process. */
#define AS_RECORDER "--as-recorder"

/* ---- options ---- */

static int wrong(char message[CONF_MESSAGE], const char *row, const char *takes, const char *got)
{
    snprintf(message, CONF_MESSAGE, "%s takes %s, not '%.80s'", row, takes, got);
    return -EINVAL;
}

static int set_time(uint64_t *to, const char *row, const char *text, char message[CONF_MESSAGE])
{
    uint64_t s = duration_parse(text);

    if (!s && strcmp(text, "0") != 0)
        return wrong(message, row, "a time such as 10s, 12h or 90d", text);
    *to = s;
    return 0;
}

static int set_size(uint64_t *to, const char *text, char message[CONF_MESSAGE])
{
    static const char units[] = "KMGTP";
    char *end;

    errno = 0;
    uint64_t n = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

    if (*text < '0' || *text > '9' || errno || (*end && (!unit || end[1])) || n >> (63 - shift))
        return wrong(message, "max-size", "bytes with a K, M, G or T behind", text);
    *to = n << shift;
    return 0;
}

static int set_text(char *to, size_t cap, const char *row, const char *text,
                    char message[CONF_MESSAGE])
{
    if (!*text)
        return wrong(message, row, "something", text);
    if (strlen(text) >= cap)
        return wrong(message, row, "something shorter", text);
    memcpy(to, text, strlen(text) + 1);
    return 0;
}

static int set_step(struct serve_store_options *o, const char *text, char message[CONF_MESSAGE])
{
    if (set_time(&o->step_s, "step", text, message))
        return -EINVAL;
    if (!o->step_s || o->step_s > 3600)
        return wrong(message, "step", "1s to 1h", text);
    return 0;
}

void serve_store_defaults(struct serve_store_options *o)
{
    *o = (struct serve_store_options){.keep_dead_s = duration_parse(STORE_KEEP_DEAD)};
}

int serve_store_set(struct serve_store_options *o, int option, const char *value,
                    char message[CONF_MESSAGE])
{
    switch (option) {
    case STORE_PATH: return set_text(o->path, sizeof(o->path), "store", value, message);
    case STORE_STEP: return set_step(o, value, message);
    case STORE_ARCHIVES:
        return set_text(o->archives, sizeof(o->archives), "archives", value, message);
    case STORE_KEEP: return set_time(&o->keep_dead_s, "keep-dead", value, message);
    case STORE_MAX: return set_size(&o->max_bytes, value, message);
    case STORE_CACHED: return set_text(o->cached, sizeof(o->cached), "rrdcached", value, message);
    case STORE_PLAN:
        o->plan = true;
        return value ? set_text(o->counts, sizeof(o->counts), "plan", value, message) : 0;
    case STORE_VERBOSE: o->verbose = true; return 0;
    default: return 1;
    }
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

int serve_store_plan(const struct serve_store_options *asked)
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

    parse_archives(&a, asked->archives[0] ? asked->archives : NULL,
                   asked->step_s ? asked->step_s : ARCHIVES_STEP_S);
    snprintf(copy, sizeof(copy), "%s", asked->counts);
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

static bool is_empty(int dir)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
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
static void settle(const struct serve_store_options *a, const char *root, int dir,
                   struct store_settings *s)
{
    struct store_settings want = {.step_s = a->step_s ? a->step_s : ARCHIVES_STEP_S};
    char have[ARCHIVES_TEXT], asked[ARCHIVES_TEXT];
    int err = store_settings_read(dir, s);

    if (err == -ENOENT) {
        if (!is_empty(dir))
            die(EXIT_FAILED, "%s is neither a store nor empty", root);
        parse_archives(&want.archives, a->archives[0] ? a->archives : NULL, want.step_s);
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
        if (a->archives[0]) {
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

/* By who will record there, where that may make it: under a service manager root may not give away
 * what it has made (CAP_CHOWN). */
static char *find_root(const char *store, const struct account *account)
{
    char *root;

    account_borrow(account);
    bool made = !mkdir(store, 0755);
    account_return(account);
    if (!made && mkdir(store, 0755) && errno != EEXIST)
        die(EXIT_FAILED, "%s cannot be made: %s", store, strerror(errno));
    root = realpath(store, NULL);
    if (!root)
        die(EXIT_FAILED, "%s: %s", store, strerror(errno));
    return root;
}

/* A folder that nobody has used yet becomes the recorder's; a store of somebody else's is not taken
 * over. */
static void give_to(const char *root, int dir, const struct account *account)
{
    struct stat st;

    if (!account->change || fstat(dir, &st) || st.st_uid == account->uid)
        return;
    if (!is_empty(dir) && faccessat(dir, LAYOUT_SETTINGS, F_OK, AT_SYMLINK_NOFOLLOW))
        die(EXIT_FAILED, "%s is neither a store nor empty", root);
    if (!is_empty(dir))
        die(EXIT_FAILED,
            "%s is not %s's, as whom it is recorded to: chown -R %s %s, or name another --user",
            root, account->name, account->name, root);
    if (fchown(dir, account->uid, account->gid))
        die(EXIT_FAILED, "%s cannot be given to %s: %s", root, account->name, strerror(errno));
}

/* ---- the sampler's ---- */

void serve_store_open(struct serve_store *s, const struct serve_store_options *o,
                      const struct account *account, int argc, char **argv)
{
    char holder[256];

    s->root = find_root(o->path, account);
    s->dir = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0)
        die(EXIT_FAILED, "%s: %s", s->root, strerror(errno));
    give_to(s->root, s->dir, account);
    account_borrow(account);
    s->lock = store_lock(s->dir, holder);
    if (s->lock == -EAGAIN)
        die(EXIT_FAILED, "%s is being recorded to by %s", s->root, holder);
    if (s->lock < 0)
        die(EXIT_FAILED, "%s/" LAYOUT_LOCK ": %s", s->root, strerror(-s->lock));
    settle(o, s->root, s->dir, &s->settings);
    account_return(account);
    s->child_argv = xcalloc((size_t)argc + 3, sizeof(*s->child_argv));
    s->child_argv[0] = xstrdup("domtop");
    s->child_argv[1] = xstrdup("serve");
    s->child_argv[2] = xstrdup(AS_RECORDER);
    for (int i = 1; i < argc; i++)
        s->child_argv[i + 2] = argv[i];
}

void serve_store_close(struct serve_store *s)
{
    for (int i = 0; i < 3; i++)
        free(s->child_argv[i]);
    free(s->child_argv);
    free(s->root);
    close(s->lock);
    close(s->dir);
}

/* ---- the recorder's ---- */

bool serve_store_is_recorder(int *argc, char ***argv)
{
    if (*argc < 2 || strcmp((*argv)[1], AS_RECORDER) != 0)
        return false;
    (*argv)[1] = (*argv)[0];
    (*argv)++;
    (*argc)--;
    return true;
}

int serve_store_record(const struct serve_store_options *o, const struct account *account)
{
    static const int keep[] = {SERVE_FD_SOCKET, SERVE_FD_LOCK, SERVE_FD_NOTE};
    struct recorder_config config = {.keep_dead_s = o->keep_dead_s,
                                     .max_bytes = o->max_bytes,
                                     .cached = o->cached[0] ? o->cached : NULL};
    char message[CONFINE_MESSAGE], *root = find_root(o->path, account);
    int dir, err, status;

    /* Its user need not be able to walk to it; rrdcached has to be told the whole way. */
    if (chdir(root))
        die(EXIT_FAILED, "%s: %s", root, strerror(errno));
    config.root = config.cached ? root : ".";
    if (confine(config.cached ? DUTY_CACHED : DUTY_RECORDER, account, keep, ARRAY_LEN(keep),
                message))
        die(EXIT_FAILED, "confining the recorder: %s", message);
    dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    err = dir < 0 ? -errno : store_settings_read(dir, &config.settings);
    if (err)
        die(EXIT_FAILED, "%s: %s", root, strerror(-err));
    close(dir);
    status = serve_child_run(&config);
    free(root);
    return status;
}
