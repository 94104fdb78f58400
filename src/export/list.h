/*
 * list: the metric table as a table for people: what --list-metrics prints.
 */
#ifndef DOMTOP_LIST_H
#define DOMTOP_LIST_H

#include "../base.h"

/* At most 100 columns wide; sentences that do not fit go on below themselves. */
void list_render(struct text *out);

#endif
