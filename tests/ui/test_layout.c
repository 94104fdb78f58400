/* layout: nothing leaves the screen or overlaps at any size; what gives way, and in which order. */
#include "unit.h"

#include "base.h"
#include "ui/layout.h"

static bool within(struct rect in, struct rect out)
{
    return in.rows >= 0 && in.cols >= 0 && in.y >= out.y && in.x >= out.x &&
           in.y + in.rows <= out.y + out.rows && in.x + in.cols <= out.x + out.cols;
}

static bool apart(struct rect a, struct rect b)
{
    if (!a.rows || !a.cols || !b.rows || !b.cols)
        return true;
    return a.y + a.rows <= b.y || b.y + b.rows <= a.y || a.x + a.cols <= b.x || b.x + b.cols <= a.x;
}

static void every_size(void **state)
{
    (void)state;
    for (int rows = 0; rows <= 80; rows++) {
        for (int cols = 0; cols <= 260; cols++) {
            struct layout l;
            layout_screen(&l, rows, cols, SCOPE_HOST);
            const struct rect parts[] = {l.title, l.header, l.caption, l.heading, l.body, l.footer};
            const struct rect boxes[] = {l.cpu, l.mem, l.past, l.pcpus, l.net, l.disk};
            int sum = 0;
            for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
                assert_true(within(parts[i], l.screen));
                sum += parts[i].rows;
                for (size_t j = 0; j < i; j++)
                    assert_true(apart(parts[i], parts[j]));
            }
            assert_int_equal(sum, rows);
            for (size_t i = 0; i < ARRAY_LEN(boxes); i++) {
                assert_true(!boxes[i].rows || within(boxes[i], l.header));
                for (size_t j = 0; j < i; j++)
                    assert_true(apart(boxes[i], boxes[j]));
            }
        }
    }
}

static void what_gives_way(void **state)
{
    struct layout l;

    (void)state;
    layout_screen(&l, 1, 80, SCOPE_HOST);
    assert_int_equal(l.title.rows, 1);
    assert_int_equal(l.body.rows, 0);
    layout_screen(&l, 2, 80, SCOPE_HOST);
    assert_int_equal(l.body.rows, 1);
    assert_int_equal(l.heading.rows, 0);
    layout_screen(&l, 3, 80, SCOPE_HOST);
    assert_int_equal(l.heading.rows, 1);
    assert_int_equal(l.footer.rows, 0);
    layout_screen(&l, 5, 20, SCOPE_HOST);
    assert_int_equal(l.footer.rows, 1);
    assert_int_equal(l.kind, HEADER_NONE);
    layout_screen(&l, 12, 40, SCOPE_HOST);
    assert_int_equal(l.kind, HEADER_SLIM);
    layout_screen(&l, 24, 80, SCOPE_HOST);
    assert_int_equal(l.kind, HEADER_COMPACT);
    assert_int_equal(l.body.rows, 16);
    layout_screen(&l, 40, 120, SCOPE_HOST);
    assert_int_equal(l.kind, HEADER_BOXED);
}

static void slots_step_aside(void **state)
{
    struct slot s[] = {
        {.width = 8, .want = 12, .importance = 9},
        {.width = 5, .want = 5, .importance = 3},
        {.width = 5, .want = 5, .importance = 5},
        {.width = 5, .want = 5, .importance = 3},
    };

    (void)state;
    assert_int_equal(layout_slots(s, 4, 40, 1), 0);
    assert_int_equal(s[0].given, 12);
    assert_int_equal(s[1].x, 13);
    assert_int_equal(s[3].x, 25);

    /* Those of one importance go together, though one of them would fit. */
    assert_int_equal(layout_slots(s, 4, 21, 1), 2);
    assert_int_equal(s[1].given, 0);
    assert_int_equal(s[3].given, 0);
    assert_int_equal(s[2].given, 5);
    assert_int_equal(s[0].given, 12);

    assert_int_equal(layout_slots(s, 4, 13, 1), 3);
    assert_int_equal(s[0].given, 12);

    /* The most important stays, in what there is. */
    assert_int_equal(layout_slots(s, 4, 3, 1), 3);
    assert_int_equal(s[0].given, 3);
    assert_int_equal(layout_slots(s, 4, 0, 1), 4);
    assert_int_equal(layout_slots(s, 0, 10, 1), 0);
}

static void slots_never_leave(void **state)
{
    (void)state;
    for (int cols = 0; cols < 200; cols++) {
        struct slot s[12];
        int end = 0;
        for (int i = 0; i < 12; i++)
            s[i] = (struct slot){.width = 3 + i % 5, .want = 3 + i, .importance = i * 7 % 5};
        layout_slots(s, 12, cols, 2);
        for (int i = 0; i < 12; i++) {
            if (!s[i].given)
                continue;
            assert_true(s[i].x >= end);
            end = s[i].x + s[i].given;
            assert_true(end <= cols);
        }
    }
}

static void heat_holds_all(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 1024; count += 7) {
        for (int rows = 1; rows <= 8; rows++) {
            for (int cols = 1; cols <= 60; cols += 3) {
                struct heat_grid g = layout_heat(count, rows, cols);
                assert_true(g.rows <= rows && g.columns * g.width <= cols);
                assert_true((size_t)g.rows * (size_t)g.columns * g.per_cell >= count);
            }
        }
    }
    assert_int_equal(layout_heat(0, 4, 4).rows, 0);
    assert_int_equal(layout_heat(4, 0, 4).rows, 0);
}

static void meters_and_numbers(void **state)
{
    struct meter_grid g;

    (void)state;
    assert_true(layout_meters(&g, 8, 6, 30, 12, 2));
    assert_int_equal(g.columns, 2);
    assert_int_equal(g.rows, 4);
    assert_int_equal(g.width, 14);
    assert_false(layout_meters(&g, 64, 6, 30, 12, 2));
    assert_false(layout_meters(&g, 0, 6, 30, 12, 2));
    assert_int_equal(layout_numbers(64, 8, 60, 4), 8);
    assert_int_equal(layout_numbers(64, 4, 60, 4), 0);
    assert_int_equal(layout_numbers(5, 8, 10, 4), 0);
    assert_int_equal(layout_numbers(1024, 41, 192, 4), 32); /* 0, 32, 64 at the begin of lines */
    assert_int_equal(layout_numbers(1024, 41, 112, 4), 28);
    assert_int_equal(layout_numbers(16, 6, 60, 4),
                     4); /* few beside each other: the graph has the rest */
    assert_int_equal(layout_numbers(1024, 41, 108, 4), 0);
}

static void rects(void **state)
{
    struct rect r = rect_centre((struct rect){2, 0, 10, 21}, 4, 40);

    (void)state;
    assert_int_equal(r.y, 5);
    assert_int_equal(r.cols, 21);
    assert_true(rect_has(r, 5, 0) && rect_has(r, 8, 20));
    assert_false(rect_has(r, 4, 0) || rect_has(r, 9, 0) || rect_has(r, 5, 21));
    r = rect_inset((struct rect){0, 0, 1, 1}, 1, 1);
    assert_int_equal(r.rows, 1);
    assert_int_equal(r.cols, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size),
        cmocka_unit_test(what_gives_way),
        cmocka_unit_test(slots_step_aside),
        cmocka_unit_test(slots_never_leave),
        cmocka_unit_test(heat_holds_all),
        cmocka_unit_test(meters_and_numbers),
        cmocka_unit_test(rects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
