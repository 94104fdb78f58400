/* store_watch: see store_watch.h. */
#include "store_watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "../base.h"

#define TOKEN   24
#define LIBXL   "/libxl"
#define BACKEND "/local/domain/0/backend"

struct store_event store_event_parse(const char *path, const char *token)
{
    struct store_event event = {0};
    char kind[16], *end;
    int at = 0;

    switch (token[0]) {
    case 'n':
    case 't':
        event.domid = strtoull(token + 1, &end, 10);
        if (token[1] >= '0' && token[1] <= '9' && !*end)
            event.parts = token[0] == 'n' ? STORE_NAME : STORE_TARGET;
        break;
    case 'd':
        /* "/libxl/7/device/vbd/51712": whose devices changed. */
        if (sscanf(path, LIBXL "/%" SCNu64 "/device%n", &event.domid, &at) == 1 && at)
            event.parts = STORE_DEVICES;
        break;
    case 'b':
        /* "/local/domain/0/backend/vif/7/0/mac": the folders, and what is read of a device. The
         * rest is the two ends' talk with each other. */
        if (sscanf(path, BACKEND "/%15[^/]/%" SCNu64 "%n", kind, &event.domid, &at) != 2)
            break;
        if (path[at] == '/')
            at += 1 + (int)strcspn(path + at + 1, "/");
        if (!path[at] || (path[at] == '/' && store_device_node(path + at + 1)))
            event.parts = STORE_DEVICES;
        break;
    }
    return event;
}

bool store_event_next(struct store_access *a, struct store_event *out)
{
    if (a->lost)
        return false;
    char **event = xs_check_watch(a->xs);
    if (!event) {
        a->lost |= errno != EAGAIN;
        return false;
    }
    *out = store_event_parse(event[XS_WATCH_PATH], event[XS_WATCH_TOKEN]);
    free(event);
    return true;
}

static void watch_of(char path[STORE_PATH], char token[TOKEN], uint64_t domid, unsigned part)
{
    snprintf(token, TOKEN, "%c%" PRIu64, part == STORE_NAME ? 'n' : 't', domid);
    snprintf(path, STORE_PATH, "/local/domain/%" PRIu64 "/%s", domid,
             part == STORE_NAME ? "name" : "memory/target");
}

void store_watch_entry(struct store_access *a, struct store_entry *e, unsigned parts)
{
    char path[STORE_PATH], token[TOKEN];

    for (unsigned part = STORE_NAME; part <= STORE_TARGET; part <<= 1) {
        if (!(parts & part) || e->watched & part || a->lost)
            continue;
        watch_of(path, token, e->domid, part);
        store_busy(a, true);
        if (xs_watch(a->xs, path, token))
            e->unasked |= part;
        store_busy(a, false);
        e->watched |= part;
    }
}

void store_unwatch_entry(struct store_access *a, const struct store_entry *e)
{
    char path[STORE_PATH], token[TOKEN];

    for (unsigned part = STORE_NAME; part <= STORE_TARGET; part <<= 1) {
        if (!(e->watched & part) || !a->xs || a->lost)
            continue;
        watch_of(path, token, e->domid, part);
        store_busy(a, true);
        xs_unwatch(a->xs, path, token);
        store_busy(a, false);
    }
}

void store_watch_devices(struct store_access *a)
{
    unsigned count;

    store_busy(a, true);
    xs_watch(a->xs, LIBXL, "d");
    /* A libxl that has made no domain yet has no tree yet: watched are both then. */
    char **names = xs_directory(a->xs, XBT_NULL, LIBXL, &count);
    if (!names || !count)
        xs_watch(a->xs, BACKEND, "b");
    free(names);
    store_busy(a, false);
}
