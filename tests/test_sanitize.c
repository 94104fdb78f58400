/* sanitize: what may come out, where it is cut, and how wide it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>
#include <unictype.h>
#include <unistr.h>

#include "base.h"
#include "sanitize.h"

#define R "\xef\xbf\xbd" /* U+FFFD */

struct pair {
    const char *in, *out;
};

static void expect(const char *in, size_t len, const char *out)
{
    char got[512], again[512];
    size_t n = sanitize(got, sizeof(got), in, len);

    assert_string_equal(got, out);
    assert_int_equal(n, strlen(out));
    assert_int_equal(sanitize(again, sizeof(again), got, n), n);
    assert_string_equal(again, got);
}

static void expect_pairs(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(pairs[i].in, strlen(pairs[i].in), pairs[i].out);
}

static void keeps_text(void **state)
{
    static const char *const texts[] = {
        "",
        "web-01",
        " a  b ",
        "<b>&\"'\\$(`",
        "Gr\xc3\xbc\xc3\x9f"
        "e",
        "e\xcc\x81"
        "a",
        "\u540d\u524d",
        "\u0627\u0644",
        "\u05d0\u05d1",
        "\U0001f600",
        "\U0001f44d\U0001f3fd",
        "\U0001f1e9\U0001f1ea",
        "\u1112\u1161\u11ab",
        "\ud55c",
        R,
        "\u0915\u094d\u0937\u093f",
        "\u00d7",
        "\u2502",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        expect(texts[i], strlen(texts[i]), texts[i]);
}

static void replaces_malformed_utf8(void **state)
{
    static const struct pair pairs[] = {
        {"\x80", R}, /* a tail without a head */
        {"a\xff"
         "b",
         "a" R "b"},
        {"\xc3", R}, /* cut short */
        {"\xe2\x82", R},
        {"\xe2\x82"
         "A",
         R "A"},
        {"\xc0\xaf", R R}, /* "/" in two bytes */
        {"\xc1\x9b", R R}, /* "[" in two bytes */
        {"\xf8\x88\x80\x80\x80", R R R R R},
    };
    (void)state;
    expect_pairs(pairs, ARRAY_LEN(pairs));

    /* However many replacements libunistring makes of these, nothing else comes out. */
    static const char *const bad[] = {"\xed\xa0\x80", "\xed\xbf\xbf", "\xe0\x80\xaf",
                                      "\xf4\x90\x80\x80", "\xf0\x80\x80\x8a"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char got[64];
        size_t n = sanitize(got, sizeof(got), bad[i], strlen(bad[i]));
        assert_true(n >= 3 && n <= 3 * strlen(bad[i]));
        for (size_t k = 0; k < n; k += 3)
            assert_memory_equal(got + k, R, 3);
    }
}

static void replaces_controls(void **state)
{
    static const struct pair pairs[] = {
        {"\033[2J", R "[2J"},
        {"a\nb\r\tc", "a" R "b" R R "c"},
        {"\x7f", R},
        {"\x01\x1f", R R},
        {"\xc2\x9b"
         "31m",
         R "31m"},
        {"\xc2\x85", R},
        {"\u2028\u2029", R R},
    };
    (void)state;
    expect_pairs(pairs, ARRAY_LEN(pairs));
    expect("a\0b", 3, "a" R "b");
}

static void replaces_what_cannot_be_seen(void **state)
{
    static const uint32_t hidden[] = {
        0x00a0,  0x00ad,  0x034f,  0x061c,  0x115f,  0x1160,   0x1680, 0x17b4,  0x180b,
        0x180e,  0x2000,  0x200a,  0x200b,  0x200c,  0x200d,   0x200e, 0x200f,  0x202a,
        0x202b,  0x202c,  0x202d,  0x202e,  0x202f,  0x205f,   0x2060, 0x2063,  0x2066,
        0x2067,  0x2068,  0x2069,  0x206f,  0x2800,  0x3000,   0x3164, 0xe000,  0xf8ff,
        0xfdd0,  0xfe00,  0xfe0f,  0xfeff,  0xffa0,  0xfff9,   0xfffe, 0xffff,  0x1d159,
        0x1d173, 0xe0001, 0xe0041, 0xe0100, 0xf0000, 0x10ffff, 0x0378, 0x50000,
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
        uint8_t in[8] = {'a'};
        int n = u8_uctomb(in + 1, hidden[i], 6);
        assert_true(n > 0);
        in[1 + n] = 'b';
        expect((char *)in, 2 + (size_t)n, "a" R "b");
    }
    expect("\u2764\ufe0f", 6, "\u2764" R);
    expect("\U0001f468\u200d\U0001f469", 11, "\U0001f468" R "\U0001f469");
}

/* Every code point, alone: what comes out is itself or the replacement, and takes a column or two.
 */
static void holds_for_every_character(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        uint8_t in[8];
        char out[16], twice[16];
        if (c >= 0xd800 && c < 0xe000)
            continue;
        size_t len = (size_t)u8_uctomb(in, c, sizeof(in));
        size_t n = sanitize(out, sizeof(out), (char *)in, len);
        bool same = n == len && !memcmp(out, in, n);
        assert_true(same || !strcmp(out, R));
        assert_in_range(sanitize_width(out), 1, 2);
        if (same && c != ' ')
            assert_true(uc_is_general_category_withtable(
                c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N |
                       UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S));
        assert_int_equal(sanitize(twice, sizeof(twice), out, n), n);
        assert_string_equal(twice, out);
    }
}

static void marks_need_a_base_and_are_few(void **state)
{
    static const struct pair pairs[] = {
        {"\u0301", R},
        {"\u0301x", R "x"},
        {"\u0301\u0301", R "\u0301"},
        {"\U0001f3fd", R},
        {"a\u0301\u0302\u0303\u0304", "a\u0301\u0302\u0303\u0304"},
        {"a\u0301\u0302\u0303\u0304\u0305\u0306z", "a\u0301\u0302\u0303\u0304z"},
        {"\u1161", R}, /* a jamo without width, alone */
        {"a\u11ab", "a" R},
        {"\x01\u0301", R "\u0301"},
        {"\u4141\u0341", "\u4141\u0341"},
        {"\u0341", R},
    };
    (void)state;
    expect_pairs(pairs, ARRAY_LEN(pairs));

    char zalgo[2 + 2 * 1000] = "a", out[64];
    for (size_t i = 0; i < 1000; i++)
        memcpy(zalgo + 1 + 2 * i, "\u0301", 2);
    assert_int_equal(sanitize(out, sizeof(out), zalgo, 2001), 1 + 2 * SANITIZE_MARKS);
}

/* Letters that join without end (Hangul, prefixed signs) hide nothing that follows. */
static void clusters_are_bounded(void **state)
{
    char in[3 * 50 + 2] = "", out[3 * sizeof(in)];
    static const char *const endless[] = {"\u1112", "\u1161", "\u0d4e"};

    (void)state;
    for (size_t e = 0; e < ARRAY_LEN(endless); e++) {
        in[0] = '\0';
        for (int i = 0; i < 50; i++)
            strcat(in, endless[e]);
        strcat(in, "x");
        size_t n = sanitize(out, sizeof(out), in, strlen(in));
        assert_int_equal(out[n - 1], 'x');
        assert_int_equal(n, strlen(in));
        size_t widest = 0;
        for (const char *p = out; *p;) {
            size_t used, size = 0;
            for (size_t columns = 1; !size; columns++)
                size = sanitize_fit(p, columns, &used);
            widest = MAX(widest, size);
            p += size;
        }
        assert_in_range(widest, 1, SANITIZE_CLUSTER);
    }
}

static void cuts_before_the_cluster_that_does_not_fit(void **state)
{
    static const struct {
        const char *in;
        size_t cap;
        const char *out;
    } cuts[] = {
        {"abc", 1, ""},
        {"abc", 3, "ab"},
        {"abc", 4, "abc"},
        {"\u00e9", 1, ""},
        {"\u00e9", 2, ""},
        {"\u00e9", 3, "\u00e9"},
        {"ae\u0301", 4, "a"},
        {"ae\u0301", 5, "ae\u0301"},
        {"ae\u0301x", 3, "a"},
        {"aex", 3, "ae"},
        {"\u540d\u524d", 6, "\u540d"},
        {"\U0001f1e9\U0001f1ea", 8, ""},
        {"\U0001f1e9\U0001f1ea\U0001f1e9\U0001f1ea", 16, "\U0001f1e9\U0001f1ea"},
        {"x\n", 4, "x"},
        {"x\n", 5, "x" R},
        {"\u1112\u1161\u11ab", 9, ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
        char out[64];
        memset(out, '#', sizeof(out));
        size_t n = sanitize(out, cuts[i].cap, cuts[i].in, strlen(cuts[i].in));
        assert_string_equal(out, cuts[i].out);
        assert_int_equal(n, strlen(cuts[i].out));
        assert_int_equal(out[cuts[i].cap], '#');
    }
}

static void counts_columns(void **state)
{
    (void)state;
    assert_int_equal(sanitize_width(""), 0);
    assert_int_equal(sanitize_width("web-01"), 6);
    assert_int_equal(sanitize_width("e\u0301"), 1);
    assert_int_equal(sanitize_width("\u540d\u524d"), 4);
    assert_int_equal(sanitize_width("a" R "b"), 3);
    assert_int_equal(sanitize_width("\u1112\u1161\u11ab"), 2);
    assert_int_equal(sanitize_width("\U0001f600"), 2);
}

static void fits_whole_clusters(void **state)
{
    static const struct {
        const char *text;
        size_t columns, bytes, used;
    } fits[] = {
        {"", 0, 0, 0},
        {"abc", 0, 0, 0},
        {"abc", 2, 2, 2},
        {"abc", 3, 3, 3},
        {"abc", 99, 3, 3},
        {"e\u0301x", 1, 3, 1},
        {"e\u0301x", 0, 0, 0},
        {"a\U0001f3fd", 2, 0, 0},
        {"a\U0001f3fd", 3, 5, 3},
        {"ae\u0301", 2, 4, 2},
        {"ae\u0301", 1, 1, 1},
        {"\u540d\u524d", 1, 0, 0},
        {"\u540d\u524d", 2, 3, 2},
        {"\u540d\u524d", 3, 3, 2},
        {"\u540d\u524d", 4, 6, 4},
        {"a\u540d", 2, 1, 1},
        {"a\u540d", 3, 4, 3},
        {"\U0001f1e9\U0001f1ea\U0001f1e9", 2, 8, 2},
        {"\U0001f1e9\U0001f1ea", 1, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
        size_t used = 77;
        assert_int_equal(sanitize_fit(fits[i].text, fits[i].columns, &used), fits[i].bytes);
        assert_int_equal(used, fits[i].used);
        assert_int_equal(sanitize_fit(fits[i].text, fits[i].columns, NULL), fits[i].bytes);
    }
}

static void falls_back_to_ascii(void **state)
{
    static const struct pair pairs[] = {
        {"", ""},
        {"web-01", "web-01"},
        {"Gr\u00fc\u00df"
         "e",
         "Gr??e"},
        {"e\u0301x", "?x"},
        {"\u540d\u524d", "????"},
        {"a" R, "a?"},
        {"\U0001f1e9\U0001f1ea", "??"},
    };
    char out[32];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        assert_int_equal(sanitize_ascii(out, sizeof(out), pairs[i].in), strlen(pairs[i].out));
        assert_string_equal(out, pairs[i].out);
    }
    assert_int_equal(sanitize_ascii(out, 4, "ab\u540d"), 2); /* never half a wide one */
    assert_string_equal(out, "ab");
    assert_int_equal(sanitize_ascii(out, 1, "ab"), 0);
}

static void ignores_the_locale(void **state)
{
    static const char *const locales[] = {"C", "C.UTF-8", "POSIX", ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
        setlocale(LC_ALL, locales[i]);
        assert_int_equal(sanitize_width("\u540d\u00d7"), 3);
        expect("\u540d\xff", 4, "\u540d" R);
    }
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_text),
        cmocka_unit_test(replaces_malformed_utf8),
        cmocka_unit_test(replaces_controls),
        cmocka_unit_test(replaces_what_cannot_be_seen),
        cmocka_unit_test(holds_for_every_character),
        cmocka_unit_test(marks_need_a_base_and_are_few),
        cmocka_unit_test(clusters_are_bounded),
        cmocka_unit_test(cuts_before_the_cluster_that_does_not_fit),
        cmocka_unit_test(counts_columns),
        cmocka_unit_test(fits_whole_clusters),
        cmocka_unit_test(falls_back_to_ascii),
        cmocka_unit_test(ignores_the_locale),
    };
    return cmocka_run_group_tests_name("sanitize", tests, NULL, NULL);
}
