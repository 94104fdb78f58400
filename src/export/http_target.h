/*
 * http_target: what stands between GET and HTTP/1.1, taken apart. Pure: bytes in, path and
 * parameters out, or the status that refuses them.
 */
#ifndef DOMTOP_HTTP_TARGET_H
#define DOMTOP_HTTP_TARGET_H

#include "http.h"

struct http_target {
    const char *path; /* into room, as the parameters */
    struct http_param params[HTTP_MAX_PARAMS];
    size_t param_count;
    char room[2 * HTTP_MAX_TARGET + 2];
};

/*
 * 0, 414 for one too long, or 400 with a sentence in *why: no path, a bad escape, what is no UTF-8,
 * control characters, empty or dot segments, an escaped '/', a name twice, too many parameters.
 */
int http_target_parse(struct http_target *t, const char *raw, const char **why);

#endif
