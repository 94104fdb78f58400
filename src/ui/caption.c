/*
 * caption: the line above a table: how many there are, of domains in which state, and how the table
 * is to be read: its order, what of it is in sight, what narrows it, what per cent are of.
 */
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "line.h"
#include "screen.h"

static const char *const unit_words[][2] = {
    [FORMAT_IEC] = {"K is 1024", "K=1024"},
    [FORMAT_SI] = {"k is 1000", "k=1000"},
    [FORMAT_RAW] = {"bytes", "bytes"},
};

static const char *all_name(const struct table *t, size_t count, bool brief)
{
    static const char *const words[][2] = {
        [ENTITY_DOMAIN] = {"domain", "domains"},
        [ENTITY_VCPU] = {"vcpu", "vcpus"},
        [ENTITY_VIF] = {"vif", "vifs"},
        [ENTITY_VBD] = {"vbd", "vbds"},
    };

    if (brief)
        return words[t->of][count != 1];
    return count == 1 ? t->noun : t->nouns;
}

void caption_draw(struct ui *ui, const struct paint *screen, size_t visible, size_t aside)
{
    /* In the order shown; what needs attention stays longest. */
    static const struct {
        const char *word;
        int importance;
    } states[] = {
        {"running", 65}, {"blocked", 60},  {"ready", 61},   {"paused", 64},
        {"dying", 63},   {"shutdown", 62}, {"crashed", 66},
    };
    struct segment line[SEGMENTS_MAX];
    char texts[SEGMENTS_MAX][48];
    size_t counts[ARRAY_LEN(states)] = {0}, n = 0;
    const struct snapshot *s = model_snapshot(&ui->model);
    const struct table *t = ui_table(ui);
    const struct rows *rows = &t->rows;
    const struct column *by = &t->columns.at[t->sort];
    size_t all = snapshot_rows(s, t->of);
    struct scene scene = ui_scene(ui);
    struct paint p = ui_paint(screen, ui->layout.caption, GROUND_SCREEN);
    /* Fewer letters where columns are few, as what numbers are in is to be said at any width. */
    bool brief = p.area.cols < 100, least = p.area.cols<60, scrolls = rows->count> visible;

    for (size_t i = 0; t->of == ENTITY_DOMAIN && i < s->domain_count; i++)
        for (size_t w = 0; w < ARRAY_LEN(states); w++)
            if (!strcmp(domain_state_word(s->domains[i].state), states[w].word))
                counts[w]++;

#define SAY(role_, importance_, right_, ...)                                                       \
    do {                                                                                           \
        snprintf(texts[n], sizeof(texts[n]), __VA_ARGS__);                                         \
        line[n] = (struct segment){texts[n], role_, importance_, right_};                          \
        n++;                                                                                       \
    } while (0)

    if (s->have & PART(t->of))
        SAY(ROLE_STRONG, least && scrolls ? 74 : 90, false, "%zu %s", all, all_name(t, all, least));
    if (t->of != ENTITY_DOMAIN && s->have & PART(ENTITY_DOMAIN))
        SAY(ROLE_DIM, 40, false, "of %zu domain%s", s->domain_count,
            s->domain_count == 1 ? "" : "s");
    if (t->filter.text[0])
        SAY(ROLE_ACCENT, 92, false, "%zu fit %.24s", rows->count, t->filter.text);
    if (t->only_tagged)
        SAY(ROLE_ACCENT, 91, false, "only tagged");
    else if (ui->tags.count)
        SAY(ROLE_ACCENT, 67, false, "%zu tagged", ui->tags.count);
    for (size_t w = 0; w < ARRAY_LEN(states); w++)
        if (counts[w])
            SAY(theme_state(states[w].word), states[w].importance, false, "%zu %s", counts[w],
                states[w].word);
    if (ui->hold_until_ns)
        SAY(ROLE_PAUSED, 95, true, "order held");
    if (scrolls)
        SAY(ROLE_TEXT, 78, true, "%zu-%zu of %zu", rows->top + 1,
            MIN(rows->count, rows->top + visible), rows->count);
    if (aside)
        SAY(ROLE_DIM, 75, true, "%zu%s%s hidden", aside,
            least   ? ""
            : brief ? " col"
                    : " column",
            least || aside == 1 ? "" : "s");
    if (scene.totals)
        SAY(ROLE_PAUSED, 79, true, "totals");
    if (t->of == ENTITY_DOMAIN || t->of == ENTITY_VCPU)
        SAY(ROLE_DIM, 41, true, "100%% cpu is %s", ui->cpu_of_host ? "the host" : "1 vcpu");
    SAY(ROLE_DIM, 77, true, "%s", unit_words[ui->units][brief]);
    if (ui->dom0_first)
        SAY(ROLE_DIM, 45, true, "dom0 on top");
    const char *title = column_title(by, &scene);
    SAY(ROLE_ACCENT, 80, true, "%s%s %s", least ? "" : "by ", *title ? title : "BUSY",
        glyph_symbol(p.glyphs,
                     by->descending != t->reverse ? SYMBOL_DESCENDING : SYMBOL_ASCENDING));
#undef SAY
    p.area = rect_inset(p.area, 0, p.area.cols > 24);
    line_draw(&p, 0, least ? 1 : 2, line, n);
}
