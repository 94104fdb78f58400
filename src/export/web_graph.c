/* web_graph: see web_graph.h. */
#include "web_graph.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "api_query.h"
#include "web.h"

#define KEPT      16        /* pictures */
#define KEPT_MOST (4 << 20) /* bytes of one that is kept */

/* The last pictures, by their etag, the oldest is next to go. */
static struct {
    pthread_mutex_t lock;
    struct {
        char etag[64];
        struct bytes *picture;
    } slots[KEPT];
    unsigned next;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct bytes *kept_find(const char *etag)
{
    struct bytes *found = NULL;

    pthread_mutex_lock(&kept.lock);
    for (unsigned i = 0; i < KEPT && !found; i++)
        if (kept.slots[i].picture && !strcmp(kept.slots[i].etag, etag))
            found = bytes_ref(kept.slots[i].picture);
    pthread_mutex_unlock(&kept.lock);
    return found;
}

static void keep(const char *etag, struct bytes *picture)
{
    if (picture->len > KEPT_MOST)
        return;
    pthread_mutex_lock(&kept.lock);
    unsigned i = kept.next++ % KEPT;
    bytes_unref(kept.slots[i].picture);
    kept.slots[i].picture = bytes_ref(picture);
    snprintf(kept.slots[i].etag, sizeof(kept.slots[i].etag), "%s", etag);
    pthread_mutex_unlock(&kept.lock);
}

/* FNV-1a, 64 bits: names a picture among those of one store. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    for (const unsigned char *b = bytes; len--; b++)
        hash = (hash ^ *b) * UINT64_C(0x100000001b3);
    return hash;
}

/* All that the picture depends on; what was recorded last only where it reaches that far. */
static void name(char etag[64], const struct past_picture *p, const char *rest, uint64_t last_ns)
{
    uint64_t values[] = {p->from_ns, p->to_ns, p->width,
                         p->height,  p->top,   last_ns < p->to_ns ? last_ns : 0};
    uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), rest, strlen(rest));

    hash = mix(hash, values, sizeof(values));
    snprintf(etag, 64, "g%016llx%s", (unsigned long long)hash, p->dark ? "d" : "l");
}

static int status_of(int error)
{
    switch (error) {
    case -ENOENT:
    case -ENODATA: return 404;
    case -EINVAL: return 400;
    default: return 503;
    }
}

static const char *param(const void *from, const char *name)
{
    return http_param(from, name);
}

/* With the past in hand: fill in the picture, drawn or kept, or the error. */
static void draw(struct past *past, const struct past_picture *p, const struct http_request *q,
                 struct http_response *r)
{
    char message[PAST_MESSAGE] = "", etag[64];
    uint64_t first, last = 0;
    struct text out = {0};

    if (past->span(past, &first, &last))
        last = 0;
    name(etag, p, q->rest, last);
    struct bytes *picture = kept_find(etag);
    if (!picture) {
        int error = past->picture(past, p, &out, message);
        if (error) {
            text_release(&out);
            http_error(q, r, status_of(error), "%s", message[0] ? message : strerror(-error));
            return;
        }
        picture = bytes_take(&out);
        keep(etag, picture);
    }
    snprintf(r->etag, sizeof(r->etag), "%s", etag);
    r->type = p->svg ? "image/svg+xml" : "image/png";
    r->compress = p->svg;
    r->body = picture;
}

void web_graph(void *context, const struct http_request *q, struct http_response *r)
{
    struct web *w = context;
    struct api_params params = {.get = param, .from = q};
    struct past_picture p;
    char what[API_WHAT], wrong[API_WRONG];

    if (!api_picture_parse(&p, what, q->rest, &params, clock_wall_ns(), wrong)) {
        http_error(q, r, 400, "%s", wrong);
        return;
    }
    struct past *past = web_past_begin(w);
    if (!past) {
        http_error(q, r, 404, "nothing is recorded: start domtop serve --store DIR");
        return;
    }
    if (past->picture)
        draw(past, &p, q, r);
    else
        http_error(q, r, 404, "this kind of recording draws no pictures");
    web_past_end(w);
}
