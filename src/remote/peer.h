/*
 * peer: one remote service, read by a thread of its own: over HTTP(S) or a local socket. It
 * connects again by itself, after longer and longer pauses, and keeps the newest snapshots.
 *
 * Frames may come from anybody: they pass wire_decode() before anyone else sees them.
 */
#ifndef DOMTOP_REMOTE_PEER_H
#define DOMTOP_REMOTE_PEER_H

#include "../snapshot.h"
#include "fetch.h"

/* Of a local socket. */
#define PEER_UNIX "unix:"

struct peer;

/* What is known of it now. */
struct peer_state {
    unsigned waiting; /* snapshots not yet taken */
    bool tried;       /* it has answered, or failed to, at least once */
    bool live;        /* it answers, as far as is known */
    int error;        /* why it does not: -errno */
    char problem[FETCH_MESSAGE];
    uint64_t last_ns;     /* when the newest came, monotonic; 0: none yet */
    uint64_t interval_ns; /* between its samples, by its own clock; 0: not known yet */
    uint64_t elapsed_ns;  /* of the last request; UNKNOWN */
    uint64_t shift_ns;    /* from its monotonic clock to ours, by wrapping addition */
};

/*
 * Start reading. address: "unix:PATH" or a URL of fetch.h. wake is called from the peer's thread
 * whenever something is new. NULL with a sentence when it is none.
 */
struct peer *peer_start(const char *address, const struct fetch_config *c, void (*wake)(void *),
                        void *ctx, char message[FETCH_MESSAGE]);
void peer_stop(struct peer *p);

/* Where it is, for people: no password. */
const char *peer_where(const struct peer *p);

struct peer_state peer_look(struct peer *p);

/* Swap *s for a snapshot: the oldest waiting the first time, so that two make a rate, then the
 * newest. False when none waits. */
bool peer_take(struct peer *p, struct snapshot *s);

#endif
