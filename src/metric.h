/*
 * metric: the one table. A row says all there is to say about one value of the model; sinks derive
 * columns, fields, data sources and reference pages from it and never name a struct member.
 *
 * Adding a metric is three places: the member in snapshot.h, the line in a collector that fills it,
 * the row in metric.c.
 */
#ifndef DOMTOP_METRIC_H
#define DOMTOP_METRIC_H

#include "snapshot.h"

enum metric_kind {
    METRIC_INFO,    /* identity or description: no history, a label rather than a value */
    METRIC_GAUGE,   /* a level */
    METRIC_COUNTER, /* a running total; what people want is its rate */
};

enum metric_type { TYPE_U64, TYPE_F64, TYPE_STR, TYPE_UUID };

enum unit {
    UNIT_NONE, /* a plain number */
    UNIT_BYTES,
    UNIT_NS,   /* time; the rate of a counter of it is a share: 1 is one cpu */
    UNIT_DATE, /* nanoseconds since 1970, UTC */
    UNIT_HZ,
    UNIT_REQUESTS,
    UNIT_PACKETS,
    UNIT_BOOL,
    UNIT_DOMID,   /* shown as domid_own() */
    UNIT_STATE,   /* bits of enum domain_state */
    UNIT_DOMTYPE, /* enum domain_type */
    UNIT_BACKEND, /* enum vbd_backend */
    UNIT_COUNT
};

enum {
    METRIC_SUMS = 1 << 0,  /* the domain shows the sum over its devices, under the same id */
    METRIC_IDLE = 1 << 1,  /* counts idle time: what people want is 1 minus its rate */
    METRIC_IDENT = 1 << 2, /* tells rows apart within their entity */
    METRIC_LIVE =
        1 << 3, /* of the moment only: looking back it is not missed, a store leaves it out */
    METRIC_INNER = 1 << 4, /* goes with a snapshot, but is nothing to show people or to export */
};

struct metric {
    const char *id; /* 1 to 19 of [a-z0-9_]: field, data source and column name */
    enum metric_kind kind;
    enum metric_type type;
    enum unit unit;
    uint16_t offset; /* in the entity's record */
    uint8_t width;   /* columns a table gives it */
    uint8_t flags;
    const char *title; /* short column title */
    const char *help;  /* one sentence, for help, --list-metrics and HELP lines */
    enum entity entity;
};

/* One entity's rows, in table order. A metric's place in it is its slot. */
struct metric_group {
    const struct metric *rows;
    size_t count;
    const char *name;   /* "vif": section name in --list-metrics, the wire and JSON */
    const char *plural; /* "vifs" */
};

extern const struct metric_group metric_groups[ENTITY_COUNT];

/* NULL where there is none. */
const struct metric *metric_find(enum entity entity, const char *id);

/* Whether a store keeps its values, and not only what it was. */
bool metric_is_recorded(const struct metric *m);

/* Where a metric stands in its group. */
size_t metric_slot(const struct metric *m);

/* Raw values of one row's record. Each asserts the metric's type. */
uint64_t metric_u64(const struct metric *m, const void *record);
double metric_f64(const struct metric *m, const void *record);
strref metric_str(const struct metric *m, const void *record);
const struct uuid *metric_uuid(const struct metric *m, const void *record);

/* A number of either numeric type as a double; NaN when unknown. */
double metric_number(const struct metric *m, const void *record);

/*
 * The sum of a METRIC_SUMS metric over a domain's devices. Devices that do not know are passed
 * over; UNKNOWN when none of them knows, or when nobody read that part. A domain without devices
 * has 0.
 */
uint64_t metric_sum(const struct metric *m, const struct snapshot *s, size_t domain_row);

/* Make all counters unknown: of a past that keeps only rates, once they are computed. */
void metric_forget_counters(struct snapshot *s);

/* Which rows of a device table belong to a domain; none for entities that are no devices. */
void domain_devices(const struct domain *d, enum entity entity, size_t *first, size_t *count);

const char *unit_name(enum unit unit);        /* "bytes"; "" for UNIT_NONE */
const char *kind_name(enum metric_kind kind); /* "counter" */

/* Words for enumerated values; NULL for one that has none. */
const char *domain_type_name(uint64_t type);    /* "PV" */
const char *vbd_backend_name(uint64_t backend); /* "blkback" */

/* xentop's six letters "dsbcpr", '-' where the bit is clear. out holds DOMAIN_STATES + 1 bytes. */
void domain_state_letters(uint64_t state, char out[DOMAIN_STATES + 1]);

/* The one word for a state that is of several bits: what the person at the screen should know. */
const char *domain_state_word(uint64_t state); /* "crashed" */

#endif
