/* report: `domtop report`, what happened in a span of time, for the morning after. */
#include "../export/report.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../account.h"
#include "../store/reader.h"
#include "../usage.h"
#include "commands.h"
#include "lookback.h"
#include "output.h"

enum { OPT_FORMAT = USAGE_LONG, OPT_TOP };
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

static const struct usage_row rows[] = {
    USAGE_ROWS,
    LOOKBACK_ROWS,
    {"format", required_argument, OPT_FORMAT, "=FORMAT", "text (default), json or html"},
    {"top", required_argument, OPT_TOP, "=N", "domains in each table (10)"},
    {"output", required_argument, 'o', "=FILE", "write to FILE instead of standard output"},
};
static const struct usage usage = {
    .synopsis = "domtop report [OPTION]...",
    .about = "Tell what happened on the host: load, peaks, events, gaps.",
    .rows = rows,
    .count = ARRAY_LEN(rows),
};

struct options {
    struct lookback lookback;
    enum format format;
    size_t top;
    const char *output;
};

static void take(struct options *o, int option)
{
    static const char *const formats[] = {
        [FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_HTML] = "html"};
    char *end;

    switch (option) {
    case OPT_FORMAT:
        for (size_t i = 0; i < ARRAY_LEN(formats); i++)
            if (!strcmp(optarg, formats[i])) {
                o->format = (enum format)i;
                return;
            }
        die(EXIT_USAGE, "--format: text, json or html, not \"%.40s\"", optarg);
    case OPT_TOP: {
        unsigned long n = strtoul(optarg, &end, 10);
        if (*end || end == optarg || n < 1 || n > 1000)
            die(EXIT_USAGE, "--top: 1 to 1000, not \"%.40s\"", optarg);
        o->top = n;
        return;
    }
    case 'o': o->output = optarg; return;
    default: lookback_take(&o->lookback, option, optarg); return;
    }
}

static void render(struct text *out, const struct account *a, enum format format)
{
    switch (format) {
    case FORMAT_TEXT: report_text(out, a, !strcmp(nl_langinfo(CODESET), "UTF-8")); break;
    case FORMAT_JSON: report_json(out, a); break;
    case FORMAT_HTML: report_html(out, a); break;
    }
}

int report_main(int argc, char **argv)
{
    struct options o = {.top = REPORT_TOP};
    struct account account;
    struct text out = {0};
    uint64_t from_ns, to_ns;
    int option;

    while ((option = usage_next_or_exit(&usage, argc, argv)) != -1)
        take(&o, option);
    if (optind < argc)
        die(EXIT_USAGE, "report takes no operand: --store=%s, perhaps", argv[optind]);
    struct past *past = lookback_open(&o.lookback, &from_ns, &to_ns);
    report_init(&account);
    account.top = o.top;
    int err = account_gather(&account, past, from_ns, to_ns);
    if (err == -ENODATA)
        die(EXIT_FAILED, "%s: nothing was recorded at that time", past->name);
    if (err)
        die(EXIT_FAILED, "%s cannot be read: %s", past->name, strerror(-err));
    store_past_damage(past, &account.damage);
    past->close(past);
    render(&out, &account, o.format);
    output_write(&out, o.output);
    report_release(&account);
    text_release(&out);
    return EXIT_OK;
}
