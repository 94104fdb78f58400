/* http_snapshot: see http_snapshot.h. */
#include "http_snapshot.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "../wire.h"

/* The frame that was made last: made once for all who ask for the same sample. */
static struct {
    pthread_mutex_t lock;
    const struct web *web;
    uint64_t generation;
    struct bytes *bytes;
} made = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct bytes *frame_of(const struct web *w, const struct web_state *state)
{
    struct text out = {0};
    struct bytes *bytes = NULL;

    pthread_mutex_lock(&made.lock);
    if (made.bytes && made.web == w && made.generation == state->generation) {
        bytes = bytes_ref(made.bytes);
    } else if (wire_encode(&out, &state->now) == 0) {
        bytes = bytes_take(&out);
        bytes_unref(made.bytes);
        made.bytes = bytes_ref(bytes);
        made.web = w;
        made.generation = state->generation;
    }
    pthread_mutex_unlock(&made.lock);
    text_release(&out);
    return bytes;
}

void http_snapshot(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct web_state *state = web_get(w);
    struct bytes *frame = state->now.seq ? frame_of(w, state) : NULL;

    if (!frame) {
        http_error(q, r, 503, "there is no sample yet");
        r->retry_after = 1;
    } else {
        r->type = HTTP_SNAPSHOT_TYPE;
        r->body = frame;
        r->compress = true;
        /* A sample's own time: the same number of a service that was started anew is another. */
        snprintf(r->etag, sizeof(r->etag), "%" PRIx64 "-%" PRIx64 "-%" PRIx64, state->now.seq,
                 state->now.mono_ns, state->now.wall_ns);
    }
    web_put(w, state);
}
