/*
 * when: times and durations as people say them: "-2h", "yesterday 03:12", "2026-11-22 03:10".
 *
 * Pure: text in, number out; what "now" is, the caller says. Times without a zone are of the local
 * one (TZ). One that the clocks skipped in spring is the moment they skipped it; of one that came
 * twice in autumn it is the first. Times are nanoseconds since 1970, UTC.
 *
 * A time is one of
 *     now, start, end              start and end of what was recorded
 *     -2h, +10m, now-1d12h, end-5m, 2h ago
 *     03:12, 3:12:30               the last time it was so late
 *     today, yesterday, monday     with a time after it or without: 0:00; the last Monday
 *     2026-11-22, 2026-11-22 03:10, 2026-11-22T03:10:05Z, ...:05.250+01:00
 *     @1763866800, 1763866800      seconds since 1970
 * A duration is numbers with units, the greatest first: 10s 5m 2h 1d12h 1w 1M (30 days) 1y; 90 is
 * seconds.
 */
#ifndef DOMTOP_WHEN_H
#define DOMTOP_WHEN_H

#include <stdint.h>

#define WHEN_MESSAGE 160

struct when {
    uint64_t now_ns;
    uint64_t from_ns;           /* what -2h is counted from, and on whose day 03:12 is; 0: now, and
                                   the last time it was 03:12 */
    uint64_t first_ns, last_ns; /* start and end; 0: nobody knows */
};

/* 0, or -EINVAL with a sentence about what cannot be read. Times before 1970 are refused. */
int when_parse(const char *text, const struct when *w, uint64_t *wall_ns,
               char message[WHEN_MESSAGE]);

/* 0, or -EINVAL with a sentence. A duration is more than nothing and at most a hundred years. */
int when_duration(const char *text, uint64_t *ns, char message[WHEN_MESSAGE]);

#endif
