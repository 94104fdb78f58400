/*
 * fetch_child: the process that reads RRD files for fetch.c. It takes requests from a socket until
 * that is closed, and answers each with the bytes of fetched.h.
 */
#ifndef DOMTOP_FETCH_CHILD_H
#define DOMTOP_FETCH_CHILD_H

#include "fetch.h"

#define FETCH_MAGIC 0x31544644u

struct fetch_request {
    uint32_t magic;
    uint32_t cf; /* enum fetch_cf */
    uint64_t from_s, to_s, step_s;
    uint64_t only_count; /* 0: all sources */
    char only[FETCH_ONLY][FETCHED_NAME];
    char path[FETCH_PATH];
};

/* Serve until the other side is gone, then end the process. */
_Noreturn void fetch_child_run(int socket, int store_fd);

/*
 * Open a file beneath store_fd to read it: no symbolic link on the way, a regular file. The
 * descriptor or -errno (-EBADMSG for what is no regular file).
 */
int fetch_open_file(int store_fd, const char *path);

#endif
