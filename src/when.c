/* when: see when.h. */
#include "when.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base.h"

#define SECOND       NS_PER_S
#define DAY_S        INT64_C(86400)
#define DURATION_MAX (36525 * (uint64_t)DAY_S * SECOND)
#define YEAR_MAX     2500 /* its nanoseconds fit */

__attribute__((format(printf, 2, 3))) static int wrong(char message[WHEN_MESSAGE], const char *fmt,
                                                       ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, WHEN_MESSAGE, fmt, ap);
    va_end(ap);
    return -EINVAL;
}

static const char *spaces(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* Up to `most` digits; NULL where there are fewer than `least`. */
static const char *digits(const char *p, int least, int most, int *out)
{
    int n = 0;

    *out = 0;
    while (n < most && isdigit((unsigned char)*p)) {
        *out = *out * 10 + (*p++ - '0');
        n++;
    }
    return n >= least ? p : NULL;
}

/* ".25" as nanoseconds, where there is one. Further digits than nanoseconds are passed over. */
static const char *fraction(const char *p, uint64_t *ns)
{
    uint64_t unit = SECOND;

    *ns = 0;
    if (*p != '.' || !isdigit((unsigned char)p[1]))
        return p;
    for (p++; isdigit((unsigned char)*p); p++) {
        unit /= 10;
        *ns += unit * (uint64_t)(*p - '0');
    }
    return p;
}

/* ---- durations ---- */

static const struct {
    const char *names[4];
    uint64_t seconds;
} units[] = {
    /* "M" and "m" differ: the first name is compared as it stands. */
    {{"y", "year", "years"}, 365 * DAY_S},  {{"M", "month", "months"}, 30 * DAY_S},
    {{"w", "week", "weeks"}, 7 * DAY_S},    {{"d", "day", "days"}, DAY_S},
    {{"h", "hour", "hours"}, 3600},         {{"m", "minute", "minutes", "min"}, 60},
    {{"s", "second", "seconds", "sec"}, 1},
};

/* The unit at p; past its end in *end. ARRAY_LEN(units) where there is none. */
static size_t unit_at(const char *p, const char **end)
{
    size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyzM");

    *end = p + len;
    for (size_t u = 0; u < ARRAY_LEN(units); u++)
        for (size_t n = 0; n < ARRAY_LEN(units[u].names) && units[u].names[n]; n++)
            if (strlen(units[u].names[n]) == len && !memcmp(units[u].names[n], p, len))
                return u;
    return ARRAY_LEN(units);
}

/* One "12.5h" at p, added to *ns. NULL where there is none, or one of a unit that is no smaller
 * than the one before. */
static const char *duration_part(const char *p, uint64_t *ns, size_t *before)
{
    const char *end;
    uint64_t n = 0, part, rest;

    if (!isdigit((unsigned char)*p))
        return NULL;
    for (; isdigit((unsigned char)*p); p++) {
        n = n * 10 + (uint64_t)(*p - '0');
        if (n > DURATION_MAX / SECOND)
            return NULL;
    }
    p = spaces(fraction(p, &rest));
    size_t unit = unit_at(p, &end);
    if (unit == ARRAY_LEN(units)) {
        /* A bare number is seconds, when it is all there is. */
        if (*before != ARRAY_LEN(units) || end != p)
            return NULL;
        unit = ARRAY_LEN(units) - 1;
    } else if (*before != ARRAY_LEN(units) && unit <= *before) {
        return NULL;
    }
    *before = unit;
    if (__builtin_mul_overflow(n * SECOND + rest, units[unit].seconds, &part))
        return NULL;
    if (part > DURATION_MAX || (*ns += part) > DURATION_MAX)
        return NULL;
    return end;
}

/* All the parts from p on; where they end, or NULL. */
static const char *duration_at(const char *p, uint64_t *ns)
{
    size_t before = ARRAY_LEN(units);

    *ns = 0;
    p = spaces(p);
    do {
        p = duration_part(p, ns, &before);
        if (!p)
            return NULL;
        p = spaces(p);
    } while (isdigit((unsigned char)*p));
    return p;
}

int when_duration(const char *text, uint64_t *ns, char message[WHEN_MESSAGE])
{
    const char *end = duration_at(text, ns);

    if (!end || *end || !*ns)
        return wrong(message, "'%.40s' is no duration; say 10s, 5m, 2h, 1d12h or 1w", text);
    return 0;
}

/* ---- local time ---- */

static int fields_compare(const struct tm *a, const struct tm *b)
{
    const int x[] = {a->tm_year, a->tm_mon, a->tm_mday, a->tm_hour, a->tm_min, a->tm_sec};
    const int y[] = {b->tm_year, b->tm_mon, b->tm_mday, b->tm_hour, b->tm_min, b->tm_sec};

    for (size_t i = 0; i < ARRAY_LEN(x); i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* The first moment from `from` on, before `to`, when the clock shows at least that. */
static time_t first_showing(const struct tm *wanted, time_t from, time_t to)
{
    struct tm tm;

    while (from < to) {
        time_t middle = from + (to - from) / 2;
        localtime_r(&middle, &tm);
        if (fields_compare(&tm, wanted) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* When the local clock showed that; its fields are in range, but the day may be one too many for
 * its month, and is then of the next (so that a day can be added). */
static time_t local_time(struct tm wanted)
{
    time_t best = 0;
    bool found = false;

    /* To have the day, the month and the year agree, without a zone's doings. */
    time_t plain = timegm(&wanted);
    gmtime_r(&plain, &wanted);
    for (int dst = -1; dst <= 1; dst++) {
        struct tm tm = wanted, shown;
        tm.tm_isdst = dst;
        time_t t = mktime(&tm);
        localtime_r(&t, &shown);
        if (fields_compare(&shown, &wanted) || (found && t >= best))
            continue;
        best = t;
        found = true;
    }
    if (found)
        return best;
    wanted.tm_isdst = -1;
    struct tm tm = wanted;
    time_t near = mktime(&tm);
    return first_showing(&wanted, near - DAY_S / 2, near + DAY_S / 2);
}

/* A day of the calendar, so many days from the one of wall_ns, at a time of day. */
static time_t day_at(uint64_t wall_ns, int days, const struct tm *clock)
{
    time_t t = (time_t)(wall_ns / SECOND);
    struct tm tm;

    localtime_r(&t, &tm);
    tm.tm_mday += days;
    tm.tm_hour = clock->tm_hour;
    tm.tm_min = clock->tm_min;
    tm.tm_sec = clock->tm_sec;
    return local_time(tm);
}

/* ---- times ---- */

struct parse {
    const struct when *w;
    const char *text;
    uint64_t *out;
    char *message;
};

static int not_a_time(const struct parse *p)
{
    return wrong(p->message,
                 "'%.40s' is no time; say -2h, 03:12, yesterday 03:12 or 2026-11-22 03:10",
                 p->text);
}

static int give(const struct parse *p, time_t seconds, uint64_t ns)
{
    if (seconds < 0)
        return wrong(p->message, "'%.40s' is before 1970", p->text);
    *p->out = (uint64_t)seconds * SECOND + ns;
    return 0;
}

/* "3:12", "03:12:30.5": where it ends, or NULL. */
static const char *clock_at(const char *p, struct tm *tm, uint64_t *ns)
{
    tm->tm_sec = 0;
    *ns = 0;
    p = digits(p, 1, 2, &tm->tm_hour);
    if (!p || *p != ':' || !(p = digits(p + 1, 2, 2, &tm->tm_min)))
        return NULL;
    if (*p == ':') {
        p = digits(p + 1, 2, 2, &tm->tm_sec);
        if (p)
            p = fraction(p, ns);
    }
    return p && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60 ? p : NULL;
}

/* Counted from a moment: "-2h" and "+10m", at p. Nothing leaves it where it is. */
static int counted(const struct parse *p, const char *at, uint64_t from_ns)
{
    uint64_t ns;
    bool back = *at == '-';

    if (!*at) {
        *p->out = from_ns;
        return 0;
    }
    if (*at != '-' && *at != '+')
        return not_a_time(p);
    const char *end = duration_at(at + 1, &ns);
    if (!end || *end)
        return wrong(p->message, "'%.40s' is no duration; say 10s, 5m, 2h, 1d12h or 1w",
                     spaces(at + 1));
    if (back && ns > from_ns)
        return wrong(p->message, "'%.40s' is before 1970", p->text);
    if (back)
        *p->out = from_ns - ns;
    else if (__builtin_add_overflow(from_ns, ns, p->out))
        return not_a_time(p);
    return 0;
}

/* The time of day after a word that means a day; none is its beginning. */
static int clock_after(const struct parse *p, const char *at, struct tm *tm, uint64_t *ns)
{
    *tm = (struct tm){0};
    *ns = 0;
    at = spaces(at);
    if (!*at)
        return 0;
    at = clock_at(at, tm, ns);
    return at && !*spaces(at) ? 0 : not_a_time(p);
}

static int day_word(const struct parse *p, const char *rest, int days)
{
    struct tm tm;
    uint64_t ns;
    int status = clock_after(p, rest, &tm, &ns);

    return status ? status : give(p, day_at(p->w->now_ns, days, &tm), ns);
}

/* The last one that was, today's included when it is past. */
static int weekday(const struct parse *p, const char *rest, int wanted)
{
    time_t now = (time_t)(p->w->now_ns / SECOND);
    struct tm tm, today;
    uint64_t ns;
    int status = clock_after(p, rest, &tm, &ns);

    if (status)
        return status;
    localtime_r(&now, &today);
    int back = (today.tm_wday - wanted + 7) % 7;
    if (!back && day_at(p->w->now_ns, 0, &tm) > now)
        back = 7;
    return give(p, day_at(p->w->now_ns, -back, &tm), ns);
}

static int word(const struct parse *p, size_t len)
{
    static const char *const days[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};
    const char *text = p->text, *rest = spaces(text + len);
    const struct when *w = p->w;

#define IS(name) (len == strlen(name) && !strncasecmp(text, name, len))
    if (IS("now"))
        return counted(p, rest, w->now_ns);
    if (IS("start") || IS("end")) {
        uint64_t at = IS("start") ? w->first_ns : w->last_ns;
        if (!at)
            return wrong(p->message, "there is nothing recorded, and so no '%s'",
                         IS("start") ? "start" : "end");
        return counted(p, rest, at);
    }
    if (IS("today"))
        return day_word(p, rest, 0);
    if (IS("yesterday"))
        return day_word(p, rest, -1);
#undef IS
    for (size_t d = 0; d < ARRAY_LEN(days) && len >= 3; d++)
        if ((len == 3 || len == strlen(days[d])) && !strncasecmp(text, days[d], len))
            return weekday(p, rest, (int)d);
    return not_a_time(p);
}

/* The zone after a time: "Z", "+01:00", or none. Where it ends, or NULL. */
static const char *zone_at(const char *p, bool *given, long *offset_s)
{
    int hours, minutes = 0, sign = *p == '-' ? -1 : 1;

    *given = *p == 'Z' || *p == 'z' || *p == '+' || *p == '-';
    *offset_s = 0;
    if (*p == 'Z' || *p == 'z')
        return p + 1;
    if (!*given)
        return p;
    p = digits(p + 1, 2, 2, &hours);
    if (p && *p == ':')
        p++;
    if (p)
        p = digits(p, 2, 2, &minutes);
    if (!p || hours > 23 || minutes > 59)
        return NULL;
    *offset_s = sign * (hours * 3600L + minutes * 60L);
    return p;
}

/* "2026-11-22", with a time of day and a zone or without. */
static int date(const struct parse *p)
{
    struct tm tm = {0}, same;
    uint64_t ns = 0;
    bool zone = false;
    long offset_s = 0;
    const char *at = digits(p->text, 4, 4, &tm.tm_year);

    if (!at || *at != '-' || !(at = digits(at + 1, 1, 2, &tm.tm_mon)) || *at != '-' ||
        !(at = digits(at + 1, 1, 2, &tm.tm_mday)))
        return not_a_time(p);
    if (*at == 'T' || *at == 't' || *at == ' ') {
        const char *rest = spaces(at + 1);
        if (*rest && !(rest = clock_at(rest, &tm, &ns)))
            return not_a_time(p);
        at = rest;
        if (*at && !(at = zone_at(at, &zone, &offset_s)))
            return not_a_time(p);
    }
    if (*spaces(at))
        return not_a_time(p);
    tm.tm_year -= 1900;
    tm.tm_mon--;
    time_t plain = timegm(&(struct tm){.tm_year = tm.tm_year,
                                       .tm_mon = tm.tm_mon,
                                       .tm_mday = tm.tm_mday,
                                       .tm_hour = tm.tm_hour,
                                       .tm_min = tm.tm_min,
                                       .tm_sec = tm.tm_sec});
    gmtime_r(&plain, &same);
    if (fields_compare(&same, &tm) || tm.tm_year > YEAR_MAX - 1900)
        return wrong(p->message, "'%.40s' is no day of the calendar", p->text);
    return give(p, zone ? plain - offset_s : local_time(tm), ns);
}

static int epoch(const struct parse *p, const char *at)
{
    uint64_t seconds = 0, ns;

    if (!isdigit((unsigned char)*at))
        return not_a_time(p);
    for (; isdigit((unsigned char)*at); at++) {
        seconds = seconds * 10 + (uint64_t)(*at - '0');
        if (seconds > UINT64_C(16000000000))
            return not_a_time(p);
    }
    at = fraction(at, &ns);
    return *spaces(at) ? not_a_time(p) : give(p, (time_t)seconds, ns);
}

/* "03:12" alone. */
static int clock_alone(const struct parse *p)
{
    struct tm tm = {0};
    uint64_t ns, from = p->w->from_ns ? p->w->from_ns : p->w->now_ns;
    const char *end = clock_at(p->text, &tm, &ns);

    if (!end || *spaces(end))
        return not_a_time(p);
    time_t t = day_at(from, 0, &tm);
    if (!p->w->from_ns && (uint64_t)t * SECOND + ns > from)
        t = day_at(from, -1, &tm);
    return give(p, t, ns);
}

/* "2h ago" */
static int ago(const struct parse *p)
{
    uint64_t ns;
    const char *end = duration_at(p->text, &ns);

    if (!end || strcasecmp(end, "ago") != 0)
        return not_a_time(p);
    if (ns > p->w->now_ns)
        return wrong(p->message, "'%.40s' is before 1970", p->text);
    *p->out = p->w->now_ns - ns;
    return 0;
}

int when_parse(const char *text, const struct when *w, uint64_t *wall_ns,
               char message[WHEN_MESSAGE])
{
    char mine[256];
    const char *from = spaces(text);
    size_t len = strlen(from);

    while (len && (from[len - 1] == ' ' || from[len - 1] == '\t'))
        len--;
    if (!len)
        return wrong(message, "no time was given; say -2h, 03:12 or yesterday 03:12");
    if (len >= sizeof(mine))
        return wrong(message, "'%.40s...' is no time", from);
    memcpy(mine, from, len);
    mine[len] = '\0';

    struct parse p = {.w = w, .text = mine, .out = wall_ns, .message = message};
    size_t number = strspn(mine, "0123456789");
    if (*mine == '-' || *mine == '+')
        return counted(&p, mine, w->from_ns ? w->from_ns : w->now_ns);
    if (*mine == '@')
        return epoch(&p, mine + 1);
    if (isalpha((unsigned char)*mine))
        return word(&p, strspn(mine, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    if (number >= 9 && (!mine[number] || mine[number] == '.'))
        return epoch(&p, mine);
    if (number == 4 && mine[number] == '-')
        return date(&p);
    if (number && number <= 2 && mine[number] == ':')
        return clock_alone(&p);
    return ago(&p);
}
