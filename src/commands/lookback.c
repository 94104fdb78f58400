/* lookback: see lookback.h. */
#include "lookback.h"

#include <errno.h>
#include <string.h>

#include "../base.h"
#include "../format.h"
#include "../store/reader.h"
#include "../when.h"

#define DAY_NS (86400 * NS_PER_S)

bool lookback_take(struct lookback *l, int option, const char *argument)
{
    switch (option) {
    case LOOKBACK_DIR: l->store = argument; return true;
    case LOOKBACK_FROM: l->from = argument; return true;
    case LOOKBACK_TO: l->to = argument; return true;
    default: return false;
    }
}

static uint64_t parse(const char *option, const char *text, const struct when *w)
{
    char message[WHEN_MESSAGE];
    uint64_t ns;

    if (when_parse(text, w, &ns, message))
        die(EXIT_USAGE, "--%s: %s", option, message);
    return ns;
}

static struct when when_of(struct past *past)
{
    struct when w = {.now_ns = clock_wall_ns()};
    int err = past->span(past, &w.first_ns, &w.last_ns);

    if (err == -ENODATA)
        die(EXIT_FAILED, "%s: nothing was recorded yet", past->name);
    if (err)
        die(EXIT_FAILED, "%s cannot be read: %s", past->name,
            err == -EBADMSG ? "it is damaged" : strerror(-err));
    return w;
}

static struct past *open_store(const char *dir)
{
    char message[READER_MESSAGE];
    struct past *past = store_past_open(dir, message);

    if (!past)
        die(EXIT_FAILED, "%s", message);
    return past;
}

/* Nothing lies between: of what was not given the sample is told that stands for it. */
static _Noreturn void refuse(const struct lookback *l, const struct when *w)
{
    char text[FORMAT_MAX];

    format_datetime(text, l->to ? w->first_ns : w->last_ns);
    if (!l->to)
        die(EXIT_USAGE, "--from=%s: nothing was recorded after %s", l->from, text);
    if (!l->from)
        die(EXIT_USAGE, "--to=%s: nothing was recorded before %s", l->to, text);
    die(EXIT_USAGE, "--from must be before --to");
}

/* A span beside all that was recorded: an empty picture would say that nothing happened. */
static void check_met(const struct past *past, const struct when *w, uint64_t from_ns,
                      uint64_t to_ns)
{
    char first[FORMAT_MAX], last[FORMAT_MAX];

    if (from_ns <= w->last_ns && to_ns >= w->first_ns)
        return;
    format_datetime(first, w->first_ns);
    format_datetime(last, w->last_ns);
    die(EXIT_FAILED, "%s: nothing was recorded at that time, but from %s to %s", past->name, first,
        last);
}

struct past *lookback_open(const struct lookback *l, uint64_t *from_ns, uint64_t *to_ns)
{
    struct past *past = open_store(l->store ? l->store : LOOKBACK_STORE);
    struct when w = when_of(past);
    *to_ns = w.last_ns;
    if (l->to && *l->to != '+')
        *to_ns = parse("to", l->to, &w);
    *from_ns = *to_ns > DAY_NS ? *to_ns - DAY_NS : 0;
    if (l->from)
        *from_ns = parse("from", l->from, &w);
    else if (*from_ns < w.first_ns)
        *from_ns = w.first_ns;
    if (l->to && *l->to == '+') {
        w.from_ns = *from_ns;
        *to_ns = parse("to", l->to, &w);
    }
    if (*from_ns >= *to_ns)
        refuse(l, &w);
    check_met(past, &w, *from_ns, *to_ns);
    return past;
}
