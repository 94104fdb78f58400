/*
 * layout: where things lie in a store and what its data sources are called. Pure: names in, names
 * out; the metric table says what there is.
 */
#ifndef DOMTOP_LAYOUT_H
#define DOMTOP_LAYOUT_H

#include "../rate.h"

#define LAYOUT_SETTINGS "domtop-store"
#define LAYOUT_LOCK     "lock"
#define LAYOUT_JOURNAL  "journal"
#define LAYOUT_DOMAINS  "domains"
#define LAYOUT_DAMAGED  "damaged"
#define LAYOUT_HELD     ".held" /* see held_files.h */
#define LAYOUT_HELD_OLD ".held.old"
#define LAYOUT_HOST     "host.json"
#define LAYOUT_DOMAIN   "domain.json" /* in a domain's folder */

/* Every path below the store, as the functions here make them, with its NUL. */
#define LAYOUT_PATH 96

/* "domains/UUID": a domain's folder. */
void layout_domain(char out[LAYOUT_PATH], const struct uuid *uuid);

/* The RRD of an entity's rows: one file for the host, for all pcpus, for a domain, for all of its
 * vcpus, and for each vif and vbd. uuid is not looked at for host and pcpus, id only for devices.
 */
void layout_rrd(char out[LAYOUT_PATH], enum entity entity, const struct uuid *uuid, uint64_t id);

/* "vif-0.rrd" in a domain's folder: of what. False for a name that is no RRD of ours. */
bool layout_rrd_parse(const char *name, enum entity *entity, uint64_t *id);

/* "journal/2026-11-22.log": of the day (UTC) that holds this time. */
void layout_day(char out[LAYOUT_PATH], uint64_t wall_ns);
/* "2026-11-22.log" to when that day began; false for any other name. */
bool layout_day_parse(const char *name, uint64_t *wall_ns);

/* Whether one file holds all rows of this entity (pcpus, a domain's vcpus). */
bool layout_is_set(enum entity entity);

/* ---- data sources ---- */

/* RRD's limit is 19 characters. */
#define LAYOUT_SOURCE  20
#define LAYOUT_SET_MAX 4096 /* members of a set; what has a higher number is not recorded */
#define LAYOUT_MAX_ROW 48   /* sources of one row */
#define LAYOUT_TOTALS  24   /* of the host, at most */

/*
 * What one data source of a row holds. The peak of an idle time is of the idlest moment, which
 * nobody asks for: a METRIC_IDLE counter is recorded as the busy time beside it ("busy_ns_3"),
 * whose peak is that of the load. Stores made before have the idle time itself ("idle_ns_3"), which
 * goes on where it is and is read, but is in no new file. The mean load of all pcpus has a source
 * of its own in the host's file, as the peak of a mean cannot be had from the peaks of its parts.
 * So have the totals of what all vifs and vbds do ("all_rx_bytes"), which is also one file to read
 * in place of all.
 */
enum layout_part {
    LAYOUT_VALUE, /* the metric's own */
    LAYOUT_BIT,   /* whether a bit of it is set */
    LAYOUT_BUSY,  /* of a METRIC_IDLE counter: nanoseconds busy, from an unknown beginning */
    LAYOUT_LOAD,  /* of the host: mean busy share of its online pcpus, 0 to 1; a gauge */
    LAYOUT_TOTAL, /* of the host: a METRIC_SUMS device metric summed up over all domains, of any
                     other the greatest; of a counter its rate, per second; a gauge */
};

struct layout_source {
    const struct metric *metric; /* LAYOUT_LOAD, LAYOUT_TOTAL: of others, what it is made of */
    enum layout_part part;
    unsigned bit; /* of enum domain_state; of LAYOUT_TOTAL its place in layout_sample.totals */
};

/* Of a sample, what its rows do not say. */
struct layout_sample {
    uint64_t
        idle_ns; /* when its pcpus were read, monotonic: what their idle time is told against */
    double load; /* the value of LAYOUT_LOAD; NaN is unknown */
    double totals[LAYOUT_TOTALS];
};

#define LAYOUT_HOST_LOAD "busy" /* the name of LAYOUT_LOAD */

/* r: the rates of the sample. */
struct layout_sample layout_sample(const struct snapshot *s, const struct rates *r);

/* "all_rx_bytes": what the host's file has of a vif's or vbd's metric. */
void layout_total_name(char out[LAYOUT_SOURCE], const struct metric *m);

/*
 * The sources of one row of an entity, in the order new files have them. The bits of the state are
 * running, blocked, paused, shutdown and crashed: what a person asks for later. Dying is left out:
 * it passes within a sample, and what is stuck in it is paused too.
 */
size_t layout_sources(enum entity entity, const struct layout_source **out);

/* Its name; index is the member's number in a set, and not looked at otherwise. */
void layout_source_name(char out[LAYOUT_SOURCE], const struct layout_source *source,
                        uint64_t index);

/* Whether it is recorded as a rate (DERIVE), and what that is at least. Clocks are not read at one
 * time and may be slewed: of a cpu that was idle all the time the busy time seems to fall a little.
 */
bool layout_source_counts(const struct layout_source *source);
double layout_source_least(const struct layout_source *source);

/* Whether new files have it: not what stores made before have in its place. */
bool layout_source_current(enum entity entity, const struct layout_source *source);

/* The source of that name and its member's number (0 where the entity is no set); NULL for one that
 * this domtop does not know. */
const struct layout_source *layout_source_find(enum entity entity, const char *name,
                                               uint64_t *index);

/* What to record of it in a row, as a whole number or, where that is not one, as a fraction: true
 * for a whole one. UNKNOWN, or NaN. */
bool layout_source_value(const struct layout_source *source, const struct layout_sample *sample,
                         const void *record, uint64_t *whole, double *fraction);

#endif
