/* report: see report.h. What the renderings share: ranking, and numbers and times as text. */
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../format.h"

void report_init(struct account *r)
{
    *r = (struct account){.top = REPORT_TOP, .pcpus = UNKNOWN, .mem_bytes = UNKNOWN};
}

static void values_release(struct report_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(values[i].parts);
        free(values[i].peaks);
    }
}

void report_release(struct account *r)
{
    for (size_t i = 0; i < r->domain_count; i++) {
        values_release(r->domains[i].values, REPORT_SERIES);
        free(r->domains[i].name);
    }
    for (size_t i = 0; i < r->gap_count; i++)
        free(r->gaps[i].why);
    values_release(r->host_values, REPORT_SERIES);
    values_release(&r->dom0_cpu, 1);
    free(r->domains);
    free(r->gaps);
    free(r->events);
    free(r->store);
    free(r->host);
    free(r->xen);
    text_release(&r->damage);
    *r = (struct account){0};
}

/* ---- tables ---- */

const struct report_table_info *report_table(enum report_table table)
{
    static const struct report_table_info infos[REPORT_TABLES] = {
        [TABLE_CPU] = {"CPU", "cpu", REPORT_CPU, REPORT_CPU, "", ""},
        [TABLE_NET] = {"Network", "network", REPORT_RX, REPORT_TX, "in", "out"},
        [TABLE_DISK] = {"Disk", "disk", REPORT_RD, REPORT_WR, "read", "write"},
        [TABLE_LATENCY] = {"Disk latency", "latency", REPORT_RD_LAT, REPORT_WR_LAT, "read",
                           "write"},
        [TABLE_MEM] = {"Memory", "memory", REPORT_MEM, REPORT_MEM, "", ""},
    };

    return &infos[table];
}

static double zero_if_unknown(double v)
{
    return isnan(v) ? 0 : v;
}

static double in_all(const struct report_value *v)
{
    return zero_if_unknown(v->mean) * v->share;
}

static double weight(const struct report_domain *d, const struct report_table_info *t)
{
    const struct report_value *a = &d->values[t->a], *b = &d->values[t->b];

    if (t->a == REPORT_RD_LAT)
        return MAX(zero_if_unknown(a->peak), zero_if_unknown(b->peak));
    return t->a == t->b ? in_all(a) : in_all(a) + in_all(b);
}

size_t report_rank(const struct account *r, enum report_table table, size_t *out, size_t cap)
{
    const struct report_table_info *t = report_table(table);
    size_t count = 0;

    /* By insertion: tables are short. Of equals the first stays first. */
    for (size_t i = 0; i < r->domain_count; i++) {
        double w = weight(&r->domains[i], t);
        size_t at = count;
        if (!(w > 0))
            continue;
        while (at > 0 && weight(&r->domains[out[at - 1]], t) < w)
            at--;
        if (at == cap)
            continue;
        count = MIN(count + 1, cap);
        memmove(out + at + 1, out + at, (count - at - 1) * sizeof(*out));
        out[at] = i;
    }
    return count;
}

const struct report_value *report_peak(const struct report_domain *d, enum report_table table,
                                       const char **which)
{
    const struct report_table_info *t = report_table(table);
    const struct report_value *a = &d->values[t->a], *b = &d->values[t->b];
    bool second = t->a != t->b && zero_if_unknown(b->peak) > zero_if_unknown(a->peak);

    *which = second ? t->b_word : t->a_word;
    return second ? b : a;
}

const char *report_name(const struct report_domain *d, char buf[UUID_TEXT])
{
    if (d->name && d->name[0])
        return d->name;
    uuid_format(&d->uuid, buf);
    return buf;
}

/* ---- numbers and times ---- */

int report_number(char *out, enum report_series series, double value)
{
    switch (series) {
    case REPORT_CPU:
    case REPORT_WAIT: {
        int len = format_percent(out, value);
        return len + snprintf(out + len, (size_t)(FORMAT_MAX - len), "%s", isnan(value) ? "" : "%");
    }
    case REPORT_RD_LAT:
    case REPORT_WR_LAT:
        return format_latency(out, value >= 0 && value < 1e18 ? (uint64_t)value : UNKNOWN);
    default: return format_bytes(out, value, FORMAT_IEC);
    }
}

int report_time(char *out, const struct account *r, uint64_t wall_ns)
{
    time_t t = (time_t)(wall_ns / NS_PER_S), from = (time_t)(r->from_ns / NS_PER_S),
           to = (time_t)((r->to_ns - 1) / NS_PER_S);
    struct tm at, first, last;

    if (!wall_ns || !localtime_r(&t, &at) || !localtime_r(&from, &first) ||
        !localtime_r(&to, &last))
        return snprintf(out, FORMAT_MAX, "-");
    bool days = first.tm_yday != last.tm_yday || first.tm_year != last.tm_year;
    if (!days)
        return (int)strftime(out, FORMAT_MAX, "%H:%M:%S", &at);
    if (r->to_ns - r->from_ns < 6 * 86400 * NS_PER_S)
        return (int)strftime(out, FORMAT_MAX, "%a %H:%M:%S", &at);
    return (int)strftime(out, FORMAT_MAX, "%m-%d %H:%M", &at);
}
