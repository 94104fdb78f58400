/*
 * archives: for how long a store keeps what at which resolution, as "10s:1d,1m:7d,5m:31d": rows of
 * 10 seconds for a day, of a minute for a week, and so on, finest first. Pure.
 *
 * The first has rows of one step and keeps AVERAGE (which is the sample); each further one keeps
 * AVERAGE and MAX. Units are s, m, h, d, w and y (365 days); without one, seconds.
 */
#ifndef DOMTOP_ARCHIVES_H
#define DOMTOP_ARCHIVES_H

#include <stddef.h>
#include <stdint.h>

#define ARCHIVES_MAX     12
#define ARCHIVES_TEXT    256
#define ARCHIVES_MESSAGE 160

struct archives {
    struct archive {
        uint64_t step_s; /* a row stands for so long; a whole number of the one before */
        uint64_t keep_s; /* rows cover so long; a whole number of step_s */
    } a[ARCHIVES_MAX];
    size_t count;
};

#define ARCHIVES_STEP_S 10

/* For a store of that step: the step for a day (8640 rows where it is 10 s), 1m:7d, 5m:31d, 1h:396d
 * and 1d:5y, without those that are no multiple of what is before them. */
void archives_default(struct archives *a, uint64_t step_s);

/* 0, or -EINVAL with a sentence in message. The first must have rows of step_s. */
int archives_parse(struct archives *a, const char *text, uint64_t step_s,
                   char message[ARCHIVES_MESSAGE]);

/* What archives_parse() takes. */
void archives_format(const struct archives *a, char out[ARCHIVES_TEXT]);

/* "90s", "2h", "31d": seconds in a whole number of the largest unit that can say it. */
int duration_format(char *out, size_t cap, uint64_t seconds);
/* Seconds of "90s", "2h", "31d", "5y", "600"; 0 for anything else. */
uint64_t duration_parse(const char *text);

/* RRD archives (AVERAGE and MAX apart), and their rows in total. */
size_t archives_rras(const struct archives *a);
uint64_t archives_rows(const struct archives *a);

/* The exact size of an RRD file of so many data sources, on 64-bit machines. */
uint64_t archives_file_bytes(const struct archives *a, size_t sources);

#endif
