/* prometheus_self: metrics that are in no row of the metric table: of the exporter itself, of its
 * collectors and processes, and the host's count of domains. */
#include <string.h>

#include "field.h"
#include "prometheus_write.h"

static const char *const words[] = {"dying",  "shutdown", "blocked", "crashed",
                                    "paused", "running",  "ready"};

/* Each domain once, by the one word that says most. */
void write_host_domains(struct renderer *w)
{
    size_t counts[ARRAY_LEN(words)] = {0};

    if (!(w->s->have & PART(ENTITY_DOMAIN)))
        return;
    for (size_t i = 0; i < w->s->domain_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            counts[k] += !strcmp(domain_state_word(w->s->domains[i].state), words[k]);
    write_head(w, "xen_host_domains", "", FAMILY_GAUGE, NULL,
               "Domains by what they are doing, each counted once.");
    for (size_t k = 0; k < ARRAY_LEN(words); k++)
        text_addf(w->out, "xen_host_domains{state=\"%s\"} %zu\n", words[k], counts[k]);
}

/* Which reports a family is of: of collectors, or of the service's processes. */
static bool of_process(const struct report *r)
{
    return r->restarts != UNKNOWN;
}

static void report_label(struct renderer *w, const char *name, const struct report *r)
{
    text_adds(w->out, name);
    write_label(w->out, true, of_process(r) ? "process" : "collector",
                snapshot_str(w->s, r->collector));
    text_adds(w->out, "} ");
}

static bool any_report(const struct snapshot *s, bool process)
{
    for (size_t i = 0; i < s->report_count; i++)
        if (of_process(&s->reports[i]) == process)
            return true;
    return false;
}

/* 1 for each report without an error. */
static void successes(struct renderer *w, const char *name, bool process)
{
    for (size_t i = 0; i < w->s->report_count; i++) {
        const struct report *r = &w->s->reports[i];
        if (of_process(r) != process)
            continue;
        report_label(w, name, r);
        text_adds(w->out, r->error ? "0\n" : "1\n");
    }
}

static void collectors(struct renderer *w)
{
    if (!any_report(w->s, false))
        return;
    write_head(w, "xen_collector_success", "", FAMILY_GAUGE, NULL,
               "Whether the collector could read all it is for.");
    successes(w, "xen_collector_success", false);
    write_head(w, "xen_collector_duration_seconds", "", FAMILY_GAUGE, "seconds",
               "Time the collector took for this sample.");
    for (size_t i = 0; i < w->s->report_count; i++) {
        const struct report *r = &w->s->reports[i];
        if (of_process(r) || r->elapsed_ns == UNKNOWN)
            continue;
        report_label(w, "xen_collector_duration_seconds", r);
        write_seconds(w->out, r->elapsed_ns);
        text_addc(w->out, '\n');
    }
}

static void processes(struct renderer *w)
{
    if (!any_report(w->s, true))
        return;
    write_head(w, "xen_exporter_process_up", "", FAMILY_GAUGE, NULL,
               "Whether that process of the service runs.");
    successes(w, "xen_exporter_process_up", true);
    write_head(w, "xen_exporter_process_restarts", "_total", FAMILY_COUNTER, NULL,
               "Times that process of the service ended unasked and was started again.");
    for (size_t i = 0; i < w->s->report_count; i++) {
        const struct report *r = &w->s->reports[i];
        if (!of_process(r))
            continue;
        report_label(w, "xen_exporter_process_restarts_total", r);
        text_add_u64(w->out, r->restarts);
        text_addc(w->out, '\n');
    }
}

static void counter(struct renderer *w, const char *name, const char *help, uint64_t n)
{
    write_head(w, name, "_total", FAMILY_COUNTER, NULL, help);
    text_addf(w->out, "%s_total %llu\n", name, (unsigned long long)n);
}

/* There is one store, or none. */
static void store(struct renderer *w)
{
    for (size_t i = 0; i < w->s->report_count; i++) {
        const struct report *r = &w->s->reports[i];
        if (r->updates == UNKNOWN || r->failures == UNKNOWN)
            continue;
        counter(w, "xen_store_updates", "Updates written to the store's files.", r->updates);
        counter(w, "xen_store_failures",
                "Attempts to write to the store that failed, and samples and updates given up.",
                r->failures);
        return;
    }
}

void write_self(struct renderer *w)
{
    write_head(w, "xen_exporter_build", "_info", FAMILY_INFO, NULL,
               "The program that says all this.");
    text_adds(w->out, "xen_exporter_build_info{version=\"" DOMTOP_VERSION "\"} 1\n");
    if (w->s->seq && w->s->wall_ns != UNKNOWN) {
        write_head(w, "xen_sample_timestamp_seconds", "", FAMILY_GAUGE, "seconds",
                   "When these figures were read, in seconds since 1970.");
        text_adds(w->out, "xen_sample_timestamp_seconds ");
        write_seconds(w->out, w->s->wall_ns);
        text_addc(w->out, '\n');
    }
}

void write_reports(struct renderer *w)
{
    store(w);
    collectors(w);
    processes(w);
}
