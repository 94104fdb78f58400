/* fuzz_conf: any file of settings is taken apart without harm, and refused with a place and words.
 */
#include "fuzz.h"

#include "base.h"
#include "service/conf.h"

static int take(void *ctx, const char *name, const char *value, char message[CONF_MESSAGE])
{
    size_t *count = ctx;

    CHECK(*name && strlen(name) < 40);
    CHECK(!value || (*value && *value != ' ' && value[strlen(value) - 1] != ' '));
    for (const char *c = value; c && *c; c++)
        CHECK((unsigned char)*c >= ' ' || *c == '\t');
    if (!strcmp(name, "never")) {
        snprintf(message, CONF_MESSAGE, "never");
        return -1;
    }
    ++*count;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *bytes = fuzz_exact(data, len), message[CONF_MESSAGE] = "";
    size_t count = 0, lines = 1;
    unsigned line;

    for (size_t i = 0; i < len; i++)
        lines += data[i] == '\n';
    int status = conf_parse(bytes, len, take, &count, &line, message);
    CHECK(line >= 1 && line <= lines + 1 && count <= lines);
    CHECK(!status == !message[0] && strlen(message) < CONF_MESSAGE);
    free(bytes);
    return 0;
}
