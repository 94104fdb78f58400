/* paint: see paint.h. */
#include "paint.h"

#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../sanitize.h"

/* The widest graph or bar, in cells: wider ones are cut. */
#define CELLS_MAX 320

/* What a text is at most in bytes when it is shown in ASCII, where a column is a byte. */
#define ASCII_MAX 512

static void put(const struct paint *p, int y, int x, enum role role, const char *text, size_t len)
{
    attrset((attr_t)theme_attr(role, p->ground));
    mvaddnstr(p->area.y + y, p->area.x + x, text, (int)len);
}

static bool inside(const struct paint *p, int y, int x)
{
    return y >= 0 && y < p->area.rows && x >= 0 && x < p->area.cols;
}

/* The text as the terminal can show it. */
static const char *shown(const struct paint *p, const char *text, char ascii[ASCII_MAX])
{
    if (p->glyphs != GLYPH_ASCII)
        return text;
    sanitize_ascii(ascii, ASCII_MAX, text);
    return ascii;
}

int paint_text(const struct paint *p, int y, int x, enum role role, const char *text)
{
    char ascii[ASCII_MAX];
    size_t used, len;

    if (!inside(p, y, x))
        return x;
    text = shown(p, text, ascii);
    len = sanitize_fit(text, (size_t)(p->area.cols - x), &used);
    put(p, y, x, role, text, len);
    return x + (int)used;
}

int paint_textf(const struct paint *p, int y, int x, enum role role, const char *fmt, ...)
{
    char text[ASCII_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return paint_text(p, y, x, role, text);
}

int paint_before(const struct paint *p, int y, int x, enum role role, const char *text)
{
    int start = x - (int)sanitize_width(text);

    if (start >= 0)
        paint_text(p, y, start, role, text);
    return start;
}

void paint_cell(const struct paint *p, int y, int x, int cols, enum align align, enum role role,
                const char *text)
{
    char ascii[ASCII_MAX];
    size_t used, len;

    if (!inside(p, y, x))
        return;
    cols = MIN(cols, p->area.cols - x);
    text = shown(p, text, ascii);
    len = sanitize_fit(text, (size_t)cols, &used);
    if (text[len] && align == ALIGN_TAIL) {
        size_t most = (size_t)cols - 1, drop = sanitize_width(text) - most;
        len = sanitize_fit(text, drop, &used);
        if (used < drop) /* between the halves of a wide one */
            len = sanitize_fit(text, drop + 1, &used);
        x = paint_text(p, y, x, role, glyph_symbol(p->glyphs, SYMBOL_ELLIPSIS));
        put(p, y, x, role, text + len, strlen(text + len));
        return;
    }
    if (text[len]) {
        len = sanitize_fit(text, (size_t)cols - 1, &used);
        put(p, y, x, role, text, len);
        paint_text(p, y, x + (int)used, role, glyph_symbol(p->glyphs, SYMBOL_ELLIPSIS));
        return;
    }
    put(p, y, align == ALIGN_RIGHT ? x + cols - (int)used : x, role, text, len);
}

void paint_ground(const struct paint *p)
{
    /* A blank without a colour of its own takes the last one set. */
    attrset((attr_t)theme_attr(ROLE_TEXT, p->ground));
    for (int y = 0; y < p->area.rows && p->area.cols > 0; y++)
        mvhline(p->area.y + y, p->area.x, ' ', p->area.cols);
}

void paint_bar(const struct paint *p, int y, int x, int cols, double share, enum role role)
{
    char bar[GLYPH_BYTES(CELLS_MAX)];
    int filled;

    if (!inside(p, y, x))
        return;
    cols = MIN(MIN(cols, p->area.cols - x), CELLS_MAX);
    size_t bytes = glyph_bar(bar, p->glyphs, cols, share, &filled);
    put(p, y, x, role, bar, bytes);
    put(p, y, x + filled, ROLE_TRACK, bar + bytes, strlen(bar + bytes));
}

void paint_gradient_bar(const struct paint *p, int y, int x, int cols, double share)
{
    char bar[GLYPH_BYTES(CELLS_MAX)];
    int filled;

    if (!inside(p, y, x))
        return;
    cols = MIN(MIN(cols, p->area.cols - x), CELLS_MAX);
    size_t bytes = glyph_bar(bar, p->glyphs, cols, share, &filled);
    size_t each = filled ? bytes / (size_t)filled : 0;
    for (int from = 0, to; from < filled; from = to) {
        enum role role = theme_load((double)from / cols);
        for (to = from + 1; to < filled && theme_load((double)to / cols) == role;)
            to++;
        put(p, y, x + from, role, bar + (size_t)from * each, (size_t)(to - from) * each);
    }
    put(p, y, x + filled, ROLE_TRACK, bar + bytes, strlen(bar + bytes));
}

size_t paint_samples(const struct paint *p, int cols)
{
    return (size_t)MAX(0, MIN(cols, CELLS_MAX)) * glyph_samples(p->glyphs);
}

/* Bytes of the glyph that a line begins with. */
static size_t glyph_len(const char *line)
{
    size_t len = 1;

    while (((unsigned char)line[len] & 0xc0) == 0x80)
        len++;
    return len;
}

/* Whether a graph's glyph shows nothing. */
static bool blank_glyph(const char *glyph, size_t len)
{
    return (len == 1 && *glyph == ' ') || (len == 3 && !memcmp(glyph, "\u2800", 3));
}

/* The peaks where the values leave a cell blank. */
static void peaks_line(const struct paint *p, int y, int x, const char *line, const char *peaks)
{
    for (; *line && *peaks; x++) {
        size_t len = glyph_len(line), over = glyph_len(peaks);
        if (blank_glyph(line, len) && !blank_glyph(peaks, over))
            put(p, y, x, ROLE_PAST, peaks, over);
        line += len;
        peaks += over;
    }
}

/* The column of the moment shown: what is there stands out, and a line where nothing is. */
static void mark_cell(const struct paint *p, int y, int x, const char *line, int at)
{
    while (*line && at-- > 0)
        line += glyph_len(line);
    size_t len = *line ? glyph_len(line) : 0;
    if (len && !blank_glyph(line, len))
        put(p, y, x, ROLE_STRONG, line, len);
    else
        paint_text(p, y, x, ROLE_ACCENT, glyph_symbol(p->glyphs, SYMBOL_MOMENT));
}

void paint_graph_peaks(const struct paint *p, int y, int x, int rows, int cols, const float *values,
                       const float *peaks, double max, enum role role, bool gradient)
{
    char line[GLYPH_BYTES(CELLS_MAX)], over[GLYPH_BYTES(CELLS_MAX)];

    cols = MIN(cols, CELLS_MAX);
    if (cols <= 0 || x + cols > p->area.cols)
        return;
    int mark = p->mark > 0 ? MIN(cols - 1, (int)(p->mark * cols)) : -1;
    for (int row = 0; row < rows && inside(p, y + row, x); row++) {
        glyph_graph(line, p->glyphs, values, cols, max, rows, row);
        enum role shade = gradient ? theme_load((rows - 1 - row + 0.5) / rows) : role;
        put(p, y + row, x, shade, line, strlen(line));
        if (peaks) {
            glyph_graph(over, p->glyphs, peaks, cols, max, rows, row);
            peaks_line(p, y + row, x, line, over);
        }
        if (mark >= 0)
            mark_cell(p, y + row, x + mark, line, mark);
    }
}

void paint_graph(const struct paint *p, int y, int x, int rows, int cols, const float *values,
                 double max, enum role role, bool gradient)
{
    paint_graph_peaks(p, y, x, rows, cols, values, NULL, max, role, gradient);
}

static void frame_line(const struct paint *p, int y, enum glyph_symbol left,
                       enum glyph_symbol right)
{
    const char *line = glyph_symbol(p->glyphs, SYMBOL_HORIZONTAL);

    paint_text(p, y, 0, ROLE_BORDER, glyph_symbol(p->glyphs, left));
    for (int x = 1; x < p->area.cols - 1; x++)
        paint_text(p, y, x, ROLE_BORDER, line);
    paint_text(p, y, p->area.cols - 1, ROLE_BORDER, glyph_symbol(p->glyphs, right));
}

struct paint paint_box(const struct paint *p, const char *title, const char *note)
{
    struct paint in = *p;
    int x = 2;

    in.area = rect_inset(p->area, 1, 2);
    if (p->area.rows < 2 || p->area.cols < 4)
        return in;
    frame_line(p, 0, SYMBOL_TOP_LEFT, SYMBOL_TOP_RIGHT);
    for (int y = 1; y < p->area.rows - 1; y++) {
        const char *side = glyph_symbol(p->glyphs, SYMBOL_VERTICAL);
        paint_text(p, y, 0, ROLE_BORDER, side);
        paint_text(p, y, p->area.cols - 1, ROLE_BORDER, side);
    }
    frame_line(p, p->area.rows - 1, SYMBOL_BOTTOM_LEFT, SYMBOL_BOTTOM_RIGHT);
    if (title && p->area.cols > 8) {
        x = paint_text(p, 0, x, ROLE_BORDER, " ");
        x = paint_text(p, 0, x, ROLE_ACCENT, title);
        x = paint_text(p, 0, x, ROLE_BORDER, " ");
    }
    if (note && *note && x + (int)sanitize_width(note) + 5 <= p->area.cols) {
        int end = paint_before(p, 0, p->area.cols - 2, ROLE_BORDER, " ");
        int start = paint_before(p, 0, end, ROLE_TEXT, note);
        paint_before(p, 0, start, ROLE_BORDER, " ");
    }
    return in;
}
