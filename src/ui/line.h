/*
 * line: one line of several texts, of which the least important step aside when it gets narrow.
 */
#ifndef DOMTOP_UI_LINE_H
#define DOMTOP_UI_LINE_H

#include "paint.h"

struct segment {
    const char *text;
    enum role role;
    int importance; /* each its own, or those of the same together */
    bool right;     /* at the right end; these come after all the others */
};

#define SEGMENTS_MAX 24

/* Draw them on line y of p, `gap` columns apart, in the order given. Empty texts take no room. */
void line_draw(const struct paint *p, int y, int gap, const struct segment *segments, size_t count);

#endif
