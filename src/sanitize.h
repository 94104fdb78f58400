/*
 * sanitize: makes bytes from guests and toolstacks safe for a terminal, a text and a label.
 *
 * What comes out is valid UTF-8 without control characters, escape sequences, line or paragraph
 * separators, bidirectional controls, invisible characters (zero width, joiners, variation
 * selectors, tags, fillers), unassigned or private code points, nor any space but U+0020, so that
 * two names that look the same are the same; each such byte or character becomes U+FFFD, the
 * replacement character. So does a mark or other character without width that has nothing to stand
 * on: the text cannot change what is shown before it. A cluster keeps at most SANITIZE_MARKS
 * combining marks, further ones are dropped, and has at most SANITIZE_CLUSTER bytes. Spaces, quotes
 * and markup stay: escaping them is for who writes a format that needs it. The locale plays no
 * part. It is idempotent.
 *
 * Widths are terminal columns by libunistring's uc_width, the sum over a cluster's characters, as
 * curses counts them.
 */
#ifndef DOMTOP_SANITIZE_H
#define DOMTOP_SANITIZE_H

#include <stddef.h>

#define SANITIZE_MARKS   4
#define SANITIZE_CLUSTER (4 * (SANITIZE_MARKS + 2))

/*
 * Write the safe form of len bytes at src to dst, NUL-terminated, cut before the cluster that would
 * not fit in cap bytes. Returns its length. cap > 0. dst and src do not overlap. 3 * len + 1 bytes
 * always suffice. NUL bytes in src are replaced like other controls.
 */
size_t sanitize(char *dst, size_t cap, const char *src, size_t len);

/* The columns a sanitised text takes on a terminal. */
size_t sanitize_width(const char *text);

/*
 * How many bytes of a sanitised text fit in `columns` without cutting a grapheme cluster; *used
 * (if not NULL) is the columns they take, at most `columns`.
 */
size_t sanitize_fit(const char *text, size_t columns, size_t *used);

/*
 * The same text in ASCII, for terminals and formats without UTF-8: one '?' for each cluster that is
 * not ASCII (padded with further '?' to the cluster's width). cap bytes at dst; returns the length.
 */
size_t sanitize_ascii(char *dst, size_t cap, const char *text);

#endif
