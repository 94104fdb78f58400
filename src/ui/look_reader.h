/*
 * look_reader: asks a past in a thread of its own, so that keys never wait for a disk. Of several
 * places to go to the newest wins; steps add up. Graphs and events are those of the window.
 *
 * All calls are made by one thread, the screen's. Draws nothing.
 */
#ifndef DOMTOP_UI_LOOK_READER_H
#define DOMTOP_UI_LOOK_READER_H

#include "../past.h"

struct look_reader;

enum look_go {
    LOOK_NOWHERE,
    LOOK_AT,    /* to wall_ns */
    LOOK_STEP,  /* by so many samples */
    LOOK_EVENT, /* to the next event (by > 0) or the one before; of bad ones alone where asked */
};

struct look_request {
    enum look_go go;
    uint64_t wall_ns;
    long by;
    bool bad;
};

#define LOOK_EVENTS 4096

/* What has been read since it was last taken. */
struct look_found {
    bool moved; /* prev, cur, rates and moment are new */
    struct snapshot prev, cur;
    struct rates rates;
    struct past_moment moment;
    int status;      /* of the last going there: 0 or -errno; -ENOENT: there is no such event */
    bool new_events; /* events are new: those of the window, oldest first */
    struct event *events;
    size_t event_count, event_cap;
    uint64_t first_ns, last_ns; /* the span */
    uint64_t busy_since_ns;     /* going somewhere since then (CLOCK_MONOTONIC); 0: it is there */
    bool scanning;              /* graphs or events are not all there yet */
};

/* NULL with errno when the thread cannot be started. The past is the reader's until it stops.
 * first_ns and last_ns are its span as the caller has seen it, found's until it is read again. */
struct look_reader *look_reader_start(struct past *past, uint64_t first_ns, uint64_t last_ns);
void look_reader_stop(struct look_reader *r);

/* Poll this for reading: something is there to be taken or drawn. */
int look_reader_fd(const struct look_reader *r);

void look_reader_go(struct look_reader *r, const struct look_request *request);

/* The time that graphs and events are of. */
void look_reader_window(struct look_reader *r, uint64_t from_ns, uint64_t to_ns);

/* Take what is there, found's memory against it. found is all zero at first. */
void look_reader_take(struct look_reader *r, struct look_found *found);

/* Release what found owns. */
void look_found_release(struct look_found *found);

/* A drawing begins: graphs that were not asked for in the last two are not read. */
void look_reader_frame(struct look_reader *r);

/*
 * A graph of the window as far as it is known; what was known of another window, in its place,
 * until then. mean and peak hold n values.
 */
void look_reader_graph(struct look_reader *r, const struct past_subject *subject, size_t n,
                       float *mean, float *peak);

#endif
