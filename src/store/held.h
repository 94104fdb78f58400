/*
 * held: copies of what waits for its time, as they lie on the disk: records one behind the other,
 * any of which may be torn, damaged, or of another domtop. Pure: bytes in, records out. The files
 * are held_files.h's.
 *
 * A record is a head, in this machine's own layout, and len bytes. Who reads looks for the next
 * head where one is damaged. A number is a thing's own, whoever wrote it: of the same number twice
 * the later counts, and of one that is done nothing is left.
 */
#ifndef DOMTOP_HELD_H
#define DOMTOP_HELD_H

#include "../base.h"
#include "../wire.h"

#define HELD_BOOT    16
#define HELD_VERSION 16

/* Bytes of one record, its head not counted. */
#define HELD_LEN_MAX (WIRE_MAX_PAYLOAD + WIRE_HEADER)

enum held_kind {
    HELD_SAMPLE = 1,   /* a wire frame */
    HELD_BEGIN = 2,    /* a wire frame: who was there as sampling began */
    HELD_HAPPENED = 3, /* struct events: only the domtop that wrote them can read them */
    HELD_DONE = 4,     /* that of this number is recorded */
};

enum held_flag {
    HELD_OWN = 1,      /* it has the times of this machine's clocks */
    HELD_SURE = 2,     /* the kernel was sure of its clock */
    HELD_BELIEVED = 4, /* there was an offset believed */
};

struct held_head {
    uint32_t magic, head_crc; /* held_put()'s, as bytes_crc is; of what follows the two */
    uint32_t bytes_crc, len, kind, flags;
    uint64_t number;
    uint64_t lasting_ns, wall_ns; /* when: monotonic, with suspends; by the wall clock then */
    int64_t believed_ns;          /* wall minus monotonic, as believed then (stamp.h) */
    uint8_t boot[HELD_BOOT];      /* of this machine: whose monotonic time it is */
    char version[HELD_VERSION];   /* of domtop */
};

/* Append a record of head and its len bytes. */
void held_put(struct text *out, const struct held_head *head, const void *bytes);

/* Fill in this domtop's version; whether a head has it. */
void held_sign(struct held_head *head);
bool held_is_ours(const struct held_head *head);

struct held_record {
    struct held_head head;
    const char *bytes; /* in what was read; not aligned */
};

struct held_list {
    struct held_record *records;
    size_t count, cap;
};

/* All whole records of what was read, in order, each number once. data has to stay. */
void held_list_read(struct held_list *l, const char *data, size_t len);
void held_list_release(struct held_list *l);

#endif
