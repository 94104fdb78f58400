/*
 * sanitize: see sanitize.h. Names are short ASCII as a rule, so each function first walks printable
 * ASCII and only then asks libunistring. Nothing here looks at the locale or allocates.
 *
 * What Unicode says is asked of libunistring; no tables here. A grapheme cluster is what its
 * uc_is_grapheme_break() says, with the pairing of regional indicators (flags) added, which that
 * function cannot know from two characters. Emoji sequences do not arise: their joiner is replaced.
 */
#include "sanitize.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unictype.h>
#include <unigbrk.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base.h"

#define REPLACEMENT 0xfffd

/* The end of the text so far, as much as the next character's place depends on. */
struct cluster {
    ucs4_t last;
    unsigned chars; /* of the cluster that last is in; 0 at the start of the text */
    bool half_flag; /* last is a regional indicator that waits for its second */
};

static bool plain(char c)
{
    return c >= 0x20 && c < 0x7f;
}

static size_t plain_prefix(const char *s, size_t len)
{
    size_t n = 0;

    while (n < len && plain(s[n]))
        n++;
    return n;
}

/* Symbols whose glyph is empty: to the eye they are spaces. */
static bool blank_symbol(ucs4_t c)
{
    return c == 0x2800 || c == 0x1d159;
}

static bool safe(ucs4_t c)
{
    if (c < 0x80)
        return plain((char)c);
    return !uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z) &&
           !uc_is_property_default_ignorable_code_point(c) && !blank_symbol(c);
}

static bool is_mark(ucs4_t c)
{
    int property = uc_graphemeclusterbreak_property(c);

    return property == GBP_EXTEND || property == GBP_SPACINGMARK;
}

static unsigned width_of(ucs4_t c)
{
    int width = uc_width(c, "UTF-8");

    return width > 0 ? (unsigned)width : 0;
}

/* What would change the cell before it, or show nowhere, must not begin a cluster. */
static bool may_begin(ucs4_t c)
{
    return c < 0x80 || (!is_mark(c) && width_of(c) > 0);
}

static bool regional_indicator(ucs4_t c)
{
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}

static bool cluster_joins(const struct cluster *c, ucs4_t next)
{
    if (c->chars == 0 || (next < 0x80 && c->last < 0x80))
        return false;
    if (regional_indicator(c->last) && regional_indicator(next))
        return c->half_flag;
    return !uc_is_grapheme_break(c->last, next);
}

static void cluster_add(struct cluster *c, ucs4_t next, bool joins)
{
    c->half_flag = regional_indicator(next) && !(regional_indicator(c->last) && c->half_flag);
    c->chars = joins ? c->chars + 1 : 1;
    c->last = next;
}

size_t sanitize(char *dst, size_t cap, const char *src, size_t len)
{
    size_t i = plain_prefix(src, len);
    size_t n = MIN(i, cap - 1);
    size_t start = n ? n - 1 : 0; /* in dst, of the cluster being written */
    struct cluster c = {.last = n ? (ucs4_t)src[n - 1] : 0, .chars = n ? 1 : 0};

    if (n)
        memcpy(dst, src, n);
    if (n < i)
        i = len; /* cut between two plain characters: done */
    while (i < len) {
        uint8_t out[4];
        ucs4_t next;
        i += (size_t)u8_mbtouc(&next, (const uint8_t *)src + i, len - i);
        if (!safe(next))
            next = REPLACEMENT;

        bool joins = cluster_joins(&c, next);
        if (!joins && !may_begin(next))
            next = REPLACEMENT;
        if (joins && c.chars > SANITIZE_MARKS) {
            if (is_mark(next))
                continue;
            next = REPLACEMENT; /* letters that join without end (Hangul): begin anew */
            joins = cluster_joins(&c, next);
        }
        if (!joins)
            start = n;
        size_t size = (size_t)u8_uctomb(out, next, sizeof(out));
        if (size > cap - 1 - n) {
            n = start;
            break;
        }
        memcpy(dst + n, out, size);
        n += size;
        cluster_add(&c, next, joins);
    }
    dst[n] = '\0';
    return n;
}

/* The bytes of the cluster that a text of len > 0 bytes begins with, and its columns. */
static size_t cluster_next(const char *text, size_t len, size_t *columns)
{
    struct cluster c = {0};
    size_t n = 0;

    *columns = 0;
    while (n < len) {
        ucs4_t next;
        size_t size = (size_t)u8_mbtouc(&next, (const uint8_t *)text + n, len - n);
        bool joins = cluster_joins(&c, next);
        if (n > 0 && !joins)
            break;
        cluster_add(&c, next, joins);
        *columns += width_of(next);
        n += size;
    }
    return n;
}

size_t sanitize_width(const char *text)
{
    size_t len = strlen(text);
    size_t i = plain_prefix(text, len);
    size_t columns = i;

    while (i < len) {
        ucs4_t next;
        i += (size_t)u8_mbtouc(&next, (const uint8_t *)text + i, len - i);
        columns += width_of(next);
    }
    return columns;
}

size_t sanitize_fit(const char *text, size_t columns, size_t *used)
{
    size_t n = 0, width = 0;

    while (n < columns && plain(text[n]))
        n++;
    width = n;
    if (text[n] && !plain(text[n])) {
        /* What follows may belong to the last character taken. */
        if (n)
            width = --n;
        for (size_t len = strlen(text + n); len;) {
            size_t wide;
            size_t size = cluster_next(text + n, len, &wide);
            if (wide > columns - width)
                break;
            n += size;
            len -= size;
            width += wide;
        }
    }
    if (used)
        *used = width;
    return n;
}

size_t sanitize_ascii(char *dst, size_t cap, const char *text)
{
    size_t len = strlen(text), i = 0, n = 0;

    while (i < len) {
        size_t wide;
        size_t size = cluster_next(text + i, len - i, &wide);
        bool keep = size == 1 && plain(text[i]);
        wide = MAX(wide, 1);
        if (wide > cap - 1 - n)
            break;
        memset(dst + n, keep ? text[i] : '?', wide);
        n += wide;
        i += size;
    }
    dst[n] = '\0';
    return n;
}
