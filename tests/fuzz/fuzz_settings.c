/* fuzz_settings: any file is read without harm, and what was taken from it reads back the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct settings a, b;
    struct text one = {0}, two = {0};
    char wrong[SETTINGS_WRONG];

    settings_defaults(&a);
    settings_defaults(&b);
    size_t bad = settings_parse(&a, (const char *)data, len, wrong);
    if (!bad != !wrong[0] || strlen(wrong) >= sizeof(wrong)) {
        fprintf(stderr, "fuzz_settings.c:%d: bad lines and no word\n", __LINE__);
        abort();
    }
    settings_print(&a, &one);
    if (settings_parse(&b, one.data, one.len, wrong)) {
        fprintf(stderr, "fuzz_settings.c:%d: what was written is wrong: %s\n", __LINE__, wrong);
        abort();
    }
    settings_print(&b, &two);
    if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0) {
        fprintf(stderr, "fuzz_settings.c:%d: what was written reads back otherwise\n", __LINE__);
        abort();
    }
    text_release(&one);
    text_release(&two);
    return 0;
}
