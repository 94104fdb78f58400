/*
 * agree: half a simulated day in files that say, at every resolution, what the samples said: means
 * and peaks.
 */
#include "recorded.h"

#include "collectors/demo.h"
#include "store/layout.h"

#define SAMPLES (12 * 360)

/* What the samples said, of some sources. */
static struct series {
    enum entity entity;
    const char *name;
    const char *path;
    bool counter;
    double *values; /* one per step; NaN unknown */
    uint64_t before, domid;
} series[] = {
    {ENTITY_HOST, "user_ns", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_HOST, "load1", NULL, false, NULL, UNKNOWN, 0},
    {ENTITY_DOMAIN, "cpu_ns", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_DOMAIN, "mem_bytes", NULL, false, NULL, UNKNOWN, 0},
    {ENTITY_DOMAIN, "wait_est", NULL, false, NULL, UNKNOWN, 0},
    {ENTITY_VIF, "rx_bytes", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_VBD, "wr_bytes", NULL, true, NULL, UNKNOWN, 0},
    {ENTITY_VBD, "rd_lat", NULL, false, NULL, UNKNOWN, 0},
};

static void note(struct series *v, const struct snapshot *s, const struct domain *d, size_t i)
{
    const struct metric *m = metric_find(v->entity, v->name);
    if (v->entity != ENTITY_HOST && (!d || (v->entity == ENTITY_VIF && !d->vif_count) ||
                                     (v->entity == ENTITY_VBD && !d->vbd_count))) {
        v->values[i] = NAN;
        v->before = UNKNOWN;
        return;
    }
    if (v->entity != ENTITY_HOST && d->domid != v->domid)
        v->before = UNKNOWN;
    v->domid = d ? d->domid : 0;
    size_t row = v->entity == ENTITY_VIF   ? d->vif_first
                 : v->entity == ENTITY_VBD ? d->vbd_first
                                           : 0;
    const void *record = v->entity == ENTITY_HOST     ? (const void *)&s->host
                         : v->entity == ENTITY_DOMAIN ? (const void *)d
                                                      : snapshot_row(s, v->entity, row);

    if (!v->counter) {
        v->values[i] = metric_number(m, record);
        return;
    }
    uint64_t now = metric_u64(m, record);
    v->values[i] = i && now != UNKNOWN && v->before != UNKNOWN && now >= v->before
                       ? (double)(now - v->before) / STEP
                       : NAN;
    v->before = now;
}

static void compare(struct env *e, const struct series *v, const char *path, uint64_t step,
                    const char *cf, uint64_t end)
{
    struct fetched f;
    size_t per = step / STEP, known = 0;
    uint64_t oldest = step == STEP ? end - 3 * 3600 + 10 * STEP
                      : step == 60 ? MAX(T0, end - 43200 + 600)
                                   : T0;

    fetch(e, &f, path, cf, oldest - step, end, (unsigned long)step);
    for (uint64_t t = (oldest - STEP + 2 * step - 1) / step * step; t <= end; t += step) {
        double sum = 0, most = NAN;
        size_t n = 0;
        for (size_t i = 0; i < per; i++) {
            /* The sample of time x is that of the step that ends at x. */
            double x = v->values[(t - T0) / STEP - i];
            if (isnan(x))
                continue;
            n++;
            sum += x;
            if (isnan(most) || x > most)
                most = x;
        }
        double want = !n ? NAN : cf[0] == 'M' ? most : sum / (double)n, got = at(&f, v->name, t);
        if (isnan(want) != isnan(got) || fabs(want - got) > 1e-6 * fabs(want) + 1e-9)
            fail_msg("%s %s %s step %u at %u: %g, not %g", path, v->name, cf, (unsigned)step,
                     (unsigned)(t - T0), got, want);
        known += n > 0;
    }
    if (!known)
        fail_msg("%s %s: nothing was known", path, v->name);
    fetched_release(&f);
}

static void a_day(void **state)
{
    struct env *e = *state;
    struct demo_config demo;
    char message[160], paths[ENTITY_COUNT][LAYOUT_PATH];
    struct uuid uuid = {{0}};
    uint64_t vif = 0, vbd = 0, domid = UNKNOWN;

    demo_defaults(&demo);
    assert_int_equal(demo_parse(&demo, "domains=3,pcpus=2,seed=5,step=10", message), 0);
    demo.start_wall_ns = T0 * NS_PER_S;
    struct source *source = demo_open(&demo);
    reopen(e);
    for (size_t k = 0; k < ARRAY_LEN(series); k++)
        series[k].values = xcalloc(SAMPLES, sizeof(double));
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_int_equal(source->sample(source, &e->s, PART_ALL), 0);
        const struct domain *d = NULL;
        for (size_t k = 0; k < e->s.domain_count; k++) {
            const struct domain *x = &e->s.domains[k];
            if (i ? !memcmp(&x->uuid, &uuid, sizeof(uuid))
                  : x->domid && x->vif_count && x->vbd_count)
                /* Twice while it migrates: the one that was recorded so far. */
                if (!d || x->domid == domid)
                    d = x;
        }
        assert_true(d || i);
        domid = d ? d->domid : UNKNOWN;
        if (!i) {
            uuid = d->uuid;
            vif = e->s.vifs[d->vif_first].id;
            vbd = e->s.vbds[d->vbd_first].id;
        }
        for (size_t k = 0; k < ARRAY_LEN(series); k++)
            note(&series[k], &e->s, d, i);
        recorder_sample(e->r, &e->s, T0 + i * STEP);
        work(e);
    }
    struct recorder_state st = recorder_state(e->r);
    assert_int_equal(st.to_do, 0);
    assert_int_equal(st.lost, 0);
    assert_int_equal(st.waiting, 0);
    assert_false(st.failing);
    uint64_t end = T0 + (SAMPLES - 1) * STEP;
    layout_rrd(paths[ENTITY_HOST], ENTITY_HOST, &uuid, 0);
    layout_rrd(paths[ENTITY_DOMAIN], ENTITY_DOMAIN, &uuid, 0);
    layout_rrd(paths[ENTITY_VIF], ENTITY_VIF, &uuid, vif);
    layout_rrd(paths[ENTITY_VBD], ENTITY_VBD, &uuid, vbd);
    for (size_t k = 0; k < ARRAY_LEN(series); k++) {
        const char *path = paths[series[k].entity];
        compare(e, &series[k], path, 10, "AVERAGE", end / 10 * 10);
        static const uint64_t steps[] = {60, 600, 3600};
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
            compare(e, &series[k], path, steps[i], "AVERAGE", end / steps[i] * steps[i]);
            compare(e, &series[k], path, steps[i], "MAX", end / steps[i] * steps[i]);
        }
        free(series[k].values);
    }
    source->close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
