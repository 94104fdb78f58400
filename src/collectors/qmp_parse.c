/* qmp_parse: see qmp_parse.h. */
#include "qmp_parse.h"

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "../base.h"
#include "../snapshot.h"

/* A chain of snapshots nests two levels for each image. */
#define DEPTH 256

#define DISKS_MOST      (1u << 20) /* of one kind of bus: xen-vbd-interface.7 */
#define PARTITIONS_MOST 255

/* "a" is 0, "z" 25, "aa" 26; moves *at past the letters. */
static bool disk_letters(const char **at, const char *end, uint64_t *disk)
{
    const char *p = *at;

    *disk = 0;
    for (; p < end && *p >= 'a' && *p <= 'z'; p++) {
        *disk = *disk * 26 + (uint64_t)(*p - 'a') + 1;
        if (*disk > DISKS_MOST)
            return false;
    }
    if (p == *at)
        return false;
    --*disk;
    *at = p;
    return true;
}

/* A number as strtol reads one of base 0, "0x10" or "020" or "16", without a sign; moves *at past
 * it. */
static bool number(const char **at, const char *end, uint64_t most, uint64_t *out)
{
    const char *p = *at;
    bool hex = end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') &&
               isxdigit((unsigned char)p[2]);
    unsigned base = hex ? 16 : p < end && *p == '0' ? 8 : 10;

    *out = 0;
    for (p += hex ? 2 : 0; p < end && isxdigit((unsigned char)*p); p++) {
        unsigned digit = *p <= '9' ? (unsigned)(*p - '0') : ((unsigned)*p | 0x20) - 'a' + 10;
        if (digit >= base)
            break;
        *out = *out * base + digit;
        if (*out > most)
            return false;
    }
    bool some = p > *at;
    *at = p;
    return some;
}

/* A partition in decimal, to the end; 0 for none. No zero stands in front. */
static bool partition(const char *at, const char *end, uint64_t most, uint64_t *part)
{
    *part = 0;
    return at == end || (*at >= '1' && *at <= '9' && number(&at, end, most, part) && at == end);
}

static uint64_t xvd(uint64_t disk, uint64_t part)
{
    bool old = disk <= 15 && part <= 15;
    return old ? 202 << 8 | disk << 4 | part : 1u << 28 | disk << 8 | part;
}

/* "d3p1": as xvdd1, for any disk. */
static bool disk_and_partition(const char *at, const char *end, uint64_t *id)
{
    uint64_t disk, part;

    if (at == end || *at++ != 'd' || !number(&at, end, DISKS_MOST - 1, &disk))
        return false;
    if (at == end || *at++ != 'p' || !number(&at, end, PARTITIONS_MOST, &part) || at != end)
        return false;
    *id = xvd(disk, part);
    return true;
}

bool vdev_parse(const char *name, size_t len, uint64_t *id)
{
    static const struct {
        const char *name;
        uint64_t disks, parts;
    } buses[] = {{"xvd", DISKS_MOST, PARTITIONS_MOST}, {"hd", 4, 63}, {"sd", 16, 15}};
    const char *end = name + len, *at = name;
    uint64_t disk, part;
    size_t bus = 0;

    if (disk_and_partition(name, end, id))
        return true;
    if (len && name[0] >= '0' && name[0] <= '9')
        return number(&at, end, INT32_MAX, id) && at == end;
    while (bus < ARRAY_LEN(buses) && (len < strlen(buses[bus].name) ||
                                      memcmp(name, buses[bus].name, strlen(buses[bus].name)) != 0))
        bus++;
    if (bus == ARRAY_LEN(buses))
        return false;
    at += strlen(buses[bus].name);
    if (!disk_letters(&at, end, &disk) || disk >= buses[bus].disks ||
        !partition(at, end, buses[bus].parts, &part))
        return false;
    switch (bus) {
    case 0: *id = xvd(disk, part); break;
    case 1: *id = (disk < 2 ? 3u : 22u) << 8 | (disk & 1) << 6 | part; break;
    default: *id = 8 << 8 | disk << 4 | part; break;
    }
    return true;
}

static struct json_object *member(struct json_object *object, const char *key, json_type type)
{
    struct json_object *value = NULL;

    if (!json_object_is_type(object, json_type_object) ||
        !json_object_object_get_ex(object, key, &value))
        return NULL;
    return json_object_is_type(value, type) ? value : NULL;
}

static uint64_t counter(struct json_object *stats, const char *key)
{
    struct json_object *value = member(stats, key, json_type_int);

    if (!value || json_object_get_int64(value) < 0)
        return UNKNOWN;
    return json_object_get_uint64(value);
}

static bool disk_of(struct json_object *entry, struct qmp_disk *out)
{
    struct json_object *node = member(entry, "node-name", json_type_string);
    struct json_object *stats = member(entry, "stats", json_type_object);
    const char *name = node ? json_object_get_string(node) : "", *dash = strchr(name, '-');

    if (!stats || !dash || !vdev_parse(name, (size_t)(dash - name), &out->id))
        return false;
    out->rd_reqs = counter(stats, "rd_operations");
    out->wr_reqs = counter(stats, "wr_operations");
    out->rd_bytes = counter(stats, "rd_bytes");
    out->wr_bytes = counter(stats, "wr_bytes");
    out->rd_ns = counter(stats, "rd_total_time_ns");
    out->wr_ns = counter(stats, "wr_total_time_ns");
    return true;
}

static enum qmp_line line_kind(struct json_object *line)
{
    static const struct {
        const char *key;
        enum qmp_line kind;
    } kinds[] = {
        {"return", QMP_RETURN}, {"error", QMP_ERROR}, {"event", QMP_EVENT}, {"QMP", QMP_GREETING}};

    for (size_t i = 0; json_object_is_type(line, json_type_object) && i < ARRAY_LEN(kinds); i++)
        if (json_object_object_get_ex(line, kinds[i].key, NULL))
            return kinds[i].kind;
    return QMP_BAD;
}

enum qmp_line qmp_parse(const char *line, size_t len, struct qmp_disk disks[QMP_DISKS],
                        size_t *count)
{
    struct json_tokener *tok = json_tokener_new_ex(DEPTH);
    struct json_object *top = tok ? json_tokener_parse_ex(tok, line, (int)MIN(len, 1u << 30))
                                  : NULL;
    enum qmp_line kind = line_kind(top);
    struct json_object *list = member(top, "return", json_type_array);
    size_t entries = list ? json_object_array_length(list) : 0;

    *count = 0;
    for (size_t i = 0; i < entries && *count < QMP_DISKS; i++)
        *count += disk_of(json_object_array_get_idx(list, i), &disks[*count]);
    json_object_put(top);
    if (tok)
        json_tokener_free(tok);
    return kind;
}
