/*
 * xenstore: names, memory targets and the descriptions of devices, through libxenstore; the memory
 * a guest says it has, through a connection of its own.
 *
 * What is known is kept by a thread of its own (store_reader.h), so that a sample never waits for a
 * xenstored that is stopped or gone, and asks nothing where nothing changed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"
#include "collector.h"
#include "links.h"
#include "store_read.h"

static int xenstore_open(void **state, char message[COLLECTOR_MESSAGE])
{
    return store_reader_open((struct store_reader **)state, message);
}

static void xenstore_close(void *state)
{
    store_reader_close(state);
}

/* Which of several Open vSwitch bridges a vif is in, by the toolstack's word: see vif.c. */
static void name_switch(struct snapshot *s, struct vif *v, const char *told, const char *script)
{
    char name[LINK_NAME];

    if (!s->switches || !v->master || !told ||
        strcmp(snapshot_str(s, v->master), "ovs-system") != 0)
        return;
    /* Xen's script takes BRIDGE.VLAN:TRUNK:TRUNK. */
    bool tagged = script && !strcmp(script, "vif-openvswitch");
    int len = (int)strcspn(told, tagged ? ".:" : "");
    snprintf(name, sizeof(name), "/%.*s/", len, told);
    if (len && strstr(snapshot_str(s, s->switches), name))
        v->master = snapshot_add_str(s, told, (size_t)len);
}

static void describe_vif(struct snapshot *s, struct vif *v, const struct store_device *d)
{
    const char *script = d ? d->values[VIF_SCRIPT] : NULL;
    const char *slash = script ? strrchr(script, '/') : NULL;
    char name[48];

    if (d) {
        v->mac = snapshot_add_cstr(s, d->values[VIF_MAC]);
        v->bridge = snapshot_add_cstr(s, d->values[VIF_BRIDGE]);
        v->script = snapshot_add_cstr(s, slash ? slash + 1 : script);
        name_switch(s, v, d->values[VIF_BRIDGE], slash ? slash + 1 : script);
    }
    if (v->dev)
        return; /* the kernel knows better */
    if (d && d->values[VIF_NAME] && d->values[VIF_NAME][0]) {
        v->dev = snapshot_add_cstr(s, d->values[VIF_NAME]);
    } else {
        snprintf(name, sizeof(name), "vif%" PRIu64 ".%" PRIu64, v->domid, v->id);
        v->dev = snapshot_add_cstr(s, name);
    }
}

static void describe_vbd(struct snapshot *s, struct vbd *v, const struct store_device *d)
{
    if (!d)
        return;
    v->dev = snapshot_add_cstr(s, d->values[VBD_DEV]);
    v->driver = snapshot_add_cstr(s, d->values[VBD_TYPE]);
    v->path = snapshot_add_cstr(s, d->values[VBD_PARAMS]);
    v->mode = snapshot_add_cstr(s, d->values[VBD_MODE]);
}

static const struct store_device *device_find(const struct store_devices *all, uint64_t id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].id == id)
            return &all->at[i];
    return NULL;
}

/* Devices of a domain that no statistics were found for are listed with unknown counters. */
static void add_silent(struct snapshot *s, const struct domain *domain, const struct store_entry *e,
                       unsigned want)
{
    const struct store_devices *vifs = &e->devices[STORE_VIF], *vbds = &e->devices[STORE_VBD];

    for (size_t i = 0; want & PART(ENTITY_VIF) && i < vifs->count; i++) {
        bool there = false;
        for (uint32_t n = 0; n < domain->vif_count && !there; n++)
            there = s->vifs[domain->vif_first + n].id == vifs->at[i].id;
        if (!there)
            describe_vif(s, snapshot_add_vif(s, e->domid, vifs->at[i].id), &vifs->at[i]);
    }
    for (size_t i = 0; want & PART(ENTITY_VBD) && i < vbds->count; i++) {
        bool there = false;
        for (uint32_t n = 0; n < domain->vbd_count && !there; n++)
            there = s->vbds[domain->vbd_first + n].id == vbds->at[i].id;
        if (!there)
            describe_vbd(s, snapshot_add_vbd(s, e->domid, vbds->at[i].id), &vbds->at[i]);
    }
}

static void fill_domain(struct snapshot *s, struct domain *d, struct store_entry *e, unsigned want)
{
    static const struct uuid none;

    if (!d->name)
        d->name = snapshot_add_cstr(s, e->name);
    d->start_ns = e->start_ns;
    d->mem_target_bytes = e->target_bytes;
    d->balloon_ns = store_balloon(e, d->mem_bytes, s->read_ns[ENTITY_DOMAIN]);
    d->guest_mem_bytes = e->guest_mem_bytes;
    d->guest_free_bytes = e->guest_free_bytes;
    if (!memcmp(&d->uuid, &none, sizeof(none)))
        d->uuid = e->vm;
    for (uint32_t i = 0; i < d->vif_count; i++) {
        struct vif *v = &s->vifs[d->vif_first + i];
        describe_vif(s, v, device_find(&e->devices[STORE_VIF], v->id));
    }
    for (uint32_t i = 0; i < d->vbd_count; i++) {
        struct vbd *v = &s->vbds[d->vbd_first + i];
        describe_vbd(s, v, device_find(&e->devices[STORE_VBD], v->id));
    }
    add_silent(s, d, e, want);
}

static int xenstore_collect(void *state, struct snapshot *s, unsigned want,
                            char message[COLLECTOR_MESSAGE])
{
    struct store_reader *r = state;
    size_t count, at = 0;

    snapshot_seal(s);
    store_reader_want(r, s);
    struct store_entry *const *entries = store_reader_lock(r, &count);
    /* Rows are added while domains are filled: their order and ranges hold until the next seal. */
    for (size_t i = 0; i < s->domain_count; i++) {
        struct domain *d = &s->domains[i];
        while (at < count && entries[at]->domid < d->domid)
            at++;
        if (at < count && entries[at]->domid == d->domid &&
            !memcmp(&entries[at]->uuid, &d->uuid, sizeof(d->uuid)))
            fill_domain(s, d, entries[at], want);
    }
    store_reader_unlock(r);
    snapshot_seal(s);
    return store_reader_status(r, message);
}

const struct collector collector_xenstore = {
    .name = "xenstore",
    .about = "names, start times, memory targets, devices' descriptions, through libxenstore",
    .fills = "domain: uuid name start_ns mem_target balloon_ns guest_mem guest_free; vif: id "
             "dev mac bridge script; vbd: id dev driver path mode",
    .parts = PART(ENTITY_DOMAIN),
    .open = xenstore_open,
    .collect = xenstore_collect,
    .close = xenstore_close,
};
