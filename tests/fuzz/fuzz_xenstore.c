/*
 * fuzz_xenstore: any text as the value of a node, and any path as that of an event: values within
 * bounds, parts that there are.
 */
#include "fuzz.h"

#include <ctype.h>

#include "base.h"
#include "collectors/store_watch.h"
#include "snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), said[UUID_TEXT];
    uint64_t n = store_parse_kib(text);
    struct uuid uuid;

    CHECK(n == UNKNOWN || (n % 1024 == 0 && n / 1024 == strtoull(text, NULL, 10)));
    n = store_parse_time(text);
    CHECK(n == UNKNOWN || n < UINT64_C(10000000000) * NS_PER_S);
    if (uuid_parse(text, &uuid)) {
        uuid_format(&uuid, said);
        CHECK(!strcasecmp(text, said));
    }
    for (const char *kind = "ntdbx"; *kind; kind++) {
        const char token[] = {*kind, '7', '\0'};
        struct store_event event = store_event_parse(text, token);
        CHECK(!(event.parts & ~(unsigned)(STORE_NAME | STORE_TARGET | STORE_DEVICES)));
        CHECK(event.parts != STORE_NAME || event.domid == 7);
    }
    struct store_event event = store_event_parse("/local/domain/7/name", text);
    CHECK(!event.parts || isdigit((unsigned char)text[1]));
    free(text);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "131072",
        "1763866800.07",
        "9999999999.999999999",
        "c0ffee00-0bad-4dad-8bad-123456789abc",
        "/libxl/7/device/vbd/51712/backend",
        "/local/domain/0/backend/vif/7/0/mac",
        "/local/domain/0/backend/vbd3/12/51712/params",
        "n7",
    };

    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        fuzz_seed(i, seeds[i], strlen(seeds[i]));
    return 0;
}
