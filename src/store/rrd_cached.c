/* rrd_cached: files that are written through rrdcached. See rrd.h. */
#include <errno.h>
#include <rrd.h>
#include <rrd_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rrd_private.h"
#include "rrdcheck.h"

/* rrdcached takes lines of up to RRD_CMD_MAX, path and all. */
#define CACHED_LINE (RRD_CMD_MAX / 2)

int rrd_cached_update(struct rrd_store *store, const char *path, size_t count, const char **lines)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(lines[i]) > CACHED_LINE) {
            int err = rrd_update_file(path, 1, &lines[i]);
            if (err)
                return err;
            continue;
        }
        /* What it has already, after a restart of ours, is no failure. */
        if (rrdc_update(path, 1, (const char *const *)&lines[i]) &&
            !strstr(rrd_get_error(), "illegal attempt to update"))
            return rrdc_is_connected(store->cached) ? -EIO : -ECONNREFUSED;
        rrd_clear_error();
    }
    return 0;
}

int rrd_cached_connect(struct rrd_store *store)
{
    if (!store->cached || rrdc_is_connected(store->cached))
        return 0;
    rrd_clear_error();
    rrdc_disconnect();
    if (!rrdc_connect(store->cached) && rrdc_is_connected(store->cached))
        return 0;
    snprintf(store->message, sizeof(store->message), "rrdcached at %s: %s", store->cached,
             rrd_test_error() ? rrd_get_error() : "not connected");
    return -ECONNREFUSED;
}

int rrd_cached_flush(struct rrd_store *store, const struct rrd_file *f)
{
    char path[RRD_PATH];
    int err;

    if (!store->cached)
        return 0;
    err = rrd_cached_connect(store);
    if (err)
        return err;
    rrd_path(store, f->path, path);
    rrd_begin(store, f);
    err = rrdc_flush(path);
    rrd_end(store);
    return err ? -EIO : 0;
}

void rrd_cached_forget(struct rrd_store *store, const struct rrd_file *f)
{
    char path[RRD_PATH];

    if (!store->cached)
        return;
    rrd_cached_flush(store, f);
    rrd_path(store, f->path, path);
    rrd_begin(store, f);
    if (rrdc_is_connected(store->cached))
        rrdc_forget(path);
    rrd_end(store);
}

/* The updates that it has taken since it started. */
static bool count_updates(uint64_t *updates)
{
    rrdc_stats_t *all = NULL;
    bool found = false;

    if (rrdc_stats_get(&all))
        return false;
    for (const rrdc_stats_t *s = all; s; s = s->next)
        if (!strcmp(s->name, "UpdatesReceived") && s->type == RRDC_STATS_TYPE_COUNTER) {
            *updates = s->value.counter;
            found = true;
        }
    rrdc_stats_free(all);
    return found;
}

uint64_t rrd_cached_lost(struct rrd_store *store, const struct rrd_file *f)
{
    struct rrdcheck c;
    uint64_t updates;
    bool anew;
    int err;

    /* librrd connects again without a word, so it is asked who that is. */
    if (!store->cached || rrd_cached_connect(store) || !count_updates(&updates))
        return 0;
    anew = updates < store->cached_updates;
    if (anew && rrd_cached_flush(store, f))
        return 0;
    store->cached_updates = updates;
    if (!anew || !f->given_s)
        return 0;
    free(rrdcheck_file(&c, store->dir, f->path, &err));
    /* Where one is missing the next one's rate is that of both. */
    return !err && c.last_s + store->step_s < f->given_s ? c.last_s : 0;
}
