/*
 * recorder_private: what the parts of the recorder share.
 */
#ifndef DOMTOP_RECORDER_PRIVATE_H
#define DOMTOP_RECORDER_PRIVATE_H

#include "../events.h"
#include "../rate.h"
#include "about.h"
#include "recorder.h"
#include "rrd.h"
#include "runs.h"

#define RETRY_NS (10 * NS_PER_S) /* what failed in the background is tried again after this */

/* A file that is recorded to. */
struct target {
    struct rrd_file file;
    uint64_t id;      /* of a device */
    uint64_t members; /* of a set, wanted */
    uint64_t seen_s;  /* last sample that had it */
    bool known;       /* it was looked for */
    uint64_t back_s;  /* what it has of then and later is to be dropped first; 0: nothing */
    bool queued;      /* in the work to do */
};

struct subject {
    struct uuid uuid;
    bool alive;     /* in the last sample that had domains */
    bool open_life; /* the recorder before did not see its end */
    bool queued;    /* its description is in the work to do */
    bool there;     /* recorder_begin()'s: the first sample has it, in `row` */
    uint64_t domid; /* while alive */
    uint64_t seen_s;
    uint64_t dead_s;  /* when it was last seen, for those not alive */
    uint64_t claimed; /* the sample that took `row` for it */
    size_t row;
    struct about about; /* while alive or with an open life */
    struct target domain, vcpus;
    struct target **devices;
    size_t device_count, device_cap;
};

/* A piece of work: make or grow a file, or write a description. */
struct work {
    struct subject *subject; /* whose description; NULL: a file */
    struct target *target;
};

struct recorder {
    struct recorder_config config;
    struct rrd_store store;
    char own_working_on[LAYOUT_PATH];
    struct journal journal;
    struct snapshot last; /* the last sample */
    struct rates rates;   /* of the one under way, since the last */
    uint64_t last_s, samples;
    uint64_t opened_s;             /* last_s as it was opened */
    struct runs runs;              /* of samples, by which it is judged what to drop */
    bool set_aside;                /* files that are ahead are set aside rather than taken back */
    uint64_t steady_s;             /* since when time goes on without a jump of days */
    uint64_t read_s[ENTITY_COUNT]; /* the last sample in which somebody read that part */
    char reason[EVENT_DETAIL];

    struct about host_about;
    struct target host, pcpus;
    struct subject **subjects, **alive;
    size_t subject_count, subject_cap, alive_count, alive_cap;
    uint32_t *table; /* hash of uuids to subjects, from 1 */
    size_t table_size;

    struct work *works; /* a ring */
    size_t work_first, work_count, work_cap;

    struct journal_entry *untold; /* events that the journal did not take */
    size_t untold_count, untold_cap;

    bool looked; /* a sample has said who lives */
    bool failing, over_limit;
    uint64_t failing_since_s, failures, failed, lost, lost_told;
    uint64_t checked_day;
    uint64_t removal_ns; /* monotonic: nothing is removed before */
};

/* ---- recorder_tell.c ---- */

/* Tell the journal; it waits where that fails. */
void recorder_tell(struct recorder *r, const struct journal_entry *entry);
struct journal_entry recorder_entry(enum event_kind kind, uint64_t wall_ns, const struct uuid *uuid,
                                    const char *detail);
/* Try again to tell what the journal did not take. True when nothing is left. */
bool recorder_tell_untold(struct recorder *r);
/* After a sample: whether what could not be written is now; tells of it. */
void recorder_check_recovered(struct recorder *r);
/* A write failed, with store.message; told when it is the first. */
void recorder_failed(struct recorder *r, const char *message);
/* Move what is damaged out of the way. 0 or -errno. */
int recorder_set_aside(struct recorder *r, const char *path, const char *why);

/* ---- recorder_subjects.c ---- */

/* What the store holds of domains, at start. */
void subjects_scan(struct recorder *r);
struct subject *subjects_find(struct recorder *r, const struct uuid *uuid, bool add);
void subjects_remove(struct recorder *r, struct subject *s);
void subjects_release(struct recorder *r);
struct target *subject_device(struct recorder *r, struct subject *s, enum entity entity,
                              uint64_t id);
/* Have its description, from the store where it was known before. */
void subject_load(struct recorder *r, struct subject *s);

/* ---- recorder_work.c ---- */

/* about_write(), counted. */
int recorder_describe(struct recorder *r, struct about *about, const char *path);

void work_add(struct recorder *r, struct subject *s, struct target *t);
/* Forget what is to be done for a subject that goes. */
void work_forget(struct recorder *r, const struct subject *s);
/* Try once more to write what waits for files that are there. */
void targets_write(struct recorder *r);
/* Look at all files anew, and forget what waits: time is not what it was. */
void targets_forget(struct recorder *r);
/* Record a sample's row, or rows, to a file. */
void target_record(struct recorder *r, struct target *t, uint64_t time_s, enum rrd_past past,
                   const void *(*record)(void *arg, uint64_t index), void *arg);

/* ---- retention.c ---- */

/* Remove a damaged file or one dead domain's files where a limit says so. True when one went. */
bool retention_apply(struct recorder *r);

#endif
