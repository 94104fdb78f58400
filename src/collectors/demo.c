/*
 * demo: a simulated Xen host as a source of snapshots: settings, the step from sample to sample,
 * and the rows it leaves. Who lives there is in demo_guests.c, what happens in demo_life.c, what is
 * used in demo_load.c.
 *
 * It touches no hypervisor, file or clock (but for the date it starts at, when none was given), and
 * what it says is always marked as simulated.
 */
#include "demo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo_sim.h"

#define DOMAINS_MAX 4096
#define PCPUS_MAX   1024
#define PAST_MAX    3600
#define STEP_MAX    86400
#define START_MAX   UINT64_C(9999999999) /* the year 2286: seconds that fit as nanoseconds */
#define DOM0_VCPUS  8

/* ---- settings ---- */

void demo_defaults(struct demo_config *c)
{
    *c = (struct demo_config){.domains = 13, .pcpus = 8, .seed = 1};
}

/* Decimal digits and nothing else. */
static bool number(const char *text, size_t len, uint64_t *out)
{
    uint64_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(text[i] - '0'), &n))
            return false;
    }
    *out = n;
    return len > 0;
}

enum setting { SET_DOMAINS, SET_PCPUS, SET_SEED, SET_START, SET_PAST, SET_STEP };

static const struct {
    const char *name;
    uint64_t min, max;
} settings[] = {
    [SET_DOMAINS] = {"domains", 0, DOMAINS_MAX}, [SET_PCPUS] = {"pcpus", 1, PCPUS_MAX},
    [SET_SEED] = {"seed", 0, UINT64_MAX},        [SET_START] = {"start", 0, START_MAX},
    [SET_PAST] = {"past", 0, PAST_MAX},          [SET_STEP] = {"step", 1, STEP_MAX},
};

static void set(struct demo_config *c, enum setting which, uint64_t n)
{
    switch (which) {
    case SET_DOMAINS: c->domains = (unsigned)n; break;
    case SET_PCPUS: c->pcpus = (unsigned)n; break;
    case SET_SEED: c->seed = n; break;
    case SET_START: c->start_wall_ns = n * NS_PER_S; break;
    case SET_PAST: c->past = (unsigned)n; break;
    case SET_STEP: c->step_s = (double)n; break;
    }
}

/* One "name=N" of len bytes; its place in settings, or -EINVAL with a sentence. */
static int parse_setting(struct demo_config *c, const char *text, size_t len, char message[160])
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len, i;
    uint64_t n;

    for (i = 0; i < ARRAY_LEN(settings); i++)
        if (strlen(settings[i].name) == name_len && !memcmp(settings[i].name, text, name_len))
            break;
    if (i == ARRAY_LEN(settings)) {
        snprintf(
            message, 160,
            "the demo has no setting \"%.*s\": it has domains, pcpus, seed, start, past and step",
            (int)MIN(name_len, 40), text);
        return -EINVAL;
    }
    if (!equals || !number(equals + 1, len - name_len - 1, &n) || n < settings[i].min ||
        n > settings[i].max) {
        size_t value_len = equals ? len - name_len - 1 : 0;
        snprintf(message, 160, "the demo's %s is a whole number from %llu to %llu, not \"%.*s\"",
                 settings[i].name, (unsigned long long)settings[i].min,
                 (unsigned long long)settings[i].max, (int)MIN(value_len, 40),
                 equals ? equals + 1 : "");
        return -EINVAL;
    }
    set(c, (enum setting)i, n);
    return (int)i;
}

/* Pcpus that let so many domains do what they want. */
static unsigned pcpus_for(unsigned domains)
{
    unsigned wanted = (domains * 3 / 4 + 7) / 8 * 8;
    return MAX(8u, MIN(wanted, (unsigned)PCPUS_MAX));
}

int demo_parse(struct demo_config *c, const char *text, char message[160])
{
    unsigned seen = 0;

    while (text && *text) {
        size_t len = strcspn(text, ",");
        int which = parse_setting(c, text, len, message);
        if (which < 0)
            return which;
        seen |= 1u << which;
        text += len + (text[len] == ',');
    }
    if (seen & 1u << SET_DOMAINS && !(seen & 1u << SET_PCPUS))
        c->pcpus = pcpus_for(c->domains);
    return 0;
}

/* ---- the source ---- */

struct demo_source {
    struct source source;
    struct sim sim;
    uint64_t began_wall_ns; /* where its time is this machine's; 0: its own */
    uint64_t offset_ns;     /* wall minus monotonic then */
};

/* A clock that is set here, by whole seconds, is set there too. */
static void follow_clock(struct demo_source *d)
{
    int64_t moved = (int64_t)(clock_wall_ns() - clock_mono_ns() - d->offset_ns);
    int64_t second = (int64_t)NS_PER_S,
            whole = (moved + (moved < 0 ? -second : second) / 2) / second;

    d->sim.start_wall_ns = d->began_wall_ns + (uint64_t)(whole * second);
}

static int demo_sample(struct source *self, struct snapshot *s, unsigned want)
{
    struct sim *sim = &((struct demo_source *)self)->sim;

    if (((struct demo_source *)self)->began_wall_ns)
        follow_clock((struct demo_source *)self);
    (void)want; /* all of it costs little */
    if (sim->seq++) {
        sim->now_ns += sim->step_ns;
        sim_life_step(sim);
        sim_load_step(sim);
    }
    sim_rows_fill(sim, s);
    return 0;
}

static void demo_close(struct source *self)
{
    struct sim *sim = &((struct demo_source *)self)->sim;

    free(sim->scratch);
    free(sim->pcpu_idle_ns);
    free(sim->dom0_vcpu_ns);
    free(sim->live);
    free(sim->vbd_pool);
    free(sim->vif_pool);
    free(sim->vcpu_pool);
    free(sim->guests);
    free(self);
}

static uint64_t step_ns(double step_s)
{
    return step_s > 1e-9 ? (uint64_t)(step_s * (double)NS_PER_S + 0.5) : NS_PER_S;
}

void demo_set_step(struct source *demo, double step_s)
{
    ((struct demo_source *)demo)->sim.step_ns = step_ns(step_s);
}

static const struct provider providers[] = {
    {"demo", "a host that is not there: all of it is worked out from a seed", NULL}};

struct source *demo_open(const struct demo_config *c)
{
    struct demo_source *d = xcalloc(1, sizeof(*d));
    struct sim *sim = &d->sim;

    sim->c = *c;
    sim->bare = c->domains == 0;
    sim->c.domains = MIN(c->domains, (unsigned)DOMAINS_MAX) - !sim->bare;
    sim->c.pcpus = MAX(1u, MIN(c->pcpus, (unsigned)PCPUS_MAX));
    sim->key = sim_mix(c->seed);
    sim->rng = sim_mix(sim->key);
    sim->step_ns = step_ns(c->step_s);
    sim->start_wall_ns = c->start_wall_ns;
    sim->start_mono_ns = SIM_UPTIME_NS;
    if (!sim->start_wall_ns) { /* what is shown at once as its past ends now */
        uint64_t past_ns = c->past * sim->step_ns, mono_ns = clock_mono_ns();
        sim->start_wall_ns = d->began_wall_ns = clock_wall_ns() - past_ns;
        if (mono_ns > past_ns)
            sim->start_mono_ns = mono_ns - past_ns;
        d->offset_ns = clock_wall_ns() - clock_mono_ns();
    }
    sim->dom0_vcpus = MIN(sim->c.pcpus, (unsigned)DOM0_VCPUS);
    sim->dom0_vcpu_ns = xcalloc(sim->dom0_vcpus, sizeof(*sim->dom0_vcpu_ns));
    sim->pcpu_idle_ns = xcalloc(sim->c.pcpus, sizeof(*sim->pcpu_idle_ns));
    sim->scratch = xcalloc(PCPUS_MAX, sizeof(*sim->scratch));
    sim_guests_define(sim);
    sim_life_begin(sim);
    sim_load_begin(sim);

    d->source = (struct source){.name = "demo",
                                .simulated = true,
                                .sample = demo_sample,
                                .past = c->past,
                                .providers = providers,
                                .provider_count = ARRAY_LEN(providers),
                                .close = demo_close};
    return &d->source;
}
