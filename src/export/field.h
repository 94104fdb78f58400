/*
 * field: what JSON and CSV say about one row, by the metric table: which fields, their names, their
 * values. The formats only differ in how they write them.
 *
 * A row of an entity has, in this order for each of its metrics: the raw value under the metric's
 * id; for a state, ID_word, the one word for it; for a counter, ID_rate, per second (of a time: the
 * share of one cpu); for a counter of idle time, busy_rate as well. A domain also has the raw sums
 * and the rates over its devices of every metric that sums up.
 *
 * Of what was recorded, peaks may be asked for: behind each gauge and rate then stands ID_max or
 * ID_rate_max, the highest that was recorded in the time of which the value before is the mean.
 */
#ifndef DOMTOP_FIELD_H
#define DOMTOP_FIELD_H

#include "../base.h"
#include "../rate.h"

#define FIELDS_MAX 160

enum field_form { FIELD_RAW, FIELD_WORD, FIELD_RATE, FIELD_BUSY };

struct field {
    const struct metric *metric;
    enum field_form form;
    bool sum;  /* over the domain's devices */
    bool peak; /* in the row's time: field_peak() */
};

/* The sample's rows once more, with the highest values (../past.h); r was computed for s. */
struct peaks {
    const struct snapshot *s;
    const struct rates *r;
};

enum value_type { VALUE_UNKNOWN, VALUE_U64, VALUE_F64, VALUE_BOOL, VALUE_TEXT };

struct value {
    enum value_type type;
    uint64_t u64;     /* of VALUE_U64 and VALUE_BOOL */
    double f64;       /* finite */
    const char *text; /* valid as long as the snapshot and this struct are */
    char buf[UUID_TEXT];
};

/* The fields of an entity's rows, with peaks or without; returns how many. */
size_t fields_list(enum entity e, bool peaks, struct field out[FIELDS_MAX]);

void field_name(struct text *out, const struct field *f);

/* The value in one row of a sealed snapshot; r was computed for it. */
void field_value(struct value *v, const struct field *f, const struct snapshot *s,
                 const struct rates *r, size_t row);

/* The same of a field that is a peak. Of a sum over devices it is where one of them has its peak
 * while the others have their mean: when each had its own nobody knows. */
void field_peak(struct value *v, const struct field *f, const struct snapshot *s,
                const struct rates *r, const struct peaks *p, size_t row);

/* Numbers in the form all of JSON, CSV and C read, whatever the locale: all digits of an integer,
 * at most six decimals of a fraction. d is finite. */
void text_add_u64(struct text *out, uint64_t n);
void text_add_f64(struct text *out, double d);

#endif
