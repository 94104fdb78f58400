/* archives: see archives.h. */
#include "archives.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base.h"

static const struct {
    char letter;
    uint64_t seconds;
} units[] = {{'y', 365 * 86400}, {'w', 7 * 86400}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

/* More is no use, and sums of it stay far from overflow. */
#define LONGEST_S (UINT64_C(100) * 365 * 86400)
#define MOST_ROWS UINT64_C(10000000)

uint64_t duration_parse(const char *text)
{
    char *end;

    if (*text < '0' || *text > '9')
        return 0;
    errno = 0;
    uint64_t n = strtoull(text, &end, 10), unit = *end ? 0 : 1;
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (end[0] == units[i].letter && !end[1])
            unit = units[i].seconds;
    return errno || !unit || n > LONGEST_S / unit ? 0 : n * unit;
}

int duration_format(char *out, size_t cap, uint64_t seconds)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        /* Weeks are for writing: "7d" and "31d" compare at a glance. */
        if (units[i].letter != 'w' && seconds >= units[i].seconds &&
            seconds % units[i].seconds == 0)
            return snprintf(out, cap, "%" PRIu64 "%c", seconds / units[i].seconds, units[i].letter);
    }
    return snprintf(out, cap, "%" PRIu64 "s", seconds);
}

void archives_default(struct archives *a, uint64_t step_s)
{
    static const struct archive coarse[] = {
        {60, 7 * 86400}, {300, 31 * 86400}, {3600, 396 * 86400}, {86400, 5 * 365 * 86400}};

    /* A day in whole steps. */
    *a = (struct archives){.a = {{step_s, (86400 + step_s - 1) / step_s * step_s}}, .count = 1};
    for (size_t i = 0; i < ARRAY_LEN(coarse); i++) {
        const struct archive *last = &a->a[a->count - 1];
        if (coarse[i].step_s > last->step_s && coarse[i].step_s % last->step_s == 0)
            a->a[a->count++] = coarse[i];
    }
}

static int wrong(char message[ARCHIVES_MESSAGE], const char *item, const char *why)
{
    snprintf(message, ARCHIVES_MESSAGE, "'%.40s' %s", item, why);
    return -EINVAL;
}

static int add(struct archives *a, char *item, uint64_t step_s, char message[ARCHIVES_MESSAGE])
{
    char whole[64], *colon;
    const struct archive *last = a->count ? &a->a[a->count - 1] : NULL;
    struct archive new;

    snprintf(whole, sizeof(whole), "%s", item);
    colon = strchr(item, ':');
    if (!colon)
        return wrong(message, whole, "is not STEP:TIME, such as 1m:7d");
    *colon = '\0';
    new.step_s = duration_parse(item);
    new.keep_s = duration_parse(colon + 1);
    if (!new.step_s || !new.keep_s)
        return wrong(message, whole, "is not STEP:TIME, such as 1m:7d");
    if (a->count == ARCHIVES_MAX)
        return wrong(message, whole, "is one archive too many");
    if (!last && new.step_s != step_s)
        return wrong(message, whole, "must be the step's own, being the first");
    if (last && (new.step_s <= last->step_s || new.step_s % last->step_s))
        return wrong(message, whole, "must have rows of a multiple of those before it");
    if (new.keep_s % new.step_s || new.keep_s < new.step_s)
        return wrong(message, whole, "must cover a whole number of its rows");
    if (last && new.keep_s < last->keep_s)
        return wrong(message, whole, "must reach at least as far back as the one before it");
    if (new.keep_s / new.step_s > MOST_ROWS)
        return wrong(message, whole, "has too many rows");
    a->a[a->count++] = new;
    return 0;
}

int archives_parse(struct archives *a, const char *text, uint64_t step_s,
                   char message[ARCHIVES_MESSAGE])
{
    char copy[ARCHIVES_TEXT], *rest = copy, *item;
    int err = 0;

    *a = (struct archives){0};
    if (strlen(text) >= sizeof(copy))
        return wrong(message, text, "is too long");
    snprintf(copy, sizeof(copy), "%s", text);
    while (!err && (item = strsep(&rest, ",")))
        err = add(a, item, step_s, message);
    return err;
}

void archives_format(const struct archives *a, char out[ARCHIVES_TEXT])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < a->count && len + 48 < ARCHIVES_TEXT; i++) {
        if (i)
            out[len++] = ',';
        len += (size_t)duration_format(out + len, ARCHIVES_TEXT - len, a->a[i].step_s);
        out[len++] = ':';
        len += (size_t)duration_format(out + len, ARCHIVES_TEXT - len, a->a[i].keep_s);
    }
}

size_t archives_rras(const struct archives *a)
{
    return a->count ? 2 * a->count - 1 : 0;
}

uint64_t archives_rows(const struct archives *a)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < a->count; i++)
        rows += (i ? 2 : 1) * (a->a[i].keep_s / a->a[i].step_s);
    return rows;
}

/* The parts of an RRD file of version 3, as <rrd_format.h> has them where a long is 8 bytes. */
enum { HEAD = 128, DEFINITION = 120, LIVE = 16, PDP = 112, CDP = 80, POINTER = 8, VALUE = 8 };

uint64_t archives_file_bytes(const struct archives *a, size_t sources)
{
    uint64_t rras = archives_rras(a), n = sources;

    return HEAD + LIVE + rras * (DEFINITION + POINTER) + n * (DEFINITION + PDP) + n * rras * CDP +
           n * archives_rows(a) * VALUE;
}
