/*
 * wire: the encoding of a snapshot, the same in a recording, between processes and from a remote
 * host.
 *
 * A frame is a header of 20 bytes and a payload:
 *
 *     0  "DTOP"
 *     4  version, u16 little-endian: WIRE_VERSION
 *     6  flags, u16: 0
 *     8  payload length, u32
 *    12  CRC-32 (zlib's) of the payload, u32
 *    16  CRC-32 of bytes 0 to 15, u32
 *
 * The payload describes itself: the number of its sections, then each of them:
 *
 *     name      of an entity ("host", "pcpu", "domain", ...), or "sample" (the sample's own fields,
 *               one row) or "report" (how the collectors fared)
 *     have      1 if somebody read this part in this sample
 *     read_ns   when
 *     rows, columns
 *     for each column: the metric's id and the code of its type
 *     for each column: its values, one per row
 *
 * Counts and lengths are LEB128 in the shortest form. An integer value is LEB128 of value + 1 with
 * wrap-around, so that unknown is one zero byte; a double is its 8 bytes, a uuid its 16; a string
 * is its length + 1 (0: unknown) and its bytes. Names and ids are a length and 1 to WIRE_MAX_NAME
 * of [a-z0-9_]. A device's domid is the column "domid", the first. The same snapshot always gives
 * the same bytes.
 *
 * A reader takes the sections and columns it knows, by id and type, and passes over the others;
 * what the writer did not have is unknown. So either side may be newer.
 */
#ifndef DOMTOP_WIRE_H
#define DOMTOP_WIRE_H

#include "base.h"
#include "snapshot.h"

#define WIRE_VERSION     1
#define WIRE_HEADER      20
#define WIRE_MAX_PAYLOAD (64u << 20)
#define WIRE_MAX_SECTION 64u        /* sections of a frame */
#define WIRE_MAX_COLUMN  256u       /* columns of a section */
#define WIRE_MAX_ROW     (4u << 20) /* rows of a section */
#define WIRE_MAX_NAME    31u        /* bytes of a section's name or a metric's id */
#define WIRE_MAX_STRING  8191u      /* bytes of a string; longer ones are cut at a cluster */

/* A row takes at least one byte in the frame for each so many bytes of its record in memory. */
#define WIRE_MAX_GROWTH 32u

/*
 * Append one frame for a sealed snapshot to out. 0, or -EMSGSIZE for one beyond the limits above;
 * out is then as it was.
 */
int wire_encode(struct text *out, const struct snapshot *s);

/*
 * How long the frame that starts at data is, header included, once its header is there.
 * 0: more bytes are needed. -EBADMSG: no frame starts here. -EPROTONOSUPPORT: a newer version.
 */
long wire_frame_len(const void *data, size_t len);

/*
 * Decode one whole frame into s (reset first, sealed after). 0, or -EBADMSG for anything malformed,
 * -EPROTONOSUPPORT for a version or flag it cannot read; s is then empty but usable.
 *
 * Malformed are also: bytes left over, numbers not in their shortest form, a section or column
 * given twice, a section without the columns that tell its rows apart, rows that repeat, a device
 * whose domain is not there. Strings are sanitised again: the bytes may come from anywhere. Never
 * reads past len; memory stays below 100 times len (rows by WIRE_MAX_GROWTH, sanitising by 3,
 * doubling).
 */
int wire_decode(struct snapshot *s, const void *data, size_t len);

#endif
