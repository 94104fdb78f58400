/*
 * recording_past: a recording as a past to look into. Its graphs and events are found by going
 * through the whole of it once, a little at each call: until then they give -EAGAIN.
 */
#ifndef DOMTOP_RECORDING_PAST_H
#define DOMTOP_RECORDING_PAST_H

#include "past.h"
#include "recording.h"

/* NULL with a sentence in message. The caller closes it. */
struct past *recording_past_open(const char *path, char message[RECORDING_MESSAGE]);

#endif
