/*
 * json: one sample as one JSON object on one line, for programs.
 *
 *   {"schema":1, "simulated":false, "seq":7, "time":"2026-11-22T03:12:45.250Z",
 *    "time_unix":1795317165.250000000, "interval_s":1.000102,
 *    "host":{FIELDS}, "pcpus":[{FIELDS}...],
 *    "domains":[{FIELDS, "devices":{"vcpus":[{FIELDS}...], "vifs":[...], "vbds":[...]}}...],
 *    "collectors":[{"name":"xenstat", "ok":true, "error":0, "seconds":0.0021, "message":null}...]}
 *
 * FIELDS are those of field.h: raw values under the metric's id, rates as ID_rate. Unknown is null;
 * a table that nobody read is null rather than []. Integers are written in full, also above 2^53,
 * where readers that take every number for a double round them. error is an errno, 0 for none.
 *
 * Strings hold no < > & and no U+2028 or U+2029 as such but as \u escapes: the same string to
 * whoever reads JSON, and harmless where somebody puts the text into a page or a script.
 *
 * The schema number goes up when a field changes its meaning or goes; new ones may come any time.
 */
#ifndef DOMTOP_JSON_H
#define DOMTOP_JSON_H

#include "../base.h"
#include "../rate.h"
#include "field.h"

#define JSON_SCHEMA 1

/* Append the object and a newline. s is sealed, r was computed for it. p: with peaks; NULL:
 * without.
 */
void json_render(struct text *out, const struct snapshot *s, const struct rates *r,
                 const struct peaks *p);

/* Append a string in quotes. Bytes that are not UTF-8 become U+FFFD. NULL is null. */
void json_string(struct text *out, const char *text);

/* Append a value of field.h. */
void json_value(struct text *out, const struct value *v);

/* Append what the collectors reported, as the list above. */
void json_collectors(struct text *out, const struct snapshot *s);

#endif
