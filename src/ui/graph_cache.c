/* graph_cache: see graph_cache.h. */
#include "graph_cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"

void graph_cache_release(struct graph_cache *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->graphs[i].values);
}

static bool is_of_now(const struct graph_cache *c, const struct graph *g)
{
    return g->have && g->from_ns == c->from_ns && g->to_ns == c->to_ns;
}

struct graph *graph_cache_find(struct graph_cache *c, const struct past_subject *s, size_t n)
{
    for (size_t i = 0; i < c->count; i++) {
        struct graph *g = &c->graphs[i];
        if (g->n == n && g->subject.of == s->of && g->subject.series == s->series &&
            g->subject.id == s->id && !memcmp(&g->subject.uuid, &s->uuid, sizeof(s->uuid)))
            return g;
    }
    return NULL;
}

struct graph *graph_cache_wanting(struct graph_cache *c, bool again)
{
    for (size_t i = 0; i < c->count; i++) {
        struct graph *g = &c->graphs[i];
        if (g->frame + 1 < c->frame)
            continue;
        if (g->stale || !is_of_now(c, g) || (again && !g->whole))
            return g;
    }
    return NULL;
}

void graph_cache_again(struct graph_cache *c)
{
    for (size_t i = 0; i < c->count; i++)
        c->graphs[i].stale |= !c->graphs[i].whole;
}

void graph_cache_keep(struct graph_cache *c, const struct graph *read)
{
    struct graph *g = graph_cache_find(c, &read->subject, read->n);

    if (!g) {
        free(read->values);
        return;
    }
    free(g->values);
    g->values = read->values;
    g->from_ns = read->from_ns;
    g->to_ns = read->to_ns;
    g->have = true;
    g->stale = false;
    g->whole = read->whole;
}

/* A place for another: a new one, or that of the one longest not asked for. */
static struct graph *add(struct graph_cache *c, const struct past_subject *s, size_t n)
{
    struct graph *g = &c->graphs[0];

    if (c->count < GRAPHS_MAX) {
        g = &c->graphs[c->count++];
    } else {
        for (size_t i = 1; i < c->count; i++)
            if (c->graphs[i].frame < g->frame)
                g = &c->graphs[i];
        free(g->values);
    }
    *g = (struct graph){.subject = *s, .n = n};
    return g;
}

/* What is known of another time, each value where it is in this one. */
static void place(const struct graph_cache *c, const struct graph *g, float *mean, float *peak)
{
    double part = (double)(c->to_ns - c->from_ns) / (double)g->n;
    double had = (double)(g->to_ns - g->from_ns) / (double)g->n;

    for (size_t i = 0; i < g->n; i++) {
        double at = ((double)c->from_ns - (double)g->from_ns + ((double)i + 0.5) * part) / had;
        bool in = at >= 0 && at < (double)g->n;
        mean[i] = in ? g->values[(size_t)at] : NAN;
        peak[i] = in ? g->values[g->n + (size_t)at] : NAN;
    }
}

bool graph_cache_ask(struct graph_cache *c, const struct past_subject *s, size_t n, float *mean,
                     float *peak)
{
    struct graph *g = graph_cache_find(c, s, n);

    if (!n)
        return false;
    if (!g)
        g = add(c, s, n);
    g->frame = c->frame;
    for (size_t i = 0; i < n; i++)
        mean[i] = peak[i] = NAN;
    if (is_of_now(c, g)) {
        memcpy(mean, g->values, n * sizeof(*mean));
        memcpy(peak, g->values + n, n * sizeof(*peak));
    } else if (g->have && g->to_ns > g->from_ns && c->to_ns > c->from_ns) {
        place(c, g, mean, peak);
    }
    return !is_of_now(c, g) || !g->whole;
}
