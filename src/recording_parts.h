/*
 * recording_parts: the bytes that writing and reading a recording agree on. Private to
 * recording_write.c and recording_read.c.
 */
#ifndef DOMTOP_RECORDING_PARTS_H
#define DOMTOP_RECORDING_PARTS_H

#include <stdint.h>

#define SKIP_HEAD  0x184D2A50u
#define SKIP_GROUP 0x184D2A51u
#define SKIP_INDEX 0x184D2A52u
#define SKIP_BYTES 8 /* magic and length */

#define HEAD_LINE "domtop recording 1\n"
#define GROUP_TAG "DTGROUP1"
#define INDEX_TAG "DTINDEX1"
#define TAG_BYTES 8

/* After the skippable frame's own head: tag, wall time, number, checksum. */
#define GROUP_PAYLOAD 24
#define GROUP_BYTES   (SKIP_BYTES + GROUP_PAYLOAD)
/* Tag, samples, checksum. */
#define INDEX_PAYLOAD 20
#define INDEX_BYTES   (SKIP_BYTES + INDEX_PAYLOAD)

/* Before each wire frame: when the sample was taken. */
#define SAMPLE_HEAD 8

/* The window zstd may use: a reader refuses more. */
#define WINDOW_LOG 23

static inline void put_le(void *to, uint64_t n, unsigned bytes)
{
    uint8_t *p = to;

    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(n >> 8 * i);
}

static inline uint64_t get_le(const void *from, unsigned bytes)
{
    const uint8_t *p = from;
    uint64_t n = 0;

    for (unsigned i = 0; i < bytes; i++)
        n |= (uint64_t)p[i] << 8 * i;
    return n;
}

/* CRC-32 as wire.h has it. */
static inline uint32_t part_crc(const void *bytes, unsigned len)
{
    const uint8_t *p = bytes;
    uint32_t crc = 0xffffffffu;

    for (unsigned i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

#endif
