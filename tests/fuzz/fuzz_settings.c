/* fuzz_settings: any file is read without harm, and what was taken from it reads back the same. */
#include "fuzz.h"

#include "ui/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct settings a, b;
    struct text one = {0}, two = {0};
    char wrong[SETTINGS_WRONG];

    settings_defaults(&a);
    settings_defaults(&b);
    size_t bad = settings_parse(&a, (const char *)data, len, wrong);
    CHECK(!bad == !wrong[0] && strlen(wrong) < sizeof(wrong)); /* no bad line without a word */
    settings_print(&a, &one);
    CHECK(!settings_parse(&b, one.data, one.len, wrong));
    settings_print(&b, &two);
    CHECK(one.len == two.len && !memcmp(one.data, two.data, one.len));
    text_release(&one);
    text_release(&two);
    return 0;
}
