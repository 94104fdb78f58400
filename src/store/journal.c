/* journal: see journal.h. */
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../format.h"
#include "../sanitize.h"
#include "files.h"
#include "layout.h"

#define DAY_NS  (86400 * NS_PER_S)
#define CRC_LEN 9 /* with its space */

static const char *const kinds[EVENT_KINDS] = {
    [EVENT_CREATED] = "created",
    [EVENT_STARTED] = "started",
    [EVENT_REBOOTED] = "rebooted",
    [EVENT_PAUSED] = "paused",
    [EVENT_UNPAUSED] = "unpaused",
    [EVENT_CRASHED] = "crashed",
    [EVENT_SHUT_DOWN] = "shut_down",
    [EVENT_DESTROYED] = "destroyed",
    [EVENT_MIGRATED_IN] = "migrated_in",
    [EVENT_MIGRATED_OUT] = "migrated_out",
    [EVENT_BALLOONED] = "ballooned",
    [EVENT_RENAMED] = "renamed",
    [EVENT_SUSPENDED] = "suspended",
    [EVENT_RESUMED] = "resumed",
    [EVENT_RESTORED] = "restored",
    [EVENT_DEVICE_ADDED] = "device_added",
    [EVENT_DEVICE_REMOVED] = "device_removed",
    [EVENT_COLLECTOR_FAILED] = "collector_failed",
    [EVENT_COLLECTOR_RECOVERED] = "collector_recovered",
    [EVENT_RECORDING_STARTED] = "recording_started",
    [EVENT_RECORDING_STOPPED] = "recording_stopped",
    [EVENT_GAP] = "gap",
    [EVENT_STORE_BAD] = "store_bad",
    [EVENT_STORE_OKAY] = "store_okay",
    [EVENT_REMOVED] = "removed",
};

const char *journal_word(enum event_kind kind)
{
    return (unsigned)kind < EVENT_KINDS ? kinds[kind] : NULL;
}

/* ---- writing ---- */

void journal_init(struct journal *j, int dir)
{
    *j = (struct journal){.dir = dir, .fd = -1};
}

/* What is sanitised has no control characters; quotes and backslashes are what is left. */
static void add_string(struct text *out, const char *key, const char *value)
{
    text_addf(out, ",\"%s\":\"", key);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_addc(out, '\\');
        if ((unsigned char)*value >= ' ')
            text_addc(out, *value);
    }
    text_addc(out, '"');
}

void journal_format(struct text *out, const struct journal_entry *entry)
{
    const struct event *e = &entry->event;
    size_t start = out->len;
    char when[FORMAT_MAX], uuid[UUID_TEXT], crc[CRC_LEN + 1];

    format_rfc3339(when, e->wall_ns);
    uuid_format(&e->uuid, uuid);
    text_addf(out, "%08x {\"time\":\"%s\",\"ns\":%" PRIu64, 0, when, e->wall_ns);
    add_string(out, "kind", e->kind < EVENT_KINDS ? kinds[e->kind] : entry->kind);
    add_string(out, "uuid", uuid);
    if (e->domid != UNKNOWN)
        text_addf(out, ",\"domid\":%" PRIu64, e->domid);
    add_string(out, "name", e->name);
    add_string(out, "detail", e->detail);
    if (entry->to_ns)
        text_addf(out, ",\"from\":%" PRIu64 ",\"to\":%" PRIu64, entry->from_ns, entry->to_ns);
    text_addc(out, '}');
    const char *json = out->data + start + CRC_LEN;
    snprintf(crc, sizeof(crc), "%08lx ",
             crc32(0, (const Bytef *)json, (uInt)(out->len - start - CRC_LEN)));
    memcpy(out->data + start, crc, CRC_LEN);
    text_addc(out, '\n');
}

/* How far it is filled; whether its last line has no end. */
static void look_at_day(struct journal *j)
{
    struct stat st;
    char last;

    j->torn = true;
    j->blocks = 0;
    if (fstat(j->fd, &st))
        return;
    j->torn = st.st_size && (pread(j->fd, &last, 1, st.st_size - 1) != 1 || last != '\n');
    j->blocks = (uint64_t)st.st_blocks;
}

static void count_growth(struct journal *j)
{
    struct stat st;

    if (fstat(j->fd, &st) || (uint64_t)st.st_blocks <= j->blocks)
        return;
    j->grown += ((uint64_t)st.st_blocks - j->blocks) * 512;
    j->blocks = (uint64_t)st.st_blocks;
}

int journal_sync(struct journal *j)
{
    if (!j->dirty || j->fd < 0)
        return 0;
    j->dirty = false;
    return fdatasync(j->fd) ? -errno : 0;
}

void journal_close(struct journal *j)
{
    journal_sync(j);
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
}

static int open_day(struct journal *j, uint64_t wall_ns)
{
    char path[LAYOUT_PATH];
    int folder;

    if (j->fd >= 0 && j->day == wall_ns / DAY_NS)
        return 0;
    journal_close(j);
    folder = files_folder(j->dir, LAYOUT_JOURNAL);
    if (folder < 0)
        return folder;
    layout_day(path, wall_ns);
    j->fd = openat(folder, path + strlen(LAYOUT_JOURNAL "/"),
                   O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
    int err = j->fd < 0 ? -errno : 0;
    close(folder);
    if (err)
        return err;
    j->day = wall_ns / DAY_NS;
    look_at_day(j);
    return 0;
}

int journal_append(struct journal *j, const struct journal_entry *entry)
{
    struct text line = {0};
    int err = open_day(j, entry->event.wall_ns);
    ssize_t n;

    if (err)
        return err;
    if (j->torn)
        text_addc(&line, '\n');
    journal_format(&line, entry);
    n = write(j->fd, line.data, line.len);
    if (n == (ssize_t)line.len) {
        j->torn = false;
        j->dirty = true;
    } else {
        err = n < 0 ? -errno : -ENOSPC;
        if (n > 0)
            j->torn = true;
    }
    count_growth(j);
    text_release(&line);
    return err;
}

/* ---- reading ---- */

static void get_string(struct json_object *o, const char *key, char *out, size_t cap)
{
    struct json_object *v = NULL;

    out[0] = '\0';
    if (json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string))
        sanitize(out, cap, json_object_get_string(v), (size_t)json_object_get_string_len(v));
}

static uint64_t get_number(struct json_object *o, const char *key, uint64_t otherwise)
{
    struct json_object *v = NULL;

    if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int) ||
        json_object_get_int64(v) < 0)
        return otherwise;
    return json_object_get_uint64(v);
}

static bool parse_object(struct json_object *o, struct journal_entry *entry)
{
    struct event *e = &entry->event;
    char uuid[UUID_TEXT + 1];

    if (!json_object_is_type(o, json_type_object))
        return false;
    e->wall_ns = get_number(o, "ns", 0);
    e->domid = get_number(o, "domid", UNKNOWN);
    get_string(o, "kind", entry->kind, sizeof(entry->kind));
    get_string(o, "name", e->name, sizeof(e->name));
    get_string(o, "detail", e->detail, sizeof(e->detail));
    get_string(o, "uuid", uuid, sizeof(uuid));
    uuid_parse(uuid, &e->uuid);
    entry->from_ns = get_number(o, "from", 0);
    entry->to_ns = get_number(o, "to", 0);
    e->kind = EVENT_KINDS;
    for (unsigned k = 0; k < EVENT_KINDS; k++)
        if (!strcmp(entry->kind, kinds[k]))
            e->kind = (enum event_kind)k;
    return e->wall_ns && entry->kind[0];
}

bool journal_parse(const char *line, size_t len, struct journal_entry *entry)
{
    struct json_tokener *tokener;
    struct json_object *o;
    char crc[CRC_LEN + 1];
    bool good;

    *entry = (struct journal_entry){0};
    if (len <= CRC_LEN || len > JOURNAL_LINE)
        return false;
    snprintf(crc, sizeof(crc), "%08lx ",
             crc32(0, (const Bytef *)line + CRC_LEN, (uInt)(len - CRC_LEN)));
    if (memcmp(line, crc, CRC_LEN) != 0)
        return false;
    tokener = json_tokener_new_ex(4);
    if (!tokener)
        die(EXIT_FAILED, "out of memory");
    o = json_tokener_parse_ex(tokener, line + CRC_LEN, (int)(len - CRC_LEN));
    /* An object and nothing behind it. */
    good = o && json_tokener_get_error(tokener) == json_tokener_success &&
           json_tokener_get_parse_end(tokener) == len - CRC_LEN && parse_object(o, entry);
    json_object_put(o);
    json_tokener_free(tokener);
    return good;
}

struct reading {
    uint64_t from_ns, to_ns;
    bool (*each)(void *arg, const struct journal_entry *entry);
    void *arg;
};

/* False when the caller has had enough. */
static bool read_line(const struct reading *r, const char *line, size_t len)
{
    struct journal_entry entry;

    if (!journal_parse(line, len, &entry) || entry.event.wall_ns < r->from_ns ||
        entry.event.wall_ns > r->to_ns)
        return true;
    return r->each(r->arg, &entry);
}

static bool read_day(const struct reading *r, int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    char buf[16 * JOURNAL_LINE];
    size_t len = 0;
    bool more = true, skip = false; /* skip: in the middle of a line that is too long */
    struct stat st;
    ssize_t n;

    if (fd < 0)
        return true;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return true;
    }
    while (more && (n = read(fd, buf + len, sizeof(buf) - len)) > 0) {
        char *line = buf, *end;
        len += (size_t)n;
        while (more && (end = memchr(line, '\n', len))) {
            if (!skip)
                more = read_line(r, line, (size_t)(end - line));
            skip = false;
            len -= (size_t)(end - line) + 1;
            line = end + 1;
        }
        if (len > JOURNAL_LINE) {
            skip = true;
            len = 0;
        }
        memmove(buf, line, len);
    }
    close(fd);
    return more;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

int journal_read(int dir, uint64_t from_ns, uint64_t to_ns,
                 bool (*each)(void *arg, const struct journal_entry *entry), void *arg)
{
    struct reading r = {from_ns, to_ns, each, arg};
    char(*names)[16] = NULL;
    size_t count = 0, cap = 0;
    struct dirent *d;
    uint64_t day;
    int folder = openat(dir, LAYOUT_JOURNAL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = folder < 0 ? NULL : fdopendir(folder);

    if (!list) {
        int err = errno;
        if (folder >= 0)
            close(folder);
        return err == ENOENT ? 0 : -err;
    }
    while ((d = readdir(list))) {
        if (!layout_day_parse(d->d_name, &day) || day > to_ns ||
            (from_ns > DAY_NS && day < from_ns - DAY_NS))
            continue;
        array_reserve(&names, &cap, count + 1, sizeof(*names));
        snprintf(names[count++], sizeof(*names), "%.15s", d->d_name);
    }
    if (count)
        qsort(names, count, sizeof(*names), by_name);
    for (size_t i = 0; i < count; i++)
        if (!read_day(&r, folder, names[i]))
            break;
    free(names);
    closedir(list);
    return 0;
}
