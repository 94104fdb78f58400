/*
 * prometheus_rows: the families of metrics that follow from the metric table: their names, types,
 * labels, and which of the table's rows give their values.
 *
 * A row of the table becomes xen_ENTITY_WORDS_UNIT: the words of its id, spelt out (rx: receive,
 * rd: read, mem: memory), then its base unit. What is to be named or grouped otherwise, or left
 * out, stands in the table of prometheus_rows.c; a new row of the metric table needs nothing here.
 * A METRIC_INFO row becomes a label of its entity's info family.
 */
#ifndef DOMTOP_PROMETHEUS_ROWS_H
#define DOMTOP_PROMETHEUS_ROWS_H

#include "../metric.h"

#define FAMILY_NAME    64
#define FAMILY_MEMBERS 12
#define FAMILIES_MAX   96

enum family_type { FAMILY_GAUGE, FAMILY_COUNTER, FAMILY_INFO };

/* How a value comes from the table's rows. */
enum family_form {
    FORM_VALUE,   /* each member's value, in the base unit */
    FORM_PERCENT, /* the same of a number in per cent, as a ratio */
    FORM_LABELS,  /* 1; the members are labels */
    FORM_STATES,  /* 0 or 1 for each bit of the state */
    FORM_SINCE,   /* the member is a time since; the value is when that was, whole seconds */
};

struct family_member {
    const struct metric *metric;
    const char
        *label; /* FORM_LABELS: its name; otherwise the value of the family's label, or NULL */
};

struct family {
    char name[FAMILY_NAME]; /* without _total and _info: "xen_vif_receive_bytes" */
    enum family_type type;
    enum family_form form;
    const char *unit;  /* "bytes"; NULL for none */
    const char *label; /* besides the entity's own: "kind"; NULL for none */
    const char *help;
    enum entity entity;
    bool dom0; /* of dom0's own figures: left out unless asked for */
    struct family_member members[FAMILY_MEMBERS];
    size_t member_count;
};

/* All of them, in the order of the metric table; made at the first call, from any thread. */
const struct family *families(size_t *count);

/* "_total" for a counter, "_info" for an info family, "". */
const char *family_suffix(const struct family *f);
const char *family_type_name(enum family_type type);

/* The label that tells an entity's rows apart besides uuid and domain: "vif"; NULL for none. */
const char *entity_label(enum entity e);

/* "xvda" for a virtual device number, "51712" for one without a name: the same whatever else is
 * known of the device (xen/docs/man/xen-vbd-interface.7). */
#define VBD_NAME 24
void vbd_name(uint64_t id, char out[VBD_NAME]);

#endif
