/*
 * glyph: values as characters: bars, graphs, heat cells, symbols.
 *
 * Pure: text in, text out. What is written is UTF-8, or ASCII in the ASCII set. Colours are the
 * caller's affair. Unknown (NaN) is blank in a graph, never zero.
 */
#ifndef DOMTOP_UI_GLYPH_H
#define DOMTOP_UI_GLYPH_H

#include <stdbool.h>
#include <stddef.h>

enum glyph_set {
    GLYPH_ASCII,
    GLYPH_BLOCK,   /* eighths of a block, one sample a cell */
    GLYPH_BRAILLE, /* dots, two samples a cell */
    GLYPH_SETS
};

/* Bytes that a run of so many cells takes at most, with its NUL. */
#define GLYPH_BYTES(cells) ((size_t)(cells)*3 + 1)

/*
 * A bar of `cells` columns filled to `share` (0 to 1, clamped; NaN is empty). Returns the bytes of
 * its filled part, which takes *filled columns; the rest is the track.
 */
size_t glyph_bar(char *out, enum glyph_set set, int cells, double share, int *filled);

/* Samples that a column of a graph shows. */
size_t glyph_samples(enum glyph_set set);

/*
 * Row `row` (0 on top) of a graph `rows` high and `cells` wide: values holds cells *
 * glyph_samples() numbers, the oldest first, and max is the value that fills it. Zero is a base
 * line, which is also the least that a value above zero shows.
 */
void glyph_graph(char *out, enum glyph_set set, const float *values, int cells, double max,
                 int rows, int row);

/* One cell for a share of 0 to 1; ASCII shows its tenths as a digit. NaN gives "-". */
const char *glyph_heat(enum glyph_set set, double share);

/* One cell that stands for part `n` of a whole, 0 to 3: each is told from the others without
 * colour. */
const char *glyph_part(enum glyph_set set, int n);

/* Its name: "dots", "blocks", "ascii". */
const char *glyph_set_name(enum glyph_set set);

enum glyph_symbol {
    SYMBOL_DESCENDING,
    SYMBOL_ASCENDING,
    SYMBOL_DOT, /* before a state */
    SYMBOL_TAG, /* before a row */
    SYMBOL_BETWEEN,
    SYMBOL_ELLIPSIS,
    SYMBOL_DASH,   /* of a line that marks a level */
    SYMBOL_TARGET, /* a place on a bar */
    SYMBOL_HORIZONTAL,
    SYMBOL_VERTICAL,
    SYMBOL_TOP_LEFT,
    SYMBOL_TOP_RIGHT,
    SYMBOL_BOTTOM_LEFT,
    SYMBOL_BOTTOM_RIGHT,
    SYMBOL_MOMENT,   /* the moment shown, in a graph */
    SYMBOL_RECORDED, /* on a strip of time: recorded, and the part that graphs are of */
    SYMBOL_WINDOW,
    SYMBOL_GAP,
    SYMBOL_EVENT,
    SYMBOL_NOTABLE,
    SYMBOL_BAD,
    SYMBOL_HERE,
    SYMBOL_PLAYING,
    SYMBOL_COUNT
};

const char *glyph_symbol(enum glyph_set set, enum glyph_symbol symbol);

#endif
