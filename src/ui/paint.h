/*
 * paint: puts text on the screen, within a rectangle and never outside it.
 *
 * Texts are sanitised UTF-8; where the terminal has only ASCII they are shown in ASCII. Places are
 * relative to the rectangle.
 */
#ifndef DOMTOP_UI_PAINT_H
#define DOMTOP_UI_PAINT_H

#include "glyph.h"
#include "layout.h"
#include "theme.h"

struct paint {
    struct rect area;
    enum ground ground;
    enum glyph_set glyphs;
    double mark; /* where in graphs the moment shown is, 0 to 1; 0: nowhere */
};

enum align {
    ALIGN_LEFT,
    ALIGN_RIGHT,
    ALIGN_TAIL, /* at the left, and cut at its beginning: its end tells more */
};

/* Write text at (y, x), cut at the right border; returns the column after it. */
int paint_text(const struct paint *p, int y, int x, enum role role, const char *text);
int paint_textf(const struct paint *p, int y, int x, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The same with its end at column x (not included); returns the column it begins at. */
int paint_before(const struct paint *p, int y, int x, enum role role, const char *text);

/* Write text into `cols` columns; what does not fit ends with an ellipsis. */
void paint_cell(const struct paint *p, int y, int x, int cols, enum align align, enum role role,
                const char *text);

/* Lay the ground over the whole rectangle. */
void paint_ground(const struct paint *p);

/* A bar with its track; gradient: each part in the colour of its height, rather than `role`. */
void paint_bar(const struct paint *p, int y, int x, int cols, double share, enum role role);
void paint_gradient_bar(const struct paint *p, int y, int x, int cols, double share);

/*
 * A graph of the newest values, cols wide and rows high: values holds paint_samples(p, cols)
 * numbers. gradient: colours by height rather than `role`.
 */
size_t paint_samples(const struct paint *p, int cols);
void paint_graph(const struct paint *p, int y, int x, int rows, int cols, const float *values,
                 double max, enum role role, bool gradient);

/* The same with peaks over the values, as many, in a quieter tone. NULL: there are none. */
void paint_graph_peaks(const struct paint *p, int y, int x, int rows, int cols, const float *values,
                       const float *peaks, double max, enum role role, bool gradient);

/* A frame around the rectangle with a title, and a note on its right; returns what is inside. */
struct paint paint_box(const struct paint *p, const char *title, const char *note);

#endif
