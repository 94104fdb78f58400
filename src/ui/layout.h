/*
 * layout: where things go on a screen of any size. Arithmetic only: no drawing, no terminal.
 *
 * Rectangles never leave the screen and never overlap; one that has no room has no rows or no
 * columns. From the top: title, header, caption, heading, body, footer.
 */
#ifndef DOMTOP_UI_LAYOUT_H
#define DOMTOP_UI_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

struct rect {
    int y, x, rows, cols;
};

enum header_kind {
    HEADER_NONE,    /* the title alone */
    HEADER_SLIM,    /* cpu and memory meter */
    HEADER_COMPACT, /* meters on the left, network and disk on the right, four rows */
    HEADER_BOXED,   /* boxes with graphs */
};

/* What of the host a view wants above its body. */
enum layout_scope {
    SCOPE_HOST,  /* all of it */
    SCOPE_TOPIC, /* one part of it, in a box or in two lines */
    SCOPE_BODY,  /* nothing: neither header nor heading */
};

struct layout {
    struct rect screen, title, strip, header, caption, heading, body, footer;
    enum header_kind kind;
    struct rect cpu, mem, net, disk; /* parts of the header; of boxes the whole box */
    struct rect past, pcpus;         /* lines of their own in a compact header */
};

void layout_screen(struct layout *l, int rows, int cols, enum layout_scope scope);

/* Make a strip of so many rows below the title: all else moves down, and the screen grows. */
void layout_strip(struct layout *l, int rows);

/* The part of r that lies within `margin` cells from its border. */
struct rect rect_inset(struct rect r, int margin_y, int margin_x);

bool rect_has(struct rect r, int y, int x);

/* A rectangle of at most rows by cols in the middle of r. */
struct rect rect_centre(struct rect r, int rows, int cols);

/*
 * How count items go into a grid no larger than rows by cols. per_cell of them share a cell where
 * there are too many; a cell is 2 columns wide where there is room for that on several rows.
 */
struct heat_grid {
    size_t per_cell;
    int rows, columns, width;
};
struct heat_grid layout_heat(size_t count, int rows, int cols);

/* Meters of at least min_width columns each, in columns top to bottom; false when they do not fit.
 */
struct meter_grid {
    int rows, columns, width;
};
bool layout_meters(struct meter_grid *g, size_t count, int rows, int cols, int min_width, int gap);

/* How many numbers of `width` columns go on a line, a multiple of 4, so that all count of them fit
 * into rows by cols; 0 when they do not. */
int layout_numbers(size_t count, int rows, int cols, int width);

/* A table's column as layout sees it. */
struct slot {
    int width;      /* the least it needs */
    int want;       /* the most it can use; at least width */
    int importance; /* the least important step aside first, those of the same together */
    int x;          /* set: where it begins */
    int given;      /* set: its columns; 0 when it stepped aside */
};

/*
 * Place slots from left to right in cols columns with a gap between them. What is left over goes to
 * those that want more, in order. The most important stays however narrow it gets. Returns how many
 * stepped aside.
 */
size_t layout_slots(struct slot *slots, size_t count, int cols, int gap);

#endif
