/*
 * format: see format.h. Fractions are printed from integers, because printf would follow the
 * locale's decimal point.
 */
#include "format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "sanitize.h"

/* Nothing this large exists: a broken number, shown as unknown. */
#define TOO_MUCH 1e30

static const char iec_suffixes[] = " KMGTPEZYRQ";
static const char si_suffixes[] = " kMGTPEZYRQ";

#define PRINT(out, ...) snprintf(out, FORMAT_MAX, __VA_ARGS__)

static int unknown(char *out)
{
    return PRINT(out, "-");
}

/* False for NaN too. */
static bool printable(double value)
{
    return value >= 0 && value < TOO_MUCH;
}

static int print_u64(char *out, uint64_t n)
{
    return n == UNKNOWN ? unknown(out) : PRINT(out, "%" PRIu64, n);
}

/* Times 10 to the power of decimals, rounded. value is below 2^53 / 10^decimals. */
static unsigned long long scaled(double value, int decimals)
{
    return (unsigned long long)llround(decimals == 2 ? value * 100 : decimals ? value * 10 : value);
}

/* A non-negative value with one decimal while it has at most three digits, else without. */
static int print_short(char *out, double value)
{
    unsigned long long tenths = scaled(value, 1);

    if (tenths < 1000)
        return PRINT(out, "%llu.%llu", tenths / 10, tenths % 10);
    return PRINT(out, "%llu", scaled(value, 0));
}

/* The power of base at which value, once rounded to a whole, is below base; divides value by it. */
static size_t scale(double *value, double base, const char *suffixes)
{
    size_t power = 0;

    while (*value >= base - 0.5 && suffixes[power + 1]) {
        *value /= base;
        power++;
    }
    return power;
}

static int print_scaled(char *out, double value, double base, const char *suffixes)
{
    size_t power = scale(&value, base, suffixes);

    if (power == 0)
        return PRINT(out, "%llu", scaled(value, 0));
    int n = print_short(out, value);
    out[n++] = suffixes[power];
    out[n] = '\0';
    return n;
}

int format_bytes(char *out, double bytes, enum format_units units)
{
    if (!printable(bytes))
        return unknown(out);
    if (units == FORMAT_RAW)
        return PRINT(out, "%.0f", fabs(bytes));
    if (units == FORMAT_SI)
        return print_scaled(out, bytes, 1000, si_suffixes);
    return print_scaled(out, bytes, 1024, iec_suffixes);
}

int format_count(char *out, double n)
{
    if (!printable(n))
        return unknown(out);
    if (n != floor(n) && scaled(MIN(n, 10), 1) < 100)
        return print_short(out, n);
    return print_scaled(out, n, 1000, si_suffixes);
}

int format_percent(char *out, double share)
{
    if (!printable(share))
        return unknown(out);
    double percent = share * 100;
    unsigned long long tenths = scaled(MIN(percent, 1000), 1);
    if (tenths < 10000)
        return PRINT(out, "%llu.%llu", tenths / 10, tenths % 10);
    return PRINT(out, "%.0f", percent);
}

int format_duration(char *out, uint64_t ns)
{
    uint64_t tenths = ns / (NS_PER_S / 10);
    uint64_t s = tenths / 10;

    if (ns == UNKNOWN)
        return unknown(out);
    if (s < 60)
        return PRINT(out, "%" PRIu64 ".%" PRIu64 "s", s, tenths % 10);
    if (s < 60 * 60)
        return PRINT(out, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
    if (s < 24 * 60 * 60)
        return PRINT(out, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
    return PRINT(out, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
}

int format_latency(char *out, uint64_t ns)
{
    uint64_t us = ns / 1000;

    if (ns == 0)
        return PRINT(out, "0");
    if (ns >= NS_PER_S) /* UNKNOWN too */
        return format_duration(out, ns);
    if (us < 1000)
        return PRINT(out, "%" PRIu64 "us", us);
    if (us < 10000)
        return PRINT(out, "%" PRIu64 ".%" PRIu64 "ms", us / 1000, us / 100 % 10);
    return PRINT(out, "%" PRIu64 "ms", us / 1000);
}

static bool local_time(uint64_t wall_ns, struct tm *tm)
{
    time_t s = (time_t)(wall_ns / NS_PER_S);

    return wall_ns != UNKNOWN && localtime_r(&s, tm);
}

static int print_date(char *out, const struct tm *tm, char between)
{
    return PRINT(out, "%04d-%02d-%02d%c%02d:%02d:%02d", tm->tm_year + 1900, tm->tm_mon + 1,
                 tm->tm_mday, between, tm->tm_hour, tm->tm_min, tm->tm_sec);
}

int format_datetime(char *out, uint64_t wall_ns)
{
    struct tm tm;

    return local_time(wall_ns, &tm) ? print_date(out, &tm, ' ') : unknown(out);
}

int format_clock(char *out, uint64_t wall_ns)
{
    struct tm tm;

    if (!local_time(wall_ns, &tm))
        return unknown(out);
    return PRINT(out, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int format_rfc3339(char *out, uint64_t wall_ns)
{
    time_t s = (time_t)(wall_ns / NS_PER_S);
    unsigned ms = (unsigned)(wall_ns % NS_PER_S / 1000000);
    struct tm tm;

    if (wall_ns == UNKNOWN || !gmtime_r(&s, &tm))
        return unknown(out);
    int n = print_date(out, &tm, 'T');
    return n + snprintf(out + n, FORMAT_MAX - (size_t)n, ".%03uZ", ms);
}

int format_hz(char *out, uint64_t hz)
{
    double value = (double)hz;

    if (hz == UNKNOWN)
        return unknown(out);
    size_t power = scale(&value, 1000, si_suffixes);
    if (power == 0)
        return PRINT(out, "%" PRIu64 "Hz", hz);
    unsigned long long hundredths = scaled(value, 2);
    int n = hundredths < 1000 ? PRINT(out, "%llu.%02llu", hundredths / 100, hundredths % 100)
                              : print_short(out, value);
    return n + snprintf(out + n, FORMAT_MAX - (size_t)n, "%cHz", si_suffixes[power]);
}

/* A bare number of type double: two decimals, as load averages are written. */
static int print_number(char *out, double value)
{
    if (!printable(value))
        return unknown(out);
    if (value >= 1e15)
        return PRINT(out, "%.0f", value);
    unsigned long long hundredths = scaled(value, 2);
    return PRINT(out, "%llu.%02llu", hundredths / 100, hundredths % 100);
}

/* The word for n where there is one. */
static int print_word(char *out, uint64_t n, const char *word)
{
    return n != UNKNOWN && word ? PRINT(out, "%s", word) : print_u64(out, n);
}

static int print_bool(char *out, uint64_t n)
{
    return print_word(out, n, n == 0 ? "no" : n == 1 ? "yes" : NULL);
}

static int print_state(char *out, uint64_t state)
{
    char letters[DOMAIN_STATES + 1];

    if (state == UNKNOWN)
        return unknown(out);
    domain_state_letters(state, letters);
    return PRINT(out, "%s", letters);
}

static int print_by_unit(char *out, enum unit unit, uint64_t n, enum format_units units)
{
    double value = n == UNKNOWN ? NAN : (double)n;

    switch (unit) {
    case UNIT_BYTES:
        return units == FORMAT_RAW ? print_u64(out, n) : format_bytes(out, value, units);
    case UNIT_NS: return format_duration(out, n);
    case UNIT_DOMID: return print_u64(out, domid_own(n));
    case UNIT_DATE: return format_datetime(out, n);
    case UNIT_HZ: return format_hz(out, n);
    case UNIT_REQUESTS:
    case UNIT_PACKETS: return format_count(out, value);
    case UNIT_BOOL: return print_bool(out, n);
    case UNIT_STATE: return print_state(out, n);
    case UNIT_DOMTYPE: return print_word(out, n, domain_type_name(n));
    case UNIT_BACKEND: return print_word(out, n, vbd_backend_name(n));
    case UNIT_NONE:
    case UNIT_COUNT: break;
    }
    return print_u64(out, n);
}

int format_value(char *out, const struct metric *m, const struct snapshot *s, const void *record,
                 enum format_units units)
{
    const char *text;

    switch (m->type) {
    case TYPE_U64:
        if (m->unit == UNIT_NS && m->kind == METRIC_GAUGE)
            return format_latency(out, metric_u64(m, record));
        return print_by_unit(out, m->unit, metric_u64(m, record), units);
    case TYPE_F64: return print_number(out, metric_f64(m, record));
    case TYPE_UUID: uuid_format(metric_uuid(m, record), out); return UUID_TEXT - 1;
    case TYPE_STR:
        text = snapshot_str(s, metric_str(m, record));
        return text ? (int)sanitize(out, FORMAT_MAX, text, strlen(text)) : unknown(out);
    }
    return unknown(out);
}

int format_rate(char *out, const struct metric *m, double rate, enum format_units units)
{
    if (m->unit == UNIT_BYTES)
        return format_bytes(out, rate, units);
    if (m->unit == UNIT_NS)
        return format_percent(out, rate);
    return format_count(out, rate);
}

const char *format_domain_name(const struct snapshot *s, const struct domain *d,
                               char buf[FORMAT_MAX])
{
    const char *name = snapshot_str(s, d->name);

    if (name && *name)
        return name;
    if (d->domid == UNKNOWN)
        PRINT(buf, "(no name)");
    else
        PRINT(buf, "(domid %" PRIu64 ")", domid_own(d->domid));
    return buf;
}
