/*
 * scene: a host with three domains for tests of columns and rows, two samples of it a second apart.
 */
#ifndef DOMTOP_TESTS_UI_SCENE_H
#define DOMTOP_TESTS_UI_SCENE_H

#include "unit.h"

#include "ui/column.h"

struct stage {
    struct snapshot prev, cur;
    struct rates rates;
    struct columns columns;
    struct scene scene;
};

static inline struct domain *stage_domain(struct snapshot *s, uint64_t domid, const char *name,
                                          uint64_t cpu_ns, uint64_t mem_bytes)
{
    strref ref = snapshot_add_cstr(s, name);
    struct domain *d = unit_domain(s, domid, (uint8_t)domid);

    d->name = ref;
    d->cpu_ns = cpu_ns;
    d->mem_bytes = mem_bytes;
    d->vcpus_max = 2;
    d->state = DOMAIN_RUNNING;
    return d;
}

/* Seal both samples and see them as a scene. */
static inline void stage_set(struct stage *st)
{
    snapshot_seal(&st->prev);
    snapshot_seal(&st->cur);
    rates_compute(&st->rates, &st->prev, &st->cur);
    st->scene = (struct scene){.s = &st->cur, .r = &st->rates};
}

/* Cpu in per cent: web-2 50, web-10 150, db unknown. Memory in GiB: 4, 1, 2. */
static inline void stage_open(struct stage *st)
{
    memset(st, 0, sizeof(*st));
    unit_sample(&st->prev, 1, 0);
    unit_sample(&st->cur, 2, 1);
    st->cur.host.cpus = 4;
    st->cur.host.mem_bytes = UINT64_C(16) << 30;
    stage_domain(&st->prev, 1, "web-2", 0, 0);
    stage_domain(&st->prev, 2, "web-10", 0, 0);
    stage_domain(&st->cur, 1, "web-2", 500000000, UINT64_C(4) << 30);
    stage_domain(&st->cur, 2, "web-10", 1500000000, UINT64_C(1) << 30);
    stage_domain(&st->cur, 3, "db", 9, UINT64_C(2) << 30);
    columns_build(&st->columns, ENTITY_DOMAIN);
    stage_set(st);
}

static inline const struct column *stage_column(const struct stage *st, const char *id)
{
    size_t at = columns_find(&st->columns, id);

    assert_true(at < st->columns.count);
    return &st->columns.at[at];
}

static inline void stage_close(struct stage *st)
{
    snapshot_release(&st->prev);
    snapshot_release(&st->cur);
    rates_release(&st->rates);
}

#endif
