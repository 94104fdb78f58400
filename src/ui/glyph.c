/* glyph: see glyph.h. */
#include "glyph.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../base.h"

static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii_graph[] = {" ", ".", ":", "|"};

/* How many steps a row of a graph has. */
static int steps_per_row(enum glyph_set set)
{
    switch (set) {
    case GLYPH_BLOCK: return 8;
    case GLYPH_BRAILLE: return 4;
    default: return (int)ARRAY_LEN(ascii_graph) - 1;
    }
}

static char *append(char *out, const char *text)
{
    size_t len = strlen(text);

    memcpy(out, text, len + 1);
    return out + len;
}

static double clamp(double share)
{
    return share > 0 ? MIN(share, 1.0) : 0; /* NaN gives 0 */
}

size_t glyph_bar(char *out, enum glyph_set set, int cells, double share, int *filled)
{
    char *start = out;
    size_t bytes;
    int halves = (int)lround(clamp(share) * cells * 2), full;

    if (halves == 0 && share > 0 && cells > 0)
        halves = 1; /* a little is not nothing */
    full = set == GLYPH_ASCII ? (halves + 1) / 2 : halves / 2;
    *filled = 0;
    *out = '\0';
    for (; *filled < full; (*filled)++)
        out = append(out, set == GLYPH_ASCII ? "|" : "━");
    if (set != GLYPH_ASCII && halves % 2) {
        out = append(out, "╸");
        (*filled)++;
    }
    bytes = (size_t)(out - start);
    for (int i = *filled; i < cells; i++)
        out = append(out, set == GLYPH_ASCII ? "." : "─");
    return bytes;
}

size_t glyph_samples(enum glyph_set set)
{
    return set == GLYPH_BRAILLE ? 2 : 1;
}

/* Steps of one row that a value fills, of `rows` rows; -1 when unknown. */
static int steps_in_row(float value, double max, int rows, int row, int steps)
{
    int total = rows * steps, height, below = (rows - 1 - row) * steps;

    if (isnan(value))
        return -1;
    height = max > 0 ? (int)lround(clamp((double)value / max) * total) : 0;
    if (value > 0 && height == 0)
        height = 1;
    return MAX(0, MIN(steps, height - below));
}

static char *append_braille(char *out, int left, int right)
{
    static const unsigned char dots[2][5] = {{0, 0x40, 0x44, 0x46, 0x47},
                                             {0, 0x80, 0xa0, 0xb0, 0xb8}};
    unsigned bits = dots[0][MAX(left, 0)] | (unsigned)dots[1][MAX(right, 0)];

    if (!bits)
        return append(out, " ");
    *out++ = (char)0xe2;
    *out++ = (char)(0xa0 | bits >> 6);
    *out++ = (char)(0x80 | (bits & 0x3f));
    *out = '\0';
    return out;
}

void glyph_graph(char *out, enum glyph_set set, const float *values, int cells, double max,
                 int rows, int row)
{
    int steps = steps_per_row(set);
    bool base = row == rows - 1;

    *out = '\0';
    for (int i = 0; i < cells; i++) {
        if (set == GLYPH_BRAILLE) {
            int left = steps_in_row(values[2 * i], max, rows, row, steps);
            int right = steps_in_row(values[2 * i + 1], max, rows, row, steps);
            out = append_braille(out, base && left == 0 ? 1 : left, base && right == 0 ? 1 : right);
            continue;
        }
        int height = steps_in_row(values[i], max, rows, row, steps);
        if (set == GLYPH_BLOCK)
            out = append(out, eighths[base && height == 0 ? 1 : MAX(height, 0)]);
        else
            out = append(out, base && height == 0 ? "_" : ascii_graph[MAX(height, 0)]);
    }
}

const char *glyph_heat(enum glyph_set set, double share)
{
    static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

    if (isnan(share))
        return "-";
    if (set == GLYPH_ASCII)
        return digits[MIN(9, (int)(clamp(share) * 10))];
    return eighths[1 + (int)lround(clamp(share) * 7)];
}

const char *glyph_part(enum glyph_set set, int n)
{
    static const char *const parts[2][4] = {{"#", "=", "+", "."}, {"█", "▓", "▒", "░"}};

    return parts[set != GLYPH_ASCII][n & 3];
}

const char *glyph_set_name(enum glyph_set set)
{
    static const char *const names[GLYPH_SETS] = {
        [GLYPH_ASCII] = "ascii", [GLYPH_BLOCK] = "blocks", [GLYPH_BRAILLE] = "dots"};

    return names[set];
}

const char *glyph_symbol(enum glyph_set set, enum glyph_symbol symbol)
{
    static const char *const symbols[SYMBOL_COUNT][2] = {
        [SYMBOL_DESCENDING] = {"v", "▼"},   [SYMBOL_ASCENDING] = {"^", "▲"},
        [SYMBOL_DOT] = {"", "● "},          [SYMBOL_TAG] = {"*", "◆"},
        [SYMBOL_BETWEEN] = {"|", "·"},      [SYMBOL_ELLIPSIS] = {"~", "…"},
        [SYMBOL_DASH] = {"-", "╌"},         [SYMBOL_TARGET] = {"T", "┃"},
        [SYMBOL_HORIZONTAL] = {"-", "─"},   [SYMBOL_VERTICAL] = {"|", "│"},
        [SYMBOL_MOMENT] = {"|", "│"},       [SYMBOL_RECORDED] = {"-", "─"},
        [SYMBOL_WINDOW] = {"=", "━"},       [SYMBOL_GAP] = {" ", " "},
        [SYMBOL_EVENT] = {".", "·"},        [SYMBOL_NOTABLE] = {"o", "•"},
        [SYMBOL_BAD] = {"!", "●"},          [SYMBOL_HERE] = {"#", "◆"},
        [SYMBOL_PLAYING] = {">", "▶"},      [SYMBOL_TOP_LEFT] = {"+", "╭"},
        [SYMBOL_TOP_RIGHT] = {"+", "╮"},    [SYMBOL_BOTTOM_LEFT] = {"+", "╰"},
        [SYMBOL_BOTTOM_RIGHT] = {"+", "╯"},
    };

    return symbols[symbol][set != GLYPH_ASCII];
}
