/*
 * replay: a recording as a source: its samples in their order and at their pace, with the times at
 * which they were taken. What could not be read is left out.
 */
#ifndef DOMTOP_REPLAY_H
#define DOMTOP_REPLAY_H

#include "recording.h"
#include "source.h"

#define REPLAY_MESSAGE RECORDING_MESSAGE

/* speed: so many times as fast as it was; 0: without waiting. NULL with a sentence in message. */
struct source *replay_open(const char *path, double speed, char message[REPLAY_MESSAGE]);

#endif
