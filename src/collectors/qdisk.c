/*
 * qdisk: counters of the vbds that a device model serves, by its own word (QMP, qmp.h).
 *
 * Figures are of the answer that was asked for at the sample before: no sample waits for a device
 * model, and what has no such answer is unknown, for an old one would make wrong rates. On a host
 * without such vbds nothing is asked and no thread runs.
 */
#include <errno.h>
#include <stdlib.h>

#include "../base.h"
#include "collector.h"
#include "qmp.h"

struct qdisks {
    struct qmp *qmp; /* NULL until the first such vbd was seen */
    struct qmp_guest *guests;
    size_t cap;
};

static int qdisk_open(void **state, char message[COLLECTOR_MESSAGE])
{
    (void)message;
    *state = xcalloc(1, sizeof(struct qdisks));
    return 0;
}

static void qdisk_close(void *state)
{
    struct qdisks *q = state;

    if (q->qmp)
        qmp_close(q->qmp);
    free(q->guests);
    free(q);
}

static void fill(struct vbd *row, const struct qmp_answer *a)
{
    row->rd_reqs = a->disk.rd_reqs;
    row->wr_reqs = a->disk.wr_reqs;
    row->rd_bytes = a->disk.rd_bytes;
    row->wr_bytes = a->disk.wr_bytes;
    row->rd_lat_ns = a->rd_lat_ns;
    row->wr_lat_ns = a->wr_lat_ns;
    row->rd_time_ns = a->disk.rd_ns;
    row->wr_time_ns = a->disk.wr_ns;
}

static int qdisk_collect(void *state, struct snapshot *s, unsigned want,
                         char message[COLLECTOR_MESSAGE])
{
    struct qdisks *q = state;
    struct qmp_answer answer;
    size_t count = 0;

    (void)want;
    snapshot_seal(s);
    for (size_t i = 0; i < s->domain_count; i++) {
        const struct domain *d = &s->domains[i];
        bool served = false;
        for (uint32_t n = 0; n < d->vbd_count; n++) {
            struct vbd *row = &s->vbds[d->vbd_first + n];
            if (row->backend != VBD_QDISK)
                continue;
            served = true;
            if (q->qmp && qmp_take(q->qmp, d->domid, row->id, &answer))
                fill(row, &answer);
        }
        if (!served)
            continue;
        array_reserve(&q->guests, &q->cap, count + 1, sizeof(*q->guests));
        q->guests[count++] = (struct qmp_guest){.domid = d->domid, .uuid = d->uuid};
    }
    if (!q->qmp && !count)
        return 0;
    int err = q->qmp ? 0 : qmp_open(&q->qmp, QMP_FOLDER, QMP_DEADLINE_MS, message);
    if (err)
        return err;
    qmp_want(q->qmp, q->guests, count);
    err = qmp_status(q->qmp, message);
    return err == -ENOENT ? 0 : err; /* served from elsewhere: worth a word, nothing is wrong */
}

const struct collector collector_qdisk = {
    .name = "qdisk",
    .about = "counters of vbds served by a device model, through its QMP socket",
    .fills = "vbd: rd_reqs wr_reqs rd_bytes wr_bytes rd_lat wr_lat rd_time wr_time",
    .parts = PART(ENTITY_VBD),
    .open = qdisk_open,
    .collect = qdisk_collect,
    .close = qdisk_close,
};
