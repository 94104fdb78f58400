/* line: see line.h. */
#include "line.h"

#include "../base.h"
#include "../sanitize.h"

void line_draw(const struct paint *p, int y, int gap, const struct segment *segments, size_t count)
{
    struct slot slots[SEGMENTS_MAX];
    const struct segment *used[SEGMENTS_MAX];
    size_t n = 0;
    int end = 0;

    for (size_t i = 0; i < count && n < SEGMENTS_MAX; i++) {
        int width = (int)sanitize_width(segments[i].text);
        if (!width)
            continue;
        slots[n] = (struct slot){
            .width = width, .want = width, .importance = segments[i].importance};
        used[n++] = &segments[i];
    }
    layout_slots(slots, n, p->area.cols, gap);
    for (size_t i = 0; i < n; i++)
        if (slots[i].given)
            end = slots[i].x + slots[i].given;
    for (size_t i = 0; i < n; i++) {
        int x = slots[i].x + (used[i]->right ? p->area.cols - end : 0);
        if (slots[i].given)
            paint_cell(p, y, x, slots[i].given, ALIGN_LEFT, used[i]->role, used[i]->text);
    }
}
