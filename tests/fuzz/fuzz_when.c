/* fuzz_when: any text as a time and as a duration: read within bounds, or refused in a sentence. */
#include "fuzz.h"

#include <errno.h>
#include <time.h>

#include "base.h"
#include "when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct when w = {.now_ns = UINT64_C(1795465815) * NS_PER_S,
                           .from_ns = size & 1 ? UINT64_C(1792888200) * NS_PER_S : 0,
                           .first_ns = NS_PER_S,
                           .last_ns = UINT64_C(1795465000) * NS_PER_S};
    char message[WHEN_MESSAGE] = "", *text = fuzz_text(data, size);
    uint64_t ns = 0;

    if (when_parse(text, &w, &ns, message))
        CHECK(strlen(message) > 10);
    else
        CHECK(ns / NS_PER_S < UINT64_C(17500000000));
    message[0] = '\0';
    if (when_duration(text, &ns, message))
        CHECK(strlen(message) > 10);
    else
        CHECK(ns > 0 && ns / NS_PER_S <= UINT64_C(36525) * 86400);
    free(text);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "-1d12h", "yesterday 03:12", "2026-11-22T03:10:05.25+01:00", "@1763866800", "monday 14:00",
        "end-5m", "2h ago"};

    (void)argc, (void)argv;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        fuzz_seed(i, seeds[i], strlen(seeds[i]));
    return 0;
}
