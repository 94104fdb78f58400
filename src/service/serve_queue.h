/*
 * serve_queue: what the sampler has for its recorder and the recorder has not confirmed yet.
 * Bounded in number and bytes: the oldest samples go first, but for the one being sent, then the
 * oldest of what happened. Pure.
 */
#ifndef DOMTOP_SERVICE_SERVE_QUEUE_H
#define DOMTOP_SERVICE_SERVE_QUEUE_H

#include "../base.h"

enum serve_kind {
    SERVE_SAMPLE,   /* an encoded snapshot, to be recorded under time_s */
    SERVE_BEGIN,    /* an encoded snapshot: who is there as sampling begins; not recorded */
    SERVE_HAPPENED, /* struct events since then, of every sample, recorded or not */
    SERVE_EVENT,    /* an enum event_kind, and its detail */
    SERVE_REASON,   /* why samples are missing before the next */
    SERVE_BLAME,    /* a file that librrd crashed on, and how: "PATH\nWHY" */
    SERVE_KEEP,     /* a copy of what is held, for the disk: never in the queue */
    SERVE_FORGET,   /* what was kept has its time: the copies before this one go */
    SERVE_STOP,     /* the last */
};

/* As it goes over the socket, followed by len bytes. Both ends are the same program. */
struct serve_head {
    uint32_t kind, event, len;
    uint32_t dropped; /* of a sample: others before it went, for they had waited too long; of what
                         happened: so many bytes of it */
    uint32_t kept;    /* there is a copy of it on the disk */
    uint64_t number, time_s, wall_ns;
};

/* The other way: this is done, or (number 0) the recorder is there. And what this recorder has
 * written, and failed to write, since it started; of SERVE_KEEP, -errno where it is not kept. */
struct serve_answer {
    uint64_t number, updates, failures;
    int64_t error;
};

struct serve_item {
    struct serve_head head;
    uint64_t mono_ns; /* of when it is, with the time that this machine was suspended */
    uint64_t wall_ns; /* and by the wall clock of then, */
    bool sure;        /* of which the kernel was sure */
    bool held;        /* its time is not decided yet */
    struct text bytes;
};

struct serve_queue {
    struct serve_item **items; /* a ring of cap; items are kept for reuse */
    size_t first, count, cap;
    size_t bytes, max_count, max_bytes; /* max_count: of samples */
    size_t samples, happened;           /* how many; and bytes of the other */
    uint64_t numbered;
    uint64_t dropped;         /* samples, since taken away by the caller */
    struct serve_item *spare; /* its memory is used for the next */
};

void serve_queue_init(struct serve_queue *q, size_t max_count, size_t max_bytes);
void serve_queue_release(struct serve_queue *q);

/* A new last item, to be filled; then serve_queue_added(). */
struct serve_item *serve_queue_add(struct serve_queue *q, enum serve_kind kind);
/* The last item where it can take more of what happened, held or not, and is not kept; else a new
 * one. */
struct serve_item *serve_queue_happened(struct serve_queue *q, bool held, bool busy);
/* A new first one (for what a new recorder must know before all else). */
struct serve_item *serve_queue_add_first(struct serve_queue *q, enum serve_kind kind);
/* Its bytes are there: keep to the bounds. The first is not dropped while busy. */
void serve_queue_added(struct serve_queue *q, struct serve_item *item, bool busy);

/* Have the n-th item come before those from `to` on. */
void serve_queue_forward(struct serve_queue *q, size_t n, size_t to);

/* The first; NULL when there is none, or when it is held. */
struct serve_item *serve_queue_first(struct serve_queue *q);
/* The n-th. */
struct serve_item *serve_queue_at(struct serve_queue *q, size_t n);
/* Take the n-th away. */
void serve_queue_drop(struct serve_queue *q, size_t n);

/* The first that is held and not kept; NULL. They are kept in order. samples: or is a sample, but
 * the first item. */
struct serve_item *serve_queue_unkept(struct serve_queue *q, bool samples);
/* Have the first be the last where something behind it is kept; its number is another then. */
bool serve_queue_put_off(struct serve_queue *q);
/* That of this number; NULL when it is gone. */
struct serve_item *serve_queue_find(struct serve_queue *q, uint64_t number);

#endif
