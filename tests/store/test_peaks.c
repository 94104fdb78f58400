/*
 * peaks: a pcpu that was busy for ten seconds, and the host with it, is seen at every resolution:
 * by the reader and by rrdtool; also in a store that had idle time before. And a store of the demo
 * says so.
 */
#include "recorded.h"

#include <errno.h>

#include "rate.h"
#include "store/graph.h"
#include "store/layout.h"
#include "store/reader.h"

#define DAY   UINT64_C(1795305600) /* a whole one, UTC */
#define SPIKE 4711                 /* the sample, of the day's 8640 */

/* Of 0 and 1 the usual load, and that of the spike; 2 is idle, by a clock a little faster than
 * ours; 3 is off, and then comes with a busy life behind it. */
static const double usual[] = {0.25, 0.125}, spike[] = {1, 0.5};
#define COMES (SPIKE + 1000)

struct load {
    uint64_t idle[4];
};

static void sample(struct env *e, struct load *l, uint64_t i, bool peak)
{
    snapshot_reset(&e->s);
    e->s.seq = ++e->seq;
    /* Not to the nanosecond, as nothing is. */
    e->s.wall_ns = (DAY + i * STEP) * NS_PER_S + i % 7 * 1000;
    e->s.mono_ns = (1000 + i * STEP) * NS_PER_S;
    e->s.have = PART(ENTITY_HOST) | PART(ENTITY_PCPU);
    for (int k = 0; k < ENTITY_COUNT; k++)
        e->s.read_ns[k] = e->s.mono_ns;
    e->s.host.load1 = 1;
    for (size_t k = 0; k < 4; k++) {
        struct pcpu *p = snapshot_add_pcpu(&e->s, k);
        double busy = k < 2 ? peak ? spike[k] : usual[k] : k == 2 ? -0.0005 : 0.25;
        l->idle[k] += (uint64_t)((1 - busy) * STEP * NS_PER_S + 0.5);
        p->online = k < 3 || i >= COMES;
        p->idle_ns = k < 3 ? l->idle[k] : i < COMES ? UNKNOWN : l->idle[k];
    }
    snapshot_seal(&e->s);
}

static void settle(struct env *e, const char *archives)
{
    char message[ARCHIVES_MESSAGE];

    e->config.settings.step_s = STEP;
    assert_int_equal(archives_parse(&e->config.settings.archives, archives, STEP, message), 0);
    assert_int_equal(store_settings_write(e->folder->fd, &e->config.settings), 0);
}

static struct past *look(struct env *e)
{
    char message[READER_MESSAGE];
    struct past *p = store_past_open(e->folder->path, message);

    assert_non_null(p);
    return p;
}

static void graph(struct past *p, long pcpu, uint64_t from_s, uint64_t to_s, size_t n, float *mean,
                  float *peak)
{
    struct past_subject subject = {.of = pcpu < 0 ? PAST_HOST : PAST_PCPU,
                                   .id = pcpu < 0 ? 0 : (uint64_t)pcpu,
                                   .series = HISTORY_CPU};

    assert_int_equal(p->graph(p, &subject, from_s * NS_PER_S, to_s * NS_PER_S, n, mean, peak), 0);
}

/* One resolution: only the part with the spike has that peak, and its mean is little above. */
static void seen(struct env *e, struct past *p, unsigned long step)
{
    static float mean[8640], peak[8640];
    /* The host before its fourth pcpu comes. */
    static const struct {
        long pcpu;
        const char *path, *name;
        double scale, usual, high;
    } rows[] = {{0, "pcpus.rrd", "busy_ns_0", 1e9, 0.25, 1},
                {1, "pcpus.rrd", "busy_ns_1", 1e9, 0.125, 0.5},
                {-1, "host.rrd", "busy", 1, 0.125, 0.5}};
    size_t n = 86400 / step, part = (size_t)(SPIKE - 1) * STEP / step;

    for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
        struct fetched f;
        graph(p, rows[r].pcpu, DAY, DAY + 86400, n, mean, peak);
        for (size_t i = 0; i < n && (i <= part || (i + 1) * step <= COMES * STEP); i++) {
            double one = i == part ? (rows[r].high - rows[r].usual) * STEP / (double)step : 0;
            double end = step == 86400 && rows[r].pcpu < 0 ? 0.05 : 1e-6; /* the fourth's part */
            assert_near(mean[i], rows[r].usual + one, end);
            assert_near(peak[i], i == part ? rows[r].high : rows[r].usual, 1e-6);
        }
        fetch(e, &f, rows[r].path, "MAX", DAY, DAY + 86400, step);
        for (size_t i = 0; i < n; i++) {
            double x = at(&f, rows[r].name, DAY + (i + 1) * step);
            if (i == part)
                assert_near(x, rows[r].high * rows[r].scale, rows[r].scale * 1e-6);
            else
                assert_true(x < 0.3 * rows[r].scale);
        }
        fetched_release(&f);
    }
    /* Neither a clock that is off nor a pcpu that comes looks like load. */
    graph(p, 2, DAY, DAY + 86400, n, mean, peak);
    for (size_t i = 0; i < n; i++)
        assert_true(mean[i] == 0 && peak[i] == 0);
    graph(p, 3, DAY, DAY + 86400, n, mean, peak);
    for (size_t i = 0; i < n; i++) {
        if ((i + 1) * step <= COMES * STEP)
            assert_true(isnan(mean[i]) && isnan(peak[i]));
        else
            assert_true(fabs(peak[i] - 0.25) < 1e-6);
    }
}

static void at_each_resolution(void **state)
{
    struct env *e = *state;
    /* Of one the idle time is ahead of dom0's clock, until late in the day. */
    struct load l = {.idle = {0, 11000 * NS_PER_S}};
    static float mean[710], peak[710];

    settle(e, "10s:2h,1m:2d,5m:7d,1h:31d,1d:1y");
    reopen(e);
    for (uint64_t i = 0; i <= 8641; i++) {
        sample(e, &l, i, i == SPIKE);
        recorder_sample(e->r, &e->s, DAY + i * STEP);
        work(e);
    }
    struct past *p = look(e);
    seen(e, p, 60);
    seen(e, p, 300);
    seen(e, p, 3600);
    seen(e, p, 86400);
    graph(p, 1, DAY + 79300, DAY + 86400, 710, mean, peak);
    for (size_t i = 0; i < 710; i++)
        assert_near(mean[i], 0.125, 1e-6);
    assert_false(p->simulated);
    /* One that there never was has none, and no pcpu has one of memory. */
    const struct past_subject none = {.of = PAST_PCPU, .id = 4, .series = HISTORY_CPU};
    assert_int_equal(p->graph(p, &none, DAY * NS_PER_S, (DAY + 86400) * NS_PER_S, 2, mean, peak),
                     -ENOENT);
    assert_true(isnan(mean[0]) && isnan(peak[1]));
    const struct past_picture picture = {.subject = {.of = PAST_PCPU},
                                         .what = "memory",
                                         .from_ns = DAY * NS_PER_S,
                                         .to_ns = (DAY + 86400) * NS_PER_S};
    char message[PAST_MESSAGE] = "";
    struct text drawn_out = {0};
    assert_int_equal(p->picture(p, &picture, &drawn_out, message), -ENODATA);
    assert_string_equal(message, "of a pcpu there is a graph of cpu only");
    assert_int_equal(drawn_out.len, 0);
    p->close(p);
}

/* ---- a store made before ---- */

static void make(struct env *e, const char *name, const char *const *sources, int count,
                 double (*value_of)(uint64_t i), uint64_t until)
{
    const char *words[8];
    char path[128], line[64];
    const char *one = line;
    int n = 0;

    for (; n < count; n++)
        words[n] = sources[n];
    words[n++] = "RRA:AVERAGE:0.9999:1:720";
    words[n++] = "RRA:AVERAGE:0.9999:6:720";
    words[n++] = "RRA:MAX:0.9999:6:720";
    snprintf(path, sizeof(path), "%s/%s", e->folder->path, name);
    assert_int_equal(rrd_create_r(path, STEP, (time_t)(DAY - STEP), n, words), 0);
    for (uint64_t i = 0; i < until; i++) {
        int len = snprintf(line, sizeof(line), "%u", (unsigned)(DAY + i * STEP));
        for (int k = 0; k < count; k++)
            len += snprintf(line + len, sizeof(line) - (size_t)len, ":%.0f", value_of(i));
        assert_int_equal(rrd_update_r(path, NULL, 1, &one), 0);
    }
}

static double idle_before(uint64_t i)
{
    return (double)i * 7e9; /* 0.3 busy */
}

static double load_before(uint64_t i)
{
    (void)i;
    return 1;
}

/* Pictures of the host and of a pcpu, of whatever is there. */
static void drawn(struct past *p)
{
    for (int pcpu = 0; pcpu < 2; pcpu++) {
        struct graph_options o = {.metric = "cpu",
                                  .pcpu = pcpu,
                                  .pcpu_id = 1,
                                  .from_ns = DAY * NS_PER_S,
                                  .to_ns = (DAY + 3600) * NS_PER_S,
                                  .width = 400,
                                  .height = 200,
                                  .svg = true};
        char message[READER_MESSAGE] = "";
        struct text out = {0};
        if (store_past_graph(p, &o, &out, message))
            fail_msg("%s", message);
        assert_true(out.len > 1000);
        text_release(&out);
    }
}

static void made_before(void **state)
{
    static const char *const pcpus[] = {"DS:idle_ns_0:DERIVE:20:0:U", "DS:idle_ns_1:DERIVE:20:0:U"},
                             *const host[] = {"DS:load1:GAUGE:20:U:U"};
    struct env *e = *state;
    struct load l = {{0}};
    struct snapshot prev = {0}, cur = {0};
    struct rates rates = {0};
    struct past_moment found;
    float mean[60], peak[60];

    settle(e, "10s:2h,1m:12h");
    make(e, "pcpus.rrd", pcpus, 2, idle_before, 180);
    make(e, "host.rrd", host, 1, load_before, 180);
    struct past *p = look(e);
    graph(p, -1, DAY + 60, DAY + 1740, 28, mean, peak);
    for (size_t i = 0; i < 28; i++)
        assert_near(mean[i], 0.3, 1e-6);
    drawn(p);
    p->close(p);
    l.idle[0] = l.idle[1] = (uint64_t)idle_before(179);
    reopen(e);
    for (uint64_t i = 180; i < 361; i++) {
        sample(e, &l, i, i == 241);
        recorder_sample(e->r, &e->s, DAY + i * STEP);
        work(e);
    }
    assert_int_equal(recorder_state(e->r).to_do, 0);
    p = look(e);
    drawn(p);
    /* The parts of a minute: before, and but for that in which it changed, after. */
    for (long pcpu = -1; pcpu < 2; pcpu++) {
        double after = pcpu == 0 ? 0.25 : 0.125, high = pcpu == 0 ? 1 : 0.5;
        graph(p, pcpu, DAY, DAY + 3600, 60, mean, peak);
        for (size_t i = 1; i < 60; i++) {
            if (i < 29)
                assert_near(mean[i], 0.3, 1e-6);
            else if (i > 30 && i != 40)
                assert_near(mean[i], after, 1e-6);
            assert_true(!isnan(mean[i]) && fabs(peak[i] - (i == 40 ? high : mean[i])) < 0.05);
        }
    }
    /* A moment of either kind has the pcpus' idle time, at each resolution. */
    for (int k = 0; k < 4; k++) {
        uint64_t t = DAY + (k % 2 ? 1200 : 3000);
        assert_int_equal(
            p->moment(p, t * NS_PER_S, (k / 2 ? 60 : 10) * NS_PER_S, &prev, &cur, &found), 0);
        rates_compute(&rates, &prev, &cur);
        assert_true(cur.pcpu_count >= 2);
        assert_near(rate_get(&rates, metric_find(ENTITY_PCPU, "idle_ns"), 0), k % 2 ? 0.7 : 0.75,
                    1e-6);
    }
    /* The peak of a load, and where there was only idle time none. */
    for (int k = 0; k < 2; k++) {
        uint64_t t = DAY + (k ? 1200 : 241 * STEP);
        assert_int_equal(p->moment(p, t * NS_PER_S, 60 * NS_PER_S, &prev, &cur, &found), 0);
        assert_int_equal(p->peaks(p, &found, &prev, &cur), 0);
        rates_compute(&rates, &prev, &cur);
        double busy = cur.pcpu_count ? rate_shown(&rates, metric_find(ENTITY_PCPU, "idle_ns"), 0)
                                     : NAN;
        assert_true(k ? isnan(busy) : fabs(busy - 1) < 1e-6);
    }
    /* What it had goes on. */
    assert_near(value(e, "pcpus.rrd", "idle_ns_0", DAY + 3000), 0.75e9, 1e3);
    assert_near(value(e, "pcpus.rrd", "busy_ns_0", DAY + 3000), 0.25e9, 1e3);
    p->close(p);
    snapshot_release(&prev);
    snapshot_release(&cur);
    rates_release(&rates);
}

/* ---- the demo's ---- */

static void of_the_demo(void **state)
{
    struct env *e = *state;
    struct load l = {{0}};
    struct store_settings s;
    uint64_t first, last;

    settle(e, "10s:2h,1m:12h");
    struct past *early = look(e);
    assert_false(early->simulated);
    reopen(e);
    for (uint64_t i = 0; i < 3; i++) {
        sample(e, &l, i, false);
        e->s.simulated = true;
        recorder_sample(e->r, &e->s, DAY + i * STEP);
        work(e);
    }
    /* Also who looked before there was anything. */
    assert_int_equal(early->span(early, &first, &last), 0);
    assert_true(early->simulated);
    early->close(early);
    struct past *p = look(e);
    assert_true(p->simulated);
    p->close(p);
    /* It says nothing else than it did, and goes on doing so when a real host follows. */
    assert_int_equal(store_settings_read(e->folder->fd, &s), 0);
    assert_int_equal(s.step_s, STEP);
    assert_int_equal(s.archives.count, 2);
    e->config.settings = s;
    reopen(e);
    sample(e, &l, 3, false);
    recorder_sample(e->r, &e->s, DAY + 3 * STEP);
    p = look(e);
    assert_true(p->simulated);
    p->close(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(at_each_resolution),
        TEST(made_before),
        TEST(of_the_demo),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
