/*
 * fuzz_sanitize: any bytes to sanitize and to what measures and cuts its output. The properties are
 * checked with libunistring's whole-string functions, which the code under test does not use.
 *
 * With FUZZ_SEEDS=FOLDER in the environment it writes seeds there at start.
 */
#include "fuzz.h"

#include <unictype.h>
#include <unigbrk.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base.h"
#include "sanitize.h"

#define MOST 128 /* bytes of an input looked at: the checks are quadratic */

/* Control, format, surrogate, private, unassigned; separators; what Unicode lets be ignored. */
static bool forbidden(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl |
                                                   UC_CATEGORY_MASK_Zp) ||
           (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Zs) && c != ' ') ||
           uc_is_property_default_ignorable_code_point(c) || uc_is_property_bidi_control(c) ||
           uc_is_property_variation_selector(c) || uc_is_property_not_a_character(c);
}

static void check_characters(const char *text, size_t len)
{
    CHECK(!u8_check((const uint8_t *)text, len));
    for (size_t i = 0; i < len;) {
        ucs4_t c;
        i += (size_t)u8_mbtouc(&c, (const uint8_t *)text + i, len - i);
        CHECK(!forbidden(c));
    }
}

/* Each cluster shows something, and is short. */
static void check_clusters(const char *text, size_t len, const char *breaks)
{
    for (size_t i = 0; i < len;) {
        size_t end = i + 1;
        while (end < len && !breaks[end])
            end++;
        CHECK(end - i <= SANITIZE_CLUSTER);
        CHECK(u8_width((const uint8_t *)text + i, end - i, "UTF-8") > 0);
        i = end;
    }
}

static bool at_break(const char *breaks, size_t len, size_t at)
{
    return at == len || breaks[at];
}

/* Every capacity gives the whole clusters that fit, and no byte more is written. */
static void check_cuts(const uint8_t *data, size_t size, const char *text, size_t len,
                       const char *breaks)
{
    char cut[3 * MOST + 2];

    for (size_t cap = 1; cap <= len + 1; cap++) {
        cut[cap] = '#';
        size_t n = sanitize(cut, cap, (const char *)data, size);
        CHECK(cut[cap] == '#' && n < cap && cut[n] == '\0' && !memcmp(cut, text, n));
        CHECK(at_break(breaks, len, n));
        for (size_t i = n + 1; i < cap; i++)
            CHECK(!at_break(breaks, len, i));
    }
}

static void check_fit(const char *text, size_t len, const char *breaks)
{
    size_t width = sanitize_width(text), last = 0;

    CHECK(width == (size_t)u8_width((const uint8_t *)text, len, "UTF-8"));
    for (size_t columns = 0; columns <= width + 1; columns++) {
        size_t used;
        size_t n = sanitize_fit(text, columns, &used);
        CHECK(n <= len && n >= last && at_break(breaks, len, n) && used <= columns);
        CHECK(used == (size_t)u8_width((const uint8_t *)text, n, "UTF-8"));
        if (n < len) { /* and the next cluster would not have fitted */
            size_t end = n + 1;
            while (end < len && !breaks[end])
                end++;
            CHECK((size_t)u8_width((const uint8_t *)text, end, "UTF-8") > columns);
        }
        last = n;
    }
    CHECK(last == len);
}

static void check_ascii(const char *text)
{
    char ascii[3 * MOST + 1];
    size_t n = sanitize_ascii(ascii, sizeof(ascii), text);

    CHECK(n == strlen(ascii) && n == sanitize_width(text));
    for (size_t i = 0; i < n; i++)
        CHECK(ascii[i] >= 0x20 && ascii[i] < 0x7f);
    for (size_t cap = 1; cap <= 4; cap++)
        CHECK(sanitize_ascii(ascii, cap, text) < cap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[3 * MOST + 1], again[3 * MOST + 1], breaks[3 * MOST + 1];

    size = MIN(size, MOST);
    size_t len = sanitize(text, 3 * size + 1, (const char *)data, size);
    CHECK(len <= 3 * size && text[len] == '\0' && strlen(text) == len);
    check_characters(text, len);
    u8_grapheme_breaks((const uint8_t *)text, len, breaks);
    check_clusters(text, len, breaks);
    CHECK(sanitize(again, sizeof(again), text, len) == len && !strcmp(again, text));
    check_cuts(data, size, text, len, breaks);
    check_fit(text, len, breaks);
    check_ascii(text);

    /* Unsanitised text must not break what measures it. */
    char *raw = malloc(size + 1);
    memcpy(raw, data, size);
    raw[size] = '\0';
    CHECK(sanitize_fit(raw, sanitize_width(raw), NULL) <= strlen(raw));
    sanitize_fit(raw, 5, NULL);
    sanitize_ascii(again, sizeof(again), raw);
    free(raw);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "web-01",
        "\033[2J\r\n",
        "e\u0301\u0302\u0303\u0304\u0305",
        "\u540d\u524d\u30fb\uff9e",
        "\U0001f1e9\U0001f1ea\U0001f1e9",
        "\U0001f468\u200d\U0001f469\ufe0f\U0001f3fd",
        "\u1112\u1161\u11ab\ud55c\u11ab",
        "\u202e\u2066\u061c\u00ad\ufeff",
        "\u0d4e\u0d15\U000111c2",
        "\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\xff",
        "\u0915\u094d\u0937\u093f\u0e33",
        "\u0627\u0644\u064b",
    };

    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        fuzz_seed(i, seeds[i], strlen(seeds[i]));
    return 0;
}
