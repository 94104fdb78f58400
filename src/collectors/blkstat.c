/* blkstat: see blkstat.h. */
#include "blkstat.h"

#include <string.h>

#include "../base.h"
#include "../snapshot.h"

#define SECTOR_BYTES 512
#define NS_PER_MS    UINT64_C(1000000)
#define NS_PER_US    UINT64_C(1000)

/* A decimal number at *at, which moves past it; false where there is none or it is too long. */
static bool number(const char **at, const char *end, uint64_t *out)
{
    uint64_t n = 0;
    const char *p = *at;

    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (p == *at)
        return false;
    *at = p;
    *out = n;
    return true;
}

static void skip_spaces(const char **at, const char *end)
{
    while (*at < end && **at == ' ')
        (*at)++;
}

uint64_t counter_parse(const char *text, size_t len)
{
    const char *end = text + len;
    uint64_t n;

    if (!number(&text, end, &n) || text + (text < end && *text == '\n') != end)
        return UNKNOWN;
    return n;
}

static bool hex(const char **at, const char *end, unsigned *out)
{
    unsigned n = 0;
    const char *p = *at;

    for (; p < end && p - *at < 8; p++) {
        if (*p >= '0' && *p <= '9')
            n = n << 4 | (unsigned)(*p - '0');
        else if (*p >= 'a' && *p <= 'f')
            n = n << 4 | (unsigned)(*p - 'a' + 10);
        else
            break;
    }
    if (p == *at)
        return false;
    *at = p;
    *out = n;
    return true;
}

bool physical_device_parse(const char *text, size_t len, unsigned *major, unsigned *minor)
{
    const char *end = text + len;

    if (!hex(&text, end, major) || text == end || *text++ != ':' || !hex(&text, end, minor))
        return false;
    /* Before the toolstack has said which device it is, it reads 0:0. */
    return text + (text < end && *text == '\n') == end && (*major || *minor);
}

bool blkstat_parse(const char *text, size_t len, struct blkstat *out)
{
    /* reads merged sectors ms writes merged sectors ms in_flight io_ticks time_in_queue */
    const char *end = text + len;
    uint64_t v[11];

    for (size_t i = 0; i < ARRAY_LEN(v); i++) {
        skip_spaces(&text, end);
        if (!number(&text, end, &v[i]))
            return false;
    }
    *out = (struct blkstat){.rd_reqs = v[0],
                            .rd_ns = v[3] * NS_PER_MS,
                            .wr_reqs = v[4],
                            .wr_ns = v[7] * NS_PER_MS,
                            .in_flight = v[8],
                            .busy_ns = v[9] * NS_PER_MS};
    return true;
}

/* "   7       0 loop0 1276 0 20068 ..." */
static bool diskstats_parse(const char *at, const char *end, struct diskstats_line *line)
{
    uint64_t major, minor;

    skip_spaces(&at, end);
    if (!number(&at, end, &major) || major > UINT32_MAX)
        return false;
    skip_spaces(&at, end);
    if (!number(&at, end, &minor) || minor > UINT32_MAX)
        return false;
    skip_spaces(&at, end);
    const char *name = memchr(at, ' ', (size_t)(end - at));
    if (!name)
        return false;
    *line = (struct diskstats_line){.major = (unsigned)major,
                                    .minor = (unsigned)minor,
                                    .text = name + 1,
                                    .len = (size_t)(end - name - 1)};
    return true;
}

bool diskstats_next(const char **at, const char *end, struct diskstats_line *line)
{
    const char *newline;

    while (*at < end && (newline = memchr(*at, '\n', (size_t)(end - *at)))) {
        const char *start = *at;
        *at = newline + 1;
        if (diskstats_parse(start, newline, line))
            return true;
    }
    return false;
}

uint64_t blkstat_latency(uint64_t reqs_before, uint64_t ns_before, uint64_t reqs, uint64_t ns,
                         uint64_t last)
{
    if (reqs <= reqs_before || ns < ns_before)
        return last;
    return (ns - ns_before) / (reqs - reqs_before);
}

bool tapstat_parse(const void *bytes, size_t len, struct tapstat *out)
{
    struct {
        uint32_t version, pad;
        uint64_t oo, rd_in, rd_done, rd_sectors, rd_us, wr_in, wr_done, wr_sectors, wr_us;
        uint64_t errors, flags;
    } record;

    _Static_assert(sizeof(record) == TAPSTAT_BYTES, "as tapdisk3 writes it");
    if (len < sizeof(record))
        return false;
    memcpy(&record, bytes, sizeof(record));
    if (record.version != 1)
        return false;
    *out = (struct tapstat){.oo_reqs = record.oo,
                            .rd_reqs = record.rd_in,
                            .wr_reqs = record.wr_in,
                            .rd_bytes = record.rd_sectors * SECTOR_BYTES,
                            .wr_bytes = record.wr_sectors * SECTOR_BYTES,
                            .rd_done = record.rd_done,
                            .rd_ns = record.rd_us * NS_PER_US,
                            .wr_done = record.wr_done,
                            .wr_ns = record.wr_us * NS_PER_US};
    return true;
}

bool backend_name_parse(const char *text, struct backend_name *out)
{
    size_t kind = strcspn(text, "-"), len = strlen(text);
    const char *at = text + kind, *end = text + len;

    if (!kind || kind >= sizeof(out->kind) || *at != '-')
        return false;
    memcpy(out->kind, text, kind);
    out->kind[kind] = '\0';
    at++;
    if (!number(&at, end, &out->domid) || at == end || *at++ != '-')
        return false;
    return number(&at, end, &out->id) && at == end;
}
