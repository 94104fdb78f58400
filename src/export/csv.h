/*
 * csv: the rows of one entity as comma-separated values, one line per row and sample (RFC 4180,
 * with CR LF), for spreadsheets and statistics.
 *
 * Columns: time (RFC 3339), simulated (0 or 1); for a vcpu, vif or vbd then domid, uuid and domain,
 * which say whose it is; then the fields of field.h. Unknown is an empty field, yes and no are 1
 * and 0.
 *
 * A text that a spreadsheet would take for a formula, because it begins with = + - or @, gets an
 * apostrophe in front: names can be chosen by whoever orders a guest, and CSV is what people open
 * with a double click. uuid and domid are never altered, and JSON has every name as it is.
 */
#ifndef DOMTOP_CSV_H
#define DOMTOP_CSV_H

#include "field.h"

void csv_header(struct text *out, enum entity e, bool peaks);

/* All rows of e in a sealed snapshot; r was computed for it. p: with peaks; NULL: without. */
void csv_render(struct text *out, const struct snapshot *s, const struct rates *r,
                const struct peaks *p, enum entity e);

#endif
