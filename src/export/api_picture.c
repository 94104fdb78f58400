/* api_picture: the address of a picture of a graph, checked. See api_query.h. */
#include <string.h>

#include "../base.h"
#include "api_params.h"
#include "api_query.h"

#define WIDTH      900
#define HEIGHT     300
#define PIXELS     4000
#define LEAST      120
#define TOP        5
#define TOP_MOST   10
#define SEGMENT    40 /* bytes of a part of the path */
#define WRONG_PATH "/graph/ is followed by host/WHAT, pcpu/N/WHAT, domain/UUID/WHAT or top/WHAT"

/* The next part of the path, up to a slash or the end; false for one too long or none. */
static bool segment(const char **rest, char out[SEGMENT])
{
    size_t len = strcspn(*rest, "/");

    if (!len || len >= SEGMENT)
        return false;
    memcpy(out, *rest, len);
    out[len] = '\0';
    *rest += len + ((*rest)[len] == '/');
    return true;
}

/* "cpu.svg": what of, and which kind. */
static bool file_name(struct past_picture *p, char what[API_WHAT], const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (!len || len >= API_WHAT)
        return false;
    p->svg = !strcmp(name + len, ".svg");
    if (!p->svg && strcmp(name + len, ".png") != 0)
        return false;
    memcpy(what, name, len);
    what[len] = '\0';
    p->what = what;
    return true;
}

static bool subject(struct past_picture *p, const char **rest)
{
    char part[SEGMENT];
    const char *end;

    if (!segment(rest, part))
        return false;
    p->subject.of = PAST_HOST;
    if (!strcmp(part, "top"))
        p->top = TOP;
    else if (!strcmp(part, "domain")) {
        p->subject.of = PAST_DOMAIN;
        return segment(rest, part) && uuid_parse(part, &p->subject.uuid);
    } else if (!strcmp(part, "pcpu")) {
        p->subject.of = PAST_PCPU;
        if (!segment(rest, part))
            return false;
        end = api_digits(part, &p->subject.id);
        return end && !*end;
    } else {
        return !strcmp(part, "host");
    }
    return true;
}

bool api_picture_parse(struct past_picture *p, char what[API_WHAT], const char *rest,
                       const struct api_params *params, uint64_t now_ns, char wrong[API_WRONG])
{
    const char *theme = params->get(params->from, "theme");
    struct api_span span;
    size_t width, height, n;

    *p = (struct past_picture){0};
    if (!subject(p, &rest) || !file_name(p, what, rest))
        return api_refuse(wrong, WRONG_PATH);
    if (theme && strcmp(theme, "dark") != 0 && strcmp(theme, "light") != 0)
        return api_refuse(wrong, "theme is dark or light");
    if (!api_span_parse(&span, params, now_ns, 86400, wrong) ||
        !api_count(params, "width", WIDTH, PIXELS, &width, wrong) ||
        !api_count(params, "height", HEIGHT, PIXELS, &height, wrong) ||
        !api_count(params, "n", TOP, TOP_MOST, &n, wrong))
        return false;
    p->dark = theme && !strcmp(theme, "dark");
    p->width = (unsigned)MAX(width, (size_t)LEAST);
    p->height = (unsigned)MAX(height, (size_t)LEAST);
    if (p->top)
        p->top = (unsigned)MAX(n, (size_t)1);
    p->from_ns = span.from_ns / NS_PER_S * NS_PER_S;
    p->to_ns = (span.to_ns + NS_PER_S - 1) / NS_PER_S * NS_PER_S;
    return true;
}
