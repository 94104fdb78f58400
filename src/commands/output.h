/*
 * output: what a command made, to a file or to standard output.
 */
#ifndef DOMTOP_OUTPUT_H
#define DOMTOP_OUTPUT_H

#include "../base.h"

/* Write all of it to the file at path, which is made or replaced, or to standard output where path
 * is NULL. Dies with a sentence when that fails. */
void output_write(const struct text *out, const char *path);

#endif
