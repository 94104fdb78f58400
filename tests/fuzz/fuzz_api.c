/* The parameters of the API and the addresses of pictures, whatever they hold. */
#include "fuzz.h"

#include "base.h"
#include "export/api_query.h"

/* The input is lines: a picture's address, then the parameters in this order. */
static const char *const names[] = {"from",   "to",    "uuid",  "of",         "id",     "metrics",
                                    "points", "limit", "at",    "resolution", "tables", "fields",
                                    "recent", "theme", "width", "height",     "n"};
static char lines[1 + ARRAY_LEN(names)][512];
static size_t count;

static const char *get(const void *from, const char *name)
{
    (void)from;
    for (size_t i = 0; i < ARRAY_LEN(names) && i + 1 < count; i++)
        if (!strcmp(names[i], name))
            return lines[i + 1][0] ? lines[i + 1] : NULL;
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct api_params p = {get, NULL};
    struct api_view view;
    struct api_graphs graphs;
    struct api_happened happened;
    struct past_picture picture;
    uint64_t at, resolution, now = UINT64_C(1795317165) * NS_PER_S;
    char wrong[API_WRONG], what[API_WHAT];
    size_t len = 0;

    memset(lines, 0, sizeof(lines));
    count = 1;
    for (size_t i = 0; i < size && count <= ARRAY_LEN(names); i++) {
        if (data[i] == '\n') {
            count++;
            len = 0;
        } else if (data[i] && len < sizeof(lines[0]) - 1) {
            lines[count - 1][len++] = (char)data[i];
        }
    }
    api_view_parse(&view, &p, wrong);
    if (api_graphs_parse(&graphs, &p, now, wrong)) {
        CHECK(graphs.points >= 1 && graphs.points <= API_POINTS_MOST);
        CHECK(graphs.span.from_ns < graphs.span.to_ns);
        CHECK(graphs.span.to_ns - graphs.span.from_ns <= API_RANGE_MOST);
        CHECK(graphs.more_count <= API_MORE);
    }
    if (api_happened_parse(&happened, &p, now, wrong))
        CHECK(happened.limit <= API_EVENTS_MOST);
    api_moment_parse(&at, &resolution, &p, now, wrong);
    if (api_picture_parse(&picture, what, lines[0], &p, now, wrong)) {
        CHECK(picture.width >= 120 && picture.width <= 4000 && strlen(what) < API_WHAT);
        CHECK(!strpbrk(what, "/.:\\\"'<> "));
    }
    return 0;
}
