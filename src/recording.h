/*
 * recording: every sample of a host in a file, whole: to look back at, and to show somebody else.
 *
 * A file is a row of zstd frames, each of which can be read without those before it:
 *
 *     skippable frame 0x184D2A50   "domtop recording 1\n", then lines "host: NAME" and so on: what
 *                                  this is, for people and for file(1)
 *     groups, each of
 *         skippable frame 0x184D2A51: "DTGROUP1", then its first sample's wall time (u64), its
 *             number in the file (u32) and CRC-32 of all that (u32); little-endian
 *         a zstd frame: up to RECORDING_GROUP samples, each its wall time (u64) and a frame of
 *             wire.h; flushed after each sample; the content's checksum at its end
 *     skippable frame 0x184D2A52   when it ended well: "DTINDEX1", samples (u64) and CRC-32
 *
 * A sample is in the file when recording_writer_write() has returned, so a recorder that is killed
 * loses the one it was at. Groups are found by their heads, wherever they begin: what is damaged or
 * cut off costs the samples after it in its own group, and nothing else. Appending adds groups.
 *
 * Who reads may do so while it is written. Any bytes can be read: memory stays below
 * RECORDING_GROUP_MOST per group kept.
 */
#ifndef DOMTOP_RECORDING_H
#define DOMTOP_RECORDING_H

#include "snapshot.h"

#define RECORDING_MESSAGE 240

/* A group is full at so many samples, or so many bytes before compression. */
#define RECORDING_GROUP       64
#define RECORDING_GROUP_BYTES ((size_t)8 << 20)
/* More than a group ever holds: one more whole wire frame. */
#define RECORDING_GROUP_MOST (RECORDING_GROUP_BYTES + ((size_t)64 << 20) + 4096)

/* ---- writing ---- */

struct recording_writer;

enum recording_mode {
    RECORDER_NEW,    /* refuse a file that is there and not empty */
    RECORDER_APPEND, /* go on with one that is */
    RECORDER_FORCE,  /* begin it anew */
};

/*
 * Open path for recording; "-" is standard output. NULL with a sentence in message. Nothing is
 * written before the first sample.
 */
struct recording_writer *recording_writer_open(const char *path, enum recording_mode mode,
                                               char message[RECORDING_MESSAGE]);

/*
 * Add a sealed sample. 0 or -errno; on failure the file ends with the last sample that was written
 * whole (where it can be cut off), and nothing more can be added.
 */
int recording_writer_write(struct recording_writer *r, const struct snapshot *s);

/* What this recorder has added. */
uint64_t recording_writer_samples(const struct recording_writer *r);
uint64_t recording_writer_bytes(const struct recording_writer *r);

/* End it and free. 0, or -errno when the end could not be written: the samples are there. */
int recording_writer_close(struct recording_writer *r);

/* ---- reading ---- */

struct recording;

/* Open and find the groups. NULL with a sentence in message. The caller closes. */
struct recording *recording_open(const char *path, char message[RECORDING_MESSAGE]);
void recording_close(struct recording *r);

/* Find what was added since. 0 or -errno. A file that was begun anew is forgotten first. */
int recording_refresh(struct recording *r);

/* How often that was: what was told of groups before holds no more when it changes. */
unsigned recording_begun_anew(const struct recording *r);

/* Groups found, and when the first sample of one was taken. */
size_t recording_groups(const struct recording *r);
uint64_t recording_group_wall_ns(const struct recording *r, size_t group);

/* Samples of a group that can be read; a few of the groups last asked for are kept. */
size_t recording_samples(struct recording *r, size_t group);
uint64_t recording_wall_ns(struct recording *r, size_t group, size_t sample);

/* One of them into s, sealed. 0 or -errno: -EBADMSG for a damaged one, s is then empty. */
int recording_read(struct recording *r, size_t group, size_t sample, struct snapshot *s);

/* Whether it was ended well, as far as it goes now. */
bool recording_ended(const struct recording *r);

#endif
