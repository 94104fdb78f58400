/* utf8: where a character ends, for those who write or take text of others. */
#ifndef DOMTOP_UTF8_H
#define DOMTOP_UTF8_H

#include <stddef.h>

/* The length of the well-formed sequence that starts at p, or 0 when none does or p is at the NUL
 * that ends the text. */
size_t utf8_len(const unsigned char *p);

#endif
