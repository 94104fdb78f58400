/* reader: a store's moments, steps, graphs and events are those of the samples that made it. */
#include "store/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <sys/wait.h>

#include "base.h"
#include "collectors/demo.h"
#include "rate.h"
#include "scratch.h"
#include "unit.h"

/* What make_store is told, and does. */
#define END     UINT64_C(1795316400)
#define HOURS   2
#define START   (END - HOURS * 3600)
#define GAP_TO  (END - 3600)
#define DOMAINS 6
#define CALM    5
#define SAMPLES (HOURS * 360 + 1)

static char make_store[512];
static struct past *past;
static struct snapshot samples[SAMPLES]; /* as they were */
static struct snapshot prev, cur;
static struct rates was, is;

static void take_samples(void)
{
    struct demo_config c;
    char message[160];

    demo_defaults(&c);
    assert_int_equal(demo_parse(&c, "domains=6,seed=1", message), 0);
    c.start_wall_ns = START * NS_PER_S + NS_PER_S / 4;
    c.step_s = 10;
    c.calm = CALM;
    struct source *demo = demo_open(&c);
    for (size_t i = 0; i < SAMPLES; i++)
        assert_int_equal(demo->sample(demo, &samples[i], PART_ALL), 0);
    demo->close(demo);
}

static void make_as(const char *name, uint64_t end_s, const char *archives)
{
    char command[1400];

    snprintf(command, sizeof(command),
             "'%s' '%s' domains=%d hours=%d fine=%d calm=%d end=%" PRIu64 " archives=%s >/dev/null",
             make_store, in_scratch(name), DOMAINS, HOURS, HOURS, CALM, end_s, archives);
    assert_int_equal(system(command), 0);
}

static void make(const char *name)
{
    make_as(name, END, "10s:3h,1m:6h,5m:1d");
}

static int setup(void **state)
{
    char message[READER_MESSAGE];
    (void)state;

    scratch_make();
    take_samples();
    make("s");
    past = store_past_open(in_scratch("s"), message);
    assert_non_null(past);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (past)
        past->close(past);
    for (size_t i = 0; i < SAMPLES; i++)
        snapshot_release(&samples[i]);
    snapshot_release(&prev);
    snapshot_release(&cur);
    rates_release(&was);
    rates_release(&is);
    scratch_remove();
    return 0;
}

static size_t sample_at(uint64_t wall_ns)
{
    return (size_t)((wall_ns / NS_PER_S - START) / 10);
}

static struct past_moment moment(uint64_t at_s, uint64_t resolution_s)
{
    struct past_moment found;

    assert_int_equal(past->moment(past, at_s * NS_PER_S + NS_PER_S / 2, resolution_s * NS_PER_S,
                                  &prev, &cur, &found),
                     0);
    rates_compute(&is, &prev, &cur);
    return found;
}

/* The row of the same domain; -1 where it is twice or not there. */
static long same_row(const struct snapshot *s, const struct domain *d)
{
    long found = -1;

    for (size_t i = 0; i < s->domain_count; i++)
        if (!memcmp(&s->domains[i].uuid, &d->uuid, sizeof(d->uuid))) {
            if (found >= 0)
                return -1;
            found = (long)i;
        }
    return found;
}

/* Below a counter's own grain, one unit in the row's time, nothing is told. */
static void same_rate(const struct metric *m, double recorded, double shown)
{
    double scale = m->unit == UNIT_NS ? 1e-9 : 1;

    if (isnan(recorded) || isnan(shown)) {
        assert_true(isnan(recorded) == isnan(shown));
        return;
    }
    assert_near(recorded, shown, scale * 0.2 + fabs(recorded) * 1e-9);
}

static void same_record(enum entity e, const struct snapshot *s, size_t row, size_t shown)
{
    for (size_t i = 0; i < metric_groups[e].count; i++) {
        const struct metric *m = &metric_groups[e].rows[i];
        if (m->flags & METRIC_LIVE)
            continue;
        if (m->kind == METRIC_COUNTER) {
            same_rate(m, rate_get(&was, m, row), rate_get(&is, m, shown));
        } else if (m->type == TYPE_F64) {
            double a = metric_f64(m, snapshot_row(s, e, row)),
                   b = metric_f64(m, snapshot_row(&cur, e, shown));
            assert_true((isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fabs(a));
        } else if (m->type == TYPE_U64 && m->unit == UNIT_STATE) {
            uint64_t kept = DOMAIN_RUNNING | DOMAIN_BLOCKED | DOMAIN_PAUSED | DOMAIN_SHUTDOWN |
                            DOMAIN_CRASHED;
            assert_int_equal(metric_u64(m, snapshot_row(s, e, row)) & kept,
                             metric_u64(m, snapshot_row(&cur, e, shown)));
        } else if (m->type == TYPE_U64 && strcmp(m->id, "pcpu") != 0) {
            assert_true(metric_u64(m, snapshot_row(s, e, row)) ==
                        metric_u64(m, snapshot_row(&cur, e, shown)));
        } else if (m->type == TYPE_STR) {
            const char *a = snapshot_str(s, metric_str(m, snapshot_row(s, e, row)));
            const char *b = snapshot_str(&cur, metric_str(m, snapshot_row(&cur, e, shown)));
            assert_true(!a == !b && (!a || !strcmp(a, b) || !strcmp(b, "shop-02")));
        }
    }
}

/* How many disks lay on one's device is in no file; nor is a migration's other half. */
static void same_users(const struct snapshot *s, size_t row, size_t shown)
{
    for (size_t i = 0; i < s->domain_count; i++)
        if (same_row(s, &s->domains[i]) < 0)
            return;
    assert_int_equal(s->vbds[row].back_users, cur.vbds[shown].back_users);
}

/* All that was recorded of a sample, and nothing more. */
static void same_sample(size_t n)
{
    const struct snapshot *s = &samples[n];
    size_t compared = 0;

    rates_compute(&was, &samples[n - 1], s);
    assert_int_equal(cur.wall_ns / NS_PER_S, START + n * 10);
    same_record(ENTITY_HOST, s, 0, 0);
    assert_int_equal(cur.pcpu_count, s->pcpu_count);
    for (size_t i = 0; i < s->pcpu_count; i++)
        same_record(ENTITY_PCPU, s, i, i);
    for (size_t row = 0; row < s->domain_count; row++) {
        long shown = same_row(&cur, &s->domains[row]);
        bool twice = same_row(s, &s->domains[row]) < 0;
        if (twice)
            continue;
        assert_true(shown >= 0);
        /* A migration's other half may have been what was recorded just before. */
        if (n > 1 && same_row(&samples[n - 1], &s->domains[row]) < 0)
            continue;
        compared++;
        same_record(ENTITY_DOMAIN, s, row, (size_t)shown);
        for (int e = ENTITY_VCPU; e <= ENTITY_VBD; e++) {
            size_t first, count, shown_first, shown_count;
            domain_devices(&s->domains[row], (enum entity)e, &first, &count);
            domain_devices(&cur.domains[shown], (enum entity)e, &shown_first, &shown_count);
            assert_int_equal(count, shown_count);
            for (size_t i = 0; i < count; i++) {
                same_record((enum entity)e, s, first + i, shown_first + i);
                if (e == ENTITY_VBD)
                    same_users(s, first + i, shown_first + i);
            }
        }
    }
    for (size_t row = 0; row < cur.domain_count; row++) {
        bool there = false;
        for (size_t i = 0; i < s->domain_count; i++)
            there |= !memcmp(&s->domains[i].uuid, &cur.domains[row].uuid, sizeof(struct uuid));
        assert_true(there);
    }
    assert_true(compared >= 3);
}

static void test_moments_are_the_samples(void **state)
{
    (void)state;
    for (size_t n = 7; n < SAMPLES; n += 13) {
        uint64_t at_s = START + n * 10;
        if (at_s >= GAP_TO - 800 && at_s <= GAP_TO + 20)
            continue;
        struct past_moment found = moment(at_s, 0);
        assert_int_equal(found.resolution_ns, 10 * NS_PER_S);
        assert_false(found.gap);
        same_sample(n);
    }
}

static double cpu_of(const struct snapshot *s, const struct rates *r, const struct uuid *uuid)
{
    const struct metric *m = metric_find(ENTITY_DOMAIN, "cpu_ns");

    for (size_t i = 0; i < s->domain_count; i++)
        if (!memcmp(&s->domains[i].uuid, uuid, sizeof(*uuid)))
            return rate_get(r, m, i);
    return NAN;
}

static double recorded_cpu(size_t n, const struct uuid *uuid)
{
    rates_compute(&was, &samples[n - 1], &samples[n]);
    return cpu_of(&samples[n], &was, uuid);
}

static const struct uuid dom0;

static void test_coarser_rows_are_means(void **state)
{
    (void)state;
    static const uint64_t steps[] = {60, 300};

    for (size_t k = 0; k < ARRAY_LEN(steps); k++)
        for (uint64_t at_s = START + 900; at_s < START + 2400; at_s += 450) {
            struct past_moment found = moment(at_s, steps[k]);
            double sum = 0;
            size_t last = sample_at(found.wall_ns), rows = steps[k] / 10;
            assert_int_equal(found.resolution_ns, steps[k] * NS_PER_S);
            /* The row whose time holds what was asked for. */
            assert_true(found.wall_ns / NS_PER_S >= at_s &&
                        found.wall_ns / NS_PER_S < at_s + steps[k]);
            for (size_t n = last + 1 - rows; n <= last; n++)
                sum += recorded_cpu(n, &dom0);
            assert_near(cpu_of(&cur, &is, &dom0), sum / (double)rows, 1e-6);
        }
}

static void test_graphs_have_mean_and_peak(void **state)
{
    (void)state;
    static const size_t parts[] = {6, 60, 17};
    static float mean[64], peak[64];
    struct past_subject subject = {PAST_DOMAIN, dom0, 0, HISTORY_CPU};

    for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
        size_t n = parts[k];
        uint64_t from_s = START + 600, to_s = START + 2700;
        assert_int_equal(
            past->graph(past, &subject, from_s * NS_PER_S, to_s * NS_PER_S, n, mean, peak), 0);
        /* What peaked at any sample peaks in some part, at every resolution. */
        double top = 0, shown = 0, sum = 0, all = 0;
        for (size_t i = sample_at(from_s * NS_PER_S) + 1; i <= sample_at(to_s * NS_PER_S); i++) {
            top = fmax(top, recorded_cpu(i, &dom0));
            sum += recorded_cpu(i, &dom0);
        }
        for (size_t i = 0; i < n; i++) {
            shown = fmax(shown, (double)peak[i]);
            all += (double)mean[i];
            assert_true(peak[i] >= mean[i] - 1e-6F);
        }
        assert_near(shown, top, 1e-5);
        assert_near(all / (double)n, sum / 210, 2e-3);
    }
    /* Nobody's graph is unknown throughout. */
    memset(subject.uuid.bytes, 0x5a, 16);
    assert_int_equal(past->graph(past, &subject, START * NS_PER_S, END * NS_PER_S, 10, mean, peak),
                     0);
    for (size_t i = 0; i < 10; i++)
        assert_true(isnan(mean[i]) && isnan(peak[i]));
    assert_int_equal(past->graph(past, &subject, 5, 5, 10, mean, peak), -EINVAL);
}

/* What came after the last whole row of each coarser archive is in the finest alone. */
static void test_graphs_reach_the_last_sample(void **state)
{
    const struct past_subject host = {.of = PAST_HOST, .series = HISTORY_CPU};
    char message[READER_MESSAGE];
    float mean[2], peak[2];
    (void)state;

    make_as("late", END + 50, "10s:3h,1m:6h,5m:1d");
    struct past *late = store_past_open(in_scratch("late"), message);
    assert_non_null(late);
    assert_int_equal(
        late->graph(late, &host, END * NS_PER_S, (END + 600) * NS_PER_S, 2, mean, peak), 0);
    assert_false(isnan(mean[0]));
    assert_true(peak[0] >= mean[0]);
    assert_true(isnan(mean[1]));
    late->close(late);
}

/* What the finest archive has no more is in the next one, of all that a host's graphs come from. */
static void test_graphs_go_back_beyond_the_finest(void **state)
{
    char message[READER_MESSAGE];
    float whole[12], near[12], peak[12];
    (void)state;

    make_as("short", END, "10s:10m,1m:6h,5m:1d");
    struct past *old = store_past_open(in_scratch("short"), message);
    assert_non_null(old);
    for (int s = 0; s < HISTORY_SERIES; s++) {
        const struct past_subject host = {.of = PAST_HOST, .series = (enum history_series)s};
        /* An hour and a half back: parts of ten seconds, and of ten minutes up to now. */
        assert_int_equal(old->graph(old, &host, (END - 5400) * NS_PER_S, (END - 5280) * NS_PER_S,
                                    12, near, peak),
                         0);
        assert_int_equal(
            old->graph(old, &host, (END - 7200) * NS_PER_S, END * NS_PER_S, 12, whole, peak), 0);
        for (size_t i = 0; i < 12; i++) {
            bool gap = START + (i + 1) * 600 == GAP_TO;
            assert_false(isnan(near[i]));
            assert_true(gap || peak[i] >= whole[i] * 0.999F);
        }
    }
    old->close(old);
}

/* An archive of more rows than are read at a time. */
static void test_a_month_of_samples(void **state)
{
    struct past_moment found;
    char message[READER_MESSAGE];
    uint64_t first_ns, last_ns, next_ns;
    (void)state;

    make_as("month", END, "10s:31d,1h:396d");
    struct past *month = store_past_open(in_scratch("month"), message);
    assert_non_null(month);
    assert_int_equal(month->span(month, &first_ns, &last_ns), 0);
    assert_true(first_ns == START * NS_PER_S && last_ns == END * NS_PER_S);
    assert_int_equal(month->step(month, (END - 50) * NS_PER_S, 1, 0, &next_ns), 0);
    assert_true(next_ns == (END - 40) * NS_PER_S);
    assert_int_equal(month->moment(month, next_ns, 0, &prev, &cur, &found), 0);
    assert_true(found.wall_ns == next_ns && found.resolution_ns == 10 * NS_PER_S);
    month->close(month);
}

static void test_host_graphs_are_sums(void **state)
{
    (void)state;
    float mean[6], peak[6];
    const struct metric *rx = metric_find(ENTITY_VIF, "rx_bytes");
    struct past_subject subject = {PAST_HOST, dom0, 0, HISTORY_RX};
    uint64_t from_s = START + 600;
    double sum = 0, busy = 0;

    assert_int_equal(
        past->graph(past, &subject, from_s * NS_PER_S, (from_s + 60) * NS_PER_S, 6, mean, peak), 0);
    for (size_t i = 0; i < 6; i++) {
        size_t n = sample_at(from_s * NS_PER_S) + 1 + i;
        rates_compute(&was, &samples[n - 1], &samples[n]);
        sum = rate_total(&was, &samples[n], rx);
        assert_near(mean[i], sum, fabs(sum) * 1e-5 + 2);
    }
    subject.series = HISTORY_CPU;
    assert_int_equal(
        past->graph(past, &subject, from_s * NS_PER_S, (from_s + 60) * NS_PER_S, 6, mean, peak), 0);
    busy = rate_host_busy(&was, &samples[sample_at(from_s * NS_PER_S) + 6]);
    assert_near(mean[5], busy, 1e-5);
}

static void test_a_gap_is_said(void **state)
{
    (void)state;
    struct past_moment found = moment(GAP_TO - 300, 0);

    assert_true(found.gap);
    assert_int_equal(found.wall_ns / NS_PER_S, GAP_TO - 720 - 10);
    assert_int_equal(found.gap_from_ns / NS_PER_S / 20, (GAP_TO - 720) / 20);
    assert_true(found.gap_to_ns / NS_PER_S >= GAP_TO - 10 &&
                found.gap_to_ns / NS_PER_S <= GAP_TO + 10);
    /* Before the first sample it is the first. */
    found = moment(START - 86400, 0);
    assert_true(found.gap && found.wall_ns / NS_PER_S < START + 30);
    /* After the last for longer than a few samples: a gap that is not over. */
    found = moment(END + 600, 0);
    assert_true(found.gap && found.gap_to_ns == 0);
    found = moment(END + 15, 0);
    assert_false(found.gap);
}

static void test_steps(void **state)
{
    (void)state;
    uint64_t at_ns = (START + 1000) * NS_PER_S, next, first, last;

    assert_int_equal(past->step(past, at_ns, 1, 0, &next), 0);
    assert_int_equal(next / NS_PER_S, START + 1010);
    assert_int_equal(past->step(past, at_ns, -7, 0, &next), 0);
    assert_int_equal(next / NS_PER_S, START + 930);
    /* Over the gap, from either side. */
    assert_int_equal(past->step(past, (GAP_TO - 730) * NS_PER_S, 1, 0, &next), 0);
    assert_true(next / NS_PER_S >= GAP_TO && next / NS_PER_S <= GAP_TO + 20);
    uint64_t back;
    assert_int_equal(past->step(past, next, -1, 0, &back), 0);
    assert_int_equal(back / NS_PER_S, GAP_TO - 730);
    /* By a coarser resolution, and no further than there is. */
    assert_int_equal(past->step(past, (START + 1200) * NS_PER_S, 2, 300 * NS_PER_S, &next), 0);
    assert_int_equal(next / NS_PER_S, START + 1800);
    assert_int_equal(past->span(past, &first, &last), 0);
    assert_int_equal(last / NS_PER_S, END);
    assert_int_equal(past->step(past, at_ns, 1000000, 0, &next), 0);
    assert_int_equal(next, last);
    assert_int_equal(past->step(past, at_ns, -1000000, 0, &next), 0);
    assert_int_equal(next, first);
}

/* A domain's cpu at a time; NAN where it is not there. */
static double cpu_at(uint64_t at_s, uint64_t resolution_s, const struct uuid *uuid)
{
    moment(at_s, resolution_s);
    return cpu_of(&cur, &is, uuid);
}

static double cpu_peak_at(uint64_t at_s, uint64_t resolution_s, const struct uuid *uuid)
{
    struct past_moment found = moment(at_s, resolution_s);

    assert_int_equal(past->peaks(past, &found, &prev, &cur), 0);
    rates_compute(&is, &prev, &cur);
    return cpu_of(&cur, &is, uuid);
}

/* A domain's file ends with it, within five minutes: they are made of its samples. */
static void test_a_last_row_is_made(void **state)
{
    static struct event all[4096];
    size_t count, tried = 0;
    (void)state;

    assert_int_equal(past->events(past, GAP_TO * NS_PER_S, END * NS_PER_S, all, 4096, &count), 0);
    for (size_t i = 0; i < count; i++) {
        const struct uuid *uuid = &all[i].uuid;
        uint64_t last_s = all[i].wall_ns / NS_PER_S;
        double sum = 0, of = 0, most = 0;
        if (all[i].kind != EVENT_SHUT_DOWN || strncmp(all[i].name, "build-", 6) != 0)
            continue;
        while (!isnan(cpu_at(last_s + 10, 0, uuid)))
            last_s += 10;
        uint64_t end_s = (last_s + 299) / 300 * 300;
        if (end_s == last_s)
            continue;
        for (uint64_t s = end_s - 290; s <= last_s; s += 10) {
            double rate = cpu_at(s, 0, uuid);
            sum += isnan(rate) ? 0 : rate;
            of += !isnan(rate);
            most = fmax(most, isnan(rate) ? 0 : rate);
        }
        assert_true(of >= 1 && of <= 29);
        assert_near(cpu_at(end_s - 1, 300, uuid), sum / of, 1e-9);
        assert_near(cpu_peak_at(end_s - 1, 300, uuid), most, 1e-9);
        tried++;
    }
    assert_true(tried >= 2);
}

/* From one end to the other, each step shows what it came to. How many steps. */
static size_t walk(struct past *p, int way)
{
    struct past_moment found;
    uint64_t first, last, at, next;
    size_t steps = 0;

    assert_int_equal(p->span(p, &first, &last), 0);
    for (at = way > 0 ? first : last; at != (way > 0 ? last : first); at = next) {
        assert_int_equal(p->step(p, at, way, 0, &next), 0);
        assert_true(way > 0 ? next > at : next < at);
        assert_int_equal(p->moment(p, next, 0, &prev, &cur, &found), 0);
        assert_int_equal(found.wall_ns, next);
        assert_false(found.gap);
        steps++;
    }
    return steps;
}

/* Wherever a finer archive begins beside the rows of a coarser one. */
static void test_walks_over_archives(void **state)
{
    char message[READER_MESSAGE], name[16];
    (void)state;

    for (uint64_t off = 0; off <= 300; off += 10) {
        snprintf(name, sizeof(name), "walk%" PRIu64, off);
        make_as(name, END + off, "10s:10m,1m:30m,5m:1d");
        struct past *p = store_past_open(in_scratch(name), message);
        assert_non_null(p);
        size_t steps = walk(p, 1);
        /* 10 minutes each 10 s, 20 each minute, 78 (but for the gap) each 5. */
        assert_true(steps >= 59 + 19 + 15 && steps <= 60 + 21 + 19);
        assert_int_equal(walk(p, -1), steps);
        p->close(p);
    }
}

static void test_events_are_the_newest(void **state)
{
    (void)state;
    static struct event all[4096], few[3];
    size_t count, some;
    bool gap = false, renamed = false;

    assert_int_equal(past->events(past, 0, UINT64_MAX, all, ARRAY_LEN(all), &count), 0);
    assert_true(count > 10);
    for (size_t i = 0; i < count; i++) {
        assert_true(!i || all[i].wall_ns >= all[i - 1].wall_ns);
        gap |= all[i].kind == EVENT_GAP;
        renamed |= all[i].kind == EVENT_RENAMED;
    }
    assert_true(gap && renamed);
    assert_int_equal(past->events(past, 0, UINT64_MAX, few, 3, &some), 0);
    assert_int_equal(some, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(few[i].wall_ns == all[count - 3 + i].wall_ns &&
                    few[i].kind == all[count - 3 + i].kind);
    assert_int_equal(past->events(past, all[4].wall_ns, all[4].wall_ns, few, 3, &some), 0);
    assert_true(some >= 1 && few[0].wall_ns == all[4].wall_ns);
}

static bool has_name(const char *name)
{
    for (size_t i = 0; i < cur.domain_count; i++) {
        const char *its = snapshot_str(&cur, cur.domains[i].name);
        if (its && !strcmp(its, name))
            return true;
    }
    return false;
}

static void test_names_of_then(void **state)
{
    (void)state;
    moment(START + 500, 0);
    assert_true(has_name("web-02") && !has_name("shop-02"));
    moment(END, 0);
    assert_true(has_name("shop-02") && !has_name("web-02"));
}

/* ---- damage ---- */

static void one_domain(char path[200])
{
    char uuid[UUID_TEXT];

    for (size_t i = 0; i < samples[5].domain_count; i++)
        if (samples[5].domains[i].vif_count && samples[5].domains[i].domid)
            uuid_format(&samples[5].domains[i].uuid, uuid);
    snprintf(path, 200, "s/domains/%s", uuid);
}

static void test_damage_costs_itself_only(void **state)
{
    (void)state;
    char domain[200], path[260];
    size_t known = 0;
    static const char *const garbage[] = {"", "x", "RRD", "{\"lives\": [{\"domid\": 1e99}", "{}"};

    one_domain(domain);
    moment(END - 600, 0);
    size_t before = cur.domain_count;
    assert_int_equal(cur.report_count, 1);
    snprintf(path, sizeof(path), "%s/vif-0.rrd", domain);
    assert_int_equal(truncate(in_scratch(path), 5000), 0);
    moment(START + 500, 0); /* another window: it is read again */
    for (size_t i = 0; i < cur.report_count; i++) {
        const char *text = snapshot_str(&cur, cur.reports[i].message);
        known += cur.reports[i].error == -EBADMSG && text && strstr(text, "vif-0.rrd");
    }
    assert_int_equal(known, 1);
    for (size_t g = 0; g < ARRAY_LEN(garbage); g++) {
        snprintf(path, sizeof(path), "%s/domain.json", domain);
        unlink(in_scratch(path));
        scratch_write(path, garbage[g], strlen(garbage[g]));
        moment(END - 600, 0);
        /* Without its description a domain is known by its values. */
        assert_true(cur.domain_count + 1 >= before && cur.domain_count <= before);
    }
    /* The host's own file: its values are unknown, the rest stands. */
    assert_int_equal(truncate(in_scratch("s/host.rrd"), 100), 0);
    moment(START + 1500, 0);
    assert_true(cur.host.mem_bytes == UNKNOWN);
    assert_true(cur.domain_count >= 3);
    unlink(in_scratch("s/host.rrd"));
    unlink(in_scratch("s/pcpus.rrd"));
    unlink(in_scratch("s/host.json"));
    moment(START + 2500, 0);
    assert_true(cur.domain_count >= 3);
    scratch_write("s/journal/2026-11-21.log", "\0\xff{}\nx\n", 7);
    struct event events[8];
    size_t count;
    assert_int_equal(past->events(past, 0, UINT64_MAX, events, 8, &count), 0);
}

static void refused(const char *name, const char *says)
{
    char message[READER_MESSAGE] = "";

    assert_null(store_past_open(in_scratch(name), message));
    if (!strstr(message, says))
        fail_msg("\"%s\" does not say \"%s\"", message, says);
}

static void test_what_is_no_store(void **state)
{
    (void)state;
    char message[READER_MESSAGE];
    uint64_t first, last;
    struct past_moment found;

    mkdir(in_scratch("none"), 0700);
    refused("none", "is no store");
    refused("nowhere", "No such file");
    scratch_write("file", "x", 1);
    refused("file", "Not a directory");
    mkdir(in_scratch("later"), 0700);
    scratch_write("later/domtop-store", "domtop store 7\n", 15);
    refused("later", "later domtop");
    if (geteuid()) {
        mkdir(in_scratch("closed"), 0);
        refused("closed", "Permission denied");
    }
    /* One that has nothing yet opens, and says so when asked. */
    mkdir(in_scratch("empty"), 0700);
    scratch_write("empty/domtop-store", "domtop store 1\nstep 10\narchives 10s:1d\n", 39);
    struct past *empty = store_past_open(in_scratch("empty"), message);
    assert_non_null(empty);
    assert_true(empty->span(empty, &first, &last) < 0);
    assert_true(empty->moment(empty, END * NS_PER_S, 0, &prev, &cur, &found) < 0);
    empty->close(empty);
    /* Damaged settings: what stores have by default. */
    mkdir(in_scratch("damaged"), 0700);
    scratch_write("damaged/domtop-store", "\xff\xff", 2);
    empty = store_past_open(in_scratch("damaged"), message);
    assert_non_null(empty);
    empty->close(empty);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments_are_the_samples),
        cmocka_unit_test(test_coarser_rows_are_means),
        cmocka_unit_test(test_graphs_have_mean_and_peak),
        cmocka_unit_test(test_graphs_reach_the_last_sample),
        cmocka_unit_test(test_graphs_go_back_beyond_the_finest),
        cmocka_unit_test(test_a_month_of_samples),
        cmocka_unit_test(test_host_graphs_are_sums),
        cmocka_unit_test(test_a_gap_is_said),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_walks_over_archives),
        cmocka_unit_test(test_a_last_row_is_made),
        cmocka_unit_test(test_events_are_the_newest),
        cmocka_unit_test(test_names_of_then),
        cmocka_unit_test(test_damage_costs_itself_only),
        cmocka_unit_test(test_what_is_no_store),
    };

    (void)argc;
    snprintf(make_store, sizeof(make_store), "%s/make_store", dirname(argv[0]));
    return cmocka_run_group_tests(tests, setup, teardown);
}
