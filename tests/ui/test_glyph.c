/* glyph: bars and graphs are as wide as they say; a little shows, and the unknown is blank. */
#include "unit.h"

#include "sanitize.h"
#include "ui/glyph.h"

static void bars(void **state)
{
    char out[GLYPH_BYTES(10)];
    int filled;

    (void)state;
    assert_int_equal(glyph_bar(out, GLYPH_ASCII, 10, 0.5, &filled), 5);
    assert_string_equal(out, "|||||.....");
    assert_int_equal(filled, 5);
    assert_int_equal(glyph_bar(out, GLYPH_BRAILLE, 4, 0.375, &filled), 6);
    assert_string_equal(out, "━╸──");
    assert_int_equal(filled, 2);
    glyph_bar(out, GLYPH_BRAILLE, 4, 0.0001, &filled);
    assert_string_equal(out, "╸───");
    glyph_bar(out, GLYPH_ASCII, 4, NAN, &filled);
    assert_string_equal(out, "....");
    glyph_bar(out, GLYPH_ASCII, 4, -1, &filled);
    assert_int_equal(filled, 0);
    glyph_bar(out, GLYPH_ASCII, 4, 7, &filled);
    assert_int_equal(filled, 4);
    glyph_bar(out, GLYPH_ASCII, 0, 1, &filled);
    assert_string_equal(out, "");
}

static void bars_keep_their_width(void **state)
{
    char out[GLYPH_BYTES(40)];

    (void)state;
    for (int set = 0; set < GLYPH_SETS; set++) {
        for (int cells = 0; cells <= 40; cells++) {
            for (int share = 0; share <= 20; share++) {
                int filled;
                glyph_bar(out, (enum glyph_set)set, cells, share / 20.0, &filled);
                assert_int_equal(sanitize_width(out), cells);
            }
        }
    }
}

static void one_row(void **state)
{
    const float values[] = {NAN, 0, 0.01F, 1, 2, 4, 8, 99};
    char out[GLYPH_BYTES(8)];

    (void)state;
    glyph_graph(out, GLYPH_BLOCK, values, 8, 8, 1, 0);
    assert_string_equal(out, " ▁▁▁▂▄██");
    glyph_graph(out, GLYPH_BRAILLE, values, 4, 8, 1, 0);
    assert_string_equal(out, "⢀⣀⣠⣿");
    glyph_graph(out, GLYPH_ASCII, values, 8, 8, 1, 0);
    assert_string_equal(out, " _...:||");
    glyph_graph(out, GLYPH_ASCII, values, 2, 0, 1, 0);
    assert_string_equal(out, " _");
}

static void several_rows(void **state)
{
    const float values[] = {0, 4, 8};
    char out[GLYPH_BYTES(3)];

    (void)state;
    glyph_graph(out, GLYPH_BLOCK, values, 3, 8, 2, 0);
    assert_string_equal(out, "  █");
    glyph_graph(out, GLYPH_BLOCK, values, 3, 8, 2, 1);
    assert_string_equal(out, "▁██");
}

static void heat(void **state)
{
    (void)state;
    assert_string_equal(glyph_heat(GLYPH_ASCII, 0), "0");
    assert_string_equal(glyph_heat(GLYPH_ASCII, 0.55), "5");
    assert_string_equal(glyph_heat(GLYPH_ASCII, 1), "9");
    assert_string_equal(glyph_heat(GLYPH_BLOCK, 0), "▁");
    assert_string_equal(glyph_heat(GLYPH_BLOCK, 1), "█");
    assert_string_equal(glyph_heat(GLYPH_BLOCK, NAN), "-");
}

static void symbols(void **state)
{
    (void)state;
    for (int i = 0; i < SYMBOL_COUNT; i++) {
        const char *ascii = glyph_symbol(GLYPH_ASCII, (enum glyph_symbol)i);
        assert_non_null(glyph_symbol(GLYPH_BLOCK, (enum glyph_symbol)i));
        for (; *ascii; ascii++)
            assert_in_range(*ascii, ' ', '~');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars),    cmocka_unit_test(bars_keep_their_width),
        cmocka_unit_test(one_row), cmocka_unit_test(several_rows),
        cmocka_unit_test(heat),    cmocka_unit_test(symbols),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
