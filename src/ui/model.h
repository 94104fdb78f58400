/*
 * model: what the screen knows: the newest two samples, their rates, the past and what happened in
 * it; and while the user pauses, the sample that is shown instead, which may be any one of the
 * timeline. Looking back at what was recorded takes the place of all that. Draws nothing.
 */
#ifndef DOMTOP_UI_MODEL_H
#define DOMTOP_UI_MODEL_H

#include "../events.h"
#include "../feed.h"
#include "../history.h"
#include "../timeline.h"
#include "visit.h"

/* Samples kept for graphs: as many as a wide screen shows in its widest graph. */
#define MODEL_PAST 320

/* Samples kept for graphs, so that they are whole also after stepping back a little. */
#define MODEL_KEPT (2 * MODEL_PAST)

/* Samples to step back to: an hour at one a second, within the memory given. */
#define MODEL_SAMPLES 3600
#define MODEL_BYTES   ((size_t)48 << 20)

#define MODEL_EVENTS 2048

/* Samples are taken, and the past is read, for so long at a time: keys come in between. */
#define MODEL_SLICE_NS (NS_PER_S / 250)

struct model {
    /* Live, whatever is shown. */
    struct snapshot cur, prev;
    struct rates rates;
    struct history *history;
    int status; /* of the newest sample: 0 or -errno */

    struct visit *look; /* NULL: this is live. Its owner's */

    struct timeline *timeline;
    struct events events;

    bool paused;
    struct snapshot held, held_prev;
    struct rates held_rates;
    uint64_t shown;         /* its number in the timeline */
    struct history *replay; /* graphs that end at replay_end; NULL until they are needed */
    uint64_t replay_end;
    uint64_t replay_next; /* the sample to read next for them; 0: they are whole */
    struct snapshot replay_samples[2];
    struct rates replay_rates;
};

void model_init(struct model *m);
void model_release(struct model *m);

/* Take the snapshots that are ready, for a slice of time. Whether there was one. */
bool model_take(struct model *m, struct feed *feed);

/* Whether graphs of the past are still being read; go on with that for a slice of time. */
bool model_reading(const struct model *m);
void model_read(struct model *m);

void model_pause(struct model *m, bool paused);

/* While paused: show the sample so many later, or earlier where negative; the end is the end. False
 * when nothing changed. */
bool model_step(struct model *m, long by);

/* Samples between the one shown and the newest. */
uint64_t model_behind(const struct model *m);

/* Bytes that all of the past takes. */
size_t model_memory(const struct model *m);

/* What is to be shown. Its seq is 0 before the first sample. */
const struct snapshot *model_snapshot(const struct model *m);
const struct rates *model_rates(const struct model *m);
bool model_totals(const struct model *m); /* whether it is known how high counters stand */

/* The last n values up to the sample shown, the oldest first; NaN where there is none. */
void model_past_domain(const struct model *m, const struct domain *d, enum history_series series,
                       float *out, size_t n);
void model_past_host(const struct model *m, enum history_series series, float *out, size_t n);
void model_past_pcpu(const struct model *m, uint64_t id, float *out, size_t n);

/* Looking back: the peaks of the same times. False where the values are samples themselves. */
bool model_peaks_domain(const struct model *m, const struct domain *d, enum history_series series,
                        float *out, size_t n);
bool model_peaks_host(const struct model *m, enum history_series series, float *out, size_t n);

/* What happened: up to now, or in the window one looks at. */
const struct events *model_events(const struct model *m);

/* Where in a graph the moment shown is, 0 to 1; 0 where that is its end. */
double model_mark(const struct model *m);

#endif
