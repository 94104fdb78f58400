/*
 * recorder_tell: what the recorder says in the journal and the log: events, that the store fails,
 * that it does no longer, what was set aside. See recorder_private.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "recorder_private.h"

#define UNTOLD_MAX 4096 /* events that wait for the journal */

struct journal_entry recorder_entry(enum event_kind kind, uint64_t wall_ns, const struct uuid *uuid,
                                    const char *detail)
{
    struct journal_entry e = {.event = {.wall_ns = wall_ns, .kind = kind, .domid = UNKNOWN}};

    if (uuid)
        e.event.uuid = *uuid;
    snprintf(e.event.detail, sizeof(e.event.detail), "%.*s", (int)sizeof(e.event.detail) - 1,
             detail);
    return e;
}

static int append(struct recorder *r, const struct journal_entry *entry)
{
    int err = journal_append(&r->journal, entry);

    r->store.bytes += r->journal.grown;
    r->journal.grown = 0;
    return err;
}

bool recorder_tell_untold(struct recorder *r)
{
    size_t told = 0;

    while (told < r->untold_count && !append(r, &r->untold[told]))
        told++;
    r->untold_count -= told;
    memmove(r->untold, r->untold + told, r->untold_count * sizeof(*r->untold));
    return !r->untold_count;
}

void recorder_tell(struct recorder *r, const struct journal_entry *entry)
{
    if ((!r->untold_count || recorder_tell_untold(r)) && !append(r, entry))
        return;
    if (r->untold_count == UNTOLD_MAX)
        memmove(r->untold, r->untold + 1, --r->untold_count * sizeof(*r->untold));
    array_reserve(&r->untold, &r->untold_cap, r->untold_count + 1, sizeof(*r->untold));
    r->untold[r->untold_count++] = *entry;
}

static void say(const struct recorder *r, const char *message)
{
    if (r->config.log)
        r->config.log(message);
}

void recorder_event(struct recorder *r, enum event_kind kind, uint64_t wall_ns, const char *detail)
{
    struct journal_entry e = recorder_entry(kind, wall_ns ? wall_ns : clock_wall_ns(), NULL,
                                            detail);

    recorder_tell(r, &e);
    journal_sync(&r->journal);
}

void recorder_happened(struct recorder *r, const struct event *events, size_t count)
{
    struct journal_entry entry = {0};

    for (size_t i = 0; i < count; i++) {
        entry.event = events[i];
        recorder_tell(r, &entry);
    }
    journal_sync(&r->journal);
}

void recorder_failed(struct recorder *r, const char *message)
{
    r->failures++;
    r->failed++;
    if (r->failing)
        return;
    r->failing = true;
    r->failing_since_s = clock_wall_ns() / NS_PER_S;
    say(r, message);
    recorder_event(r, EVENT_STORE_BAD, 0, message);
}

void recorder_check_recovered(struct recorder *r)
{
    char text[EVENT_DETAIL];

    if (r->lost > r->lost_told && !r->failing) {
        struct journal_entry e = recorder_entry(EVENT_GAP, clock_wall_ns(), NULL, "");
        snprintf(e.event.detail, sizeof(e.event.detail),
                 "%" PRIu64 " updates were given up: they waited too long", r->lost - r->lost_told);
        e.from_ns = r->failing_since_s * NS_PER_S;
        e.to_ns = clock_wall_ns();
        recorder_tell(r, &e);
        r->lost_told = r->lost;
    }
    if (!r->failing || r->failures || r->store.waiting || r->untold_count)
        return;
    r->failing = false;
    snprintf(text, sizeof(text), "the store can be written again");
    say(r, text);
    recorder_event(r, EVENT_STORE_OKAY, 0, text);
}

int recorder_set_aside(struct recorder *r, const char *path, const char *why)
{
    char to[160], text[EVENT_DETAIL];
    struct uuid uuid = {{0}};
    size_t len;
    int fd = files_folder(r->store.dir, LAYOUT_DAMAGED), err = fd < 0 ? fd : 0;

    len = (size_t)snprintf(to, sizeof(to), LAYOUT_DAMAGED "/%.100s.%" PRIu64, path,
                           clock_wall_ns() / (NS_PER_S / 1000));
    for (size_t i = strlen(LAYOUT_DAMAGED "/"); i < len; i++)
        if (to[i] == '/')
            to[i] = '_';
    if (!err && renameat(r->store.dir, path, r->store.dir, to))
        err = -errno;
    /* A folder in a file's place: what is in it was not counted. */
    if (!err)
        r->store.bytes += files_tree(r->store.dir, to) - files_bytes(r->store.dir, to);
    if (fd >= 0)
        close(fd);
    /* "domains/UUID/vif-0.rrd": whose it is goes into the event's own field. */
    const char *name = strrchr(path, '/');
    if (name && name - path >= UUID_TEXT) {
        char whose[UUID_TEXT];
        snprintf(whose, sizeof(whose), "%s", name - UUID_TEXT + 1);
        uuid_parse(whose, &uuid);
    }
    if (err)
        snprintf(r->store.message, sizeof(r->store.message), "%s: %s, and cannot be set aside: %s",
                 path, why, strerror(-err));
    else
        snprintf(r->store.message, sizeof(r->store.message), "%s: %s, set aside as %s", path, why,
                 to);
    snprintf(text, sizeof(text), "%.40s: %.30s, %s", name ? name + 1 : path, why,
             err ? "cannot be set aside" : "set aside");
    say(r, r->store.message);
    struct journal_entry e = recorder_entry(EVENT_STORE_BAD, clock_wall_ns(), &uuid, text);
    recorder_tell(r, &e);
    journal_sync(&r->journal);
    return err;
}

void recorder_blame(struct recorder *r, const char *path, const char *why)
{
    recorder_set_aside(r, path, why);
}

void recorder_reason(struct recorder *r, const char *reason)
{
    snprintf(r->reason, sizeof(r->reason), "%s", reason ? reason : "");
}
