/*
 * hush: keeps what a library prints to standard error off the screen, and lets its first line be
 * read.
 *
 * libxenstat reports through perror and fprintf(stderr). Between hush_begin() and hush_end()
 * descriptor 2 leads into an unnamed file; afterwards its first line is at hand as a message.
 * The descriptor is the whole process's: nobody else should write to standard error meanwhile.
 */
#ifndef DOMTOP_HUSH_H
#define DOMTOP_HUSH_H

#include <stddef.h>

struct hush {
    int capture; /* the unnamed file, -1 when none could be had: output is dropped then */
    int saved;   /* the real standard error, while hushed */
};

void hush_open(struct hush *h);
void hush_begin(struct hush *h);
void hush_end(struct hush *h, char *message, size_t cap); /* "" when nothing was said */
void hush_close(struct hush *h);

#endif
