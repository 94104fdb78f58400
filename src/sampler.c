/* sampler: see sampler.h. */
#include "sampler.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "collectors/store_ends.h"

/* A collector that could not be opened is tried again after so many samples, then twice as many. */
#define RETRY_FIRST 1
#define RETRY_MOST  64

struct slot {
    const struct collector *collector;
    void *state; /* NULL while it is not open */
    bool open;
    unsigned retry_in, retry_gap;
    int error;
    char message[COLLECTOR_MESSAGE];
};

struct sampler {
    struct source source;
    uint64_t seq;
    const char *note_name; /* NULL when there is nothing to note */
    char note[COLLECTOR_MESSAGE];
    struct store_ends ends;
    size_t count;
    struct slot slots[];
};

static int slot_open(struct slot *slot)
{
    slot->message[0] = '\0';
    slot->error = slot->collector->open(&slot->state, slot->message);
    slot->open = slot->error == 0;
    if (!slot->open) {
        slot->retry_gap = MIN(slot->retry_gap ? slot->retry_gap * 2 : RETRY_FIRST, RETRY_MOST);
        slot->retry_in = slot->retry_gap;
    }
    return slot->error;
}

static void slot_collect(struct slot *slot, struct snapshot *s, unsigned want)
{
    if (!slot->open) {
        if (slot->retry_in > 1) {
            slot->retry_in--;
            return;
        }
        if (slot_open(slot))
            return;
        slot->retry_gap = 0;
    }
    slot->message[0] = '\0';
    slot->error = slot->collector->collect(slot->state, s, want, slot->message);
}

static int sampler_sample(struct source *self, struct snapshot *s, unsigned want)
{
    struct sampler *sampler = (struct sampler *)self;
    int status = 0;

    want |= PART(ENTITY_DOMAIN);
    snapshot_reset(s);
    s->seq = ++sampler->seq;
    uint64_t now = s->mono_ns; /* asked for once a collector: in a PV dom0 that is a system call */
    for (size_t i = 0; i < sampler->count; i++) {
        struct slot *slot = &sampler->slots[i];
        if (!(slot->collector->parts & want))
            continue;
        slot_collect(slot, s, want);

        struct report *report = snapshot_add_report(s, slot->collector->name);
        report->read_ns = now;
        now = clock_mono_ns();
        report->elapsed_ns = now - report->read_ns;
        report->error = slot->error;
        report->message = slot->message[0] ? snapshot_add_cstr(s, slot->message) : 0;
        if (slot->error && slot->collector->essential && !status)
            status = slot->error;
    }
    if (sampler->note_name) {
        struct report *report = snapshot_add_report(s, sampler->note_name);
        report->elapsed_ns = 0;
        report->message = snapshot_add_cstr(s, sampler->note);
    }
    snapshot_seal(s);
    /* What others could find out stands even without the essential one. */
    return s->have & PART(ENTITY_DOMAIN) ? 0 : status;
}

static int sampler_ends_fd(struct source *self)
{
    return store_ends_fd(&((struct sampler *)self)->ends);
}

static bool sampler_ends_heard(struct source *self)
{
    return store_ends_heard(&((struct sampler *)self)->ends);
}

static void sampler_close(struct source *self)
{
    struct sampler *sampler = (struct sampler *)self;

    store_ends_release(&sampler->ends);
    for (size_t i = sampler->count; i-- > 0;)
        if (sampler->slots[i].open)
            sampler->slots[i].collector->close(sampler->slots[i].state);
    free((void *)(uintptr_t)sampler->source.providers);
    free(sampler);
}

struct source *sampler_open(const struct collector *const *collectors,
                            char message[COLLECTOR_MESSAGE])
{
    size_t count = 0;

    while (collectors[count])
        count++;
    struct sampler *sampler = xcalloc(1, sizeof(*sampler) + count * sizeof(struct slot));
    struct provider *providers = xcalloc(count, sizeof(*providers));
    for (size_t i = 0; i < count; i++)
        providers[i] = (struct provider){collectors[i]->name, collectors[i]->about,
                                         collectors[i]->fills};
    store_ends_init(&sampler->ends);
    sampler->source = (struct source){.name = "this host",
                                      .sample = sampler_sample,
                                      .ends_fd = sampler_ends_fd,
                                      .ends_heard = sampler_ends_heard,
                                      .providers = providers,
                                      .provider_count = count,
                                      .close = sampler_close};
    for (; sampler->count < count; sampler->count++) {
        struct slot *slot = &sampler->slots[sampler->count];
        slot->collector = collectors[sampler->count];
        if (slot_open(slot) && slot->collector->essential) {
            snprintf(message, COLLECTOR_MESSAGE, "%s",
                     slot->message[0] ? slot->message : strerror(-slot->error));
            sampler_close(&sampler->source);
            return NULL;
        }
    }
    return &sampler->source;
}

void sampler_note(struct source *source, const char *name, const char *text)
{
    struct sampler *sampler = (struct sampler *)source;

    sampler->note_name = name;
    snprintf(sampler->note, sizeof(sampler->note), "%s", text);
}
