/*
 * roster: which domains and files there are in a store, and what is known of each domain beside its
 * numbers. Kept, and read again where a folder changed.
 *
 * A domain's folder that nobody could have made by accident is still only read: at most
 * ROSTER_DEVICES files of each kind are taken, names that are not ours are passed over.
 */
#ifndef DOMTOP_ROSTER_H
#define DOMTOP_ROSTER_H

#include "about.h"
#include "window.h"

#define ROSTER_DOMAINS 100000
#define ROSTER_DEVICES 512

struct roster_domain {
    struct uuid uuid;
    struct about about; /* of roster_describe(); knows nothing where about_err is set */
    int about_err;
    struct window self, vcpus;
    struct window *devices; /* vifs and vbds, in order of entity and number */
    size_t device_count, device_cap;

    /* Private. */
    struct window_stamp stamp;
    bool present, described;
};

struct roster {
    struct window host, pcpus;
    struct about about; /* of the host */
    int about_err;
    struct roster_domain **domains; /* in order of uuid */
    size_t count, cap;

    /* Private. */
    int dir;
    struct fetch *fetch;
    enum fetch_cf cf;
    struct window_stamp folder, self;
    bool read;
};

/* dir and fetch stay the caller's. cf: what its windows have. */
void roster_init(struct roster *r, int dir, struct fetch *fetch, enum fetch_cf cf);
void roster_release(struct roster *r);

/* See what changed since. 0 or -errno: the folder of domains cannot be read (what is known stays).
 */
int roster_refresh(struct roster *r);

/* The same, but which domains there are alone. */
int roster_list(struct roster *r);

/* The same for this domain's files alone, which is NULL where there is none: of a thousand domains,
 * all that a graph of one has to ask for. */
int roster_see(struct roster *r, const struct uuid *uuid, struct roster_domain **found);

/* The same of one that is known: its devices. */
void roster_refresh_domain(struct roster *r, struct roster_domain *d);

/* Have what is known of it beside its numbers. */
void roster_describe(struct roster *r, struct roster_domain *d);

/* Whether that may have a text in it: to read it all takes much longer. */
bool roster_may_mention(const struct roster *r, const struct roster_domain *d, const char *text);

/* NULL where there is none. */
struct roster_domain *roster_find(const struct roster *r, const struct uuid *uuid);

/*
 * Whether something that was first seen at from_ns and last at to_ns (0: it is there still) was
 * there in the row of row_ns that ends at end_ns. Both are times of samples, which are recorded
 * under times cut to step_ns.
 */
bool roster_covers(uint64_t from_ns, uint64_t to_ns, uint64_t end_ns, uint64_t row_ns,
                   uint64_t step_ns);

#endif
