/*
 * wire_section: the parts of a frame's payload as one table: which columns a section has, and where
 * its rows lie in a snapshot. Private to wire.c and wire_read.c.
 *
 * An entity's columns are its rows of the metric table. The snapshot's own fields and the
 * collectors' reports are sections like them.
 */
#ifndef DOMTOP_WIRE_SECTION_H
#define DOMTOP_WIRE_SECTION_H

#include "metric.h"

/* Codes of types in a frame: never change one, add at the end. */
enum { CODE_U64 = 1, CODE_F64, CODE_STR, CODE_UUID, CODE_END };

/* Entities have their own numbers; a section that nobody knows is SECTIONS. */
enum { SECTION_SAMPLE = ENTITY_COUNT, SECTION_REPORT, SECTIONS };

/* The sample's own fields, which in a snapshot have types of their own. */
struct sample {
    uint64_t seq, mono_ns, wall_ns, simulated;
};

struct section {
    const char *name;
    const struct metric *columns;
    size_t count;
    size_t record_size;
    bool device; /* its rows belong to a domain: domid goes before the columns */
};

struct section section_get(unsigned index);
unsigned section_find(const char *name); /* SECTIONS where there is none */

/* A section's columns, domid included. */
size_t section_width(const struct section *sec);
const struct metric *section_column(const struct section *sec, size_t i);

/* Its rows in a snapshot, and the first record where there are any. */
size_t section_rows(const struct snapshot *s, unsigned index);
const void *section_records(const struct snapshot *s, const struct sample *sample, unsigned index);

uint8_t type_code(enum metric_type type);

/* The least a value of that type takes in a frame. */
size_t code_cost(uint8_t code);

/* wire_read.c: the payload of a frame into a snapshot that was reset; sealed after. False:
 * malformed, and the snapshot holds anything. */
bool wire_read_payload(struct snapshot *s, const uint8_t *bytes, size_t len);

#endif
