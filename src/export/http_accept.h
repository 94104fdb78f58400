/*
 * http_accept: what a client likes: the headers Accept, Accept-Encoding and If-None-Match (RFC
 * 9110, 12.4 and 13.1). Pure. A part of a header that is malformed is passed over, the rest counts.
 */
#ifndef DOMTOP_HTTP_ACCEPT_H
#define DOMTOP_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which of the types an Accept header likes best; the first of equals, -1 when it refuses all. NULL
 * takes any. A type may have parameters ("text/plain;version=0.0.4"): a range that names another
 * value for one of them does not mean it; parameters the type does not have say nothing.
 */
int accept_type(const char *header, const char *const *types, size_t count);

/* Whether gzip is accepted, and not liked less than no encoding at all. */
bool accept_gzip(const char *header);

/* Whether an If-None-Match header names this tag (given without quotes), weak ones included. */
bool etag_matches(const char *header, const char *etag);

#endif
