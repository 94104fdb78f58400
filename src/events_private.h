/*
 * events_private: what the parts of events share: the ring, and what becomes of one domain.
 */
#ifndef DOMTOP_EVENTS_PRIVATE_H
#define DOMTOP_EVENTS_PRIVATE_H

#include "events.h"

/* For each of these entities a sample that lacks it is passed over, by itself. */
enum { KEPT_DOMAINS, KEPT_VIFS, KEPT_VBDS, KEPT_COUNT };

struct pair {
    struct events *e;
    const struct snapshot *prev, *cur;          /* both have domains */
    const struct snapshot *devices[KEPT_COUNT]; /* where they were last read; NULL: nowhere */
};

/* ---- events.c ---- */

/* A place for one more; the oldest goes where there is no other. */
struct event *events_push(struct events *e, const struct snapshot *now, enum event_kind kind);
/* Of domain d of s, which is one of the pair. */
struct event *events_push_domain(const struct pair *p, const struct snapshot *s,
                                 const struct domain *d, enum event_kind kind);
void events_text(char *out, size_t cap, const char *text);

/* ---- events_domain.c ---- */

void events_arrived(const struct pair *p, const struct domain *d);
void events_left(const struct pair *p, const struct domain *d);
void events_stayed(const struct pair *p, const struct domain *before, const struct domain *now);

#endif
