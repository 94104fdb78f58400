/* recorder: see recorder.h. A sample's way into the store; what takes long is recorder_work.c's. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "../format.h"
#include "files.h"
#include "recorder_private.h"
#include "rrdcheck.h"
#include "stamp.h"

#define WAITING_MAX (64u << 20) /* bytes of lines that wait */
#define JUMP_S      86400       /* without a sample, and what is old is not removed at once */

/* ---- rows ---- */

struct rows {
    const struct snapshot *s;
    enum entity entity;
    size_t first, count;
};

/* The row itself, or the member of that number in a set, whose rows are in order. */
static const void *row_of(void *arg, uint64_t index)
{
    struct rows *rows = arg;
    const struct snapshot *s = rows->s;
    size_t low = rows->first, high = rows->first + rows->count;

    if (!layout_is_set(rows->entity))
        return snapshot_row(s, rows->entity, rows->first);
    /* As a rule they are numbered without holes. */
    if (index < rows->count)
        low += index;
    for (bool guess = true; low < high; guess = false) {
        size_t middle = guess ? low : low + (high - low) / 2;
        uint64_t id = rows->entity == ENTITY_PCPU ? s->pcpus[middle].id : s->vcpus[middle].id;
        if (id == index)
            return snapshot_row(s, rows->entity, middle);
        if (guess)
            low = rows->first;
        else if (id < index)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void record_rows(struct recorder *r, struct target *t, const struct rows *rows,
                        uint64_t time_s, enum rrd_past past)
{
    struct rows copy = *rows;

    if (layout_is_set(rows->entity)) {
        size_t last = rows->first + rows->count - 1;
        t->members = 1 + (rows->entity == ENTITY_PCPU ? rows->s->pcpus[last].id
                                                      : rows->s->vcpus[last].id);
        t->members = MIN(t->members, LAYOUT_SET_MAX);
    }
    target_record(r, t, time_s, past, row_of, &copy);
}

/* ---- domains ---- */

/* Which row stands for each domain: a uuid may be there twice while it migrates within the host;
 * then the one that was recorded so far. */
static void claim_rows(struct recorder *r, const struct snapshot *s)
{
    static const struct uuid none;

    for (size_t row = 0; row < s->domain_count; row++) {
        const struct domain *d = &s->domains[row];
        if (d->domid && !memcmp(&d->uuid, &none, sizeof(none)))
            continue; /* nobody knows who that is; dom0 alone is called so */
        struct subject *sub = subjects_find(r, &d->uuid, true);
        if (sub->claimed != r->samples || d->domid == sub->domid) {
            sub->row = row;
            sub->claimed = r->samples;
        }
    }
}

static void record_devices(struct recorder *r, struct subject *sub, const struct snapshot *s,
                           enum entity entity, uint64_t time_s, enum rrd_past past)
{
    size_t first, count;

    domain_devices(&s->domains[sub->row], entity, &first, &count);
    for (size_t row = first; row < first + count; row++) {
        struct rows rows = {s, entity, row, 1};
        uint64_t id = entity == ENTITY_VIF ? s->vifs[row].id : s->vbds[row].id;
        struct target *t = subject_device(r, sub, entity, id);
        /* One that was away counts anew. */
        bool away = t->seen_s && t->seen_s < r->read_s[entity];
        record_rows(r, t, &rows, time_s, away ? RRD_WAS_AWAY : past);
    }
}

static void record_domain(struct recorder *r, struct subject *sub, const struct snapshot *s,
                          uint64_t time_s)
{
    const struct domain *d = &s->domains[sub->row];
    struct rows rows = {s, ENTITY_DOMAIN, sub->row, 1};
    struct rows vcpus = {s, ENTITY_VCPU, d->vcpu_first, d->vcpu_count};
    enum rrd_past past = sub->domid != d->domid ? RRD_NEW : RRD_GOES_ON;

    if (!sub->alive) {
        subject_load(r, sub);
        if (sub->domid != d->domid || !sub->open_life)
            past = RRD_WAS_AWAY;
        sub->alive = true;
        sub->open_life = false;
        array_reserve(&r->alive, &r->alive_cap, r->alive_count + 1, sizeof(*r->alive));
        r->alive[r->alive_count++] = sub;
    }
    sub->domid = d->domid;
    sub->seen_s = time_s;
    about_observe_domain(&sub->about, s, sub->row, time_s * NS_PER_S);
    if (sub->about.changed)
        work_add(r, sub, NULL);
    record_rows(r, &sub->domain, &rows, time_s, past);
    if (vcpus.count)
        record_rows(r, &sub->vcpus, &vcpus, time_s, past);
    record_devices(r, sub, s, ENTITY_VIF, time_s, past);
    record_devices(r, sub, s, ENTITY_VBD, time_s, past);
}

static void subject_end(struct recorder *r, struct subject *sub)
{
    about_end(&sub->about, sub->seen_s * NS_PER_S);
    sub->dead_s = sub->seen_s;
    sub->domid = UNKNOWN;
    sub->alive = sub->open_life = false;
    work_add(r, sub, NULL);
}

static void end_those_gone(struct recorder *r)
{
    for (size_t i = 0; i < r->alive_count;) {
        struct subject *sub = r->alive[i];
        if (sub->claimed == r->samples) {
            i++;
            continue;
        }
        subject_end(r, sub);
        r->alive[i] = r->alive[--r->alive_count];
    }
    if (r->looked)
        return;
    r->looked = true;
    /* Those that went while nobody looked. */
    for (size_t i = 0; i < r->subject_count; i++)
        if (r->subjects[i]->open_life && !r->subjects[i]->alive) {
            struct rrdcheck c;
            int err;
            void *head = rrdcheck_file(&c, r->store.dir, r->subjects[i]->domain.file.path, &err);
            if (head)
                r->subjects[i]->seen_s = c.last_s;
            free(head);
            subject_end(r, r->subjects[i]);
        }
}

/* ---- a sample ---- */

static void tell_gap(struct recorder *r, uint64_t time_s)
{
    struct journal_entry e;

    if (r->last_s && time_s > r->last_s + r->config.settings.step_s) {
        e = recorder_entry(EVENT_GAP, time_s * NS_PER_S, NULL,
                           r->reason[0]     ? r->reason
                           : r->samples > 1 ? "no sample was taken"
                                            : "nothing was recording");
        e.from_ns = r->last_s * NS_PER_S;
        e.to_ns = time_s * NS_PER_S;
        recorder_tell(r, &e);
    }
    r->reason[0] = '\0';
}

/* What an rrdcached that went had taken, and not written; of each file about as of the host's. */
static void tell_cached_lost(struct recorder *r)
{
    const struct rrd_file *f = &r->host.file;
    uint64_t has_s = rrd_cached_lost(&r->store, f);
    struct journal_entry e;

    if (!has_s)
        return;
    e = recorder_entry(EVENT_GAP, clock_wall_ns(), NULL, "rrdcached lost what it had not written");
    e.from_ns = has_s * NS_PER_S;
    e.to_ns = f->given_s * NS_PER_S;
    if (r->config.log)
        r->config.log(e.event.detail);
    recorder_tell(r, &e);
}

static void record_host(struct recorder *r, const struct snapshot *s, uint64_t time_s)
{
    struct rows host = {s, ENTITY_HOST, 0, 1}, pcpus = {s, ENTITY_PCPU, 0, s->pcpu_count};

    about_observe_host(&r->host_about, s, time_s * NS_PER_S);
    if (r->host_about.changed) {
        int err = recorder_describe(r, &r->host_about, LAYOUT_HOST);
        char text[128];
        snprintf(text, sizeof(text), LAYOUT_HOST ": %s", strerror(-err));
        if (err)
            recorder_failed(r, text);
    }
    if (pcpus.count)
        record_rows(r, &r->pcpus, &pcpus, time_s, RRD_GOES_ON);
    /* The last: its time says that the sample is there whole. */
    record_rows(r, &r->host, &host, time_s, RRD_GOES_ON);
}

/* For good: a store with one such sample is to be believed no other. Before any is in it, and tried
 * again with the next where that fails. */
static void mark_simulated(struct recorder *r)
{
    struct store_settings settings = r->config.settings;
    char text[128];

    settings.simulated = true;
    int err = store_settings_write(r->store.dir, &settings);
    if (!err) {
        r->config.settings = settings;
        return;
    }
    snprintf(text, sizeof(text), LAYOUT_SETTINGS ": %s", strerror(-err));
    recorder_failed(r, text);
}

/* That what was recorded last, and told, has a wrong clock's times: where it is told, for who reads
 * there, and at the time that is right. */
static void tell_ahead(struct recorder *r, uint64_t at_ns, const char *what)
{
    char text[EVENT_DETAIL], since[FORMAT_MAX], right[FORMAT_MAX];
    struct journal_entry e;

    format_rfc3339(since, r->runs.since_s * NS_PER_S);
    format_rfc3339(right, at_ns);
    snprintf(text, sizeof(text), "the clock was ahead from %.25s until here: that was before %.25s",
             since, right);
    for (int there = 1; there >= 0; there--) {
        e = recorder_entry(EVENT_STORE_BAD, there ? r->last_s * NS_PER_S : at_ns, NULL,
                           there ? text : what);
        e.from_ns = r->runs.since_s * NS_PER_S;
        e.to_ns = r->last_s * NS_PER_S;
        recorder_tell(r, &e);
    }
}

/* Of what goes on, for times before what was recorded: the last run's were a wrong clock's
 * (stamp.h). Of older ones nobody knows, and they are kept aside. */
static void take_back(struct recorder *r, uint64_t time_s)
{
    uint64_t at_ns = time_s * NS_PER_S;
    char text[EVENT_DETAIL], last[FORMAT_MAX];

    r->set_aside = r->runs.before_s >= time_s;
    format_rfc3339(last, r->last_s * NS_PER_S);
    snprintf(text, sizeof(text), "the clock was ahead: what it recorded until %s %s", last,
             r->set_aside ? "is set aside" : "is dropped");
    if (r->config.log)
        r->config.log(text);
    tell_ahead(r, at_ns, text);
    targets_forget(r);
    about_take_back(&r->host_about, at_ns);
    for (size_t i = 0; i < r->subject_count; i++) {
        struct subject *sub = r->subjects[i];
        sub->seen_s = MIN(sub->seen_s, time_s);
        sub->dead_s = MIN(sub->dead_s, time_s);
        if (sub->alive || sub->open_life)
            about_take_back(&sub->about, at_ns);
    }
    memset(r->read_s, 0, sizeof(r->read_s));
    r->last_s = r->set_aside ? 0 : r->runs.before_s;
    r->runs = (struct runs){.last_s = r->last_s, .since_s = r->last_s};
    r->steady_s = time_s;
}

void recorder_sample(struct recorder *r, struct snapshot *s, uint64_t time_s)
{
    uint64_t step_ns = r->config.settings.step_s * NS_PER_S;

    if (time_s == r->last_s)
        return; /* given again, as the answer was not heard */
    if (time_s < r->last_s)
        take_back(r, time_s);
    if (r->last_s && time_s > r->last_s + JUMP_S)
        r->steady_s = time_s;
    r->samples++;
    r->failures = 0;
    /* Where the clock was wrong the time it is recorded under is the better one. */
    if (s->wall_ns < time_s * NS_PER_S || s->wall_ns >= time_s * NS_PER_S + step_ns)
        s->wall_ns = time_s * NS_PER_S;
    tell_gap(r, time_s);
    rates_compute(&r->rates, &r->last, s);
    r->store.sample = layout_sample(s, &r->rates);
    if (s->simulated && !r->config.settings.simulated)
        mark_simulated(r);
    if (rrd_cached_connect(&r->store))
        recorder_failed(r, r->store.message);
    tell_cached_lost(r);
    if (s->have & PART(ENTITY_DOMAIN)) {
        claim_rows(r, s);
        for (size_t i = 0; i < r->subject_count; i++)
            if (r->subjects[i]->claimed == r->samples)
                record_domain(r, r->subjects[i], s, time_s);
        end_those_gone(r);
    }
    record_host(r, s, time_s);
    if (r->untold_count)
        recorder_tell_untold(r);
    journal_sync(&r->journal);
    recorder_check_recovered(r);
    for (unsigned e = 0; e < ENTITY_COUNT; e++)
        if (s->have & PART(e))
            r->read_s[e] = time_s;
    r->last_s = time_s;
    runs_add(&r->runs, time_s, stamp_gap_s(r->config.settings.step_s));
    struct snapshot old = r->last;
    r->last = *s;
    *s = old;
}

/* ---- begin and end ---- */

static bool make_ready(struct recorder *r, int *err)
{
    int domains = files_folder(r->store.dir, LAYOUT_DOMAINS);

    /* A store on a disk that is read-only or full now may not be so later. */
    if (domains == -ELOOP || domains == -ENOTDIR || domains == -EACCES) {
        *err = domains;
        return false;
    }
    if (domains >= 0)
        close(domains);
    journal_init(&r->journal, r->store.dir);
    rrd_file_init(&r->host.file, ENTITY_HOST, NULL, 0);
    rrd_file_init(&r->pcpus.file, ENTITY_PCPU, NULL, 0);
    *err = about_read(&r->host_about, ENTITY_HOST, r->store.dir, LAYOUT_HOST);
    if (*err == -EBADMSG || *err == -EFBIG || *err == -ELOOP || *err == -EINVAL)
        recorder_set_aside(r, LAYOUT_HOST, "it is damaged");
    rrd_cached_flush(&r->store, &r->host.file);
    runs_read(&r->runs, r->store.dir, r->host.file.path, stamp_gap_s(r->store.step_s));
    r->last_s = r->opened_s = r->runs.last_s;
    *err = 0;
    return true;
}

struct recorder *recorder_open(const struct recorder_config *config, int *err)
{
    struct recorder *r = xcalloc(1, sizeof(*r));

    r->config = *config;
    r->store = (struct rrd_store){
        .root = config->root,
        .step_s = config->settings.step_s,
        .archives = config->settings.archives,
        .cached = config->cached,
        .working_on = config->working_on ? config->working_on : r->own_working_on,
        .waiting_max = WAITING_MAX,
    };
    r->journal.fd = -1;
    r->store.dir = open(config->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->store.dir < 0) {
        *err = -errno;
        free(r);
        return NULL;
    }
    if (!make_ready(r, err)) {
        close(r->store.dir);
        free(r);
        return NULL;
    }
    subjects_scan(r);
    return r;
}

void recorder_close(struct recorder *r)
{
    /* What can be done at once, each once: what fails keeps nothing else from it. */
    for (size_t most = r->work_count; most && r->work_count; most--)
        recorder_work(r);
    targets_write(r);
    if (r->untold_count)
        recorder_tell_untold(r);
    journal_close(&r->journal);
    subjects_release(r);
    rrd_file_release(&r->store, &r->host.file);
    rrd_file_release(&r->store, &r->pcpus.file);
    about_release(&r->host_about);
    snapshot_release(&r->last);
    rates_release(&r->rates);
    close(r->store.dir);
    free(r->works);
    free(r->untold);
    free(r);
}

uint64_t recorder_last(const struct recorder *r)
{
    return r->last_s;
}

struct recorder_counts recorder_counts(const struct recorder *r)
{
    return (struct recorder_counts){r->store.updates, r->failed, r->lost};
}

struct recorder_state recorder_state(const struct recorder *r)
{
    struct recorder_state s = {.to_do = r->work_count,
                               .waiting = r->store.waiting,
                               .updates = r->store.updates,
                               .lost = r->lost,
                               .bytes = r->store.bytes,
                               .failing = r->failing};

    for (size_t i = 0; i < r->alive_count; i++) {
        const struct subject *sub = r->alive[i];
        s.files += sub->domain.file.open + sub->vcpus.file.open;
        for (size_t d = 0; d < sub->device_count; d++)
            s.files += sub->devices[d]->file.open;
    }
    s.files += r->host.file.open + r->pcpus.file.open;
    return s;
}
