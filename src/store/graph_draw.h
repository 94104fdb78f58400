/*
 * graph_draw: has librrd draw a picture, in a process of its own. Private to graph.c.
 *
 * The words are rrdtool graph's, with "\001N" in place of the path of file N.
 */
#ifndef DOMTOP_GRAPH_DRAW_H
#define DOMTOP_GRAPH_DRAW_H

#include <sys/types.h>

#include "../base.h"
#include "layout.h"

/* A font that every picture has. */
#define GRAPH_FONT "--font=DEFAULT:8:DejaVu Sans Mono"

struct graph_words {
    char **at;
    size_t count, cap;
    char (*files)[LAYOUT_PATH]; /* beneath the store */
    size_t file_count, file_cap;
};

void graph_word(struct graph_words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The number of a file among those drawn from. */
size_t graph_file(struct graph_words *w, const char *path);
void graph_words_release(struct graph_words *w);

/* Append text to out so that it stands for itself in a legend or comment. */
void graph_escape(struct text *out, const char *text);

/* The process: it gets ready, which takes as long as much of the drawing, while others find out
 * what is to be drawn. */
struct graph_drawer {
    pid_t pid;
    int fd; /* -1: there is none */
};

/* 0 or -errno. */
int graph_drawer_start(struct graph_drawer *d, int store_fd);

/* 0 and the picture's bytes; -EBADMSG: a file is no good, librrd refused or died; -ETIMEDOUT; or
 * -errno. Ends it. */
int graph_drawer_draw(struct graph_drawer *d, const struct graph_words *w, uint64_t deadline_ns,
                      struct text *out);

/* Of what there is nothing to draw. */
void graph_drawer_end(struct graph_drawer *d);

#endif
