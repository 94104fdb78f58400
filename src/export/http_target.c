/* http_target: see http_target.h. */
#include "http_target.h"

#include <string.h>

#include "utf8.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where text is decoded to, one piece after the other. */
struct decoder {
    char *to;
    const char **why;
};

static const char *wrong(struct decoder *d, const char *why)
{
    *d->why = why;
    return NULL;
}

/* C1 controls are two bytes: 0xc2 0x80 to 0xc2 0x9f. */
static bool clean(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p) {
        size_t len = utf8_len(p);
        if (!len || *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
            return false;
        p += len;
    }
    return true;
}

/* len bytes at raw, decoded and checked; NULL when they are not right. */
static const char *decode(struct decoder *d, const char *raw, size_t len, bool query)
{
    char *start = d->to;

    for (size_t i = 0; i < len; i++) {
        char c = raw[i];
        if (c == '%') {
            int high = i + 2 < len ? hex(raw[i + 1]) : -1, low = high >= 0 ? hex(raw[i + 2]) : -1;
            if (low < 0)
                return wrong(d, "a '%' that is not followed by two hexadecimal digits");
            c = (char)(high << 4 | low);
            i += 2;
            if (!c || (c == '/' && !query))
                return wrong(d, "an escape that stands for NUL or, in a path, for '/'");
        } else if (c == '+' && query) {
            c = ' ';
        }
        *d->to++ = c;
    }
    *d->to++ = '\0';
    if (!clean(start))
        return wrong(d, "text that is not UTF-8, or control characters");
    return start;
}

/* No "//", "/./" or "/../": a path has one form. */
static bool segments_are_plain(const char *path)
{
    for (const char *p = path; *p == '/';) {
        size_t len = strcspn(++p, "/");
        bool last = !p[len];
        if (!last && !len)
            return false;
        if ((len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        p += len;
    }
    return true;
}

static bool add_param(struct http_target *t, struct decoder *d, const char *raw, size_t len)
{
    const char *equals = memchr(raw, '=', len);
    size_t name_len = equals ? (size_t)(equals - raw) : len;
    const char *name, *value;

    if (t->param_count == HTTP_MAX_PARAMS)
        return wrong(d, "too many parameters");
    name = decode(d, raw, name_len, true);
    value = !name ? NULL : equals ? decode(d, equals + 1, len - name_len - 1, true) : "";
    if (!value)
        return false;
    for (size_t i = 0; i < t->param_count; i++)
        if (!strcmp(t->params[i].name, name))
            return wrong(d, "a parameter that is given twice");
    t->params[t->param_count++] = (struct http_param){.name = name, .value = value};
    return true;
}

/* "http://host/path" is "/path": RFC 9112 has servers take both. */
static const char *skip_authority(const char *raw)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t n = strlen(schemes[i]);
        if (!strncmp(raw, schemes[i], n))
            return raw + n + strcspn(raw + n, "/?");
    }
    return raw;
}

int http_target_parse(struct http_target *t, const char *raw, const char **why)
{
    struct decoder d = {.to = t->room, .why = why};
    size_t path_len;

    t->param_count = 0;
    t->path = "/";
    if (strlen(raw) > HTTP_MAX_TARGET) {
        *why = "a path and query that are too long";
        return 414;
    }
    raw = skip_authority(raw);
    path_len = strcspn(raw, "?");
    if (raw[0] != '/') {
        *why = "no path";
        return 400;
    }
    t->path = decode(&d, raw, path_len, false);
    if (t->path && !segments_are_plain(t->path)) {
        *why = "an empty segment, \".\" or \"..\" in the path";
        t->path = NULL;
    }
    if (!t->path) {
        t->path = "/";
        return 400;
    }
    raw += path_len;
    while (*raw) {
        size_t len = strcspn(++raw, "&");
        if (len && !add_param(t, &d, raw, len))
            return 400;
        raw += len;
    }
    return 0;
}
