/* http_accept: see http_accept.h. A weight is in thousandths. */
#include "http_accept.h"

#include <string.h>
#include <strings.h>

#define WEIGHT_MAX 1000

/* A piece of a header. */
struct span {
    const char *at;
    size_t len;
};

static struct span trimmed(const char *at, size_t len)
{
    while (len && (*at == ' ' || *at == '\t'))
        at++, len--;
    while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
        len--;
    return (struct span){at, len};
}

/* The next piece before one of `separator`, quoted strings taken whole. *rest moves behind it. */
static struct span next(struct span *rest, char separator)
{
    const char *start = rest->at;
    bool quoted = false;
    size_t i = 0;

    for (; i < rest->len && (quoted || start[i] != separator); i++) {
        if (start[i] == '\\' && quoted && i + 1 < rest->len)
            i++;
        else if (start[i] == '"')
            quoted = !quoted;
    }
    size_t taken = i < rest->len ? i + 1 : i;
    rest->at += taken;
    rest->len -= taken;
    return trimmed(start, i);
}

static bool same(struct span a, struct span b)
{
    return a.len == b.len && !strncasecmp(a.at, b.at, a.len);
}

static struct span span(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* "0.25": 250; -1 for what is no weight. */
static int weight(struct span s)
{
    int value, scale = 100;

    if (!s.len || s.len > 5 || (s.at[0] != '0' && s.at[0] != '1'))
        return -1;
    value = (s.at[0] - '0') * WEIGHT_MAX;
    if (s.len > 1 && s.at[1] != '.')
        return -1;
    for (size_t i = 2; i < s.len; i++, scale /= 10) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return -1;
        value += (s.at[i] - '0') * scale;
    }
    return value <= WEIGHT_MAX ? value : -1;
}

static struct span before(struct span s, char c, struct span *after)
{
    const char *at = memchr(s.at, c, s.len);

    *after = (struct span){s.at + s.len, 0};
    if (!at)
        return trimmed(s.at, s.len);
    *after = trimmed(at + 1, s.len - (size_t)(at - s.at) - 1);
    return trimmed(s.at, (size_t)(at - s.at));
}

static struct span unquoted(struct span s)
{
    if (s.len >= 2 && s.at[0] == '"' && s.at[s.len - 1] == '"')
        return (struct span){s.at + 1, s.len - 2};
    return s;
}

/* ---- Accept ---- */

/* The value of a type's own parameter; false without it. */
static bool param_of(struct span params, struct span name, struct span *value)
{
    while (params.len) {
        struct span part = next(&params, ';'), v;
        if (same(before(part, '=', &v), name)) {
            *value = unquoted(v);
            return true;
        }
    }
    return false;
}

/* How closely a range means a type: 0 not at all; weight is set to its q, -1 when malformed. */
static int closeness(struct span range, struct span type, int *q)
{
    struct span type_params = type, type_name = next(&type_params, ';'), sub, range_sub;
    struct span name = next(&range, ';');
    struct span major = before(type_name, '/', &sub), range_major = before(name, '/', &range_sub);
    int close = 1;

    *q = WEIGHT_MAX;
    if (same(range_major, major))
        close = same(range_sub, sub) ? 3 : same(range_sub, span("*")) ? 2 : 0;
    else if (!same(range_major, span("*")) || !same(range_sub, span("*")))
        close = 0;
    while (range.len) {
        struct span part = next(&range, ';'), value, own;
        struct span param = before(part, '=', &value);
        if (same(param, span("q"))) {
            *q = weight(value);
            break;
        }
        if (close >= 3 && param_of(type_params, param, &own)) {
            if (!same(own, unquoted(value)))
                return 0;
            close = 4;
        }
    }
    return close;
}

/* The weight of a type: that of the range that means it most closely. */
static int type_weight(const char *header, const char *type)
{
    struct span rest = span(header);
    int best = 0, result = 0;

    while (rest.len) {
        struct span range = next(&rest, ',');
        int q, close = closeness(range, span(type), &q);
        if (q < 0 || close < best || !close)
            continue;
        result = close > best || q > result ? q : result;
        best = close;
    }
    return result;
}

int accept_type(const char *header, const char *const *types, size_t count)
{
    int chosen = -1, most = 0;

    if (!header || !span(header).len)
        return count ? 0 : -1;
    for (size_t i = 0; i < count; i++) {
        int q = type_weight(header, types[i]);
        if (q > most) {
            most = q;
            chosen = (int)i;
        }
    }
    return chosen;
}

/* ---- Accept-Encoding ---- */

bool accept_gzip(const char *header)
{
    struct span rest;
    int gzip = -1, any = -1, identity = -1;

    if (!header)
        return false;
    rest = span(header);
    while (rest.len) {
        struct span part = next(&rest, ','), coding = next(&part, ';');
        int q = WEIGHT_MAX;
        while (part.len) {
            struct span param = next(&part, ';'), value;
            if (same(before(param, '=', &value), span("q")))
                q = weight(value);
        }
        if (q < 0)
            continue;
        if (same(coding, span("gzip")) || same(coding, span("x-gzip")))
            gzip = q > gzip ? q : gzip;
        else if (same(coding, span("identity")))
            identity = q;
        else if (same(coding, span("*")))
            any = q;
    }
    if (gzip < 0)
        gzip = any;
    return gzip > 0 && gzip >= identity;
}

/* ---- If-None-Match ---- */

bool etag_matches(const char *header, const char *etag)
{
    struct span rest;

    if (!header)
        return false;
    rest = span(header);
    while (rest.len) {
        struct span tag = next(&rest, ',');
        if (same(tag, span("*")))
            return true;
        if (tag.len > 2 && !strncmp(tag.at, "W/", 2)) {
            tag.at += 2;
            tag.len -= 2;
        }
        if (tag.len >= 2 && tag.at[0] == '"' && tag.at[tag.len - 1] == '"' &&
            tag.len - 2 == strlen(etag) && !strncmp(tag.at + 1, etag, tag.len - 2))
            return true;
    }
    return false;
}
