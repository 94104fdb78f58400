/*
 * api_text: the few values all of the API's answers are made of. Not for others.
 */
#ifndef DOMTOP_EXPORT_API_TEXT_H
#define DOMTOP_EXPORT_API_TEXT_H

#include "../base.h"
#include "../snapshot.h"

void api_number(struct text *out, double d);           /* null unless finite */
void api_time(struct text *out, uint64_t wall_ns);     /* 1795317165.250; UNKNOWN is null */
void api_uuid(struct text *out, const struct uuid *u); /* without quotes */

#endif
