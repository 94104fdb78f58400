/* fetched: see fetched.h. */
#include "fetched.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "RWS1", then status, then the length. */
#define MAGIC 0x31535752u

/* The answer's fixed part: step, first, rows, sources, whether there is more; then the names,
 * FETCHED_NAME bytes each, then the values. Both sides are one program on one machine: numbers are
 * as they lie in memory. */
struct fixed {
    uint64_t step_s, first_s, count, sources, more;
};

void fetched_release(struct fetched *r)
{
    free(r->names);
    free(r->values);
    *r = (struct fetched){0};
}

int fetched_source(const struct fetched *r, const char *name)
{
    for (size_t i = 0; i < r->sources; i++)
        if (!strcmp(r->names[i], name))
            return (int)i;
    return -1;
}

bool fetched_name_good(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return len > 0 && len < FETCHED_NAME && !name[len];
}

void fetched_encode_header(uint8_t out[FETCHED_HEADER], int status, uint64_t len)
{
    uint32_t magic = MAGIC;
    int32_t word = status;

    memcpy(out, &magic, 4);
    memcpy(out + 4, &word, 4);
    memcpy(out + 8, &len, 8);
}

bool fetched_decode_header(const uint8_t in[FETCHED_HEADER], int *status, uint64_t *len)
{
    uint32_t magic;
    int32_t word;

    memcpy(&magic, in, 4);
    memcpy(&word, in + 4, 4);
    memcpy(len, in + 8, 8);
    *status = word;
    return magic == MAGIC && word <= 0 && word > -4096 &&
           *len <= sizeof(struct fixed) + (uint64_t)FETCHED_MAX_SOURCES * FETCHED_NAME +
                       (uint64_t)FETCHED_MAX_VALUES * sizeof(double);
}

void fetched_encode(struct text *out, const struct fetched *r)
{
    struct fixed fixed = {r->step_s, r->first_s, r->count, r->sources, r->more};

    text_add(out, &fixed, sizeof(fixed));
    if (r->sources)
        text_add(out, r->names, r->sources * FETCHED_NAME);
    if (r->count && r->sources)
        text_add(out, r->values, r->count * r->sources * sizeof(double));
}

static bool fixed_good(const struct fixed *f, size_t len)
{
    /* Times that fit in nanoseconds: until the year 2554. */
    return f->step_s > 0 && f->step_s <= 366 * 86400 && f->first_s < UINT64_MAX / NS_PER_S / 2 &&
           f->count <= FETCHED_MAX_ROWS && f->sources <= FETCHED_MAX_SOURCES &&
           f->count * f->sources <= FETCHED_MAX_VALUES && f->more <= 1 &&
           len == sizeof(*f) + f->sources * FETCHED_NAME + f->count * f->sources * sizeof(double);
}

int fetched_decode(struct fetched *r, const void *data, size_t len)
{
    const uint8_t *p = data;
    struct fixed fixed;

    r->count = r->sources = 0;
    r->more = false;
    if (len < sizeof(fixed))
        return -EBADMSG;
    memcpy(&fixed, p, sizeof(fixed));
    p += sizeof(fixed);
    if (!fixed_good(&fixed, len))
        return -EBADMSG;
    array_reserve(&r->names, &r->names_cap, fixed.sources + 1, FETCHED_NAME);
    memcpy(r->names, p, fixed.sources * FETCHED_NAME);
    p += fixed.sources * FETCHED_NAME;
    for (size_t i = 0; i < fixed.sources; i++)
        if (!memchr(r->names[i], '\0', FETCHED_NAME) || !fetched_name_good(r->names[i]))
            return -EBADMSG;
    size_t values = fixed.count * fixed.sources;
    array_reserve(&r->values, &r->values_cap, values + 1, sizeof(double));
    memcpy(r->values, p, values * sizeof(double));
    for (size_t i = 0; i < values; i++)
        if (!isfinite(r->values[i]))
            r->values[i] = NAN;
    r->step_s = fixed.step_s;
    r->first_s = fixed.first_s;
    r->count = fixed.count;
    r->sources = fixed.sources;
    r->more = fixed.more;
    return 0;
}
