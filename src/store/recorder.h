/*
 * recorder: the write side of a store: samples in, files, descriptions and the journal out.
 *
 * Made for a process of its own: librrd may crash on a file, and a disk may hang. It is told
 * samples in the order of their time, and between them it does what may take long, a piece at a
 * time: makes new files (what belongs into them waits in memory), writes descriptions, removes what
 * is to go.
 *
 * Nothing the disk does is an error for the caller: what cannot be written waits within bounds, and
 * the journal and the log say so, once when it begins and once when it is over.
 */
#ifndef DOMTOP_RECORDER_H
#define DOMTOP_RECORDER_H

#include "../snapshot.h"
#include "journal.h"
#include "settings.h"

struct recorder_config {
    const char *root; /* the store's folder, absolute; it has settings */
    struct store_settings settings;
    uint64_t keep_dead_s;             /* files of a dead domain stay for so long; 0: for ever */
    uint64_t max_bytes;               /* and while the store takes no more than this; 0: no limit */
    const char *cached;               /* rrdcached's address; NULL */
    char *working_on;                 /* LAYOUT_PATH bytes, see rrd.h; NULL: nobody wants to know */
    void (*log)(const char *message); /* NULL: nobody listens */
};

struct recorder;

/* config's strings stay the caller's. NULL with -errno in *err. */
struct recorder *recorder_open(const struct recorder_config *config, int *err);

/* Writes what can be written, and frees. */
void recorder_close(struct recorder *r);

/* The time of the last sample that was recorded whole, in seconds; 0: none. */
uint64_t recorder_last(const struct recorder *r);

/*
 * Sampling begins, and this is the first sample that has domains, at wall_ns (its own time is set
 * to it): tells what happened since the store was recorded to last, as far as it knows how things
 * were then. Before any sample that has domains; once for each sampler, however often its recorder
 * starts anew.
 */
void recorder_begin(struct recorder *r, struct snapshot *s, uint64_t wall_ns);

/* What happened from one sample to the next, in order: for the journal. */
void recorder_happened(struct recorder *r, const struct event *events, size_t count);

/*
 * Record a sealed sample under time_s (whole steps; later than the last). The snapshot is taken: *s
 * becomes an old one, to be filled anew. Times that were left out since the last one become a gap
 * in the journal, for the reason last given.
 */
void recorder_sample(struct recorder *r, struct snapshot *s, uint64_t time_s);

/* Why samples will be missing before the next one; NULL: nobody knows. */
void recorder_reason(struct recorder *r, const char *reason);

/* Something to tell, in the journal and the log. wall_ns 0: now. */
void recorder_event(struct recorder *r, enum event_kind kind, uint64_t wall_ns, const char *detail);

/* Set a file aside that librrd crashed on; path as in working_on. */
void recorder_blame(struct recorder *r, const char *path, const char *why);

/* Do a piece of what is left to do. True when there is more that can be done now. */
bool recorder_work(struct recorder *r);

/* Since it was opened. */
struct recorder_counts {
    uint64_t updates; /* lines written */
    uint64_t failed;  /* attempts to write, to make and to read that failed */
    uint64_t lost;    /* lines given up */
};
struct recorder_counts recorder_counts(const struct recorder *r);

/* For figures and tests. */
struct recorder_state {
    size_t files;     /* that are being written */
    size_t to_do;     /* files to make, descriptions to write */
    size_t waiting;   /* bytes of what could not be written yet */
    uint64_t updates; /* lines written */
    uint64_t lost;    /* lines given up */
    uint64_t bytes;   /* that the store takes on the disk */
    bool failing;
};
struct recorder_state recorder_state(const struct recorder *r);

#endif
