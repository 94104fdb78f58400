/*
 * totals: what all vifs and vbds of the host do is in the host's file, peaks and all, and a graph
 * of it reads no other; of a store that has it not, or not over all of the span, all files are
 * read.
 */
#include "recorded.h"

#include <sys/stat.h>

#include "store/graph.h"
#include "store/layout.h"
#include "store/reader.h"

#define WEB   "domains/01010101-0101-0101-0101-010101010101/"
#define COUNT 120
#define COMES 80 /* the second domain, with a long life behind it */
#define PEAK  50

/* Two domains: web's vif takes 100 a second, its second vif 30 and at one sample 930; db, which
 * comes later, 1000. web's disk was waited for 2 ms, db's 7 ms. */
static void sample(struct env *e, uint64_t i)
{
    unit_sample(&e->s, ++e->seq, (double)(i * STEP));
    e->s.wall_ns = (T0 + i * STEP) * NS_PER_S + 1000;
    unit_domain(&e->s, 7, 1)->state = DOMAIN_RUNNING;
    snapshot_add_vif(&e->s, 7, 0)->rx_bytes = 100 * STEP * i;
    snapshot_add_vif(&e->s, 7, 1)->rx_bytes = 30 * STEP * i + (i >= PEAK ? 900 * STEP : 0);
    struct vbd *disk = snapshot_add_vbd(&e->s, 7, 51712);
    disk->rd_lat_ns = 2000000;
    disk->back_busy_ns = i * STEP * NS_PER_S / 4;
    if (i >= COMES) {
        unit_domain(&e->s, 8, 2)->state = DOMAIN_RUNNING;
        snapshot_add_vif(&e->s, 8, 0)->rx_bytes = 77777777 + 1000 * STEP * i;
        disk = snapshot_add_vbd(&e->s, 8, 51712);
        disk->rd_lat_ns = 7000000;
        disk->back_busy_ns = i * STEP * NS_PER_S / 2;
    }
    snapshot_seal(&e->s);
    recorder_sample(e->r, &e->s, T0 + i * STEP);
    work(e);
}

static struct past *look(struct env *e)
{
    char message[READER_MESSAGE];
    struct past *p;

    assert_int_equal(store_settings_write(e->folder->fd, &e->config.settings), 0);
    p = store_past_open(e->folder->path, message);
    assert_non_null(p);
    return p;
}

static double wanted(uint64_t i)
{
    return i == PEAK ? 1030 : i <= COMES ? 130 : 1130;
}

static void read_back(struct past *p, uint64_t from, uint64_t to)
{
    const struct past_subject subject = {.of = PAST_HOST, .series = HISTORY_RX};
    static float mean[COUNT], peak[COUNT];

    assert_int_equal(p->graph(p, &subject, (T0 + from * STEP) * NS_PER_S,
                              (T0 + to * STEP) * NS_PER_S, to - from, mean, peak),
                     0);
    for (uint64_t i = from + 1; i <= to; i++)
        assert_near(mean[i - from - 1], wanted(i), 0.01);
}

static void picture(struct past *p, const char *metric, struct text *out)
{
    struct graph_options o = {.metric = metric,
                              .from_ns = (T0 + STEP) * NS_PER_S,
                              .to_ns = (T0 + (COUNT - 1) * STEP) * NS_PER_S,
                              .width = 400,
                              .height = 200,
                              .svg = true};
    char message[READER_MESSAGE] = "";

    text_clear(out);
    if (store_past_graph(p, &o, out, message))
        fail_msg("%s: %s", metric, message);
}

static void the_sum_of_all(void **state)
{
    struct env *e = *state;
    struct text with = {0}, without = {0};

    reopen(e);
    for (uint64_t i = 0; i < COUNT; i++)
        sample(e, i);
    for (uint64_t i = 1; i < COUNT; i++) {
        assert_near(value(e, "host.rrd", "all_rx_bytes", T0 + i * STEP), wanted(i), 0.01);
        assert_near(value(e, "host.rrd", "all_rd_lat", T0 + i * STEP), i < COMES ? 2e6 : 7e6, 1);
        assert_near(value(e, "host.rrd", "all_back_busy", T0 + i * STEP),
                    i <= COMES ? 0.25e9 : 0.5e9, 1e3);
    }
    /* The peak is that of the sum. */
    struct fetched f;
    uint64_t minute = (T0 + PEAK * STEP + 59) / 60 * 60;
    fetch(e, &f, "host.rrd", "MAX", minute - 60, minute, 60);
    assert_near(at(&f, "all_rx_bytes", minute), 1030, 0.01);
    fetched_release(&f);
    struct past *p = look(e);
    read_back(p, 1, COUNT - 1);
    picture(p, "network", &with);
    /* No file but the host's is looked at. */
    char domains[256], aside[300];
    snprintf(domains, sizeof(domains), "%s/" LAYOUT_DOMAINS, e->folder->path);
    snprintf(aside, sizeof(aside), "%s-aside", domains);
    assert_int_equal(rename(domains, aside), 0);
    picture(p, "network", &without);
    assert_string_equal(with.data, without.data);
    picture(p, "latency", &without);
    assert_int_equal(rename(aside, domains), 0);
    p->close(p);
    text_release(&with);
    text_release(&without);
}

/* By an older domtop: a vif's file and the host's, up to `until`. */
static void made_before(struct env *e, uint64_t until)
{
    static const struct {
        const char *path, *source;
        double each;
    } files[] = {{"host.rrd", "DS:busy:GAUGE:20:U:U", 0},
                 {WEB "vif-0.rrd", "DS:rx_bytes:DERIVE:20:0:U", 100 * STEP}};
    char path[400], line[64];
    const char *one = line;

    snprintf(path, sizeof(path), "%s/" LAYOUT_DOMAINS, e->folder->path);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/" WEB, e->folder->path);
    mkdir(path, 0755);
    for (size_t k = 0; k < ARRAY_LEN(files); k++) {
        const char *words[] = {files[k].source, "RRA:AVERAGE:0.9999:1:1080"};
        snprintf(path, sizeof(path), "%s/%s", e->folder->path, files[k].path);
        assert_int_equal(rrd_create_r(path, STEP, (time_t)(T0 - STEP), ARRAY_LEN(words), words), 0);
        for (uint64_t i = 0; i < until; i++) {
            snprintf(line, sizeof(line), "%u:%.0f", (unsigned)(T0 + i * STEP),
                     files[k].each * (double)i);
            assert_int_equal(rrd_update_r(path, NULL, 1, &one), 0);
        }
    }
}

static void of_a_store_made_before(void **state)
{
    struct env *e = *state;
    const struct past_subject subject = {.of = PAST_HOST, .series = HISTORY_RX};
    struct text out = {0};
    float mean[COUNT];
    char message[ARCHIVES_MESSAGE];

    assert_int_equal(archives_parse(&e->config.settings.archives, "10s:3h", STEP, message), 0);
    made_before(e, 40);
    reopen(e);
    for (uint64_t i = 40; i < COUNT; i++)
        sample(e, i);
    struct past *p = look(e);
    /* All of it, of which the totals are not: from the devices' files. */
    assert_int_equal(p->graph(p, &subject, (T0 + STEP) * NS_PER_S,
                              (T0 + (COUNT - 1) * STEP) * NS_PER_S, COUNT - 2, mean, NULL),
                     0);
    for (size_t i = 2; i < COUNT; i++)
        if (i < 39 || (i > 42 && i != COMES)) /* where nothing begins */
            assert_near(mean[i - 2], i < 39 ? 100 : wanted(i), 0.01);
    picture(p, "network", &out);
    assert_true(out.len > 1000);
    /* Since then, from the host's. */
    read_back(p, 42, COUNT - 1);
    p->close(p);
    text_release(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_sum_of_all),
        TEST(of_a_store_made_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
