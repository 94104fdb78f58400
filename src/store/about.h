/*
 * about: what is known of a domain or of the host that is no number over time: names, domids, type,
 * devices with their MAC, bridge and path, each with the time it was so. One JSON file for the host
 * (its pcpus within) and one per domain.
 *
 *     {"schema": 1, "uuid": "...",
 *      "lives": [{"domid": 7, "from": NS, "to": NS}, ...],
 *      "facts": {"name": [{"value": "web-1", "from": NS, "to": NS}, ...], "type": [...]},
 *      "vifs": [{"id": 0, "from": NS, "to": NS, "facts": {"mac": [...]}}, ...],
 *      "vbds": [...]}
 *
 * Facts are the METRIC_INFO rows of the metric table, under their ids; an enumerated value is its
 * number. Times are nanoseconds since 1970 and those of the first and the last sample that showed
 * it; without "to" it was so at the last sample recorded. A host has "pcpus" in place of devices
 * and no uuid. Members that this domtop does not know are kept.
 */
#ifndef DOMTOP_ABOUT_H
#define DOMTOP_ABOUT_H

#include "../metric.h"

#define ABOUT_SCHEMA  1
#define ABOUT_MOST    (4u << 20) /* bytes of a file that is read */
#define ABOUT_THINGS  8192       /* devices, or pcpus, of a file that is read */
#define ABOUT_CHANGES 256        /* of one fact, of lives, and appearances of one device */

struct about_fact {
    const struct metric *metric;
    uint64_t from_ns, to_ns; /* to_ns 0: still so */
    uint64_t number;         /* of TYPE_U64; UNKNOWN otherwise */
    char *text;              /* of TYPE_STR, sanitised; NULL otherwise */
};

/* The domain or host itself, or one appearance of one of its devices. */
struct about_thing {
    enum entity entity;
    uint64_t id; /* of a device or pcpu */
    uint64_t from_ns, to_ns;
    struct about_fact *facts; /* oldest first within each metric */
    size_t fact_count, fact_cap;
};

struct about_life {
    uint64_t domid, from_ns, to_ns;
};

struct about {
    struct uuid uuid;
    struct about_thing self;
    struct about_life *lives; /* of a domain, oldest first */
    struct about_thing *things;
    size_t life_count, life_cap, thing_count, thing_cap;
    void *extra;  /* private: members to keep */
    bool changed; /* since it was read or written */
};

/* Of the host (ENTITY_HOST) or of a domain; knows nothing yet. uuid is NULL for the host. */
void about_init(struct about *a, enum entity entity, const struct uuid *uuid);
void about_release(struct about *a);

/* ---- looking back ---- */

/*
 * Read a whole file's bytes: 0, -EBADMSG for what is no such file, -EPROTONOSUPPORT for a later
 * schema. On failure a is as after about_init(). What is damaged within is left out.
 */
int about_parse(struct about *a, enum entity entity, const char *json, size_t len);

/* Read STORE/path (LAYOUT_HOST, or a domain's LAYOUT_DOMAIN); dir is the store's folder. Further
 * -errno as reading has. */
int about_read(struct about *a, enum entity entity, int dir, const char *path);

/* A fact of a thing at that time: the last known at or before, of those that then still were; NULL
 * when there is none. */
const struct about_fact *about_fact_at(const struct about_thing *t, const char *metric_id,
                                       uint64_t wall_ns);
/* The life that covers that time; NULL between and outside of them. */
const struct about_life *about_life_at(const struct about *a, uint64_t wall_ns);
/* Whether a thing was there at that time. */
bool about_there(const struct about_thing *t, uint64_t wall_ns);

/* ---- recording ---- */

/*
 * What a sealed snapshot says at wall_ns of the host, or of the domain in that row; sets changed
 * when it is anything new. What is unknown, or nobody read in this sample, stays as it was.
 */
void about_observe_host(struct about *a, const struct snapshot *s, uint64_t wall_ns);
void about_observe_domain(struct about *a, const struct snapshot *s, size_t row, uint64_t wall_ns);

/* It is gone, and was seen last at wall_ns: its life and its devices end there. */
void about_end(struct about *a, uint64_t wall_ns);

/* Times later than that were a wrong clock's: what is so still is so since then, what was so only
 * later is forgotten. */
void about_take_back(struct about *a, uint64_t wall_ns);

/* Append the file's bytes. */
struct text;
void about_format(struct text *out, const struct about *a);

/* Put it in place of STORE/path at once; clears changed when it succeeds. 0 or -errno. */
int about_write(struct about *a, int dir, const char *path);

#endif
