/*
 * serve_store: the part of `domtop serve` that has to do with a store: what it is told, the folder,
 * its settings, and the recorder's process.
 */
#ifndef DOMTOP_COMMANDS_SERVE_STORE_H
#define DOMTOP_COMMANDS_SERVE_STORE_H

#include "../service/conf.h"
#include "../service/confine.h"
#include "../service/serve_recording.h"
#include "../usage.h"

struct serve_store_options {
    char path[512]; /* "": none */
    char archives[256], cached[128], counts[128];
    uint64_t step_s; /* 0: the store's own */
    uint64_t keep_dead_s, max_bytes;
    bool verbose, plan;
};

enum {
    STORE_PATH = 400,
    STORE_STEP,
    STORE_ARCHIVES,
    STORE_KEEP,
    STORE_MAX,
    STORE_CACHED,
    STORE_PLAN,
    STORE_VERBOSE
};
#define STORE_KEEP_DEAD "90d"

/* clang-format off */
#define SERVE_STORE_ROWS                                                                           \
    {"store", required_argument, STORE_PATH, "=DIR",                                               \
     "record into this folder, made where it is not"},                                             \
    {"step", required_argument, STORE_STEP, "=TIME",                                               \
     "record a sample every so often: 10s (default), 1m"},                                         \
    {"archives", required_argument, STORE_ARCHIVES, "=LIST",                                       \
     "what is kept for how long: 10s:1d,1m:7d,5m:31d,1h:396d,1d:5y"},                              \
    {"keep-dead", required_argument, STORE_KEEP, "=TIME",                                          \
     "files of a dead domain stay for so long (" STORE_KEEP_DEAD "; 0: for ever)"},                \
    {"max-size", required_argument, STORE_MAX, "=SIZE",                                            \
     "dead domains' files go, oldest first, while the store takes more: 20G"},                     \
    {"rrdcached", required_argument, STORE_CACHED, "=ADDRESS",                                     \
     "update through this rrdcached: unix:/run/rrdcached.sock"},                                   \
    {"plan", optional_argument, STORE_PLAN, "[=COUNTS]",                                           \
     "print what a store takes: domains=N,vcpus=N,vifs=N,vbds=N,pcpus=N"},                         \
    {"verbose", no_argument, STORE_VERBOSE, "", "say on standard error what each sample took"}
/* clang-format on */

void serve_store_defaults(struct serve_store_options *o);

/* Take one of SERVE_STORE_ROWS. 0, or -EINVAL with a sentence; 1 for an option that is none. */
int serve_store_set(struct serve_store_options *o, int option, const char *value,
                    char message[CONF_MESSAGE]);

/* Print what --plan asks for. Returns the exit status; dies when the counts are wrong. */
int serve_store_plan(const struct serve_store_options *o);

/* An opened store. */
struct serve_store {
    char *root; /* absolute */
    char **child_argv;
    struct store_settings settings;
    int dir, lock;
};

/*
 * Make or open it, take its lock, and find its settings, which a new store gets from o. The account
 * is given an empty folder. Dies with a sentence where that cannot be. argv: of the command.
 */
void serve_store_open(struct serve_store *s, const struct serve_store_options *o,
                      const struct account *account, int argc, char **argv);
void serve_store_close(struct serve_store *s);

/* The recorder's process is started as `domtop serve --as-recorder ...`: whether this is it; the
 * word is then taken out of *argc and argv. */
bool serve_store_is_recorder(int *argc, char ***argv);
int serve_store_record(const struct serve_store_options *o, const struct account *account);

#endif
