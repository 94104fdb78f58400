/*
 * api_params: what the parsers of the API's parameters share. Private to them.
 */
#ifndef DOMTOP_EXPORT_API_PARAMS_H
#define DOMTOP_EXPORT_API_PARAMS_H

#include "api_query.h"

/* Write the sentence; always false. */
bool api_refuse(char wrong[API_WRONG], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Digits at the start of text: what follows them, NULL for none or too many. */
const char *api_digits(const char *text, uint64_t *n);

/* A whole number, `fallback` where it is not given, cut to `most`. */
bool api_count(const struct api_params *p, const char *name, size_t fallback, size_t most,
               size_t *out, char wrong[API_WRONG]);

/* from= and to=; the last usual_s seconds where nothing is said. */
bool api_span_parse(struct api_span *s, const struct api_params *p, uint64_t now_ns,
                    uint64_t usual_s, char wrong[API_WRONG]);

#endif
