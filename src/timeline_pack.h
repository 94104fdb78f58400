/*
 * timeline_pack: one sample as what changed since another, in few bytes.
 *
 * Private to the timeline: the bytes never leave the process (wire.h is for that), so what is read
 * back is trusted to be what was written.
 */
#ifndef DOMTOP_TIMELINE_PACK_H
#define DOMTOP_TIMELINE_PACK_H

#include "base.h"
#include "snapshot.h"

/* Append cur, sealed, as it follows from prev. A prev of seq 0 is empty: the frame is whole. */
void timeline_pack(struct text *out, const struct snapshot *prev, const struct snapshot *cur);

/* Make cur of what timeline_pack() wrote, given the same prev; sealed. */
void timeline_unpack(const unsigned char *bytes, size_t len, const struct snapshot *prev,
                     struct snapshot *cur);

#endif
