/*
 * layout: where things lie in a store and what its data sources are called. Pure: names in, names
 * out; the metric table says what there is.
 */
#ifndef DOMTOP_LAYOUT_H
#define DOMTOP_LAYOUT_H

#include "../metric.h"

#define LAYOUT_SETTINGS "domtop-store"
#define LAYOUT_LOCK     "lock"
#define LAYOUT_JOURNAL  "journal"
#define LAYOUT_DOMAINS  "domains"
#define LAYOUT_DAMAGED  "damaged"
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
#define LAYOUT_MAX_ROW 32   /* sources of one row */

/* What one data source of a row holds: a metric, or one bit of it. */
struct layout_source {
    const struct metric *metric;
    unsigned bit; /* of enum domain_state; 0: the metric's own value */
};

/*
 * The sources of one row of an entity, in the order new files have them. The bits of the state are
 * running, blocked, paused, shutdown and crashed: what a person asks for later. Dying is left out:
 * it passes within a sample, and what is stuck in it is paused too.
 */
size_t layout_sources(enum entity entity, const struct layout_source **out);

/* Its name; index is the member's number in a set, and not looked at otherwise. */
void layout_source_name(char out[LAYOUT_SOURCE], const struct layout_source *source,
                        uint64_t index);

/* The source of that name and its member's number (0 where the entity is no set); NULL for one that
 * this domtop does not know. */
const struct layout_source *layout_source_find(enum entity entity, const char *name,
                                               uint64_t *index);

/* What to record of it in a row: NaN is unknown. Whole numbers are exact below 2^53. */
double layout_source_value(const struct layout_source *source, const void *record);

#endif
