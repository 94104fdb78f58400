/* fuzz_filter: anything typed either is a filter, which then decides on every row, or is told why
 * not and leaves the filter before it as it was. */
#include "fuzz.h"

#include "collectors/demo.h"
#include "ui/filter.h"

static struct snapshot samples[2];
static struct rates rates;
static struct columns columns[ENTITY_COUNT];

static void prepare(void)
{
    struct demo_config c;
    demo_defaults(&c);
    c.start_wall_ns = 1000000000;
    struct source *demo = demo_open(&c);

    for (int i = 0; i < 2; i++)
        demo->sample(demo, &samples[i], PART_ALL);
    rates_compute(&rates, &samples[0], &samples[1]);
    demo->close(demo);
    for (int e = ENTITY_DOMAIN; e < ENTITY_COUNT; e++)
        columns_build(&columns[e], (enum entity)e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct filter f, before;
    char text[FILTER_TEXT], wrong[FILTER_WRONG];
    struct scene scene = {.s = &samples[1], .r = &rates};

    if (!samples[0].seq)
        prepare();
    if (!len)
        return 0;
    enum entity of = (enum entity)(ENTITY_DOMAIN + data[0] % (ENTITY_COUNT - ENTITY_DOMAIN));
    size_t n = len - 1 < sizeof(text) - 1 ? len - 1 : sizeof(text) - 1;
    memcpy(text, data + 1, n);
    text[n] = '\0';
    memset(&before, 0, sizeof(before));
    f = before;
    if (!filter_compile(&f, &columns[of], text, wrong)) {
        CHECK(wrong[0] && !memcmp(&f, &before, sizeof(f)));
        return 0;
    }
    for (size_t row = 0; row < snapshot_rows(&samples[1], of); row++)
        filter_match(&f, &scene, row);
    return 0;
}
