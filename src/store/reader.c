/* reader: see reader.h. Opening, moments, steps and events; graphs are in reader_graph.c. */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph.h"
#include "journal.h"
#include "moment.h"
#include "reader_parts.h"

/* Beyond that nothing is: until the year 2286, and sums of times do not overflow. */
#define LAST_NS (UINT64_C(9999999999) * NS_PER_S)

static struct reader *of(struct past *self)
{
    return (struct reader *)self;
}

/* Samples are written a little after their time: so long nobody speaks of a gap. */
#define LATE_STEPS 3

/* Whether a store is of the demo is known when there is something in it. */
static int refresh(struct reader *r)
{
    bool first = !r->spine.read;
    int err = spine_refresh(&r->spine);
    struct store_settings now;

    if (!err && first && store_settings_read(r->dir, &now) == 0)
        r->past.simulated = now.simulated;
    return err;
}

static int reader_span(struct past *self, uint64_t *first_ns, uint64_t *last_ns)
{
    struct reader *r = of(self);
    uint64_t first, last;
    int err = refresh(r);

    if (err)
        return err;
    if (!spine_span(&r->spine, &first, &last))
        return -ENODATA;
    *first_ns = first * NS_PER_S;
    *last_ns = last * NS_PER_S;
    return 0;
}

/* ---- a moment ---- */

struct gap_search {
    uint64_t at_ns, from_ns, to_ns;
};

static bool see_gap(void *arg, const struct journal_entry *entry)
{
    struct gap_search *g = arg;

    if (entry->event.kind == EVENT_GAP && entry->from_ns <= g->at_ns && entry->to_ns > g->at_ns) {
        g->from_ns = entry->from_ns;
        g->to_ns = entry->to_ns;
    }
    return true;
}

/* Around a time at which nothing was recorded: from the rows, and finer from the journal. */
static void find_gap(struct reader *r, uint64_t at_s, uint64_t step_s, struct past_moment *found)
{
    size_t archive;
    uint64_t end_s;
    struct gap_search g = {.at_ns = at_s * NS_PER_S};

    found->gap = true;
    if (spine_before(&r->spine, at_s + 1, step_s, &end_s, &archive))
        found->gap_from_ns = end_s * NS_PER_S;
    if (spine_after(&r->spine, at_s, step_s, &end_s, &archive)) {
        uint64_t row_s = r->spine.archives[archive].step_s;
        found->gap_to_ns = (end_s - MIN(end_s, row_s)) * NS_PER_S;
        /* A gap that ends is written down when it does: in that row, or about it. */
        uint64_t from = (end_s - MIN(end_s, 2 * row_s)) * NS_PER_S;
        uint64_t until = MIN(LAST_NS, (end_s + row_s) * NS_PER_S);
        journal_read(r->dir, MAX(from, g.at_ns), until, see_gap, &g);
    }
    if (g.to_ns) {
        found->gap_from_ns = g.from_ns;
        found->gap_to_ns = g.to_ns;
    }
}

/* The row to show for a time. False when there is none at all. */
static bool find_row(struct reader *r, uint64_t at_s, uint64_t step_s, uint64_t *end_s,
                     size_t *archive, struct past_moment *found)
{
    struct spine *s = &r->spine;
    uint64_t finest = r->settings.step_s, first, last;

    if (!spine_span(s, &first, &last))
        return false;
    *archive = spine_choose(s, at_s, step_s);
    *end_s = spine_row(s, *archive, at_s);
    if (spine_known(s, *archive, *end_s))
        return true;
    bool late = at_s >= last && at_s - last <= LATE_STEPS * finest;
    if (!late)
        find_gap(r, at_s, step_s, found);
    return spine_before(s, *end_s, step_s, end_s, archive) ||
           spine_after(s, *end_s, step_s, end_s, archive);
}

static int reader_moment(struct past *self, uint64_t wall_ns, uint64_t resolution_ns,
                         struct snapshot *prev, struct snapshot *cur, struct past_moment *found)
{
    struct reader *r = of(self);
    uint64_t end_s, at_s = MIN(wall_ns, LAST_NS) / NS_PER_S;
    size_t archive;
    int err = refresh(r);

    *found = (struct past_moment){0};
    snapshot_reset(prev);
    snapshot_reset(cur);
    if (err)
        return err;
    if (!find_row(r, at_s, (resolution_ns + NS_PER_S - 1) / NS_PER_S, &end_s, &archive, found))
        return -ENODATA;
    uint64_t row_s = r->spine.archives[archive].step_s;
    moment_fill(&r->roster, end_s, row_s, r->settings.step_s, prev, cur);
    prev->simulated = cur->simulated = self->simulated;
    found->wall_ns = cur->wall_ns;
    found->resolution_ns = row_s * NS_PER_S;
    return 0;
}

static int reader_peaks(struct past *self, const struct past_moment *found, struct snapshot *prev,
                        struct snapshot *cur)
{
    struct reader *r = of(self);

    moment_fill(&r->peaks, found->wall_ns / NS_PER_S, found->resolution_ns / NS_PER_S,
                r->settings.step_s, prev, cur);
    return 0;
}

static int reader_step(struct past *self, uint64_t wall_ns, long by, uint64_t resolution_ns,
                       uint64_t *found_ns)
{
    struct reader *r = of(self);
    uint64_t step_s = (resolution_ns + NS_PER_S - 1) / NS_PER_S, next;
    uint64_t at_s = MIN(wall_ns, LAST_NS) / NS_PER_S;
    size_t archive;
    int err = refresh(r);
    struct past_moment found = {0};

    if (err)
        return err;
    if (!find_row(r, at_s, step_s, &at_s, &archive, &found))
        return -ENODATA;
    for (; by > 0 && spine_after(&r->spine, at_s, step_s, &next, &archive); by--)
        at_s = next;
    for (; by < 0 && spine_before(&r->spine, at_s, step_s, &next, &archive); by++)
        at_s = next;
    *found_ns = at_s * NS_PER_S;
    return 0;
}

/* ---- events ---- */

struct event_list {
    struct event *out;
    size_t cap, count, total; /* a ring of cap once total is beyond it */
};

static bool see_event(void *arg, const struct journal_entry *entry)
{
    struct event_list *l = arg;

    if (entry->event.kind >= EVENT_KINDS)
        return true;
    l->out[l->total % l->cap] = entry->event;
    l->out[l->total % l->cap].seq = l->total + 1;
    l->total++;
    l->count = MIN(l->total, l->cap);
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->wall_ns != y->wall_ns)
        return x->wall_ns < y->wall_ns ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int reader_events(struct past *self, uint64_t from_ns, uint64_t to_ns, struct event *out,
                         size_t cap, size_t *count)
{
    struct event_list l = {.out = out, .cap = cap};

    *count = 0;
    if (!cap)
        return 0;
    int err = journal_read(of(self)->dir, from_ns, MIN(to_ns, LAST_NS), see_event, &l);
    if (l.count)
        qsort(out, l.count, sizeof(*out), by_time);
    *count = l.count;
    return err;
}

/* ---- opening ---- */

size_t store_past_damage(const struct past *past, struct text *out)
{
    const struct reader *r = (const struct reader *)past;
    const struct fetch *f = r->fetch;
    struct stat st;
    bool hostless = fstatat(r->dir, r->roster.host.path, &st, AT_SYMLINK_NOFOLLOW) &&
                    errno == ENOENT;

    if (hostless)
        text_addf(out, "%s is not there\n", r->roster.host.path);
    for (size_t i = 0; i < fetch_bad_count(f); i++) {
        const struct fetch_bad *b = fetch_bad_get(f, i);
        text_addf(out, "%s %s\n", b->path, b->why);
    }
    return fetch_bad_count(f) + hostless;
}

static void reader_close(struct past *self)
{
    struct reader *r = of(self);

    reader_totals_free(r->totals);
    spine_release(&r->spine);
    roster_release(&r->roster);
    roster_release(&r->peaks);
    fetch_close(r->fetch);
    close(r->dir);
    free(r->name);
    free(r);
}

/* What the settings say; where they are damaged, what a store has when nobody says otherwise. */
static int read_settings(int dir, const char *name, struct store_settings *s,
                         char message[READER_MESSAGE])
{
    int err = store_settings_read(dir, s);

    switch (err) {
    case 0: return 0;
    case -ENOENT:
        snprintf(message, READER_MESSAGE, "%.160s is no store: it has no file " LAYOUT_SETTINGS,
                 name);
        return err;
    case -EPROTONOSUPPORT:
        snprintf(message, READER_MESSAGE, "%.160s was recorded by a later domtop: use that one",
                 name);
        return err;
    case -EBADMSG:
        s->step_s = ARCHIVES_STEP_S;
        archives_default(&s->archives, s->step_s);
        return 0;
    default:
        snprintf(message, READER_MESSAGE, "%.160s/" LAYOUT_SETTINGS " cannot be read: %s", name,
                 strerror(-err));
        return err;
    }
}

struct past *store_past_open(const char *name, char message[READER_MESSAGE])
{
    int dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (!*name) {
        snprintf(message, READER_MESSAGE, "a store has a name, and none was given");
        return NULL;
    }
    if (dir < 0) {
        snprintf(message, READER_MESSAGE, "the store %.160s cannot be opened: %s", name,
                 strerror(errno));
        return NULL;
    }
    return store_past_open_at(dir, name, message);
}

struct past *store_past_open_at(int dir, const char *name, char message[READER_MESSAGE])
{
    struct store_settings settings;

    if (read_settings(dir, name, &settings, message)) {
        close(dir);
        return NULL;
    }
    struct reader *r = xcalloc(1, sizeof(*r));
    r->name = xstrdup(name);
    r->dir = dir;
    r->settings = settings;
    r->fetch = fetch_open(dir);
    roster_init(&r->roster, dir, r->fetch, FETCH_MEAN);
    roster_init(&r->peaks, dir, r->fetch, FETCH_PEAK);
    spine_init(&r->spine, dir, r->fetch, &settings.archives);
    r->past = (struct past){.name = r->name,
                            .simulated = settings.simulated,
                            .rates_only = true,
                            .span = reader_span,
                            .moment = reader_moment,
                            .peaks = reader_peaks,
                            .step = reader_step,
                            .graph = reader_graph,
                            .events = reader_events,
                            .metric = reader_metric,
                            .parts = reader_parts,
                            .picture = graph_picture,
                            .close = reader_close};
    return &r->past;
}
