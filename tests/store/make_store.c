/*
 * make_store: a store of a simulated host, as the recorder would have written it, in a minute
 * rather than a month: by the same functions, but with samples further apart in what is long ago.
 *
 *     make_store DIR [domains=13] [days=2|hours=N] [fine=6] [seed=1] [end=EPOCH] [gap=1] [jobs=1]
 *                [calm=30] [archives=10s:1d,...]
 *
 * The last `fine` hours are sampled every 10 s, the day before the end every minute, the time
 * before that every 5 minutes. Besides what the demo does on its own, one domain is renamed, and
 * nothing is recorded for 12 minutes (2 hours, or half of a shorter span, before the end) when gap
 * is 1. jobs=0 leaves out the domains that live for minutes, of which there are many. Things happen
 * `calm` times more rarely than on the demo's screen.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "collectors/demo.h"
#include "events.h"
#include "rate.h"
#include "store/about.h"
#include "store/journal.h"
#include "store/rrd.h"
#include "store/settings.h"

#define STEP_S 10

struct device {
    struct rrd_file file;
    bool seen;
};

struct tenant {
    struct uuid uuid;
    uint64_t domid, wall_ns; /* of the last sample that had it */
    bool seen, gone, fresh;
    struct about about;
    struct rrd_file self, vcpus;
    struct device *devices;
    size_t device_count, device_cap;
};

static struct rrd_store store;
static struct about host_about;
static struct rrd_file host, pcpus;
static struct tenant *tenants;
static size_t tenant_count, tenant_cap;
static struct events events;
static uint64_t samples;

static struct {
    uint64_t domains, days, fine, seed, end, gap, jobs, calm, hours;
} want = {.domains = 13, .days = 2, .fine = 6, .seed = 1, .gap = 1, .jobs = 1, .calm = 30};

/* ---- files ---- */

/* How far apart samples may be, as a file is told: they are no gap while the store is made. */
static uint64_t heartbeat = 900;

static void set_heartbeats(struct rrd_file *f)
{
    uint64_t seconds = heartbeat;
    int fd = openat(store.dir, f->path, O_RDWR);

    for (size_t i = 0; fd >= 0 && i < f->column_count; i++)
        if (pwrite(fd, &seconds, sizeof(seconds), (off_t)(128 + i * 120 + 40)) < 0)
            die(EXIT_FAILED, "%s cannot be written", f->path);
    if (fd >= 0)
        close(fd);
}

static void flush(struct rrd_file *f)
{
    int err = f->open ? rrd_file_write(&store, f) : 0;

    if (err)
        die(EXIT_FAILED, "%s", store.message);
}

static void put(struct rrd_file *f, uint64_t members, uint64_t time_s, bool fresh,
                const void *(*record)(void *arg, uint64_t index), void *arg)
{
    if (!f->open) {
        rrd_file_plan(f, members);
        if (rrd_file_create(&store, f, members, time_s))
            die(EXIT_FAILED, "%s", store.message);
        set_heartbeats(f);
    }
    rrd_file_add(&store, f, time_s, fresh, record, arg);
    if (f->line_count > RRD_LINES - 8)
        flush(f);
}

/* ---- rows ---- */

struct rows {
    const struct snapshot *s;
    const struct domain *d;
    enum entity entity;
    size_t row;
};

static const void *record(void *arg, uint64_t index)
{
    const struct rows *r = arg;

    switch (r->entity) {
    case ENTITY_HOST: return &r->s->host;
    case ENTITY_PCPU: return index < r->s->pcpu_count ? &r->s->pcpus[index] : NULL;
    case ENTITY_DOMAIN: return r->d;
    case ENTITY_VCPU:
        return index < r->d->vcpu_count ? &r->s->vcpus[r->d->vcpu_first + index] : NULL;
    default: return snapshot_row(r->s, r->entity, r->row);
    }
}

static void put_devices(struct tenant *t, const struct snapshot *s, const struct domain *d,
                        enum entity entity, uint64_t time_s, bool fresh)
{
    size_t first, count;

    domain_devices(d, entity, &first, &count);
    for (size_t row = first; row < first + count; row++) {
        uint64_t id = entity == ENTITY_VIF ? s->vifs[row].id : s->vbds[row].id;
        struct rows rows = {s, d, entity, row};
        struct rrd_file key;
        struct device *dev = NULL;
        rrd_file_init(&key, entity, &d->uuid, id);
        for (size_t i = 0; i < t->device_count; i++)
            if (!strcmp(t->devices[i].file.path, key.path))
                dev = &t->devices[i];
        if (!dev) {
            array_reserve(&t->devices, &t->device_cap, t->device_count + 1, sizeof(*t->devices));
            dev = &t->devices[t->device_count++];
            *dev = (struct device){.file = key};
        }
        put(&dev->file, 1, time_s, fresh, record, &rows);
    }
}

static struct tenant *tenant_of(const struct domain *d)
{
    for (size_t i = 0; i < tenant_count; i++)
        if (!memcmp(&tenants[i].uuid, &d->uuid, sizeof(d->uuid)))
            return &tenants[i];
    array_reserve(&tenants, &tenant_cap, tenant_count + 1, sizeof(*tenants));
    struct tenant *t = &tenants[tenant_count++];
    *t = (struct tenant){.uuid = d->uuid, .domid = UNKNOWN};
    about_init(&t->about, ENTITY_DOMAIN, &t->uuid);
    rrd_file_init(&t->self, ENTITY_DOMAIN, &t->uuid, 0);
    rrd_file_init(&t->vcpus, ENTITY_VCPU, &t->uuid, 0);
    char path[LAYOUT_PATH];
    layout_domain(path, &t->uuid);
    mkdirat(store.dir, path, 0755);
    return t;
}

static void sample(const struct snapshot *s, bool fresh)
{
    uint64_t time_s = s->wall_ns / NS_PER_S / STEP_S * STEP_S;
    struct rows rows = {.s = s, .entity = ENTITY_HOST};

    put(&host, 1, time_s, fresh, record, &rows);
    rows.entity = ENTITY_PCPU;
    put(&pcpus, s->pcpu_count, time_s, fresh, record, &rows);
    about_observe_host(&host_about, s, s->wall_ns);
    for (size_t i = 0; i < tenant_count; i++)
        tenants[i].seen = false;
    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = &s->domains[i];
        struct tenant *t = tenant_of(d);
        if (t->seen) /* a local migration's other half */
            continue;
        bool new = fresh || t->domid != d->domid || t->gone;
        struct rows its = {s, d, ENTITY_DOMAIN, i};
        put(&t->self, 1, time_s, new, record, &its);
        its.entity = ENTITY_VCPU;
        put(&t->vcpus, d->vcpu_count, time_s, new, record, &its);
        put_devices(t, s, d, ENTITY_VIF, time_s, new);
        put_devices(t, s, d, ENTITY_VBD, time_s, new);
        about_observe_domain(&t->about, s, i, s->wall_ns);
        t->domid = d->domid;
        t->wall_ns = s->wall_ns;
        t->seen = true;
        t->gone = false;
    }
    for (size_t i = 0; i < tenant_count; i++)
        if (!tenants[i].seen && !tenants[i].gone) {
            about_end(&tenants[i].about, tenants[i].wall_ns);
            tenants[i].gone = true;
        }
    samples++;
}

/* ---- the journal ---- */

/* journal_append() flushes each record to the disk, which nobody waits for here. */
static void note(const struct journal_entry *entry)
{
    char path[LAYOUT_PATH];
    struct text line = {0};

    layout_day(path, entry->event.wall_ns);
    journal_format(&line, entry);
    int fd = openat(store.dir, path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || write(fd, line.data, line.len) != (ssize_t)line.len)
        die(EXIT_FAILED, "%s cannot be written", path);
    close(fd);
    text_release(&line);
}

static void note_kind(enum event_kind kind, uint64_t wall_ns, uint64_t from_ns, uint64_t to_ns,
                      const char *detail)
{
    struct journal_entry e = {.from_ns = from_ns, .to_ns = to_ns};

    e.event.kind = kind;
    e.event.wall_ns = wall_ns;
    e.event.domid = UNKNOWN;
    snprintf(e.event.name, sizeof(e.event.name), "recorder");
    snprintf(e.event.detail, sizeof(e.event.detail), "%s", detail);
    note(&e);
}

static void note_events(const struct snapshot *prev, const struct snapshot *cur)
{
    size_t n = events_compare(&events, prev, cur);

    for (size_t age = MIN(n, events_count(&events)); age-- > 0;) {
        struct journal_entry e = {.event = *events_get(&events, age)};
        note(&e);
    }
}

/* ---- all of it ---- */

static void rename_one(struct snapshot *s)
{
    for (size_t i = 0; i < s->domain_count; i++) {
        const char *name = snapshot_str(s, s->domains[i].name);
        if (name && !strcmp(name, "web-02"))
            s->domains[i].name = snapshot_add_cstr(s, "shop-02");
    }
}

static void leave_out_jobs(struct snapshot *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->domain_count; i++) {
        const char *name = snapshot_str(s, s->domains[i].name);
        if (!name || strncmp(name, "build-", 6) != 0)
            s->domains[kept++] = s->domains[i];
    }
    s->domain_count = kept;
    snapshot_seal(s);
}

static void each_file(void (*visit)(struct rrd_file *f))
{
    visit(&host);
    visit(&pcpus);
    for (size_t i = 0; i < tenant_count; i++) {
        visit(&tenants[i].self);
        visit(&tenants[i].vcpus);
        for (size_t k = 0; k < tenants[i].device_count; k++)
            visit(&tenants[i].devices[k].file);
    }
}

static void beat(struct rrd_file *f)
{
    flush(f);
    set_heartbeats(f);
}

static void run(void)
{
    struct demo_config c;
    struct snapshot both[2] = {0};
    struct rates rates = {0};
    uint64_t span_s = want.hours ? want.hours * 3600 : want.days * 86400;
    uint64_t start = want.end - span_s, gap_to = want.end - MIN(7200, span_s / 20 * 10),
             gap_from = gap_to - 720;
    unsigned turn = 0;
    bool fresh = true;

    demo_defaults(&c);
    char settings[64], message[160];
    snprintf(settings, sizeof(settings), "domains=%" PRIu64 ",seed=%" PRIu64, want.domains,
             want.seed);
    if (demo_parse(&c, settings, message))
        die(EXIT_USAGE, "%s", message);
    c.start_wall_ns = start * NS_PER_S + NS_PER_S / 4;
    c.step_s = STEP_S;
    c.calm = (double)want.calm;
    struct source *demo = demo_open(&c);
    for (uint64_t t = start; t <= want.end; turn++) {
        struct snapshot *cur = &both[turn % 2], *prev = &both[(turn + 1) % 2];
        demo->sample(demo, cur, PART_ALL);
        if (!want.jobs)
            leave_out_jobs(cur);
        if (t > start + (want.end - start) / 2)
            rename_one(cur);
        if (turn == 0)
            note_kind(EVENT_RECORDING_STARTED, cur->wall_ns, 0, 0, "");
        if (want.gap && t >= gap_from && t < gap_to) {
            if (!fresh)
                note_kind(EVENT_RECORDING_STOPPED, prev->wall_ns, 0, 0, "");
            fresh = true;
        } else {
            if (fresh && turn) {
                note_kind(EVENT_RECORDING_STARTED, cur->wall_ns, 0, 0, "");
                note_kind(EVENT_GAP, cur->wall_ns, gap_from * NS_PER_S, cur->wall_ns,
                          "the recorder was not running");
            }
            note_events(turn ? prev : &(struct snapshot){0}, cur);
            rates_compute(&rates, turn ? prev : NULL, cur);
            store.sample = layout_sample(cur, &rates);
            sample(cur, fresh);
            fresh = false;
        }
        uint64_t left = want.end - t;
        uint64_t step = left <= want.fine * 3600 ? STEP_S : left <= 86400 ? 60 : 300;
        if (heartbeat != 2 * step && t > start) {
            heartbeat = 2 * step;
            each_file(beat);
        }
        demo_set_step(demo, (double)step);
        t += step;
    }
    demo->close(demo);
    snapshot_release(&both[0]);
    snapshot_release(&both[1]);
    rates_release(&rates);
}

static void finish_file(struct rrd_file *f)
{
    flush(f);
    set_heartbeats(f);
    rrd_file_release(&store, f);
}

static void finish(void)
{
    char path[LAYOUT_PATH + 32], folder[LAYOUT_PATH];
    size_t files = 2;

    finish_file(&host);
    finish_file(&pcpus);
    about_write(&host_about, store.dir, LAYOUT_HOST);
    about_release(&host_about);
    for (size_t i = 0; i < tenant_count; i++) {
        struct tenant *t = &tenants[i];
        finish_file(&t->self);
        finish_file(&t->vcpus);
        for (size_t k = 0; k < t->device_count; k++)
            finish_file(&t->devices[k].file);
        files += 2 + t->device_count;
        free(t->devices);
        layout_domain(folder, &t->uuid);
        snprintf(path, sizeof(path), "%s/" LAYOUT_DOMAIN, folder);
        if (about_write(&t->about, store.dir, path))
            die(EXIT_FAILED, "%s cannot be written", path);
        about_release(&t->about);
    }
    printf("%" PRIu64 " samples of %zu domains in %zu files, %" PRIu64 " MB\n", samples,
           tenant_count, files, store.bytes >> 20);
    free(tenants);
    events_release(&events);
}

static void option(const char *text)
{
    static const struct {
        const char *name;
        uint64_t *value;
    } options[] = {{"domains=", &want.domains}, {"days=", &want.days}, {"fine=", &want.fine},
                   {"seed=", &want.seed},       {"end=", &want.end},   {"gap=", &want.gap},
                   {"jobs=", &want.jobs},       {"calm=", &want.calm}, {"hours=", &want.hours}};

    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (!strncmp(text, options[i].name, strlen(options[i].name))) {
            *options[i].value = strtoull(text + strlen(options[i].name), NULL, 10);
            return;
        }
    char message[ARCHIVES_MESSAGE];
    if (!strncmp(text, "archives=", 9)) {
        if (archives_parse(&store.archives, text + 9, STEP_S, message))
            die(EXIT_USAGE, "%s", message);
        return;
    }
    die(EXIT_USAGE, "no option %s", text);
}

int main(int argc, char **argv)
{
    static char working_on[LAYOUT_PATH];

    if (argc < 2 || argv[1][0] == '-')
        die(EXIT_USAGE, "usage: make_store DIR [OPTION=N]...");
    archives_default(&store.archives, STEP_S);
    for (int i = 2; i < argc; i++)
        option(argv[i]);
    if (!want.end)
        want.end = clock_wall_ns() / NS_PER_S;
    want.end -= want.end % STEP_S;
    mkdir(argv[1], 0755);
    char *root = realpath(argv[1], NULL);
    store.dir = open(argv[1], O_RDONLY | O_DIRECTORY);
    store.root = root;
    store.step_s = STEP_S;
    store.working_on = working_on;
    store.waiting_max = SIZE_MAX;
    if (store.dir < 0)
        die(EXIT_FAILED, "%s cannot be opened", argv[1]);
    struct store_settings settings = {STEP_S, store.archives, true};
    if (store_settings_write(store.dir, &settings))
        die(EXIT_FAILED, "%s cannot be written to", argv[1]);
    mkdirat(store.dir, LAYOUT_DOMAINS, 0755);
    mkdirat(store.dir, LAYOUT_JOURNAL, 0755);
    events_init(&events, 4096);
    about_init(&host_about, ENTITY_HOST, NULL);
    rrd_file_init(&host, ENTITY_HOST, NULL, 0);
    rrd_file_init(&pcpus, ENTITY_PCPU, NULL, 0);
    run();
    finish();
    free(root);
    close(store.dir);
    return 0;
}
