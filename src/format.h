/*
 * format: numbers, times and shares as short text for people.
 *
 * Every function writes a NUL-terminated text into out (FORMAT_MAX bytes suffice for any) and
 * returns its length. Unknown (NaN, UNKNOWN) is "-". Nothing here prints "inf" or "nan". Text is
 * ASCII.
 */
#ifndef DOMTOP_FORMAT_H
#define DOMTOP_FORMAT_H

#include "metric.h"

#define FORMAT_MAX 48

enum format_units { FORMAT_IEC, FORMAT_SI, FORMAT_RAW };

/* At most 5 characters for IEC ("1.5K" "1023K" "12.3G") and SI; plain digits for RAW. */
int format_bytes(char *out, double bytes, enum format_units units);

/* A count with an SI suffix, at most 5 characters: "0", "987", "12.3k". Below 10 with a decimal
 * when it is not whole ("0.3"). */
int format_count(char *out, double n);

/* A share as per cent with one decimal, 100 per 1.0: "0.0", "37.5", "213.4", "1600". */
int format_percent(char *out, double share);

/* Time used: "12.3s" "4m07s" "3h12m" "12d03h". */
int format_duration(char *out, uint64_t ns);

/* A short time: "0" "412us" "3.2ms" "87ms", from a second on as a duration. */
int format_latency(char *out, uint64_t ns);

/* Wall time, local zone: "2026-11-22 03:12:45", or "03:12:45". */
int format_datetime(char *out, uint64_t wall_ns);
int format_clock(char *out, uint64_t wall_ns);

/* RFC 3339 in UTC with milliseconds: "2026-11-22T03:12:45.250Z". */
int format_rfc3339(char *out, uint64_t wall_ns);

int format_hz(char *out, uint64_t hz); /* "2.40GHz" */

/* The raw value of a metric in one row as people read it, by its unit; strings as they are
 * (cut to FORMAT_MAX - 1 bytes at a character's border). */
int format_value(char *out, const struct metric *m, const struct snapshot *s, const void *record,
                 enum format_units units);

/* A rate of metric m (bytes per second as bytes, a share as per cent, others as counts). */
int format_rate(char *out, const struct metric *m, double rate, enum format_units units);

/* The name to show for a domain: its name, or "(domid 7)" where it has none. buf is used for that.
 */
const char *format_domain_name(const struct snapshot *s, const struct domain *d,
                               char buf[FORMAT_MAX]);

#endif
